"""A question beside something else that was done: a fact or a guide answers it, or it is said who knows."""

from actions.dialogue.answers import facts, office_hours
from actions.dialogue.reading.inquiry import LIKELY
from actions.dialogue.rules import fact, knowing, question
from actions.dialogue.rules.rule import At, matter_of
from actions.dialogue.state.outcome import Outcome


async def told(at: At) -> Outcome:
    """The answer to a clause that asks, where something is open or was shown; it never passes."""
    found = fact.told(at, at_hand=True) or await _nearest(at) or fact.offered(at)
    for rule in (knowing, question):
        if found is None:
            ran = await rule.run(at)
            found = ran if isinstance(ran, Outcome) else None
    concerned = office_hours.concerned(at.turn, at.session, at.offer)
    return found or knowing.unknown(at.but(session=at.understood), concerned)


async def _nearest(at: At) -> Outcome | None:
    """The fact of what is talked of that is likely meant, though a guide may be; else that guide."""
    inquiry, matter = at.turn.inquiry, matter_of(at.turn, at.session, at.offer)
    if inquiry is None or matter is None:
        return None
    found, likely = next(iter(facts.likely(inquiry, at.turn.city, at.offer)), (None, 0.0))
    if found is not None and found.service == matter.service and likely >= fact.OF_A_CLAUSE:
        return at.but(session=at.understood).answered(fact.said(at, found))
    return await knowing.told_by_a_guide(at, inquiry) if inquiry.likeliest_guide >= LIKELY else None
