"""Consents are recorded with the turn that brought the answer, given out, and kept as receipts. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fixtures.fake_bot import FakeBot
from fixtures.house import House
from sqlalchemy import text

from desk.consents.service import forget
from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.erasure import forget_idle
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.store.terms import Tally, Term

ANSWERED = {
    "type": "consent",
    "city": "hangzhou",
    "agency": "traffic_police",
    "service": "traffic_fines",
    "field": "plate",
    "entity": "plate",
    "purpose": "traffic_fines.why_plate",
}
PLATE = "浙A12345"
AGED = "UPDATE consents SET parted_at = now() - make_interval(years => :years) WHERE parted_at > :day"
AGES = (("conversations", "created_at"), ("inbound_messages", "received_at"), ("outbound_messages", "created_at"))


async def consented(house: House, bot: FakeBot) -> ConversationRow:
    """A conversation in which the plate was given after its notice."""
    bot.answers.append({"effects": [ANSWERED]})
    conversation = await house.open()
    async with house.worker(bot.url):
        await house.say(conversation, PLATE)
        await house.settle(conversation)
    return conversation


async def test_a_resident_is_shown_what_they_agreed_to(house: House) -> None:
    """City, agency, service, field and purpose, with the time; nothing of what was answered."""
    async with FakeBot() as bot:
        conversation = await consented(house, bot)
    async with house.engine.connect() as connection:
        data = await service.data_of(connection, conversation.id, house.parts(), timezone=ZoneInfo("Asia/Shanghai"))
    [consent] = data["consents"]
    given_at = consent.pop("given_at")
    assert consent == {name: value for name, value in ANSWERED.items() if name != "type"}
    assert given_at.endswith("+08:00")


async def test_the_record_holds_no_value(house: House) -> None:
    """The plate stands in no column of the table."""
    async with FakeBot() as bot:
        await consented(house, bot)
    found = "SELECT count(*) FROM consents AS kept WHERE kept::text LIKE '%' || :value || '%'"
    assert await house.scalar("SELECT count(*) FROM consents") == 1
    assert await house.scalar(found, value=PLATE) == 0


async def test_a_repeated_turn_records_once(house: House) -> None:
    """A turn that broke twice and was taken again leaves one consent: it is written where the answer is."""
    async with FakeBot() as bot:
        bot.answers.append({"effects": [ANSWERED]})
        conversation = await house.open()
        async with house.worker(bot.url):
            await house.say(conversation, "drop=2")
            await house.settle(conversation)
    assert await house.scalar("SELECT count(*) FROM consents") == 1


async def test_erasing_leaves_a_receipt_without_content(house: House) -> None:
    """What was agreed to, for whom, why and when stays; it leads to the session only for who has its id and the key."""
    async with FakeBot() as bot:
        conversation = await consented(house, bot)
    await erase(house, conversation)
    kept = await house.scalar("SELECT row_to_json(consents) FROM consents")
    assert kept["conversation_id"] is None
    assert str(conversation.id) not in str(kept)
    assert PLATE not in str(kept)
    async with house.engine.connect() as connection:
        data = await service.data_of(connection, conversation.id, house.parts())
        other = await service.data_of(connection, (await house.open()).id, house.parts())
    assert data["consents"] == []
    [receipt] = data["receipts_of_consent"]
    assert {name: receipt[name] for name in ANSWERED if name != "type"} == {
        name: value for name, value in ANSWERED.items() if name != "type"
    }
    assert receipt["given_at"] <= receipt["erased_at"]
    assert other["receipts_of_consent"] == []


async def test_a_forgotten_conversation_leaves_its_receipt(house: House) -> None:
    """Idle for longer than the setting allows: all is gone but the proof of what was agreed to."""
    async with FakeBot() as bot:
        await consented(house, bot)
    async with transaction(house.engine) as connection:
        for table, column in AGES:
            await connection.execute(text(f"UPDATE {table} SET {column} = {column} - interval '31 days'"))
    assert await forget_idle(house.engine, Term(30), parts=house.parts()) == Tally({"hangzhou": 1})
    query = (
        "SELECT count(*) FROM consents WHERE conversation_id IS NULL AND session IS NOT NULL AND parted_at > given_at"
    )
    assert await house.scalar(query) == 1


async def test_receipts_are_deleted_after_their_years(house: House) -> None:
    """A young one and one of a conversation that goes on stay."""
    async with FakeBot() as bot:
        for years in (4, 2):
            await erase(house, await consented(house, bot))
            async with transaction(house.engine) as connection:
                await connection.execute(
                    text(AGED),
                    {"years": years, "day": datetime.now(UTC) - timedelta(days=1)},
                )
        await consented(house, bot)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE consents SET given_at = given_at - interval '5 years'"))
        assert await forget(connection, Term(3)) == Tally({"hangzhou": 1})
        assert await forget(connection, Term(3)) == Tally({})
    assert await house.scalar("SELECT count(*) FROM consents") == 2


async def erase(house: House, conversation: ConversationRow) -> None:
    await service.erase(
        house.engine, Live(house.redis), conversation.id, RenderedMessage(text="erased", locale="en"), house.parts()
    )
