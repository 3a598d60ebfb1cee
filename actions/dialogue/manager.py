"""Who answers a turn: the service being talked about, another one, or the dialogue itself."""

from collections.abc import Mapping
from dataclasses import replace

from actions.dialogue.answers import cases, city_switch, loops, once, passed_over, repeating, suggesting
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.reference_proof import ReferenceProof
from actions.dialogue.handlers import Handlers
from actions.dialogue.ports import Claim, ServiceHandler
from actions.dialogue.reading import arbiter, languages, negation
from actions.dialogue.reading.button_words import ButtonWords
from actions.dialogue.reading.choices import (
    NoSuchChoice,
    begun,
    by_bare_number,
    by_service,
    pressed,
    resolved,
    tried_again,
)
from actions.dialogue.reading.declining import answers_to_asking
from actions.dialogue.reading.intents import NOTICES, SUBSCRIPTIONS
from actions.dialogue.reading.letting_be import let_be
from actions.dialogue.reading.proposing import Proposes
from actions.dialogue.reading.second_reading import SecondReading
from actions.dialogue.rules import RULES, At
from actions.dialogue.state import accessibility, situation, stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Choice, Frame, Session
from actions.dialogue.state.session_timeout import after_timeout
from actions.dialogue.state.turn import COMMAND, Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply

NAMES_ASKED = frozenset({"person_name", "office", "department", "stop", "place", "city", "district"})
"""Entities that are names: an answer that is nothing else is in no language."""


MAY_PRESS: frozenset[Command] = frozenset(
    {"choose", "provide", "start", "confirm", "subscribe", "unsubscribe", "language", "city", "list", "unclear"}
)
"""Commands of a text that nearly is the title of a button."""


ENDS = frozenset({"common.cancelled", "common.set_aside"})
NOT_PAID = frozenset({"bill.not_now", "bill.not_now_here"})
"""What is said where a service is let go, and where what is due is not paid."""


ASKS_PERHAPS, SURE_OF_A_WISH = 0.3, 0.75
"""So likely a message asks, or less sure its intent is, what it begins is let go more easily."""


class Dialogue:
    """The dialogue of all cities. Keeps nothing between turns.

    Args:
        handlers: by service; each is declared in a service file.
        reference_proof: proves whose a number is that was not given in the conversation; None: nobody's is proved.
        status_seconds: how long an agency is waited for that is asked how a case stands.
        words: knows what offered buttons say; None: only their names in the data are known.
        larger_models: by city; a city without one is answered by the project's own model alone.
    """

    def __init__(
        self,
        handlers: Mapping[str, ServiceHandler],
        offer: Offer,
        *,
        reference_proof: ReferenceProof | None = None,
        status_seconds: float = cases.STATUS_SECONDS,
        words: ButtonWords | None = None,
        larger_models: Mapping[str, Proposes] | None = None,
    ) -> None:
        self._handlers = Handlers(handlers, offer, reference_proof or ReferenceProof({}), status_seconds)
        self._offer = offer
        self._words = words
        self._second = SecondReading(larger_models or {}, self._handlers, offer)

    async def answer(self, turn: Turn, session: Session) -> Outcome:
        """Answer one turn, and state what the conversation stands at then.

        What a handler raises, but for `BackendError`, passes: nothing of the turn may be kept then.
        """
        outcome = await self._answered(turn, session)
        return replace(outcome, situation=situation.state(outcome, turn.context, self._handlers.owes))

    async def _answered(self, turn: Turn, session: Session) -> Outcome:
        session, said_first = city_switch.followed(turn, session, self._offer)
        now = after_timeout(self._offered(session, turn), turn.now, self._offer.personal)
        turn = await self._in_its_language(turn, now.session)
        now = replace(now, session=languages.heard(turn, now.session))
        turn = await self._pressed(turn, now.session)
        turn = await self._second.of(turn, now.session)
        turn = let_be(arbiter.decided(turn, now.session, self._offer), now.session, self._offer)
        chosen = await self._chosen(turn, now.session)
        if isinstance(chosen, NoSuchChoice):
            front = now.session.front
            asked = front is not None and front.question is not None  # then the question comes back with its buttons
            buttons = [] if asked else chosen.buttons
            said = (Reply(key="common.no_such_choice", args={"count": chosen.count}, buttons=buttons),)
            outcome = stack.returned(now.session, turn, said, self._offer)
        else:
            outcome = once.said(await self._answer(chosen, now.session))
            outcome = passed_over.named(outcome, chosen, now.session, self._offer)
            outcome = accessibility.fewer(outcome, turn, self._offer)
            outcome = suggesting.after(outcome, turn, now.session, self._offer)
            outcome = loops.led_out(outcome, chosen, now.session, self._offer)
            outcome = replace(outcome, session=repeating.remembered(outcome.session, outcome.replies, turn))
        where = outcome.city or turn.city.slug
        matter = self._matter(turn, outcome)
        doubted = outcome.session.doubted if _same_front(now.session, outcome.session) else _is_doubtful(turn)
        session = replace(
            _with_front_seen(outcome.session),
            touched_at=turn.now,
            turns=session.turns + 1,
            city=where,
            matter=matter,
            doubted=doubted,
            let_go=_let_go(turn, now.session, outcome, self._offer),
            ended=None if outcome.session.ended is now.session.ended else outcome.session.ended,
        )
        outcome = replace(outcome, session=session).after(said_first)
        if outcome.city is not None:  # what was left there is neither forgotten nor offered here
            return outcome
        if now.forgotten is not None and outcome.replies:
            waits = outcome.service == now.forgotten and outcome.asks_for is None
            outcome = outcome.after([say.forgotten(now.forgotten, self._offer.title(now.forgotten), waits=waits)])
        if now.shelved is not None and turn.intent != now.shelved and outcome.service is None and not outcome.effects:
            offered_again = say.offered_again(now.shelved, self._offer.title(now.shelved))
            outcome = replace(outcome, replies=(*outcome.replies, offered_again))
        return outcome

    def _matter(self, turn: Turn, outcome: Outcome) -> str:
        """The service, or the notices, that are spoken of: in front, wished, or asked about; else what was before."""
        asked = None if turn.inquiry is None else turn.inquiry.service
        notices = SUBSCRIPTIONS if turn.intent in NOTICES else None
        spoken = (outcome.service, notices, turn.intent, asked, outcome.session.matter)
        known = {*self._offer.declared, SUBSCRIPTIONS}
        return next((name for name in spoken if name and name in known), "")

    def _offered(self, session: Session, turn: Turn) -> Session:
        """Without services that the city has stopped offering since."""

        def still(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
            return tuple(frame for frame in frames if self._offer.offers(turn.city, frame.service))

        return replace(session, open=still(session.open), finished=still(session.finished))

    async def _chosen(self, turn: Turn, session: Session) -> Turn | NoSuchChoice:
        """The turn, or the press of the button that it chooses."""
        turn = begun(tried_again(turn, session.again), session.choices)
        known = {frame.service for frame in (*session.open, *session.finished)}  # there a button may mean another thing
        declared = self._offer.declared.get(turn.intent)
        wishes = turn.kind == "text" and not turn.entities and declared is not None and turn.intent not in known
        if wishes and declared is not None and await self._handlers.follow_up(turn, session, Claim.SURE) is None:
            turn = by_service(turn, session.choices, declared.entities)
        chosen = resolved(turn, session.choices)
        if (
            chosen is turn
            and turn.text.strip().isdigit()
            and await self._handlers.claim(turn, session.front) < Claim.SURE
        ):
            return by_bare_number(turn, session.choices)
        return chosen

    async def _in_its_language(self, turn: Turn, session: Session) -> Turn:
        """A bare name that was asked for is in no language, whatever its script; nor is a borrowed word or two."""
        if turn.before is None or turn.locale == turn.before or turn.kind != "text":
            return turn
        if languages.borrows(turn, session):
            return replace(turn, locale=turn.before)
        asked = session.front.question.asks_for if session.front and session.front.question else None
        if asked not in NAMES_ASKED or answers_to_asking(turn):
            return turn
        given = await self._handlers.claim(turn, session.front) is Claim.SURE
        return replace(turn, locale=turn.before) if given else turn

    async def _pressed(self, turn: Turn, session: Session) -> Turn:
        """The turn, or the press of the button whose words it is; or nearly is, where nothing else wants the turn."""
        stated = turn.context.situation
        if turn.kind != "text" or self._words is None or COMMAND.match(turn.text) or stated is None:
            return turn
        payload = self._words.payload(turn.text, stated)
        if payload is None and turn.reading.first.command in MAY_PRESS:
            near = self._words.near(turn.text, stated)
            wanted = near is not None and await self._handlers.claim(turn, session.front) is Claim.SURE
            payload = None if wanted else near
        return turn if payload is None else pressed(turn, Choice(payload))

    async def _answer(self, turn: Turn, session: Session) -> Outcome:
        """What the first rule answers that has an answer."""
        at = At(turn, session, self._offer, self._handlers)
        for rule in RULES:
            ran = await rule.run(at)
            if isinstance(ran, Outcome):
                return replace(ran, effects=(*at.done_first, *ran.effects)).after(at.said_first)
            at = ran or at
        raise LookupError(f"No rule answers {turn.intent}.")  # the last one answers whatever is left


def _with_front_seen(session: Session) -> Session:
    front = session.front
    if front is None or front.question is None:
        return session
    seen = replace(front, seen=True, question=replace(front.question, notice=None))
    return replace(session, open=(*session.open[:-1], seen))


def _let_go(turn: Turn, before: Session, outcome: Outcome, offer: Offer) -> tuple[str, ...]:
    """The services that were refused so far, with those that this turn refused, ended or did not pay, without what it
    began.
    """
    after, said = outcome.session, {reply.key for reply in outcome.replies}
    known = {frame.id for frame in (*before.open, *before.finished)}
    begun = {frame.service for frame in (*after.open, *after.finished) if frame.id not in known}
    named = negation.heard(turn, offer).refused
    here = {frame.service for frame in (*after.open, *after.finished)}
    gone = {frame.service for frame in before.open} - here if said & ENDS else set()
    if said & NOT_PAID and before.finished:
        gone, begun = gone | {before.finished[-1].service}, begun - {before.finished[-1].service}
    gone |= named - here
    kept = dict.fromkeys((*before.let_go, *sorted(gone)))
    return tuple(name for name in kept if name in gone or name not in begun)


def _same_front(before: Session, after: Session) -> bool:
    return after.front is not None and before.front is not None and before.front.id == after.front.id


def _is_doubtful(turn: Turn) -> bool:
    """Whether what a message begins may not be meant: it sounds like a question, or its intent is not sure."""
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS_PERHAPS
    return turn.kind == "text" and (asks or turn.confidence < SURE_OF_A_WISH)
