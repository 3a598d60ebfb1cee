"""Taking what is meant for everybody: slots, clerks, places for files and streams, the limiter itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fixtures import loaded
from fixtures.announcing import CITY
from fixtures.desks import desks_at, hire
from fixtures.drawn import drawn
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, until
from fixtures.papers import printed
from fixtures.patience import HANG_SECONDS
from fixtures.staffed import actor
from fixtures.still import StillLimits
from fixtures.tickets import waits
from fixtures.web import Site, serving
from integration.test_api import programs
from sqlalchemy import text

from desk.attempts import limits
from desk.attempts.caller import Caller
from desk.attempts.reserving import Reservations
from desk.attempts.resetting import forget
from desk.console.ticket import MOST_OPEN
from desk.contract.proving import Reserve
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.bell import Bell
from desk.conversations.erasure import erase_held
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.asking import Asks
from desk.tickets.queue import open_matter, open_ticket, withdraw
from desk.web.access import networks
from desk.web.limits import Limits

IS_PERSON = text("""
    UPDATE residents SET person = :person FROM conversations AS conversation
    WHERE conversation.id = :id AND residents.id = conversation.resident_id
""")
WITHDRAW = text("UPDATE tickets SET state = 'withdrawn', ended_at = now() WHERE conversation_id = :id")
REFUSED = ("已经够多了", "太多了")
IDS = ("110101199003070016", "11010119900307761X", "110101199003078030")


class Crowd:
    """Many sessions before one bot that decides what it is told."""

    def __init__(self, house: House, bot: FakeBot) -> None:
        self.house, self.bot = house, bot

    async def turn(self, conversation: ConversationRow, *effects: dict[str, Any], address: bytes = b"a") -> str:
        """One turn with these effects, from an address; all that is said."""
        self.bot.answers.append({"effects": list(effects)})
        number = len(await self.house.texts(conversation))
        await service.receive(
            self.house.engine,
            Bell(self.house.redis),
            conversation=conversation,
            external_id=f"{conversation.id}:{next(self.house.numbers)}",
            kind="text",
            body={"text": "x"},
            caller=address,
        )
        await self.house.settle(conversation)
        return "\n".join((await self.house.texts(conversation))[number:])

    async def reserve(self, address: bytes = b"a", *, phone: str, ids: tuple[str, ...] = IDS[:1]) -> str:
        """A new session sums up a booking."""
        conversation = await self.house.open()
        wish = {"type": "reserve", "service": "marriage_registration", "frame": "f-1"}
        return await self.turn(conversation, {**wish, "phones": [phone], "id_numbers": list(ids)}, address=address)


@asynccontextmanager
async def counting(house: House, of: ConversationRow | None = None) -> AsyncIterator[Reservations]:
    """What is open, as the guard counts it for a conversation."""
    async with transaction(house.engine) as connection:
        yield Reservations(KEYS, connection, uuid4() if of is None else of.id, datetime.now(UTC))


async def fills(house: House, address: bytes, count: int) -> None:
    """So many residents behind an address have a booking open each, of ids and telephones that are all different."""
    for one in range(count):
        about = {"phones": [f"phone {one}"], "id_numbers": [f"id {one}"]}
        wish = Reserve(service="marriage_registration", frame="f-1", **about)
        async with counting(house) as open_ones:
            await open_ones.take(wish, Caller(f"resident {one}", address.hex()), house.account.city)


async def wait_for_clerks(house: House, address: bytes, *residents: str) -> list[ConversationRow]:
    """Residents behind an address wait for a clerk, each in a conversation of theirs."""
    waiting = []
    for resident in residents:
        waiting.append(await house.open())
        async with counting(house, waiting[-1]) as open_ones:
            assert await open_ones.waiting(Caller(resident, address.hex()), house.account.city, more=0) is None
            await open_ticket(
                open_ones.connection,
                waiting[-1],
                agency=house.cities[house.account.city].agencies[0].slug,
                opened_by="bot",
                reason="asked",
                service=None,
            )
    return waiting


async def made_new(house: House) -> None:
    """The city is made new: what `desk sandbox reset` forgets in the store."""
    await forget(house.database_url)


def is_refused(said: str) -> bool:
    return any(word in said for word in REFUSED)


async def test_one_id_takes_few_slots_from_whatever_sessions(house: House) -> None:
    """Other telephones, other addresses, the same couple: what is open is counted by id."""
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        said = [await crowd.reserve(bytes([one]), phone=f"1380013{one:04}") for one in range(6)]
        await made_new(house)
        after = await crowd.reserve(b"z", phone="13900139000")
    assert [is_refused(one) for one in said] == [False] * limits.OPEN_BY_ID_NUMBER + [True] * 2
    assert not is_refused(after)


async def test_invented_couples_from_one_address_become_slow(house: House) -> None:
    """Ids and telephones that are all different: after ten in ten minutes nothing is begun from there."""
    most = limits.BEGUN_BY_ADDRESS[0].most
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        said = [await crowd.reserve(phone=f"1380013{one:04}", ids=(f"{one:018}",)) for one in range(most + 2)]
        elsewhere = await crowd.reserve(b"b", phone="13900139000", ids=("x",))
        await made_new(house)
        after = await crowd.reserve(phone="13900139001", ids=("y",))
    assert [is_refused(one) for one in said] == [False] * most + [True] * 2
    assert not is_refused(elsewhere)
    assert not is_refused(after)


async def test_tickets_from_one_address_are_bounded_and_emergencies_never(house: House) -> None:
    """New sessions open no more tickets; who is in danger is answered, whatever was counted."""
    most, ticket = limits.TICKETS_BY_ADDRESS[0].most, {"type": "open_ticket", "reason": "asked", "service": None}
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        said = [await crowd.turn(await house.open(), ticket) for _ in range(most + 2)]
        emergency = {"type": "emergency", "kind": "gas", "also": [], "confidence": 0.99}
        danger = await crowd.turn(await house.open(), emergency)
        await made_new(house)
        after = await crowd.turn(await house.open(), ticket)
    assert [is_refused(one) for one in said] == [False] * most + [True] * 2
    assert await house.scalar("SELECT count(*) FROM tickets") >= most
    assert not is_refused(danger)
    assert "119" in danger
    assert not is_refused(after)


async def test_bookings_open_from_one_address_are_bounded(house: House) -> None:
    """However slowly they are made: no slot more is taken from there. Others book, and who proves who they are."""
    proof = {"type": "tried", "what": "code", "service": "social_insurance", "right": True}
    wish = {"type": "reserve", "service": "marriage_registration", "frame": "f-1", "phones": ["13900139002"]}
    await fills(house, b"a", limits.OPEN_BY_ADDRESS)
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        invented = await crowd.reserve(phone="13900139000")
        elsewhere = await crowd.reserve(b"b", phone="13900139001", ids=IDS[1:2])
        proved = await crowd.turn(await house.open(), {**proof, "subject": IDS[2]}, wish)
        await made_new(house)
        after = await crowd.reserve(phone="13900139003")
    assert "网络" in invented
    assert [is_refused(one) for one in (elsewhere, proved, after)] == [False] * 3


async def test_bookings_open_from_a_carrier_grow_with_what_is_proved_there(house: House) -> None:
    """For five plates that were shown by their owners there is room for one booking more."""
    plates = [
        {"type": "tried", "what": "plate", "service": "traffic_fine", "subject": f"plate {one}", "right": True}
        for one in range(limits.RIGHT_FOR_ONE_WRONG)
    ]
    await fills(house, b"a", limits.OPEN_BY_ADDRESS)
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        await crowd.turn(await house.open(), *plates)
        said = [await crowd.reserve(phone=f"1390013900{one}", ids=IDS[one : one + 1]) for one in range(2)]
    assert [is_refused(one) for one in said] == [False, True]


async def test_tickets_open_from_one_address_are_bounded(house: House) -> None:
    """However slowly they are wished for. Who waits already is told so, others get one, and so does an emergency."""
    ticket = {"type": "open_ticket", "reason": "asked", "service": None}
    residents = [f"resident {one}" for one in range(limits.WAITING_BY_ADDRESS)]
    waiting = await wait_for_clerks(house, b"a", *residents)
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        refused = await crowd.turn(await house.open(), ticket)
        elsewhere = await crowd.turn(await house.open(), ticket, address=b"b")
        failed = await crowd.turn(await house.open(), {**ticket, "reason": "failed"})
        danger = await crowd.turn(
            await house.open(), {"type": "emergency", "kind": "gas", "also": [], "confidence": 0.99}
        )
        await made_new(house)
        after = await crowd.turn(await house.open(), ticket)
    async with counting(house, waiting[0]) as open_ones:
        again = await open_ones.waiting(Caller("resident 0", b"a".hex()), house.account.city, more=0)
    assert (again, is_refused(refused)) == (None, True)
    assert [is_refused(one) for one in (elsewhere, failed, danger, after)] == [False] * 4
    assert "119" in danger


async def test_tickets_open_of_one_resident_are_bounded(house: House) -> None:
    """A person of a platform waits for a clerk in so many cities; one that is over makes room."""
    ticket, person = {"type": "open_ticket", "reason": "asked", "service": None}, "person 1"
    mine = await wait_for_clerks(house, b"a", *[person] * limits.WAITING_BY_RESIDENT)
    conversation = await house.open()
    async with house.engine.begin() as connection:
        await connection.execute(IS_PERSON, {"id": conversation.id, "person": person})
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        refused = await crowd.turn(conversation, ticket, address=b"b")
        async with house.engine.begin() as connection:
            await connection.execute(WITHDRAW, {"id": mine[0].id})
        after = await crowd.turn(conversation, ticket, address=b"b")
    assert (is_refused(refused), is_refused(after)) == (True, False)


PHONE, LEFT_OFTEN = "13912345678", "已经登记在多个"


async def left(house: House, conversation: ConversationRow, telephone: str = PHONE) -> bool:
    """Whether a telephone that somebody leaves at the ticket they wait with is kept."""
    await house.say(conversation, f"请给我回电 {telephone}")
    await house.settle(conversation)
    said = (await house.texts(conversation))[-1]
    assert LEFT_OFTEN in said or "已登记联系方式" in said
    return LEFT_OFTEN not in said


async def left_everywhere(house: House) -> list[ConversationRow]:
    """Strangers to each other wait for a clerk, and leave one telephone at as many tickets as may be."""
    waiting = []
    for _ in range(limits.WAITING_BY_CONTACT):
        waiting.append((await waits(house))[0])
        assert await left(house, waiting[-1])
    return waiting


async def test_one_telephone_is_left_at_few_open_tickets(house: House) -> None:
    """However it is written, clerks call a stranger for no more of them. The ticket waits; what is over makes room."""
    async with FakeBot() as bot, house.worker(bot.url):
        waiting = await left_everywhere(house)
        conversation, ticket = await waits(house)
        refused = await left(house, conversation, "+86 139-1234-5678")
        another = await left(house, conversation, "13912345679")
        again = await left(house, waiting[0])
        async with transaction(house.engine) as connection:
            await withdraw(connection, (await house.clerks.waiting(actor("li")))[0])
        after = await left(house, conversation)
    assert (refused, another, again, after) == (False, True, True, True)
    assert await house.scalar("SELECT state FROM tickets WHERE id = :id", id=ticket.id) == "open"
    async with transaction(house.engine) as connection:
        await erase_held(connection, conversation.id, house.parts())
    of_it = "SELECT count(*) FROM reservations WHERE starts_with(encode(matter, 'hex'), :matter)"
    assert await house.scalar(of_it, matter=conversation.id.hex) == 0
    assert await house.scalar(of_it, matter=waiting[0].id.hex) == 1


async def test_a_telephone_is_kept_for_a_clerk_who_asks_and_in_an_emergency(house: House) -> None:
    """Whatever is counted: a person decided to call, or somebody is in danger."""
    li = actor("li")
    async with FakeBot() as bot, house.worker(bot.url):
        await left_everywhere(house)
        asked, ticket = await waits(house)
        await house.clerks.claim(li, ticket.id)
        await Asks(house.clerks, loaded.asking()).consent(li, ticket.id, "call_back")
        urgent, beside = await waits(house)
        about = {"city": beside.city, "agency": beside.agency, "reason": "emergency_gas", "service": None}
        async with transaction(house.engine) as connection:
            await open_matter(connection, urgent.id, **about, matter="emergency:1", priority=1)
        kept = [await left(house, one) for one in (asked, urgent)]
        others, _ = await waits(house)
        refused = not await left(house, others)
    assert (kept, refused) == ([True, True], True)


async def test_what_is_refused_as_too_much_leads_on(house: House) -> None:
    """Who has too much open is shown what it is; who waits too often for a clerk, what is done without one."""
    ticket, person = {"type": "open_ticket", "reason": "asked", "service": None}, "person 1"
    await wait_for_clerks(house, b"a", *[person] * limits.WAITING_BY_RESIDENT)
    waiting, booking = await house.open(), await house.open()
    async with house.engine.begin() as connection:
        await connection.execute(IS_PERSON, {"id": waiting.id, "person": person})
    wish = {"type": "reserve", "service": "marriage_registration", "frame": "f-1", "phones": [], "id_numbers": [IDS[0]]}
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        for one in range(limits.OPEN_BY_ID_NUMBER):
            await crowd.reserve(bytes([one]), phone=f"1380013{one:04}")
        for conversation, effect, payload in (
            (booking, wish, "/request_status"),
            (waiting, ticket, "/list_services"),
        ):
            assert is_refused(await crowd.turn(conversation, effect, address=b"y"))
            assert await offered(house, conversation) == [payload]
            await house.say(conversation, payload, kind="payload")
            await house.settle(conversation)
            assert bot.requests[-1]["message"]["payload"] == payload


async def offered(house: House, conversation: ConversationRow) -> list[str]:
    """The payloads of the buttons under the last message."""
    message = [one.body["message"] for one in await house.events(conversation) if one.type == "message"][-1]
    return [one["payload"] for one in message["buttons"]]


async def test_wrong_codes_of_linking_lock_nobody_else(house: House) -> None:
    """Twenty sessions of an attacker type wrong ones: a resident elsewhere links as ever."""
    wrong = {"type": "link_channels", "step": "enter", "code": "0000000000"}
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        for _ in range(22):
            last = await crowd.turn(await house.open(), wrong)
        other = await crowd.turn(await house.open(), wrong, address=b"b")
    assert "次数太多" in last
    assert "不对" in other


async def test_a_city_made_new_counts_nobody_of_another(house: House) -> None:
    """The pretend people are the same in all cities: what they did elsewhere is forgotten as well."""
    async with FakeBot() as bot, house.worker(bot.url):
        crowd = Crowd(house, bot)
        for one in range(limits.OPEN_BY_ID_NUMBER):
            await crowd.reserve(bytes([one]), phone=f"1380013{one:04}")
        async with house.engine.begin() as connection:
            for table in ("attempts", "reservations"):
                await connection.exec_driver_sql(f"UPDATE {table} SET city = 'elsewhere'")
        before = await crowd.reserve(b"y", phone="13900139000")
        await made_new(house)
        after = await crowd.reserve(b"z", phone="13900139000")
    assert (is_refused(before), is_refused(after)) == (True, False)


async def test_limiter_holds_while_valkey_is_slow(house: House) -> None:
    """Eighty sessions at once, Valkey too slow to answer: no more are opened than without it."""
    await house.redis.client_pause(3000, all=True)
    async with serving(house, StillLimits(new_sessions_per_second=5)) as site:
        asked = [site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou"}) for _ in range(80)]
        statuses = [status for status, _, _ in await asyncio.gather(*asked)]
    assert statuses.count(201) <= 10  # what the bucket holds
    assert statuses.count(429) == 80 - statuses.count(201)


async def opened(site: Site, address: str) -> dict[str, str]:
    """Headers of a session from an address."""
    there = {"X-Forwarded-For": address}
    _, session, _ = await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou"}, headers=there)
    return {"Authorization": f"Bearer {session['token']}", **there}


async def test_streams_of_one_address_leave_room_for_others(house: House) -> None:
    """So many streams an address, over whatever sessions."""
    at_most = Limits(streams_of_address=3, new_sessions_per_second=100)
    async with serving(house, at_most, proxies=networks("127.0.0.1")) as site:
        crowd = [await opened(site, "198.51.100.1") for _ in range(4)]
        other = await opened(site, "203.0.113.1")
        async with asyncio.TaskGroup() as group:
            heard = [asyncio.Event() for _ in crowd[:3]]
            open_ones = [group.create_task(_stream(site, *each)) for each in zip(crowd[:3], heard, strict=True)]
            async with asyncio.timeout(HANG_SECONDS):
                await asyncio.gather(*(one.wait() for one in heard))
            refused, _, _ = await site.ask("GET", "/chat/v1/events?wait=0", headers=crowd[3])
            served, _, _ = await site.ask(
                "GET", "/chat/v1/events?wait=0", headers={**other, "Accept": "application/json"}
            )
            for one in open_ones:
                one.cancel()
    assert (refused, served) == (429, 200)


async def _stream(site: Site, headers: dict[str, str], heard: asyncio.Event) -> None:
    async with site.http.get(f"{site.url}/chat/v1/events", headers=headers) as answer:
        heard.set()
        await answer.content.read()


async def test_files_of_a_session_are_bounded(house: House) -> None:
    """Whatever the rate, a session keeps so many."""
    at_most = Limits(files_of_session=2)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 200
    async with serving(house, at_most, proxies=networks("127.0.0.1")) as site:
        headers = await opened(site, "198.51.100.1")
        sent = [await site.ask("POST", "/chat/v1/media", headers=headers, data=png) for _ in range(3)]
    assert [(status, body.get("type")) for status, body, _ in sent] == [
        (201, None),
        (201, None),
        (429, "/problems/too-many-files"),
    ]


async def test_megabytes_of_an_address_are_bounded_over_its_sessions(house: House) -> None:
    """A new session brings no new room; another address has its own."""
    at_most = Limits(megabytes_of_address=2)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 200  # counts as a megabyte, as whatever is smaller
    async with serving(house, at_most, proxies=networks("127.0.0.1")) as site:
        one, two = [await opened(site, "198.51.100.1") for _ in range(2)]
        other = await opened(site, "203.0.113.1")
        sent = [await site.ask("POST", "/chat/v1/media", headers=by, data=png) for by in (one, two, two, one, other)]
    assert [(status, body.get("type")) for status, body, _ in sent] == [
        *[(201, None)] * 2,
        *[(429, "/problems/too-many-files")] * 2,
        (201, None),
    ]


async def test_uploads_of_an_address_leave_room_for_others(house: House) -> None:
    """So many at once an address, over whatever sessions."""
    at_most = Limits(uploads_of_address=1, upload_seconds=HANG_SECONDS)
    png, over = b"\x89PNG\r\n\x1a\n" + b"0" * 200, asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield png
        await over.wait()
        yield b"0"

    async with serving(house, at_most, proxies=networks("127.0.0.1")) as site:
        one, two = [await opened(site, "198.51.100.1") for _ in range(2)]
        other = await opened(site, "203.0.113.1")

        async def status_of(headers: dict[str, str], data: Any = png) -> int:
            status, _, _ = await site.ask("POST", "/chat/v1/media", headers=headers, data=data)
            return status

        async def holding() -> int:
            while (status := await status_of(one, slowly())) == 429:  # what is asked below was there first
                pass
            return status

        async with asyncio.TaskGroup() as group:
            held = group.create_task(holding())
            await until(lambda: status_of(two), becomes=429)
            assert await status_of(other) == 201
            over.set()
        assert held.result() == 201


async def test_slow_body_holds_no_place(house: House) -> None:
    """A body that trickles in is broken off."""
    async with serving(house, Limits(body_seconds=0.5)) as site:
        host, port = site.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"city": "hangzhou"}).encode()
        head = f"POST /chat/v1/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
        await writer.drain()
        async with asyncio.timeout(HANG_SECONDS):
            answer = await reader.readline()
        writer.close()
    assert b" 408 " in answer


async def test_one_of_staff_leaves_room_for_others(house: House) -> None:
    """An account asks for so many pages at once, then some a second: a script that has a clerk's session, too."""
    lin, wang = [await hire(house.engine, one, Grant(Role.CLERK)) for one in ("lin", "wang")]
    pace = StillLimits(staff_per_second=1)
    async with desks_at(house, pace=pace) as desks, desks.chair(lin) as crowd, desks.chair(wang) as other:
        statuses = [(await crowd.get("/console/account")).status for _ in range(pace.staff.capacity + 10)]
        assert statuses.count(429) >= 5
        assert set(statuses) == {200, 429}
        assert (await other.get("/console/account")).status == 200


async def test_one_of_staff_holds_so_many_tickets_open(house: House) -> None:
    """Each holds a connection of the server, and of Valkey."""
    _, ticket = await waits(house)
    lin = await hire(house.engine, "lin", Grant(Role.CLERK))
    async with desks_at(house) as desks, desks.chair(lin) as chair, AsyncExitStack() as stack:
        address = f"{desks.url}/console/tickets/{ticket.reference}/live"
        streams = [await stack.enter_async_context(chair.http.get(address)) for _ in range(MOST_OPEN + 2)]
        assert [one.status for one in streams] == [200] * MOST_OPEN + [503] * 2


async def test_lists_and_files_of_a_program_are_bounded(house: House) -> None:
    """A list tells how many of its telephones are known here: a program does not try all there are."""
    limits = Limits(lists_per_hour=2, images_of_staff_per_hour=2, documents_of_staff_per_hour=2)
    async with programs(house, limits) as api:
        one, two = [await api.key(name, Grant(Role.EDITOR, CITY)) for name in ("one", "two")]
        lists = [(await api.upload(one, "telephones", b"13800001111\n", f"{at}"))[0] for at in range(4)]
        pictures = [(await api.bring(one, drawn("JPEG", (40, 30))))[0] for _ in range(4)]
        documents = [(await api.bring_document(one, printed()))[0] for _ in range(4)]
        others = (await api.upload(two, "telephones", b"13800001111\n"))[0]
    bounded = [201, 201, 429, 429]
    assert (lists, pictures, documents, others) == (bounded, bounded, bounded, 201)
