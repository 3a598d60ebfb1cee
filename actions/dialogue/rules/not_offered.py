"""A service is wished that the city does not offer: that is said, with who does it; and how, where a guide tells that.

What is asked then is about that guide, and the refusal is not said again before its answer.
"""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.reading.inquiry import GUIDE, LIKELY, Inquiry
from actions.dialogue.rules import knowing
from actions.dialogue.rules.rule import At
from actions.dialogue.rules.whom_to_call import whom
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.schema import ApplicationService

ASKS = 0.3
"""So likely something is asked, the guide that was told answers it alone."""


async def said(at: At) -> Outcome:
    """Say that the service is not to be had here, and what its guide tells of it."""
    turn, session, offer = at.turn, at.session, at.offer
    name = turn.intent
    reply = say.not_offered(
        offer.title(name),
        whom(at, offer.account_agency(turn.city, turn.context.channel)),
        offer.elsewhere(turn.city, name),
        {} if session.open else offer.titles(turn.city),
    )
    refused = stack.returned(session, turn, (reply,), offer)
    slug = _guide(at)
    if slug is None:
        return refused
    known, asked = turn.inquiry or Inquiry(0.0), _was_told(at, slug)
    if asked and known.asks < ASKS:
        return refused
    inquiry = replace(known, matters=((f"{GUIDE}{slug}", 1.0),))
    told = await knowing.told_by_a_guide(at.but(replace(turn, inquiry=inquiry)), inquiry)
    if told is None:
        return refused
    return told if asked else told.after([reply])


def _guide(at: At) -> str | None:
    """The guide that a message is surely about; else that of what is applied for.

    A record or a bill has none: its guides are of other matters (how a deposit is withdrawn).
    """
    matters = () if at.turn.inquiry is None else at.turn.inquiry.matters[:1]
    surely = next((name.removeprefix(GUIDE) for name, likely in matters if likely >= LIKELY), "")
    guides = at.offer.finder.guides
    if surely in guides:
        return surely
    if not isinstance(at.offer.declared.get(at.turn.intent), ApplicationService):
        return None
    return next((slug for slug, guide in guides.items() if guide.service == at.turn.intent), None)


def _was_told(at: At, slug: str) -> bool:
    return any(frame.shown.get("guide") == slug for frame in at.session.finished)
