"""What happened to a ticket, and what its clocks say: kept in its row as due times, with a job for the next step.

The clocks themselves are read off the events (`desk.tickets.clocks`). Whoever writes an event lets `keep_clocks` follow
in the same transaction.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.answering import MENDING
from desk.store.deferring import REPLIES, UPKEEP, defer
from desk.tickets.clocks import STEPS, Clocks, Happening, Reading
from desk.tickets.office_time import OfficeTime
from desk.tickets.rows import MENDING_MATTER

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City

LOOK = "tickets.look_at_clocks"
SHARE = "tickets.share_out"
SYSTEM = "system"
RESIDENT = "resident"

APPEND = text("""
    INSERT INTO ticket_events (ticket_id, at, kind, actor, agency, detail)
    SELECT id, coalesce(CAST(:at AS timestamptz), clock_timestamp()), :kind, :actor, agency, CAST(:detail AS jsonb)
    FROM tickets WHERE id = :id
""")
EVENTS = text("SELECT at, kind, actor, agency, detail FROM ticket_events WHERE ticket_id = :id ORDER BY at, id")
HOLD = text("""
    SELECT id, city, agency, state, urgency, matter, look_at, held_until FROM tickets
    WHERE id = :id FOR NO KEY UPDATE
""")
KEEP = text("""
    UPDATE tickets
    SET first_answer_due = :first_answer_due, next_answer_due = :next_answer_due, resolution_due = :resolution_due,
        escalated = :escalated, look_at = :look_at, first_answer_seconds = :first_answer_seconds,
        resolution_seconds = :resolution_seconds
    WHERE id = :id
""")


async def happened(
    connection: AsyncConnection,
    ticket_id: int,
    kind: str,
    *,
    actor: str,
    at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened to a ticket, with the agency that has it now. `at` is the store's clock where it is None."""
    values = {"id": ticket_id, "at": at, "kind": kind, "actor": actor, "detail": json.dumps(dict(detail or {}))}
    await connection.execute(APPEND, values)


async def look_soon(connection: AsyncConnection, ticket_id: int) -> None:
    """Have a job read the clocks: for those who write events and know no office hours."""
    await defer(connection, LOOK, lane=UPKEEP, ticket_id=ticket_id)


async def share_soon(connection: AsyncConnection, city: str, agency: str) -> None:
    """Have a job share out what waits at an agency, where it wants that: one at a time for each agency."""
    await defer(connection, SHARE, lane=REPLIES, lock=f"share:{city}/{agency}", city=city, agency=agency)


async def keep_clocks(
    connection: AsyncConnection, cities: Mapping[str, "City"], ticket_id: int, now: datetime
) -> list[tuple[str, int]]:
    """Write into a ticket what its clocks say, and have a job look when the next step is reached.

    Steps that were reached are told, once each, as an event. Answers them: the clock and the percent of its limit.
    Where the agency shares tickets out in turn, a job does if this one waits, or its clerk may be free.
    """
    held = (await connection.execute(HOLD, {"id": ticket_id})).one_or_none()
    city = None if held is None else cities.get(held.city)
    if held is None or city is None:
        return []
    events = (await connection.execute(EVENTS, {"id": ticket_id})).all()
    pace = MENDING if (held.matter or "").startswith(MENDING_MATTER) else held.urgency
    clocks, office = Clocks(map(_happening, events)), OfficeTime(city)
    readings = clocks.read(office, max([now, *(row.at for row in events)]), pace)
    told: list[tuple[str, int]] = []
    for reading in readings.values():
        for percent in reading.to_tell:
            detail = {"clock": reading.name, "percent": percent}
            await happened(connection, ticket_id, "escalated", actor=SYSTEM, at=now, detail=detail)
            told.append((reading.name, percent))
    look_at = await _look_later(connection, held, readings, now)
    answered = clocks.own_answer_seconds(office)
    values = {"id": ticket_id, "look_at": look_at, "first_answer_seconds": answered, **_columns(readings)}
    await connection.execute(KEEP, values)
    if held.state != "claimed" or held.held_until is not None:
        agency = next((one for one in city.agencies if one.slug == held.agency), None)
        if agency is not None and agency.answering.share == "in_turn":
            await share_soon(connection, held.city, held.agency)
    return told


async def _look_later(
    connection: AsyncConnection, held: Row[Any], readings: Mapping[Any, Reading], now: datetime
) -> datetime | None:
    """When a job looks next; queue it, unless one that was queued before looks by then."""
    steps = [one.next_step_at for one in readings.values() if one.next_step_at is not None]
    if not steps:
        return None
    wanted = min(steps)
    if held.look_at is not None and now < held.look_at <= wanted:
        return held.look_at  # type: ignore[no-any-return]
    await defer(connection, LOOK, lane=UPKEEP, after=max(wanted - now, timedelta(0)), ticket_id=held.id)
    return wanted


def _columns(readings: Mapping[Any, Reading]) -> dict[str, object]:
    resolution = readings["resolution"]
    reached = [step for one in readings.values() if one.runs for step in STEPS if one.used * 100 >= step]
    return {
        **{f"{name}_due": one.due_at for name, one in readings.items()},
        "escalated": max(reached, default=0),
        "resolution_seconds": resolution.seconds if resolution.met else None,
    }


def _happening(row: Row[Any]) -> Happening:
    kind = "rejoined" if row.detail.get("rejoined") else row.kind
    return Happening(row.at, kind, row.agency, row.detail.get("clock"), row.detail.get("percent"))
