"""Consents are recorded with the turn that brought the answer, given out and erased. Real PostgreSQL."""

from zoneinfo import ZoneInfo

from fixtures.fake_bot import FakeBot
from fixtures.house import House

from desk.conversations import service
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.rendered import RenderedMessage

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
        data = await service.data_of(
            connection, conversation.id, house.case_desk().keeper, timezone=ZoneInfo("Asia/Shanghai")
        )
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


async def test_consents_are_erased_with_everything_else(house: House) -> None:
    """Erasing, by whichever way, leaves none."""
    async with FakeBot() as bot:
        conversation = await consented(house, bot)
    await service.erase(house.engine, Live(house.redis), conversation.id, RenderedMessage(text="erased", locale="en"))
    assert await house.scalar("SELECT count(*) FROM consents") == 0
