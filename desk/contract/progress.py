"""How far the services have come that a resident has begun: what they gave so far, read out of the dialogue's state.

The dialogue writes that state (`actions/dialogue/state/session.py`) and the bot carries it; a test holds both to what
is read here. What a newer version writes in another form is not guessed at.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

SKIPPED = ""
"""The value of a field that the resident need not give, and does not."""

CATEGORY, SORT = "category", "sort"
"""The field of a report's category, and under which name it is remembered with its names (`actions/kinds/report`)."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(_Read):
    """The question that is open: the entity that is asked for and its field; neither where a yes or no is."""

    asks_for: str | None = None
    field: str | None = None


class Begun(_Read):
    """A service that was begun and is not over: what the resident gave, by field, in the form that services keep.

    `shown` is what the service remembers of its results.
    """

    service: str
    values: Mapping[str, JsonValue] = Field(default_factory=dict)
    question: Asked | None = None
    shown: Mapping[str, JsonValue] = Field(default_factory=dict)

    def names_of(self, field: str) -> Mapping[str, JsonValue] | None:
        """What an agency calls a category that was chosen, by language; None: it is no category, or is not remembered.

        Its code is the agency's, which tells nobody anything; the kind `report` remembers the names beside the values.
        """
        kept = self.shown.get(SORT) if field == CATEGORY else None
        if not isinstance(kept, dict) or kept.get("code") != self.values.get(field):
            return None
        names = kept.get("names")
        return names if isinstance(names, dict) and names else None


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
