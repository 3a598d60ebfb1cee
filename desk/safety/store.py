"""Emergencies in the store. All of it happens under the conversation's row lock, in the transaction of the turn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.stream import dump
from desk.safety.rows import EmergencyRow, EndedAs
from desk.sealing import opening
from desk.sealing.opening import KEY, Purpose

LASTS_MINUTES = 60
"""An emergency of which nothing is written for so long is over."""
DENIED_HOURS = 12
"""So long it is remembered that a resident said that there was none."""

# The one that lasts, of a conversation in the statement around it, by the alias `conversation`.
OPEN = f"""
    SELECT jsonb_build_object('id', emergency.id, 'kind', emergency.kind, 'kinds', emergency.kinds,
                              'beside', emergency.beside, 'steps', emergency.steps, 'said', emergency.said,
                              'told_by', emergency.told_by)
    FROM emergencies AS emergency
    WHERE emergency.conversation_id = conversation.id AND emergency.ended_at IS NULL
      AND emergency.touched_at > clock_timestamp() - interval '{LASTS_MINUTES} minutes'
"""
# The kinds that were heard lately though there was no emergency, as the resident said: likewise.
DENIED = f"""
    SELECT jsonb_agg(DISTINCT told.kind)
    FROM emergencies AS emergency, jsonb_array_elements_text(emergency.kinds || emergency.beside) AS told (kind)
    WHERE emergency.conversation_id = conversation.id AND emergency.ended_as = 'none'
      AND emergency.ended_at > clock_timestamp() - interval '{DENIED_HOURS} hours'
"""
# Whether one was told of within that time, whatever became of it: likewise.
LATELY = f"""
    EXISTS (
        SELECT FROM emergencies AS emergency
        WHERE emergency.conversation_id = conversation.id
          AND emergency.touched_at > clock_timestamp() - interval '{LASTS_MINUTES} minutes'
    )
"""
SILENT = text("""
    UPDATE emergencies SET ended_at = clock_timestamp(), ended_as = 'silence'
    WHERE conversation_id = :conversation_id AND ended_at IS NULL
""")
BEGIN = text("""
    INSERT INTO emergencies (conversation_id, city, kind, kinds, beside, told_by)
    VALUES (:conversation_id, :city, :kind, CAST(:kinds AS jsonb), CAST(:beside AS jsonb), :told_by)
    RETURNING id, kind, kinds, beside, steps, said, told_by
""")
SAID = text("""
    UPDATE emergencies SET said = said + 1, touched_at = clock_timestamp(), kind = :kind,
        kinds = CAST(:kinds AS jsonb), beside = CAST(:beside AS jsonb), steps = CAST(:steps AS jsonb),
        kept = CASE WHEN CAST(:kept AS bigint) IS NULL THEN kept ELSE kept || to_jsonb(CAST(:kept AS bigint)) END
    WHERE id = :id
""")
WORDS = text(f"""
    SELECT conversation_id, body, {KEY.format("inbound_messages.conversation_id")} AS wrapped FROM inbound_messages
    WHERE id = :id
""")
END = text("""
    UPDATE emergencies SET ended_at = clock_timestamp(), ended_as = :ended_as WHERE id = :id
""")


def opened(emergency: dict[str, Any] | None) -> EmergencyRow | None:
    """Read what `OPEN` selected."""
    return None if emergency is None else EmergencyRow(**emergency)


async def begin(
    connection: AsyncConnection, conversation_id: UUID, *, city: str, kind: str, beside: Sequence[str], told_by: int
) -> EmergencyRow:
    """Keep that an emergency began; one that nobody wrote of for long ends."""
    await connection.execute(SILENT, {"conversation_id": conversation_id})
    values = {
        "conversation_id": conversation_id,
        "city": city,
        "kind": kind,
        "kinds": dump([kind]),
        "beside": dump([*beside]),
        "told_by": told_by,
    }
    return EmergencyRow(**(await connection.execute(BEGIN, values)).one()._mapping)


async def count(
    connection: AsyncConnection,
    emergency: EmergencyRow,
    *,
    kind: str,
    step: str | None = None,
    kept: int | None = None,
) -> None:
    """Keep that an answer was given: to which kind, with which step, and which message of it is a place or a file."""
    kinds = list(dict.fromkeys([*emergency.kinds, kind]))
    steps = [*emergency.steps, *([] if step is None else [step])]
    values = {"id": emergency.id, "kind": kind, "kinds": dump(kinds), "steps": dump(steps), "kept": kept}
    values["beside"] = dump([*emergency.beside])
    await connection.execute(SAID, values)


async def end(connection: AsyncConnection, emergency: EmergencyRow, ended_as: EndedAs) -> None:
    """Keep that an emergency is over, and how that came about."""
    await connection.execute(END, {"id": emergency.id, "ended_as": ended_as})


async def words_of(connection: AsyncConnection, message_id: int) -> str | None:
    """Read the text of a message again; None where it was deleted."""
    row = (await connection.execute(WORDS, {"id": message_id})).one_or_none()
    if row is None:
        return None
    key = opening.opened(connection, row.conversation_id, row.wrapped, Purpose.EMERGENCY)
    words: str | None = key.open(row.body, "message").get("text")
    return words
