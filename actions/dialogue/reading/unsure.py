"""Intents with a heavy consequence count only where they are sure.

Handing over stops the assistant in the middle of what is being done, so a sentence that merely sounds like anger is
asked about first, as what was not understood is: with a button to a person, and the second time in a row a person.
"""

from collections.abc import Mapping
from dataclasses import replace

from actions.dialogue.reading.reading import ASKS
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command

SURE: Mapping[str, float] = {"complain_about_bot": 0.8, "human_agent": 0.6}
"""The least confidence, calibrated, at which a typed sentence hands over by itself.

Of complaints in the development lines 25 of 27 reach theirs, of wishes for a person 22 of 22; the one line that is
taken for a complaint and is none does not. Of the held-out lines 37 of 41 and 38 of 38; of three that are neither one.
"""

ALSO: Mapping[str, frozenset[Command]] = {
    "complain_about_bot": frozenset({"complain", "person"}),
    "human_agent": frozenset({"complain", "person"}),
}
HEARD = 0.05
"""So likely the situation must hear it, too."""
ABOUT = 0.6
"""Or so likely the message is about that, by another opinion than its words'."""
MAY_BE_ASKED = frozenset({"human_agent"})
"""Heard no less than a question, too ("nobody answers, whom else do I call"); who is angry asks without asking."""


def weighed(turn: Turn) -> Turn:
    """The turn, as one that was not understood where it is too unsure for what would follow."""
    if turn.kind != "text" or turn.intent not in SURE:
        return turn
    reading, also = turn.reading, turn.reading.probability(ALSO[turn.intent])
    least = max(HEARD, reading.probability(ASKS)) if turn.intent in MAY_BE_ASKED else HEARD
    about = 0.0 if turn.inquiry is None or turn.intent in MAY_BE_ASKED else turn.inquiry.probability(turn.intent)
    heard = not reading.of_model or also >= least or about >= ABOUT
    return turn if heard and turn.confidence >= SURE[turn.intent] else replace(turn, intent="nlu_fallback")
