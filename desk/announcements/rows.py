"""Rows of announcements, read by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self

from desk.announcements.content import (
    SOURCE,
    Audience,
    Document,
    Draft,
    Earlier,
    Image,
    Kind,
    Mode,
    Schedule,
    State,
    Urgency,
)
from desk.announcements.feeds.archive import NEWS_DAYS


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """An announcement as it stands. Times are aware; what may be None has not happened, or is not limited."""

    id: int
    city: str
    agency: str
    topic: str
    districts: Sequence[str]
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    mistake: Mapping[str, str]
    link: str | None
    image: Image | None
    documents: Sequence[Document]
    kind: Kind
    mode: Mode
    state: State
    urgency: Urgency
    public: Sequence[str]
    on_pages: bool | None
    audience: Audience
    schedule: Schedule
    version: int
    corrects: int | None
    corrected: Mapping[str, Any] | None  # what it corrects, as it was when this was begun: `as_corrected`
    also_reached: Sequence[int]  # whoever these reached is told, too
    earlier: Earlier | None
    repeats: int | None
    valid_from: datetime | None
    until: datetime | None
    created_by: str
    created_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    due_at: datetime | None
    stale_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    ended_at: datetime | None
    converted: bool
    hurried_by: str | None  # who let it be told in quiet hours that would have held it

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row whose columns are `COLUMNS`."""
        return cls(
            **{
                **row,
                "kind": Kind(row["kind"]),
                "mode": Mode(row["mode"]),
                "state": State(row["state"]),
                "urgency": Urgency(row["urgency"]),
                "earlier": None if row["earlier"] is None else Earlier(row["earlier"]),
                "image": None if row["image"] is None else Image.model_validate(row["image"]),
                "documents": tuple(map(Document.model_validate, row["documents"])),
                "audience": Audience.model_validate(row["audience"]),
                "schedule": Schedule.model_validate(row["schedule"]),
            }
        )

    @property
    def is_urgent(self) -> bool:
        """Whether it goes past quiet hours and before all others: alerts, urgent ones, and what corrects another."""
        return self.kind is Kind.ALERT or self.urgency is Urgency.URGENT or self.corrects is not None

    @property
    def is_hurried(self) -> bool:
        """Whether a correction is told at once also to who still waits: it is urgent, or for any hour."""
        is_urgent = self.kind is Kind.ALERT or self.urgency is Urgency.URGENT
        return is_urgent or not self.schedule.quiet or self.hurried_by is not None

    @property
    def heeds_quiet_hours(self) -> bool:
        """Whether nobody is told of it in quiet hours."""
        return self.schedule.quiet and not self.is_urgent and self.hurried_by is None

    @property
    def as_corrected(self) -> Mapping[str, Any]:
        """What a correction keeps of one that was published: its titles, and when that was."""
        at = None if self.published_at is None else self.published_at.isoformat()
        return {"titles": dict(self.titles), "at": at}

    @property
    def takes_back(self) -> bool:
        """Whether it says no more than that another was withdrawn, to those whom that reached."""
        return self.earlier is Earlier.OVER and self.kind is Kind.ANNOUNCEMENT

    @property
    def all_before(self) -> Sequence[int]:
        """Announcements of which this one says what is right now, has changed or is over."""
        return [*self.also_reached, *([self.corrects] if self.corrects is not None else [])]

    def holds(self, now: datetime) -> bool:
        """Whether what it is about is still to come or in force; where it says no end, for as long as it is news."""
        ends = self.until
        if ends is None and self.published_at is not None:
            ends = max(self.published_at, self.valid_from or self.published_at) + timedelta(days=NEWS_DAYS)
        return ends is None or ends > now

    @property
    def sayable(self) -> Self:
        """The same with something in the language from which all else is derived: a draft may have nothing yet."""
        titles, texts = ({**given, SOURCE: given.get(SOURCE) or "…"} for given in (self.titles, self.texts))
        mistake = {SOURCE: "…", **self.mistake} if self.mistake else self.mistake
        return replace(self, titles=titles, texts=texts, mistake=mistake)

    @property
    def draft(self) -> Draft:
        """What was written."""
        return Draft.model_validate({name: getattr(self, name) for name in Draft.model_fields})


COLUMNS = ", ".join(field.name for field in fields(AnnouncementRow))
