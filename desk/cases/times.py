"""When a resident is reminded of an appointment, and when an agency is asked about a case."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

REMINDED = time(10, 0)
"""The day before, at this time of the city."""
LATE = timedelta(hours=2)
"""Before an appointment that was made too late for that."""

FIRST_LOOK, SELDOM = timedelta(minutes=1), timedelta(hours=6)
"""The shortest and the longest time between two looks at a case."""
SHARE = 10
"""A case that has stood unchanged for so many times a span is looked at after that span."""
UNCONFIRMED = timedelta(minutes=30)
"""So long an agency's system may leave open whether it has what it was told, before its clerks see to it: a form
that was left open is not taken up again after that time."""
NOT_FOLLOWED = timedelta(days=1)
"""When to ask again about a case that its service cannot follow: a later release may."""
AFTERWARDS = timedelta(days=7)
"""So long after an appointment its agency is still asked what became of it."""


def reminder_of(at: datetime | None, *, over: bool, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When to remind of an appointment; None: not any more, or of nothing. All times are aware."""
    if at is None or over:
        return None
    before = datetime.combine(at.astimezone(zone).date() - timedelta(days=1), REMINDED, zone)
    chosen = before if now < before else at - LATE
    return chosen if now < chosen else None


def next_look(changed_at: datetime, now: datetime) -> datetime:
    """When to ask an agency next about a case that has not changed since."""
    return now + max(FIRST_LOOK, min(SELDOM, (now - changed_at) / SHARE))
