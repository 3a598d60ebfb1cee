"""One turn: one transaction under the conversation's row lock.

Begin; take the conversation; read its oldest unanswered message; ask the bot; write state, events and `answered_at`;
commit; publish. The lock is lease and fence: a killed worker frees it at once, a
frozen one by `idle_in_transaction_session_timeout`, and then its commit fails.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.city.files import City
from desk.contract.commands import STOP
from desk.contract.errors import BotError, BotInterrupted, BotUnreachable
from desk.contract.messages import (
    Button,
    ChangeManner,
    Context,
    Erase,
    LeaveLine,
    Message,
    OpenTicket,
    Reply,
    ShowAnnouncements,
    StayInLine,
    Text,
    Unsubscribe,
)
from desk.contract.rendered import RenderedMessage
from desk.contract.turns import TurnRequest, TurnResult
from desk.conversations import answers
from desk.conversations.answers import Answer, VoiceStopped
from desk.conversations.bot import BotBusy, BotClient, BotStateUnreadable
from desk.conversations.erasure import erase_held
from desk.conversations.live import TYPING, Live
from desk.conversations.metrics import FAILURES, MESSAGE_AGE, TURNS
from desk.conversations.outcomes import INTERRUPTIONS, TRIES, Outcome, Patience
from desk.conversations.ports import Emergencies, Ended, HandOver, InLine, Turn, TurnPart
from desk.conversations.rows import ConversationRow, city_event, manner_event
from desk.conversations.waiting import Oldest, Waiting, exists
from desk.http.tracing import QUEUE, follow, span
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)

# A quick answer needs no "is typing": the hint would only flicker, and cost as much as the answer's own.
TYPING_AFTER_SECONDS = 0.2

LONG_SECONDS = 60.0

# When to look again at a conversation in whose bell another worker's turn was in the way.
LOCKED_SECONDS = 0.2

LIST_SERVICES = Button(title=Text(key="button.list_services"), payload="/list_services")
EXPIRED = Reply(key="common.button_expired", buttons=[LIST_SERVICES])
APOLOGY = Reply(key="common.apology")
STOPPED = Reply(key="announcements.stopped")
STILL_OPEN = Reply(key="announcements.stopped_still_open")
ASKED_FOR = ("asked", "refund")  # reasons of tickets that a resident wanted

LATER = text("""
    UPDATE inbound_messages
    SET tries = tries + :tries, waits = waits + :waits, interruptions = interruptions + :interruptions,
        next_try_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id = :id AND answered_at IS NULL
""")
FORGET_STATE = text("UPDATE dialogue_states SET state = NULL, situation = NULL WHERE conversation_id = :id")


@dataclass(frozen=True, slots=True)
class Later:
    """A turn that failed and is to be tried again. One of the three counts is 1."""

    seconds: float
    tries: int = 0
    waits: int = 0
    interruptions: int = 0
    forgets_state: bool = False


type Answering = Callable[[AsyncConnection, ConversationRow, Waiting], Awaitable[Answer | Later]]


class TurnTaker:
    """Takes turns.

    Args:
        now: the clock for what residents are told; the store has its own.
        emergencies: answers before all else.
        hand_over: opens tickets and speaks for those that wait.
        parts: what takes part in turns, in the order in which effects are carried out and data are erased.
        is_stop: whether a text is a stop word: then nothing more is sent unasked. The bot is asked only where a service
            asks something, to ask it again.
    """

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        bot: BotClient,
        live: Live,
        catalogs: Catalogs,
        cities: dict[str, City],
        now: Callable[[], datetime],
        patience: Patience,
        emergencies: Emergencies,
        hand_over: HandOver,
        parts: Sequence[TurnPart],
        is_stop: Callable[[str], bool],
    ) -> None:
        self._engine = engine
        self._bot = bot
        self._live = live
        self._catalogs = catalogs
        self._cities = cities
        self._now = now
        self._patience = patience
        self._emergencies = emergencies
        self._hand_over = hand_over
        self._parts = parts
        self._is_stop = is_stop
        self._oldest = Oldest([*parts, emergencies, hand_over])

    async def take(self, conversation_id: UUID) -> float | None:
        """Take the next turn of a conversation, if it is free and something is due.

        Answers in how many seconds to look again (0: at the end of the line), or None when nothing waits. What arrives
        between the turn's last statement and its commit rings; who hears that finds the conversation locked, and looks
        again soon.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached, or ended the transaction of a frozen worker.
        """
        try:
            return await self._take(conversation_id, self._answer)
        except VoiceStopped:  # while the bot thought; nothing of it is said, and the next look finds it silent
            return 0.0

    async def take_broken(self, conversation_id: UUID, error: Exception) -> float | None:
        """Count a turn that broke, by a fault of ours, as a try of its message; the third ends in the apology.

        Answers as `take`.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached.
        """
        failure = BotError(f"The turn broke: {type(error).__name__}.")

        async def apologise_or_wait(
            connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
        ) -> Answer | Later:
            return await self._after_failure(connection, conversation, waiting, failure)

        return await self._take(conversation_id, apologise_or_wait)

    async def _take(self, conversation_id: UUID, answer_of: Answering) -> float | None:
        with ExitStack() as spans:  # the commit is within
            return await self._taken(conversation_id, answer_of, spans)

    async def _taken(self, conversation_id: UUID, answer_of: Answering, spans: ExitStack) -> float | None:
        async with self._oldest.taken(self._engine, conversation_id) as taken:
            connection, conversation, waiting = taken.connection, taken.conversation, taken.waiting
            if conversation is None:
                return LOCKED_SECONDS if await exists(connection, conversation_id) else None
            if waiting is None:
                return None
            if waiting.due_in is not None and waiting.due_in > 0:
                # what waits long waits for something that rings: a file that is being loaded
                return waiting.due_in if waiting.due_in < LONG_SECONDS else None
            follow(conversation_id, waiting.id)
            recorded = spans.enter_context(span("process messages", "consumer", _spanned(conversation)))
            home, conversation = conversation.city, self._followed(conversation, waiting)
            waiting = self._situated(waiting)
            answer = await answer_of(connection, conversation, waiting)
            if isinstance(answer, Later):
                await self._postpone(connection, conversation, waiting, answer)
                outcome = "later"
                again: float | None = answer.seconds
            else:
                outcome = answer.outcome.value
                if conversation.city != home and not answer.erased:
                    answer = replace(answer, events=[city_event(conversation.city), *answer.events])
                again = 0.0 if await answers.write(connection, conversation, waiting, answer) else None
        recorded.attribute("desk.outcome", outcome)
        TURNS.labels(outcome=outcome).inc()
        log.info("turn_taken", outcome=outcome, age_seconds=round(waiting.age, 3))
        if not isinstance(answer, Later):
            MESSAGE_AGE.observe(waiting.age)
            await self._live.publish(conversation_id)
        return again

    def _followed(self, conversation: ConversationRow, waiting: Waiting) -> ConversationRow:
        """The conversation where the resident has gone meanwhile by other ways."""
        gone = conversation
        for part in self._parts:
            gone = part.caught_up(gone, waiting.read)
        return gone if gone.city in self._cities else conversation

    async def _answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | Later:
        emergency = await self._emergencies.answer(connection, conversation, waiting)
        if isinstance(emergency, Answer):
            return emergency
        if emergency is not None and emergency.payload is not None:
            return await self._taken_up(connection, conversation, waiting, emergency)
        if emergency is not None and emergency.words is not None:
            meant = replace(waiting, kind="text", body={"text": emergency.words, "harmless": True})
            answer = await self._usual(connection, conversation, meant)
            if isinstance(answer, Later) or emergency.reply is None:
                return answer
            return replace(answer, messages=[self._said(emergency.reply, conversation), *answer.messages])
        return await self._usual(connection, conversation, waiting)

    async def _usual(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | Later:
        """Answer a message that is of no emergency."""
        pressed, typed = waiting.wished and waiting.payload == STOP, waiting.text is not None
        if pressed or (typed and self._is_stop(waiting.text or "")):
            return await self._stopped(connection, conversation, waiting)
        in_line = await self._hand_over.answer(connection, conversation, waiting)
        if isinstance(in_line, Answer):
            return await self._with_effects(connection, conversation, waiting, in_line)
        if waiting.is_silent:
            return await self._hand_over.instead_of_the_bot(connection, conversation)
        offered = waiting.wished or waiting.payload in waiting.offered
        word = (waiting.payload or "").partition("{")[0]
        if waiting.payload is not None and (not offered or word in self._hand_over.payloads):
            return Answer(Outcome.EXPIRED_BUTTON, messages=[self._said(EXPIRED, conversation)])
        try:
            result = await self._ask(conversation, waiting)
        except BotError as exc:
            if in_line is not None:
                return await in_line.notice(connection, conversation, waiting)
            return await self._after_failure(connection, conversation, waiting, exc)
        if in_line is not None:
            return await self._meanwhile(connection, conversation, waiting, in_line, result)
        return await self._after_answer(connection, conversation, waiting, result)

    async def _stopped(self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting) -> Answer:
        """Send nothing more unasked, whatever is open; a clerk goes on. Only where a service asks, the bot is asked."""
        meant = replace(waiting, kind="payload", body={"payload": STOP}, wished=True)
        in_line = await self._hand_over.answer(connection, conversation, meant)
        if in_line is None and not waiting.is_silent and _asks_something(waiting):
            return await self._stopped_within(connection, conversation, meant)
        said, effects = [self._said(STOPPED, conversation)], [Unsubscribe()]
        if isinstance(in_line, Answer):
            messages, effects_of_both = [*said, *in_line.messages], [*in_line.effects, *effects]
            answer = replace(in_line, messages=messages, effects=effects_of_both, author="notice")
        else:
            answer = Answer(Outcome.NOTICED, messages=said, effects=effects, handed_over=in_line is not None)
        return await self._with_effects(connection, conversation, waiting, answer)

    async def _stopped_within(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer:
        """The same in the middle of a service: the bot says that it is still open and asks again what it asked.

        Without the bot, or where it does anything else, that is said in its place: nobody waits to be left alone.
        """
        try:
            result = await self._ask(conversation, waiting)
        except BotError as exc:
            log.warning("stopped_without_bot", message=waiting.id, error=type(exc).__name__)
            result = None
        if result is None or [*result.effects] != [Unsubscribe()]:
            answer = Answer(Outcome.NOTICED, messages=[self._said(STILL_OPEN, conversation)], effects=[Unsubscribe()])
            return await self._with_effects(connection, conversation, waiting, answer)
        answer = await self._after_answer(connection, conversation, waiting, result)
        return replace(answer, outcome=Outcome.NOTICED)

    async def _with_effects(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, answer: Answer
    ) -> Answer:
        """The answer of who hands over, once the parts have carried out what follows from it: a consent is recorded."""
        if answer.effects:
            turn = Turn(connection, conversation, conversation, waiting.read, answer.effects)
            for part in self._parts:
                await part.carry_out(turn)
        return answer

    async def _meanwhile(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        in_line: InLine,
        result: TurnResult,
    ) -> Answer:
        """Answer who waits for a clerk: a wish is served meanwhile, and the place in the queue stays."""
        stays = next((effect for effect in result.effects if isinstance(effect, StayInLine)), None)
        if stays is not None and stays.leaves_no_contact:
            kept = await in_line.leave_no_contact(connection, conversation)
            if not result.replies:
                return kept
            answer = await self._after_answer(connection, conversation, waiting, result)  # of what else was said
            return replace(answer, messages=[*kept.messages, *answer.messages], handed_over=not answer.erased)
        if stays is not None:
            asks = {"asks_place": stays.asks_place, "asks_call": stays.asks_call}
            return await in_line.notice(connection, conversation, waiting, **asks)
        if any(isinstance(effect, LeaveLine) for effect in result.effects):
            left = await in_line.leave(connection, conversation)
            if not result.replies:
                return left
            answer = await self._after_answer(connection, conversation, waiting, result)  # of what else was said
            events, messages = [*left.events, *answer.events], [*left.messages, *answer.messages]
            return replace(answer, messages=messages, events=events)
        answer = await self._after_answer(connection, conversation, waiting, result)
        is_served = answer.outcome in (Outcome.ANSWERED, Outcome.LOOKED_UP)
        return replace(answer, handed_over=True) if is_served else answer

    async def _taken_up(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ended: Ended
    ) -> Answer | Later:
        """An emergency is over: say so, and let the bot take up what was open; where nothing was, say no more."""
        said = [] if ended.reply is None else [self._said(ended.reply, conversation)]
        if said and not _asks_something(waiting):
            return Answer(Outcome.EMERGENCY, messages=said)
        try:
            over = replace(waiting, kind="payload", body={"payload": ended.payload})
            result = await self._ask(conversation, over)
        except BotError:
            return Answer(Outcome.EMERGENCY, messages=said)
        answer = await self._after_answer(connection, conversation, waiting, result)
        return replace(answer, outcome=Outcome.EMERGENCY, messages=[*said, *answer.messages])

    async def _ask(self, conversation: ConversationRow, waiting: Waiting) -> TurnResult:
        try:
            context = self._context(conversation, waiting)
            compared = (part.compared(context) for part in self._parts) if waiting.text is not None else ()
            request = TurnRequest(
                conversation=str(conversation.id),
                message=self._message(waiting),
                state=waiting.state,
                context=context,
                compared=[*chain.from_iterable(compared)],
            )
        except ValidationError as exc:
            raise BotError("The stored message is not the contract; it is not sent to the bot.") from exc
        # what a model on trial failed at is answered by the one that answers the others
        first = waiting.tries == 0 and waiting.interruptions == 0
        turn = asyncio.create_task(self._bot.turn(request, may_be_tried=first), name="bot turn")
        try:
            done, _ = await asyncio.wait({turn}, timeout=TYPING_AFTER_SECONDS)
            if not done:
                await self._live.publish(conversation.id, hint=TYPING)
            result = await turn
        finally:
            turn.cancel()
        if result.city is not None and result.city not in self._cities:
            raise BotError("The bot's answer is not the contract, at ['city']: there is no such city.")
        return result

    def _message(self, waiting: Waiting) -> Message:
        said = {"id": str(waiting.id), "kind": waiting.kind, **waiting.body}
        text = None if waiting.body.get("harmless") else waiting.text
        return Message.model_validate(said if text is None else {**said, "signs": self._emergencies.signs(text)})

    def _situated(self, waiting: Waiting) -> Waiting:
        situation = waiting.situation
        for part in self._parts:
            situation = part.situated(situation, waiting.read)
        return replace(waiting, situation=situation)

    def _context(self, conversation: ConversationRow, waiting: Waiting) -> Context:
        items: dict[str, object] = {
            "city": conversation.city,
            "locale": conversation.locale,
            "channel": conversation.channel,
            "now": self._cities[conversation.city].local(self._now()).replace(microsecond=0),
            "manner": conversation.manner,
            "situation": waiting.situation,
        }
        for part in self._parts:
            items |= part.items(conversation, waiting.read, waiting.opener)
        return Context.model_validate(items)

    async def _after_answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, result: TurnResult
    ) -> Answer:
        urgent = await self._emergencies.heard_by_bot(connection, conversation, waiting, result)
        if urgent is not None:
            return urgent
        city = result.city or conversation.city
        wish = next((effect.manner for effect in result.effects if isinstance(effect, ChangeManner)), None)
        manner = wish or conversation.manner
        spoken = replace(conversation, city=city, locale=result.locale, manner=manner)
        turn = Turn(connection, conversation, spoken, waiting.read, result.effects)
        for part in self._parts:
            refusal = await part.judge(turn)
            if refusal is not None:
                return Answer(Outcome.LIMITED, messages=[self._said(refusal, conversation)])
        done = [await part.carry_out(turn) for part in self._parts]
        replies = [*chain.from_iterable(one.said for one in done), *result.replies]
        named = {number: order for one in done for number, order in one.named.items()}
        says = self._catalogs.in_manner(manner)
        cautions = self._emergencies.cautions(spoken, waiting, result.effects)
        answers = [says.render(self._filled(conversation.id, reply), result.locale, named) for reply in replies]
        messages = [*cautions, *answers]
        moves = [] if city == conversation.city else [city_event(city)]
        moves += [] if manner == conversation.manner else [manner_event(manner)]
        happened = [*moves, *chain.from_iterable(one.events for one in done)]
        shown = next((one.shown for one in done if one.shown is not None), None)
        outcome = _outcome_of(result)
        answer = Answer(outcome, messages=messages, events=happened, result=result, payment=shown, manner=wish)
        if any(isinstance(effect, Erase) for effect in result.effects):
            # the bot's answer goes too: it remembers what was said before
            await erase_held(connection, conversation.id, self._parts)
            return Answer(Outcome.ERASED, messages=messages, erased=True)
        ticket = next((effect for effect in result.effects if isinstance(effect, OpenTicket)), None)
        if ticket is None:
            return answer
        said, events = await self._hand_over.open(
            connection,
            spoken,
            opened_by="resident" if ticket.reason in ASKED_FOR else "bot",
            reason=ticket.reason,
            service=ticket.service,
        )
        return replace(
            answer,
            outcome=Outcome.HANDED_OVER,
            messages=[*messages, *said],
            events=[*happened, *events],
            handed_over=True,
        )

    async def _after_failure(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, error: BotError
    ) -> Answer | Later:
        urgent = await self._emergencies.without_bot(connection, conversation, waiting)
        if urgent is not None:
            return urgent
        patience = self._patience
        FAILURES.labels(error=type(error).__name__).inc()
        if isinstance(error, BotUnreachable):
            return Later(patience.after(patience.unreachable, waiting.waits), waits=1)
        if isinstance(error, BotBusy):
            log.info("bot_busy", message=waiting.id)
        else:
            log.warning("turn_failed", message=waiting.id, error=type(error).__name__, detail=str(error))
        if isinstance(error, BotInterrupted):
            if waiting.interruptions + 1 < INTERRUPTIONS:
                return Later(patience.after(patience.interruption, waiting.interruptions), interruptions=1)
        elif waiting.tries + 1 < TRIES:
            if isinstance(error, BotStateUnreadable) and waiting.state is not None:
                return Later(0.0, tries=1, forgets_state=True)
            return Later(patience.after(patience.error, waiting.tries), tries=1)
        # Of a message that kills bots, or a state that breaks them, nothing is learnt: the state stays as it was.
        said, events = await self._hand_over.open(
            connection, conversation, opened_by="system", reason="failed", service=None
        )
        apology = self._said(APOLOGY, conversation)
        return Answer(Outcome.APOLOGISED, messages=[apology, *said], events=events, handed_over=True)

    def _filled(self, conversation_id: UUID, reply: Reply) -> Reply:
        for part in self._parts:
            reply = part.filled(conversation_id, reply)
        return reply

    def _said(self, reply: Reply, conversation: ConversationRow) -> RenderedMessage:
        return self._catalogs.in_manner(conversation.manner).render(reply, conversation.locale)

    async def _postpone(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, later: Later
    ) -> None:
        await connection.execute(
            LATER,
            {
                "id": waiting.id,
                "tries": later.tries,
                "waits": later.waits,
                "interruptions": later.interruptions,
                "seconds": later.seconds,
            },
        )
        if later.forgets_state:
            await connection.execute(FORGET_STATE, {"id": conversation.id})


def _spanned(conversation: ConversationRow) -> Mapping[str, str]:
    return {
        "messaging.system": QUEUE,
        "messaging.operation.name": "take_turn",
        "messaging.operation.type": "process",
        "messaging.destination.name": "messages",
        "desk.channel": conversation.channel,
        "desk.city": conversation.city,
    }


def _asks_something(waiting: Waiting) -> bool:
    """Whether a service is open and asks something, as the dialogue stated it after the last turn."""
    stated = waiting.situation or {}
    return stated.get("service") is not None and stated.get("step", "idle") != "idle"


def _outcome_of(result: TurnResult) -> Outcome:
    """That of what the bot answered, before anything else comes of it."""
    is_look = bool(result.effects) and all(isinstance(effect, ShowAnnouncements) for effect in result.effects)
    return Outcome.LOOKED_UP if is_look else Outcome.ANSWERED
