"""What an inspection would find: silent accounts, late answers, broken links; staff are told once of each state."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.announcing import CITY, NINE, Room
from fixtures.desk_command import Typed
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.http.reach import reaching
from desk.platforms.loading import load_channels
from desk.publicity.inspecting import Inspected, Inspection, posting_channels
from desk.publicity.links import Links
from desk.store.database import transaction

EDITOR = Grant(Role.EDITOR)
ACCOUNT = text("""
    INSERT INTO channel_accounts (agency_id, channel, slug, city, created_at)
    SELECT id, :channel, :slug, city, :at FROM agencies WHERE city = :city ORDER BY id LIMIT 1 RETURNING id
""")
POST = text("""
    INSERT INTO public_posts (announcement_id, account_id, kind, beyond, said, state, ended_at)
    VALUES (:announcement, :account, 'post', gen_random_uuid(), '', :state, :at)
""")
TICKET = text("""
    INSERT INTO tickets (city, agency, opened_by, reason, state, first_answer_due)
    VALUES (:city, :agency, 'resident', 'asked', :state, :due)
""")
LINK = text("UPDATE announcements SET link = :link WHERE id = :id")
TOLD = "SELECT coalesce(string_agg(detail, ' / ' ORDER BY id), '') FROM staff_alerts WHERE kind = 'inspection'"


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


def inspection(room: Room) -> Inspection:
    return Inspection(room.house.engine, posting_channels(load_channels()), lambda: room.now)


async def look(room: Room, grant: Grant = EDITOR) -> Inspected:
    return await inspection(room).look(actor("lin", grant))


async def account(room: Room, slug: str = "paper", channel: str = "weibo") -> int:
    async with transaction(room.house.engine) as connection:
        values = {"channel": channel, "slug": slug, "city": CITY, "at": NINE - timedelta(days=30)}
        return int((await connection.execute(ACCOUNT, values)).scalar_one())


async def post(room: Room, account_id: int, *, days: int, state: str = "sent") -> None:
    """A post of so many days ago."""
    number = await room.publish()
    async with transaction(room.house.engine) as connection:
        values = {"announcement": number, "account": account_id, "state": state, "at": room.now - timedelta(days=days)}
        await connection.execute(POST, values)


@pytest.mark.parametrize(
    ("days", "state"), [(0, "good"), (9, "good"), (10, "warning"), (12, "warning"), (13, "alarm"), (40, "alarm")]
)
async def test_days_since_the_last_post(room: Room, days: int, state: str) -> None:
    """What was refused is no post; accounts that cannot post in public are not looked at."""
    weibo = await account(room)
    await account(room, "text", "sms")
    await post(room, weibo, days=days)
    await post(room, weibo, days=days + 7)
    await post(room, weibo, days=0, state="rejected")
    (found,) = (await look(room)).accounts
    assert (found.account, found.days, found.state) == ("paper", days, state)
    assert (await look(room, Grant(Role.EDITOR, "ningbo"))).accounts == ()


async def test_staff_are_told_once_of_each_state(room: Room) -> None:
    """Warning, then alarm; after a post all begins anew."""
    weibo = await account(room)
    await post(room, weibo, days=0)
    for day in range(1, 16):
        room.now = NINE + timedelta(days=day)
        await inspection(room).tell()
        await inspection(room).tell()
    assert await room.house.scalar(TOLD) == "account_warning 10 / account_alarm 13"
    await post(room, weibo, days=0)
    assert await inspection(room).tell() == 0
    room.now += timedelta(days=10)
    assert await inspection(room).tell() == 1


async def test_late_answers_are_told_to_who_assigns(room: Room) -> None:
    """Only what waits and is due; by agency."""
    agency = room.house.cities[CITY].agencies[0].slug
    async with transaction(room.house.engine) as connection:
        for state, hours in (("open", -3), ("claimed", -1), ("closed", -5), ("open", 1)):
            due = room.now + timedelta(hours=hours)
            await connection.execute(TICKET, {"city": CITY, "agency": agency, "state": state, "due": due})
    (found,) = (await look(room)).questions
    assert (found.late, found.oldest) == (2, room.now - timedelta(hours=3))
    assert await inspection(room).tell() == 1
    assert await inspection(room).tell() == 0
    told = "SELECT subject || ' ' || detail || ' ' || permission FROM staff_alerts"
    assert await room.house.scalar(told) == f"{CITY}/{agency} questions_alarm 2 ticket.assign"


@asynccontextmanager
async def site(answers: dict[str, int], asked: list[str]) -> AsyncIterator[str]:
    """A site whose pages answer what is written down; others know only GET."""

    async def page(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        if request.path == "/get" and request.method == "HEAD":
            return web.Response(status=405)
        if request.path == "/moved":
            raise web.HTTPFound("/here")
        return web.Response(status=answers.get(request.path, 200))

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", page)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def linked(room: Room, link: str) -> int:
    number = await room.publish()
    async with transaction(room.house.engine) as connection:
        await connection.execute(LINK, {"id": number, "link": link})
    return number


async def test_broken_links_are_found_and_mended(room: Room) -> None:
    """Twice in a row; a server without HEAD, one closed to programs and one that moved a page are not broken."""
    answers, asked = {"/gone": 404, "/closed": 403}, list[str]()
    async with site(answers, asked) as address, ClientSession(connector=reaching(address)) as http:
        links = Links(room.house.engine, http, lambda: room.now)
        for path in ("/here", "/get", "/moved", "/closed"):
            await linked(room, address + path)
        gone = await linked(room, f"{address}/gone")
        await linked(room, f"{address}/gone")
        assert await links.look() == 5
        assert (await look(room)).links == ()
        assert await links.look() == 0
        room.now += timedelta(hours=1)
        assert await links.look() == 1
        found = (await look(room)).links
        assert [(one.why, one.since) for one in found] == [("404", NINE)] * 2
        assert "GET /get" in asked
        assert await inspection(room).tell() == 2
        assert await inspection(room).tell() == 0
        assert "link_alarm 1" in await room.house.scalar(TOLD)
        await room.announcements.withdraw(actor("lin", EDITOR), gone)
        assert len((await look(room)).links) == 1
        answers.clear()
        room.now += timedelta(hours=1)
        assert await links.look() == 1
        assert (await look(room)).links == ()
        room.now += timedelta(days=1)
        assert await links.look() == 5


async def test_links_never_lead_into_this_machine(room: Room) -> None:
    """What only this machine can reach is away; nothing is asked there."""
    asked: list[str] = []
    async with site({}, asked) as address, ClientSession(connector=reaching()) as http:
        await linked(room, address)
        links = Links(room.house.engine, http, lambda: room.now)
        await links.look()
        room.now += timedelta(hours=1)
        await links.look()
    assert [one.why for one in (await look(room)).links] == ["away"]
    assert asked == []


async def test_page_and_tile_show_it_to_who_publishes(house: House) -> None:
    """Editors of the place; others have no page."""
    room = Room(house)
    await account(room)
    lin = await hire(house.engine, "lin", Grant(Role.EDITOR, CITY))
    other = await hire(house.engine, "wu", Grant(Role.EDITOR, "ningbo"))
    clerk = await hire(house.engine, "wang", Grant(Role.CLERK, CITY))
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair(other) as away:
        page = await chair.get("/console/inspection")
        assert (page.status, "paper" in page.text, "Alarm" in page.text) == (200, True, True)
        assert "paper has not posted for" in (await chair.get("/console")).text
        assert "paper" not in (await away.get("/console/inspection")).text
        async with desks.chair(clerk) as sitting:
            assert (await sitting.get("/console/inspection")).status == 403


async def test_command_shows_the_same(house: House, typed: Typed) -> None:
    """As a table, and as one document."""
    room = Room(house)
    await account(room)
    code, out, errors = await typed("announce", "watch", "--json")
    assert (code, errors) == (0, "")
    found = json.loads(out)
    (shown,) = found["accounts"]
    assert (shown["account"], shown["state"], shown["last_post"], found["questions"]) == ("paper", "alarm", None, [])
    code, out, _ = await typed("announce", "watch")
    assert (code, "paper" in out) == (0, True)
