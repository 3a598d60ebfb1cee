"""What a guide says of an aspect that is asked about: a special case, else the items of its lists that name it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from actions.dialogue.reading.aspects import Aspect, is_about
from desk.city.files import Names
from desk.city.guides import Guide

MOST = 2
"""So many texts of a guide are told of one aspect."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a guide says of an aspect: numbers of its cases, else texts; none where it says nothing."""

    aspect: Aspect
    cases: tuple[int, ...] = ()
    texts: tuple[Names, ...] = ()

    @property
    def is_absent(self) -> bool:
        return not (self.cases or self.texts)


def said_of(guide: Guide, aspects: Sequence[Aspect], nearest: Collection[int] = ()) -> list[Said]:
    """What a guide says of each of some aspects, but of those that its whole matter is ("a lost passport").

    `nearest` are numbers of cases that are near to the question: what they only mention may be what is asked.
    """
    return [_said(guide, one, nearest) for one in aspects if not _is_its_matter(guide, one)]


def _is_its_matter(guide: Guide, aspect: Aspect) -> bool:
    return is_about(aspect, [guide.names.zh_Hans])


def _said(guide: Guide, aspect: Aspect, nearest: Collection[int]) -> Said:
    """A case that is called so, else the items that name it, else a near case that does."""
    called = [at for at, case in enumerate(guide.cases) if is_about(aspect, [case.about.zh_Hans])]
    if called:
        return Said(aspect, tuple(called[:MOST]))
    if texts := tuple(one for one in _items(guide) if is_about(aspect, [one.zh_Hans]))[:MOST]:
        return Said(aspect, (), texts)
    if is_about(aspect, [guide.answer.zh_Hans]):
        return Said(aspect, (), (guide.answer,))
    within = [at for at, case in enumerate(guide.cases) if at in nearest and is_about(aspect, [case.said.zh_Hans])]
    return Said(aspect, tuple(within[:MOST]))


def _items(guide: Guide) -> Iterator[Names]:
    """The texts of a guide's parts, those first that say what is to be done."""
    yield from guide.papers
    yield from guide.steps
    yield from (one for one in (guide.who, guide.place, guide.days, guide.fee) if one is not None)
    yield from guide.notes
