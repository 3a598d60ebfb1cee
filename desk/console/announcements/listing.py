"""Announcements: a list, what of them waits for whoever looks, and figures of all that the list shows as CSV."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from desk.announcements.content import State
from desk.announcements.looking import Looking
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import PAGE, Announcements
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.words import AnnouncementWords
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.contract.staff import Actor, Permission
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/announcements"
SHOWN: Mapping[str, tuple[State, ...]] = {
    "all": (),
    "open": (State.DRAFT, State.PENDING, State.RETURNED, State.APPROVED, State.SENDING),
    **{str(one): (one,) for one in State},
}
"""What a list shows, by the word in its address."""
TABS = ("open", "pending", "returned", "sending", "done", "all")
NARROW = ("city", "agency")
NUMBER = re.compile(r"[0-9]{1,18}")
FIRST = 5  # on the start page
MOST = 1_000  # announcements of a file

type Options = list[tuple[str, str, str]]


def room_of(request: web.Request) -> Announcements:
    """Where announcements live."""
    return request.app[CONSOLE].announcements


def looking_at(request: web.Request) -> Looking:
    """What is looked at of them."""
    return Looking(room_of(request))


@staff(Permission.ANNOUNCEMENT_READ)
async def announcements_page(request: web.Request) -> web.Response:
    """The announcements of one's places, the newest first."""
    asked, actor = query_of(request), visits.actor_of(request)
    found = await _found(request, asked, PAGE + 1)
    words = AnnouncementWords(request)
    return shell.page(
        request,
        "announcements.html",
        asked=asked,
        shown=_shown(asked),
        tabs=TABS,
        states=[(str(one), words.t(f"announcement_state_{one}"), "") for one in State],
        found=found[:PAGE],
        older=_address(asked)(before=str(found[PAGE - 1].id)) if len(found) > PAGE else "",
        newest=_address(asked)() if asked["before"] else "",
        address=_address(asked),
        csv=f"{PATH}.csv?{urlencode(_kept(asked))}",
        choices=_choices(request, actor, asked),
        announcements=words,
        may_write=actor.may_somewhere(Permission.ANNOUNCEMENT_PUBLISH),
        is_armed=await looking_at(request).is_armed(),
    )


@staff(Permission.ANNOUNCEMENT_READ)
async def announcements_csv(request: web.Request) -> web.Response:
    """What became of each, as CSV."""
    found, words = await _found(request, query_of(request), MOST), AnnouncementWords(request)
    body = await looking_at(request).as_csv(found, {row.id: words.title(row) for row in found})
    headers = {"Content-Disposition": f'attachment; filename="announcements-{datetime.now(UTC):%Y-%m-%d}.csv"'}
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


async def to_approve(request: web.Request) -> Waiting:
    """What waits for the approval of whoever looks, for the start page."""
    count, first = await looking_at(request).to_approve(visits.actor_of(request), FIRST)
    return Waiting(count, _items(request, first, [row.submitted_by or row.created_by for row in first]))


async def returned(request: web.Request) -> Waiting:
    """What was returned to whoever looks, for the start page."""
    count, first = await looking_at(request).returned(visits.actor_of(request), FIRST)
    words = shell.words_of(request)
    return Waiting(count, _items(request, first, [words.place(row.city, row.agency) for row in first]))


async def paused(request: web.Request) -> Waiting:
    """What is paused at the places of whoever looks, for the start page."""
    count, first = await looking_at(request).paused(visits.actor_of(request), FIRST)
    words = shell.words_of(request)
    return Waiting(count, _items(request, first, [words.place(row.city, row.agency) for row in first]))


def _items(request: web.Request, rows: Sequence[AnnouncementRow], notes: Sequence[str]) -> tuple[Item, ...]:
    words = AnnouncementWords(request)
    return tuple(Item(words.headed(row), f"{PATH}/{row.id}", note) for row, note in zip(rows, notes, strict=True))


async def _found(request: web.Request, asked: Form, limit: int) -> list[AnnouncementRow]:
    return await room_of(request).all(
        visits.actor_of(request),
        states=SHOWN[_shown(asked)],
        city=asked["city"] or None,
        agency=asked["agency"] or None,
        before=int(asked["before"]) if NUMBER.fullmatch(asked["before"]) else None,
        limit=limit,
    )


def _shown(asked: Form) -> str:
    return asked["show"] if asked["show"] in SHOWN else "all"


def _kept(asked: Form) -> dict[str, str]:
    return {name: asked[name] for name in ("show", *NARROW) if asked[name]}


def _address(asked: Form) -> Callable[..., str]:
    """Makes addresses of this list with another state or page."""

    def address(**changed: str) -> str:
        filters = {**_kept(asked), **changed}
        return f"{PATH}?{urlencode(filters)}" if filters else PATH

    return address


def _choices(request: web.Request, actor: Actor, asked: Form) -> Mapping[str, Options]:
    """Cities of which somebody reads announcements, and agencies of the one that is chosen."""
    cities, places = request.app[PARTS].cities, actor.places(Permission.ANNOUNCEMENT_READ)
    words = shell.words_of(request)
    seen = [slug for slug in cities if places.everywhere or slug in places.all_cities]
    chosen = asked["city"] or (seen[0] if len(seen) == 1 else "")
    agencies = [one.slug for one in cities[chosen].agencies] if chosen in seen else []
    return {
        "city": [(one, words.city(one), "") for one in seen],
        "agency": [(one, words.agency(chosen, one), "") for one in agencies],
    }


SECTION = Section(
    routes=(web.get(PATH, announcements_page), web.get(f"{PATH}.csv", announcements_csv)),
    places=(Place("announcements", PATH, "n", 3, Permission.ANNOUNCEMENT_READ),),
    tiles=(
        Tile("to_approve", f"{PATH}?show=pending", 3, to_approve, Permission.ANNOUNCEMENT_APPROVE),
        Tile("returned", f"{PATH}?show=returned", 4, returned, Permission.ANNOUNCEMENT_PUBLISH),
        Tile("paused", f"{PATH}?show=sending", 4, paused, Permission.ANNOUNCEMENT_WITHDRAW),
    ),
)
