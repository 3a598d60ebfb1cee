"""How long what was said in an emergency is kept: after so many days it is deleted, also where the talk goes on."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.conversations import stream
from desk.conversations.outcomes import Outcome
from desk.safety.rows import matter_of
from desk.sealing.opening import Purpose, key_of
from desk.store.database import transaction
from desk.store.terms import OF_CITIES, Tally, Term
from desk.texts.catalogs import Catalogs

CHUNK = 500  # emergencies, each in a transaction of its own; the rest an hour later

OLD = text(f"""
    SELECT emergencies.id, emergencies.conversation_id, conversation.city
    FROM emergencies JOIN conversations AS conversation ON conversation.id = emergencies.conversation_id
    WHERE emergencies.touched_at < now() - make_interval(days => :days) AND {OF_CITIES.format(city="conversation.city")}
    ORDER BY emergencies.touched_at LIMIT :limit
""")
FILES = text("""
    DELETE FROM media_files USING inbound_messages AS message
    WHERE message.conversation_id = :conversation_id AND message.outcome = :outcome AND message.kind = 'media'
      AND message.answered_at < now() - make_interval(days => :days)
      AND media_files.conversation_id = message.conversation_id
      AND media_files.id::text = message.body -> 'media' ->> 'id'
""")
SAID = text("""
    SELECT event.seq, event.body FROM outbound_messages AS event JOIN inbound_messages AS message
      ON event.in_reply_to = message.id
    WHERE event.conversation_id = :conversation_id AND event.type = 'message'
      AND message.conversation_id = :conversation_id AND message.outcome = :outcome
      AND message.answered_at < now() - make_interval(days => :days)
""")
REMOVE = text("""
    UPDATE outbound_messages SET body = CAST(:body AS jsonb) WHERE conversation_id = :conversation_id AND seq = :seq
""")
WRITTEN = text("""
    UPDATE inbound_messages SET body = '{}', understanding = NULL, outcome = :erased
    WHERE conversation_id = :conversation_id AND outcome = :outcome
      AND answered_at < now() - make_interval(days => :days)
""")
TICKET = text("""
    UPDATE tickets
    SET reason = 'emergency', ended_at = coalesce(ended_at, clock_timestamp()),
        state = CASE WHEN state IN ('open', 'claimed') THEN 'withdrawn' ELSE state END
    WHERE matter = :matter
""")
DELETE = text("DELETE FROM emergencies WHERE id = :id")


@dataclass(frozen=True)
class Keeping:
    """Deletes emergencies that are too old: messages, answers, files, kind, the reason of the ticket."""

    engine: AsyncEngine
    catalogs: Catalogs

    async def forget(self, term: Term) -> Tally:
        """Delete what is older than a term of days. Answers how many emergencies that were, by city."""
        values = {"days": term.length, "cities": list(term.cities), "all_but": term.all_but, "limit": CHUNK}
        async with self.engine.connect() as connection:
            old = (await connection.execute(OLD, values)).all()
        for emergency in old:
            async with transaction(self.engine) as connection:
                try:
                    conversation = await stream.lock(connection, emergency.conversation_id)
                except NotFound:  # forgotten, with its emergencies, in the meantime
                    continue
                removed = self.catalogs.text(Text(key="safety.removed"), conversation.locale)
                await self._delete(connection, emergency.id, conversation.id, removed, term.length)
        return Tally(Counter(emergency.city for emergency in old))

    async def _delete(
        self, connection: AsyncConnection, emergency_id: int, conversation_id: UUID, removed: str, days: int
    ) -> None:
        about = {"conversation_id": conversation_id, "days": days, "outcome": Outcome.EMERGENCY.value}
        await connection.execute(FILES, about)
        key = await key_of(connection, conversation_id, Purpose.EMERGENCY)
        for row in (await connection.execute(SAID, about)).all():
            body = key.open(row.body, "event")
            body["message"] |= {"text": removed, "buttons": [], "cards": []}
            values = {"conversation_id": conversation_id, "seq": row.seq, "body": stream.dump(key.seal(body, "event"))}
            await connection.execute(REMOVE, values)
        await connection.execute(WRITTEN, {**about, "erased": Outcome.ERASED.value})
        await connection.execute(TICKET, {"matter": matter_of(emergency_id)})
        await connection.execute(DELETE, {"id": emergency_id})
