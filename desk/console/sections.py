"""The parts of the console: pages with their place in the bar, and what of them waits on the start page."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from aiohttp import web

from desk.contract.staff import Actor, Permission


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the bar.

    Attributes:
        name: names the text `console.place_<name>`.
        path: where it leads.
        letter: goes there after `g`.
        rank: the smaller, the further in front.
        permission: who sees it; None: everybody who is logged in.
        group: the entry under which it stands in a long bar, `console.group_<group>`; empty: none.
    """

    name: str
    path: str
    letter: str
    rank: int
    permission: Permission | None = None
    group: str = ""

    def is_open_to(self, actor: Actor) -> bool:
        """Whether somebody may go there."""
        return self.permission is None or actor.may_somewhere(self.permission)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the bar as somebody sees it: a place, or several under the name of their group."""

    group: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits: what it is, where it is seen, and more of it in a few words.

    Attributes:
        text: what it is.
        path: where it is seen.
        note: more of it: of whom it is, or how urgent.
        since: since when it waits.
        is_first: it goes before whatever waits longer.
    """

    text: str
    path: str
    note: str = ""
    since: datetime | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a tile of the start page shows: how many wait, and the first of them."""

    count: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A kind of thing that waits for somebody.

    Attributes:
        name: names the texts `console.tile_<name>`, and `console.tile_<name>_none` where nothing waits.
        path: where all of them are seen.
        rank: the smaller, the further in front.
        look: finds what waits for whoever asks.
        permission: who sees it; None: everybody who is logged in.
        decided_by: who holds any of these decides on it. It stands in the one box of all that is to be decided, where
            `console.decide_<name>` names it; what waits longest first, so `look` gives the `BOX` oldest.
    """

    name: str
    path: str
    rank: int
    look: Callable[[web.Request], Awaitable[Waiting]]
    permission: Permission | None = None
    decided_by: Collection[Permission] = ()

    def is_open_to(self, actor: Actor) -> bool:
        """Whether it concerns somebody."""
        if self.decided_by:
            return any(actor.may_somewhere(one) for one in self.decided_by)
        return self.permission is None or actor.may_somewhere(self.permission)


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody can begin on the start page.

    Attributes:
        text: what its button says, by the rest of the key.
        path: where it leads.
        letter: presses it.
        permission: who sees it.
    """

    text: str
    path: str
    letter: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together."""

    routes: tuple[web.RouteDef, ...]
    places: tuple[Place, ...] = ()
    tiles: tuple[Tile, ...] = ()
    actions: tuple[Action, ...] = ()


FITS = 8
"""So many places stand side by side; where there are more, those of a group unfold under one name."""
BOX = 8
"""So much of what is to be decided stands on the start page."""
SECTIONS = web.AppKey("console_sections", Sequence[Section])


def places_of(request: web.Request, actor: Actor) -> list[Place]:
    """The entries of the bar that somebody sees."""
    found = [one for section in request.app[SECTIONS] for one in section.places if one.is_open_to(actor)]
    return sorted(found, key=lambda one: one.rank)


def bar_of(places: Sequence[Place]) -> list[Entry]:
    """The bar as it stands on a page: in a long one, places of a group are one entry, behind those that stand alone."""
    counts = Counter(one.group for one in places if one.group)
    groups = [group for group, count in counts.items() if count > 1] if len(places) > FITS else []
    alone = [Entry("", (one,)) for one in places if one.group not in groups]
    return alone + [Entry(group, tuple(one for one in places if one.group == group)) for group in groups]


def tiles_of(request: web.Request, actor: Actor) -> list[Tile]:
    """The tiles of the start page that somebody sees."""
    found = [one for section in request.app[SECTIONS] for one in section.tiles if one.is_open_to(actor)]
    return sorted(found, key=lambda one: one.rank)


def actions_of(request: web.Request, actor: Actor) -> list[Action]:
    """What somebody can begin on the start page."""
    found = (one for section in request.app[SECTIONS] for one in section.actions)
    return [one for one in found if actor.may_somewhere(one.permission)]


def is_page(request: web.Request, path: str) -> bool:
    """Whether a path is a page that can be opened, and not only a form's address."""
    routes = (one for section in request.app[SECTIONS] for one in section.routes)
    return any(one.method == "GET" and _pattern(one.path).fullmatch(path) for one in routes)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path)) if "{" not in path else web.DynamicResource(path).get_info()["pattern"]
