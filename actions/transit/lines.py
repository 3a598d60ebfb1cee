"""Finds lines by what residents call them: 28, bus 28, line 28, branch b4, twenty-eight, or a name of words."""

from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from actions.transit.naming import plain
from actions.transit.network import Line, Network
from actions.transit.scanning import Sentence
from values.lexicon import lexicon
from values.writing import has_han

NEAR_LINES = 4
NEAR_SCORE = 50.0
_WORDS = lexicon(__file__)
_SUFFIXES = _WORDS["suffixes"]
_PREFIXES = _WORDS["prefixes"]
_LINE = _WORDS["line"]
_CROSSING = _WORDS.text("crossing")
"""Begins with a word for a line and is none."""
_COUNTED = _WORDS["counted"]
_CALLED = frozenset(_WORDS["called"])
_DIGITS: dict[str, int] = _WORDS.by_name("digits")
_TENS: dict[str, int] = _WORDS.by_name("tens")
_CHINESE_NUMBER = _WORDS.pattern("chinese_number")
_UNKNOWN = _WORDS.pattern("unknown")
_NOT = frozenset(_WORDS["not"])


@dataclass(frozen=True, slots=True)
class LineMention:
    """A line named in a sentence. Without `lines` the city has none of that name."""

    text: str
    lines: tuple[Line, ...]
    rejected: bool


def arabic(text: str) -> str:
    """Write Chinese numbers before a word for a line in digits: two-ten-eight → 28, one-five-five → 155."""
    return _CHINESE_NUMBER.sub(lambda match: _number(match[0]), text)


def _number(text: str) -> str:
    if not set(text) & _TENS.keys():
        return "".join(str(_DIGITS[sign]) for sign in text)
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * _TENS[sign]
            digit = 0
    return str(total + digit)


def line_key(text: str) -> str:
    """Spell a line's name for comparing: "line 28", "bus 28" and "28" are one."""
    key = arabic(plain(text))
    for suffix in _SUFFIXES:
        if key.endswith(suffix) and len(key) > len(suffix):
            key = key.removesuffix(suffix)
            break
    for prefix in _PREFIXES:
        if key.startswith(prefix) and len(key) > len(prefix):
            return key.removeprefix(prefix)
    return key


class LineIndex:
    """All names of the lines of a network."""

    def __init__(self, network: Network) -> None:
        known: defaultdict[str, dict[str, Line]] = defaultdict(dict)
        for line in network.lines:
            for route in line.routes:
                names = (route.short, route.long, *route.short_names.values(), *route.long_names.values())
                for name in {name for name in names if name}:
                    known[line_key(name)][line.key] = line
                    known[plain(name)][line.key] = line
        self._known = {key: tuple(lines.values()) for key, lines in known.items() if key}

    def find(self, text: str) -> tuple[Line, ...]:
        """Find the lines of a name that stands alone: several if operators share it, none if it is unknown."""
        return self._known.get(line_key(text)) or self._known.get(plain(text)) or ()

    def near(self, text: str) -> tuple[Line, ...]:
        """Give the lines whose names look most like an unknown one."""
        found = process.extract(
            line_key(text), self._known.keys(), scorer=fuzz.ratio, limit=NEAR_LINES, score_cutoff=NEAR_SCORE
        )
        return tuple({line.key: line for key, _, _ in found for line in self._known[key]}.values())[:NEAR_LINES]

    def scan(self, text: str) -> list[LineMention]:
        """Find the lines named in a sentence beyond doubt, in its order.

        A bare number needs a word for a line, "bus" or "the" beside it, or must come first and count nothing.
        """
        sentence = Sentence.read(arabic(Sentence.read(text).spaced()))
        text = sentence.text
        found: dict[int, LineMention] = {}
        for start, end in sentence.spans(self._known):
            name = text[start:end]
            if self._named(sentence, name, start, end):
                found[start] = LineMention(name, self._known[name], sentence.follows(start, _NOT))
        for match in _UNKNOWN.finditer(text):
            if not any(start <= match.start() < start + len(m.text) for start, m in found.items()):
                lines = self.find(match[1])
                found[match.start()] = LineMention(match[0], lines, sentence.follows(match.start(), _NOT))
        return [found[start] for start in sorted(found)]

    def _named(self, sentence: Sentence, name: str, start: int, end: int) -> bool:
        if (start, end) == (0, len(sentence.text)):
            return True
        after = sentence.text[end:]
        called = after.startswith(_LINE) and not after.startswith(_CROSSING)
        called = called or sentence.follows(start, _CALLED) or sentence.words.get(end + 3) == "bus"
        called = called or (start == 0 and not after.startswith(_COUNTED) and not after[:1].isascii())
        mixed = any(sign.isdigit() for sign in name) and not name.isdigit()
        return called or mixed or (has_han(name) and len(name) >= 3) or (name.isalpha() and len(name) >= 8)
