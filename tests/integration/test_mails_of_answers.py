"""Who has left the page, and left an e-mail address, is told by mail that a clerk has answered: once a wait."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.conversations import service, stream
from desk.conversations.erasure import erase_held
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.staff.mail import mail_server
from desk.store.database import transaction
from desk.tickets import contact
from desk.tickets.reaching.ledger import FIRST_WAIT, TRIES, Ledger
from desk.tickets.reaching.mailing import Mailing
from desk.tickets.reaching.unreached import unreached
from desk.tickets.rows import TicketRow
from sandbox.mail import MailServer

LI = actor("li")
MAIL = "wang.xiaoming@example.com"
ADDRESS = "https://city.example"
ZONE = ZoneInfo("Asia/Shanghai")


def by_day() -> datetime:
    """Ten in the morning of today, when mails may be sent."""
    return datetime.now(ZONE).replace(hour=10, minute=0).astimezone(UTC)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer() as server:
        yield server


def mailing(house: House, server: MailServer | None, now: Callable[[], datetime] = by_day) -> Mailing:
    ledger = Ledger(Live(house.redis), house.catalogs, house.cities, KEYS, ADDRESS, now)
    return Mailing(house.engine, ledger, server and mail_server(server.url, "desk@city.example"))


async def says(house: House, conversation: ConversationRow, *said: str) -> None:
    async with FakeBot() as bot, house.worker(bot.url):
        for one in said:
            await house.say(conversation, one, kind="payload" if one.startswith("/") else "text")
            await house.settle(conversation)


async def left(house: House) -> tuple[ConversationRow, TicketRow]:
    """A ticket that a clerk has, of a resident who left an address and then the page."""
    conversation = await house.open()
    await says(house, conversation, "ticket", contact.LEAVE, MAIL)
    ticket = (await house.clerks.waiting(LI))[-1]
    return conversation, await house.clerks.claim(LI, ticket.id)


async def answered(house: House) -> tuple[ConversationRow, TicketRow]:
    """The same, and the clerk has answered."""
    conversation, ticket = await left(house)
    await house.clerks.reply(LI, ticket.id, "您的社保卡已经办好")
    return conversation, ticket


async def column(house: House, statement: str) -> list[str]:
    async with house.engine.connect() as connection:
        return list((await connection.execute(text(statement))).scalars())


async def states(house: House) -> list[str]:
    return await column(house, "SELECT state FROM contact_texts ORDER BY id")


async def kinds(house: House) -> list[str]:
    """What histories of tickets say of it."""
    return await column(house, "SELECT kind FROM ticket_events WHERE kind ~ '^(text|mail)(ed|_)' ORDER BY id")


async def send(house: House, server: MailServer | None, now: Callable[[], datetime] = by_day) -> list[str]:
    """Carry out what waits to be sent; answers what became of all."""
    for one in await column(house, "SELECT id FROM contact_texts ORDER BY id"):
        await mailing(house, server, now).send(int(one))
    return await states(house)


async def test_who_left_the_page_is_told_once_and_not_what_was_said(house: House, server: MailServer) -> None:
    """The reference, who answered and where it is read; the clerk's further words, and the end, tell nothing more."""
    conversation, ticket = await answered(house)
    assert "邮件" in (await house.texts(conversation))[-2]
    await house.clerks.reply(LI, ticket.id, "请带身份证来取")
    await house.clerks.close(LI, ticket.id)
    assert await send(house, server) == ["sent"]
    assert await send(house, server) == ["sent"]
    [told] = server.taken
    agency = house.cities[ticket.city].agency(ticket.agency).names.zh_Hans
    said = f"{told['Subject']}\n{told.get_content()}"
    assert told["To"] == MAIL
    assert all(one in told["Subject"] for one in (agency, ticket.reference))
    assert all(one in said for one in (agency, ticket.reference, f"{ADDRESS}/{ticket.city}"))
    assert not any(one in said for one in ("社保卡", "身份证"))
    assert await kinds(house) == ["mailed"]
    assert await house.scalar("SELECT contact IS NULL AND person IS NOT NULL FROM contact_texts")


async def test_it_is_written_in_the_resident_s_language(house: House, server: MailServer) -> None:
    """As the conversation is held now."""
    conversation, _ = await answered(house)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE conversations SET locale = 'en' WHERE id = :id"), {"id": conversation.id})
    assert await send(house, server) == ["sent"]
    assert "has answered" in server.taken[0]["Subject"]
    assert "To read it, open" in server.taken[0].get_content()


async def test_the_address_is_sealed_until_it_is_gone(house: House, server: MailServer) -> None:
    """It stands nowhere in the table, nor in what is kept of a refusal that repeats it."""
    await answered(house)
    assert MAIL not in str(await house.scalar("SELECT row_to_json(contact_texts) FROM contact_texts"))
    server.fault, server.left = "refuse", 1
    assert await send(house, server) == ["failed"]
    assert "example.com" not in str(await house.scalar("SELECT row_to_json(contact_texts) FROM contact_texts"))


async def test_who_is_there_is_not_told(house: House, server: MailServer) -> None:
    """Once the page shows the conversation again, and after another word."""
    conversation, ticket = await answered(house)
    live = Live(house.redis)
    await live.watched(conversation.id, "page")
    assert await send(house, server) == ["dropped"]
    await live.left(conversation.id, "page")
    await says(house, conversation, "在")
    await house.clerks.reply(LI, ticket.id, "好的")
    await says(house, conversation, "谢谢")
    assert await send(house, server) == ["dropped", "dropped"]
    assert server.taken == []
    assert await kinds(house) == []


@pytest.mark.parametrize("how", ["back", "erased"])
async def test_it_goes_with_the_contact(house: House, how: str) -> None:
    """Who takes it back, or has everything erased, is sent nothing."""
    conversation, _ = await answered(house)
    if how == "back":
        await says(house, conversation, contact.TAKE_BACK)
    else:
        async with transaction(house.engine) as connection:
            await stream.lock(connection, conversation.id)
            await erase_held(connection, conversation.id, house.parts())
    assert await states(house) == []


async def test_nobody_is_written_to_at_night(house: House, server: MailServer) -> None:
    """As by text message: in the morning."""

    def night() -> datetime:
        return datetime.now(ZONE).replace(hour=22, minute=0, second=0, microsecond=0).astimezone(UTC)

    await answered(house)
    assert await send(house, server, night) == ["waiting"]
    due = (await house.scalar("SELECT due_at FROM contact_texts")).astimezone(ZONE)
    assert ((due.date() - night().astimezone(ZONE).date()).days, due.hour) == (1, 8)


async def test_a_fifth_in_a_day_waits(house: House, server: MailServer) -> None:
    """Four go to one address, whatever they are about."""
    for _ in range(5):
        await answered(house)
        await send(house, server)
    assert await states(house) == [*["sent"] * 4, "waiting"]


async def test_a_server_that_is_away_is_asked_again_and_then_given_up(house: House, server: MailServer) -> None:
    """Later each time; after the last it stands on the ticket and in what operators see, without the address."""
    _, ticket = await answered(house)
    server.fault, server.left = "later", TRIES
    assert await send(house, server) == ["waiting"]
    first = await house.scalar("SELECT due_at FROM contact_texts")
    assert first >= by_day() + FIRST_WAIT - timedelta(seconds=1)
    for _ in range(TRIES - 1):
        assert server.taken == []
        found = await send(house, server)
    assert found == ["failed"]
    assert await kinds(house) == ["mail_failed"]
    [group] = await unreached(house.engine, LI)
    assert (group.city, group.way, group.reason, group.count) == (
        ticket.city,
        "mail",
        "the mail server is away (451)",
        1,
    )


async def test_what_may_have_arrived_is_sent_again_as_the_same_mail(house: House, server: MailServer) -> None:
    """Whoever sent it ended in the middle: mailboxes know the second by its number."""
    await answered(house)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE contact_texts SET state = 'sending', tries = 1"))
    assert await send(house, server) == ["sent"]
    async with transaction(house.engine) as connection:
        again = "UPDATE contact_texts SET state = 'sending', contact = (SELECT contact FROM tickets)"
        await connection.execute(text(again))
    assert await send(house, server) == ["sent"]
    assert len(server.taken) == 2
    assert len({one["Message-ID"] for one in server.taken}) == 1


async def test_without_a_mail_server_the_clerk_is_told(house: House) -> None:
    """Nothing waits for one."""
    await answered(house)
    assert await send(house, None) == ["failed"]
    assert await kinds(house) == ["mail_failed"]


async def test_clerks_and_operators_see_it_until_the_resident_is_back(house: House) -> None:
    """Above the conversation and in the history; counted for operators. A word of the resident ends it."""
    conversation, ticket = await answered(house)
    path, said = f"/console/tickets/{ticket.reference}", "could not be delivered. Write to them yourself"
    known = await hire(house.engine, "li", Grant(Role.CLERK), Grant(Role.OPERATOR))
    async with desks_at(house) as desks, desks.chair(known) as chair:
        assert said not in (await chair.get(path)).text
        assert "no mail server is set" not in (await chair.get("/console/sending")).text
        assert await send(house, None, lambda: datetime.now(UTC)) == ["failed"]
        page = (await chair.get(path)).text
        assert said in page
        assert "could not be delivered: e-mail" in page
        assert "no mail server is set" in (await chair.get("/console/sending")).text
        await says(house, conversation, "我回来了")
        assert said not in (await chair.get(path)).text


async def test_it_stands_in_the_resident_s_data(house: House, server: MailServer) -> None:
    """That one was sent, by which way, and when."""
    conversation, _ = await answered(house)
    await send(house, server)
    async with transaction(house.engine) as connection:
        data = await service.data_of(connection, conversation.id, house.parts(), timezone=ZONE)
    assert [(one["kind"], one["state"]) for one in data["texts_of_answers"]] == [("mail", "sent")]


async def test_a_job_sends_it(house: House, server: MailServer) -> None:
    """A minute later, by itself."""
    await answered(house)
    async with transaction(house.engine) as connection:
        await connection.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'tickets.send_mail'")
        )
    async with house.jobs({Mailing: mailing(house, server)}):
        await until(lambda: states(house), becomes=["sent"])
    assert len(server.taken) == 1
