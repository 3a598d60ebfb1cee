"""Members of staff: their roles, what each permits, and where. Who acts is an `Actor`, in commands and pages alike.

A role is granted for all cities, for one city, or for one agency of a city. The table `PERMITS` is the only place that
says what a role permits; `docs/reference/permissions.md` is written from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

from desk.contract.errors import DeskError
from desk.contract.text import Text

FRESH = timedelta(minutes=30)
"""How long ago somebody may have proved who they are where what they do gives power: a browser left open gives none."""


class Role(StrEnum):
    """What a member of staff is."""

    OPERATOR = "operator"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    AGENCY_ADMIN = "agency_admin"
    EDITOR = "editor"
    APPROVER = "approver"
    CLERK = "clerk"
    TRAINER = "trainer"
    ANALYST = "analyst"


class Permission(StrEnum):
    """What may be done."""

    TICKET_READ = "ticket.read"
    TICKET_ANSWER = "ticket.answer"
    TICKET_ASSIGN = "ticket.assign"
    PERSONAL_REVEAL = "personal.reveal"
    PERSONAL_ASK = "personal.ask"
    PERSONAL_ALLOW = "personal.allow"
    RETENTION_READ = "retention.read"
    CASE_READ = "case.read"
    ANNOUNCEMENT_READ = "announcement.read"
    ANNOUNCEMENT_PUBLISH = "announcement.publish"
    ANNOUNCEMENT_APPROVE = "announcement.approve"
    ANNOUNCEMENT_WITHDRAW = "announcement.withdraw"
    ALERT_READ = "alert.read"
    ALERT_UPLOAD = "alert.upload"
    ALERT_APPROVE = "alert.approve"
    ALERT_END = "alert.end"
    PAYMENT_READ = "payment.read"
    PAYMENT_REFUND = "payment.refund"
    PAYMENT_ALLOW = "payment.allow"
    VOICE_READ = "voice.read"
    VOICE_STOP = "voice.stop"
    VOICE_START = "voice.start"
    CHANNEL_MANAGE = "channel.manage"
    SENDING_MANAGE = "sending.manage"
    KEY_MANAGE = "key.manage"
    STAFF_READ = "staff.read"
    STAFF_MANAGE = "staff.manage"
    AUDIT_READ = "audit.read"
    FIGURES_READ = "figures.read"
    LINE_READ = "line.read"
    LINE_LABEL = "line.label"
    LINE_EXPORT = "line.export"
    DATA_READ = "data.read"
    DATA_PROPOSE = "data.propose"
    DATA_ALLOW = "data.allow"
    MODEL_READ = "model.read"
    MODEL_TRAIN = "model.train"
    MODEL_RELEASE = "model.release"


_READS_WORK = frozenset(
    {Permission.ANNOUNCEMENT_READ, Permission.FIGURES_READ, Permission.PAYMENT_READ, Permission.VOICE_READ}
)

PERMITS: Mapping[Role, frozenset[Permission]] = {
    Role.OPERATOR: _READS_WORK
    | {
        Permission.ALERT_READ,
        Permission.CHANNEL_MANAGE,
        Permission.KEY_MANAGE,
        Permission.MODEL_READ,
        Permission.MODEL_RELEASE,
        Permission.MODEL_TRAIN,
        Permission.RETENTION_READ,
        Permission.SENDING_MANAGE,
        Permission.VOICE_START,
        Permission.VOICE_STOP,
    },
    Role.SECURITY_ADMIN: frozenset(
        {Permission.RETENTION_READ, Permission.STAFF_MANAGE, Permission.STAFF_READ, Permission.VOICE_READ}
    ),
    Role.AUDITOR: frozenset(
        {Permission.AUDIT_READ, Permission.RETENTION_READ, Permission.STAFF_READ, Permission.VOICE_READ}
    ),
    Role.AGENCY_ADMIN: _READS_WORK
    | {
        Permission.ALERT_END,
        Permission.ALERT_READ,
        Permission.ANNOUNCEMENT_WITHDRAW,
        Permission.CASE_READ,
        Permission.PAYMENT_ALLOW,
        Permission.PAYMENT_REFUND,
        Permission.PERSONAL_ALLOW,
        Permission.RETENTION_READ,
        Permission.STAFF_MANAGE,
        Permission.STAFF_READ,
        Permission.TICKET_ASSIGN,
        Permission.TICKET_READ,
        Permission.VOICE_START,
        Permission.VOICE_STOP,
    },
    Role.EDITOR: frozenset(
        {
            Permission.ALERT_END,
            Permission.ALERT_READ,
            Permission.ALERT_UPLOAD,
            Permission.ANNOUNCEMENT_PUBLISH,
            Permission.ANNOUNCEMENT_READ,
            Permission.ANNOUNCEMENT_WITHDRAW,
            Permission.DATA_PROPOSE,
            Permission.DATA_READ,
        }
    ),
    Role.APPROVER: frozenset(
        {
            Permission.ALERT_APPROVE,
            Permission.ALERT_END,
            Permission.ALERT_READ,
            Permission.ANNOUNCEMENT_APPROVE,
            Permission.ANNOUNCEMENT_READ,
            Permission.ANNOUNCEMENT_WITHDRAW,
            Permission.DATA_ALLOW,
            Permission.DATA_READ,
            Permission.PAYMENT_ALLOW,
            Permission.PAYMENT_READ,
            Permission.VOICE_READ,
            Permission.VOICE_STOP,
        }
    ),
    Role.CLERK: frozenset(
        {
            Permission.CASE_READ,
            Permission.DATA_PROPOSE,
            Permission.DATA_READ,
            Permission.PAYMENT_READ,
            Permission.PAYMENT_REFUND,
            Permission.PERSONAL_ASK,
            Permission.PERSONAL_REVEAL,
            Permission.TICKET_ANSWER,
            Permission.TICKET_READ,
            Permission.VOICE_READ,
        }
    ),
    Role.TRAINER: frozenset(
        {
            Permission.DATA_ALLOW,
            Permission.DATA_PROPOSE,
            Permission.DATA_READ,
            Permission.FIGURES_READ,
            Permission.LINE_EXPORT,
            Permission.LINE_LABEL,
            Permission.LINE_READ,
            Permission.MODEL_READ,
            Permission.MODEL_RELEASE,
            Permission.MODEL_TRAIN,
        }
    ),
    Role.ANALYST: frozenset({Permission.FIGURES_READ, Permission.ANNOUNCEMENT_READ}),
}


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that permit something: for statements that look for those who may."""
    return tuple(role for role, permitted in PERMITS.items() if permission in permitted)


APART = frozenset({Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR})
"""Nobody holds two of these: who runs it, who lets people in, and who looks at both (GB/T 22239-2019, 8.1.5)."""

EVERYWHERE = frozenset({Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR, Role.TRAINER})
"""Roles that are granted for all cities only."""

type Via = Literal["console", "command", "key", "system"]


class NotLoggedIn(DeskError):
    """Nobody is logged in here. Log in with `desk login NAME`, or set DESK_STAFF_KEY."""


class NotPermitted(DeskError):
    """The one who acts may not do this."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody holds: of an agency, of a whole city (`agency` None), or everywhere (`city` None too)."""

    role: Role
    city: str | None = None
    agency: str | None = None

    def covers(self, city: str | None, agency: str | None) -> bool:
        """Whether it is valid for something of a city and agency; None is what belongs to no single one."""
        return (self.city is None or self.city == city) and (self.agency is None or self.agency == agency)

    def __str__(self) -> str:
        place = "/".join(one for one in (self.city, self.agency) if one)
        return f"{self.role} of {place}" if place else f"{self.role}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff by login name, or the system itself.

    Attributes:
        login: unique, never used again for somebody else.
        name: as residents and colleagues read it.
        grants: roles that are held.
        via: how they act.
        address: from where: an IP address, or the user and host of a command line.
        since: when they proved who they are; None: not by a login.
    """

    login: str
    name: str = ""
    grants: tuple[Grant, ...] = ()
    via: Via = "system"
    address: str = ""
    locale: str = "zh_Hans"
    passed: frozenset[Permission] = field(default=frozenset())
    since: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether they proved who they are within `FRESH`."""
        return self.since is not None and datetime.now(UTC) - self.since < FRESH

    def require_fresh(self) -> None:
        """Insist on a login within `FRESH`.

        Raises:
            NotPermitted: it is longer ago.
        """
        if not self.is_fresh:
            minutes = FRESH.seconds // 60
            said = Text(key="console.error_log_in_again", args={"minutes": minutes})
            raise NotPermitted(f"This needs a login within {minutes} minutes: log in again (desk login).", said=said)

    def may(self, permission: Permission, city: str | None = None, agency: str | None = None) -> bool:
        """Whether a permission is held for something of a city and agency."""
        if permission in self.passed:
            return True
        return any(permission in PERMITS[one.role] and one.covers(city, agency) for one in self.grants)

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether a permission is held for anything."""
        return permission in self.passed or any(permission in PERMITS[one.role] for one in self.grants)

    def require(self, permission: Permission, city: str | None = None, agency: str | None = None) -> None:
        """Insist on a permission.

        Raises:
            NotPermitted: it is not held there.
        """
        if not self.may(permission, city, agency):
            place = "/".join(one for one in (city, agency) if one)
            where = f" in {place}" if place else ""
            said = Text(key="console.error_elsewhere") if place and self.may_somewhere(permission) else None
            raise NotPermitted(f"{self.login} may not do this: {permission}{where} is needed.", said=said)

    def require_somewhere(self, permission: Permission) -> None:
        """Insist that a permission is held for anything.

        Raises:
            NotPermitted: it is held nowhere.
        """
        if not self.may_somewhere(permission):
            raise NotPermitted(f"{self.login} may not do this: {permission} is needed.")

    def places(self, permission: Permission) -> "Places":
        """Where a permission is held."""
        if permission in self.passed:
            return Places(everywhere=True)
        held = [one for one in self.grants if permission in PERMITS[one.role]]
        return Places(
            everywhere=any(one.city is None for one in held),
            cities=tuple(sorted({one.city for one in held if one.city and one.agency is None})),
            agencies=tuple(sorted({(one.city, one.agency) for one in held if one.city and one.agency})),
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where somebody holds a permission: what a list of theirs may show."""

    everywhere: bool = False
    cities: tuple[str, ...] = ()
    agencies: tuple[tuple[str, str], ...] = ()

    def meets(self, other: "Places") -> bool:
        """Whether there is anything that both hold."""
        if (self.everywhere and other != Places()) or (other.everywhere and self != Places()):
            return True
        mine, theirs = set(self.cities), set(other.cities)
        return bool(
            mine & theirs
            or any(city in theirs for city, _ in self.agencies)
            or any(city in mine for city, _ in other.agencies)
            or set(self.agencies) & set(other.agencies)
        )

    @property
    def all_cities(self) -> list[str]:
        """The cities in which it is held, be it for one agency."""
        return sorted({*self.cities, *(city for city, _ in self.agencies)})

    def values(self) -> dict[str, object]:
        """For a statement with `WITHIN`."""
        return {
            "everywhere": self.everywhere,
            "in_cities": list(self.cities),
            "in_agencies": [f"{city}/{agency}" for city, agency in self.agencies],
        }


WITHIN = "(:everywhere OR {city} = ANY (:in_cities) OR {city} || '/' || {agency} = ANY (:in_agencies))"
"""Whether a row is among `Places`; the braces stand for its columns."""


def system(name: str, *permissions: Permission) -> Actor:
    """The product itself, under the name of what acts: `selftest`, `worker`."""
    return Actor(login=name, passed=frozenset(permissions))


def clashes(roles: Iterable[Role]) -> list[Role]:
    """Roles of these that nobody may hold together; empty where all is well."""
    held = sorted(APART & set(roles))
    return held if len(held) > 1 else []
