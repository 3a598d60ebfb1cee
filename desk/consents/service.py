"""The record of consents: written in the turn that brought the answer, given out, and left as receipts."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.consent import Consent
from desk.conversations.ports import NOTHING, Done, Turn, TurnPart
from desk.conversations.times import told
from desk.sealing.opening import session_hash
from desk.sealing.vault import DataKey
from desk.store.terms import OF_CITIES, Tally, Term

RECORD = text("""
    INSERT INTO consents (conversation_id, session, city, agency, service, field, entity, purpose, given_at)
    VALUES (:conversation_id, :session, :city, :agency, :service, :field, :entity, :purpose, clock_timestamp())
""")
OF_CONVERSATION = text("""
    SELECT city, agency, service, field, entity, purpose, given_at FROM consents
    WHERE conversation_id = :conversation_id ORDER BY id
""")
RECEIPTS = text("""
    SELECT city, agency, service, field, entity, purpose, given_at, parted_at AS erased_at FROM consents
    WHERE session = :session AND conversation_id IS NULL ORDER BY id
""")
PART = text("""
    UPDATE consents SET conversation_id = NULL, session = :session, parted_at = clock_timestamp()
    WHERE conversation_id = :conversation_id
""")
# What an older version recorded of a conversation that was forgotten since has no hash, and proves nothing.
FORGET = text(f"""
    WITH gone AS (
        DELETE FROM consents WHERE conversation_id IS NULL AND {OF_CITIES.format(city="city")}
        AND (session IS NULL OR coalesce(parted_at, given_at) < now() - make_interval(years => :years))
        RETURNING city
    ) SELECT city, count(*) AS deleted FROM gone GROUP BY city
""")


PART_FORGOTTEN = text("""
    UPDATE consents SET conversation_id = NULL, parted_at = now() WHERE conversation_id = ANY (:ids)
""")


class Consents(TurnPart):
    """Records the consents among the effects of a turn. They stay as receipts, as `desk/store/retention.py` says."""

    async def carry_out(self, turn: Turn) -> Done:
        session = session_hash(turn.connection, turn.conversation.id)
        given = [
            {**effect.model_dump(exclude={"type"}), "conversation_id": turn.conversation.id, "session": session}
            for effect in turn.effects
            if isinstance(effect, Consent)
        ]
        if given:
            await turn.connection.execute(RECORD, given)
        return NOTHING

    async def data_of(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        key: DataKey,  # noqa: ARG002
        timezone: tzinfo,
    ) -> Mapping[str, Any]:
        """What was consented to, the oldest first, and the receipts that stayed when all was erased before."""
        session = session_hash(connection, conversation_id)
        return {
            "consents": told(await connection.execute(OF_CONVERSATION, {"conversation_id": conversation_id}), timezone),
            "receipts_of_consent": told(await connection.execute(RECEIPTS, {"session": session}), timezone),
        }

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        session = session_hash(connection, conversation_id)
        await connection.execute(PART, {"conversation_id": conversation_id, "session": session})

    async def forget(self, connection: AsyncConnection, conversation_ids: Sequence[UUID]) -> None:
        await connection.execute(PART_FORGOTTEN, {"ids": list(conversation_ids)})


async def record_given(
    connection: AsyncConnection,
    conversation_id: UUID,
    *,
    city: str,
    agency: str,
    service: str,
    thing: str,
    purpose: str,
) -> None:
    """Record a consent that a clerk asked for, in the transaction of the answer. `thing` names what was agreed to."""
    given = {"city": city, "agency": agency, "service": service, "field": thing, "entity": thing, "purpose": purpose}
    session = session_hash(connection, conversation_id)
    await connection.execute(RECORD, {**given, "conversation_id": conversation_id, "session": session})


async def forget(connection: AsyncConnection, term: Term) -> Tally:
    """Delete receipts of what was erased longer ago than a term of years. Answers how many, by city."""
    values = {"years": term.length, "cities": list(term.cities), "all_but": term.all_but}
    return Tally({row.city: row.deleted for row in await connection.execute(FORGET, values)})
