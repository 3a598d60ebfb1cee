"""Who has left the page, and left a telephone, is told by text message that a clerk has answered: once a wait."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from sqlalchemy import text

from desk.accounts.people import person_of
from desk.conversations import service, stream
from desk.conversations.erasure import erase_held
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.sending.charges import charged
from desk.store.database import transaction
from desk.texts.parts import parts_of
from desk.tickets import contact
from desk.tickets.reaching.ledger import FIRST_WAIT, Ledger
from desk.tickets.reaching.texting import Texting
from desk.tickets.rows import TicketRow

LI = actor("li")
PHONE = 13912345678
ADDRESS = "https://city.example"
ZONE = ZoneInfo("Asia/Shanghai")


def by_day() -> datetime:
    """Ten in the morning of today, when text messages may be sent."""
    return datetime.now(ZONE).replace(hour=10, minute=0).astimezone(UTC)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="sms") as office:
        yield office


def texting(office: PostOffice, now: Callable[[], datetime] = by_day) -> Texting:
    house = office.house
    ledger = Ledger(Live(house.redis), house.catalogs, house.cities, KEYS, ADDRESS, now)
    return Texting(house.engine, ledger, office.register, office.http)


async def says(house: House, conversation: ConversationRow, *said: str) -> None:
    async with FakeBot() as bot, house.worker(bot.url):
        for one in said:
            await house.say(conversation, one, kind="payload" if one.startswith("/") else "text")
            await house.settle(conversation)


async def left(office: PostOffice, given: str = str(PHONE)) -> tuple[ConversationRow, TicketRow]:
    """A ticket that a clerk has, of a resident who left a telephone and then the page."""
    house = office.house
    conversation = await house.open()
    await says(house, conversation, "ticket", contact.LEAVE, given)
    ticket = (await house.clerks.waiting(LI))[-1]
    return conversation, await house.clerks.claim(LI, ticket.id)


async def states(house: House) -> list[str]:
    async with house.engine.connect() as connection:
        return list((await connection.execute(text("SELECT state FROM contact_texts ORDER BY id"))).scalars())


async def kinds(house: House) -> list[str]:
    """What histories of tickets say of it."""
    found = text("SELECT kind FROM ticket_events WHERE kind ~ '^(text|mail)(ed|_)' ORDER BY id")
    async with house.engine.connect() as connection:
        return list((await connection.execute(found)).scalars())


async def send(office: PostOffice, now: Callable[[], datetime] = by_day) -> list[str]:
    """Carry out what waits to be sent; answers what became of all."""
    async with office.house.engine.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM contact_texts ORDER BY id"))).scalars())
    for one in ids:
        await texting(office, now).send(one)
    return await states(office.house)


async def test_who_left_the_page_is_told_once_and_not_what_was_said(office: PostOffice) -> None:
    """The reference, who answered and where it is read; the clerk's further words, and the end, tell nothing more."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "您的社保卡已经办好")
    await house.clerks.reply(LI, ticket.id, "请带身份证来取")
    await house.clerks.close(LI, ticket.id)
    assert await send(office) == ["sent"]
    [told] = await office.texts(PHONE)
    agency = house.cities[ticket.city].agency(ticket.agency)
    assert all(one in told for one in (ticket.reference, agency.names.zh_Hans, f"{ADDRESS}/{ticket.city}", "TD"))
    assert "社保卡" not in told
    assert await send(office) == ["sent"]
    assert len(await office.texts(PHONE)) == 1
    assert await house.scalar("SELECT count(*) FROM ticket_events WHERE kind = 'texted'") == 1
    assert await house.scalar("SELECT contact IS NULL AND person IS NOT NULL FROM contact_texts")
    [day] = await charged(house.engine, office.account.slug, "Asia/Shanghai", 3)
    assert (day.messages, day.parts) == (1, parts_of(told).parts)


async def test_what_the_resident_writes_begins_another_wait(office: PostOffice) -> None:
    """Whoever wrote since is told of the next answer, too."""
    house = office.house
    conversation, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "第一")
    assert await send(office) == ["sent"]
    await says(house, conversation, "还有一个问题")
    await house.clerks.reply(LI, ticket.id, "第二")
    assert await send(office) == ["sent", "sent"]


async def test_the_number_is_sealed_until_it_is_gone(office: PostOffice) -> None:
    """It stands nowhere in the table, and goes when it was used."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    assert str(PHONE) not in str(await house.scalar("SELECT row_to_json(contact_texts) FROM contact_texts"))


async def test_who_is_there_is_not_told(office: PostOffice) -> None:
    """While the page shows the conversation, once it does again, and after another word."""
    house = office.house
    conversation, ticket = await left(office)
    live = Live(house.redis)
    await live.watched(conversation.id, "page")
    await house.clerks.reply(LI, ticket.id, "在吗")
    assert await states(house) == []
    await live.left(conversation.id, "page")
    await house.clerks.reply(LI, ticket.id, "还在吗")
    await live.watched(conversation.id, "page")
    assert await send(office) == ["dropped"]
    await live.left(conversation.id, "page")
    await says(house, conversation, "在")
    await house.clerks.reply(LI, ticket.id, "好的")
    await says(house, conversation, "谢谢")
    assert await send(office) == ["dropped", "dropped"]
    assert await office.texts(PHONE) == []


@pytest.mark.parametrize("how", ["back", "erased"])
async def test_it_goes_with_the_contact(office: PostOffice, how: str) -> None:
    """Who takes it back, or has everything erased, is sent nothing."""
    house = office.house
    conversation, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    if how == "back":
        await says(house, conversation, contact.TAKE_BACK)
    else:
        async with transaction(house.engine) as connection:
            await stream.lock(connection, conversation.id)
            await erase_held(connection, conversation.id, house.parts())
    assert await states(house) == []


async def test_no_text_without_an_answer(office: PostOffice) -> None:
    """Taking, notes, putting back and closing as spam are none; that it is solved is."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.close(LI, ticket.id, "spam")
    assert await states(house) == []
    _, ticket = await left(office)
    await house.clerks.close(LI, ticket.id)
    assert await states(house) == ["waiting"]


@pytest.mark.parametrize(
    ("hour", "told_before", "due"),
    [
        pytest.param(22, 0, (1, 8), id="in the night: in the morning"),
        pytest.param(3, 0, (0, 8), id="before the morning: in the morning"),
        pytest.param(10, 4, (1, 8), id="four today: tomorrow"),
    ],
)
async def test_hours_and_number_of_texts_are_heeded(
    office: PostOffice, hour: int, told_before: int, due: tuple[int, int]
) -> None:
    """As of announcements by text message."""
    house = office.house

    def clock() -> datetime:
        return datetime.now(ZONE).replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)

    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    async with transaction(house.engine) as connection:
        person = "INSERT INTO contact_texts (ticket_id, conversation_id, person, state, due_at) "
        for _ in range(told_before):
            await connection.execute(
                text(f"{person} SELECT ticket_id, conversation_id, :person, 'sent', due_at FROM contact_texts LIMIT 1"),
                {"person": person_of(KEYS, "sms", str(PHONE))},
            )
    assert (await send(office, clock))[0] == "waiting"
    assert await office.texts(PHONE) == []
    found = (await house.scalar("SELECT due_at FROM contact_texts ORDER BY id LIMIT 1")).astimezone(ZONE)
    assert ((found.date() - clock().astimezone(ZONE).date()).days, found.hour) == due


async def test_a_telephone_that_wants_none_gets_none(office: PostOffice) -> None:
    """TD of a number that is known by this alone stops it, whoever leaves it later; nothing is answered."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    assert await send(office) == ["sent"]
    await office.do(PHONE, text="TD")
    assert await office.conversations() == []
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "也好了")
    assert await send(office) == ["sent", "dropped"]
    assert len(await office.texts(PHONE)) == 1
    assert await kinds(house) == ["texted", "text_unwanted"]


async def test_a_line_takes_no_text_and_is_promised_none(office: PostOffice) -> None:
    """What is said on leaving it says so."""
    house = office.house
    conversation, ticket = await left(office, "0571-88889999")
    assert "短信" not in (await house.texts(conversation))[-1]
    await house.clerks.reply(LI, ticket.id, "好了")
    assert await send(office) == ["failed"]


async def test_a_gateway_that_takes_nothing_now_is_asked_again(office: PostOffice) -> None:
    """What it will never take ends; of what is not known nothing is sent twice."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    await office.steer("POST", "trouble", {"what": "number-busy"})
    assert await send(office) == ["waiting"]
    assert await house.scalar("SELECT due_at FROM contact_texts") >= by_day() + FIRST_WAIT - timedelta(seconds=1)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE contact_texts SET state = 'sending'"))
    assert await send(office) == ["unknown"]
    assert await office.texts(PHONE) == []
    await says(house, (await left(office))[0], "x")
    ticket = (await house.clerks.waiting(LI))[-1]
    await house.clerks.reply(LI, ticket.id, "又好了")
    await office.steer("POST", "trouble", {"what": "no-such-number"})
    assert await send(office) == ["unknown", "failed"]
    assert await kinds(house) == ["text_unsure", "text_failed"]


async def test_without_an_account_that_sends_texts_it_ends(house: House, office: PostOffice) -> None:
    """One that is paused is waited for."""
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    await office.register.set_state(office.account.slug, "paused", "tests")
    assert await send(office) == ["waiting"]
    await office.register.set_state(office.account.slug, "stopped", "tests")
    assert await send(office) == ["failed"]
    assert await kinds(house) == ["text_failed"]


async def test_it_stands_in_the_resident_s_data(office: PostOffice) -> None:
    """That one was sent, and when."""
    house = office.house
    conversation, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    await send(office)
    async with transaction(house.engine) as connection:
        data = await service.data_of(connection, conversation.id, house.parts(), timezone=ZONE)
    assert [one["state"] for one in data["texts_of_answers"]] == ["sent"]


async def test_a_job_sends_it(office: PostOffice) -> None:
    """A minute later, by itself."""
    house = office.house
    _, ticket = await left(office)
    await house.clerks.reply(LI, ticket.id, "好了")
    async with transaction(house.engine) as connection:
        await connection.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'tickets.send_text'")
        )
    async with house.jobs({Texting: texting(office)}):
        assert len(await office.hears(PHONE, 1)) == 1
