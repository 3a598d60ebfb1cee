"""The order in which residents see what they have going on: what waits for them, what waits for others, what is over.
Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from desk.conversations.own_matters import Group, OwnMatter

ORDER: tuple[Group, ...] = ("to_do", "in_progress", "done", "followed")
SOON = timedelta(days=1)
"""What is due within it comes before what an agency asks for, which comes before what is due later."""
MOST_DONE = 20


def grouped(matters: Iterable[OwnMatter], now: datetime) -> Mapping[Group, Sequence[OwnMatter]]:
    """All matters by group, without empty ones: the most urgent first, else the newest; of what is over a few."""
    found: dict[Group, list[OwnMatter]] = {group: [] for group in ORDER}
    for one in {one.id: one for one in matters}.values():
        found[one.group].append(one)
    found["to_do"].sort(key=lambda one: _urgency(one, now))
    for group in ("in_progress", "done"):
        found[group].sort(key=_newest, reverse=True)
    found["done"] = found["done"][:MOST_DONE]
    return {group: found[group] for group in ORDER if found[group]}


def _urgency(one: OwnMatter, now: datetime) -> tuple[int, datetime]:
    if one.at is None:
        return 1, one.changed_at
    return (0 if one.at - now <= SOON else 2), one.at


def _newest(one: OwnMatter) -> datetime:
    """What took place counts by its time, if that is later than what became of it."""
    return one.changed_at if one.at is None else max(one.changed_at, one.at)
