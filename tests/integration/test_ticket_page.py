"""What stands on a ticket's page beside the conversation itself, and what is done there by one press. Real stores."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.staffed import actor
from fixtures.tickets import CLERK, QUEUE, link, seated, waits
from fixtures.web import serving
from sqlalchemy import event, text

from actions.dialogue.state.session import Frame, Question, Session
from desk.city.files import Names
from desk.contract.messages import Reply
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.live import NEW, Live
from desk.conversations.rows import ConversationRow
from desk.conversations.stream import dump
from desk.media.scanning import Verdict
from desk.sealing.opening import Purpose, key_of
from desk.store.database import transaction
from desk.tickets.lists.watching import OpenTickets
from desk.tickets.talk import conversations_of
from desk.tickets.workbench import Workbench
from desk.web.parts import FieldWords, ServiceWords

LI = actor("li")
PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(64)


async def test_linked_channels_are_one_timeline(house: House) -> None:
    """In the order of time, masked; a line of another channel names it. Each conversation that is read has a trace."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, ticket = await waits(house)
        there = await house.open()
        await link(house, here, there)
        for conversation, said in ((here, "first"), (there, "my number is 13800138000"), (here, "third")):
            await house.say(conversation, said)
            await house.settle(conversation)
    sheet = await Workbench(house.clerks).open(LI, ticket.id)
    said = [(line.text, line.channel) for line in sheet.lines if line.author == "resident"]
    assert said == [("first", None), ("my number is ****8000", "telegram"), ("third", None)]
    assert sheet.linked == ("telegram",)
    shown = await Workbench(house.clerks).reveal(LI, ticket.id, reason="To call her")
    assert "my number is 13800138000" in [line.text for line in shown.lines]
    assert await house.clerks.transcript(LI, ticket) == sheet.lines
    readings = "SELECT count(*) FROM openings WHERE reader = 'li' AND conversation_id = :id"
    assert [await house.scalar(readings, id=one.id) for one in (here, there)] == [3, 3]
    kept = "SELECT array_agg(details::text ORDER BY number) FROM audit_records WHERE actor = 'li'"
    assert await house.scalar(kept) == ['{"channels": ["webchat", "telegram"]}'] * 3


async def test_telephones_that_the_city_publishes_are_readable(house: House) -> None:
    """A clerk and a terminal see whom the resident was told to call; numbers of persons stay masked."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, ticket = await waits(house)
        await house.say(here, "0571-12345 or 13800138000?")
        await house.settle(here)
    sheet = await Workbench(house.clerks).open(LI, ticket.id)
    assert "0571-12345 or ****8000?" in [line.text for line in sheet.lines]
    assert await house.clerks.transcript(LI, ticket) == sheet.lines


async def test_what_was_linked_before_residents_were_told_stays_apart(house: House) -> None:
    """They were promised that nothing else is shared."""
    here, ticket = await waits(house)
    there = await house.open()
    await link(house, here, there, told=False)
    async with house.engine.connect() as connection:
        assert [one.id for one in await conversations_of(connection, here.id)] == [here.id]
    assert (await Workbench(house.clerks).open(LI, ticket.id)).linked == ()


async def test_a_page_that_is_kept_fresh_leaves_a_trace_of_what_is_newly_linked(house: House) -> None:
    """A conversation that nobody has opened is not read without one."""
    here, ticket = await waits(house)
    there = await house.open()
    bench = Workbench(house.clerks)
    await bench.open(LI, ticket.id)
    await bench.open(LI, ticket.id, again=True)
    assert await house.scalar("SELECT count(*) FROM openings") == 1
    await link(house, here, there)
    for _ in range(2):
        await bench.open(LI, ticket.id, again=True)
    assert await house.scalar("SELECT count(*) FROM openings WHERE conversation_id = :id", id=there.id) == 1


async def test_the_page_hears_of_what_is_said_on_a_linked_channel(house: House) -> None:
    """A hint of any of them."""
    here, ticket = await waits(house)
    there = await house.open()
    await link(house, here, there)
    async with seated(house) as (chair, _), chair.http.get(f"{chair.url}{QUEUE}/{ticket.reference}/live") as stream:
        await stream.content.readuntil(b"\n\n")
        await stream.content.readuntil(b"\n\n")
        await Live(house.redis).publish(there.id, hint=NEW)
        assert await stream.content.readuntil(b"\n\n") == b"event: grew\ndata: new\n\n"


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_page_names_the_channel_of_a_line(house: House, locale: str) -> None:
    """In every language of the staff."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, ticket = await waits(house)
        there = await house.open()
        await link(house, here, there)
        await house.say(there, "over there")
        await house.settle(there)
    async with seated(house, CLERK, locale=locale) as (chair, _):
        page = await chair.get(f"{QUEUE}/{ticket.reference}")
    assert page.text.count("Telegram") == 3  # of two lines there, and among what is known


FIELDS = {
    "permit_type": FieldWords("choice", {"macau": Names(zh_Hans="澳门", en="Macau")}),
    "id_number": FieldWords("id_number"),
    "photo": FieldWords("photo"),
    "date": FieldWords("date"),
}
FORM = {"travel_permit": ServiceWords("travel_permit.title", "travel_permit.description", FIELDS)}
GIVEN = {
    "permit_type": "macau",
    "id_number": "330102199001011235",
    "person_name": "",
    "date": "2026-12-03",
    "place": "geo:30.2512345,120.1512345",
    "one_time_code": "483172",
}


async def remember(house: House, conversation: ConversationRow, version: int = 1) -> None:
    """Have a resident be in the middle of a form, as the dialogue keeps it."""
    now = datetime.now(UTC)
    asked = Question("phone", Reply(key="travel_permit.ask_phone"), field="phone")
    front = Frame("travel_permit-1", "travel_permit", now, values=GIVEN, question=asked)
    behind = Frame("traffic_fines-1", "traffic_fines", now, values={"plate": "浙A12345"})
    state = {"version": version, "slots": {"session": Session(now, open=(behind, front)).to_json()}, "turns": []}
    situation = {"version": 1, "service": "travel_permit", "asks_for": "phone", "field": "phone"}
    async with transaction(house.engine) as connection:
        key = await key_of(connection, conversation.id, Purpose.WRITE)
        query = text("""
            UPDATE dialogue_states SET state = CAST(:state AS jsonb), situation = CAST(:situation AS jsonb)
            WHERE conversation_id = :id
        """)
        sealed = {
            "state": dump(key.seal(state, "state")),
            "situation": dump(key.seal({**situation, "waiting": ["traffic_fines"]}, "state")),
        }
        await connection.execute(query, {"id": conversation.id, **sealed})


async def test_what_was_filled_in_stands_beside_the_ticket(house: House) -> None:
    """By the fields' names in the clerk's language, masked; whole with a reason, but for a code that was sent."""
    conversation, ticket = await waits(house)
    await remember(house, conversation)
    known = await hire(house.engine, "lin", CLERK)
    async with desks_at(house, services=FORM) as desks, desks.chair(known) as chair:
        here = f"{QUEUE}/{ticket.reference}"
        page = (await chair.get(here)).text
        whole = (await chair.post(f"{here}/reveal", {"reason": "To check it"}, of=here)).text
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    wanted = {
        "Region": "Macau",
        "Name": "not given",
        "Identity card number": "3301****1235",
        "Place": "[sent a place]",
        "Code": "****",
        "Plate": "浙A****5",
        "Asks for": "Mobile number",
    }
    assert {name: facts.get(name) for name in wanted} == wanted
    assert "330102199001011235" not in page
    assert "330102199001011235" in whole
    assert "geo:30.2512345" not in page
    assert "483172" not in whole


async def test_a_state_of_another_version_is_not_guessed_at(house: House) -> None:
    """The page says that it cannot be shown, and stands."""
    conversation, ticket = await waits(house)
    await remember(house, conversation, version=2)
    async with seated(house) as (chair, _):
        page = await chair.get(f"{QUEUE}/{ticket.reference}")
    assert "was kept by another version" in page.text


async def test_that_the_resident_writes_is_seen_while_a_clerk_has_the_conversation(house: House) -> None:
    """A hint, passed on at most every two seconds, kept nowhere; before the claim nobody is told."""
    async with serving(house) as site:
        caller = await site.open()
        conversation = ConversationRow(UUID(caller.session), house.account.id, "webchat", "hangzhou", "zh_Hans")
        hand_over = house.hand_over()
        async with transaction(house.engine) as connection:
            await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        [ticket] = await house.clerks.waiting(LI)
        async with seated(house) as (chair, _), chair.http.get(f"{chair.url}{QUEUE}/{ticket.reference}/live") as stream:
            await stream.content.readuntil(b"\n\n")
            assert await stream.content.readuntil(b"\n\n") == b"event: present\ndata: \n\n"
            assert (await caller.ask("POST", "typing"))[0] == 204
            await house.clerks.claim(LI, ticket.id)
            assert await stream.content.readuntil(b"\n\n") == b"event: grew\ndata: new\n\n"
            for _ in range(4):
                assert (await caller.ask("POST", "typing"))[0] == 204
            assert await stream.content.readuntil(b"\n\n") == b"event: writing\ndata: now\n\n"
        assert (await site.ask("POST", "/chat/v1/typing"))[0] == 401
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 0


async def test_the_page_hears_who_comes(house: House) -> None:
    """A colleague who opens it is named within seconds."""
    _, ticket = await waits(house)
    lin, wang = await hire(house.engine, "lin", CLERK), await hire(house.engine, "wang", CLERK)
    here = f"{QUEUE}/{ticket.reference}"
    async with (
        desks_at(house) as desks,
        desks.chair(lin) as first,
        desks.chair(wang) as second,
        first.http.get(f"{first.url}{here}/live") as stream,
    ):
        for _ in ("retry", "nobody else"):
            await stream.content.readuntil(b"\n\n")
        await second.get(here)
        heard = await stream.content.readuntil(b"\n\n")
    assert heard == b"event: present\ndata: Also looking at this ticket: Wang\n\n"


async def test_files_are_opened_for_a_reason(house: House) -> None:
    """Not before the clerk has said why they look, never of another conversation, nor while it waits to be scanned for
    malware; and it stands in the audit.
    """
    conversation, other = await house.open(), await house.open()
    async with transaction(house.engine) as connection:
        for one in (conversation, other):
            hand_over = house.hand_over()
            await hand_over.open(connection, one, opened_by="resident", reason="asked", service=None)
        mine, theirs = [
            await service.store_media(
                connection,
                conversation_id=one.id,
                content_type="image/png",
                content=PNG,
                verdict=Verdict.UNSCANNED,
            )
            for one in (conversation, other)
        ]
    ticket = next(one for one in await house.clerks.waiting(actor("op")) if one.conversation_id == conversation.id)
    known = await hire(house.engine, "wei", Grant(Role.CLERK, "hangzhou"))
    admin = await hire(house.engine, "mei", Grant(Role.AGENCY_ADMIN, "hangzhou"))
    here = f"/console/tickets/{ticket.reference}"
    async with desks_at(house) as desks, desks.chair(known) as chair, desks.chair(admin) as elsewhere:
        early = await chair.get(f"{here}/files/{mine}")
        assert (early.status, "First show all unmasked" in early.text) == (422, True)
        shown = await chair.post(f"{here}/reveal", {"reason": "to read the receipt"}, of=here)
        assert f"{here}/files/{mine}" in shown.text
        async with chair.http.get(f"{chair.url}{here}/files/{mine}") as answer:
            assert (answer.status, await answer.read()) == (200, PNG)
            assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert (await chair.get(f"{here}/files/{theirs}")).status == 404
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE media_files SET held = true"))
        held, listed = await chair.get(f"{here}/files/{mine}"), await chair.get(here)
        assert (held.status, "has to be scanned for malware" in held.text) == (422, True)
        assert "waits to be scanned for malware" in listed.text
        assert (await chair.get(f"{here}/files/none")).status == 404
        assert (await elsewhere.get(f"{here}/files/{mine}")).status == 403
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'personal.file'") == 1


async def test_tickets_that_are_open_are_looked_at_together(house: House) -> None:
    """However many pages show tickets the store is asked once a round; whose ticket has changed is woken, once."""
    woken: list[int] = []
    tickets = [(await waits(house))[1] for _ in range(8)]
    asked: list[str] = []
    rounds = OpenTickets(house.engine, each_seconds=0.2)
    async with AsyncExitStack() as pages:
        for place, ticket in enumerate(tickets):
            await pages.enter_async_context(rounds.watching(ticket.id, partial(woken.append, place)))
        note = partial(_note, asked)
        event.listen(house.engine.sync_engine, "before_cursor_execute", note)
        try:
            await asyncio.sleep(1.1)
        finally:
            event.remove(house.engine.sync_engine, "before_cursor_execute", note)
        assert woken == []
        assert 3 <= len(asked) <= 6
        async with transaction(house.engine) as connection:
            changed = text("UPDATE tickets SET priority = priority + 1 WHERE id = :id")
            await connection.execute(changed, {"id": tickets[3].id})

        async def heard() -> list[int]:
            return woken

        await until(heard, becomes=[3])
        await asyncio.sleep(0.5)
    assert woken == [3]


def _note(asked: list[str], _connection: object, _cursor: object, statement: str, *_: object) -> None:
    asked.append(statement)
