"""Appending to the audit, in the transaction of what is done: an act without its record does not happen.

The key that seals comes with the connection, as what seals conversations does (`desk.sealing.opening`). The
lock of the chain's end is taken last, after every other lock, and held until the commit: records are in that order.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.rows import Chain, Record, canonical
from desk.audit.seals import Sealer
from desk.contract.errors import Conflict
from desk.contract.staff import Actor
from desk.contract.text import Text
from desk.sealing.carried import audit_key

LONGEST_REASON = 500  # characters
ENDS = ", ".join(field.name for field in fields(Chain))
HOLD = text(f"SELECT {ENDS} FROM audit_chain FOR UPDATE")
APPEND = text("""
    WITH appended AS (
        INSERT INTO audit_records (number, at, actor, via, address, act, city, agency, subject, reason, details, seal)
        VALUES (:number, :at, :actor, :via, :address, :act, :city, :agency, :subject, :reason,
                CAST(:details AS jsonb), :seal)
    )
    UPDATE audit_chain SET last_number = :number, last_seal = :seal, seal = :ends
""")


def sealer_of(connection: AsyncConnection) -> Sealer:
    """What seals the audit, of a connection whose engine has a vault."""
    return Sealer(audit_key(connection))


class Placed(Protocol):
    """What is of an agency, of a whole city, or of none."""

    @property
    def city(self) -> str | None: ...

    @property
    def agency(self) -> str | None: ...


async def record(
    connection: AsyncConnection,
    actor: Actor,
    act: str,
    *,
    subject: str = "",
    of: Placed | None = None,
    city: str | None = None,
    agency: str | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Append what an actor did, as the last statement of its transaction. Answers the record's number.

    Args:
        connection: in a transaction; its engine has a vault.
        actor: who did it.
        act: what, as `thing.verb`.
        subject: to what: a reference, a number, a login. Nothing personal of a resident.
        of: what knows whose it is, in place of `city` and `agency`.
        city: whose it is; None: of no single one.
        agency: slug of its agency.
        reason: why, in the actor's words.
        details: further facts; nothing personal of a resident.
    """
    if of is not None:
        city, agency = of.city, of.agency
    chain = Chain(**(await connection.execute(HOLD)).one()._mapping)
    sealer = sealer_of(connection)
    unsealed = Record(
        number=chain.last_number + 1,
        at=datetime.now(UTC),
        actor=actor.login,
        via=actor.via,
        address=actor.address,
        act=act,
        city=city or "",
        agency=agency or "",
        subject=subject,
        reason=reason,
        details=details or {},
        seal=b"",
    )
    sealed = sealer.sealed(unsealed, chain.last_seal)
    ends = sealer.ended(
        Chain(chain.first_number, chain.first_before, last_number=sealed.number, last_seal=sealed.seal, seal=b"")
    )
    values = {
        **sealed.fields(),
        "at": sealed.at,
        "details": canonical(sealed.details),
        "seal": sealed.seal,
        "ends": ends.seal,
    }
    await connection.execute(APPEND, values)
    return sealed.number


def reason_of(given: str) -> str:
    """A reason as it is kept.

    Raises:
        Conflict: it is empty or too long.
    """
    said = given.replace("\x00", "").strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Conflict(
            f"A reason has 1 to {LONGEST_REASON} characters.",
            said=Text(key="console.error_reason", args={"most": LONGEST_REASON}),
        )
    return said
