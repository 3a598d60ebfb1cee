"""The syllables of Mandarin as they are typed."""

import re
from functools import lru_cache
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple

_FINALS = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng iao o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei en eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
"""Finals by initial, without tones; v stands for ü."""
_AS_TYPED = {"lue": "lve", "nue": "nve", "lyu": "lv", "nyu": "nv"}
"""What is typed where a keyboard has no ü, and means nothing else."""
_SYLLABLES = {
    **{f"{initial}{final}": f"{initial}{final}" for initial, finals in _FINALS.items() for final in finals.split()},
    **_AS_TYPED,
}
LONGEST = max(map(len, _SYLLABLES))
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""Initials and finals that speakers of some regions do not tell apart."""
CONFUSED, MISTYPED = -3.0, -5.0
"""Log probability that a syllable is written for one that sounds alike; with a letter too few, too many, or moved."""
_SPELT = re.compile(
    "(?:" + "|".join(f"{initial}(?:{'|'.join(finals.split())})" for initial, finals in _FINALS.items()) + ")+"
)


def syllable(typed: str) -> Sequence[str]:
    """Gives the syllables that letters stand for when they are typed right: one, two where u may be ü, or none."""
    if typed in ("lu", "nu"):
        return typed, f"{typed[0]}v"
    known = _SYLLABLES.get(typed)
    return (known,) if known else ()


def syllables_meant(typed: str) -> Sequence[Tuple[str, float]]:
    """Gives the syllables that letters may stand for if they are typed wrong, with the log probability of the error."""
    return _wrong().get(typed, ())


@lru_cache(maxsize=1)
def _wrong() -> Mapping[str, Sequence[Tuple[str, float]]]:
    found: Dict[str, Dict[str, float]] = {}
    for meant in sorted(set(_SYLLABLES.values())):
        for typed, likely in _errors(meant):
            if typed in _SYLLABLES and likely == MISTYPED:
                continue
            of_typed = found.setdefault(typed, {})
            of_typed[meant] = max(likely, of_typed.get(meant, likely))
    return {typed: tuple(of_typed.items()) for typed, of_typed in found.items()}


def _errors(meant: str) -> Iterator[Tuple[str, float]]:
    for first, second in _ALIKE:
        for one, other in ((first, second), (second, first)):
            if meant.startswith(one) and not meant.startswith(f"{one}h"):
                yield other + meant[len(one) :], CONFUSED
            if meant.endswith(one) and one[0] in "aei":
                yield meant[: -len(one)] + other, CONFUSED
    for place in range(len(meant) - 1):
        yield meant[:place] + meant[place + 1] + meant[place] + meant[place + 2 :], MISTYPED
    if len(meant) > 2:
        for place in range(len(meant)):
            yield meant[:place] + meant[place + 1 :], MISTYPED
            yield meant[:place] + meant[place] + meant[place:], MISTYPED


def reaching(letters: str, edges: Mapping[int, List[int]]) -> Sequence[bool]:
    """Gives for each place in letters whether their end can be reached from there, by where syllables end."""
    reached = [False] * len(letters) + [True]
    for place in range(len(letters) - 1, -1, -1):
        reached[place] = any(reached[end] for end in edges.get(place, ()))
    return reached


def is_spelt(word: str) -> bool:
    """Whether a word in lower case is nothing but such syllables: zhangsan, gongjiao."""
    return _SPELT.fullmatch(word) is not None
