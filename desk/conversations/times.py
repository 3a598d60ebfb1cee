"""Rows as JSON values, for whom they are of: times in their zone, with its offset."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Row


def at(value: datetime | None, timezone: tzinfo) -> str | None:
    """A time to the second: 2026-11-28T16:05:00+08:00."""
    return None if value is None else value.astimezone(timezone).isoformat(timespec="seconds")


def told(rows: Iterable[Row[Any]], timezone: tzinfo) -> list[dict[str, Any]]:
    """All columns of all rows, by name."""
    return [
        {name: at(value, timezone) if isinstance(value, datetime) else value for name, value in row._mapping.items()}
        for row in rows
    ]
