"""Teams below an agency: who belongs to them, which tickets come to them, what they change and what they do not."""

from dataclasses import replace

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor, key_in
from sqlalchemy import text

from desk.city.answering import Answering
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Grant, NotPermitted, Permission, Role
from desk.store.database import transaction
from desk.tickets import transferring
from desk.tickets.listing import Filter, Listing
from desk.tickets.presence import Presence
from desk.tickets.queue import open_matter
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.duty import Duty
from desk.tickets.staffing.sharing import share_out
from desk.tickets.staffing.teams import Duties, DutyTaken, Teaming, Teams

CITY, AT = "hangzhou", "city_hall"
LI = actor("li")
ADMIN = actor("admin", Grant(Role.AGENCY_ADMIN, CITY, AT))
CLERK = Grant(Role.CLERK, CITY)
LOGGED_IN = text("UPDATE staff_sessions SET opened_at = clock_timestamp()")


async def waits(house: House, *, service: str | None = None, reason: str = "asked") -> TicketRow:
    """A ticket that waits."""
    conversation = await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason=reason, service=service)
    return (await house.clerks.waiting(LI))[-1]


async def made(house: House, name: str, agency: str = AT, **duties: list[str]) -> int:
    """A team."""
    return await Teams(house.engine).create(LI, CITY, agency, Duties(name, **duties))


async def test_tickets_come_to_the_team_of_their_service_then_of_their_reason(house: House) -> None:
    """Without such a team, to none."""
    agency = house.cities[CITY].services["traffic_fines"].agency
    angry = await made(house, "Angry", agency, reasons=["anger", "emergency"])
    fines = await made(house, "Fines", agency, services=["traffic_fines"])
    assert (await waits(house, service="traffic_fines", reason="anger")).team_id == fines
    assert (await waits(house, service="traffic_fines", reason="failed")).team_id == fines
    await Teams(house.engine).change(LI, fines, Duties("Fines"))
    assert (await waits(house, service="traffic_fines", reason="anger")).team_id == angry
    assert (await waits(house, service="traffic_fines", reason="failed")).team_id is None
    async with transaction(house.engine) as connection:
        place = {"city": CITY, "agency": agency, "service": None, "priority": 1}
        opened = await open_matter(connection, None, matter="emergency:1", reason="emergency_fire", **place)
    assert opened is not None
    assert opened.team_id == angry


async def test_a_service_or_reason_comes_to_one_team(house: House) -> None:
    """A second team of the agency is refused it, new or changed, and told whose it is; another agency's is not."""
    teams = Teams(house.engine)
    one = await made(house, "One", services=["traffic_fines"], reasons=["anger"])
    for duties in (
        {"services": ["traffic_fines", "next_bus"]},
        {"services": ["next_bus"], "reasons": ["anger"]},
    ):
        with pytest.raises(DutyTaken, match="'One'"):
            await made(house, "Two", **duties)
    two = await made(house, "Two", services=["next_bus"])
    with pytest.raises(DutyTaken, match="traffic_fines"):
        await teams.change(LI, two, Duties("Two", ["traffic_fines"]))
    await teams.change(LI, one, Duties("One and only", ["traffic_fines"], ["anger"]))
    await made(house, "Other", "gas", services=["traffic_fines"])
    assert [team.services for team in await teams.all(LI, Permission.TICKET_ASSIGN, agency=AT)] == [
        ["traffic_fines"],
        ["next_bus"],
    ]
    boss = await hire(house.engine, "boss", Grant(Role.AGENCY_ADMIN, CITY, AT))
    async with desks_at(house) as desks, desks.chair(boss) as chair:
        here = f"/console/teams/{two}"
        refused = await chair.post(here, {"name": "Two", "service_traffic_fines": "yes"}, of=here)
        assert (refused.status, "come to the team “One and only” already" in refused.errors) == (422, True)
        assert 'href="#service_traffic_fines"' in refused.text
        assert 'name="service_traffic_fines" value="yes" checked' in refused.text


async def test_a_ticket_that_another_agency_gets_comes_to_its_team(house: House) -> None:
    """Of the first it leaves the team."""
    await made(house, "One", reasons=["asked"])
    other = await made(house, "Two", "gas", reasons=["asked"])
    ticket = await waits(house)
    assert ticket.team_id not in (None, other)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET state = 'claimed', claimed_by = 'li', transfer_to = 'gas'"))
        moved = await transferring.allow(connection, ticket)
    assert moved is not None
    assert (moved.agency, moved.team_id) == ("gas", other)


async def test_an_administrator_looks_after_the_teams_of_their_agency(house: House) -> None:
    """And of no other; a clerk after none. All of it is in the audit."""
    teams = Teams(house.engine)
    number = await teams.create(ADMIN, CITY, AT, Duties("One", ["traffic_fines"], ["asked"]))
    for refused in (actor("wang", CLERK), actor("far", Grant(Role.AGENCY_ADMIN, CITY, "gas"))):
        with pytest.raises(NotPermitted):
            await teams.create(refused, CITY, AT, Duties("Two"))
        with pytest.raises(NotFound):
            await teams.change(refused, number, Duties("Two"))
        with pytest.raises(NotFound):
            await teams.drop(refused, number)
    for name in ("One", " ", "x" * 41):
        with pytest.raises(Conflict):
            await teams.create(ADMIN, CITY, AT, Duties(name))
    async with transaction(house.engine) as connection:
        await key_in(connection, "wang", CLERK)
        await key_in(connection, "editor", Grant(Role.EDITOR, CITY))
    await teams.join(ADMIN, number, "wang")
    with pytest.raises(Conflict, match="may not answer"):
        await teams.join(ADMIN, number, "editor")
    [team] = await teams.all(ADMIN, Permission.TICKET_ASSIGN)
    assert (team.name, team.members, team.services, team.reasons) == ("One", ["wang"], ["traffic_fines"], ["asked"])
    await teams.leave(ADMIN, number, "wang")
    await teams.change(ADMIN, number, Duties("Two"))
    await teams.drop(ADMIN, number)
    async with house.engine.connect() as connection:
        acts = list((await connection.execute(text("SELECT act FROM audit_records ORDER BY number"))).scalars())
    assert acts == ["team.create", "team.join", "team.leave", "team.change", "team.drop"]


async def test_a_ticket_is_put_to_a_team_of_its_agency_alone(house: House) -> None:
    """Who has it keeps it; another's is moved only by who assigns."""
    one, gas = await made(house, "One"), await made(house, "Gas", "gas")
    ticket = await waits(house)
    wang, teaming = actor("wang", CLERK), Teaming(house.clerks)
    assert (await teaming.put(wang, ticket.id, one)).team_id == one
    with pytest.raises(NotFound):
        await teaming.put(wang, ticket.id, gas)
    await house.clerks.claim(LI, ticket.id)
    with pytest.raises(NotPermitted):
        await teaming.put(wang, ticket.id, None)
    put = await teaming.put(ADMIN, ticket.id, None)
    assert (put.team_id, put.claimed_by) == (None, "li")
    await house.clerks.close(LI, ticket.id)
    with pytest.raises(Conflict):
        await teaming.put(LI, ticket.id, one)


async def test_lists_know_teams_and_teams_bound_no_permission(house: House) -> None:
    """By team, by those that one belongs to; whoever answers for the agency still reads and claims everything."""
    one = await made(house, "One", reasons=["asked"])
    two = await made(house, "Two", reasons=["anger"])
    first, second, third = await waits(house), await waits(house, reason="anger"), await waits(house, reason="failed")
    async with transaction(house.engine) as connection:
        await key_in(connection, "wang", CLERK)
    await Teams(house.engine).join(LI, two, "wang")
    wang, listing = actor("wang", CLERK), Listing(house.engine)

    async def ids(wanted: Filter) -> list[int]:
        return [found.ticket.id for found in (await listing.tickets(wang, wanted))[0]]

    assert await ids(Filter(team=one)) == [first.id]
    assert await ids(Filter(of_my_teams=True)) == [second.id]
    assert await ids(Filter()) == [first.id, second.id, third.id]
    taken = [await house.clerks.claim_next(wang) for _ in range(3)]
    assert [ticket.id for ticket in taken if ticket is not None] == [second.id, third.id, first.id]


async def test_what_is_shared_out_goes_to_members_on_duty(house: House) -> None:
    """To others only while no member is; a full team holds up no other."""
    city = house.cities[CITY]
    answering = Answering(share="in_turn", capacity=1)
    agencies = [one.model_copy(update={"answering": answering}) for one in city.agencies]
    room = replace(house.clerks, cities={**house.cities, CITY: city.model_copy(update={"agencies": agencies})})
    one, two = await made(house, "One", reasons=["asked"]), await made(house, "Two", reasons=["anger"])
    async with transaction(house.engine) as connection:
        for login in ("wang", "zhao"):
            await key_in(connection, login, CLERK)
        await connection.execute(LOGGED_IN)
    await Teams(house.engine).join(LI, one, "wang")
    for login in ("wang", "zhao"):
        await Duty(house.engine).say(actor(login, CLERK), "on")
    tickets = [await waits(house), await waits(house), await waits(house, reason="anger")]
    assert {ticket.team_id for ticket in tickets} == {one, two}
    assert await share_out(room, Presence(house.redis), CITY, tickets[0].agency) == 2
    async with house.engine.connect() as connection:
        rows = await connection.execute(text("SELECT claimed_by FROM tickets ORDER BY id"))
        assert list(rows.scalars()) == ["wang", None, "zhao"]


async def test_an_administrator_makes_a_team_in_the_console(house: House) -> None:
    """Creates it, takes a clerk in, finds its tickets; a clerk puts a ticket to it."""
    boss = await hire(house.engine, "boss", Grant(Role.AGENCY_ADMIN, CITY))
    clerk = await hire(house.engine, "lin", CLERK)
    ticket = await waits(house)
    async with desks_at(house) as desks:
        async with desks.chair(boss) as chair:
            fields = {"place": f"{CITY}/{ticket.agency}", "name": "Counter", "reason_anger": "yes"}
            page = await chair.post("/console/teams", fields, of="/console/teams")
            assert "The team is created." in page.text
            here = page.path.partition("?")[0]
            page = await chair.post(f"{here}/join", {"login": "lin"}, of=here)
            assert "The team is changed." in page.text
            page = await chair.post(f"{here}", {"name": " "}, of=here)
            assert page.status == 422
            assert "Counter" in (await chair.get("/console/teams")).text
            page = await chair.post("/console/teams", {**fields, "place": "nowhere/x"}, of="/console/teams")
            assert page.status == 422
        async with desks.chair(clerk) as chair:
            one, at = here.rpartition("/")[2], f"/console/tickets/{ticket.reference}"
            page = await chair.post(f"{at}/team", {"team": one}, of=at)
            assert "Counter" in page.text
            assert ticket.reference in (await chair.get("/console/tickets?team=mine")).text
            view = {"show": "waiting", "team": one, "name": "My counter"}
            page = await chair.post("/console/tickets/views", view, of="/console/tickets")
            assert f"team={one}" in page.path
            assert (await chair.get("/console/teams")).status == 403
