"""A resident's data: given out, erased on request, forgotten when idle. Real PostgreSQL."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.files import kept_file
from fixtures.house import House, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.errors import NotFound
from desk.contract.rendered import RenderedButton, RenderedMessage
from desk.conversations import service
from desk.conversations.erasure import forget_idle
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.media.scanning import Verdict
from desk.store.database import transaction
from desk.store.terms import Tally, Term

CONFIRMATION = RenderedMessage(
    text="erased", locale="zh_Hans", buttons=[RenderedButton(title="services", payload="/list_services")]
)
SECRET = "浙A12345"
TABLES = (
    "consents",
    "inbound_messages",
    "outbound_messages",
    "dialogue_states",
    "media_files",
    "tickets",
    "conversations",
    "residents",
)


async def erase(house: House, conversation: ConversationRow) -> None:
    await service.erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, house.parts())


async def copies(house: House, secret: str) -> list[str]:
    """The tables in which a text stands anywhere."""
    return [
        table
        for table in TABLES
        if await house.scalar(
            f"SELECT count(*) FROM {table} AS kept WHERE kept::text LIKE '%' || :secret || '%'", secret=secret
        )
    ]


async def talked(house: House, bot: FakeBot) -> ConversationRow:
    """A conversation with words, a file and a ticket."""
    conversation = await house.open()
    async with house.worker(bot.url):
        await house.say(conversation, SECRET)
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    async with transaction(house.engine) as connection:
        await service.store_media(
            connection,
            conversation_id=conversation.id,
            content_type="image/png",
            content=SECRET.encode(),
            verdict=Verdict.UNSCANNED,
        )
    return conversation


async def test_all_that_is_kept_is_given_out(house: House) -> None:
    """Words of both sides, state, ticket and file, with times that carry their offset."""
    async with FakeBot() as bot:
        conversation = await talked(house, bot)
    async with house.engine.connect() as connection:
        data = await service.data_of(connection, conversation.id, house.parts(), timezone=ZoneInfo("Asia/Shanghai"))
    assert data["session"] == str(conversation.id)
    assert [(row["kind"], row["text"]) for row in data["received"]] == [("text", SECRET), ("text", "ticket")]
    assert data["received"][0]["understanding"]["intent"]["name"] == "greet"
    assert data["said"][0]["text"] == f"1:{SECRET}"
    assert data["dialogue_state"] == {"turns": 2}
    assert [ticket["state"] for ticket in data["tickets"]] == ["open"]
    assert [file["bytes"] for file in data["files"]] == [len(SECRET.encode())]
    assert data["received"][0]["at"].endswith("+08:00")


async def test_erasing_leaves_no_copy_and_the_stream_goes_on(house: House) -> None:
    """Nothing of what was said is in any table; the confirmation is the next event; the next turn knows nothing."""
    async with FakeBot() as bot:
        conversation = await talked(house, bot)
        before = (await house.events(conversation))[-1].seq
        await erase(house, conversation)
        assert await copies(house, SECRET) == []
        assert await house.scalar("SELECT count(*) FROM media_files") == 0
        [confirmed] = await house.events(conversation)
        assert (confirmed.seq, confirmed.body["message"]["text"]) == (before + 1, "erased")
        async with house.worker(bot.url):
            await house.say(conversation, "/list_services", kind="payload")
            await house.say(conversation, "hello")
            await house.settle(conversation)
    assert await house.texts(conversation) == ["erased", "1:/list_services", "2:hello"]
    assert bot.requests[2]["state"] is None
    assert await house.clerks.waiting(actor("li")) == []
    async with house.engine.connect() as connection:
        data = await service.data_of(connection, conversation.id, house.parts())
    assert [row["text"] for row in data["received"] if row["kind"] == "text"] == ["hello"]


async def test_erasing_in_the_conversation_leaves_the_confirmation_alone(house: House) -> None:
    """The bot's effect `erase`, in its own turn: no copy of what was said or offered, one confirmation, one end."""
    payload = f'/inform{{"plate":"{SECRET}"}}'
    async with FakeBot() as bot:
        conversation = await house.open()
        async with house.worker(bot.url):
            await house.say(conversation, f"offer={payload}")
            await house.settle(conversation)
            message_id = await house.say(conversation, "erase")
            await house.settle(conversation)
            assert await copies(house, SECRET) == []
            assert await house.texts(conversation) == ["2:erase"]
            assert await house.done(conversation) == [str(message_id)]
            async with house.engine.connect() as connection:
                data = await service.data_of(connection, conversation.id, house.parts())
            assert data["received"] == []  # the words that asked for it are gone too
            assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE body <> '{}'") == 0
            await house.say(conversation, "hello")
            await house.settle(conversation)
    assert bot.requests[-1]["state"] is None


async def test_a_repeated_post_brings_nothing_back(house: House) -> None:
    """A client id that was used before the erasing is still known."""
    async with FakeBot() as bot:
        conversation = await house.open()
        async with house.worker(bot.url):
            message_id = await house.say(conversation, SECRET, external_id="one")
            await house.settle(conversation)
            await erase(house, conversation)
            assert await house.say(conversation, SECRET, external_id="one") == message_id
            await house.settle(conversation)
    assert await house.texts(conversation) == ["erased"]
    assert await copies(house, SECRET) == []


async def test_erasing_waits_for_the_turn_in_flight_and_ends_those_that_wait(house: House) -> None:
    """The answer of a turn in flight is erased with the rest; messages behind it end their turn, with nothing said."""
    async with FakeBot() as bot:
        conversation = await house.open()
        async with house.worker(bot.url):
            await house.say(conversation, f"slow=0.5 {SECRET}")

            async def asked() -> bool:
                return bool(bot.requests)

            await until(asked)
            behind = [await house.say(conversation, f"slow=0.3 {number}") for number in range(3)]
            await erase(house, conversation)
            await house.settle(conversation)
            await asyncio.sleep(0.5)
    assert await copies(house, SECRET) == []
    assert set(await house.done(conversation)) <= {str(message_id) for message_id in behind}
    assert len(await house.done(conversation)) == len(set(await house.done(conversation)))


async def test_erasing_an_unknown_conversation_is_not_found(house: House) -> None:
    """It says so instead of confirming."""
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        await connection.execute(text("DELETE FROM conversations"))
    with pytest.raises(NotFound):
        await erase(house, conversation)


async def test_idle_conversations_are_forgotten_wholly(house: House) -> None:
    """After the days of the setting nothing of them is left; those with a younger message stay."""
    async with FakeBot() as bot:
        old, young = await talked(house, bot), await talked(house, bot)
    async with transaction(house.engine) as connection:
        for table, column in (
            ("conversations", "created_at"),
            ("inbound_messages", "received_at"),
            ("outbound_messages", "created_at"),
        ):
            await connection.execute(text(f"UPDATE {table} SET {column} = {column} - interval '31 days'"))
        await connection.execute(
            text("UPDATE inbound_messages SET received_at = now() WHERE conversation_id = :id"), {"id": young.id}
        )
    assert await forget_idle(house.engine, Term(30), parts=house.parts()) == Tally({"hangzhou": 1})
    assert await house.events(old) == []
    assert await house.scalar("SELECT count(*) FROM residents") == 1
    assert len(await house.events(young)) > 0


async def test_a_file_belongs_to_its_conversation(house: House) -> None:
    """It is found there, and from nowhere else."""
    mine, other = await house.open(), await house.open()
    async with transaction(house.engine) as connection:
        media_id = await service.store_media(
            connection, conversation_id=mine.id, content_type="image/png", content=b"png", verdict=Verdict.UNSCANNED
        )
        assert await service.find_media_type(connection, mine.id, media_id) == "image/png"
        assert await service.find_media_type(connection, other.id, media_id) is None
        kept = await kept_file(connection, mine.id, media_id)
    assert kept is not None
    assert kept.content == b"png"
