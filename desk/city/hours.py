"""Office hours in words: days that have the same hours are said once.

Keys: `hours.*`.
"""

from collections.abc import Sequence
from datetime import time
from functools import reduce
from typing import TYPE_CHECKING

from pydantic import JsonValue

from desk.contract.text import Text

if TYPE_CHECKING:
    from desk.city.files import Hours

WEEK = list(range(1, 8))
DAY_BEGINS, DAY_ENDS = time(0, 0), time(23, 59)
"""Hours from one to the other are the whole day."""


def hours_text(hours: Sequence["Hours"]) -> Text:
    """All hours of an office in one line: Mon–Fri 08:00–12:00, 14:30–17:30 and Sat 09:30–12:00."""
    spans: dict[tuple[int, ...], list[Text]] = {}
    for one in hours:
        spans.setdefault(tuple(sorted(set(one.days))), []).append(_span(one))
    lines = [
        Text(key="hours.line", args={"days": _nested(_days(days)), "spans": _nested(reduce(_beside, found))})
        for days, found in spans.items()
    ]
    return Text(key="hours.all", args={"hours": _listed(lines)})


def _beside(first: Text, second: Text) -> Text:
    return Text(key="hours.two_spans", args={"first": _nested(first), "second": _nested(second)})


def _span(hours: "Hours") -> Text:
    if (hours.opens, hours.closes) == (DAY_BEGINS, DAY_ENDS):
        return Text(key="hours.whole_day")
    return Text(key="hours.span", args={"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"})


def _days(days: Sequence[int]) -> Text:
    if list(days) == WEEK:
        return Text(key="hours.every_day")
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return Text(key="hours.days", args={"first": _weekday(days[0]), "last": _weekday(days[-1])})
    return Text(key="hours.some_days", args={"days": _listed([Text(key=f"hours.weekday_{day}") for day in days])})


def _weekday(day: int) -> JsonValue:
    return _nested(Text(key=f"hours.weekday_{day}"))


def _nested(text: Text) -> JsonValue:
    return {"text": text.model_dump(mode="json")}


def _listed(texts: Sequence[Text]) -> JsonValue:
    return {"items": [text.model_dump(mode="json") for text in texts], "join": "and"}
