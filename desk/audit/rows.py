"""What the audit hands out: frozen rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was done or read. `at` is aware, in UTC; `number` grows by one with each record."""

    number: int
    at: datetime
    actor: str
    via: str
    address: str
    act: str
    city: str
    agency: str
    subject: str
    reason: str
    details: Mapping[str, Any]
    seal: bytes

    def fields(self) -> dict[str, Any]:
        """All but the seal, as JSON has it."""
        return {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "via": self.via,
            "address": self.address,
            "act": self.act,
            "city": self.city,
            "agency": self.agency,
            "subject": self.subject,
            "reason": self.reason,
            "details": dict(self.details),
        }

    def line(self) -> str:
        """A line of an export."""
        return canonical({**self.fields(), "seal": self.seal.hex()})


@dataclass(frozen=True, slots=True)
class Chain:
    """Both ends of the chain: what is kept begins after `first_before` and ends with `last_seal`."""

    first_number: int
    first_before: bytes
    last_number: int
    last_seal: bytes
    seal: bytes


def canonical(document: Mapping[str, Any]) -> str:
    """JSON in the one form that is sealed: keys in order, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
