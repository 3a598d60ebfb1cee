"""What tickets of a list are about, in a few masked words of their residents. Who reads them leaves a trace."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor
from desk.conversations.service import OF_STAFF
from desk.sealing.opening import KEY, Purpose, opened, traced_newly
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.texts.addresses import without_codes
from desk.texts.masking import masked
from desk.tickets.contact import wishes, without_contact
from desk.tickets.rows import TicketRow

LONGEST, WHOLE = 80, 400  # characters that are shown in a list, and on the page of one
LOOKED_AT = 3  # messages before the opening, and as many after
EMERGENCY = "emergency:"
"""How the matter of an emergency begins: what was said of it is what it is about."""

ABOUT_NOTHING = frozenset(
    {
        *(
            "affirm",
            "cancel",
            "change_language",
            "choose",
            "correct",
            "deny",
            "go_back",
            "goodbye",
            "greet",
            "human_agent",
        ),
        *("inform", "list_services", "restart", "thanks"),
    }
)
"""Intents of messages that do not say what somebody wants: a person, a yes, a value that was asked for."""

SAID = f"""
    SELECT message.id, message.body, message.understanding FROM inbound_messages AS message
    WHERE message.conversation_id = ticket.conversation_id AND message.kind = 'text'
      AND (message.outcome IS NULL OR message.outcome NOT IN ('erased', 'graded'))
      AND message.external_id NOT LIKE '{OF_STAFF}%'
"""
WORDS = text(f"""
    SELECT ticket.id AS ticket, ticket.conversation_id, said.body, said.understanding, said.rank,
           {KEY.format("ticket.conversation_id")} AS wrapped
    FROM tickets AS ticket CROSS JOIN LATERAL (
        SELECT body, understanding, row_number() OVER (ORDER BY id DESC) AS rank FROM (
            {SAID} AND message.received_at <= ticket.opened_at ORDER BY message.received_at DESC LIMIT {LOOKED_AT}
        ) AS before
        UNION ALL
        SELECT body, understanding, {LOOKED_AT} + row_number() OVER (ORDER BY id) FROM (
            {SAID} AND message.received_at > ticket.opened_at ORDER BY message.received_at LIMIT {LOOKED_AT}
        ) AS after
    ) AS said
    WHERE ticket.id = ANY (:ids) ORDER BY ticket.id, said.rank
""")
"""What residents wrote last before their tickets were opened, the newest first, then the first ones that came after."""
_WORDS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Subjects:
    """What tickets are about."""

    engine: AsyncEngine

    async def of(self, actor: Actor, tickets: Sequence[TicketRow]) -> Mapping[int, str]:
        """The subjects of tickets that the actor reads in a list, by id; none where nothing says it.

        Reading them leaves a trace in each conversation and stands in the audit, once a day of each.
        """
        wanted = [one.id for one in tickets if one.conversation_id is not None and _has_subject(one)]
        if not wanted:
            return {}
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(WORDS, {"ids": wanted})).all()
            said = {ticket: _told(connection, list(of)) for ticket, of in groupby(rows, lambda row: row.ticket)}
        subjects = {ticket: subject_in(told) for ticket, told in said.items()}  # masked while nothing is held
        found = {ticket: subject for ticket, subject in subjects.items() if subject}
        async with transaction(self.engine) as connection:
            await _trace(connection, actor, [one for one in tickets if one.id in found])
        return found


async def told_in(connection: AsyncConnection, ticket: TicketRow) -> Sequence[str]:
    """What says what a ticket is about whose conversation somebody has opened, which left the trace; unmasked.

    `subject_in` makes a subject of it, once nothing of the store is held.
    """
    if ticket.conversation_id is None or not _has_subject(ticket):
        return ()
    rows = (await connection.execute(WORDS, {"ids": [ticket.id]})).all()
    return _told(connection, rows) if rows else ()


def subject_in(told: Sequence[str], longest: int = LONGEST) -> str:
    """The first of some texts that says something, masked and short; empty: none does."""
    seen = (masked(without_codes(said)) for said in told)
    return shortened(next((said for said in seen if _says_something(said)), ""), longest)


async def _trace(connection: AsyncConnection, actor: Actor, tickets: Iterable[TicketRow]) -> None:
    read: dict[UUID, str] = {one.conversation_id: one.reference for one in tickets if one.conversation_id is not None}
    new = await traced_newly(connection, list(read), Purpose.LIST, reader=actor.login)
    if new:
        await record(connection, actor, "ticket.list", details={"tickets": sorted(read[one] for one in new)})


def _has_subject(ticket: TicketRow) -> bool:
    """Whether it is opened for what its resident said: of other matters the row says what they are."""
    return ticket.matter is None or ticket.matter.startswith(EMERGENCY)


def _told(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[str]:
    try:
        key = opened(connection, rows[0].conversation_id, rows[0].wrapped, Purpose.LIST)
        wanted = [row for row in rows if _intent(row, key) not in ABOUT_NOTHING]
        return [str(key.open(row.body, "message")["text"]) for row in wanted]
    except Unsealable:  # its page says so; the list stands
        return []


def _says_something(said: str) -> bool:
    """Whether masked words say more than a contact that was left, or that one is left."""
    return _WORDS.search(without_contact(said)) is not None and not wishes(said)


def _intent(row: Row[Any], key: DataKey) -> str:
    understood = None if row.understanding is None else key.open(row.understanding, "message")
    return str(((understood or {}).get("intent") or {}).get("name", ""))


def shortened(said: str, longest: int = LONGEST) -> str:
    """The first characters of a text in one line, with an ellipsis where there are more."""
    line = " ".join(said.split())
    return line if len(line) <= longest else f"{line[:longest].rstrip()}…"
