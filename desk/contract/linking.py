"""The effect that links channels, as a turn decides it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class LinkChannels(BaseModel):
    """A step of linking this conversation with the resident's on another channel; the desk says what comes of it.

    `offer` shows a code here; `enter` is the code that was typed on the other channel, and `confirm` or `refuse` what
    was answered there. `leave` parts this channel from the others; `show` names them; `before_erasing` says what
    erasing does to them, if there are any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["link_channels"] = "link_channels"
    step: Literal["offer", "enter", "confirm", "refuse", "leave", "show", "before_erasing"]
    code: Annotated[str, Field(pattern=r"^[0-9]{10}$")] | None = None
