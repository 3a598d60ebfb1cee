"""What the safety room hands out: frozen rows."""

from dataclasses import dataclass
from typing import Literal

type EndedAs = Literal["over", "wish", "silence", "none"]
"""How an emergency ended; `none`: the resident says that there was none."""


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    """An emergency that lasts. `said` counts the answers given in it; `kinds` are all that were told of, `beside`
    those that were nearly as likely.

    `told_by` is the message that told of it first.
    """

    id: int
    kind: str
    kinds: list[str]
    beside: list[str]
    steps: list[str]
    said: int
    told_by: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message tells of: the likeliest kind, others that are nearly as likely, and how sure that is (0 to 1).

    `down`: somebody does not respond, does not breathe or has collapsed; only the model hears that.
    `by` is who heard it: `signs`, which need nothing but the data, the bot's `model`, or the `resident`, who says so.
    """

    kind: str
    confidence: float
    by: Literal["signs", "model", "resident"]
    also: tuple[str, ...] = ()
    down: bool = False


type Next = Literal["goes_on", "over", "wish", "never"]
"""What a message within an emergency is: more of it, its end, or something else that is wanted."""


def matter_of(emergency_id: int) -> str:
    """The name of an emergency's matter: of one emergency there is one ticket."""
    return f"emergency:{emergency_id}"
