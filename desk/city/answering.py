"""How an agency answers residents who wait for a person: its limits, and what residents are told.

The defaults are the rules of the 12345 hotline (a work standard in draft, 2021): what comes in writing is
taken up within 2 hours; feedback within 2 hours, 24 hours, 7 days or 15 days, by urgency.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from desk.contract.wire import Slug

LIMIT = re.compile(r"(\d{1,4})(min|h|d)( around the clock)?")
SECONDS = {"min": 60, "h": 3600, "d": 86_400}


def _limit(said: str) -> str:
    found = LIMIT.fullmatch(said)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{said!r} is no limit: write 30min, 2h or 7d, and ` around the clock` if it never stops")
    return said


MENDING = "mending"
"""Stands in the place of an urgency for the ticket in which a bad grade is mended."""

type Limit = Annotated[str, AfterValidator(_limit), Field(max_length=24)]
"""`30min` and `2h` are of office time; `7d` are office days, of which each counts as one whatever its hours.

With ` around the clock` nights and holidays count too, and a day has 24 hours.
"""


class Urgency(StrEnum):
    """How soon a matter must be settled."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    USUAL = "usual"
    COMPLEX = "complex"


class AnsweringModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Resolution(AnsweringModel):
    """Within which time a matter must be settled, by urgency."""

    emergency: Limit = "2h around the clock"
    urgent: Limit = "24h around the clock"
    usual: Limit = "7d"
    complex: Limit = "15d"

    def of(self, urgency: str) -> str:
        """The limit of an urgency."""
        return str(getattr(self, Urgency(urgency).value))


class Answering(AnsweringModel):
    """How an agency answers.

    `reopens_days`: so long may a resident reopen a ticket that was closed. `capacity`: so many tickets a clerk has at
    once before others are given new ones. `share`: whether tickets are given to clerks on duty by themselves, in turn,
    or wait until somebody takes them; one that was given and not opened `opens_within_minutes` goes to the next.
    `backstop`: an agency that may take up as well what nobody has taken up when its first answer is due.
    `speaker`: as whom residents see a clerk, beside the agency's name.
    `grades`: whether residents are asked how satisfied they are; who gives no grade is invited once, so many days after
    they were asked. `mending_days`: office days within which a bad grade is mended (15: the State Council's rule for
    grades of government services, Guobanfa 2019 no. 51). `report_days`: days without news of a resident's report after
    which its clerks get a ticket of it (15: within which complaints to 12345 are to be settled).
    """

    first_answer: Limit = "2h"
    next_answer: Limit = "2h"
    resolution: Resolution = Resolution()
    reopens_days: Annotated[int, Field(ge=0, le=90)] = 7
    capacity: Annotated[int, Field(ge=1, le=100)] = 5
    share: Literal["by_hand", "in_turn"] = "by_hand"
    opens_within_minutes: Annotated[int, Field(ge=1, le=240)] = 5
    backstop: Slug | None = None
    speaker: Literal["agency", "name", "number"] = "agency"
    grades: bool = True
    invitation_days: Annotated[int, Field(ge=1, le=30)] = 3
    mending_days: Annotated[int, Field(ge=1, le=60)] = 15
    report_days: Annotated[int, Field(ge=1, le=90)] = 15

    def limit(self, clock: str, urgency: str) -> str:
        """The limit of a clock: `first_answer`, `next_answer` or `resolution`."""
        if urgency == MENDING and clock != "next_answer":  # its first words may be the call-back, with which it ends
            return f"{self.mending_days}d"
        return self.resolution.of(urgency) if clock == "resolution" else str(getattr(self, clock))
