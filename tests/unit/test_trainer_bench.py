"""What the bench of a trainer has residents write, what it calls too slow, and how its result is shown."""

import random
from dataclasses import replace

import pytest

from bench.gate import Learnt
from bench.rolling_residents import Crowd, Resident
from bench.tables import table
from bench.trainer_console import Labelled
from bench.trainer_course import Went
from bench.trainer_lines import hasty
from desk.web.client import ChatClient

WENT = Went(
    labelled=Labelled(messages=220, decisions=44, by_digit=40, seconds=66.0),
    model=2,
    took={"training": 300.0, "comparing": 200.0, "canary": 12.0, "release": 2.1, "rollback": 2.4},
    verdict={"passes": True, "replayed": 300, "changed": 4},
    canary={"canary": {"messages": 120}},
)


def line(text: str) -> Learnt:
    return Learnt(text, "start:next_bus", "en", "next_bus")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param("when does the bus come here", 3, id="half of the words"),
        pytest.param("下一班公交车几点到站", 5, id="half of the characters"),
        pytest.param("公交车", 0, id="too short to be hasty"),
        pytest.param("when does bus 28 come here", 0, id="a number may be somebody's"),
    ],
)
def test_a_hasty_line_has_half_of_its_words_in_their_order(said: str, left: int) -> None:
    """Of words where there are spaces, else of characters."""
    parts = said.split() if " " in said else list(said)
    found = hasty(line(said), random.Random(1))
    kept = found.split() if " " in said else list(found)
    assert len(kept) == left
    assert kept == [one for one in parts if one in kept]


def test_a_course_within_its_bars_has_no_fault() -> None:
    """200 messages in less than ten minutes, and a way back of less than five seconds."""
    assert WENT.faults() == []


def test_what_misses_its_bar_is_told() -> None:
    """Slow labels count by the message, so that fewer messages are held to the same bar."""
    slow = replace(WENT, labelled=replace(WENT.labelled, messages=20), took={**WENT.took, "rollback": 5.2})
    assert slow.faults() == ["200 messages take 660 s to label", "going back took 5.2 s"]


def test_a_result_is_shown_with_each_part_beside_the_first() -> None:
    """In one table."""
    part = {"turns": 600, "p50_ms": 90.0, "p95_ms": 200.0, "slowest_ms": 400.0, "seconds": 30.0}
    ours = {
        "name": "Citydesk",
        **WENT.document(),
        "groups": 43,
        "parts": {"before": part, "training": {**part, "p95_ms": 500.0}},
        "ratios": {"before": 1.0, "training": 2.5},
        "longest_silence_seconds": 0.4,
        "faults": 0,
    }
    shown = table({"name": "trainer", "ours": ours, "method": {"per_second": 20.0, "percent": 20}})
    rows = {one[0]: one[1] for one in shown.rows}
    assert rows["messages a decision"] == "5"
    assert rows["p95 while training, ms"] == "500 (2.50 × before)"


async def test_a_silence_is_the_longest_time_without_an_answer_to_anybody() -> None:
    """Answers of all residents count."""
    async with ChatClient("http://127.0.0.1") as client:
        one, other = (Resident(client, iter(())) for _ in range(2))
        one.done, other.done = {"a": 1.0, "b": 4.0}, {"c": 3.5}
        assert Crowd([one, other], 1.0).longest_silence() == 2.5
