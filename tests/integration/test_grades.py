"""Grades of tickets: asked, given, changed, mended with a call-back, counted. Real PostgreSQL and Valkey."""

import csv
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor, key_in
from sqlalchemy import text

from desk.city.answering import Answering
from desk.city.files import City, Hours
from desk.contract.errors import Conflict, NotFound
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.conversations import erasure
from desk.conversations.live import Live
from desk.conversations.numbered import picked
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.assigning import Assigning
from desk.tickets.grades.figures import GradeFigures
from desk.tickets.grades.inviting import invite
from desk.tickets.grades.ledger import Grade, invited_at
from desk.tickets.grades.notices import payload_of, skip_payload
from desk.tickets.holding import Holding
from desk.tickets.listing import Filter, Listing
from desk.tickets.merging import Merging
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.workbench import Workbench

CLERK, ANALYST = Grant(Role.CLERK), Grant(Role.ANALYST)
LI, WANG = actor("li", CLERK), actor("wang", CLERK)
ADMIN = actor("an", Grant(Role.AGENCY_ADMIN))
CITY = "hangzhou"
GRADE = text("SELECT * FROM ticket_grades ORDER BY id DESC LIMIT 1")
WORDS = "等了两个小时没有人理我，电话是13800001234"
TOLD = "您反映的问题已核实，窗口已增加人手。"


async def waits(house: House, conversation: ConversationRow | None = None) -> tuple[ConversationRow, TicketRow]:
    """A conversation with a ticket that waits."""
    conversation = conversation or await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    return conversation, (await house.clerks.waiting(actor("op")))[-1]


async def ended(house: House, reason: str = "solved") -> tuple[ConversationRow, TicketRow]:
    """A ticket that Li has closed, and its resident was asked."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    return conversation, await house.clerks.close(LI, ticket.id, reason)


async def press(house: House, conversation: ConversationRow, ticket: TicketRow, grade: Grade) -> None:
    """Press a grade."""
    await house.say(conversation, payload_of(ticket.reference, grade), kind="payload")
    await house.settle(conversation)


async def graded(house: House) -> dict[str, Any]:
    """The newest row of a grade."""
    async with house.engine.connect() as connection:
        return dict((await connection.execute(GRADE)).one()._mapping)


async def last(house: House, conversation: ConversationRow) -> RenderedMessage:
    """What was said last."""
    said = [one.body["message"] for one in await house.events(conversation) if one.type == "message"][-1]
    return RenderedMessage.model_validate({key: said[key] for key in ("text", "locale", "buttons")})


@asynccontextmanager
async def bad(house: House, grade: Grade = Grade.DISSATISFIED) -> AsyncIterator[tuple[ConversationRow, TicketRow]]:
    """A ticket of Li's that was graded badly, while the bot runs: the conversation, and the ticket that mends it."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        await press(house, conversation, ticket, grade)
        yield conversation, await house.clerks.find(WANG, (await graded(house))["mending_id"])


@pytest.mark.parametrize("end", ["solved", "no_answer", "handed_back"])
async def test_the_end_of_a_ticket_offers_five_grades_in_its_message(house: House, end: str) -> None:
    """Each names the ticket; the button by which it is reopened comes last."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    await (house.clerks.hand_back(LI, ticket.id) if end == "handed_back" else house.clerks.close(LI, ticket.id, end))
    message = await last(house, conversation)
    assert [one.title for one in message.buttons][:5] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert [one.payload for one in message.buttons][:5] == [payload_of(ticket.reference, one) for one in Grade]
    assert [one.payload for one in message.buttons][5:] == ([] if end == "handed_back" else ["/reopen_ticket"])
    assert "您满意吗" in message.text


@pytest.mark.parametrize("end", ["duplicate", "not_ours", "spam"])
async def test_who_was_not_served_is_not_asked(house: House, end: str) -> None:
    """A ticket that was no matter of the agency is graded by nobody."""
    conversation, _ = await ended(house, end)
    assert (await last(house, conversation)).buttons == []
    assert await house.scalar("SELECT count(*) FROM ticket_grades") == 0


async def test_an_agency_may_ask_nobody(house: House) -> None:
    """By its city's file."""
    conversation, ticket = await waits(house)
    clerks = replace(house.clerks, cities=answering(house, grades=False))
    await clerks.claim(LI, ticket.id)
    await clerks.close(LI, ticket.id)
    assert [one.payload for one in (await last(house, conversation)).buttons] == ["/reopen_ticket"]


async def test_a_good_grade_is_kept_once(house: House) -> None:
    """A double press changes nothing, opens nothing, and is answered as the first."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        for _ in range(2):
            await press(house, conversation, ticket, Grade.SATISFIED)
    kept = await graded(house)
    assert (kept["grade"], kept["clerk"], kept["mending_id"]) == ("satisfied", "li", None)
    texts = await house.texts(conversation)
    assert texts[-1] == texts[-2]
    assert "“满意”已记录" in texts[-1]
    assert await house.scalar("SELECT count(*) FROM ticket_events WHERE kind = 'graded'") == 1
    assert bot.requests == []


@pytest.mark.parametrize("said", ["不满意", "不滿意", " 不满意。", "dissatisfied"])
async def test_a_grade_is_given_in_words(house: House, said: str) -> None:
    """In any language of the account, where a grade was asked; it reopens nothing, and the bot is not asked."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house, "no_answer")
        await house.say(conversation, said)
        await house.settle(conversation)
    assert (await graded(house))["grade"] == "dissatisfied"
    assert (await house.clerks.find(WANG, ticket.id)).state == "closed"
    assert bot.requests == []


async def test_a_channel_without_buttons_takes_the_number(house: House) -> None:
    """The line of a grade stands for its button; words that were never asked for are the bot's."""
    conversation, ticket = await ended(house)
    message = await last(house, conversation)
    assert picked("4", [message]) == payload_of(ticket.reference, Grade.DISSATISFIED)
    async with FakeBot() as bot, house.worker(bot.url):
        other = await house.open()
        await house.say(other, "满意")
        await house.settle(other)
        assert await house.texts(other) == ["1:满意"]


async def test_anothers_ticket_cannot_be_graded(house: House) -> None:
    """A payload that was not offered in this conversation has expired, and leaves nothing."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, ticket = await ended(house)
        other, _ = await ended(house)
        await press(house, other, ticket, Grade.VERY_DISSATISFIED)
    assert await house.scalar("SELECT count(*) FROM ticket_grades WHERE grade IS NOT NULL") == 0
    assert "过期" in (await house.texts(other))[-1] or "失效" in (await house.texts(other))[-1]


async def test_a_bad_grade_opens_a_mending_of_fifteen_office_days(house: House) -> None:
    """In the agency's queue, of its own kind; the conversation goes on with the bot."""
    async with bad(house) as (conversation, mending):
        await house.say(conversation, skip_payload((await ended_of(house)).reference), kind="payload")
        await house.say(conversation, "hello")
        await house.settle(conversation)
        assert (await house.texts(conversation))[-1] == "1:hello"
    first = await ended_of(house)
    assert (mending.agency, mending.state, mending.reason) == (first.agency, "open", "bad_grade")
    assert (mending.matter, mending.is_mending) == (f"grade:{first.reference}", True)
    assert mending.resolution_due is not None
    assert timedelta(days=15) < mending.resolution_due - mending.opened_at < timedelta(days=30)


async def ended_of(house: House) -> TicketRow:
    """The ticket that was graded."""
    return await house.clerks.find(WANG, (await graded(house))["ticket_id"])


async def test_what_went_wrong_is_asked_once_and_sealed(house: House) -> None:
    """One sentence, which nobody reads in the store, nor among the lines of the conversation; the bot is not asked."""
    async with bad(house) as (conversation, mending):
        assert "哪里没做好" in (await house.texts(conversation))[-1]
        await house.say(conversation, WORDS)
        await house.settle(conversation)
        await house.say(conversation, "next")
        await house.settle(conversation)
        assert (await house.texts(conversation))[-1] == "1:next"
    kept = await graded(house)
    assert set(kept["words"]) == {"sealed"}
    assert (await house.scalar("SELECT count(*) FROM ticket_grades WHERE words::text LIKE '%没有人%'")) == 0
    sheet = await Workbench(house.clerks).open(WANG, mending.id)
    assert sheet.grade is not None
    assert sheet.grade.words is not None
    assert sheet.grade.words.startswith("等了两个小时没有人理我")
    assert "13800001234" not in sheet.grade.words, "masked until it is revealed"
    assert not [line for line in sheet.lines if "没有人理我" in line.text or "哪里没做好" in line.text]
    revealed = await Workbench(house.clerks).reveal(WANG, mending.id, reason="to mend it")
    assert revealed.grade is not None
    assert revealed.grade.words == WORDS


async def test_nothing_need_be_written(house: House) -> None:
    """By a button; what is written then is the bot's."""
    async with bad(house) as (conversation, _):
        ticket = await ended_of(house)
        await house.say(conversation, skip_payload(ticket.reference), kind="payload")
        await house.say(conversation, "hello")
        await house.settle(conversation)
    assert (await house.texts(conversation))[-1] == "1:hello"
    assert (await graded(house))["words"] is None


async def test_only_the_next_message_is_taken_for_what_went_wrong(house: House) -> None:
    """Who presses the same again is asked again; who goes on with something else is not held up."""
    async with bad(house) as (conversation, _):
        ticket = await ended_of(house)
        await press(house, conversation, ticket, Grade.DISSATISFIED)
        assert "哪里没做好" in (await house.texts(conversation))[-1]
        await house.say(conversation, "/long_gone", kind="payload")
        await house.say(conversation, "hello")
        await house.settle(conversation)
        assert (await graded(house))["words"] is None
        await press(house, conversation, ticket, Grade.VERY_DISSATISFIED)
        await house.say(conversation, WORDS)
        await house.settle(conversation)
    assert set((await graded(house))["words"]) == {"sealed"}
    assert await house.scalar("SELECT count(*) FROM tickets WHERE matter LIKE 'grade:%'") == 1


async def test_a_grade_is_changed_while_its_mending_is_not_finished(house: House) -> None:
    """Good: nobody needs to mend it; bad again: the same ticket goes on, and no second one is opened."""
    async with bad(house) as (conversation, mending):
        ticket = await ended_of(house)
        await press(house, conversation, ticket, Grade.SATISFIED)
        assert (await house.clerks.find(WANG, mending.id)).state == "withdrawn"
        assert (await graded(house))["grade"] == "satisfied"
        await press(house, conversation, ticket, Grade.VERY_DISSATISFIED)
        again = await house.clerks.find(WANG, mending.id)
        assert (again.state, again.resolution_due is not None) == ("open", True)
        await house.clerks.claim(WANG, mending.id)
        await press(house, conversation, ticket, Grade.FAIRLY_SATISFIED)
        assert (await house.clerks.find(WANG, mending.id)).state == "claimed", "who has begun calls back"
        await press(house, conversation, ticket, Grade.DISSATISFIED)
        await house.clerks.close(WANG, mending.id, told=TOLD)
        await press(house, conversation, ticket, Grade.VERY_SATISFIED)
    assert (await graded(house))["grade"] == "dissatisfied"
    assert "不能再更改" in (await house.texts(conversation))[-1]
    assert await house.scalar("SELECT count(*) FROM tickets WHERE matter LIKE 'grade:%'") == 1


async def test_while_a_clerk_speaks_a_grade_is_kept_and_nothing_said(house: House) -> None:
    """Exactly one speaks."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        _, other = await waits(house, conversation)
        await house.clerks.claim(WANG, other.id)
        before = await house.texts(conversation)
        await press(house, conversation, ticket, Grade.DISSATISFIED)
        assert await house.texts(conversation) == before
    assert (await graded(house))["grade"] == "dissatisfied"


async def test_a_ticket_that_goes_on_is_graded_at_its_end(house: House) -> None:
    """Once it is reopened the buttons of its first end wait for the second."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        await house.say(conversation, "/reopen_ticket", kind="payload")
        await house.settle(conversation)
        await press(house, conversation, ticket, Grade.SATISFIED)
        assert "还在办理中" in (await house.texts(conversation))[-1]
        await house.clerks.claim(WANG, ticket.id)
        await house.clerks.close(WANG, ticket.id)
        await press(house, conversation, ticket, Grade.SATISFIED)
    kept = await graded(house)
    assert (kept["grade"], kept["clerk"]) == ("satisfied", "wang")


async def test_whom_a_grade_is_about_neither_finds_nor_takes_its_mending(house: House) -> None:
    """Not by its number, in no list, not as the next one, and not by giving it to themselves."""
    async with transaction(house.engine) as connection:
        for login in ("li", "wang"):
            await key_in(connection, login, CLERK)
    async with bad(house) as (_, mending):
        bench, listing = Workbench(house.clerks), Listing(house.engine)
        for attempt in (
            house.clerks.claim(LI, mending.id),
            house.clerks.find(LI, mending.id),
            Assigning(house.clerks).assign(LI, mending.id, "li"),
            bench.open(LI, mending.id),
            bench.reveal(LI, mending.id, reason="curious"),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await house.clerks.claim_next(LI) is None
        assert await house.clerks.waiting(LI) == []
        assert (await listing.tickets(LI, Filter(shown="all")))[0] == []
        assert (await listing.counts(LI)).waiting == 0
        assert (await listing.counts(WANG)).waiting == 1
        shared = await Assigning(house.clerks).share_out(ADMIN, mending.id, ["li"])
        assert shared is None
        assert (await house.clerks.claim(WANG, mending.id)).claimed_by == "wang"
        with pytest.raises(NotFound):
            await Assigning(house.clerks).take_over(LI, mending.id, reason="mine")


async def test_nobody_gives_it_to_whom_it_is_about_while_others_may_answer(house: House) -> None:
    """Not a colleague, nor who assigns, alone or with others: in the service, on the page and in its choices."""
    boss = await hire(house.engine, "boss", Grant(Role.AGENCY_ADMIN, CITY))
    for login in ("li", "wang"):
        await hire(house.engine, login, CLERK)
    async with bad(house) as (_, mending):
        for giver in (ADMIN, WANG):
            if giver is WANG:
                await house.clerks.claim(WANG, mending.id)
            with pytest.raises(Conflict, match="about li"):
                await Assigning(house.clerks).assign(giver, mending.id, "li")
        here = f"/console/tickets/{mending.reference}"
        async with desks_at(house) as desks, desks.chair(boss) as chair:
            page = await chair.get(here)
            assert '<option value="wang"' in page.text
            assert '<option value="li"' not in page.text
            refused = await chair.post(f"{here}/assign", {"login": "li"}, of=here)
            assert (refused.status, "somebody else puts it right" in refused.errors) == (422, True)
            bulk = {"do": "assign", "login": "li", "ticket": str(mending.id)}
            assert "somebody else puts it right" in (await chair.post("/console/tickets/bulk", bulk)).errors
        assert (await house.clerks.find(WANG, mending.id)).claimed_by == "wang"
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'ticket.assign'") == 0


async def test_only_who_shares_out_the_work_gives_it_to_whom_it_is_about(house: House) -> None:
    """A colleague does not; an administrator may, where nobody else answers there, and the audit says so."""
    async with transaction(house.engine) as connection:
        await key_in(connection, "li", CLERK)
    async with bad(house) as (_, mending):
        await house.clerks.claim(WANG, mending.id)
        with pytest.raises(Conflict, match="about li"):
            await Assigning(house.clerks).assign(WANG, mending.id, "li")
        given = await Assigning(house.clerks).assign(ADMIN, mending.id, "li")
        assert given.claimed_by == "li"
        assert (await Workbench(house.clerks).open(LI, mending.id)).grade is not None
    assert await house.scalar("SELECT actor FROM audit_records WHERE act = 'ticket.assign'") == "an"


async def test_whom_a_grade_is_about_sees_no_grade(house: House) -> None:
    """Their ticket looks as it did before it was given: no grade, no press, no call-back, no other ticket."""
    async with bad(house) as (conversation, mending):
        ticket = await ended_of(house)
        before = (await Workbench(house.clerks).open(LI, ticket.id)).lines
        await house.clerks.claim(WANG, mending.id)
        await house.clerks.close(WANG, mending.id, told=TOLD)
        mine = await Workbench(house.clerks).open(LI, ticket.id)
        theirs = await Workbench(house.clerks).open(WANG, ticket.id)
        assert [line.text for line in await house.clerks.transcript(LI, ticket)] == [one.text for one in before]
    assert (mine.grade, mine.others, [one.text for one in mine.lines]) == (None, [], [one.text for one in before])
    assert "graded" not in {one.kind for one in mine.happened}
    assert theirs.grade is not None
    assert theirs.grade.row.grade == "dissatisfied"
    assert TOLD in [one.text for one in theirs.lines]
    assert "graded" in {one.kind for one in theirs.happened}
    assert TOLD in await house.texts(conversation)


async def test_a_mending_ends_with_a_call_back(house: House) -> None:
    """The resident is told in words what was done and asked again; the second grade stands beside the first."""
    async with bad(house) as (conversation, mending):
        await house.clerks.claim(WANG, mending.id)
        for reason in ("solved", "spam"):
            with pytest.raises(Conflict, match="call-back"):
                await house.clerks.close(WANG, mending.id, reason)
        assert (await house.clerks.find(WANG, mending.id)).state == "claimed"
        await house.clerks.close(WANG, mending.id, told=TOLD)
        assert (await house.texts(conversation))[-2] == TOLD
        assert [one.payload for one in (await last(house, conversation)).buttons] == [
            payload_of(mending.reference, one) for one in Grade
        ]
        for grade in (Grade.SATISFIED, Grade.SATISFIED, Grade.DISSATISFIED):
            await press(house, conversation, mending, grade)
    kept = await graded(house)
    assert (kept["grade"], kept["second_grade"], kept["is_open"]) == ("dissatisfied", "satisfied", False)
    assert kept["called_back_at"] is not None
    assert kept["mended_at"] is not None
    assert await house.scalar("SELECT count(*) FROM tickets WHERE matter LIKE 'grade:%'") == 1


async def test_a_mending_is_neither_held_nor_handed_back_nor_merged(house: House) -> None:
    """Its fifteen days stand still for nobody, and it ends in no other way."""
    async with bad(house) as (conversation, mending):
        await house.clerks.claim(WANG, mending.id)
        ticket = await ended_of(house)
        until = utc_now() + timedelta(days=1)
        _, other = await waits(house, conversation)
        for attempt in (
            house.clerks.hand_back(WANG, mending.id),
            Holding(house.clerks).hold(WANG, mending.id, until, reason="wait"),
            Merging(house.clerks).merge(WANG, mending.id, other.id),
        ):
            with pytest.raises(Conflict, match="bad grade"):
                await attempt
    assert ticket.state == "closed"


async def test_a_grade_that_is_no_matter_is_called_back_and_not_mended(house: House) -> None:
    """Whoever finds that nothing was wrong says so to the resident, who is not asked again."""
    async with bad(house) as (conversation, mending):
        await house.clerks.claim(WANG, mending.id)
        await house.clerks.close(WANG, mending.id, "not_ours", told="这件事由省里负责，已转告。")
        assert (await last(house, conversation)).buttons == []
    kept = await graded(house)
    assert (kept["mended_at"], kept["called_back_at"] is not None) == (None, True)


LOCAL = ZoneInfo("Asia/Shanghai")
OPENED = datetime(2026, 9, 17, 10, tzinfo=LOCAL)  # a Thursday
DUE = datetime(2026, 10, 14, 10, tzinfo=LOCAL)
"""Fifteen office days on: the 18th, the worked Sunday 20th, 21st to 24th, 28th to 30th; after the holidays the 8th, the
9th, the worked Saturday 10th, the 12th, the 13th, and the 14th at ten."""


def answering(house: House, **settings: Any) -> dict[str, City]:
    """The cities, with agencies that answer so, from nine to five, and the holidays of the autumn of 2026."""
    city = house.cities[CITY]
    hours = [Hours.model_validate({"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"})]
    agencies = [one.model_copy(update={"answering": Answering(**settings), "hours": hours}) for one in city.agencies]
    holidays = [date(2026, 9, day) for day in (25, 26, 27)] + [date(2026, 10, day) for day in range(1, 8)]
    changed = {"agencies": agencies, "holidays": holidays, "working_weekends": [date(2026, 9, 20), date(2026, 10, 10)]}
    return {**house.cities, CITY: city.model_copy(update=changed)}


@pytest.mark.parametrize(("late", "in_time"), [(timedelta(0), 1), (timedelta(seconds=1), 0)])
async def test_mended_in_time_counts_office_days(house: House, late: timedelta, in_time: int) -> None:
    """With holidays left out and weekends that are worked counted, to the second."""
    async with bad(house) as (_, mending):
        async with transaction(house.engine) as connection:
            for query in (
                "UPDATE ticket_events SET at = :at WHERE ticket_id = :id",
                "UPDATE tickets SET opened_at = :at WHERE id = :id",
            ):
                await connection.execute(text(query), {"at": OPENED, "id": mending.id})
        clerks = replace(house.clerks, cities=answering(house), now=lambda: DUE + late)
        assert (await clerks.claim(WANG, mending.id)).resolution_due == DUE
        await clerks.close(WANG, mending.id, told=TOLD)
    row = (await GradeFigures(house.engine).by_agency(actor("fan", ANALYST), *today()))[0]
    assert (row.bad, row.called_back, row.mended, row.mended_in_time) == (1, 1, 1, in_time)


def today() -> tuple[date, date]:
    """The days of the figures."""
    return utc_now().date() - timedelta(days=2), utc_now().date() + timedelta(days=2)


async def test_who_gives_no_grade_is_invited_once(house: House) -> None:
    """After three days, whatever the job is run for; not before, and not who has given one."""
    conversation, ticket = await ended(house)
    count = len(await house.texts(conversation))
    about = (house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id)
    noon = datetime.combine(utc_now().date() + timedelta(days=4), datetime.min.time(), LOCAL) + timedelta(hours=12)
    assert await invite(*about, utc_now()) is False
    assert [await invite(*about, noon) for _ in range(3)] == [True, False, False]
    assert len(await house.texts(conversation)) == count + 1
    message = await last(house, conversation)
    assert len(message.buttons) == 5
    assert ticket.reference in message.text
    other, second = await ended(house)
    async with FakeBot() as bot, house.worker(bot.url):
        await press(house, other, second, Grade.SATISFIED)
    assert await invite(*about[:4], second.id, noon) is False


async def test_an_invitation_reaches_who_left_the_page(house: House) -> None:
    """By the outbox of the channel that they came by, where it sends news."""
    conversation, ticket = await ended(house)
    async with transaction(house.engine) as connection:
        query = text("UPDATE conversations SET pushes = 'news' WHERE id = :id")
        await connection.execute(query, {"id": conversation.id})
    noon = datetime.combine(utc_now().date() + timedelta(days=4), datetime.min.time(), LOCAL) + timedelta(hours=12)
    assert await invite(house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id, noon) is True
    assert await house.scalar("SELECT count(*) FROM deliveries WHERE lane = 1") == 1


async def test_nobody_is_invited_at_night_or_while_a_clerk_speaks(house: House) -> None:
    """It is put off until the morning, or by a day."""
    conversation, ticket = await ended(house)
    about = (house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id)
    later = utc_now().date() + timedelta(days=4)
    night, noon = (datetime(later.year, later.month, later.day, hour, tzinfo=LOCAL) for hour in (3, 12))
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.invite_grade'"
    assert (await invite(*about, night), await house.scalar(jobs)) == (False, 2)
    _, other = await waits(house, conversation)
    assert (await invite(*about, noon), await house.scalar(jobs)) == (False, 3)
    await house.clerks.claim(WANG, other.id)
    await house.clerks.close(WANG, other.id, "spam")
    assert await invite(*about, noon) is True


@pytest.mark.parametrize(
    ("hour", "wanted"), [(3, (15, 9)), (8, (15, 9)), (9, (15, 9)), (19, (15, 19)), (20, (16, 9)), (23, (16, 9))]
)
def test_an_invitation_waits_for_the_day(house: House, hour: int, wanted: tuple[int, int]) -> None:
    """From nine to eight in the evening, in the city's time."""
    at = invited_at(house.cities[CITY], datetime(2026, 10, 15, hour, tzinfo=LOCAL)).astimezone(LOCAL)
    assert (at.day, at.hour) == wanted


async def erase(house: House, conversation: ConversationRow) -> None:
    """Have all erased."""
    confirmation = RenderedMessage(text="erased", locale="zh_Hans")
    await erasure.erase(house.engine, Live(house.redis), conversation.id, confirmation, house.parts())


async def test_erasing_leaves_the_bare_grade(house: House) -> None:
    """The words are gone, a press is of no use any more, and what must be mended stays with the clerks."""
    async with bad(house) as (conversation, mending):
        ticket = await ended_of(house)
        await house.say(conversation, WORDS)
        await house.settle(conversation)
        await erase(house, conversation)
        await press(house, conversation, ticket, Grade.VERY_SATISFIED)
        stays = await house.clerks.find(WANG, mending.id)
        assert (stays.state, stays.conversation_id) == ("open", None)
        await house.clerks.claim(WANG, mending.id)
        await house.clerks.close(WANG, mending.id)
    kept = await graded(house)
    assert (kept["grade"], kept["words"], kept["is_open"]) == ("dissatisfied", None, False)
    assert (kept["mended_at"] is not None, kept["called_back_at"]) == (True, None)
    row = (await GradeFigures(house.engine).by_agency(actor("fan", ANALYST), *today()))[0]
    assert (row.asked, row.graded, row.dissatisfied, row.mended, row.called_back) == (1, 1, 1, 1, 0)


async def test_who_had_everything_erased_is_not_invited(house: House) -> None:
    """Nor has the press of an old page any effect."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        await erase(house, conversation)
        await press(house, conversation, ticket, Grade.SATISFIED)
        noon = datetime.combine(utc_now().date() + timedelta(days=4), datetime.min.time(), LOCAL) + timedelta(hours=12)
        about = (house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id)
        assert await invite(*about, noon) is False
    assert (await graded(house))["grade"] is None


async def test_a_forgotten_conversation_leaves_the_bare_grade(house: House) -> None:
    """Without its ticket, its words and its clerk."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await ended(house)
        await press(house, conversation, ticket, Grade.SATISFIED)
    async with transaction(house.engine) as connection:
        for part in house.parts():
            await part.forget(connection, [conversation.id])
        await connection.execute(text("DELETE FROM conversations WHERE id = :id"), {"id": conversation.id})
    kept = await graded(house)
    assert (kept["ticket_id"], kept["grade"], kept["clerk"], kept["words"]) == (None, "satisfied", None, None)


async def test_a_resident_is_given_out_what_they_graded(house: House) -> None:
    """With their words."""
    async with bad(house) as (conversation, _):
        await house.say(conversation, WORDS)
        await house.settle(conversation)
        async with transaction(house.engine) as connection:
            found = await erasure.data_of(connection, conversation.id, house.parts())
    assert [(one["grade"], one["words"]) for one in found["grades"]] == [("dissatisfied", WORDS)]


async def test_figures_are_what_the_page_and_the_csv_say(house: House) -> None:
    """By agency, counted by hand; who may see none sees none."""
    async with FakeBot() as bot, house.worker(bot.url):
        for grade in (Grade.VERY_SATISFIED, Grade.SATISFIED, Grade.FAIRLY_SATISFIED, Grade.DISSATISFIED):
            conversation, ticket = await ended(house)
            await press(house, conversation, ticket, grade)
        mending = await house.clerks.find(WANG, (await graded(house))["mending_id"])
        await ended(house)  # who was asked and said nothing
        await house.clerks.claim(WANG, mending.id)
        await house.clerks.close(WANG, mending.id, told=TOLD)
        await press(house, conversation, mending, Grade.SATISFIED)
    since, until = today()
    rows = await GradeFigures(house.engine).by_agency(actor("fan", ANALYST), since, until)
    assert await GradeFigures(house.engine).by_agency(actor("no", Grant(Role.ANALYST, "ningbo")), since, until) == []
    fan = await hire(house.engine, "fan", ANALYST)
    lin = await hire(house.engine, "lin", Grant(Role.CLERK, CITY))
    path = f"/console/figures/grades.csv?since={since}&until={until}"
    async with desks_at(house) as desks:
        async with desks.chair(fan) as chair:
            page = await chair.get(f"/console/figures/tickets?since={since}&until={until}")
            downloaded = await chair.get(path)
        async with desks.chair(lin) as chair:
            assert (await chair.get(path)).status == 403
    (line,) = csv.DictReader(io.StringIO(downloaded.text.removeprefix("\ufeff")))
    assert [(one.asked, one.graded) for one in rows] == [(int(line["Asked"]), int(line["Graded"]))]
    counted = list(line.values())[2:]
    assert counted == ["5", "4", "1", "1", "1", "1", "0", "75.0", "1", "1", "1", "1", "1"]
    (shown,) = re.findall(r'<tr role="row" data-grades>(.*?)</tr>', page.text, re.DOTALL)
    cells = [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<div>(.*?)</div>", shown, re.DOTALL)][1:]
    assert [one.removesuffix("&#160;%") for one in cells] == counted


async def test_the_page_of_a_ticket_shows_its_grade_and_calls_back(house: House) -> None:
    """To a colleague, who ends the mending by a form; a call-back that says nothing is refused beside its field."""
    wang = await hire(house.engine, "wang", CLERK)
    async with bad(house, Grade.VERY_DISSATISFIED) as (conversation, mending):
        await house.say(conversation, "没有人理我")
        await house.settle(conversation)
        ticket = await ended_of(house)
        async with desks_at(house) as desks, desks.chair(wang) as chair:
            first = await chair.get(f"/console/tickets/{ticket.reference}")
            assert "Very dissatisfied" in first.text
            here = f"/console/tickets/{mending.reference}"
            await chair.post(f"{here}/claim", of=here)
            page = await chair.get(here)
            assert "没有人理我" in page.text
            assert f'action="{here}/hand_back"' not in page.text
            wrong = await chair.post(f"{here}/close", {"why": "solved", "told": " "}, of=here)
            assert (wrong.status, 'href="#told"' in wrong.text) == (422, True)
            done = await chair.post(f"{here}/close", {"why": "solved", "told": TOLD}, of=here)
            assert "The ticket is closed." in done.text
    assert TOLD in await house.texts(conversation)
