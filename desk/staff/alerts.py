"""Alerts: what staff are told of while they look elsewhere. Raised in the transaction of what they are about."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import Permission
from desk.store.deferring import REPLIES, defer

TELL = "staff.tell_alert"
MAIL = "mail of staff"
"""What addresses of mail are sealed for."""


class AlertKind(StrEnum):
    """What staff are told of."""

    EMERGENCY = "emergency"  # an emergency waits for a clerk
    ESCALATION = "escalation"  # most of a ticket's limit has passed
    REQUEST = "request"  # somebody asks for what another has to allow
    INSPECTION = "inspection"  # an inspection would find something: no posts, late answers, a broken link
    DECISION = "decision"  # what one asked for was allowed, refused or decided by nobody: told to who asked alone
    CALLBACK = "callback"  # a program of the agency no longer hears of its announcements
    REVIEW = "review"  # an announcement waits for one to read a language: told to who is asked alone
    PAUSE = "pause"  # an announcement was paused by itself: most of its messages do not arrive


ENDS_SOON = "ends_soon"
"""What stands before the kind of a request, in the detail of an alert by which who may decide it is reminded."""
OUTCOME = "outcome"
"""What became of an announcement that one approved: told to who wants to hear of reviews."""
ACCOUNT = "account"
"""One's own account was changed: told to its owner alone, whatever they want to hear of."""

RAISE = text("""
    INSERT INTO staff_alerts (kind, subject, detail, city, agency, permission, but_not)
    VALUES (:kind, :subject, :detail, :city, :agency, :permission, :but_not) RETURNING id
""")


async def raise_alert(
    connection: AsyncConnection,
    kind: AlertKind,
    subject: str,
    *,
    to: Permission,
    city: str | None = None,
    agency: str | None = None,
    detail: str = "",
    but_not: str = "",
) -> None:
    """Have staff told of something, once it is committed.

    Args:
        connection: in the transaction of what it is about.
        kind: what they are told of.
        subject: a reference or a number. Nothing personal of a resident.
        to: who holds this permission there is told.
        city: whose it is; None: of no single one.
        agency: slug of its agency.
        detail: what else is said.
        but_not: login of who knows it already.
    """
    values = {
        "kind": kind,
        "subject": subject,
        "detail": detail,
        "city": city or "",
        "agency": agency or "",
        "permission": to,
        "but_not": but_not,
    }
    await _raise(connection, values)


async def tell_oneself(connection: AsyncConnection, login: str, what: str) -> None:
    """Have somebody told that their own account was changed: they know best whether it was them.

    Args:
        connection: in the transaction of the change.
        login: whose account it is.
        what: `app`, `password` or `passkey`: the text `console.alert_account_<what>` says it.
    """
    values = {"kind": ACCOUNT, "subject": login, "detail": what, "city": "", "agency": "", "permission": ""}
    await _raise(connection, values | {"but_not": ""})


async def tell_decision(
    connection: AsyncConnection, request_id: int, state: str, *, of: str, city: str, agency: str
) -> None:
    """Have who asked for something told that another allowed or refused it, or that nobody did in time.

    Args:
        connection: in the transaction of the decision.
        request_id: of the request.
        state: `done`, `refused` or `expired`: the text `console.alert_decision_<state>` says it.
        of: its `Kind`.
        city: whose it is; empty: of no single one.
        agency: slug of its agency; empty: of none.
    """
    values = {"kind": AlertKind.DECISION, "subject": str(request_id), "detail": f"{state} {of}"}
    await _raise(connection, {**values, "city": city, "agency": agency, "permission": "", "but_not": ""})


async def tell_reviewer(
    connection: AsyncConnection, login: str, number: int, languages: Sequence[str], *, city: str, agency: str
) -> None:
    """Have somebody told that they are asked to read an announcement before it goes out.

    Args:
        connection: in the transaction in which it began to wait for them.
        login: who is asked.
        number: of the announcement.
        languages: which of its languages.
        city: whose it is.
        agency: slug of its agency.
    """
    values = {"kind": AlertKind.REVIEW, "subject": str(number), "detail": " ".join((login, *languages))}
    await _raise(connection, {**values, "city": city, "agency": agency, "permission": "", "but_not": ""})


async def tell_approver(
    connection: AsyncConnection, login: str, number: int, what: str, *, city: str, agency: str
) -> None:
    """Have somebody told what became of an announcement that they approved.

    Args:
        connection: in the transaction of that.
        login: who approved it.
        number: of the announcement.
        what: the text `console.alert_outcome_<what>` says it.
        city: whose it is.
        agency: slug of its agency.
    """
    values = {"kind": OUTCOME, "subject": str(number), "detail": f"{login} {what}", "city": city, "agency": agency}
    await _raise(connection, {**values, "permission": Permission.ANNOUNCEMENT_APPROVE, "but_not": ""})


async def _raise(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    alert = (await connection.execute(RAISE, values)).scalar_one()
    await defer(connection, TELL, lane=REPLIES, alert=alert)
