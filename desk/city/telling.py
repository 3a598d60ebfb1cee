"""How often, and when, residents are told on a channel what nobody has just asked for. Urgent news and alerts pass."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

type ADay = Annotated[int, Field(ge=1, le=100)]


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


USUAL: Mapping[str, TellingThere] = {"sms": TellingThere(a_day=4, quiet=QuietHours())}
"""Text messages cost money and ring at night; a city may have it otherwise."""
