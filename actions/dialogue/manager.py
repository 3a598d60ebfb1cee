"""Who answers a turn: the service being talked about, another one, or the dialogue itself. May not know any service."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue import (
    agreements,
    appointments_meant,
    arbiter,
    cases,
    linking,
    manner,
    menus,
    misunderstanding,
    moving,
    notices,
    orders,
    pausing,
    refusals,
    repeating,
    situation,
    stack,
    unpaid,
    unsure,
)
from actions.dialogue import replies as say
from actions.dialogue.asides import aside
from actions.dialogue.button_words import ButtonWords
from actions.dialogue.choices import (
    NoSuchChoice,
    begun,
    by_bare_number,
    by_service,
    pressed,
    resolved,
    tried_again,
)
from actions.dialogue.declining import answers_to_asking
from actions.dialogue.guided import guided
from actions.dialogue.intents import ANSWERS
from actions.dialogue.kin import about_a_record
from actions.dialogue.moves import ERASE, MOVES, erase, keep
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.ports import Claim, Owes, ServiceHandler
from actions.dialogue.reservations import without_assent
from actions.dialogue.rules import RULES, At
from actions.dialogue.rules.rule import Matter, matter_of
from actions.dialogue.session import Choice, Frame, Session
from actions.dialogue.silence import SHELVED, after_silence
from actions.dialogue.tracing import PAYMENTS, Tracing
from actions.dialogue.turn import COMMAND, Turn
from actions.phrases import phrases, plain
from desk.messages import Location, Reply

TEXT_READ = 1_000
"""Characters of a message that are read (docs/explanation/contracts.md)."""
SOUNDS_LIKE = frozenset({"goodbye", "list_services", "complain_about_bot", "human_agent"})
"""Moves that a sentence on what was just shown may sound like: "later", "what shall I bring", "so much", "by phone"."""
NAMES_ASKED = frozenset({"person_name", "office", "department"})
"""Entities that are names: an answer that is nothing else is in no language."""


class Dialogue:
    """The dialogue of all cities. Keeps nothing between turns.

    Args:
        handlers: by service; each is declared in a service file.
        tracing: proves whose a number is that was not given in the conversation; None: nobody's is proved.
        status_seconds: how long an agency is waited for that is asked how a case stands.
        words: knows what offered buttons say; None: only their names in the data are known.
    """

    def __init__(
        self,
        handlers: Mapping[str, ServiceHandler],
        offer: Offer,
        *,
        tracing: Tracing | None = None,
        status_seconds: float = cases.STATUS_SECONDS,
        words: ButtonWords | None = None,
    ) -> None:
        self._handlers = handlers
        self._offer = offer
        self._words = words
        self._tracing = tracing or Tracing({})
        self._in_progress = cases.InProgress(handlers, offer, self._tracing, status_seconds)

    async def answer(self, turn: Turn, session: Session) -> Outcome:
        """Answer one turn, and state what the conversation stands at then.

        What a handler raises, but for `BackendError`, passes: nothing of the turn may be kept then.
        """
        outcome = await self._answered(turn, session)
        return replace(outcome, situation=situation.state(outcome, turn.context, self._owes))

    async def _answered(self, turn: Turn, session: Session) -> Outcome:
        session, said_first = moving.followed(turn, session, self._offer)
        now = after_silence(self._offered(session, turn), turn.now, self._offer.personal)
        turn = await self._in_its_language(turn, now.session)
        turn = self._pressed(turn)
        turn = arbiter.decided(turn, now.session, self._offer)
        chosen = await self._chosen(turn, now.session)
        if isinstance(chosen, NoSuchChoice):
            front = now.session.front
            asked = front is not None and front.question is not None  # then the question comes back with its buttons
            buttons = [] if asked else chosen.buttons
            said = (Reply(key="common.no_such_choice", args={"count": chosen.count}, buttons=buttons),)
            outcome = stack.returned(now.session, turn, said, self._offer)
        else:
            outcome = manner.fewer(await self._answer(chosen, now.session), turn, self._offer)
            outcome = replace(outcome, session=repeating.remembered(outcome.session, outcome.replies, turn))
        where = outcome.city or turn.city.slug
        session = replace(outcome.session, touched_at=turn.now, turns=session.turns + 1, city=where)
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
        if wishes and declared is not None and await self._follow_up(turn, session, Claim.SURE) is None:
            turn = by_service(turn, session.choices, declared.entities)
        chosen = resolved(turn, session.choices)
        if chosen is turn and turn.text.strip().isdigit() and await self._claim(turn, session.front) < Claim.SURE:
            return by_bare_number(turn, session.choices)
        return chosen

    async def _in_its_language(self, turn: Turn, session: Session) -> Turn:
        """A bare name that was asked for is in no language, whatever its script: 陆正一 switches nothing."""
        asked = session.front.question.asks_for if session.front and session.front.question else None
        if turn.before is None or turn.locale == turn.before or turn.kind != "text" or asked not in NAMES_ASKED:
            return turn
        if answers_to_asking(turn):
            return turn
        return replace(turn, locale=turn.before) if await self._claim(turn, session.front) is Claim.SURE else turn

    def _pressed(self, turn: Turn) -> Turn:
        """The turn, or the press of the button whose words it is."""
        if turn.kind != "text" or self._words is None or COMMAND.match(turn.text):
            return turn
        payload = self._words.payload(turn.text, turn.context.situation)
        return turn if payload is None else pressed(turn, Choice(payload))

    async def _ruled(self, turn: Turn, session: Session) -> Outcome | None:
        """The answer of the first rule that has one to what a message surely is; to a value that is asked for none."""
        command = arbiter.asked(turn, session, self._offer)
        matter = None if command is None else matter_of(turn, session, self._offer)
        if command is None or await self._is_answered(turn, session, matter):
            return None
        at = At(turn, replace(session, failures=0, pending=None), self._offer, command, matter)
        answers = (rule.run(at) for rule in RULES if command in rule.commands)
        return next((outcome for outcome in answers if outcome is not None), None)

    async def _is_answered(self, turn: Turn, session: Session, matter: Matter | None) -> bool:
        """Whether what is talked about answers a turn itself: a value that it asks for, a question that it knows."""
        frame = session.front or (None if matter is None else matter.frame)
        return await self._claim(turn, frame) is Claim.SURE

    async def _answer(self, turn: Turn, session: Session) -> Outcome:
        if (ruled := await self._ruled(turn, session)) is not None:
            return ruled
        if (waiting := repeating.said_again(turn, session, self._offer) or pausing.paused(turn, session)) is not None:
            return waiting
        if (hurried := pausing.hurried(turn, session, self._offer)) is not None:
            return hurried
        turn, pending, session = unsure.weighed(turn), session.pending, replace(session, pending=None)
        if turn.kind == "location":
            return await self._location(turn, session)
        if pending is not None and (settled := await self._city_settled(turn, session, pending)) is not None:
            return settled
        if pending == linking.PENDING and (linked := linking.settled(turn, session, self._offer)) is not None:
            return linked
        if pending is not None and (chosen := await self._in_progress.settled(turn, session, pending)) is not None:
            return chosen
        if pending is not None and (meant := unpaid.settled(turn, session, pending, self._offer)) is not None:
            if isinstance(meant, Outcome):
                return meant
            turn = meant
        if pending is not None and (named := notices.settled(turn, pending, self._offer)) is not None:
            turn = named
        if pending is not None and "lat" in pending and self._offer.is_wish(turn.intent):
            location = Location.model_validate(pending)
            turn = replace(turn, kind="location", text="", location=location)
        front = session.front
        if turn.kind == "media":
            if front is not None and await self._claim(turn, front) is Claim.SURE:
                return await self._hand(turn, session, front)
            return menus.unwanted_file(turn, session, self._offer)
        if turn.kind == "text" and not any(char.isalnum() for char in turn.text):
            reply = Reply(key="common.nothing_to_read", buttons=menus.menu(turn, session, self._offer))
            return stack.returned(session, turn, (reply,), self._offer)
        asked = front is not None and front.question is not None
        if asked and turn.kind == "text" and phrases("try_again").whole(plain(turn.text)):
            return stack.returned(session, turn, (), self._offer)
        if turn.kind == "text" and COMMAND.match(turn.text):
            reply = Reply(key="common.no_commands", buttons=menus.menu(turn, session, self._offer))
            return stack.returned(session, turn, (reply,), self._offer)
        if (changed := manner.changed(turn, session, self._offer)) is not None:
            return changed
        if (linked := linking.wished(turn, session, self._offer)) is not None:
            return linked
        if (told := aside(turn, session, self._offer)) is not None:
            return replace(told, session=replace(told.session, failures=0))
        turn = guided(about_a_record(turn, self._offer), self._offer)
        said = refusals.heard(turn, self._offer)
        one_of_it = front is not None and said.refused == {front.service} and not said.wanted  # of several bills one
        if front is not None and one_of_it and await self._claim(turn, front) is Claim.SURE:
            return await self._hand(turn, session, front)
        turn = refusals.meant(without_assent(turn, front), session, said, self._offer)
        session, ended = refusals.ended(session, said, turn, self._offer)
        if ended:
            return (await self._answer(turn, replace(session, pending=None))).after(ended)
        if cases.asks_news(turn) or appointments_meant.asks_when(turn, self._offer.declared.get(turn.intent)):
            asking = replace(turn, intent="request_status")
            return await self._in_progress.answer(asking, replace(session, failures=0), Claim.NO)
        turn = appointments_meant.of_what_is_made(
            turn, front, self._offer.declared.get(front.service) if front else None
        )
        if owing := self._owing(turn, session):
            return await self._paid(turn, session, owing)
        if front is None and turn.open_order is not None and turn.kind == "text" and agreements.wants_to_pay(turn.text):
            return orders.shown_again(turn, replace(session, failures=0), self._offer, turn.open_order)
        turn = pausing.put_off(turn)
        claim = await self._claim(turn, front)
        if front is not None and claim is Claim.SURE:
            return await self._hand(turn, session, front)
        if pending == ERASE and turn.kind == "text" and phrases("keeps").within(plain(turn.text)):
            return keep(turn, session, self._offer)
        if pending == ERASE and turn.intent in ("affirm", "deny", "cancel"):
            return erase(turn) if turn.intent == "affirm" else keep(turn, session, self._offer)
        sounds_like = self._offer.is_wish(turn.intent) or turn.intent in SOUNDS_LIKE
        if sounds_like and (newest := await self._continued(turn, session)) is not None:
            return await self._hand(turn, replace(session, failures=0), newest)
        if turn.intent in PAYMENTS and orders.is_elsewhere(turn):
            return await self._in_progress.paid_elsewhere(turn, replace(session, failures=0))
        if turn.intent == "cancel" and front is None:
            stands = unpaid.asked(turn, session, self._offer) or cases.still_booked(turn, session)
            if stands is not None:
                return stands
        if (move := MOVES.get(turn.intent)) is not None:
            moved = move(turn, replace(session, failures=0), self._offer)
            there = moving.same_there(turn, session, moved, self._offer)
            if there is not None:
                return moving.arrived(moving.briefly(moved), await self._wish(there, moved.session))
            return moved
        if front is None and cases.moves_appointment(turn):
            turn = replace(turn, intent="change_appointment")
        if (
            turn.intent == "change_appointment"
            and (needing := await self._follow_up(turn, session, Claim.SURE)) is not None
        ):
            return await self._hand(turn, replace(session, failures=0), needing)
        if turn.intent in cases.INTENTS:
            return await self._in_progress.answer(turn, replace(session, failures=0), claim)
        if self._offer.is_wish(turn.intent):
            return await self._wish(turn, replace(session, failures=0))
        if claim is Claim.NO and turn.intent in ("inform", "nlu_fallback") and turn.first("city") is not None:
            return MOVES["change_city"](turn, replace(session, failures=0), self._offer)
        if turn.intent in ANSWERS:
            return await self._said_to_somebody(turn, session, front, claim)
        return await self._not_understood(turn, session, front, claim)

    async def _city_settled(self, turn: Turn, session: Session, pending: Mapping[str, JsonValue]) -> Outcome | None:
        """Whether the question which city is wished, or whether to move, is answered, and what comes of it."""
        session = replace(session, failures=0)
        if pending == moving.WHICH:
            return moving.change_city(turn, session, self._offer) if moving.names_city(turn, self._offer) else None
        if pending.get("kind") != moving.MOVE:
            return None
        if turn.intent in ("deny", "cancel"):
            return moving.stayed(turn, session, self._offer)
        city = self._offer.cities.get(str(pending["city"]))
        wished = turn.intent == "change_city" and moving.wished(turn, self._offer)[0] == city
        if city is None or not (wished or turn.intent == "affirm"):
            return None
        outcome = moving.moved(turn, session, self._offer, city)
        if "location" not in pending:
            return outcome
        there = moving.arrival(turn, outcome, city, pending)
        if self._offer.offers(city, there.intent):
            return moving.arrived(outcome, await self._wish(there, outcome.session))
        return moving.arrived(outcome, await self._location(there, outcome.session))

    async def _claim(self, turn: Turn, frame: Frame | None) -> Claim:
        handler = None if frame is None else self._tracing.handler(frame) or self._handlers.get(frame.service)
        if frame is None or handler is None:
            return Claim.NO
        return await handler.claims(turn, frame)

    async def _hand(self, turn: Turn, session: Session, frame: Frame) -> Outcome:
        handler = self._tracing.handler(frame) or self._handlers[frame.service]
        return await stack.hand(handler, turn, session, frame, self._offer)

    def _owing(self, turn: Turn, session: Session) -> list[Frame]:
        """What was shown as due last, where the turn wants nothing but to pay of it; with all, all that was shown."""
        named = {one.entity for one in turn.entities} - {"ordinal", "amount"}
        if turn.kind != "text" or named or not agreements.wants_which(turn.text):
            return []
        shown = [*session.open[-1:], *reversed(session.finished)]
        owing = [one for one in shown if self._owes(one)]
        if not owing or not (agreements.wants_to_pay(turn.text) or owing[0] is shown[0]):
            return []
        return owing if session.front is None and agreements.wants_all(turn.text) else owing[:1]

    async def _paid(self, turn: Turn, session: Session, owing: Sequence[Frame]) -> Outcome:
        """Hand a wish to pay to each that is meant, in the order in which they were shown."""
        turn = replace(turn, intent="affirm")
        outcome = await self._hand(turn, replace(session, failures=0), owing[-1])
        for frame in reversed(owing[:-1]):
            after = await self._hand(turn, outcome.session, frame)
            effects = (*outcome.effects, *after.effects)
            outcome = replace(after.after(outcome.replies), effects=effects)
        return outcome

    def _owes(self, frame: Frame) -> bool:
        handler: object = self._handlers.get(frame.service)
        return self._tracing.handler(frame) is None and isinstance(handler, Owes) and handler.owes(frame)

    async def _follow_up(self, turn: Turn, session: Session, least: Claim) -> Frame | None:
        """The newest finished look-up that a turn continues."""
        for frame in reversed(session.finished):
            if await self._claim(turn, frame) >= least:
                return frame
        return None

    async def _continued(self, turn: Turn, session: Session) -> Frame | None:
        """What was shown last, if a sentence that sounds like another wish goes on with it ("when does it come")."""
        newest = session.finished[-1] if session.finished else None
        other = turn.kind == "text" and newest is not None and newest.service != turn.intent
        return newest if other and await self._claim(turn, newest) is Claim.SURE else None

    async def _wish(self, turn: Turn, session: Session) -> Outcome:
        """A service is wished: gone on with, continued after its look-up, begun, or honestly not offered."""
        name = turn.intent
        if not self._offer.offers(turn.city, name):
            reply = say.not_offered(
                self._offer.title(name),
                self._offer.account_agency(turn.city, turn.context.channel),
                self._offer.elsewhere(turn.city, name),
                {} if session.open else self._offer.titles(turn.city),
            )
            return stack.returned(session, turn, (reply,), self._offer)
        mine = (frame for frame in session.open if frame.service == name and self._tracing.handler(frame) is None)
        running = next(mine, None)
        if running is not None:
            return await self._hand(turn, session, running)
        finished = next((frame for frame in session.finished if frame.service == name), None)
        if finished is not None and await self._claim(turn, finished) >= Claim.MAYBE:
            return await self._hand(turn, session, finished)
        before, (session, fresh) = session.shelved, session.begin(name, turn.now)
        if before is not None and before.service == name:
            session = replace(session, shelved=None)
            if turn.now - before.touched_at < SHELVED:
                fresh = replace(fresh, values=before.values)
        return await self._hand(turn, session, fresh)

    async def _said_to_somebody(self, turn: Turn, session: Session, front: Frame | None, claim: Claim) -> Outcome:
        """A bare answer, a correction, a choice, yes, no, back: to the question, or to what was shown last."""
        before, session = session.failures, replace(session, failures=0)
        to_the_question = front is not None and turn.intent == "deny"
        follows = claim is Claim.NO and not to_the_question
        if follows and (finished := await self._follow_up(turn, session, Claim.SURE)) is not None:
            return await self._hand(turn, session, finished)
        if front is not None:
            if turn.intent == "deny" and front.question is None:
                return MOVES["cancel"](turn, session, self._offer)
            return await self._hand(turn, session, front)
        if turn.open_order is not None and turn.intent in ("affirm", "choose"):
            return orders.shown_again(turn, session, self._offer, turn.open_order)
        if turn.open_order is not None and turn.intent == "deny":
            return MOVES["cancel"](turn, session, self._offer)
        newest = session.finished[-1] if session.finished else None
        if await self._claim(turn, newest) is Claim.MAYBE and newest is not None:
            return await self._hand(turn, session, newest)
        named = refusals.heard(turn, self._offer).wanted if turn.intent == "inform" else ()
        if len(named) == 1 and self._offer.offers(turn.city, named[0]):  # 水费: what it is called says what is wished
            return await self._wish(replace(turn, intent=named[0]), session)
        given = [found.entity for found in turn.entities]
        if turn.intent in ("inform", "choose") and turn.kind == "text" and not given and not session.finished:
            return await self._not_understood(turn, replace(session, failures=before), front, claim)
        if takers := self._offer.taking(turn.city, given):
            buttons = [menus.with_values(name, turn, self._offer) for name in takers]
            return Outcome(session, turn.locale, (Reply(key="common.what_with_value", buttons=[*buttons, say.LIST]),))
        reply = Reply(key="common.nothing_open", buttons=menus.menu(turn, session, self._offer))
        return Outcome(session, turn.locale, (reply,))

    async def _not_understood(self, turn: Turn, session: Session, front: Frame | None, claim: Claim) -> Outcome:
        if front is not None and claim is Claim.MAYBE:
            return await self._hand(turn, session, front)
        if (finished := await self._follow_up(turn, session, Claim.SURE)) is not None:
            return await self._hand(turn, session, finished)
        if turn.intent == "out_of_scope":
            return misunderstanding.out_of_scope(turn, replace(session, failures=0), self._offer)
        too_long = turn.kind == "text" and len(turn.text) >= TEXT_READ
        return misunderstanding.not_understood(turn, session, self._offer, too_long=too_long)

    async def _location(self, turn: Turn, session: Session) -> Outcome:
        """A shared place: for the question, for what was shown last, or to begin the one service that wants it."""
        shared = turn.location
        if shared is not None and (there := self._offer.other_city_at(turn.city, shared)) is not None:
            return moving.offered(turn, session, self._offer, there, shared)
        if session.front is not None and await self._claim(turn, session.front) is Claim.SURE:
            return await self._hand(turn, session, session.front)
        if (finished := await self._follow_up(turn, session, Claim.SURE)) is not None:
            return await self._hand(turn, session, finished)
        takers = self._offer.taking_location(turn.city)
        if len(takers) == 1:
            return await self._wish(replace(turn, intent=takers[0]), session)
        if takers and turn.location is not None:
            place: dict[str, JsonValue] = turn.location.model_dump(mode="json")
            buttons = say.service_buttons(self._offer.titles(turn.city, takers))
            reply = Reply(key="common.what_with_location", buttons=buttons)
            return stack.returned(replace(session, pending=place), turn, (reply,), self._offer)
        reply = Reply(key="common.location_not_needed", buttons=menus.menu(turn, session, self._offer))
        return stack.returned(session, turn, (reply,), self._offer)
