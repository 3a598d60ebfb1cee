"""Whether a day went as it must: by what residents saw, and by what the store holds at the end.

Every check answers the faults that it found, in words; an empty list is a good day.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.day_clerks import Ledger
from bench.day_residents import EMERGENCY, Resident
from desk.audit.reading import verify
from desk.city.files import City
from desk.store.database import transaction
from desk.tickets.clocks import Clocks, Happening
from desk.tickets.history import EVENTS
from desk.tickets.notices import ALLOW_TRANSFER, REFUSE_TRANSFER
from desk.tickets.office_time import OfficeTime
from desk.tickets.reference import reference_of

NUMBERS = ("119", "120")
STREAM = text("SELECT seq FROM conversation_counters WHERE conversation_id = :id")
UNANSWERED = text("SELECT count(*) FROM inbound_messages WHERE answered_at IS NULL")
STORED = text("SELECT count(*) FROM inbound_messages WHERE conversation_id = :id")
TICKETS = text("""
    SELECT id, city, state, urgency, matter, claimed_by, first_answer_seconds, resolution_seconds, first_answer_due,
           next_answer_due, resolution_due
    FROM tickets WHERE id > :before ORDER BY id
""")
ACTS = text("SELECT subject, act, count(*) AS times FROM audit_records WHERE subject LIKE 'T-%' GROUP BY subject, act")
AUDITED: Mapping[str, str] = {
    "claimed": "ticket.claim",
    "answered": "ticket.reply",
    "held": "ticket.hold",
    "closed": "ticket.close",
    "handed_back": "ticket.hand_back",
    "transfer_asked": "ticket.transfer",
    "assigned": "ticket.assign",
    "noted": "ticket.note",
    "returned": "ticket.return",
}
"""What happened to a ticket by a clerk, and its record in the audit: as many of one as of the other."""


def of_resident(one: Resident, ledger: Ledger) -> list[str]:
    """What is wrong with what a resident saw."""
    return [f"resident {one.number}: {fault}" for fault in (*_order(one), *_answers(one), *_voices(one, ledger))]


def emergencies_of(one: Resident) -> set[str]:
    """The ids of the messages in which a resident told of an emergency."""
    return {said.id for said in one.said if said.words == EMERGENCY}


def _order(one: Resident) -> Iterator[str]:
    seqs = [event["seq"] for event in one.heard]
    if seqs != list(range(1, len(seqs) + 1)):
        yield f"events came out of order, twice or not at all: {seqs}"


def _answers(one: Resident) -> Iterator[str]:
    done = [event["in_reply_to"] for event in one.heard if event["type"] == "turn_done"]
    if done != [said.id for said in one.said]:
        yield f"{len(one.said)} messages were accepted, and the turns that ended are not theirs in their order"
    ended = set[str]()
    for event in one.heard:
        if event["type"] == "turn_done":
            ended.add(event["in_reply_to"])
        elif event["type"] == "message" and event["message"]["in_reply_to"] in ended:
            yield "something was said in a turn that had ended"


def _voices(one: Resident, ledger: Ledger) -> Iterator[str]:
    """Nobody but the clerk speaks while one has the conversation, and each reply is heard once, in its order.

    The account names who has taken a ticket, once after each claim.
    """
    words = {said.id: said.words for said in one.said}
    claimed, unnamed, heard = set[str](), set[str](), list[str]()
    for event in one.heard:
        if event["type"] == "ticket":
            reference, state = event["ticket"]["reference"], event["ticket"]["state"]
            for those in (claimed, unnamed):
                (those.add if state == "claimed" else those.discard)(reference)
        elif event["type"] == "message" and event["message"]["author"] == "clerk":
            if not claimed:
                yield "a clerk spoke who had not claimed the ticket"
            if not any(button["payload"].startswith(ALLOW_TRANSFER) for button in event["message"]["buttons"]):
                heard.append(event["message"]["text"])
        elif event["type"] == "message" and (named := _named(event["message"], unnamed)):
            unnamed.discard(named)
        elif event["type"] == "message" and claimed and not _may_be_said(event["message"], words):
            yield f"the bot spoke while a clerk had the conversation: {event['message']['text'][:80]!r}"
    confirmed = [words for reference in one.tickets for words in ledger.replies.get(reference, [])]
    if Counter(heard) != Counter(confirmed):
        yield f"clerks said {confirmed}, and {heard} was heard"
    for reference in one.tickets:
        of_it = [said for said in heard if said in ledger.replies.get(reference, [])]
        if of_it != ledger.replies.get(reference, []):
            yield f"replies of {reference} were heard in another order"


def _named(message: Mapping[str, Any], unnamed: Set[str]) -> str | None:
    """The ticket whose clerk a message names: it comes by itself, and says the reference of one just taken."""
    if message["in_reply_to"] is not None:
        return None
    return next((reference for reference in unnamed if reference in message["text"]), None)


def _may_be_said(message: Mapping[str, Any], words: Mapping[str, str]) -> bool:
    """What the account may say beside a clerk: an emergency's numbers, and what comes of allowing a transfer.

    The latter is said in the turn that ends the claim.
    """
    said = words.get(message["in_reply_to"] or "", "")
    if said == EMERGENCY:
        return any(number in message["text"] for number in NUMBERS)
    return said.startswith((ALLOW_TRANSFER, REFUSE_TRANSFER))


async def of_store(
    engine: AsyncEngine,
    cities: Mapping[str, City],
    residents: Sequence[Resident],
    ledger: Ledger,
    waiting: int,
    *,
    before: int,
) -> list[str]:
    """What is wrong with the store. So many tickets are to be waiting still; those up to `before` are older."""
    faults: list[str] = []
    async with transaction(engine) as connection:
        if left := (await connection.execute(UNANSWERED)).scalar_one():
            faults.append(f"{left} messages are not answered")
        for one in residents:
            about = {"id": UUID(one.session)}
            last, stored = [(await connection.execute(asked, about)).scalar_one() for asked in (STREAM, STORED)]
            if (last, stored) != (len(one.heard), len(one.said)):
                faults.append(
                    f"resident {one.number} heard {len(one.heard)} events of {last}, said {len(one.said)} of {stored}"
                )
        tickets = (await connection.execute(TICKETS, {"before": before})).all()
        acts = {(row.subject, row.act): row.times for row in await connection.execute(ACTS)}
        for ticket in tickets:
            events = (await connection.execute(EVENTS, {"id": ticket.id})).all()
            faults += [f"{reference_of(ticket.id)}: {fault}" for fault in _of_ticket(ticket, events, cities, acts)]
        live = [ticket for ticket in tickets if ticket.state in ("open", "claimed")]
        if len(live) != waiting or any(ticket.state == "claimed" for ticket in live):
            faults.append(f"{len(live)} tickets have not ended, and {waiting} should wait")
        verdict = await verify(connection)
        faults += [f"audit: {fault}" for fault in verdict.faults]
    ours = {reference_of(ticket.id) for ticket in tickets}
    said = sum(len(words) for reference, words in ledger.replies.items() if reference in ours)
    recorded = sum(times for (reference, act), times in acts.items() if act == "ticket.reply" and reference in ours)
    if said != recorded:
        faults.append(f"clerks replied {said} times, and {recorded} replies are in the audit")
    return faults


def _of_ticket(
    ticket: Any, events: Sequence[Any], cities: Mapping[str, City], acts: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """Its clocks are what its events say, and what staff did stands in the audit as often as it happened."""
    happenings = [
        Happening(row.at, row.kind, row.agency, row.detail.get("clock"), row.detail.get("percent")) for row in events
    ]
    now = max([datetime.now(UTC), *(row.at for row in events)])
    clocks, office = Clocks(happenings), OfficeTime(cities[ticket.city])
    readings = clocks.read(office, now, ticket.urgency)
    resolution = readings["resolution"]
    expected = (
        clocks.own_answer_seconds(office),
        resolution.seconds if resolution.met else None,
        *(readings[name].due_at for name in ("first_answer", "next_answer", "resolution")),
    )
    kept = (
        *(ticket.first_answer_seconds, ticket.resolution_seconds),
        *(ticket.first_answer_due, ticket.next_answer_due, ticket.resolution_due),
    )
    if kept != expected:
        yield f"its clocks are {kept}, and its events say {expected}"
    if resolution.met and resolution.seconds > (events[-1].at - events[0].at).total_seconds() + 1:
        yield "it took longer than it lasted"
    counted = Counter(row.kind for row in events)
    for kind, act in AUDITED.items():
        recorded = acts.get((reference_of(ticket.id), act), 0)
        if counted[kind] != recorded:
            yield f"{kind} happened {counted[kind]} times, and {recorded} records of {act} are in the audit"
    if ticket.state in ("closed", "handed_back") and ticket.state not in counted:
        yield f"it is {ticket.state} and nothing of it happened"
