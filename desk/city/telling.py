"""How often, and when, residents are told on a channel what nobody has just asked for. Urgent news and alerts pass."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

type ADay = Annotated[int, Field(ge=1, le=100)]

MORNING = time(8)
"""When the next day begins for what was one too many, where there are no quiet hours."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuietHours(_Model):
    """When nobody is told of what is not urgent, local time: over midnight where `begins` is the later."""

    begins: time = time(21, 0)
    ends: time = time(8, 0)

    def holds(self, at: time) -> bool:
        """Whether a time by the city's clock is in them."""
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


class TellingThere(_Model):
    """What is otherwise on a channel. `price` is of a part of a text message, in yuan."""

    a_day: ADay | None = None
    quiet: QuietHours | None = None
    price: Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=4)] | None = None

    def next_time(self, local: datetime, told_today: int) -> datetime | None:
        """When somebody may be told, by the city's clock, who was told of so much today; None: now."""
        if self.quiet is not None and self.quiet.holds(local.time()):
            return next_clock(local, self.quiet.ends)
        if self.a_day is not None and told_today >= self.a_day:
            morning = MORNING if self.quiet is None else max(MORNING, self.quiet.ends)
            return at_clock(local + timedelta(days=1), morning)
        return None


USUAL: Mapping[str, TellingThere] = {
    "sms": TellingThere(a_day=4, quiet=QuietHours()),
    "mail": TellingThere(a_day=4, quiet=QuietHours()),
}
"""Text messages cost money, and both ring at night; a city may have it otherwise."""


def next_clock(local: datetime, at: time) -> datetime:
    """When it is a time of day next, in the zone of `local`."""
    found = at_clock(local, at)
    return found if found > local else at_clock(local + timedelta(days=1), at)


def at_clock(day: datetime, at: time) -> datetime:
    """A time of a day in its zone; the zone's offset is that of the moment."""
    zone = day.tzinfo
    assert isinstance(zone, ZoneInfo)
    return datetime.combine(day.date(), at, tzinfo=zone)
