"""The order of what residents have going on, and what each thing says: urgent first, persons masked, days named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from desk.contract.messages import Text
from desk.conversations.own_matters import Group, Kind, OwnMatter, telephone_hash
from desk.store.keys import Keys
from desk.web.matters.grouping import MOST_DONE, grouped

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
CHAT = UUID(int=1)
KEYS = Keys("of the tests, long enough for anybody")


def matter(
    name: str,
    group: Group = "to_do",
    kind: Kind = "appointment",
    *,
    due: timedelta | None = None,
    changed: timedelta = timedelta(0),
) -> OwnMatter:
    """A matter; `due` and `changed` are from now on."""
    return OwnMatter(
        id=name,
        conversation_id=CHAT,
        kind=kind,
        group=group,
        city="hangzhou",
        agency="hall",
        service=None,
        about=Text(key="card.value", args={"value": name}),
        state=(Text(key="web.own_state_past"),),
        changed_at=NOW + changed,
        at=None if due is None else NOW + due,
    )


DAY = timedelta(days=1)
ORDERS: list[tuple[str, list[OwnMatter], dict[Group, list[str]]]] = [
    (
        "what is due within a day, what is asked for, what is due later",
        [
            matter("in a week", due=7 * DAY),
            matter("asked", kind="asked", changed=-3 * DAY),
            matter("in half an hour", kind="order", due=timedelta(minutes=30)),
            matter("tomorrow", due=DAY),
            matter("asked before", kind="asked", changed=-4 * DAY),
        ],
        {"to_do": ["in half an hour", "tomorrow", "asked before", "asked", "in a week"]},
    ),
    (
        "of what waits for others the newest",
        [
            matter("old", "in_progress", "report", changed=-9 * DAY),
            matter("new", "in_progress", "application", changed=-DAY),
        ],
        {"in_progress": ["new", "old"]},
    ),
    (
        "what took place counts by its time",
        [
            matter("booked long ago, yesterday", "done", due=-DAY, changed=-30 * DAY),
            matter("paid last week", "done", "order", changed=-7 * DAY),
            matter("cancelled today, of next week", "done", due=7 * DAY),
        ],
        {"done": ["cancelled today, of next week", "booked long ago, yesterday", "paid last week"]},
    ),
    (
        "groups in their order, and none without anything",
        [matter("water", "followed", "subscription"), matter("paid", "done", "order"), matter("due", due=DAY)],
        {"to_do": ["due"], "done": ["paid"], "followed": ["water"]},
    ),
]


@pytest.mark.parametrize(("claim", "given", "order"), ORDERS, ids=[claim for claim, _, _ in ORDERS])
def test_matters_stand_in_order(claim: str, given: list[OwnMatter], order: dict[Group, list[str]]) -> None:
    """As the table says, whatever order the rooms give them in."""
    for ones in (given, given[::-1]):
        found = grouped(ones, NOW)
        assert {group: [one.id for one in each] for group, each in found.items()} == order, claim
        assert list(found) == list(order)


def test_what_two_ways_lead_to_stands_once() -> None:
    """A case of this chat that its telephone was proved for, too."""
    one = matter("the same", due=DAY)
    assert [len(each) for each in grouped([one, replace(one)], NOW).values()] == [1]


def test_of_what_is_over_there_are_few() -> None:
    """The newest; what waits for somebody is never cut."""
    over = [matter(f"o{number}", "done", "order", changed=-number * DAY) for number in range(MOST_DONE + 5)]
    open_ones = [matter(f"w{number}", "in_progress", "report") for number in range(MOST_DONE + 5)]
    found = grouped([*over, *open_ones], NOW)
    assert [one.id for one in found["done"]] == [f"o{number}" for number in range(MOST_DONE)]
    assert len(found["in_progress"]) == MOST_DONE + 5


def test_a_telephone_is_one_however_it_is_written() -> None:
    """With the country's code or without; another one, and another secret, is another hash."""
    mine = telephone_hash(KEYS, "13800138000")
    assert telephone_hash(KEYS, "+8613800138000") == mine
    others = {telephone_hash(KEYS, "13800138001"), telephone_hash(Keys(f"{uuid4()}{uuid4()}"), "13800138000")}
    assert mine not in others
