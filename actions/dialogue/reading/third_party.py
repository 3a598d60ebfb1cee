"""Whether a sentence is about what belongs to somebody of the family."""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from actions.schema import RecordService


def is_of_kin(text: str) -> bool:
    """Whether what is wished is of a relative, or of somebody else; not where the resident's own is named."""
    return phrases("of_kin").within(plain(text)) and not is_own(text)


def is_own(text: str) -> bool:
    """Whether the resident's own is named."""
    return phrases("own").within(plain(text))


def about_a_record(turn: Turn, offer: Offer) -> Turn:
    """The turn as a wish for a record of the city's, where a relative's is wished and that was not understood.

    The service says then who may see it.
    """
    if turn.kind != "text" or turn.intent not in NOT_UNDERSTOOD or not is_of_kin(turn.text):
        return turn
    said = plain(turn.text)
    for name, declared in offer.declared.items():
        wanted = isinstance(declared, RecordService) and any(word in said for word in declared.called)
        if wanted and offer.offers(turn.city, name):
            return replace(turn, intent=name)
    return turn
