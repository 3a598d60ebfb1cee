"""A day to come, on the city's calendar. Values are ISO dates."""

from collections.abc import Sequence
from datetime import date

from pydantic import JsonValue

from actions.fields.days import mentions
from actions.fields.reading import Accepted, Circumstances, Reading, Rejected, compact

BESIDE = 6
"""So many characters may stand beside a day in a message that tries to be nothing else."""


class Day:
    """`date`."""

    def __init__(self, at: Circumstances) -> None:
        self._today = at.now.date() if at.now is not None else date.min

    def read(self, written: str) -> Reading:
        try:
            day: date | None = date.fromisoformat(written)
        except ValueError:
            found = mentions(written, self._today)
            if not found:
                return Rejected("date.not_a_day", {"written": written})
            day = found[-1].day
        if day is None:
            return Rejected("date.which_day", {"written": written})
        if day < self._today:
            return Rejected("date.past", {"date": {"date": day.isoformat()}})
        return Accepted(day.isoformat())

    def find(self, text: str) -> Sequence[str]:
        return [one.written for one in mentions(text, self._today)]

    def attempts(self, text: str) -> bool:
        found = self.find(text)
        return bool(found) and len(compact(text)) - sum(len(compact(one)) for one in found) <= BESIDE

    def shown(self, value: str) -> JsonValue:
        return {"date": value}
