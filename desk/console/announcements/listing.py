"""Announcements: a list, what of them waits for whoever looks, and figures of all that the list shows as CSV."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from desk.announcements.content import State
from desk.announcements.listing import PAGE
from desk.announcements.looking import OUTCOMES, SAID, Looking, Waits
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.words import AnnouncementWords
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import BOX, Action, Item, Place, Section, Tile, Waiting
from desk.console.tables import csv_of, zone_of
from desk.contract.staff import Actor, Permission
from desk.texts.splitting import shortened
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/announcements"
NEW = f"{PATH}/new"
SHOWN: Mapping[str, tuple[State, ...]] = {
    "all": (),
    "open": (State.DRAFT, State.PENDING, State.RETURNED, State.APPROVED, State.SENDING),
    **{str(one): (one,) for one in State},
}
"""What a list shows, by the word in its address."""
TABS = ("open", "pending", "returned", "sending", "done", "all")
NARROW = ("city", "agency", "mine", "approved")
NUMBER = re.compile(r"[0-9]{1,18}")
FIRST = 5  # on the start page
MOST = 1_000  # announcements of a file
LONGEST_REASON = 80  # characters, on the start page
BY_ITSELF = ("expire", "void", "pause")
"""Acts that say more than the state of what one approved."""

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
    words = AnnouncementWords(request, await shell.named(request, (row.created_by for row in found)))
    return shell.page(
        request,
        "announcements.html",
        asked=asked,
        shown=_shown(asked),
        tabs=TABS,
        states=[(str(one), words.t(f"announcement_state_{one}"), "") for one in State],
        found=found[:PAGE],
        corrected=await looking_at(request).corrected([row.id for row in found[:PAGE]]),
        older=_address(asked)(before=str(found[PAGE - 1].id)) if len(found) > PAGE else "",
        newest=_address(asked)() if asked["before"] else "",
        address=_address(asked),
        csv=f"{PATH}.csv?{urlencode(_kept(asked))}",
        choices=_choices(request, actor, asked),
        announcements=words,
        may_write=actor.may_somewhere(Permission.ANNOUNCEMENT_PUBLISH),
        may_approve=actor.may_somewhere(Permission.ANNOUNCEMENT_APPROVE),
        is_armed=await looking_at(request).is_armed(),
    )


@staff(Permission.ANNOUNCEMENT_READ)
async def announcements_csv(request: web.Request) -> web.Response:
    """What became of each, as CSV."""
    found = await _found(request, query_of(request), MOST)
    words = AnnouncementWords(request, await shell.named(request, (row.created_by for row in found)))
    totals, places, t = await looking_at(request).totals(found), shell.words_of(request), words.t
    zone, said_zone = zone_of(request, [row.city for row in found])
    heads = (
        *(t("announcement_number"), t("announcement_title"), t("state"), t("ticket_city"), t("ticket_agency")),
        *(t("announcement_topic"), t("announcement_kind"), t("announcement_mode"), t("announcement_urgency")),
        *(t("announcement_by"), t("announcement_corrects")),
        *(t("csv_time", name=t(name), zone=said_zone) for name in ("announcement_published", "announcement_ended")),
        t("announced_told"),
        *(t(f"announcement_outcome_{one}") for one in OUTCOMES),
    )
    rows = (
        [
            *(row.id, words.title(row), words.state(row), places.city(row.city), places.agency(row.city, row.agency)),
            *(words.topic(row.topic), t(f"announcement_kind_{row.kind}")),
            *(t(f"announcement_{row.mode}"), t(f"announcement_urgency_{row.urgency}"), words.who(row.created_by)),
            None if row.takes_back else row.corrects,
            *(None if at is None else at.astimezone(zone) for at in (row.published_at, row.ended_at)),
            sum(totals[row.id].get(one, 0) for one in SAID),
            *(totals[row.id].get(one, 0) for one in OUTCOMES),
        ]
        for row in found
    )
    return csv_of(f"announcements-{datetime.now(zone):%Y-%m-%d}", heads, rows)


async def to_approve(request: web.Request) -> Waiting:
    """What waits for the approval of whoever looks, for the start page."""
    count, first = await looking_at(request).to_approve(visits.actor_of(request), BOX)
    names = await shell.named(request, (one.row.submitted_by or one.row.created_by for one in first))
    words, notes = AnnouncementWords(request, names), list[str]()
    for one in first:
        by = words.who(one.row.submitted_by or one.row.created_by)
        said = [*words.marks(one.row), *([words.t("announcement_again")] if one.is_again else [])]
        said.append(words.t("announcement_asks_you", name=by, languages=words.languages(one.asks)) if one.asks else by)
        said += [words.t("announcement_your_reason", reason=shortened(one.why, LONGEST_REASON))] if one.why else []
        notes.append(" · ".join(said))
    return Waiting(count, _items(request, first, notes))


async def returned(request: web.Request) -> Waiting:
    """What was returned to whoever looks, for the start page."""
    count, first = await looking_at(request).returned(visits.actor_of(request), BOX)
    because = shell.words_of(request).t("announcement_returned_because")
    whys = [f"{because} {shortened(one.why, LONGEST_REASON)}" for one in first]
    notes = [" · ".join(both) for both in zip(_places(request, first), whys, strict=True)]
    return Waiting(count, _items(request, first, notes))


async def drafts(request: web.Request) -> Waiting:
    """What whoever looks has begun and not submitted, for the start page."""
    count, first = await looking_at(request).drafts(visits.actor_of(request), FIRST)
    notes = [f"{place} · {shell.when(one.since)}" for one, place in zip(first, _places(request, first), strict=True)]
    return Waiting(count, _items(request, first, notes))


async def decided(request: web.Request) -> Waiting:
    """What whoever looks wrote and was decided of late, for the start page."""
    count, first = await looking_at(request).decided(visits.actor_of(request), FIRST)
    words = AnnouncementWords(request)
    notes = [" · ".join([*words.marks(one.row), words.state(one.row), shell.when(one.since)]) for one in first]
    return Waiting(count, _items(request, first, notes))


async def became(request: web.Request) -> Waiting:
    """What became of late of what whoever looks approved, for the start page."""
    looking = looking_at(request)
    count, first = await looking.became(visits.actor_of(request), FIRST)
    corrected, words = await looking.corrected([one.row.id for one in first]), AnnouncementWords(request)
    notes = []
    for one in first:
        is_plain = one.row.withdrawn_at is not None or one.why not in BY_ITSELF
        said = [*words.marks(one.row), words.state(one.row) if is_plain else words.t(f"announcement_became_{one.why}")]
        if one.row.id in corrected:
            said.append(words.t("announcement_corrected_in", number=corrected[one.row.id]))
        notes.append(" · ".join([*said, shell.when(one.since)]))
    return Waiting(count, _items(request, first, notes))


async def paused(request: web.Request) -> Waiting:
    """What is paused at the places of whoever looks, for the start page."""
    count, first = await looking_at(request).paused(visits.actor_of(request), FIRST)
    return Waiting(count, _items(request, first, _places(request, first)))


async def corrected_alone(request: web.Request) -> Waiting:
    """Corrections sent without approval of what whoever looks approved, for the start page."""
    count, first = await looking_at(request).corrected_alone(visits.actor_of(request), FIRST)
    names = await shell.named(request, (one.row.published_by for one in first))
    return Waiting(count, _items(request, first, [names.of(one.row.published_by) for one in first]))


def _places(request: web.Request, found: Sequence[Waits]) -> list[str]:
    words = shell.words_of(request)
    return [words.place(one.row.city, one.row.agency) for one in found]


def _items(request: web.Request, found: Sequence[Waits], notes: Sequence[str]) -> tuple[Item, ...]:
    words = AnnouncementWords(request)
    return tuple(
        Item(words.headed(one.row), f"{PATH}/{one.row.id}", note, one.since, is_first=bool(one.asks))
        for one, note in zip(found, notes, strict=True)
    )


async def _found(request: web.Request, asked: Form, limit: int) -> list[AnnouncementRow]:
    return await room_of(request).all(
        visits.actor_of(request),
        states=SHOWN[_shown(asked)],
        city=asked["city"] or None,
        agency=asked["agency"] or None,
        before=int(asked["before"]) if NUMBER.fullmatch(asked["before"]) else None,
        written_by=visits.actor_of(request).login if asked["mine"] else None,
        approved_by=visits.actor_of(request).login if asked["approved"] else None,
        sent_back=_shown(asked) == State.RETURNED,
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
    places=(Place("announcements", PATH, "n", 3, Permission.ANNOUNCEMENT_READ, group="announcing"),),
    tiles=(
        Tile("to_approve", f"{PATH}?show=pending", 3, to_approve, decided_by={Permission.ANNOUNCEMENT_APPROVE}),
        Tile("returned", f"{PATH}?show=returned&mine=yes", 4, returned, decided_by={Permission.ANNOUNCEMENT_PUBLISH}),
        Tile("drafts", f"{PATH}?show=draft&mine=yes", 3, drafts, Permission.ANNOUNCEMENT_PUBLISH),
        Tile("decided", f"{PATH}?show=all&mine=yes", 4, decided, Permission.ANNOUNCEMENT_PUBLISH),
        Tile("became", f"{PATH}?show=all&approved=yes", 4, became, Permission.ANNOUNCEMENT_APPROVE),
        Tile("paused", f"{PATH}?show=sending", 4, paused, Permission.ANNOUNCEMENT_WITHDRAW),
        Tile("corrected_alone", PATH, 5, corrected_alone, Permission.ANNOUNCEMENT_APPROVE),
    ),
    actions=(Action("announcement_new", NEW, "n", Permission.ANNOUNCEMENT_PUBLISH),),
)
