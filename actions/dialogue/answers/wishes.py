"""Which topics in which districts a message names: several at once, each with its own where it says so.

"Water and power cuts, in Xihu and Shangcheng" names four; "water cuts in Xihu and power cuts in Shangcheng" two. Names
that stand in a sentence without being listed ("water cuts near the school") are not taken for several: the first
counts, as it did alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import Literal

from actions.dialogue.state.turn import Turn
from actions.fields.choice import Choice
from actions.fields.reading import Option
from desk.city.topics import Topic
from values.definition import Accepted
from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)
_ENDS = _WORDS.text("district_ends")
_WORDS_BEHIND = _WORDS.pattern("district_words")
_JOINS = _WORDS.pattern("joins")
_EXCEPTS = _WORDS.pattern("excepts")
_DECLINES = _WORDS.pattern("declines")

type Kind = Literal["topic", "district"]
type Wish = tuple[str, str | None]
"""A topic, and a district; None: the whole city."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a message names, in its order. `wishes` are topics with their districts.

    `excepts`: something of it is left out. `declines`: something is not wanted, which ends what is wanted no more.
    """

    topics: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    excepts: bool = False
    declines: bool = False

    @property
    def in_each(self) -> bool:
        """Whether each topic is meant in each district."""
        return set(self.wishes) == set(product(self.topics, self.districts or (None,)))


@dataclass(frozen=True, slots=True)
class _Token:
    """A name in a text."""

    kind: Kind
    slug: str
    start: int
    end: int


def named(turn: Turn, topics: Mapping[str, Topic]) -> Named:
    """What a message names: in a button by slugs, joined by commas, else in words."""
    choices: dict[Kind, Choice] = {"topic": topic_choice(topics), "district": district_choice(turn)}
    if turn.kind != "text":
        given = {kind: _read(choice, _parts(turn.values(kind))) for kind, choice in choices.items()}
        return _named(given["topic"], given["district"])
    said = plain(turn.text)
    tokens = sorted(_tokens(turn, said, choices), key=lambda token: token.start)
    alone = {
        kind: _read(choice, (*_marked(turn, kind), *choice.find(turn.text)))[:1] for kind, choice in choices.items()
    }
    found = {kind: _listed(said, tokens, kind) or alone[kind] for kind in choices}
    meant = _named(found["topic"], found["district"])
    return replace(
        meant,
        wishes=_own(tokens, meant) or meant.wishes,
        excepts=_EXCEPTS.search(said) is not None,
        declines=_DECLINES.search(said) is not None,
    )


def topic_choice(topics: Mapping[str, Topic]) -> Choice:
    """The topics to choose from."""
    return Choice([Option(one.slug, one.names, tuple(one.also)) for one in topics.values()])


def district_choice(turn: Turn) -> Choice:
    """The districts of the city to choose from, also by what they are called for short."""
    return Choice(
        [
            Option(one.slug, one.names, (one.names.zh_Hans.rstrip(_ENDS), _WORDS_BEHIND.sub("", one.names.en)))
            for one in turn.city.districts
        ]
    )


def _named(topics: tuple[str, ...], districts: tuple[str, ...]) -> Named:
    return Named(topics, districts, tuple(product(topics, districts or (None,))))


def _parts(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from value.split(",")


def _read(choice: Choice, values: Iterable[str]) -> tuple[str, ...]:
    readings = map(choice.read, values)
    return tuple(dict.fromkeys(one.value for one in readings if isinstance(one, Accepted)))


def _marked(turn: Turn, kind: Kind) -> tuple[str, ...]:
    """What the model marked of a kind; what is supplied is a topic, too ("water and power cuts")."""
    return (*turn.values(kind), *(turn.values("utility_type") if kind == "topic" else ()))


def _tokens(turn: Turn, said: str, choices: Mapping[Kind, Choice]) -> list[_Token]:
    """All names in a text; the longest where some overlap, and what the model marked beside them."""
    names = [
        (name, kind, option.value)
        for kind, choice in choices.items()
        for option in choice.options
        for name in choice.called(option)
        if len(name) > 1
    ]
    tokens, free = [], said
    held = [one for one in names if one[0] in said]  # before a pattern is made of each name that there is
    for name, kind, slug in sorted(held, key=lambda one: -len(one[0])):
        for found in re.finditer(_whole(name), free):
            tokens.append(_Token(kind, slug, found.start(), found.end()))
            free = free[: found.start()] + "\n" * len(found.group()) + free[found.end() :]
    for kind, choice in choices.items():
        for value in _marked(turn, kind):
            start, slugs = free.find(plain(value)), _read(choice, [value])
            if start >= 0 and slugs:
                tokens.append(_Token(kind, slugs[0], start, start + len(plain(value))))
    return tokens


def _whole(name: str) -> str:
    """A pattern of a name; one in Latin letters stands as whole words."""
    return rf"(?<![a-z0-9]){re.escape(name)}(?:e?s)?(?![a-z0-9])" if name.isascii() else re.escape(name)


def _listed(said: str, tokens: list[_Token], kind: Kind) -> tuple[str, ...]:
    """The names of a kind that a text lists; none where something else stands between them."""
    own = [token for token in tokens if token.kind == kind]
    slugs = tuple(dict.fromkeys(token.slug for token in own))
    if len(slugs) < 2:
        return slugs
    between, at = "", own[0].end
    for token in tokens:
        if own[0].end <= token.start <= own[-1].start:
            between += said[at : token.start] + " "
            at = token.end
    return slugs if _JOINS.fullmatch(between) else ()


def _own(tokens: list[_Token], meant: Named) -> tuple[Wish, ...] | None:
    """Topics with districts of their own (here water, there power); None where each is meant in each."""
    known = {*(("topic", one) for one in meant.topics), *(("district", one) for one in meant.districts)}
    counted = [token for token in tokens if (token.kind, token.slug) in known]
    runs = [(kind, [token.slug for token in run]) for kind, run in groupby(counted, key=lambda token: token.kind)]
    if len(runs) < 4 or len(runs) % 2:
        return None
    wishes: dict[Wish, None] = {}
    for first, second in zip(runs[::2], runs[1::2], strict=True):
        pair = dict((first, second))
        wishes.update(dict.fromkeys(product(pair["topic"], pair["district"])))
    return tuple(wishes)
