"""What the room of changes hands out: frozen rows."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What is changed."""

    GUIDE = "guide"  # by its slug
    FACT = "fact"  # by folder and name: next_bus/look_up_cost
    TEXT = "text"  # by its key in the catalogs
    LINES = "lines"  # what residents say to mean something, by folder and intent: next_bus/next_bus


class Stands(StrEnum):
    """How a change stands."""

    WAITS = "waits"
    ALLOWED = "allowed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was proposed.

    Attributes:
        before, after: the fields that it changes, as a form has them; `before` of a new one is empty.
        agency: whose it is; None: of no single one.
        remark: what was said when it was decided.
    """

    id: int
    kind: Kind
    name: str
    agency: str | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    by: str
    reason: str
    at: datetime
    state: Stands
    decided_by: str | None
    decided_at: datetime | None
    remark: str

    @property
    def differences(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Of each field its lines, each with what it is: `-` goes, `+` comes, a blank stays."""
        for name in self.after:
            old, new = (given.get(name, "").splitlines() for given in (self.before, self.after))
            told = [one for one in difflib.ndiff(old, new) if not one.startswith("?")]
            yield name, [(one[0], one[2:]) for one in told]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of a change before it is proposed: `console.edit_found_<why>`.

    `stops`: it is not taken as it is.
    """

    why: str
    what: str = ""
    stops: bool = False
