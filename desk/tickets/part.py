"""Tickets in turns: whether a resident waits for a clerk, what is given out of tickets, and what erasing leaves."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.situation import read_now
from desk.conversations.own_matters import Held, OwnMatter
from desk.conversations.ports import TurnPart
from desk.conversations.rows import ConversationRow
from desk.conversations.times import at
from desk.sealing.opening import Opener
from desk.sealing.vault import DataKey
from desk.tickets.grades import ledger as grades
from desk.tickets.lists.own import asked_of, ticket_of
from desk.tickets.queue import NO_CONTACT

# Tickets that are live, and those that ended lately, each with what its agency asks for and has not got.
OWN = text("""
    SELECT ticket.id, ticket.conversation_id, ticket.city, ticket.agency, ticket.service, ticket.state,
           ticket.opened_at, ticket.ended_at,
           coalesce((SELECT jsonb_agg(jsonb_build_object('id', ask.id, 'said', ask.said, 'at', ask.asked_at)
                                      ORDER BY ask.id)
                     FROM ticket_asks AS ask
                     WHERE ask.ticket_id = ticket.id AND ask.state = 'asked' AND ask.agency = ticket.agency
                       AND ticket.state IN ('open', 'claimed')), '[]') AS asked
    FROM tickets AS ticket
    WHERE ticket.conversation_id = ANY (CAST(:whole AS uuid[]))
      AND (ticket.state IN ('open', 'claimed') OR ticket.ended_at > CAST(:now AS timestamptz) - interval '30 days')
    ORDER BY ticket.id DESC LIMIT :most
""")
MOST_OWN = 30
WAITS = """
    EXISTS (SELECT FROM tickets
             WHERE tickets.conversation_id = message.conversation_id
               AND tickets.state = 'open' AND tickets.matter IS NULL)
"""
ASKS_CONTACT = """
    EXISTS (SELECT FROM tickets
             WHERE tickets.conversation_id = message.conversation_id
               AND tickets.state = 'open' AND tickets.matter IS NULL AND tickets.contact_asked_at IS NOT NULL)
"""
OF_CONVERSATION = text("""
    SELECT id::text, state, opened_by, reason, service, opened_at, ended_at, close_reason FROM tickets
    WHERE conversation_id = :id ORDER BY tickets.id
""")
CONTACTS = text("""
    SELECT id::text, contact FROM tickets WHERE conversation_id = :id AND contact IS NOT NULL
""")
# What must still be settled stays with the clerks, without the conversation.
PART_MATTERS = text(f"""
    UPDATE tickets
    SET conversation_id = NULL, tags = '{{}}', district = '', {NO_CONTACT},
        reason = CASE WHEN matter LIKE 'emergency:%' THEN 'emergency' ELSE reason END
    WHERE conversation_id = :id AND matter IS NOT NULL AND state IN ('open', 'claimed')
""")
ASKS = text("""
    SELECT ask.what, ask.said, ask.state, ask.asked_at, ask.answered_at
    FROM ticket_asks AS ask JOIN tickets ON tickets.id = ask.ticket_id
    WHERE tickets.conversation_id = :id ORDER BY ask.id
""")
ERASE_ASKS = text("""
    DELETE FROM ticket_asks AS ask USING tickets
    WHERE ask.ticket_id = tickets.id AND tickets.conversation_id = :id
""")
TEXTS = text("""
    SELECT kind, state, made_at, ended_at FROM contact_texts WHERE conversation_id = :id ORDER BY id
""")
ERASE_TEXTS = text("DELETE FROM contact_texts WHERE conversation_id = :id")
PAST = text("SELECT question, answer, kept_at FROM past_answers WHERE conversation_id = :id ORDER BY id")
ERASE_PAST = text("DELETE FROM past_answers WHERE conversation_id = :id")
ERASE_NOTES = text("""
    DELETE FROM ticket_notes AS note USING tickets
    WHERE note.ticket_id = tickets.id AND tickets.conversation_id = :id
""")
ERASE_CLOCKS = text("""
    INSERT INTO ticket_events (ticket_id, kind, actor, agency)
    SELECT id, 'withdrawn', 'resident', agency FROM tickets
    WHERE conversation_id = :id AND state IN ('open', 'claimed')
""")
ERASE = text(f"""
    UPDATE tickets
    SET service = NULL, ended_at = coalesce(ended_at, clock_timestamp()), tags = '{{}}', district = '',
        reopens_until = NULL,
        transfer_to = NULL, held_until = NULL, escalated = 0,
        first_answer_due = NULL, next_answer_due = NULL, resolution_due = NULL,
        state = CASE WHEN state IN ('open', 'claimed') THEN 'withdrawn' ELSE state END, {NO_CONTACT}
    WHERE conversation_id = :id
""")


class Tickets(TurnPart):
    """Tells turns that a clerk is waited for. A matter that a clerk has to settle holds its conversation."""

    columns: ClassVar[Mapping[str, str]] = {"in_line": WAITS, "asks_contact": ASKS_CONTACT}
    gives: ClassVar[Mapping[str, TextClause]] = {
        "tickets": OF_CONVERSATION,
        "past_answers": PAST,
        "asked_by_clerks": ASKS,
        "texts_of_answers": TEXTS,
    }
    erases: ClassVar[Sequence[TextClause]] = (
        ERASE_ASKS,
        ERASE_TEXTS,
        ERASE_PAST,
        ERASE_NOTES,
        grades.ERASE,
        PART_MATTERS,
        ERASE_CLOCKS,
        ERASE,
    )
    holds: ClassVar[str] = """
        EXISTS (SELECT FROM tickets WHERE tickets.conversation_id = conversations.id
                AND tickets.matter IS NOT NULL AND tickets.state IN ('open', 'claimed'))
    """

    def items(
        self,
        conversation: ConversationRow,  # noqa: ARG002
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        """Of the context: whether an open ticket holds the conversation, and a contact is asked for there."""
        return {"in_line": read["in_line"], "asks_contact": read["asks_contact"]}

    def situated(self, situation: dict[str, Any] | None, read: Mapping[str, Any]) -> dict[str, Any] | None:
        """With a ticket or without, as one is open now: clerks end them."""
        return read_now(situation, waits=bool(read["in_line"]))

    async def own_matters(self, connection: AsyncConnection, held: Held) -> Sequence[OwnMatter]:
        """What clerks have in hand or had lately, and what they have asked for."""
        about = {"whole": list(held.whole), "now": held.now, "most": MOST_OWN}
        rows = (await connection.execute(OWN, about)).all()
        return [one for row in rows for one in (*asked_of(row), ticket_of(row))]

    async def data_of(
        self, connection: AsyncConnection, conversation_id: UUID, key: DataKey, timezone: tzinfo
    ) -> Mapping[str, Any]:
        """Tickets, with what was left to be reached by while one is live, and the grades that the resident gave."""
        found = await super().data_of(connection, conversation_id, key, timezone)
        rows = await connection.execute(CONTACTS, {"id": conversation_id})
        left = {row.id: key.open(row.contact, "contact")["value"] for row in rows}
        given = await grades.of_conversation(connection, conversation_id)
        return {
            **found,
            "tickets": [{**one, "contact": left.get(one["id"])} for one in found["tickets"]],
            "grades": [grades.told_of(one, key, lambda moment: at(moment, timezone)) for one in given],
        }

    async def forget(self, connection: AsyncConnection, conversation_ids: Sequence[UUID]) -> None:
        """Of grades only the bare ones stay, for figures."""
        await connection.execute(grades.FORGET, {"ids": list(conversation_ids)})
