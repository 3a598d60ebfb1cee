"""Reports that a pretend hotline has, and how they stand at a moment."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from sandbox.open311.seed import CategoryData, Hotline
from sandbox.state import State

ZONE = ZoneInfo("Asia/Shanghai")
SYSTEM, KIND = "open311", "report"
PASSED_ON = timedelta(minutes=10)
"""So long after it came a report is passed on to who sees to it."""

type Language = Literal["zh_Hans", "en"]
"""In which the office writes to whoever asks."""


class Kept(BaseModel):
    """A report as it was taken; `status` and `status_notes` where somebody set them."""

    model_config = ConfigDict(extra="forbid")
    id: str
    token: str
    service_code: str
    description: str
    at: datetime
    address: str | None = None
    lat: float | None = None
    long: float | None = None
    phone: str | None = None
    media_url: str | None = None
    attributes: dict[str, list[str]] = Field(default_factory=dict)
    key: str | None = None
    status: str | None = None
    status_notes: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Register:
    """The reports of all cities."""

    state: State

    def all(self, city: str) -> list[Kept]:
        return [Kept.model_validate(body) for _, body in self.state.all(SYSTEM, city, KIND)]

    def find(self, city: str, id: str) -> Kept | None:
        body = self.state.get(SYSTEM, city, KIND, id)
        return None if body is None else Kept.model_validate(body)

    def take(self, city: str, moment: datetime, given: dict[str, Any]) -> Kept:
        """Keep a report; one whose key is known is the first one."""
        kept = self.all(city)
        key = given.get("key")
        known = next((one for one in kept if key is not None and one.key == key), None)
        if known is not None:
            return known
        number = f"{moment.astimezone(ZONE):%Y%m%d}{len(kept) + 1:06d}"
        token = hashlib.sha256(f"{city} {number}".encode()).hexdigest()[:16]
        fresh = Kept(id=number, token=token, at=moment, **given)
        self.put(city, fresh)
        return fresh

    def put(self, city: str, report: Kept) -> None:
        self.state.put((SYSTEM, city, KIND, report.id, report.model_dump(mode="json")))


def is_listed(report: Kept, category: CategoryData, hotline: Hotline, moment: datetime) -> bool:
    """Whether the server shows a report: of a batch only once it has its id, of a blackbox never."""
    age = moment - report.at
    return category.type == "realtime" or (category.type == "batch" and age >= timedelta(minutes=hotline.batch_minutes))


def standing(report: Kept, category: CategoryData, moment: datetime, language: Language) -> dict[str, Any]:
    """How a report stands at a moment: status, notes, and since when."""
    english = language == "en"
    age, limit = moment - report.at, timedelta(hours=category.hours)
    if report.status is not None:
        status, notes, since = report.status, report.status_notes or "", report.changed_at or report.at
    elif age >= limit:
        status, notes, since = "closed", getattr(category.done, language), report.at + limit
    elif age >= PASSED_ON:
        notes = f"Passed on to: {category.by.en}." if english else f"已转{category.by.zh_Hans}办理。"
        status, since = "open", report.at + PASSED_ON
    else:
        status, notes, since = "open", "Received." if english else "已受理。", report.at
    return {"status": status, "status_notes": notes, "updated_datetime": _written(since)}


def shown(report: Kept, category: CategoryData, moment: datetime, language: Language) -> dict[str, Any]:
    """A report as the protocol shows it: without who reported it."""
    return {
        "service_request_id": report.id,
        **standing(report, category, moment, language),
        "service_name": category.names.zh_Hans,
        "service_code": category.code,
        "description": report.description,
        "agency_responsible": category.by.zh_Hans,
        "service_notice": "",
        "requested_datetime": _written(report.at),
        "expected_datetime": _written(report.at + timedelta(hours=category.hours)),
        "address": report.address or "",
        "address_id": "",
        "zipcode": "",
        "lat": report.lat,
        "long": report.long,
        "media_url": report.media_url or "",
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")
