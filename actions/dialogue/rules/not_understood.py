"""What no other rule answers: tried by the question and by what was shown, else asked back.

A question after something was told, shown or named is not asked back: that it is not known here is said, and who knows.
"""

from dataclasses import replace

from actions.dialogue.answers import misunderstanding, office_hours
from actions.dialogue.ports import Claim
from actions.dialogue.reading.arbiter import likeliest_wish
from actions.dialogue.reading.polar import asks_something
from actions.dialogue.rules import at_hand, knowing, whom_to_call, wish
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command

BEGINS: tuple[Command, ...] = ("start",)
ALL_BUT_SURE, ELSEWHERE, LIKELY = 0.95, 0.7, 0.3
SURELY_ELSEWHERE, NEARLY = 0.9, 0.4
"""Words that are no surer of another office are a wish where the situation all but surely hears one, of the service
that is likely then: the two are learnt apart, and one may know better."""
TEXT_READ = 1_000
"""Characters of a message that are read (docs/explanation/contracts.md)."""


async def run(at: At) -> Ran:
    offered = _offered_for(at)
    return await said(at) if offered is None else await wish.granted(at.but(offered, at.understood))


def _offered_for(at: At) -> Turn | None:
    """The turn as a wish for the one service that was just offered, where it names what that is about.

    Who was told a guide and says where it is, in whatever words, means the report that stands below it.
    """
    turn = at.turn
    if turn.kind != "text" or at.front is not None or turn.intent != "nlu_fallback":
        return None
    if turn.inquiry is not None and turn.inquiry.is_question:
        return None
    payloads = [choice.payload.removeprefix("/") for choice in at.session.choices]
    services = [name for name in payloads if at.offer.offers(turn.city, name)]
    if len(services) != 1 or not turn.has(at.offer.declared[services[0]].entities):
        return None
    return replace(turn, intent=services[0])


def _wished(at: At) -> str | None:
    """The service that is wished after all, where words took it for another office's."""
    turn, inquiry = at.turn, at.turn.inquiry
    if turn.kind != "text" or at.front is not None or not turn.reading.of_model:
        return None
    if turn.reading.probability(BEGINS) < ALL_BUT_SURE:
        return None
    about = None if inquiry is None else inquiry.service
    if about is not None and turn.confidence < SURELY_ELSEWHERE and at.offer.offers(turn.city, about):
        return about  # its words are odd ("the chicken fund"), and what it is about is heard all the same
    last = turn.only(turn.parts[-1]) if turn.parts else turn
    if last.intent in at.offer.declared and last.reading.probability(BEGINS) >= ALL_BUT_SURE:
        return last.intent if last.confidence >= NEARLY and at.offer.is_wish(last.intent) else None
    asks = inquiry is not None and inquiry.is_question
    least = NEARLY if asks else LIKELY
    return None if turn.confidence >= ELSEWHERE else likeliest_wish(turn, at.offer, least)


async def said(at: At) -> Outcome:
    """Ask back."""
    turn, session, front = at.turn, at.session, at.front
    if front is not None and await at.claim() is Claim.MAYBE:
        return await at.handlers.hand(turn, session, front)
    if (finished := await at.handlers.follow_up(turn, session, Claim.SURE)) is not None:
        return await at.handlers.hand(turn, session, finished)
    if turn.intent == "out_of_scope":
        if (wished := _wished(at)) is not None:
            return await wish.granted(at.but(replace(turn, intent=wished), at.understood))
        asks = turn.inquiry is not None and turn.inquiry.is_question
        found = whom_to_call.fitting(at, named=not asks)  # who wishes it is told, too, by its words
        if found is None and asks and (named := whom_to_call.named_last(at)) is not None:
            return at.but(session=at.understood).answered(named)
        return misunderstanding.out_of_scope(turn, at.understood, at.offer, None if found is None else found[1])
    if (unknown := await _not_known(at)) is not None:
        return unknown
    too_long = turn.kind == "text" and len(turn.text) >= TEXT_READ
    return misunderstanding.not_understood(turn, session, at.offer, too_long=too_long)


async def _not_known(at: At) -> Outcome | None:
    """That a question is not known here, where something is at hand that it may be about, or whom to call was named."""
    turn, inquiry = at.turn, at.turn.inquiry
    asks = inquiry is not None and inquiry.is_question and asks_something(turn.text)
    if turn.kind != "text" or at.front is not None or not asks:
        return None
    if at.session.finished:
        concerned = office_hours.concerned(turn, at.session, at.offer)
        return await at_hand.not_said(at) or knowing.unknown(at.but(session=at.understood), concerned)
    named = whom_to_call.named_last(at)
    return None if named is None else at.but(session=at.understood).answered(named)
