"""Whether a resident will not give what is being asked for.

Not wanting to go on at all ("I give up on this", "never mind") is none of these: that ends what is being done.
"""

import re

from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.commands import Command

ENDS: tuple[Command, ...] = ("cancel_this",)
SURE, HEARD = 0.9, 0.3
"""So sure words are of an end, and so likely the situation hears one, that nothing is merely left out."""
LONGEST = 40
_REPEATED = re.compile(r"^(.{1,6}?)(?:\W*\1)+$")
"""A word that is said twice."""
BRIEF = 6
"""A question of no more characters needs no word for what is asked ("why?", two characters in Cantonese)."""


def declines(turn: Turn) -> bool:
    """Whether a sentence says that something is not given, or is to be passed over, whatever it is understood as."""
    said = _said(turn)
    asks = turn.inquiry is not None and turn.inquiry.is_question
    if turn.means("skip") and turn.intent != "cancel" and not asks:
        return True
    if not said or phrases("gives_up").within(said) or _ends(turn):
        return False
    return phrases("skips").whole(said) or phrases("declines").within(said)


def _ends(turn: Turn) -> bool:
    """Whether words surely end what is being done, and the situation hears that, too."""
    heard = turn.reading.of_model and turn.reading.probability(ENDS) >= HEARD
    return heard and turn.intent == "cancel" and turn.confidence >= SURE


def lacks(turn: Turn) -> bool:
    """Whether a sentence says that the resident has no such thing, and no more."""
    return phrases("lacks").whole(_said(turn))


def answers_to_asking(turn: Turn) -> bool:
    """Whether a sentence speaks of what is asked for instead of giving it."""
    return declines(turn) or lacks(turn) or asks_why(turn)


def is_bare_no(turn: Turn) -> bool:
    """Whether a sentence is a no, and no more."""
    return phrases("bare_no").whole(_said(turn))


def is_no_end(turn: Turn) -> bool:
    """Whether a clause is a no, or says that something was wrong, once or twice, and no more: what it means stands
    beside it.
    """
    once = _REPEATED.sub(r"\1", _said(turn))
    return any(phrases(group).whole(once) for group in ("bare_no", "of_a_correction"))


def asks_why(turn: Turn) -> bool:
    """Whether a sentence asks what something is wanted for."""
    said = _said(turn)
    if turn.means("ask_why"):
        return True
    return phrases("asks_why").within(said) and (len(said) <= BRIEF or phrases("asks_why_of").within(said))


def _said(turn: Turn) -> str:
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return ""
    return plain(turn.text)
