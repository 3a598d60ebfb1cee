"""What the room hands out."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

type State = Literal["shown", "asked", "allowed", "used", "refused", "void", "over"]


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A conversation on its way to another device.

    `shown`: its code can be scanned. `asked`: a device wants to go on, and both screens show `number`. `allowed`: that
    device may come in. `used`: it did. `refused`, `void` (two devices used the code), `over` (its time is up): nobody
    comes in by it. `code` is what the screen shows; `service` is that whose form is left here; `seq` is the last event
    of the conversation.
    """

    conversation_id: UUID
    city: str
    service: str | None
    state: State
    number: str | None
    seq: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameIn:
    """A device that came in: the token of its session."""

    conversation_id: UUID
    city: str
    token: str = field(repr=False)
