"""What residents hear of their tickets from who has them, without asking."""

from datetime import timedelta

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.staffed import actor, key_in
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.assigning import Assigning
from desk.tickets.ending.reopening import Reopening
from desk.tickets.notices import REOPEN
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.introducing import introduce
from desk.tickets.workbench import Workbench

LI, WANG = actor("li"), actor("wang")
CLERK = Grant(Role.CLERK)


async def waits(house: House, *, locale: str = "zh_Hans") -> tuple[ConversationRow, TicketRow]:
    """A conversation with a ticket that waits."""
    conversation = await house.open(locale=locale)
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    return conversation, (await house.clerks.waiting(LI))[-1]


async def colleagues(house: House, *logins: str) -> None:
    """Members of staff."""
    async with transaction(house.engine) as connection:
        for login in logins:
            await key_in(connection, login, CLERK)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_who_waits_hears_who_has_taken_their_ticket(house: House, locale: str) -> None:
    """Within some seconds, once, in their language, and as whom the agency lets them see its clerks."""
    conversation, ticket = await waits(house, locale=locale)
    said = await house.texts(conversation)
    await house.clerks.claim(LI, ticket.id)
    async with house.jobs():
        await until(lambda: _grows(house, conversation, len(said)))
    assert not await introduce(house.clerks, ticket.id)
    [told] = (await house.texts(conversation))[len(said) :]
    agency = house.cities[ticket.city].agency(ticket.agency)
    assert house.catalogs.name(agency.names.model_dump(), conversation.locale) in told
    assert ticket.reference in told


async def _grows(house: House, conversation: ConversationRow, before: int) -> bool:
    return len(await house.texts(conversation)) > before


async def test_an_answer_in_the_same_moment_says_who_speaks(house: House) -> None:
    """The notice is left out: it would say the same twice."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.reply(LI, ticket.id, "您好")
    assert not await introduce(house.clerks, ticket.id)
    assert (await house.texts(conversation))[-1] == "您好"


async def test_each_clerk_who_takes_it_from_the_queue_is_introduced(house: House) -> None:
    """Put back and taken again, the ticket has another clerk; once it has ended there is none."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.reply(LI, ticket.id, "您好")
    await Assigning(house.clerks).put_back(LI, ticket.id)
    assert not await introduce(house.clerks, ticket.id), "nobody has it"
    await house.clerks.claim(WANG, ticket.id)
    assert await introduce(house.clerks, ticket.id)
    said = await house.texts(conversation)
    await house.clerks.close(WANG, ticket.id)
    assert not await introduce(house.clerks, ticket.id)
    assert len(await house.texts(conversation)) == len(said) + 1


async def test_who_was_given_a_ticket_is_introduced_once_they_have_opened_it(house: House) -> None:
    """Until then it may go to the next."""
    await colleagues(house, "wang")
    _, ticket = await waits(house)
    given = await Assigning(house.clerks).share_out(LI, ticket.id, ["wang"], opens_within=timedelta(minutes=5))
    assert given is not None
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.introduce'"
    assert (await introduce(house.clerks, ticket.id), await house.scalar(queued)) == (False, 0)
    await Workbench(house.clerks).open(WANG, ticket.id)
    assert await house.scalar(queued) == 1
    assert await introduce(house.clerks, ticket.id)


async def test_nobody_is_introduced_where_all_was_erased(house: House) -> None:
    """There is nobody to tell, nor of a ticket that there is not."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET conversation_id = NULL"))
    assert not await introduce(house.clerks, ticket.id)
    assert not await introduce(house.clerks, 999_999)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_who_is_sent_elsewhere_hears_why(house: House, locale: str) -> None:
    """A ticket that its agency refuses does not end without a word of it."""
    conversation, ticket = await waits(house, locale=locale)
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.close(LI, ticket.id, "not_ours")
    told = (await house.texts(conversation))[-1]
    agency = house.cities[ticket.city].agency(ticket.agency)
    assert house.catalogs.name(agency.names.model_dump(), conversation.locale) in told
    assert ticket.reference in told
    assert "12345" in told


async def test_who_has_two_tickets_of_one_matter_hears_which_one_counts(house: House) -> None:
    """A duplicate ends with the reference of the other; where there is no other, as any ticket."""
    conversation, first = await waits(house)
    await house.clerks.claim(LI, first.id)
    await house.clerks.close(LI, first.id, "duplicate")
    alone = (await house.texts(conversation))[-1]
    async with transaction(house.engine) as connection:
        await house.hand_over().open(connection, conversation, opened_by="resident", reason="asked", service=None)
    [second] = await house.clerks.waiting(LI)
    await house.clerks.claim(LI, second.id)
    await house.clerks.close(LI, second.id, "duplicate")
    told = (await house.texts(conversation))[-1]
    assert (first.reference in told, second.reference in told) == (True, True)
    assert second.reference not in alone


@pytest.mark.parametrize("ends", ["close", "hand_back"])
async def test_what_is_said_after_a_ticket_is_not_read_as_if_somebody_waited(house: House, ends: str) -> None:
    """The bot reads it in a situation without the ticket, though no turn has stated that it ended."""
    waits_for = {"what": "ticket", "service": "human_agent", "status": "open"}
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        bot.answers = [{"situation": {"version": 1, "standing": [waits_for]}}] * 3
        for said in ("ticket", "and also this"):
            await house.say(conversation, said)
            await house.settle(conversation)
        [ticket] = await house.clerks.waiting(LI)
        await house.clerks.claim(LI, ticket.id)
        await getattr(house.clerks, ends)(LI, ticket.id)
        await house.say(conversation, "a person please")
        await house.settle(conversation)
    stood = [one["context"]["situation"] for one in bot.requests]
    assert [stood[0], stood[1]["standing"], stood[2]["standing"]] == [None, [waits_for], []]


@pytest.mark.parametrize("way", ["button", "words", "clerk"])
@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_who_has_a_ticket_reopened_hears_of_it(house: House, way: str, locale: str) -> None:
    """Once: that it waits again, under which number, and how to go on without a clerk or leave a contact."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house, locale=locale)
        await house.clerks.claim(LI, ticket.id)
        await house.clerks.close(LI, ticket.id, "no_answer" if way == "words" else "solved")
        before = len(await house.events(conversation))
        if way == "clerk":
            await Reopening(house.clerks).reopen(LI, ticket.id, reason="not settled")
        elif way == "button":
            await house.say(conversation, REOPEN, kind="payload")
        else:
            await house.say(conversation, "the light is still out")
        await house.settle(conversation)
    events = (await house.events(conversation))[before:]
    [told] = [one.body["message"] for one in events if one.type == "message"]
    assert ticket.reference in told["text"]
    assert [one["payload"] for one in told["buttons"]] == ["/withdraw_ticket", "/leave_contact"]
    assert [one.body["ticket"]["state"] for one in events if one.type == "ticket"] == ["open"]
