"""What the alerts room hands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from desk.alerts.codes import Kind, Scope, Severity, Status
from desk.alerts.deciding import Done

type State = Literal["pending", "live", "ended", "rejected", "kept"]
"""`pending`: waits for somebody here. `live`: holds until it expires. `kept`: taken in, and nothing follows from it."""

COLUMNS = """
    id, city, source, agency, identifier, sender, sent, number, status, kind, scope, done, state, why, severity,
    districts, infos, refers_to, effective, expires, via, received_by, received_at, decided_by, decided_at, live_at,
    ended_at, replaced_by, announcement_id
"""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A document. Times are aware; `infos` are what it says of the city, as `desk.alerts.said` writes them."""

    id: int
    city: str
    source: str
    agency: str
    identifier: str
    sender: str
    sent: datetime
    number: str | None
    status: Status
    kind: Kind
    scope: Scope
    done: Done
    state: State
    why: str
    severity: Severity
    districts: tuple[str, ...] | None
    infos: tuple[Mapping[str, Any], ...]
    refers_to: tuple[tuple[str, str, str], ...]
    effective: datetime
    expires: datetime
    via: str
    received_by: str
    received_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    live_at: datetime | None
    ended_at: datetime | None
    replaced_by: int | None
    announcement_id: int | None

    def holds(self, now: datetime) -> bool:
        """Whether it holds at a moment: expiry is looked at whenever it is shown or sent."""
        return self.state == "live" and self.kind is not Kind.CANCEL and self.effective <= now < self.expires


def alert_of(row: Any) -> AlertRow:
    """A row that has `COLUMNS`, as it is handed out."""
    read = {name: row._mapping[name] for name in AlertRow.__slots__}
    return AlertRow(
        **{
            **read,
            "status": Status(read["status"]),
            "kind": Kind(read["kind"]),
            "scope": Scope(read["scope"]),
            "done": Done(read["done"]),
            "severity": Severity(read["severity"]),
            "districts": None if read["districts"] is None else tuple(read["districts"]),
            "infos": tuple(read["infos"]),
            "refers_to": tuple((a, b, c) for a, b, c in read["refers_to"]),
        }
    )
