"""Refund rules: what of a fee goes back when what it was paid for is given up. Data of service and city files.

`full` is all of it, `half` the half, rounded up to the fen; `clerk` means that a person of the agency decides.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type Share = Literal["full", "half", "none", "clerk"]
type Back = Literal["full", "half"]
"""Shares of which something goes back by itself."""

FEN = Decimal("0.01")


class RefundRule(BaseModel):
    """One rule. An appointment that is given up early enough costs nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    full_until_hours: Annotated[int, Field(ge=0, le=720)] | None = Field(
        None,
        description="All goes back when it is given up so many hours before the appointment, or earlier. Unset: never.",
    )
    otherwise: Literal["half", "none", "clerk"] = Field(
        "clerk",
        description="Later, or where there are no hours: the `half` goes back, or `none`; `clerk`: a person decides.",
    )

    def full_until(self, at: datetime) -> datetime | None:
        """Until when all goes back, of an appointment at a time; None: never."""
        return None if self.full_until_hours is None else at - timedelta(hours=self.full_until_hours)

    def share(self, at: datetime | None, now: datetime) -> Share:
        """What goes back when it is given up now; `at` is the time of an appointment."""
        until = None if at is None else self.full_until(at)
        return "full" if until is not None and now <= until else self.otherwise


def part(amount: Decimal, share: Share) -> Decimal:
    """So much of an amount goes back by itself."""
    if share == "half":
        return (amount / 2).quantize(FEN, ROUND_HALF_UP)
    return amount if share == "full" else Decimal(0)
