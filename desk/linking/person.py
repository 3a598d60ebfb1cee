"""Which conversations are one resident's, for statements that read or erase what they share."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.wire import LOCALES
from desk.conversations.rows import ConversationRow


def together(conversation: str) -> str:
    """The conversations linked with one, and itself: an array, as SQL. `conversation` is an expression of its id."""
    return f"""array_append(ARRAY(
        SELECT theirs.conversation_id FROM linked_conversations AS mine
        JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
        WHERE mine.conversation_id = {conversation} AND theirs.conversation_id <> {conversation}
    ), {conversation})"""


def readable(conversation: str) -> str:
    """The conversations that whoever answers in one may read: itself, and those linked since residents are told so.

    An array, as SQL, as `together`.
    """
    return f"""array_append(ARRAY(
        SELECT theirs.conversation_id FROM linked_conversations AS mine
        JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
        WHERE mine.conversation_id = {conversation} AND theirs.conversation_id <> {conversation}
          AND mine.staff_may_read AND theirs.staff_may_read
    ), {conversation})"""


LINKED = """
    SELECT jsonb_build_object('person', person.id, 'city', person.city, 'locale', person.locale)
    FROM linked_conversations AS mine JOIN linked_persons AS person ON person.id = mine.person_id
    WHERE mine.conversation_id = conversation.id
"""
"""What a conversation follows, as a turn reads it, as a subselect beside `conversation`."""

HOME = """
    coalesce((SELECT person.city FROM linked_conversations AS mine
              JOIN linked_persons AS person ON person.id = mine.person_id
              WHERE mine.conversation_id = conversation.id), conversation.city)
"""
"""The city that a conversation is in, likewise."""

KEEP_UP = text("""
    UPDATE linked_persons SET city = :city, locale = :locale
    WHERE id = :person AND (city <> :city OR locale <> :locale)
""")
# Of one resident's conversations the one where they are told: where something can be sent, and they spoke last.
PLACE = text("""
    SELECT theirs.conversation_id FROM linked_conversations AS mine
    JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
    JOIN conversations AS conversation ON conversation.id = theirs.conversation_id
    JOIN residents AS resident ON resident.id = conversation.resident_id
    WHERE mine.conversation_id = :id
    ORDER BY (conversation.pushes NOT IN ('nothing', 'devices') AND resident.state = 'reachable') DESC,
             (SELECT max(message.received_at) FROM inbound_messages AS message
              WHERE message.conversation_id = theirs.conversation_id) DESC NULLS LAST,
             theirs.conversation_id
    LIMIT 1
""")
LEAVE = text("DELETE FROM linked_conversations WHERE conversation_id = :id RETURNING person_id")
LONELY = text("""
    DELETE FROM linked_persons AS person WHERE person.id = :person
      AND (SELECT count(*) FROM linked_conversations AS theirs WHERE theirs.person_id = person.id) < 2
""")
FORGET_CODES = text("DELETE FROM link_codes WHERE conversation_id = :id OR claimed_by = :id")


def caught_up(conversation: ConversationRow, linked: dict[str, Any] | None) -> ConversationRow:
    """The conversation in the city and the language of the resident's other channels; `linked` is as `LINKED` read."""
    if linked is None or linked["locale"] not in LOCALES:
        return conversation
    return replace(conversation, city=linked["city"], locale=linked["locale"])


async def keep_up(connection: AsyncConnection, linked: dict[str, Any] | None, *, city: str, locale: str) -> None:
    """Let the other channels follow where a turn went."""
    if linked is not None and (linked["city"], linked["locale"]) != (city, locale):
        await connection.execute(KEEP_UP, {"person": linked["person"], "city": city, "locale": locale})


async def place_to_tell(connection: AsyncConnection, conversation_id: UUID) -> UUID:
    """The conversation in which the resident of this one is told something, once."""
    found = (await connection.execute(PLACE, {"id": conversation_id})).scalar_one_or_none()
    return conversation_id if found is None else found


async def leave(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Part a conversation from the others. Answers whether it was linked."""
    person = (await connection.execute(LEAVE, {"id": conversation_id})).scalar_one_or_none()
    if person is not None:
        await connection.execute(LONELY, {"person": person})
    return person is not None


async def erase(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Erase that a conversation is linked, and codes that were made or typed in it."""
    await leave(connection, conversation_id)
    await connection.execute(FORGET_CODES, {"id": conversation_id})
