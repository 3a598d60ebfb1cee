"""One of several things that have names: an office, a region, a department. What there is, the circumstances say."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from pydantic import JsonValue

from actions.fields.correction import Correction
from actions.fields.likeness import scored
from actions.fields.reading import Option
from actions.fields.sounding import alike, places, syllables
from values.definition import Accepted, Reading, Rejected
from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)

ALIKE = 0.5
"""From so alike on, a name is told as a guess."""
KEPT = 4096
"""Options whose names are kept as a text is compared with them."""
GUESSES = 3
LIKELIEST = 2
LEAST_HAN, LEAST_LATIN = 2, 5
"""Characters of a piece of a name by which one may be told."""
LEAST_SPELT = 4
"""Letters of a part of a name that is spelt as the Chinese one sounds: "Xihu"."""
LEAST_RUN, MOST_RUN = 3, 6
"""Characters of a name by which it is told where it is asked for."""
_DISTRICT = _WORDS.pattern("district")
_OF_A_ROAD = _WORDS.pattern("of_a_road")
_RATE_BEFORE, _RATE_BEHIND = _WORDS.pattern("rate_before"), _WORDS.pattern("rate_behind")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_NUMERALS = frozenset(_WORDS.text("numerals"))
FILLING = _WORDS.pattern("filling")


class Choice:
    """`choice`: read by the names of its options, in any script, whole or in part, else by how they sound.

    `elsewhere` are names that tell no option though one's name may hold them: the city's.
    """

    def __init__(self, options: Sequence[Option], elsewhere: Sequence[str] = ()) -> None:
        self.options = options
        self._names = {option.value: _names(option) for option in options}
        self._elsewhere = frozenset(map(plain, elsewhere))

    def read(self, written: str) -> Reading:
        if any(option.value == written for option in self.options):
            return Accepted(written)
        found = self._meant(written)
        if len(found) == 1:
            return Accepted(found[0].value)
        if found:
            return Rejected("form.which_option", guesses=tuple(option.value for option in found[:GUESSES]))
        return Rejected("form.no_such_option", {"written": written}, tuple(self._alike(written)))

    def find(self, text: str) -> Sequence[str]:
        """Whole names that stand in the text, the longest first where they overlap."""
        said = plain(text)
        names = sorted(
            {name for names in self._names.values() for name in names if len(name) > 1}, key=len, reverse=True
        )
        found: list[tuple[int, str]] = []
        for name in names:
            at = _at(name, said)
            if at >= 0:
                other = _is_of_another_rate(name, said, at)
                said = said[:at] + "\n" * len(name) + said[at + len(name) :]
                found += [] if other else [(at, name)]
        if not found:
            return [text[start:end] for start, end in places(text, names)]
        return [_as_written(text, name) for _, name in sorted(found)]

    def parts(self, text: str, *, asked: bool) -> Sequence[str]:
        """Parts of a name, within other words, that tell one option: a district, "Xihu", a numeral with the last
        character of a hospital's name. Where two are told none is.

        Where it is asked for, also any other short form that ends as the name does, and three characters of it.
        """
        said = plain(text)
        told = [(at, piece, option.value) for option in self.options for at, piece in self._told(option, said, asked)]
        if len({value for _, _, value in told}) != 1:
            return []
        at, piece, _ = max(told, key=lambda one: len(one[1]))
        return [unicodedata.normalize("NFKC", text)[at : at + len(piece)]]

    def _told(self, option: Option, said: str, asked: bool) -> Iterator[tuple[int, str]]:
        """Where parts of an option's name stand that no other option's name has."""
        sounds = "".join(syllables(option.names.zh_Hans))
        for name in self.called(option):
            if name.isascii():
                pieces = [word for word in re.findall("[a-z]+", name) if len(word) >= LEAST_SPELT and word in sounds]
            else:
                pieces = [found[1] for found in [_DISTRICT.match(name)] if found is not None]
            for piece in pieces:
                at = _at(piece, said)
                if at < 0 or piece in self._elsewhere or _OF_A_ROAD.match(said, at + len(piece)):
                    continue
                if not any(piece in one for one in self._of_others(option)):
                    yield at, piece
            if not name.isascii():
                yield from ((at, run) for at, run in _runs(said) if self._shortens(run, option, name, asked=asked))

    def _shortens(self, run: str, option: Option, name: str, *, asked: bool) -> bool:
        """Whether characters of a text are a short form of one name alone: its numeral and its last character."""
        short = run[-1] == name[-1] and run not in name and (asked or not _NUMERALS.isdisjoint(run))
        if not (short and _in_order(run, name)) and not (asked and len(run) >= LEAST_RUN and run in name):
            return False
        return run not in self._elsewhere and not any(_in_order(run, one) for one in self._of_others(option))

    def called(self, option: Option) -> Sequence[str]:
        """The names of an option, as a text is compared with them."""
        return self._names[option.value]

    def _of_others(self, option: Option) -> Iterator[str]:
        """The names of all other options."""
        return (name for value, names in self._names.items() if value != option.value for name in names)

    def attempts(self, text: str) -> bool:
        return bool(self._meant(text))

    def shown(self, value: str) -> JsonValue:
        option = next((option for option in self.options if option.value == value), None)
        return value if option is None else {"name": option.names.model_dump(exclude_none=True)}

    def corrected(self, value: str, said: Correction) -> str | None:  # noqa: ARG002 - another option is named as a whole
        return None

    def likeliest(self, text: str) -> list[str]:
        """The two options that a text may mean, however little it says; fewer where it says nothing of them."""
        scores = scored(
            text, [(*option.names.model_dump(exclude_none=True).values(), *option.also) for option in self.options]
        )
        ranked = sorted(zip(scores, self.options, strict=True), key=lambda one: -one[0])
        return [option.value for score, option in ranked[:LIKELIEST] if score > 0]

    def _meant(self, written: str) -> list[Option]:
        whole = plain(written)
        if whole and any(whole in self.called(option) for option in self.options):
            return [option for option in self.options if whole in self.called(option)]
        said = FILLING.sub("", whole) or whole
        if not said:
            return []
        same = [option for option in self.options if said in self.called(option)]
        if same:
            return same
        inside = [
            option
            for option in self.options
            if any(_at(name, said) >= 0 for name in self.called(option) if len(name) > 1)
        ]
        if inside:
            return inside
        own = [option for option in self.options if any(_at(name, said) >= 0 for name in self._own(option))]
        if own:
            return own
        part = [
            option for option in self.options if len(said) > 1 and any(_has(name, said) for name in self.called(option))
        ]
        return part or self._single(said) or self._shortened(written) or self._sounding(said)

    def _single(self, said: str) -> list[Option]:
        """The options that are called by one character that stands in a text: water, in Chinese."""
        return [
            option for option in self.options if any(len(name) == 1 and name in said for name in self.called(option))
        ]

    def _shortened(self, written: str) -> list[Option]:
        said = plain(written)
        return [option for option in self.options if next(self._told(option, said, asked=True), None) is not None]

    def _sounding(self, said: str) -> list[Option]:
        known = set(alike(said, (name for option in self.options for name in self.called(option))))
        return [option for option in self.options if not known.isdisjoint(self.called(option))]

    def _own(self, option: Option) -> list[str]:
        """What in the names of an option stands in no other's: Yuexiu of the marriage registry of Yuexiu District."""
        if len(self.options) < 2:
            return []
        others = [*self._of_others(option)]
        return [
            piece for name in self.called(option) for piece in _pieces(name) if not any(piece in one for one in others)
        ]

    def _alike(self, written: str) -> Iterable[str]:
        said = plain(written)
        ranked = [
            (max(SequenceMatcher(None, said, name).ratio() for name in self.called(option)), option.value)
            for option in self.options
        ]
        best = sorted((one for one in ranked if one[0] >= ALIKE), reverse=True)[:GUESSES]
        return [value for _, value in best]


@lru_cache(maxsize=KEPT)
def _names(option: Option) -> tuple[str, ...]:
    """The same for every turn, whoever chooses from them."""
    names = [*option.names.model_dump(exclude_none=True).values(), *option.also]
    return tuple(written for name in names if (written := plain(name)))


def _pieces(name: str) -> list[str]:
    """The words of a name in Latin letters that are long enough; of another, what it begins with."""
    if name.isascii():
        return [word for word in re.findall(r"[a-z]+", name) if len(word) >= LEAST_LATIN]
    return [name[:LEAST_HAN]] if len(name) > LEAST_HAN else []


def _is_of_another_rate(name: str, said: str, at: int) -> bool:
    """Whether words beside a name make it how often something is, of which the name says nothing: "twice a month"."""
    rate = _RATE_BEHIND.match(said, at + len(name)) or _RATE_BEFORE.search(said[:at])
    return rate is not None and rate[0].strip() not in name


def _runs(said: str) -> Iterator[tuple[int, str]]:
    """Runs of a few Chinese characters of a text."""
    for found in _HAN_RUN.finditer(said):
        for start in range(found.start(), found.end()):
            for end in range(start + LEAST_HAN, min(found.end(), start + MOST_RUN) + 1):
                yield start, said[start:end]


def _in_order(run: str, name: str) -> bool:
    """Whether a name has the characters of a run, in their order."""
    rest = iter(name)
    return all(char in rest for char in run)


def _has(name: str, part: str) -> bool:
    """Whether a part of a name is in it; one in Latin letters begins a word: "yes" is not in "eyes"."""
    if part not in name:  # before a pattern is made of it
        return False
    return not part.isascii() or re.search(rf"(?<![a-z0-9]){re.escape(part)}", name) is not None


def _at(name: str, text: str) -> int:
    """Where a name stands in a text, or -1; one in Latin letters as whole words: ENT is not in "department"."""
    if not name.isascii() or name not in text:  # before a pattern is made of each name that there is
        return text.find(name)
    found = re.search(rf"(?<![a-z0-9]){re.escape(name)}(?:e?s)?(?![a-z0-9])", text)
    return -1 if found is None else found.start()


def _as_written(text: str, name: str) -> str:
    at = plain(text).find(name)
    return unicodedata.normalize("NFKC", text)[at : at + len(name)]
