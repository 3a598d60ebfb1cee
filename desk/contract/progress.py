"""How far the services have come that a resident has begun: what they gave so far, read out of the dialogue's state.

The dialogue writes that state (`actions/dialogue/state/session.py`) and the bot carries it; a test holds both to what
is read here. What a newer version writes in another form is not guessed at.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

SKIPPED = ""
"""The value of a field that the resident need not give, and does not."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(_Read):
    """The question that is open: the entity that is asked for and its field; neither where a yes or no is."""

    asks_for: str | None = None
    field: str | None = None


class Begun(_Read):
    """A service that was begun and is not over: what the resident gave, by field, in the form that services keep."""

    service: str
    values: Mapping[str, JsonValue] = Field(default_factory=dict)
    question: Asked | None = None


class _Session(_Read):
    version: Literal[1]
    open: tuple[Begun, ...] = ()


class _Slots(_Read):
    session: _Session | None = None


class _State(_Read):
    version: Literal[1]
    slots: _Slots


def begun_in(state: Mapping[str, Any] | None) -> tuple[Begun, ...] | None:
    """The services that are begun, the one in front first, those behind it after it. None: another version wrote it."""
    if state is None:
        return ()
    try:
        session = _State.model_validate(state).slots.session
    except ValidationError:
        return None
    return () if session is None else tuple(reversed(session.open))
