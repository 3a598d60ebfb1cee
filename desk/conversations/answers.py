"""What is written at the end of a turn, in one statement: events, outcome, what is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import Conflict
from desk.contract.messages import Effect, KeepCase, Manner
from desk.contract.rendered import PaymentState, RenderedMessage
from desk.contract.turns import TurnResult
from desk.contract.wire import Locale
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import ConversationRow, Event, message_event, offers_after, turn_done_event
from desk.conversations.stream import DELIVER, REPLIES, dump, dump_events
from desk.conversations.waiting import Waiting
from desk.kill_switch.service import SILENT, SILENT_IN
from desk.sealing.opening import Purpose, key_of
from desk.sealing.vault import DataKey
from desk.store.direct import ask

# One statement, so one round trip. The message is the fence: if it was answered, `write` raises. So it does if the
# voice was stopped since the turn began, and what the bot has to say is no more than words.
# The counter is locked by this statement, the last before the commit.
ANSWER = text(f"""
    WITH answered AS (
        UPDATE inbound_messages
        SET answered_at = clock_timestamp(), next_try_at = NULL, outcome = :outcome,
            understanding = CAST(:understanding AS jsonb), body = CASE WHEN :erased THEN '{{}}'::jsonb ELSE body END
        WHERE id = :message_id AND answered_at IS NULL
          AND NOT (:may_be_withheld AND EXISTS (
              SELECT FROM conversations AS conversation WHERE conversation.id = :conversation_id AND ({SILENT})))
        RETURNING id
    ), remembered AS (
        UPDATE dialogue_states
        SET state = CASE WHEN :keeps_state THEN state ELSE CAST(:state AS jsonb) END,
            situation = CASE WHEN :keeps_state THEN situation ELSE CAST(:situation AS jsonb) END,
            offered = CAST(:offered AS jsonb), updated_at = clock_timestamp()
        WHERE conversation_id = :conversation_id
    ), spoken AS (
        UPDATE conversations SET locale = :locale, city = :city, manner = :manner
        WHERE id = :conversation_id AND (locale <> :locale OR city <> :city OR manner <> :manner)
    ), counted AS (
        UPDATE conversation_counters SET seq = seq + :count WHERE conversation_id = :conversation_id
        RETURNING seq - :count AS before
    ), said AS (
        INSERT INTO outbound_messages (conversation_id, seq, type, body, in_reply_to, created_at)
        SELECT :conversation_id, counted.before + event.place, event.value ->> 'type', event.value -> 'body',
               answered.id, clock_timestamp()
        FROM answered CROSS JOIN counted
             CROSS JOIN jsonb_array_elements(CAST(:events AS jsonb)) WITH ORDINALITY AS event (value, place)
        RETURNING seq, type
    ), delivered AS ({DELIVER})
    SELECT EXISTS (
        SELECT FROM inbound_messages
        WHERE conversation_id = :conversation_id AND answered_at IS NULL AND id <> :message_id
    ) AS more FROM said
""")


class VoiceStopped(Conflict):
    """The voice was stopped while the bot thought."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn has to say. `result` is the bot's answer, None when it was not asked: then the state stays."""

    outcome: Outcome
    messages: Sequence[RenderedMessage] = ()
    events: Sequence[Event] = field(default=())  # beside the messages: the move to a city, payments, tickets
    handed_over: bool = False
    result: TurnResult | None = None
    author: Literal["bot", "notice"] = "bot"  # notice: something that must be said although a clerk speaks
    locale: Locale | None = None  # the language of the answer, where the bot did not choose it
    intent: Mapping[str, Any] | None = None  # {"intent", "confidence"}, where the bot was not asked
    manner: Manner | None = None  # in which the conversation is held from now on; None: as before
    payment: PaymentState | None = None  # the open order that the answer offers or reports
    effects: Sequence[Effect] = ()  # of an answer that is not the bot's: the parts carry them out
    erased: bool = False  # all that was kept is gone: what was offered before goes too, and the words that asked for it

    @property
    def may_be_withheld(self) -> bool:
        """Whether the bot speaks here, and nothing was made at an agency that the resident must hear of."""
        return self.result is not None and not any(isinstance(effect, KeepCase) for effect in self.result.effects)

    def events_for(self, waiting: Waiting) -> list[Event]:
        """All events of the turn: messages, then the others, then the end of the turn."""
        return [
            *(message_event(message, author=self.author, in_reply_to=waiting.id) for message in self.messages),
            *self.events,
            turn_done_event(
                waiting.id,
                service=self.result.service if self.result else None,
                asks_for=self.result.asks_for if self.result else None,
                handed_over=self.handed_over,
                payment=self.payment,
                nlu=self._understood(),
                shown=waiting.shown_otherwise,
                completed=self._completed(),
            ),
        ]

    def _completed(self) -> str | None:
        """The service by which something was booked or handed in: what was called off was not."""
        effects = () if self.result is None else self.result.effects
        kept = (one.service for one in effects if isinstance(one, KeepCase) and one.status != "cancelled")
        return next(kept, None)

    def _understood(self) -> dict[str, Any] | None:
        if self.result is None:
            return None if self.intent is None else dict(self.intent)
        found = self.result.nlu.intent
        return {"intent": found.name, "confidence": found.confidence}


def _read(result: TurnResult, waiting: Waiting, key: DataKey) -> str:
    """What the bot understood, the situation in which it did, and which model on trial did or could not; sealed."""
    notes = {"candidate": result.candidate, "passed_over": result.passed_over}
    by = {name: fingerprint for name, fingerprint in notes.items() if fingerprint}
    return dump(key.seal({**result.nlu.model_dump(mode="json"), "situation": waiting.situation, **by}, "message"))


async def write(connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, answer: Answer) -> bool:
    """Write an answer. The last statement before the commit. Answers whether more messages wait.

    Raises:
        Conflict: the message was answered in the meantime; nothing may be committed.
        VoiceStopped: the bot may not speak any more; nothing may be committed.
    """
    events, result = answer.events_for(waiting), answer.result
    # erasing has dropped the key with which the turn began
    key = await key_of(connection, conversation.id, Purpose.TURN) if answer.erased else waiting.key
    offered = offers_after([] if answer.erased else waiting.offered, answer.messages)
    situation = None if result is None else result.situation
    rows = await ask(
        connection,
        ANSWER,
        {
            "message_id": waiting.id,
            "conversation_id": conversation.id,
            "outcome": answer.outcome.value,
            "erased": answer.erased,
            "may_be_withheld": answer.may_be_withheld,
            "understanding": None if result is None else _read(result, waiting, key),
            "keeps_state": result is None,
            "state": None if result is None else dump(key.seal(result.state, "state")),
            "situation": None if situation is None else dump(key.seal(situation, "state")),
            "offered": dump(key.seal(offered, "state")),
            "locale": answer.locale or (conversation.locale if result is None else result.locale),
            "manner": answer.manner or conversation.manner,
            "city": conversation.city if result is None or result.city is None else result.city,
            "count": len(events),
            "events": dump_events(events, key),
            "lane": REPLIES,
            "news": False,
        },
    )
    more = [row.more for row in rows]
    if not more and (await connection.execute(SILENT_IN, {"id": conversation.id})).scalar_one():
        raise VoiceStopped
    if len(more) != len(events):
        raise Conflict(f"Message {waiting.id} was answered in the meantime.")
    return bool(more[0])
