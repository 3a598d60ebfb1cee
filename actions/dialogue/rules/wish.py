"""A service is wished: gone on with, continued after its look-up, begun, or honestly not offered."""

from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import cases, ended, office_hours
from actions.dialogue.answers.global_commands import complain_about_bot
from actions.dialogue.answers.offer import Offer
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.arbiter import HANDS_OVER
from actions.dialogue.reading.misheard import heard_again
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import documents, knowing, not_offered
from actions.dialogue.rules.rule import CODE, GUIDE, At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.session_timeout import SHELVED
from actions.dialogue.state.turn import Turn
from actions.fields.correction import correction
from actions.schema import ApplicationService, AppointmentService, CodeService, ReportService
from desk.contract.commands import Command
from desk.contract.messages import CaseNote

CHANGES: tuple[Command, ...] = ("move", "withdraw", "cancel_this", "change", "status")
MOVES: tuple[Command, ...] = ("move", "withdraw", "cancel_this")
ASKED, NEARLY = 0.5, 0.3
"""So likely a change of what stands elsewhere is meant though nothing is booked here; and so likely by its words an
appointment is wished where a change is not sure."""
BEGINS: frozenset[Command] = ASKS | {"start"}
SURE, HARDLY = 0.85, 0.1
"""Less sure of another service by its words, and less likely a wish or a question in its situation, none is begun."""
REMARKED = 0.45
"""Less likely a wish or a question is heard, what sounds like the service of what was just made is a remark on it."""
ALL_BUT_CERTAIN, NOT_ITS = 0.9, 0.05
"""So likely something is asked, and so unlikely about a service, that service is not meant."""
HEARD, ALL_BUT_SURE, LIKELY = 0.2, 0.95, 0.1
"""So likely a change must be heard in the situation, where nothing is booked, but for words that are all but sure of
it; and so likely another wish is the one that is meant instead."""


async def granted(at: At) -> Outcome:
    """Do what the turn's intent wishes."""
    turn, session, offer, handlers = at.turn, at.session, at.offer, at.handlers
    name = turn.intent
    if not offer.offers(turn.city, name):
        return await not_offered.said(at)
    mine = (frame for frame in reversed(session.open) if frame.service == name and not handlers.is_proving(frame))
    running = next(mine, None)
    if running is not None:
        return await handlers.hand(turn, session, running)
    finished = next((frame for frame in session.finished if frame.service == name), None)
    if finished is not None and await handlers.claim(turn, finished) >= Claim.MAYBE:
        return await handlers.hand(turn, session, finished)
    own = await documents.of_their_own(at)
    if own is not None:
        return replace(own, session=replace(own.session, open=session.open))
    turn, session = _with_misheard_words(turn, session, offer)
    before, shown, (session, fresh) = session.shelved, _just_shown(session), session.begin(name, turn.now)
    fresh = replace(fresh, values=_taken_up(offer, name, shown))
    if before is not None and before.service == name:
        session = replace(session, shelved=None)
        if turn.now - before.touched_at < SHELVED:
            fresh = replace(fresh, values=before.values)
    return await handlers.hand(turn, session, fresh)


def _just_shown(session: Session) -> Frame | None:
    """What the last message looked up."""
    newest = session.finished[-1] if session.finished else None
    return newest if newest is not None and newest.touched_at == session.touched_at else None


def _taken_up(offer: Offer, name: str, shown: Frame | None) -> dict[str, JsonValue]:
    """What a look-up takes from the one before ("does that one go to the lake?": from the stop that was shown)."""
    declared = offer.declared[name]
    if shown is None or not isinstance(declared, CodeService):
        return {}
    taken = (one for one in declared.takes_up if one.service == shown.service and shown.values.get(one.value))
    return {one.as_: shown.values[one.value] for one in taken}


def _with_misheard_words(turn: Turn, session: Session, offer: Offer) -> tuple[Turn, Session]:
    """The turn with the words that were taken for a report, where it refuses that; the report is let go."""
    again = heard_again(turn, session.front, offer)
    if again is turn or not correction(turn.text).refused:
        return turn, session
    return again, stack.dropped(session)


async def run(at: At) -> Ran:
    if _asks_something_else(at):
        concerned = office_hours.concerned(at.turn, at.session, at.offer)
        return knowing.unknown(at.but(session=at.understood), concerned)
    if (made := _already_made(at)) is not None:
        return at.but(session=at.understood).answered(ended.stays(made))
    if _is_a_guess(at):
        return at.but(replace(at.turn, intent="nlu_fallback"))
    return await granted(at.but(session=at.understood)) if at.offer.is_wish(at.turn.intent) else None


def _asks_something_else(at: At) -> bool:
    """Whether it is all but certainly a question, and hardly about the service whose words it has: no form begins.

    Of 302 lines of development that wish a form seven are so, all of them questions that guides answer.
    """
    turn, declared, inquiry = at.turn, at.offer.declared.get(at.turn.intent), at.turn.inquiry
    if turn.kind != "text" or declared is None or inquiry is None or declared.kind in (CODE, GUIDE):
        return False
    if any(one.service is not None for one in turn.proposed):
        return False  # a larger model takes it for a wish
    if turn.intent in at.session.known or turn.has(declared.entities):
        return False
    return inquiry.asks >= ALL_BUT_CERTAIN and inquiry.probability(turn.intent) < NOT_ITS


def _already_made(at: At) -> CaseNote | None:
    """What was made of the service whose words are a remark on that: they name nothing of another one, and the
    situation hardly hears a wish or a question ("well, I put a board over it").
    """
    turn, declared = at.turn, at.offer.declared.get(at.turn.intent)
    if turn.kind != "text" or not turn.reading.of_model or at.front is not None or declared is None:
        return None
    if turn.has(declared.entities) or turn.reading.probability(BEGINS) >= REMARKED:
        return None
    asks = turn.inquiry is not None and turn.inquiry.is_question
    live = (case for case in turn.context.cases if case.service == turn.intent and not case.over)
    return None if asks else next(live, None)


def _is_a_guess(at: At) -> bool:
    """Whether words, in the middle of something, sound like another service, and the situation hears no wish."""
    turn, front, declared = at.turn, at.front, at.offer.declared.get(at.turn.intent)
    if turn.kind != "text" or front is None or declared is None or turn.intent == front.service:
        return False
    unheard = turn.reading.of_model and turn.reading.probability(BEGINS) < HARDLY
    return unheard and turn.confidence < SURE and not turn.has(declared.entities)


async def in_hand(at: At) -> Ran:
    """How something stands that was made, or another time for it."""
    if _asks_news_of_it(at):
        asking = replace(at.turn, intent="request_status")
        return await at.handlers.in_progress.answer(asking, at.understood, Claim.NO)
    if at.turn.intent not in cases.INTENTS:
        return None
    if _complains(at.turn):
        return complain_about_bot(at.turn, at.understood, at.offer)
    if (other := _rather(at)) is not None:
        return at.but(other)
    return await at.handlers.in_progress.answer(at.turn, at.understood, await at.claim())


def _asks_news_of_it(at: At) -> bool:
    """Whether a clause surely asks how what it names stands, which was applied for elsewhere: no form begins on it."""
    turn, declared = at.turn, at.offer.declared.get(at.turn.intent)
    made = isinstance(declared, ApplicationService | AppointmentService | ReportService)
    if not made or turn.kind != "text" or not turn.reading.of_model or at.front is not None:
        return False
    clauses = [turn.only(part) for part in turn.parts] or [turn]
    return any(one.intent in (turn.intent, "request_status") and one.means("status") for one in clauses)


def _is_about_what_was_made(turn: Turn) -> bool:
    """Whether there is what a change, or news, may be of."""
    if turn.intent == "request_status":
        return bool(turn.context.cases or turn.context.orders)
    booked = any(case.kind == "appointment" for case in turn.context.cases)
    return turn.intent != "change_appointment" or booked


def _complains(turn: Turn) -> bool:
    """Whether the situation surely hears a complaint ("three weeks, and nobody mends it"), of nothing made here."""
    surely = turn.reading.of_model and turn.means("complain") and turn.reading.first.probability >= HANDS_OVER
    return surely and turn.kind == "text" and not turn.has(("reference",)) and not _is_about_what_was_made(turn)


def _asks_how_it_stands(clause: Turn) -> bool:
    """Whether a clause surely asks how something stands: what stands beside it says what ("filed a month ago, …")."""
    surely = clause.intent == "request_status" and clause.confidence >= ALL_BUT_SURE
    return surely and clause.reading.probability(CHANGES) >= HEARD


def _booked_anew(at: At) -> Turn | None:
    """The turn with the appointment that it names, where nothing is booked that could be changed and no change is
    heard ("no change, a first one: we marry").
    """
    turn, declared = at.turn, at.offer.declared
    if turn.intent != "change_appointment":
        return None
    near = [one.name for one in turn.ranking if one.name != turn.intent and one.confidence >= NEARLY]
    near = [name for name in near if isinstance(declared.get(name), AppointmentService)]
    if turn.confidence < SURE and len(near) == 1 and at.offer.offers(turn.city, near[0]):
        return replace(turn, intent=near[0])
    if turn.reading.probability(MOVES) >= ASKED:
        return None
    named = [name for name in negation.heard(turn, at.offer).wanted if isinstance(declared[name], AppointmentService)]
    offered = [name for name in named if at.offer.offers(turn.city, name)]
    return replace(turn, intent=offered[0]) if len(offered) == 1 else None


def _rather(at: At) -> Turn | None:
    """The turn with its likeliest other wish, where nothing was made that it can be about, and hardly a word of it."""
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or turn.has(("reference",)) or _is_about_what_was_made(turn):
        return None
    if (new := _booked_anew(at)) is not None:
        return new
    if turn.reading.probability(CHANGES) >= HEARD or turn.confidence >= ALL_BUT_SURE:
        return None
    if any(_asks_how_it_stands(turn.only(part)) for part in turn.parts):
        return None
    others = (one for one in turn.ranking if one.name != turn.intent and at.offer.offers(turn.city, one.name))
    best = next(others, None)
    likely = best is not None and best.confidence >= LIKELY
    return replace(turn, intent=best.name if best is not None and likely else "nlu_fallback", confidence=LIKELY)
