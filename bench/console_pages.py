"""The pages of the staff console that can be opened, found from its routes, each with the addresses that are measured.

A route that is added is measured from then on as it is; what else is asked of it (filters, a search, a later page)
stands in `ASKED`. What stands in its path must be among `OBJECTS`, or the bench says that it does not know it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from desk.console import alerts, audit, live, members, openid, requests, ticket, ticket_figures, tickets
from desk.console.access import needs_of
from desk.console.announcements import figures
from desk.console.data import listing as data_listing
from desk.console.data import writing as data_writing
from desk.console.figures import guides, sites
from desk.console.operating import accounts, bills, cases, orders
from desk.console.sections import Section
from desk.console.server import ALL
from desk.console.teaching import inbox as teaching
from desk.contract.errors import DeskError
from desk.contract.staff import Actor, Grant, Permission, Role

PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
STREAMS = frozenset({f"{ticket.ONE}/live", f"{live.SECTION.routes[0].path}"})
"""They never end: measured until they begin."""
ELSEWHERE = frozenset({openid.ADDRESS, openid.BACK, f"{teaching.PATH}/next", data_listing.ONE})
"""They lead on: to an identity provider, of which there is none, or to what is next."""
VISITOR = "visitor"

ASKED: Mapping[str, Sequence[str]] = {
    tickets.PATH: (
        "show=mine",
        "show=all",
        "show=all&page=2",
        "show=all&page=20",
        "show=mentions",
        "show=ended",
        "show=ended&page=2",
        "show=ended&page=100",
        "show=ended&page=1000",
        "show=all&reference={reference}",
        "show=all&city={city}&agency={agency}",
        "show=all&service=utility_bills",
        "show=all&reason=anger",
        "show=all&locale=en",
        "show=all&tag=follow-up",
        "show=all&clerk={colleague}",
        "show=ended&service=utility_bills",
        "show=ended&reason=emergency",
        "show=ended&locale=en",
        "show=ended&tag=rare",
        "show=ended&clerk=nobody",
        "show=ended&since={month}&until={fortnight}",
    ),
    ticket_figures.PATH: ("since={quarter}&until={today}", "since={quarter}&until={today}&city={city}"),
    f"{ticket_figures.PATH}.csv": ("since={quarter}&until={today}",),
    figures.PATH: ("since={quarter}&until={today}", "since={quarter}&until={today}&city={city}"),
    f"{figures.PATH}.csv": ("since={quarter}&until={today}",),
    sites.PATH: ("since={quarter}&until={today}", "since={quarter}&until={today}&city={city}"),
    f"{sites.PATH}.csv": ("since={quarter}&until={today}",),
    guides.PATH: ("since={quarter}&until={today}", "since={quarter}&until={today}&city={city}"),
    f"{guides.PATH}.csv": ("since={quarter}&until={today}",),
    audit.PATH: (
        "act=ticket",
        "act=ticket.claim",
        "act=nothing.done",
        "actor={colleague}",
        "actor=nobody",
        "subject={reference}",
        "subject=T-0-0",
        "city={city}",
        "since={month}&until={fortnight}",
        "before={record}",
        "actor=nobody&since={month}&until={fortnight}",
    ),
    f"{audit.PATH}/day": ("day={fortnight}",),
    f"{tickets.PATH}.csv": ("show=ended",),
    accounts.PATH: ("state=paused", "city={city}"),
    alerts.PATH: ("show=holding", "show=everything"),
    bills.PATH: ("day={fortnight}", "before={month}"),
    cases.PATH: (
        "city={city}",
        "service=marriage_registration",
        "over=yes",
        "over=yes&before={case}",
        "reference=GH0",
    ),
    orders.PATH: ("status=booked", "status=refunded", "city={city}", "before={order}"),
    data_listing.PATH: ("state=waits",),
    data_writing.WRITE: ("kind=guide&name=passport_lost", "kind=guide"),
    teaching.PATH: ("signal=unsure", "signal=growing", "city={city}", "language=en"),
    members.PATH: ("q=city", "role=agency_admin", "state=invited", "after=m"),
    requests.PATH: ("show=mine", "show=decided"),
}
"""What else is asked of a page, by its path."""


class UnknownPathError(DeskError):
    """A route of the console has something in its path that the bench does not know: add it to `OBJECTS`."""


@dataclass(frozen=True)
class Found:
    """What a store has to be asked for, as far as whoever asks may see it. Those that stand in paths take turns."""

    city: str
    agency: str
    references: Sequence[str]
    logins: Sequence[str]
    requests: Sequence[int]
    record: int
    today: date
    orders: Sequence[str] = ()
    cases: Sequence[int] = ()
    alerts: Sequence[int] = ()
    lines: Sequence[int] = ()

    def words(self) -> dict[str, str]:
        """What is filled into `ASKED`."""
        days = {"today": 0, "fortnight": 14, "month": 30, "quarter": 91}
        return {
            "city": self.city,
            "agency": self.agency,
            "reference": self.references[0],
            "colleague": self.logins[0],
            "record": str(self.record),
            "order": next(iter(self.orders), ""),
            "case": str(next(iter(self.cases), "")),
            **{name: str(self.today - timedelta(days=back)) for name, back in days.items()},
        }


OBJECTS: Mapping[str, Callable[[Found], Sequence[Any]]] = {
    "reference": lambda found: found.references,
    "login": lambda found: found.logins,
    "number": lambda found: found.requests,
    "token": lambda _: ["n" * 43],
    "team": lambda _: [999_999],
    "file": lambda _: ["00000000-0000-4000-8000-000000000000"],
    "announcement": lambda _: [999_999],
    "alert": lambda found: found.alerts,
    "sha256": lambda _: ["0" * 64],
    "account": lambda _: ["nobody_there"],
    "order": lambda found: found.orders,
    "line": lambda found: found.lines,
    "model": lambda _: [999_999],
    "case": lambda found: found.cases,
}
"""What stands in paths, by its name."""
MADE_UP = frozenset({"token", "team", "file", "announcement", "sha256", "account", "model"})
"""Of these the store has none: the page says so."""


@dataclass(frozen=True)
class Page:
    """A page as somebody opens it. `statuses` are right answers."""

    path: str
    asked: str
    who: str
    addresses: Iterator[str]
    is_stream: bool
    statuses: frozenset[int]

    @property
    def name(self) -> str:
        """Its path and what is asked, for tables."""
        shown = PLACEHOLDER.sub(r"{\1}", self.path)
        return f"{shown}?{self.asked}" if self.asked else shown


def pages(
    who: Mapping[str, Sequence[Grant]], found: Mapping[str, Found], sections: Sequence[Section] = ALL
) -> list[Page]:
    """All pages that can be opened, as each of whom their route admits. `found` is by who asks.

    Raises:
        UnknownPathError: a path has something that is not in `OBJECTS`.
    """
    made: list[Page] = []
    for route in (one for section in sections for one in section.routes):
        needs = needs_of(route.handler)
        if route.method != "GET" or needs is None or route.path in ELSEWHERE:
            continue
        if needs.who == VISITOR:
            made.append(_page(route.path, "", VISITOR, next(iter(found.values()))))
            continue
        for login, grants in who.items():
            if needs.admits(Actor(login, grants=tuple(grants))) and _has_objects(route.path, found[login]):
                made += [_page(route.path, asked, login, found[login]) for asked in ("", *ASKED.get(route.path, ()))]
    return [one for one in made if one.path != f"{audit.PATH}/day" or one.asked]  # without a day it only leads on


def opens_tickets(page: Page) -> bool:
    """Whether a page is that of one ticket."""
    return page.path == ticket.ONE


def _has_objects(path: str, found: Found) -> bool:
    """Whether somebody has something to open there: not everybody has a request."""
    return all(_objects(name, found) for name in _names(path))


def _page(path: str, asked: str, who: str, found: Found) -> Page:
    filled = asked.format(**found.words())
    objects = [_objects(name, found) for name in _names(path)]
    paths = [PLACEHOLDER.sub(str(one), path, count=1) for one in objects[0]] if objects else [path]
    return Page(
        path=path,
        asked=asked,
        who=who,
        addresses=cycle([f"{one}?{filled}" if filled else one for one in paths]),
        is_stream=path in STREAMS,
        statuses=frozenset({404, 422}) if MADE_UP & set(_names(path)) else frozenset({200}),
    )


def _names(path: str) -> list[str]:
    return [one[1] for one in PLACEHOLDER.finditer(path)]


def _objects(name: str, found: Found) -> Sequence[Any]:
    if name not in OBJECTS:
        raise UnknownPathError(f"The bench does not know {name!r} in a path of the console: add it to OBJECTS.")
    return OBJECTS[name](found)


def grants_of(city: str, agency: str) -> Mapping[str, Sequence[Grant]]:
    """Who opens pages: login and roles."""
    return {
        "clerk": (Grant(Role.CLERK, city, agency),),
        "admin": (Grant(Role.AGENCY_ADMIN, city),),
        "security": (Grant(Role.SECURITY_ADMIN),),
        "auditor": (Grant(Role.AUDITOR),),
        "analyst": (Grant(Role.ANALYST),),
        "operator": (Grant(Role.OPERATOR),),
        "trainer": (Grant(Role.TRAINER),),
        "everywhere": tuple(map(Grant, (Role.CLERK, Role.AGENCY_ADMIN, Role.EDITOR, Role.APPROVER))),
    }


def may_read_tickets(grants: Sequence[Grant]) -> bool:
    """Whether somebody may open tickets."""
    return Actor("one", grants=tuple(grants)).may_somewhere(Permission.TICKET_READ)
