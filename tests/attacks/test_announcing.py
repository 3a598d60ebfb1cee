"""What editors and programs try with announcements: those of other agencies, what nobody read, addresses, lists."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import ClientConnectorError, ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.announcing import APPROVER, CITY, EDITOR, SECOND, Room, lists_of
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from integration.test_console_announcements import PLACE, TEXTS, seats, write
from integration.test_inspection import linked
from integration.test_lists import AGENCY, by_telephone
from sqlalchemy import text

from desk.announcements.content import State, as_seen
from desk.announcements.rows import AnnouncementRow
from desk.contract.errors import Conflict, NotFound
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.live import Live
from desk.http.reach import is_of_own_network, reaching
from desk.publicity.links import Links

CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
INNER = (
    "10.1.2.3",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "[fd12:3456::1]",
    "[::ffff:10.1.2.3]",
    "[64:ff9b::a01:203]",
)


async def test_whom_anothers_announcement_reached_is_not_counted(house: House) -> None:
    """By naming its number as what one's own draft corrects: neither on pages nor in the room."""
    room = Room(house)
    await room.reader()
    number = await room.publish()
    await room.tell()
    both = actor("both", Grant(Role.EDITOR, CITY, AGENCY), Grant(Role.EDITOR, CITY, "water"))
    stranger = actor("stranger", Grant(Role.EDITOR, CITY, "water"))
    for who in (both, stranger):
        with pytest.raises(NotFound):
            await room.announcements.reach(who, room.draft(agency="water"), number)
    assert (await room.announcements.reach(EDITOR, room.draft(), number)).residents == 1
    wu = await hire(house.engine, "wu", Grant(Role.EDITOR, CITY, "water"))
    async with desks_at(house) as desks, desks.chair(wu) as chair:
        place = f"{CITY}/water"
        asked = {**TEXTS, "place": place, "corrects": str(number)}
        of = f"/console/announcements/new?place={place}"
        reach = await chair.post("/console/announcements/reach", asked, of=of)
        shown = await chair.post("/console/announcements/preview", asked, of=of)
    assert (reach.status, shown.status) == (404, 404)


async def test_what_another_wrote_meanwhile_is_not_sent(house: House) -> None:
    """Who sends alone sends what they read: a version that came while they looked at it goes to nobody."""
    reader = await Room(house).reader(locale="en")
    colleague = await hire(house.engine, "he", Grant(Role.EDITOR, CITY, AGENCY))
    one = "/console/announcements/1"
    async with seats(house) as (desks, writing, _reading), desks.chair(colleague) as other:
        await write(writing, "save")
        seen = (await writing.get(one)).hidden("version")
        changed = {**TEXTS, "text_en": "Never again.", "version": seen, "do": "save", "place": PLACE}
        await other.post(f"{one}/edit", changed, of=f"{one}/edit")
        for given in ({"version": seen}, {}):
            refused = await writing.post(f"{one}/send", given, of=one)
            assert (refused.status, "edited it after you opened it" in refused.errors) == (422, True), refused.errors
        assert await house.scalar("SELECT state FROM announcements") == "draft"
        sent = await writing.post(f"{one}/send", {"version": (await writing.get(one)).hidden("version")}, of=one)
        assert sent.path.endswith("done=announcement_send"), sent.errors
    await Room(house).reader(locale="en")
    assert await house.texts(reader) == []  # nobody was told yet


async def test_what_nobody_sees_is_not_announced(house: House) -> None:
    """Directions, hidden characters and a second line of a title: an approver reads what everybody gets."""
    room = Room(house)
    hidden = "".join(chr(ord("A") + 0xE0000 + at) for at in range(5))
    image = {"sha256": "0" * 64, "alternatives": {"en": "a\u202emap"}}
    titles = {"zh_Hans": "停\u200b水", "en": f"No\u202e water\nBcc: all{hidden}"}
    texts = {"zh_Hans": "周四。\r\n周五。", "en": f"Thursday\x1b[2J.{hidden} \U0001f469\u200d\U0001f692"}
    draft = as_seen(room.draft(titles=titles, texts=texts, image=image))
    assert draft.image is not None
    assert draft.image.alternatives == {"en": "amap"}
    number = await room.publish(titles=titles, texts=texts)
    row = await room.find(number)
    assert row.titles == {"zh_Hans": "停水", "en": "No water Bcc: all"}
    assert row.texts == {"zh_Hans": "周四。\n周五。", "en": "Thursday[2J. \U0001f469\u200d\U0001f692"}
    changed = room.draft(titles={**titles, "en": "No\u2066 gas"}, texts=texts)
    later = await room.announcements.create(EDITOR, changed)
    assert (later.titles["en"], (await room.announcements.save(EDITOR, later.id, 1, changed)).titles["en"]) == (
        "No gas",
        "No gas",
    )


async def test_two_who_approve_at_once_begin_it_once(house: House) -> None:
    """One decides, the other hears that it is decided; residents are told once."""
    room = Room(house)
    reader = await room.reader()
    pending = await room.pending()
    done = await asyncio.gather(*(room.approve(pending, who) for who in (APPROVER, SECOND) * 4), return_exceptions=True)
    assert [one.state for one in done if isinstance(one, AnnouncementRow)] == [State.SENDING]
    assert {type(one) for one in done} == {AnnouncementRow, Conflict}
    await room.tell()
    assert len(await house.texts(reader)) == 1
    assert (await room.history(pending.id)).count("begin") == 1


@pytest.mark.parametrize("first", range(4))
async def test_what_is_changed_while_it_is_approved_is_not_what_was_approved(house: House, first: int) -> None:
    """Either the approval counts and the change comes too late, or the change does and nothing is told."""
    room = Room(house)
    reader = await room.reader()
    pending = await room.pending()
    other = room.draft(kind="alert", audience={"whom": "everybody"}, texts={"zh_Hans": "假的。", "en": "False."})
    acts = [
        room.approve(pending),
        room.announcements.save(EDITOR, pending.id, pending.version, other),
        room.announcements.give_back(SECOND, pending.id, "wait"),
    ]
    turned = acts[first % 3 :] + acts[: first % 3]
    await asyncio.gather(*turned, return_exceptions=True)
    await room.tell()
    said = await house.texts(reader)
    now = await room.find(pending.id)
    assert not any("假的" in one for one in said)
    assert (len(said) == 1) == (now.state is State.DONE)
    assert now.state is not State.DONE or now.version == pending.version


async def test_who_had_everything_erased_is_on_no_list(house: House) -> None:
    """That they were is given out before; then no agency tells them by it, nor learns that it knew them."""
    room = Room(house)
    anna, bob = await by_telephone(house, "13800001111"), await by_telephone(house, "13800002222")
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "Owing", "telephones", b"13800001111\n13800002222\n")
    async with house.engine.connect() as connection:
        given = await service.data_of(connection, anna.id, house.parts())
    assert [(one["agency"], one["name"]) for one in given["on_lists"]] == [(AGENCY, "Owing")]
    await service.erase(house.engine, Live(house.redis), anna.id, CONFIRMATION, house.parts())
    about = text("SELECT count(*) FROM announcement_list_members WHERE conversation_id = :id")
    async with house.engine.connect() as connection:
        assert (await connection.execute(about, {"id": anna.id})).scalar_one() == 0
    await room.publish(audience={"whom": "list", "list": made.id})
    await room.tell()
    assert (await house.texts(anna), len(await house.texts(bob))) == (["erased"], 1)


@pytest.mark.parametrize("host", INNER)
async def test_links_are_not_asked_in_our_own_network(house: House, host: str) -> None:
    """Who writes announcements would have the desk ask machines there; that one was not asked says nothing of it."""
    room = Room(house)
    async with ClientSession(connector=reaching(network=False)) as http:
        with pytest.raises(ClientConnectorError) as refused:
            await http.get(f"http://{host}:9/")
        assert is_of_own_network(refused.value)
        await linked(room, f"http://{host}:9/admin")
        links = Links(house.engine, http, lambda: room.now)
        await links.look()
        room.now += timedelta(days=2)
        await links.look()
    assert await house.scalar("SELECT string_agg(why, ',') FROM link_checks") == ""


async def test_links_lead_into_our_own_network_by_no_redirect() -> None:
    """Each step is looked at."""

    async def lead(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://10.1.2.3:9/admin"})

    app = web.Application()
    app.router.add_get("/", lead)
    async with TestServer(app) as server:
        address = str(server.make_url("/"))
        async with ClientSession(connector=reaching(address, network=False)) as http:
            with pytest.raises(ClientConnectorError) as refused:
                await http.get(address)
    assert is_of_own_network(refused.value)
