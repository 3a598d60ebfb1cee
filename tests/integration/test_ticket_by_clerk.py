"""Tickets that clerks open for residents at a counter or on the telephone. Real PostgreSQL and Valkey."""

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor

from desk.contract.errors import Conflict
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.rows import ConversationRow
from desk.tickets.by_clerk import ByClerk

CLERK = Grant(Role.CLERK, "hangzhou")
LIN = actor("lin", CLERK)
ORDER = "202611290000000000000001"


async def test_the_resident_is_told_and_the_clerk_has_the_ticket(house: House) -> None:
    """It is claimed at once, its clock of a first answer runs, and why stands in the audit."""
    conversation = await house.open()
    ticket = await ByClerk(house.clerks).open(LIN, conversation.id, "city_hall", reason="at the counter")
    assert (ticket.state, ticket.claimed_by, ticket.opened_by, ticket.reason) == ("claimed", "lin", "clerk", "clerk")
    assert ticket.reference in (await house.texts(conversation))[-1]
    assert await house.scalar("SELECT first_answer_due IS NOT NULL FROM tickets") is True
    assert await house.scalar("SELECT reason FROM audit_records WHERE act = 'ticket.open'") == "at the counter"
    await house.clerks.reply(LIN, ticket.id, "您好")
    assert (await house.texts(conversation))[-1] == "您好"


async def test_there_is_one_ticket_in_a_conversation(house: House) -> None:
    """A second is refused by the first one's number, and nobody is told of anything."""
    conversation = await house.open()
    first = await ByClerk(house.clerks).open(LIN, conversation.id, "city_hall", reason="at the counter")
    said = await house.texts(conversation)
    with pytest.raises(Conflict, match=first.reference):
        await ByClerk(house.clerks).open(LIN, conversation.id, "city_hall", reason="again")
    assert await house.texts(conversation) == said


@pytest.mark.parametrize(
    ("grant", "agency", "reason", "error"),
    [
        (Grant(Role.CLERK, "ningbo"), "city_hall", "why", NotPermitted),
        (Grant(Role.AGENCY_ADMIN, "hangzhou"), "city_hall", "why", NotPermitted),
        (Grant(Role.CLERK, "hangzhou", "water"), "city_hall", "why", NotPermitted),
        (CLERK, "nobody", "why", Conflict),
        (CLERK, "city_hall", "", Conflict),
    ],
    ids=["of another city", "answers nobody", "of another agency", "no such agency", "no reason"],
)
async def test_who_may_not_opens_none(
    house: House, grant: Grant, agency: str, reason: str, error: type[Exception]
) -> None:
    """Nothing is opened."""
    conversation = await house.open()
    with pytest.raises(error):
        await ByClerk(house.clerks).open(actor("x", grant), conversation.id, agency, reason=reason)
    assert await house.scalar("SELECT count(*) FROM tickets") == 0


async def earlier(house: House) -> tuple[ConversationRow, str]:
    """A conversation whose ticket is closed, and the ticket's number."""
    conversation = await house.open()
    ticket = await ByClerk(house.clerks).open(LIN, conversation.id, "city_hall", reason="at the counter")
    await house.clerks.close(LIN, ticket.id)
    return conversation, ticket.reference


async def test_the_conversation_is_found_by_a_number(house: House) -> None:
    """Of an earlier ticket; a number that is none, or is another agency's, is said beside the field."""
    conversation, reference = await earlier(house)
    known = await hire(house.engine, "wei", CLERK)
    stranger = await hire(house.engine, "far", Grant(Role.CLERK, "ningbo"))
    async with desks_at(house) as desks, desks.chair(known) as chair, desks.chair(stranger) as other:
        new = "/console/tickets/new"
        for number in ("", "4711", "T-999-4", ORDER):
            wrong = await chair.post(new, {"number": number, "reason": "at the counter"}, of=new)
            assert (wrong.status, wrong.errors != "") == (422, True)
        assert (await other.post(new, {"number": reference, "reason": "curious"}, of=new)).status == 403
        opened = await chair.post(new, {"number": reference.lower(), "reason": "at the counter"}, of=new)
        assert opened.path.startswith("/console/tickets/T-")
        assert "wei" in opened.text
    assert await house.scalar("SELECT count(*) FROM tickets WHERE conversation_id = :id", id=conversation.id) == 2
