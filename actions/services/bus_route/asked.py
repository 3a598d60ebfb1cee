"""What a resident says of a way: where from, where to, by which line.

Known names are looked for in the whole sentence; what stands beside a name says whether it is the beginning or the end,
else the role that the language model marked, else the order. Names that are unknown are those that were marked, or
stand where one is expected ("from … to …").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from actions.transit.asked import KEY_SIGN
from actions.transit.editions import Edition
from actions.transit.network import Line, Place
from actions.transit.scanning import Sentence
from actions.transit.stops import Mention, core
from values.lexicon import lexicon

READ_CHARACTERS = 300
"""Of a message about a way: nobody names a stop after so many."""

type Role = Literal["from", "to"]

_WORDS = lexicon(__file__)
_FROM = frozenset(_WORDS["from"])
_TO = frozenset(_WORDS["to"])
_ON = _WORDS["goes_on"]
_NOT_ON = _WORDS["goes_not_on"]
_HOW_TO = _WORDS.pattern("how_to")
"""What follows the end of a way and nothing else: "how to get" after "the station", in Chinese order."""
_ARTICLES = ("the", "a")
_REJECTED = frozenset(_WORDS["rejected"])
_AFTER = _WORDS.pattern("after")
_AROUND = _WORDS.pattern("around")
_WRITTEN = (
    _WORDS.pattern("from_and_to"),
    _WORDS.pattern("from_and_to_in_english"),
    _WORDS.pattern("only_to"),
    _WORDS.pattern("only_to_in_english"),
)
_TAIL = _WORDS.pattern("tail")
_LEAD = _WORDS.pattern("lead", re.IGNORECASE)
_BEGINS = _WORDS.pattern("begins", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that is in no timetable, and the places that look like it."""

    said: str
    near: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one message says. All may be empty. Several places of one end share a name.

    `somewhere` is a place of which nothing says whether it is the beginning or the end.
    """

    start: tuple[Place, ...] | Unknown | None = None
    goal: tuple[Place, ...] | Unknown | None = None
    somewhere: tuple[Place, ...] | Unknown | None = None
    rejected: frozenset[str] = frozenset()  # keys of places that were named as wrong
    lines: tuple[Line, ...] = ()
    unknown_line: str | None = None
    onwards: bool = False  # from where the way ends that was shown

    @property
    def names_place(self) -> bool:
        """Whether any place was named, known or not."""
        return self.start is not None or self.goal is not None or self.somewhere is not None

    @property
    def says_anything(self) -> bool:
        return self.names_place or bool(self.lines) or self.unknown_line is not None


def read(edition: Edition, turn: Turn) -> Asked:
    """Read a message. A button says exactly what it means; a text is searched."""
    if turn.kind == "payload":
        lines = tuple(line for value in turn.values("bus_line") for line in edition.lines.find(value))
        return Asked(_pressed(edition, turn, "from"), _pressed(edition, turn, "to"), lines=lines)
    if turn.kind != "text":
        return Asked()
    return _Reading(edition, turn).asked()


def begins(text: str) -> bool:
    """Whether a message that is nothing but a name calls it the beginning of the way."""
    return _BEGINS.match(text.strip()) is not None


def read_name(edition: Edition, text: str) -> tuple[Place, ...] | Unknown:
    """Read a message that is nothing but a place's name, perhaps a wrong one."""
    name = _LEAD.sub("", text.strip().rstrip("。.!！?？,，")).strip() or text.strip()
    return _named(edition, name)


def _pressed(edition: Edition, turn: Turn, role: Role) -> tuple[Place, ...] | Unknown | None:
    value = turn.first(role)
    if value is None:
        return None
    place = edition.timetable.network.place_of_key.get(value.removeprefix(KEY_SIGN))
    return (place,) if place is not None and value.startswith(KEY_SIGN) else _named(edition, value)


def _named(edition: Edition, name: str) -> tuple[Place, ...] | Unknown:
    found = edition.stops.find(name)
    if not found.sure and (short := _AROUND.sub("", name)) != name and len(short) > 1:
        found = edition.stops.find(short)
    if found.sure and not all(_is_whole(name, place) for place in found.places):
        return Unknown(name, found.places)  # a part of a name is often another place's: it is asked
    return found.places if found.sure else Unknown(name, found.places)


def _is_whole(name: str, place: Place) -> bool:
    """Whether a name says all of a place's name, rightly or wrongly spelt, or its code."""
    said = core(name)
    named = (place.names, *(stop.names for stop in place.platforms))
    names = {core(one) for names in named for one in names.values()}
    return said in names or not any(said in one for one in names)


class _Reading:
    """One text, read."""

    def __init__(self, edition: Edition, turn: Turn) -> None:
        self._edition = edition
        self._text = turn.text[:READ_CHARACTERS]
        self._turn = turn
        self._sentence = Sentence.read(self._text)
        self._mentions = edition.stops.scan(self._sentence)

    def asked(self) -> Asked:
        rest = edition_lines(self._edition, self._text, self._turn.values("bus_line"))
        mentions = [m for m in self._mentions if not self._is_of_line(m, rest[0])]
        rejected = frozenset(p.key for m in mentions if self._sentence.follows(m.start, _REJECTED) for p in m.places)
        mentions = [m for m in mentions if not self._sentence.follows(m.start, _REJECTED)]
        ends: dict[Role, tuple[Place, ...] | Unknown] = {}
        loose: list[tuple[Place, ...]] = []
        for mention in mentions:
            role = self._role(mention)
            if role is None or role in ends:
                loose.append(mention.places)
            else:
                ends[role] = mention.places
        for role, name in self._unknown(mentions):
            if role in ends or role is None:
                continue
            known = _named(self._edition, name)
            if isinstance(known, tuple) and known in loose:
                loose.remove(known)
            ends[role] = known
        distinct = list({frozenset(p.key for p in places): places for places in loose}.values())
        taken = {frozenset(p.key for p in e) for e in ends.values() if isinstance(e, tuple)}
        distinct = [places for places in distinct if frozenset(p.key for p in places) not in taken]
        if len(distinct) >= 2 and not ends:
            ends["from"], ends["to"] = distinct[0], distinct[1]
            distinct = []
        elif distinct and ends:
            ends.setdefault("to" if "from" in ends else "from", distinct[0])
            distinct = []
        somewhere: tuple[Place, ...] | Unknown | None = distinct[0] if distinct else None
        if somewhere is None and not ends:
            somewhere = self._marked_somewhere()
        onwards = "from" not in ends and phrases("from_there").within(plain(self._text))
        return Asked(ends.get("from"), ends.get("to"), somewhere, rejected, *rest, onwards)

    def _is_of_line(self, mention: Mention, lines: Sequence[Line]) -> bool:
        """Whether a name is nothing but the number of a line that was named."""
        text = self._sentence.text[mention.start : mention.end]
        return any(text in (line.routes[0].short.casefold(), line.names["zh_Hans"].casefold()) for line in lines)

    def _role(self, mention: Mention) -> Role | None:
        start = mention.start
        for article in _ARTICLES:
            if self._sentence.words.get(start) == article:
                start -= len(article)
        if self._sentence.follows(start, _TO):
            return "to"
        if self._sentence.follows(start, _FROM):
            return "from"
        after = _AFTER.sub("", self._sentence.text[mention.end :])
        if after.startswith(_ON) and not after.startswith(_NOT_ON) and len(after) > 1:
            return "from"
        if _HOW_TO.fullmatch(after):
            return "to"
        return self._marked_role(self._sentence.text[mention.start : mention.end])

    def _marked_role(self, name: str) -> Role | None:
        for entity in self._turn.entities:
            if entity.entity in ("place", "stop") and entity.role in ("from", "to") and name in core(entity.value):
                return "from" if entity.role == "from" else "to"
        return None

    def _unknown(self, mentions: Sequence[Mention]) -> list[tuple[Role | None, str]]:
        """Names that the language model marked, or that stand where a name is expected, and that are not known ones."""
        known = [self._sentence.text[m.start : m.end] for m in mentions]
        names: list[tuple[Role | None, str]] = [
            ("from" if entity.role == "from" else "to", entity.value)
            for entity in self._turn.entities
            if entity.entity == "place" and entity.role in ("from", "to")
        ]
        for pattern in _WRITTEN:
            if (match := pattern.search(self._text.casefold())) is not None:
                groups = match.groupdict()
                if (start := groups.get("start")) is not None:
                    names.append(("from", start.strip()))
                if (goal := groups.get("goal")) is not None:
                    names.append(("to", _TAIL.sub("", goal).strip()))
                break
        return [
            (role, name)
            for role, name in names
            if len(core(name)) > 1 and not _is_here(name)
            if not any(one in core(name) or core(name) in one for one in known)
        ]

    def _marked_somewhere(self) -> tuple[Place, ...] | Unknown | None:
        marked = [e.value for e in self._turn.entities if e.entity in ("place", "stop") and len(core(e.value)) > 1]
        marked = [value for value in marked if not self._edition.lines.find(value) and not _is_here(value)]
        return _named(self._edition, marked[0]) if marked else None


def _is_here(name: str) -> bool:
    """Whether what stands where a name would says where the resident is, or points to what was told."""
    said = plain(name)
    return phrases("where_i_am").whole(said) or phrases("points_there").whole(said)


def edition_lines(edition: Edition, text: str, marked: Sequence[str]) -> tuple[tuple[Line, ...], str | None]:
    """The lines that a text names, and one that is unknown."""
    found = edition.reader.read(text, [], marked)
    return found.lines, found.unknown_line
