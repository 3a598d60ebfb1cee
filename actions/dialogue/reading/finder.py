"""Whose matter a message is: the telephone of the directory that fits it best.

By what people call a telephone and call it about (its `words`); of several the one whose guide is near, else the most
said. Where no word says it, by the guide alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.reading.inquiry import GUIDE
from actions.dialogue.reading.named import Named
from actions.dialogue.state.turn import Turn
from actions.phrases import plain
from actions.samples import Samples
from desk.city.directory import GENERAL, Directory, Telephone
from desk.city.files import City
from desk.city.guides import Guide

NEAR_GUIDE, UNNAMED = 0.3, 0.6
"""So likely a guide's matter is the one that is meant, its telephone is the fitting one; without a word of it, in the
middle of something, so likely ("so who do I call?" is about nothing but what is talked of).
"""


@dataclass(frozen=True)
class Finder:
    """Finds telephones; `guides` are those there are, of whose matter a telephone knows."""

    directory: Directory
    guides: Mapping[str, Guide] = field(default_factory=dict)
    _words: dict[str, Samples] = field(default_factory=dict, compare=False, repr=False)
    _named: list[Named] = field(default_factory=list, compare=False, repr=False)

    def names(self, text: str, guide: str) -> bool:
        """Whether a text has a word of a guide's own."""
        if not self._named:
            self._named.append(Named(self.guides))
        return guide in self._named[0].within(text)

    def fitting(
        self, turn: Turn, city: City, *, afar: bool = False, named: bool = False, least: float = UNNAMED
    ) -> Telephone | None:
        """The telephone of a city that fits a message; None where nothing says which.

        `afar`: it is another city than the one that is talked to; its general telephone fits where no other does.
        `named`: only what the message has a word of fits, not what is near in meaning. `least`: so likely a guide must
        be meant that the message has no word of.
        """
        name = self._by_words(turn, city) or (None if named else self._by_guide(turn, city, least))
        if name is None and afar and GENERAL in self.directory.national:
            name = GENERAL
        return None if name is None else self.directory.of(city, name, afar=afar)

    def of_its_matter(self, city: City, telephone: Telephone) -> Collection[str]:
        """The guides whose matter a telephone knows."""
        return self.directory.lines(city)[telephone.name].guides

    def also(self, turn: Turn, city: City, first: Telephone) -> Telephone | None:
        """Another telephone that a message has a word of, where what it is about is the matter of none of these: an
        identity card that was lost on a train. None where one alone fits.
        """
        held, lines = self._held(turn.text, city), self.directory.lines(city)
        slug, likely = _likeliest(turn)
        if likely < NEAR_GUIDE or first.name not in held or any(slug in lines[name].guides for name in held):
            return None
        other = next((name for name in held if name not in (first.name, GENERAL)), None)
        return None if other is None else self.directory.of(city, other, afar=city is not turn.city)

    def _by_words(self, turn: Turn, city: City) -> str | None:
        """Of those that a text has a word of the one whose matter it is, else the most said."""
        found, lines = self._held(turn.text, city), self.directory.lines(city)
        slug, likely = _likeliest(turn)
        of_its_matter = (name for name in found if likely >= NEAR_GUIDE and slug in lines[name].guides)
        return next(of_its_matter, None) or next((name for name in found if name != GENERAL), next(iter(found), None))

    def _held(self, text: str, city: City) -> list[str]:
        """The telephones that a text has a word of, the most said first."""
        if city.slug not in self._words:
            lines = self.directory.lines(city)
            self._words[city.slug] = Samples({name: line.words.all for name, line in lines.items()})
        return [name for name, _ in self._words[city.slug].held(text) if self._is_said(name, plain(text), city)]

    def _is_said(self, name: str, said: str, city: City) -> bool:
        """Whether a line's words stand there by themselves, and not within a longer one of another line.

        The Chinese for an electric bicycle ends in the one for a fast train.
        """
        lines = self.directory.lines(city)
        own = {plain(word) for word in lines[name].words.all}
        others = {plain(word) for other, line in lines.items() if other != name for word in line.words.all}
        for longer in sorted(others, key=len, reverse=True):
            if longer in said and any(word in longer and word != longer for word in own):
                said = said.replace(longer, " ")
        return any(one == name for one, _ in self._words[city.slug].held(said))

    def _by_guide(self, turn: Turn, city: City, least: float) -> str | None:
        slug, likely = _likeliest(turn)
        if likely < (NEAR_GUIDE if slug in self.guides and self.names(turn.text, slug) else least):
            return None
        lines = self.directory.lines(city)
        claimed = next((name for name, line in lines.items() if slug in line.guides), None)
        if claimed is not None or slug not in self.guides:
            return claimed
        return next((name for name, line in lines.items() if line.agency == self.guides[slug].agency), None)


def _likeliest(turn: Turn) -> tuple[str, float]:
    """The likeliest matter, as a guide is called, and how likely it is."""
    matters = () if turn.inquiry is None else turn.inquiry.matters[:1]
    return next(((name.removeprefix(GUIDE), likely) for name, likely in matters), ("", 0.0))


NOBODY = Finder(Directory({}))
"""Knows no telephone: the agency of what is talked about is called."""


def telephone_args(telephone: Telephone) -> dict[str, JsonValue]:
    """Arguments that name a telephone as an agency is named (`replies.agency_args`), with what it is responsible for.

    Where the number is the city's own office's, that is named.
    """
    names = telephone.office or telephone.names
    return {
        "agency": {"name": names.model_dump(exclude_none=True)},
        "phone": telephone.number,
        "about": {"name": telephone.about.model_dump(exclude_none=True)},
        "hours": say.nested(say.hours(telephone.hours)),
    }
