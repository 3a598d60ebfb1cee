"""That there are notices on what was just looked up: said once in a conversation, and never by itself."""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from desk.contract.messages import EmergencyHeard, OpenOrder, OpenTicket, Reply, ShowOrder

GOES_ON = (EmergencyHeard, OpenOrder, OpenTicket, ShowOrder)
"""Effects after which something else is at hand."""


def after(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Outcome:
    """The same, and after a look-up that ended, with nothing left open, how to hear of what is new there."""
    session = outcome.session
    looked_up = session.finished[-1] if session.finished else None
    if session.suggested or looked_up is None or looked_up.touched_at != turn.now or looked_up in before.finished:
        return outcome
    is_over = outcome.service is None and not session.open and session.pending is None
    is_over = is_over and not any(isinstance(one, GOES_ON) for one in outcome.effects)
    if not is_over or not outcome.replies or turn.context.manner == "elderly":
        return outcome
    suggested = offer.suggested.get(looked_up.service)
    topic = offer.topics.get((suggested and suggested.of(looked_up.values)) or "")
    if topic is None or any(one.topic == topic.slug for one in turn.context.subscriptions):
        return outcome
    said = Reply(key="announcements.suggested", args={"topic": {"name": topic.names.model_dump(exclude_none=True)}})
    return replace(outcome, replies=(*outcome.replies, said), session=replace(session, suggested=True))
