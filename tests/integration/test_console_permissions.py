"""Who may do what in the console, made of the routes and the table of roles: in one's own agency and another's."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fixtures.desks import Chair, Desks, desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.content import Draft
from desk.console.access import Needs, needs_of
from desk.console.server import ALL
from desk.console.ticket import ACTS
from desk.contract.staff import EVERYWHERE, Actor, Grant, Permission, Role
from desk.store.database import transaction
from desk.tickets.handover import HandOver
from desk.tickets.queue import COLUMNS
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.teams import Duties, Teams

MOVE = text(f"UPDATE tickets SET agency = :agency RETURNING {COLUMNS}")
CITY, OWN, FOREIGN = "hangzhou", "water", "gas"
PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
ROUTES = [
    (one.method, one.path, needs)
    for section in ALL
    for one in section.routes
    if (needs := needs_of(one.handler)) is not None and needs.who != "visitor"
]
OBJECTS = {
    "login": {OWN: "colleague", FOREIGN: "stranger"},
    "number": {OWN: "1", FOREIGN: "2"},
    "team": {OWN: "1", FOREIGN: "2"},
    "announcement": {OWN: "1", FOREIGN: "2"},
}
"""What stands in a path, of one's own agency and of another. Routes with other objects are looked at without one."""
NAMED_IN_FORM = {
    *("/console/staff", "/console/teams", "/console/answers", "/console/answers/drop"),
    "/console/bills/report",
    *(f"/console/announcements/{one}" for one in ("new", "preview", "reach")),
}
"""Forms that name the agency that they are of: `place`."""


def agencies(house: House) -> tuple[str, str]:
    """Two agencies of the city."""
    return house.cities[CITY].agencies[0].slug, house.cities[CITY].agencies[1].slug


def grant_of(role: Role, agency: str) -> Grant:
    """A role as somebody of an agency holds it, or everywhere where it is no agency's."""
    return Grant(role) if role in EVERYWHERE else Grant(role, CITY, agency)


def path_of(path: str, place: str) -> str:
    """A path with what is of a place in it; what is of none is made up."""

    def fill(found: re.Match[str]) -> str:
        return OBJECTS.get(found[1], {}).get(place) or {
            "session": "s" * 43,
            "reference": "T-999-4",
            "alert": "4711",
            "case": "4711",
            "model": "4711",
            "sha256": "0" * 64,
            "key": "0" * 16,
        }.get(found[1], "aaaa")

    return PLACEHOLDER.sub(fill, path)


async def statuses(chair: Chair, place: str, agency: str) -> dict[tuple[str, str], int]:
    """What every route answers; what ends the session comes last."""
    code = (await chair.get("/console/account")).csrf
    got = {}
    for method, path, _ in sorted(ROUTES, key=lambda one: one[1].endswith("logout")):
        asked = path_of(path, place)
        if method == "GET":
            answer = await chair.get(asked, follow=False)
        else:
            answer = await chair.send(asked, {"csrf": code, "place": f"{CITY}/{agency}"}, follow=False)
        got[method, path] = answer.status
    return got


def is_expected(method: str, path: str, needs: Needs, actor: Actor, agency: str, status: int) -> bool:
    """Whether an answer is right: refused without the permission, hidden or refused in another's agency."""
    if not needs.admits(actor):
        return status == 403
    names = {found[1] for found in PLACEHOLDER.finditer(path)} & set(OBJECTS)
    needed = Permission.STAFF_MANAGE if "number" in names else needs.permission
    if names and needed is not None and not actor.may(needed, CITY, agency):
        return status in (403, 404)
    if method == "POST" and path in NAMED_IN_FORM and needed is not None and not actor.may(needed, CITY, agency):
        return status in (403, 404, 422)
    return status not in (401, 403, 500)


@asynccontextmanager
async def staffed(house: House) -> AsyncIterator[Desks]:
    """Two agencies with somebody in each, and a request of each that waits."""
    own, foreign = agencies(house)
    boss, _ = [await hire(house.engine, one, Grant(Role.SECURITY_ADMIN)) for one in ("boss", "second")]
    await hire(house.engine, "colleague", Grant(Role.EDITOR, CITY, own))
    await hire(house.engine, "stranger", Grant(Role.EDITOR, CITY, foreign))
    for agency in (own, foreign):
        lead = Actor("lead", grants=(Grant(Role.AGENCY_ADMIN),))
        await Teams(house.engine).create(lead, CITY, agency, Duties("One"))
    async with desks_at(house) as desks:
        for agency in (own, foreign):
            draft = Draft(city=CITY, agency=agency, topic="water", titles={}, texts={})
            await desks.console.announcements.create(Actor("lead", grants=(Grant(Role.EDITOR),)), draft)
        for login, agency in (("colleague", own), ("stranger", foreign)):
            admin = Actor(boss.login, grants=(Grant(Role.SECURITY_ADMIN),))
            await desks.console.staff.grant(admin, login, Grant(Role.CLERK, CITY, agency), reason="tests")
        yield desks


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_admits_whom_the_table_of_roles_does(house: House, role: Role) -> None:
    """In one's own agency, and in another's, whose people and requests are hidden."""
    own, foreign = agencies(house)
    async with staffed(house) as desks:
        for place, agency in ((OWN, own), (FOREIGN, foreign)):
            grant = grant_of(role, own)
            known = await hire(house.engine, f"one_{place}", grant)
            async with desks.chair(known) as chair:
                got = await statuses(chair, place, agency)
            holder = Actor(known.login, grants=(grant,))
            wrong = [
                (method, path, got[method, path])
                for method, path, needs in ROUTES
                if not is_expected(method, path, needs, holder, agency, got[method, path])
            ]
            assert wrong == []


@pytest.mark.parametrize("role", [Role.CLERK, Role.AGENCY_ADMIN])
async def test_no_act_reaches_a_ticket_of_another_agency(house: House, role: Role) -> None:
    """Each form of a ticket's page, the page itself and its live lines are refused; nothing has happened to it."""
    own, foreign = agencies(house)
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        hand_over = HandOver(house.catalogs, house.cities, utc_now)
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        ticket = TicketRow(**(await connection.execute(MOVE, {"agency": foreign})).one()._mapping)
    known = await hire(house.engine, "one", Grant(role, CITY, own))
    path = f"/console/tickets/{ticket.reference}"
    fields = {"message": "m", "note": "n", "reason": "r", "for": "1h", "login": "one", "why": "spam", "agency": own}
    fields |= {"demand": "copy", "document": "passport", "into": ticket.reference, "tags": "t", "urgency": "urgent"}
    async with desks_at(house) as desks, desks.chair(known) as chair:
        code = (await chair.get("/console/account")).csrf
        got = {one: await chair.get(f"{path}{one}", follow=False) for one in ("", "/live", "/data")}
        for act in (*ACTS, "reveal", "data/link", "data/demand"):
            got[act] = await chair.send(f"{path}/{act}", {"csrf": code, **fields}, follow=False)
        bulk = await chair.send(
            "/console/tickets/bulk", {"csrf": code, "ticket": str(ticket.id), "do": "claim"}, follow=False
        )
    assert {name: one.status for name, one in got.items() if one.status not in {403, 404}} == {}
    assert bulk.status in {403, 422}
    assert await house.clerks.find(actor("op"), ticket.id) == ticket
    assert await house.scalar("SELECT count(*) FROM ticket_events WHERE kind <> 'opened'") == 0


async def test_nobody_without_a_session_is_answered(house: House) -> None:
    """Every page leads to the login page, every form too."""
    async with desks_at(house) as desks, desks.chair() as chair:
        assert len(ROUTES) > 30
        for method, path, _ in ROUTES:
            asked = path_of(path, OWN)
            answer = await (chair.get(asked, follow=False) if method == "GET" else chair.send(asked, {}, follow=False))
            assert (answer.status, answer.headers.get("Location", "")[:14]) == (303, "/console/login"), (method, path)


async def test_the_bar_shows_the_places_that_somebody_may_go_to(house: House) -> None:
    """And no other; each has a letter of its own."""
    letters = [place.letter for section in ALL for place in section.places] + ["m"]
    assert len(set(letters)) == len(letters)
    async with desks_at(house) as desks:
        for role in Role:
            known = await hire(house.engine, f"one_{role}", grant_of(role, agencies(house)[0]))
            async with desks.chair(known) as chair:
                shown = set(re.findall(r'<a href="([^"]+)" data-letter="[a-z]"', (await chair.get("/console")).text))
                holder = Actor(known.login, grants=(grant_of(role, agencies(house)[0]),))
                places = [place for section in ALL for place in section.places]
                assert shown == {one.path for one in places if one.is_open_to(holder)} | {"/console/account"}
