"""Sentences that name a value and nothing else ("and tomorrow?"): what is asked of it was said before."""

from collections.abc import Iterable

from actions.dialogue.state.turn import Turn
from actions.transit.naming import plain
from values.calendar import mentions
from values.lexicon import lexicon

_LEXICON = lexicon(__file__)
_WORDS = _LEXICON.pattern("words")
_WHENS = _LEXICON["whens"]
LONGEST = 60
"""Characters of a message that is nothing but a value with a few small words."""


def carries_on(turn: Turn) -> bool:
    """Whether a text is a day alone, or any value beside words that only carry on."""
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return False
    days = [*(one.written for one in mentions(turn.text, turn.now.date())), *_WHENS]
    beside = _beside(turn.text, [*days, *(one.value for one in turn.entities)])
    return beside is not None and (any(beside) or _beside(turn.text, days) is not None)


def only_names(text: str, values: Iterable[str]) -> bool:
    """Whether a text has at least one of the values, and beside them only words that carry on."""
    return _beside(text, values) is not None


def _beside(text: str, values: Iterable[str]) -> list[str] | None:
    """What stands beside the values; None where a text has none of them, or says more."""
    said = rest = plain(text)
    for key in sorted({plain(value) for value in values} - {""}, key=len, reverse=True):
        rest = rest.replace(key, "\n", 1)
    pieces = rest.split("\n")
    return pieces if rest != said and all(_WORDS.fullmatch(piece) for piece in pieces) else None
