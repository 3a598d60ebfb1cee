"""The backstop: who helps where the first receiver has not taken a ticket up in its time, and who is asked before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from pydantic import ValidationError
from sqlalchemy import text

from desk.city.answering import Answering
from desk.city.files import City
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.rows import ConversationRow
from desk.staff.news import News
from desk.store.database import transaction
from desk.tickets.figures import Figures, Wanted
from desk.tickets.listing import Filter, Listing
from desk.tickets.looking import look
from desk.tickets.notices import ALLOW_BACKSTOP, REFUSE_BACKSTOP, transfer_payload
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks
from desk.tickets.staffing.backstop import call
from desk.tickets.workbench import Workbench

CITY, FIRST, OTHER = "hangzhou", "city_hall", "gas"
LI = actor("li")
HELPER = actor("helper", Grant(Role.CLERK, CITY, OTHER))
OWN = actor("own", Grant(Role.CLERK, CITY, FIRST))
LATE = text("UPDATE tickets SET first_answer_due = clock_timestamp() - interval '1 minute'")


def with_backstop(house: House, *, handler: str | None = None) -> Clerks:
    """The room of tickets where an agency is the backstop of the first; of one handler, where that is named."""
    city = house.cities[CITY]
    agencies = [
        one.model_copy(
            update={
                "handler": handler if one.slug in (FIRST, OTHER) else None,
                "answering": Answering(backstop=OTHER) if one.slug == FIRST else one.answering,
            }
        )
        for one in city.agencies
    ]
    return replace(house.clerks, cities={**house.cities, CITY: city.model_copy(update={"agencies": agencies})})


async def late(house: House) -> tuple[ConversationRow, TicketRow]:
    """A ticket that nobody has taken up when its first answer is due."""
    conversation = await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        await connection.execute(LATE)
    return conversation, (await house.clerks.waiting(LI))[-1]


async def says(house: House, conversation: ConversationRow, payload: str) -> str:
    """Press a button; answers what was said last."""
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, payload, kind="payload")
        await house.settle(conversation)
    return (await house.texts(conversation))[-1]


async def seen_by_helper(house: House) -> list[str | None]:
    """What the helper's list has: whose backstop their agency is."""
    return [one.ticket.backstop for one in (await Listing(house.engine).tickets(HELPER, Filter()))[0]]


async def test_an_office_of_the_same_handler_helps_at_once(house: House) -> None:
    """It reads, claims and answers, in its own name; the ticket stays the first receiver's, also in figures."""
    room = with_backstop(house, handler="city")
    conversation, ticket = await late(house)
    with pytest.raises(NotPermitted):
        await room.claim(HELPER, ticket.id)
    assert await call(room, ticket.id)
    assert not await call(room, ticket.id)
    assert await seen_by_helper(house) == [OTHER]
    assert (await Workbench(room).open(HELPER, ticket.id)).ticket.agency == FIRST
    await room.claim(HELPER, ticket.id)
    await room.reply(HELPER, ticket.id, "hello")
    speaker = (await house.events(conversation))[-1].body["message"]["speaker"]
    assert speaker == house.cities[CITY].agency(OTHER).names.zh_Hans
    today = utc_now().date()
    [row] = await Figures(house.engine).rows(LI, Wanted(today - timedelta(days=2), today + timedelta(days=2)))
    assert (row.agency, row.in_work) == (FIRST, 1)
    acts = "SELECT count(*) FROM audit_records WHERE act = 'ticket.backstop' AND actor = 'backstop' AND agency = :at"
    assert await house.scalar(acts, at=FIRST) == 1
    assert await house.scalar("SELECT count(*) FROM staff_alerts WHERE agency = :at", at=OTHER) == 1


async def test_the_first_receiver_keeps_what_is_theirs(house: House) -> None:
    """Their clerks still claim it, and then the backstop's cannot."""
    room = with_backstop(house, handler="city")
    _, ticket = await late(house)
    await call(room, ticket.id)
    claimed = await room.claim(OWN, ticket.id)
    assert (claimed.claimed_by, claimed.backstop) == ("own", OTHER)


async def test_another_handler_reads_nothing_before_the_resident_agrees(house: House) -> None:
    """They are asked by two buttons; a yes is recorded as a consent, and to one ticket and one agency."""
    room = with_backstop(house)
    conversation, ticket = await late(house)
    assert await call(room, ticket.id)
    assert not await call(room, ticket.id)
    asked = (await house.texts(conversation))[-1]
    for agency in (FIRST, OTHER):
        assert house.cities[CITY].agency(agency).names.zh_Hans in asked
    assert await seen_by_helper(house) == []
    with pytest.raises(NotPermitted):
        await Workbench(room).open(HELPER, ticket.id)
    await says(house, conversation, transfer_payload(ALLOW_BACKSTOP, "T-999-4", OTHER))
    assert await seen_by_helper(house) == []
    await says(house, conversation, transfer_payload(ALLOW_BACKSTOP, ticket.reference, OTHER))
    assert await seen_by_helper(house) == [OTHER]
    consent = await house.scalar("SELECT row_to_json(consents) FROM consents")
    assert (consent["agency"], consent["purpose"]) == (OTHER, "ticket.may_backstop")
    assert (await room.claim(HELPER, ticket.id)).claimed_by == "helper"


async def test_a_resident_who_does_not_agree_stays_with_the_first(house: House) -> None:
    """Nothing else changes, and nobody asks again."""
    room = with_backstop(house)
    conversation, ticket = await late(house)
    await call(room, ticket.id)
    assert ticket.reference in await says(
        house, conversation, transfer_payload(REFUSE_BACKSTOP, ticket.reference, OTHER)
    )
    assert await seen_by_helper(house) == []
    assert not await call(room, ticket.id)


@pytest.mark.parametrize("why", ["in_time", "claimed", "no_backstop"])
async def test_the_backstop_is_called_for_what_is_late_and_waits(house: House, why: str) -> None:
    """And only where the city's file names one."""
    room = house.clerks if why == "no_backstop" else with_backstop(house, handler="city")
    _, ticket = await late(house)
    if why == "in_time":
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET first_answer_due = clock_timestamp() + interval '1 h'"))
    elif why == "claimed":
        await room.claim(OWN, ticket.id)
    assert not await call(room, ticket.id)
    assert await seen_by_helper(house) == []


async def test_the_clock_calls_it_at_the_end_of_the_first_answer(house: House) -> None:
    """A job is queued with the last step, once."""
    _, ticket = await late(house)
    for _ in range(3):
        await look(
            house.engine, News(house.redis), house.cities, ticket.id, await house.scalar("SELECT look_at FROM tickets")
        )
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.call_backstop'"
    assert await house.scalar(queued) == 1


def test_a_city_file_names_another_agency(house: House) -> None:
    """One that is not there, or the agency itself, is refused at start."""
    city = house.cities[CITY]
    for wrong in (FIRST, "nowhere"):
        document = city.model_dump()
        document["agencies"][0]["answering"]["backstop"] = wrong
        with pytest.raises(ValidationError, match="names no other agency"):
            City.model_validate(document)


async def test_the_queue_says_that_the_first_receiver_stays_responsible(house: House) -> None:
    """On the list and on the ticket."""
    room = with_backstop(house, handler="city")
    _, ticket = await late(house)
    await call(room, ticket.id)
    known = await hire(house.engine, "helper", Grant(Role.CLERK, CITY, OTHER))
    async with desks_at(house) as desks, desks.chair(known) as chair:
        assert "first receiver stays responsible" in (await chair.get("/console/tickets")).text
        page = await chair.get(f"/console/tickets/{ticket.reference}")
        assert "First receiver stays responsible" in page.text
        assert f'action="/console/tickets/{ticket.reference}/claim"' in page.text
