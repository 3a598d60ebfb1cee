"""What stands on a ticket's page beside the conversation itself, and what is done there by one press. Real stores."""

from uuid import uuid4

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import CLERK, QUEUE, seated, waits
from sqlalchemy import text

from desk.conversations.live import NEW, Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.talk import conversations_of
from desk.tickets.workbench import Workbench

LI = actor("li")
LINK = text("""
    INSERT INTO linked_conversations (conversation_id, person_id, linked_at, staff_may_read)
    VALUES (:id, :person, clock_timestamp(), :told)
""")
PERSON = text("INSERT INTO linked_persons (id, city, locale) VALUES (:person, 'hangzhou', 'zh_Hans')")
TELEGRAM = text("UPDATE conversations SET channel = 'telegram' WHERE id = :id")


async def link(house: House, *conversations: ConversationRow, told: bool = True) -> None:
    """Have conversations be one resident's; the later ones are on Telegram."""
    person = uuid4()
    async with transaction(house.engine) as connection:
        await connection.execute(PERSON, {"person": person})
        for place, one in enumerate(conversations):
            await connection.execute(LINK, {"id": one.id, "person": person, "told": told})
            if place:
                await connection.execute(TELEGRAM, {"id": one.id})


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
