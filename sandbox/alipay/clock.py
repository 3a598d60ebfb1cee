"""The pretend Alipay's clock: may be set ahead, and the waits of notifications made shorter. Both are kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from sandbox.state import State

SHANGHAI = ZoneInfo("Asia/Shanghai")
RECORD = ("alipay", "", "clock", "clock")


class Setting(BaseModel):
    """`ahead_seconds` is how far the clock is ahead: a day makes today's bill. `factor` divides what notifications
    wait: with 600 the four minutes to the second try are 0.4 s."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ahead_seconds: Annotated[int, Field(ge=0, le=400 * 86400)] = 0
    factor: Annotated[float, Field(ge=1, le=1_000_000)] = 1.0


class Clock:
    """Gives the pretend Alipay's time, Shanghai's. `true` gives the real one, aware."""

    def __init__(self, state: State, true: Callable[[], datetime]) -> None:
        self._state = state
        self._true = true
        self.reload()

    def reload(self) -> None:
        """Read the setting again, after the state was cleared."""
        self._setting = Setting.model_validate(self._state.get(*RECORD) or {})

    @property
    def setting(self) -> Setting:
        return self._setting

    def set(self, setting: Setting) -> None:
        self._state.put((*RECORD, setting.model_dump()))
        self._setting = setting

    def now(self) -> datetime:
        return self.true() + timedelta(seconds=self._setting.ahead_seconds)

    def true(self) -> datetime:
        """The time without what it is ahead."""
        return self._true().astimezone(SHANGHAI)

    def shortened(self, seconds: float) -> timedelta:
        """How long a wait of so many seconds takes."""
        return timedelta(seconds=seconds / self._setting.factor)


def wire_time(at: datetime) -> str:
    """A time as Alipay writes it: Shanghai's, without a zone."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
