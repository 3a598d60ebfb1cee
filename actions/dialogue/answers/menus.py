"""What stands under a reply that cannot go on: what is done here, and a person."""

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from desk.contract.messages import Button, Reply


def menu(turn: Turn, session: Session, offer: Offer) -> list[Button]:
    """The services and a person; nothing where a service is in progress."""
    return [] if session.open else [*say.service_buttons(offer.titles(turn.city)), say.HUMAN]


def with_values(name: str, turn: Turn, offer: Offer) -> Button:
    """A button that begins a service with what was just given."""
    entities = offer.declared[name].entities
    values = {found.entity: found.value for found in turn.entities if found.entity in entities}
    return say.beginning(name, offer.title(name), values)


def unwanted_file(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Files that no form wants are kept for a clerk; what is wished must be typed."""
    voice = turn.media is not None and turn.media.content_type.startswith("audio/")
    key = "common.voice_kept" if voice else "common.file_kept"
    return stack.returned(session, turn, (Reply(key=key, buttons=[say.HUMAN]),), offer)
