"""The clock of the pretend agencies: may be set ahead, so that tests see tomorrow. Kept in the state."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from sandbox.state import State

ZONE = ZoneInfo("Asia/Shanghai")
RECORD = ("_sandbox", "", "clock", "clock")


class Setting(BaseModel):
    """`PUT /_sandbox/clock`: how far the agencies' clock is ahead of the true one, and the day that bills are made on.

    Without `bills_on` that is today: a city always has the last month's. With it the bills of a day stay, also when
    a month has ended, as a store that is older knows them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ahead_seconds: Annotated[int, Field(ge=0, le=400 * 86400)] = 0
    bills_on: date | None = None


class Clock:
    """Gives the agencies' time. `true` gives the real one, aware. The pretend Alipay has a clock of its own."""

    def __init__(self, state: State, true: Callable[[], datetime]) -> None:
        self._state, self._true = state, true

    @property
    def setting(self) -> Setting:
        return Setting.model_validate(self._state.get(*RECORD) or {})

    def set(self, setting: Setting) -> None:
        self._state.put((*RECORD, setting.model_dump()))

    def now(self) -> datetime:
        return self._true() + timedelta(seconds=self.setting.ahead_seconds)

    def bills(self) -> datetime:
        """When bills are made: now, or at this time of the day that is set."""
        true, day = self._true(), self.setting.bills_on
        if day is None:
            return true
        return datetime.combine(day, true.astimezone(ZONE).time(), ZONE)

    def bills_later(self) -> datetime:
        """When it is looked how late they are."""
        return self.bills() + timedelta(seconds=self.setting.ahead_seconds)
