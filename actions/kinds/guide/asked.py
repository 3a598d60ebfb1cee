"""What a sentence asks about a guide: its fee, its papers, where it is. May not know any guide."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from actions.kinds.guide.words import pattern, plainly
from actions.phrases import phrases, plain
from actions.services.guide import ABOUT, GuideService


@dataclass(frozen=True, slots=True)
class Asking:
    """The words by which parts of a guide are asked about."""

    about: Mapping[str, re.Pattern[str]]
    empty: re.Pattern[str]

    @classmethod
    def of(cls, declared: GuideService) -> "Asking":
        """Make one of what a service file declares."""
        return cls({part: pattern(declared.about_words[part]) for part in ABOUT}, pattern(declared.empty_words))

    def parts(self, text: str) -> tuple[str, ...]:
        """The parts that a sentence asks about, in the order of `ABOUT`."""
        said = plainly(text)
        found = tuple(part for part, words in self.about.items() if words.search(said))
        return found or (("hours",) if asks_hours(text) else ())

    def only_parts(self, text: str) -> bool:
        """Whether a sentence asks about parts and names no matter: 要多少钱, "and the fee?"."""
        if asks_hours(text):
            return True
        rest = plainly(text)
        for words in self.about.values():
            rest = words.sub(" ", rest)
        return bool(self.parts(text)) and not any(char.isalnum() for char in self.empty.sub(" ", rest))


def asks_hours(text: str) -> bool:
    """Whether a sentence asks when an office is open, and no more."""
    return phrases("office_hours").whole(plain(text))
