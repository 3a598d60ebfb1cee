"""What clerks do with tickets beside answering: give, hold, note, close for a reason, reopen; clocks that are kept."""

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.staffed import actor, key_in
from sqlalchemy import text

from desk.city.answering import Answering
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.rows import ConversationRow
from desk.sealing.opening import Purpose, traced
from desk.staff.news import News
from desk.store.database import transaction
from desk.tickets.assigning import Assigning
from desk.tickets.ending.reopening import Reopening
from desk.tickets.holding import Holding, resume_due
from desk.tickets.listing import Filter, Listing
from desk.tickets.looking import look
from desk.tickets.merging import Merging
from desk.tickets.notes import Notes, UnknownMention, notes_of
from desk.tickets.notices import ALLOW_TRANSFER, REFUSE_TRANSFER, transfer_payload
from desk.tickets.office_time import OfficeTime
from desk.tickets.presence import Presence
from desk.tickets.queue import minutes_of, open_matter
from desk.tickets.rows import TicketRow
from desk.tickets.transferring import Transferring

LI, WANG = actor("li"), actor("wang")
CLERK = Grant(Role.CLERK)
OPEN, CLOSED = datetime(2026, 11, 24, 2, tzinfo=UTC), datetime(2026, 11, 22, 2, tzinfo=UTC)
"""A Tuesday morning, and a Sunday."""


async def waits(house: House, *, service: str | None = None) -> tuple[ConversationRow, TicketRow]:
    """A conversation with a ticket that waits."""
    conversation = await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=service)
    return conversation, (await house.clerks.waiting(LI))[-1]


async def colleagues(house: House, *logins: str, grants: tuple[Grant, ...] = (CLERK,)) -> None:
    """Members of staff."""
    async with transaction(house.engine) as connection:
        for login in logins:
            await key_in(connection, login, *grants)


async def kinds(house: House, ticket: TicketRow) -> list[str]:
    """What happened to a ticket."""
    async with house.engine.connect() as connection:
        query = text("SELECT kind FROM ticket_events WHERE ticket_id = :id ORDER BY id")
        return list((await connection.execute(query, {"id": ticket.id})).scalars())


async def audited(house: House) -> list[tuple[str, str, str]]:
    """Who did what, and why."""
    async with house.engine.connect() as connection:
        rows = await connection.execute(text("SELECT actor, act, reason FROM audit_records ORDER BY number"))
        return [(row.actor, row.act, row.reason) for row in rows]


async def test_an_opened_ticket_has_due_times_and_somebody_looks(house: House) -> None:
    """First answer and resolution are due; a job waits for the first step, which is half of the two hours."""
    _, ticket = await waits(house)
    assert ticket.first_answer_due is not None
    assert ticket.resolution_due is not None
    assert ticket.opened_at < ticket.first_answer_due < ticket.resolution_due
    assert ticket.next_answer_due is None
    query = "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'tickets.look_at_clocks'"
    assert abs(await house.scalar(query) - await house.scalar("SELECT look_at FROM tickets")) < timedelta(minutes=2)


async def test_each_step_of_a_limit_is_told_once(house: House) -> None:
    """Half, eighty and a hundred percent; a job that runs twice or too early tells nothing."""
    _, ticket = await waits(house)
    news, told = News(house.redis), []
    for _ in range(3):
        at = await house.scalar("SELECT look_at FROM tickets")
        told.append(await look(house.engine, news, house.cities, ticket.id, at - timedelta(milliseconds=1)))
        told += await asyncio.gather(*(look(house.engine, news, house.cities, ticket.id, at) for _ in range(3)))
    steps = [("first_answer", 50), ("first_answer", 80), ("first_answer", 100)]
    assert sorted(step for one in told for step in one) == sorted(steps)
    assert (await house.clerks.find(LI, ticket.id)).escalated == 100
    assert (await kinds(house, ticket)).count("escalated") == 3


async def test_an_answer_stops_the_first_clock_and_a_message_starts_the_next(house: House) -> None:
    """What is due next is what somebody waits for."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await house.say(conversation, "first")
        await house.settle(conversation)
        assert (await house.clerks.find(LI, ticket.id)).next_answer_due is None
        answered = await house.clerks.reply(LI, ticket.id, "hello")
        assert (answered.first_answer_due, answered.escalated) == (None, 0)
        assert await house.scalar("SELECT first_answer_seconds FROM tickets") is not None
        await house.say(conversation, "second")
        await house.settle(conversation)
        assert (await house.clerks.find(LI, ticket.id)).next_answer_due is not None
        assert (await house.clerks.reply(LI, ticket.id, "hello")).next_answer_due is None


async def test_an_end_stops_all_clocks(house: House) -> None:
    """Nothing is due any more; how long it took is kept."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    ended = await house.clerks.close(LI, ticket.id, "duplicate")
    assert (ended.due_at, ended.close_reason) == (None, "duplicate")
    assert await house.scalar("SELECT resolution_seconds FROM tickets") is not None
    assert await house.scalar("SELECT first_answer_seconds IS NULL FROM tickets")


async def test_a_ticket_is_given_to_a_colleague(house: House) -> None:
    """By who has it; the colleague speaks from then on, and it is in the audit."""
    await colleagues(house, "wang")
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    given = await Assigning(house.clerks).assign(LI, ticket.id, "wang")
    assert (given.state, given.claimed_by) == ("claimed", "wang")
    with pytest.raises(Conflict, match="claimed by wang"):
        await house.clerks.reply(LI, ticket.id, "hello")
    await house.clerks.reply(WANG, ticket.id, "hello")
    assert [act for _, act, _ in await audited(house)][-3:] == ["ticket.claim", "ticket.assign", "ticket.reply"]


@pytest.mark.parametrize(
    ("login", "raises"), [("nobody", NotFound), ("editor", Conflict), ("elsewhere", Conflict), ("away", Conflict)]
)
async def test_only_who_may_answer_is_given_a_ticket(house: House, login: str, raises: type[Exception]) -> None:
    """Not one who is unknown, has another role, is of another city, or does nothing any more."""
    await colleagues(house, "editor", grants=(Grant(Role.EDITOR),))
    await colleagues(house, "elsewhere", grants=(Grant(Role.CLERK, "ningbo"),))
    await colleagues(house, "away")
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE staff SET disabled_at = clock_timestamp() WHERE login = 'away'"))
    _, ticket = await waits(house)
    with pytest.raises(raises):
        await Assigning(house.clerks).assign(LI, ticket.id, login)
    assert (await house.clerks.find(LI, ticket.id)).state == "open"


async def test_a_clerk_gives_away_only_what_is_theirs(house: House) -> None:
    """Others' tickets are given by those who may assign; a reason is needed to take one over."""
    await colleagues(house, "wang", "zhao")
    _, ticket = await waits(house)
    zhao = actor("zhao", CLERK)
    await house.clerks.claim(actor("li", CLERK), ticket.id)
    with pytest.raises(NotPermitted):
        await Assigning(house.clerks).assign(zhao, ticket.id, "wang")
    with pytest.raises(Conflict, match="reason"):
        await Assigning(house.clerks).take_over(zhao, ticket.id, reason=" ")
    taken = await Assigning(house.clerks).take_over(zhao, ticket.id, reason="Li is ill")
    assert taken.claimed_by == "zhao"
    assert (await audited(house))[-1] == ("zhao", "ticket.take_over", "Li is ill")


async def test_a_ticket_goes_back_into_the_queue_and_the_resident_hears_it(house: House) -> None:
    """They are told their place; whoever claims it next has it."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    back = await Assigning(house.clerks).put_back(LI, ticket.id)
    assert (back.state, back.claimed_by) == ("open", None)
    assert "第1位" in (await house.texts(conversation))[-1]
    assert (await house.clerks.claim(WANG, ticket.id)).claimed_by == "wang"


async def test_tickets_are_shared_out_in_turn_up_to_what_a_clerk_can_have(house: House) -> None:
    """The one with the fewest is next; who has five gets no sixth; who may not answer gets none."""
    await colleagues(house, "wang", "zhao")
    await colleagues(house, "editor", grants=(Grant(Role.EDITOR),))
    presence, shares = Presence(house.redis), Assigning(house.clerks)
    for login in ("wang", "zhao", "editor"):
        await presence.here(login)
    given = []
    for _ in range(11):
        _, ticket = await waits(house)
        shared = await shares.share_out(LI, ticket.id, await presence.present())
        given.append(None if shared is None else shared.claimed_by)
    assert sorted(given[:2]) == ["wang", "zhao"]
    assert {name: given.count(name) for name in ("wang", "zhao", None)} == {"wang": 5, "zhao": 5, None: 1}


async def test_who_looks_at_a_ticket_is_seen(house: House) -> None:
    """By login, while the console says so."""
    presence = Presence(house.redis)
    await presence.here("wang", ticket_id=4711)
    assert await presence.looking(4711) == ["wang"]
    assert await presence.looking(4712) == []
    await presence.gone("wang")
    assert await presence.present() == []


async def test_a_hold_stops_the_resolution_and_ends_by_itself(house: House) -> None:
    """Until its time, once; nothing is due while it lasts but an answer."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    holding, until = Holding(house.clerks), datetime.now(UTC) + timedelta(hours=3)
    held = await holding.hold(LI, ticket.id, until, reason="The bureau looks it up")
    assert (held.held_until, held.resolution_due) == (until, None)
    until += timedelta(hours=1)
    longer = await holding.hold(LI, ticket.id, until, reason="It takes longer")
    assert (longer.held_until, longer.resolution_due) == (until, None)
    news = News(house.redis)
    early = await resume_due(house.engine, news, house.cities, ticket.id, until - timedelta(hours=1))
    on_time = [await resume_due(house.engine, news, house.cities, ticket.id, until) for _ in range(2)]
    assert (early, on_time) == (False, [True, False])
    back = await house.clerks.find(LI, ticket.id)
    assert back.held_until is None
    assert back.resolution_due is not None
    assert await house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.resume_held'") == 2


async def test_a_hold_of_days_ends_while_the_agency_is_open(house: House) -> None:
    """When it next opens, where its time is at night; one of hours ends when it was told."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    city = house.cities[ticket.city]
    night = city.local(datetime.now(UTC) + timedelta(days=3)).replace(hour=3, minute=12)
    held = await Holding(house.clerks).hold(LI, ticket.id, night, reason="wait", in_office=True)
    assert held.held_until is not None
    opens = OfficeTime(city).open_on(ticket.agency, city.local(held.held_until).date())
    assert (held.held_until > night, held.held_until) == (True, opens[0].begins)
    by_day = held.held_until + timedelta(minutes=5)
    for at, in_office in ((by_day, True), (night, False)):
        held = await Holding(house.clerks).hold(LI, ticket.id, at, reason="wait", in_office=in_office)
        assert held.held_until == at


@pytest.mark.parametrize("away", [timedelta(minutes=-1), timedelta(days=31)])
async def test_a_hold_ends_within_a_month(house: House, away: timedelta) -> None:
    """Not before it begins, either."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    with pytest.raises(Conflict, match="30 days"):
        await Holding(house.clerks).hold(LI, ticket.id, datetime.now(UTC) + away, reason="wait")


async def test_a_message_ends_a_hold_and_a_snooze(house: House) -> None:
    """The clerk sees the ticket again at once."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        until = datetime.now(UTC) + timedelta(days=1)
        await Holding(house.clerks).hold(LI, ticket.id, until, reason="wait")
        assert (await Holding(house.clerks).snooze(LI, ticket.id, until)).snoozed_until == until
        await house.say(conversation, "here it is")
        await house.settle(conversation)
    back = await house.clerks.find(LI, ticket.id)
    assert (back.held_until, back.snoozed_until) == (None, None)
    assert back.resolution_due is not None


async def test_a_clerk_goes_on_with_what_was_on_hold(house: House) -> None:
    """Before its time."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    holding = Holding(house.clerks)
    with pytest.raises(Conflict, match="not on hold"):
        await holding.resume(LI, ticket.id)
    await holding.hold(LI, ticket.id, datetime.now(UTC) + timedelta(hours=1), reason="wait")
    assert (await holding.resume(LI, ticket.id)).held_until is None


async def test_notes_are_sealed_and_no_resident_sees_them(house: House) -> None:
    """Who is mentioned is named, if they can read it; nothing of a note stands in the store in plain words."""
    await colleagues(house, "wang")
    conversation, ticket = await waits(house)
    before = await house.events(conversation)
    said = "She called before. @wang please look, mail a@nobody.example @ghost"
    assert await Notes(house.clerks).add(LI, ticket.id, said, anyway=True) == ["wang"]
    async with transaction(house.engine) as connection:
        key = await traced(connection, conversation.id, Purpose.TRANSCRIPT, reader="li")
        [note] = await notes_of(connection, ticket, key)
    assert (note.author, note.text, note.mentions) == ("li", said, ["wang"])
    assert await house.events(conversation) == before
    for table in ("ticket_notes", "ticket_events", "audit_records"):
        query = f"SELECT count(*) FROM {table} AS kept WHERE kept::text LIKE '%called before%'"
        assert await house.scalar(query) == 0


async def test_a_note_that_names_nobody_who_reads_it_is_not_kept_unasked(house: House) -> None:
    """Neither a login that there is not, nor a colleague of elsewhere, nor one who is disabled."""
    await colleagues(house, "wang", "gone")
    async with transaction(house.engine) as connection:
        await key_in(connection, "far", Grant(Role.CLERK, "ningbo"))
        await connection.execute(text("UPDATE staff SET disabled_at = clock_timestamp() WHERE login = 'gone'"))
    _, ticket = await waits(house)
    for login in ("nobody", "far", "gone"):
        with pytest.raises(UnknownMention, match=f"@{login}"):
            await Notes(house.clerks).add(LI, ticket.id, f"@wang and @{login}, please")
    assert await house.scalar("SELECT count(*) FROM ticket_notes") == 0
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'ticket.note'") == 0


async def test_a_ticket_is_merged_into_another_of_the_resident(house: House) -> None:
    """It ends as a duplicate without a word, its notes go along; only within one resident."""
    conversation, ticket = await waits(house)
    async with transaction(house.engine) as connection:
        more = {"city": ticket.city, "agency": ticket.agency, "service": None}
        matter = await open_matter(connection, conversation.id, reason="second_trade", matter="second:1", **more)
    assert matter is not None
    _, strange = await waits(house)
    merging, said = Merging(house.clerks), await house.texts(conversation)
    await Notes(house.clerks).add(LI, matter.id, "paid twice")
    with pytest.raises(Conflict, match="one resident"):
        await merging.merge(LI, matter.id, strange.id)
    merged = await merging.merge(LI, matter.id, ticket.id)
    assert (merged.state, merged.close_reason, merged.due_at) == ("closed", "duplicate", None)
    assert await house.scalar("SELECT ticket_id FROM ticket_notes") == ticket.id
    assert await house.texts(conversation) == said
    with pytest.raises(Conflict, match="closed"):
        await merging.merge(LI, ticket.id, matter.id)


async def test_who_is_mentioned_finds_the_ticket(house: House) -> None:
    """While it is not at its end."""
    await colleagues(house, "wang")
    _, ticket = await waits(house)
    await Notes(house.clerks).add(LI, ticket.id, "@wang please")
    listing, mentions = Listing(house.engine), Filter(shown="mentions")
    found, more = await listing.tickets(WANG, mentions)
    assert ([one.ticket.id for one in found], more) == ([ticket.id], False)
    assert await listing.tickets(LI, mentions) == ([], False)
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.close(LI, ticket.id)
    assert await listing.tickets(WANG, mentions) == ([], False)


async def test_notes_go_when_a_resident_has_everything_erased(house: House) -> None:
    """Their key is dropped; the rows go, too, and the clocks stand still."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await Notes(house.clerks).add(LI, ticket.id, "a note")
        for part in house.parts():
            async with transaction(house.engine) as connection:
                await part.erase(connection, conversation.id)
    assert await house.scalar("SELECT count(*) FROM ticket_notes") == 0
    gone = await house.clerks.find(LI, ticket.id)
    assert (gone.state, gone.due_at) == ("withdrawn", None)


async def test_who_closes_says_why(house: House) -> None:
    """Of a short list, which the audit keeps."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    with pytest.raises(Conflict, match="no reason to close"):
        await house.clerks.close(LI, ticket.id, "tired")
    assert (await house.clerks.close(LI, ticket.id, "spam")).reopens_until is None


async def emergency(house: House) -> tuple[ConversationRow, TicketRow]:
    """A ticket that waits, and the ticket of an emergency in its conversation, which somebody has taken."""
    conversation, ticket = await waits(house)
    about = {"city": ticket.city, "agency": ticket.agency, "service": None, "priority": 1}
    async with transaction(house.engine) as connection:
        urgent = await open_matter(connection, conversation.id, reason="emergency_fire", matter="emergency:1", **about)
    assert urgent is not None
    await house.clerks.claim(LI, ticket.id)
    return conversation, await house.clerks.claim(LI, urgent.id)


@pytest.mark.parametrize("reason", ["solved", "spam"])
async def test_an_emergency_does_not_end_before_somebody_answers(house: House, reason: str) -> None:
    """Nor by handing it back or into another ticket; once a person has written it is a ticket like others."""
    conversation, urgent = await emergency(house)
    other = next(one for one in await house.clerks.waiting(LI) if one.id != urgent.id)
    assert urgent.needs_a_person
    for end in (
        house.clerks.close(LI, urgent.id, reason),
        house.clerks.close(LI, urgent.id, reason, why_not=" "),
        house.clerks.hand_back(LI, urgent.id),
        Merging(house.clerks).merge(LI, urgent.id, other.id),
    ):
        with pytest.raises(Conflict, match="Nobody has answered"):
            await end
    assert (await house.clerks.find(LI, urgent.id)).state == "claimed"
    answered = await house.clerks.reply(LI, urgent.id, "119 已派出，请撤到楼下。")
    assert not answered.needs_a_person
    assert (await house.clerks.close(LI, urgent.id, reason)).state == "closed"
    assert len(await house.texts(conversation)) > 1


async def test_who_closes_an_emergency_without_an_answer_says_why(house: House) -> None:
    """The audit keeps it."""
    _, urgent = await emergency(house)
    closed = await house.clerks.close(LI, urgent.id, "solved", why_not="Called 119, they had spoken with her")
    assert (closed.state, closed.needs_a_person) == ("closed", False)
    assert (await audited(house))[-1] == ("li", "ticket.close", "Called 119, they had spoken with her")


async def test_a_resident_reopens_what_is_not_settled(house: House) -> None:
    """By the button beside the last word; other messages are the bot's."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await house.clerks.close(LI, ticket.id)
        await house.say(conversation, "hello")
        await house.settle(conversation)
        assert (await house.texts(conversation))[-1] == "1:hello"
        await house.say(conversation, "/reopen_ticket", kind="payload")
        await house.settle(conversation)
    again = await house.clerks.find(LI, ticket.id)
    assert (again.state, again.claimed_by, again.close_reason) == ("open", None, None)
    assert again.due_at is not None
    assert ticket.reference in (await house.texts(conversation))[-1]


async def test_who_was_waited_for_reopens_by_writing(house: House) -> None:
    """A ticket that was closed because the resident wrote no more goes on when they do."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await house.clerks.close(LI, ticket.id, "no_answer")
        await house.say(conversation, "here are the papers")
        await house.settle(conversation)
    assert (await house.clerks.find(LI, ticket.id)).state == "open"
    assert (await kinds(house, ticket))[-1] == "reopened"


async def test_what_was_closed_long_ago_stays_closed(house: House) -> None:
    """The agency's setting decides: then the message is the bot's, and the button has expired."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await house.clerks.close(LI, ticket.id, "no_answer")
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET reopens_until = clock_timestamp()"))
        await house.say(conversation, "hello")
        await house.say(conversation, "/reopen_ticket", kind="payload")
        await house.settle(conversation)
    assert (await house.clerks.find(LI, ticket.id)).state == "closed"
    assert (await house.texts(conversation))[-2] == "1:hello"


async def test_a_clerk_reopens_with_a_reason(house: House) -> None:
    """Unless the resident has another ticket by now."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    reopening = Reopening(house.clerks)
    with pytest.raises(Conflict, match="claimed by li"):
        await reopening.reopen(LI, ticket.id, reason="not settled")
    await house.clerks.close(LI, ticket.id)
    assert (await reopening.reopen(LI, ticket.id, reason="not settled")).state == "open"
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.close(LI, ticket.id)
    async with transaction(house.engine) as connection:
        hand_over = house.hand_over()
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    with pytest.raises(Conflict, match="another ticket") as refused:
        await reopening.reopen(LI, ticket.id, reason="not settled")
    (other,) = await house.clerks.waiting(LI)
    assert refused.value.said is not None
    agency = house.catalogs.name(house.cities["hangzhou"].agency(other.agency).names.model_dump(), "en")
    said = house.catalogs.text(refused.value.said, "en")
    assert f"another open ticket, {other.reference} ({agency})" in said


async def test_another_agency_has_a_ticket_once_the_resident_agrees(house: House) -> None:
    """Until then all stays; then it waits there, its clocks go on in other hours, and its old clerk has it no more."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        other = house.cities[ticket.city].agencies[-1]
        await house.clerks.claim(LI, ticket.id)
        asked = await Transferring(house.clerks).ask(LI, ticket.id, other.slug, reason="It is theirs")
        assert (asked.agency, asked.transfer_to, asked.state) == (ticket.agency, other.slug, "claimed")
        message = (await house.events(conversation))[-1].body["message"]
        assert (message["author"], other.names.zh_Hans in message["text"]) == ("clerk", True)
        third = house.cities[ticket.city].agencies[-2]
        with pytest.raises(Conflict, match="asked already"):
            await Transferring(house.clerks).ask(LI, ticket.id, third.slug, reason="or theirs")
        await house.say(conversation, transfer_payload(ALLOW_TRANSFER, ticket.reference, other.slug), kind="payload")
        await house.settle(conversation)
        there = (await house.texts(conversation))[-1]
        await house.say(conversation, "还在吗")
        await house.settle(conversation)
    given = await house.clerks.find(LI, ticket.id)
    assert (given.agency, given.transfer_to, given.state, given.claimed_by) == (other.slug, None, "open", None)
    assert other.phone in there
    assert other.phone in (await house.texts(conversation))[-1], "the agency that has it is named"
    assert (await kinds(house, ticket))[-1] == "transferred"


async def test_a_resident_who_does_not_agree_stays_with_the_clerk(house: House) -> None:
    """They hear that nothing is passed on; the clerk sees it, and has to answer. A press of long ago does nothing."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        other = house.cities[ticket.city].agencies[-1]
        await house.clerks.claim(LI, ticket.id)
        await Transferring(house.clerks).ask(LI, ticket.id, other.slug, reason="It is theirs")
        said = await house.texts(conversation)
        for word in (REFUSE_TRANSFER, ALLOW_TRANSFER):
            await house.say(conversation, transfer_payload(word, ticket.reference, other.slug), kind="payload")
        await house.settle(conversation)
        stays = await house.clerks.find(LI, ticket.id)
        assert (stays.agency, stays.transfer_to, stays.claimed_by) == (ticket.agency, None, "li")
        [told] = (await house.texts(conversation))[len(said) :]
        assert ticket.reference in told
        assert house.cities[ticket.city].agency(ticket.agency).names.zh_Hans in told
        third = house.cities[ticket.city].agencies[-2].slug
        await Transferring(house.clerks).ask(LI, ticket.id, third, reason="or theirs")
        await house.say(conversation, transfer_payload(ALLOW_TRANSFER, ticket.reference, other.slug), kind="payload")
        await house.settle(conversation)
        stays = await house.clerks.find(LI, ticket.id)
        assert (stays.agency, stays.transfer_to, stays.claimed_by) == (ticket.agency, third, "li"), (
            "nobody agreed to that"
        )
        no = transfer_payload(REFUSE_TRANSFER, ticket.reference, third, 2)
        await house.say(conversation, no, kind="payload")
        await house.settle(conversation)
        await Transferring(house.clerks).ask(LI, ticket.id, third, reason="once more")
        for old in (no, transfer_payload(ALLOW_TRANSFER, ticket.reference, third, 2)):
            await house.say(conversation, old, kind="payload")
        await house.settle(conversation)
    stays = await house.clerks.find(LI, ticket.id)
    assert (stays.agency, stays.transfer_to, stays.claimed_by) == (ticket.agency, third, "li"), "asked anew"
    assert (await kinds(house, ticket)).count("transfer_refused") == 2


async def test_a_ticket_is_passed_only_to_another_agency_of_its_city(house: House) -> None:
    """Not to its own, nor to one that there is not."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    with pytest.raises(Conflict, match="already"):
        await Transferring(house.clerks).ask(LI, ticket.id, ticket.agency, reason="why")
    with pytest.raises(NotFound):
        await Transferring(house.clerks).ask(LI, ticket.id, "nowhere", reason="why")


@pytest.mark.parametrize(("speaker", "shown"), [("agency", "{0}"), ("name", "{0} · Li"), ("number", "{0} · 2 号")])
async def test_residents_see_who_speaks_as_the_agency_wants_it(house: House, speaker: str, shown: str) -> None:
    """The agency alone, with a name, or with a number."""
    await colleagues(house, "wang", "li")
    conversation, ticket = await waits(house)
    city = house.cities[ticket.city]
    agencies = [one.model_copy(update={"answering": Answering(speaker=speaker)}) for one in city.agencies]
    cities = {**house.cities, city.slug: city.model_copy(update={"agencies": agencies})}
    clerks = replace(house.clerks, cities=cities)
    await clerks.claim(LI, ticket.id)
    await clerks.reply(LI, ticket.id, "hello")
    name = city.agency(ticket.agency).names.zh_Hans
    assert (await house.events(conversation))[-1].body["message"]["speaker"] == shown.format(name)


async def test_an_estimate_is_the_median_of_what_was_and_none_of_too_little(house: House) -> None:
    """Of the agency's last twenty first answers; with four nothing is said of it."""
    for seconds in (60, 600, 700, 3600):
        _, ticket = await waits(house)
        async with transaction(house.engine) as connection:
            query = text("UPDATE tickets SET first_answer_seconds = :seconds, state = 'closed' WHERE id = :id")
            await connection.execute(query, {"seconds": seconds, "id": ticket.id})
            assert await minutes_of(connection, ticket) is None
    _, ticket = await waits(house)
    async with transaction(house.engine) as connection:
        await connection.execute(query, {"seconds": 661, "id": ticket.id})
        assert await minutes_of(connection, ticket) == 12
    conversation, told = await house.open(), []
    for day in (OPEN, CLOSED):
        async with transaction(house.engine) as connection:
            hand_over = house.hand_over(lambda now=day: now)
            await connection.execute(text("UPDATE tickets SET state = 'closed'"))
            opened, _ = await hand_over.open(
                connection, conversation, opened_by="resident", reason="asked", service=None
            )
            told += [one.text for one in opened]
    assert ["近期约半数咨询在12分钟内得到首次答复" in one for one in told] == [True, False]


async def test_an_answer_of_before_the_claim_comes_before_it_or_never(house: House) -> None:
    """The claim waits for the answer that is on its way; what was written after it is the clerk's to answer."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.say(conversation, "slow=0.6 hello")
        await house.say(conversation, "and this")
        await until(lambda: asked(bot, 1))
        await house.clerks.claim(LI, ticket.id)
        await house.settle(conversation)
    events = await house.events(conversation)
    claimed = next(
        at for at, one in enumerate(events) if one.type == "ticket" and one.body["ticket"]["state"] == "claimed"
    )
    authors = [(at, one.body["message"]["author"]) for at, one in enumerate(events) if one.type == "message"]
    assert [author for at, author in authors if at > claimed] == []
    assert len(bot.requests) <= 2


async def test_a_frozen_worker_says_nothing_after_the_claim(house: House) -> None:
    """Its transaction is ended by the store, the clerk has the conversation, and what it had computed is lost."""
    async with FakeBot() as bot:
        conversation, ticket = await waits(house)
        async with house.worker_process(bot.url, idle_seconds=1.0) as pid:
            await house.say(conversation, "hold hello")
            await until(lambda: asked(bot, 1))
            os.kill(pid, signal.SIGSTOP)
            await house.clerks.claim(LI, ticket.id)
            await house.clerks.reply(LI, ticket.id, "Good day.")
            bot.let_go.set()
            os.kill(pid, signal.SIGCONT)
            await house.settle(conversation)
    assert await house.texts(conversation) == ["Good day."]


async def asked(bot: FakeBot, times: int) -> bool:
    """Whether the bot was asked so often."""
    return len(bot.requests) >= times
