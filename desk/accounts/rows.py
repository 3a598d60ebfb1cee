"""What the accounts room hands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

REFUSED = "refused: "
"""How the reason begins for which an account is paused whose credentials its platform refuses."""

type AccountState = Literal["active", "paused", "stopped"]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An agency's account on a channel, with its secrets still sealed.

    `paused` is received from, and not sent to; with `probe_at` it is the platform that fails, and a message is tried
    now and then. `stopped` is neither.
    """

    id: int
    channel: str
    slug: str
    city: str
    agency: str
    platform_id: str | None
    base_url: str | None
    sealed: bytes | None
    sealed_before: bytes | None
    rotated_at: datetime | None
    state: AccountState
    reason: str | None
    probe_at: datetime | None
    rate: float | None

    @property
    def is_out(self) -> bool:
        """Whether it is paused because its platform fails."""
        return self.state == "paused" and self.probe_at is not None

    @property
    def is_refused(self) -> bool:
        """Whether it is paused because its platform refuses its credentials: new ones end that."""
        return self.state == "paused" and (self.reason or "").startswith(REFUSED)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be entered. `secrets` are its channel's, by name; they are kept sealed and never shown again."""

    channel: str
    slug: str
    city: str
    agency: str
    secrets: Mapping[str, str]
    platform_id: str | None = None
    rate: float | None = None
