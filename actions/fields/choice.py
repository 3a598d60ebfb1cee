"""One of several things that have names: an office, a region, a department. What there is, the circumstances say."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from pydantic import JsonValue

from actions.fields.correction import Correction
from actions.fields.likeness import scored
from actions.fields.reading import Option
from actions.fields.sounding import alike, places
from values.definition import Accepted, Reading, Rejected
from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)

ALIKE = 0.5
"""From so alike on, a name is told as a guess."""
GUESSES = 3
LIKELIEST = 2
LEAST_HAN, LEAST_LATIN = 2, 5
"""Characters of a piece of a name by which one may be told."""
FILLING = _WORDS.pattern("filling")


class Choice:
    """`choice`: read by the names of its options, in any script, whole or in part, else by how they sound."""

    def __init__(self, options: Sequence[Option]) -> None:
        self.options = options

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
            {name for option in self.options for name in _names(option) if len(name) > 1}, key=len, reverse=True
        )
        found: list[tuple[int, str]] = []
        for name in names:
            at = _at(name, said)
            if at >= 0:
                said = said[:at] + "\n" * len(name) + said[at + len(name) :]
                found.append((at, name))
        if not found:
            return [text[start:end] for start, end in places(text, names)]
        return [_as_written(text, name) for _, name in sorted(found)]

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
        if whole and any(whole in _names(option) for option in self.options):
            return [option for option in self.options if whole in _names(option)]
        said = FILLING.sub("", whole) or whole
        if not said:
            return []
        same = [option for option in self.options if said in _names(option)]
        if same:
            return same
        inside = [
            option for option in self.options if any(_at(name, said) >= 0 for name in _names(option) if len(name) > 1)
        ]
        if inside:
            return inside
        own = [option for option in self.options if any(_at(name, said) >= 0 for name in self._own(option))]
        if own:
            return own
        part = [option for option in self.options if len(said) > 1 and any(_has(name, said) for name in _names(option))]
        return part or self._sounding(said)

    def _sounding(self, said: str) -> list[Option]:
        known = set(alike(said, (name for option in self.options for name in _names(option))))
        return [option for option in self.options if not known.isdisjoint(_names(option))]

    def _own(self, option: Option) -> list[str]:
        """What in the names of an option stands in no other's: Yuexiu of the marriage registry of Yuexiu District."""
        if len(self.options) < 2:
            return []
        others = [name for other in self.options if other is not option for name in _names(other)]
        return [piece for name in _names(option) for piece in _pieces(name) if not any(piece in one for one in others)]

    def _alike(self, written: str) -> Iterable[str]:
        said = plain(written)
        ranked = [
            (max(SequenceMatcher(None, said, name).ratio() for name in _names(option)), option.value)
            for option in self.options
        ]
        best = sorted((one for one in ranked if one[0] >= ALIKE), reverse=True)[:GUESSES]
        return [value for _, value in best]


def _names(option: Option) -> list[str]:
    names = [*option.names.model_dump(exclude_none=True).values(), *option.also]
    return [written for name in names if (written := plain(name))]


def _pieces(name: str) -> list[str]:
    """The words of a name in Latin letters that are long enough; of another, what it begins with."""
    if name.isascii():
        return [word for word in re.findall(r"[a-z]+", name) if len(word) >= LEAST_LATIN]
    return [name[:LEAST_HAN]] if len(name) > LEAST_HAN else []


def _has(name: str, part: str) -> bool:
    """Whether a part of a name is in it; one in Latin letters begins a word: "yes" is not in "eyes"."""
    return re.search(rf"(?<![a-z0-9]){re.escape(part)}", name) is not None if part.isascii() else part in name


def _at(name: str, text: str) -> int:
    """Where a name stands in a text, or -1; one in Latin letters as whole words: ENT is not in "department"."""
    if not name.isascii():
        return text.find(name)
    found = re.search(rf"(?<![a-z0-9]){re.escape(name)}(?:e?s)?(?![a-z0-9])", text)
    return -1 if found is None else found.start()


def _as_written(text: str, name: str) -> str:
    at = plain(text).find(name)
    return unicodedata.normalize("NFKC", text)[at : at + len(name)]
