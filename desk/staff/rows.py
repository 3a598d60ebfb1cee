"""What the staff room hands out: frozen rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from desk.contract.staff import Grant, Role


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff. `grants` are in force, `pending` still have to be allowed by another person.

    `languages` are those in which they answer residents; none: they have not said.
    """

    id: UUID
    login: str
    name: str
    locale: str
    has_password: bool
    has_totp: bool
    passkeys: int
    keys: int
    openid_at: datetime | None
    locked_until: datetime | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    grants: tuple[Grant, ...]
    pending: tuple[Grant, ...]
    languages: tuple[str, ...] = ()

    @property
    def can_log_in(self) -> bool:
        """Whether they have chosen how to, or are a program with a key."""
        return self.disabled_at is None and (self.is_person or self.keys > 0)

    @property
    def is_person(self) -> bool:
        """Whether it is somebody who can open the console, and no program."""
        return self.disabled_at is None and (self.has_password or self.passkeys > 0 or self.openid_at is not None)

    @property
    def state(self) -> str:
        """invited | active | disabled."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.can_log_in else "invited"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Something that one asks for and another allows. `state` is open, done, refused, withdrawn or expired.

    `seen_at` is when who asked saw what was decided.
    """

    id: int
    kind: str
    city: str
    agency: str
    subject: str
    what: Mapping[str, Any]
    reason: str
    requested_by: str
    requested_at: datetime
    good_until: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    seen_at: datetime | None = None

    @property
    def ends_soon(self) -> bool:
        """Whether it is open for less than another day."""
        left = self.good_until - datetime.now(UTC)
        return self.state == "open" and timedelta(0) < left < timedelta(days=1)

    @property
    def is_news(self) -> bool:
        """Whether somebody else has decided it, or nobody did in time, and who asked has not seen that."""
        over = self.state == "expired" or (self.state == "open" and self.good_until < datetime.now(UTC))
        decided = self.state == "refused" or (self.state == "done" and self.decided_by is not None)
        return self.seen_at is None and (decided or over)


def grants_of(found: list[dict[str, str]] | None) -> tuple[Grant, ...]:
    """Grants as a statement aggregates them."""
    return tuple(Grant(Role(one["role"]), one["city"] or None, one["agency"] or None) for one in found or [])
