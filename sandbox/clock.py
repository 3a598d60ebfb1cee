"""The clock of the pretend agencies: may be set ahead, so that tests see tomorrow. Kept in the state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sandbox.state import State

RECORD = ("_sandbox", "", "clock", "clock")


class Setting(BaseModel):
    """`PUT /_sandbox/clock`: how far the agencies' clock is ahead of the true one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ahead_seconds: Annotated[int, Field(ge=0, le=400 * 86400)] = 0


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
