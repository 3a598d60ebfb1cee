"""Words that take the place of what was reported, at its summary ("a branch has fallen, it's not the road")."""

import re

from actions.dialogue.state.turn import Turn
from actions.fields.correction import correction
from actions.phrases import phrases, plain

_COLON = re.compile("[:：]")
LEAST = 4
"""So many characters say what it is about."""


def reworded(turn: Turn) -> Turn | None:
    """The turn with nothing but what is meant: the new description, or what it is instead; None: it is no such turn."""
    if turn.kind != "text":
        return None
    if (behind := _behind_a_colon(turn.text)) is not None:
        return _with(turn, behind)
    if rewrites(turn):
        return _with(turn, phrases("rewrites_description").cut_from(turn.text))
    said = correction(turn.text)
    if not any(len(one) >= LEAST for one in said.refused):
        return None
    return _with(turn, ", ".join(said.told or (said.lead,)))


def rewrites(turn: Turn) -> bool:
    """Whether a text says of the description what it should be: whatever else its words may be."""
    if turn.kind != "text":
        return False
    return phrases("rewrites_description").begins(plain(turn.text)) or _behind_a_colon(turn.text) is not None


def _behind_a_colon(text: str) -> str | None:
    """What stands behind a colon in a text that speaks of the description ("my words are gone, put back: …")."""
    before, *behind = _COLON.split(text, maxsplit=1)
    speaks = behind and len(behind[0].strip()) >= LEAST and phrases("field_description").within(plain(before))
    return behind[0] if speaks else None


def _with(turn: Turn, text: str) -> Turn | None:
    rest = text.strip(" ,，。.;；:：、")
    return turn.saying(rest) if len(rest) >= LEAST else None
