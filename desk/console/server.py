"""Puts the console into the web application: its pages, the guard before them, and what they are given."""

from collections.abc import Callable, Sequence

from aiohttp import web

from desk.console import (
    account,
    alerts,
    answers,
    audit,
    health,
    join,
    live,
    login,
    members,
    openid,
    requests,
    retention,
    rights,
    shell,
    start,
    suggesting,
    teams,
    ticket,
    ticket_figures,
    ticket_new,
    tickets,
    voice,
)
from desk.console.access import signed_in
from desk.console.announcements import figures, inspection, listing, single, writing
from desk.console.data import guides as data_guides
from desk.console.data import listing as data_listing
from desk.console.data import writing as data_writing
from desk.console.figures import guides, sites
from desk.console.guard import guard
from desk.console.operating import accounts, bills, cases, keys, orders, sending
from desk.console.parts import CONSOLE, Console
from desk.console.sections import SECTIONS, Section
from desk.console.teaching import inbox as teaching_inbox
from desk.console.teaching import models as teaching_models
from desk.console.teaching import records as teaching_records
from desk.console.teaching import trials as teaching_trials
from desk.console.visits import ROOT
from desk.tickets.lists.watching import OpenTickets
from desk.web.gate import expected

ALL = (
    start.SECTION,
    alerts.SECTION,
    tickets.SECTION,
    ticket_new.SECTION,
    ticket.SECTION,
    rights.SECTION,
    answers.SECTION,
    ticket_figures.SECTION,
    teams.SECTION,
    listing.SECTION,
    writing.SECTION,
    single.SECTION,
    figures.SECTION,
    sites.SECTION,
    guides.SECTION,
    inspection.SECTION,
    teaching_inbox.SECTION,
    teaching_records.SECTION,
    teaching_models.SECTION,
    teaching_trials.SECTION,
    teaching_inbox.LINES,
    data_listing.SECTION,
    data_writing.SECTION,
    data_guides.SECTION,
    login.SECTION,
    openid.SECTION,
    join.SECTION,
    requests.SECTION,
    voice.SECTION,
    accounts.SECTION,
    sending.SECTION,
    cases.SECTION,
    orders.SECTION,
    bills.SECTION,
    keys.SECTION,
    health.SECTION,
    members.SECTION,
    audit.SECTION,
    retention.SECTION,
    account.SECTION,
    live.SECTION,
)
"""All pages of the console. A further section adds its module, and its name here."""


@signed_in
async def unrouted(_: web.Request) -> web.StreamResponse:
    """Say that there is no such page, to whoever may know."""
    raise web.HTTPNotFound


def adding(
    console: Console, sections: Sequence[Section] = ALL, *, most_streams: int = live.MOST
) -> Callable[[web.Application], None]:
    """What `desk.web.server.build` takes as an addition. `most_streams`: of each kind, in this process."""

    def add(app: web.Application) -> None:
        app[CONSOLE] = console
        app[SECTIONS] = sections
        app[live.STREAMS] = live.Streams(most=most_streams)
        app[ticket.STREAMS] = live.Streams(ticket.MOST_OPEN, most=most_streams)
        app[ticket.OPEN_TICKETS] = OpenTickets(console.engine)
        app[suggesting.WORDS] = {}
        app[shell.TEMPLATES] = shell.environment()
        routes = [one for section in sections for one in section.routes]
        routes += [web.get(f"{shell.STATIC_PATH}/{{name}}", shell.static_file, allow_head=False)]
        app.router.add_routes(
            web.RouteDef(one.method, one.path, one.handler, {**one.kwargs, "expect_handler": expected})
            for one in routes
        )
        app.router.add_route("*", f"{ROOT}/{{path:.*}}", unrouted, expect_handler=expected)
        app.middlewares.append(guard)

    return add
