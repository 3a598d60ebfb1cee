"""Office hours in words: runs of weekdays are joined. May not know whose hours they are."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from actions.dialogue import replies as say
from desk.cities import Hours
from desk.messages import Text

DAYS = ("guide.day_1", "guide.day_2", "guide.day_3", "guide.day_4", "guide.day_5", "guide.day_6", "guide.day_7")


def hours_text(hours: Sequence[Hours]) -> Text:
    """All hours of an office in one line."""
    lines = [
        Text(
            key="guide.hours_line",
            args={
                "days": say.listed((_run(run) for run in _runs(one.days)), "and"),
                "opens": {"time": f"{one.opens:%H:%M}"},
                "closes": {"time": f"{one.closes:%H:%M}"},
            },
        )
        for one in hours
    ]
    return Text(key="guide.hours", args={"hours": say.listed(lines, "and")})


def _runs(days: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run(run: Sequence[int]) -> Text:
    if len(run) == 1:
        return Text(key=DAYS[run[0] - 1])
    args: dict[str, JsonValue] = {
        "first": say.nested(Text(key=DAYS[run[0] - 1])),
        "last": say.nested(Text(key=DAYS[run[-1] - 1])),
    }
    return Text(key="guide.days_from_to", args=args)
