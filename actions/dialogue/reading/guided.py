"""Wishes that belong to a service and are answered by a published guide: how a deposit is withdrawn.

Which words are such a wish stands in the service files (`guided_words`).
"""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.turn import Turn

KIND = "guide"


def guided(turn: Turn, offer: Offer) -> Turn:
    """The turn as a question for the guides, where the city has them and a word of its service says so."""
    declared = offer.declared.get(turn.intent)
    if declared is None or turn.kind != "text":
        return turn
    said = turn.text.casefold()
    if not any(word in said for word in declared.guided_words):
        return turn
    guides = (name for name, one in offer.declared.items() if one.kind == KIND and offer.offers(turn.city, name))
    guide = next(guides, None)
    return turn if guide is None else replace(turn, intent=guide)
