"""The public sets of understanding, in `nlu/` of the folder that `CITYDESK_CONFORMANCE` names; without it these fail.

Whole sets are measured by `desk nlu benchmark`; here a slice of each shows that they are read, learnt and asked.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bench.nlu import ours, public_sets
from bench.nlu.public_sets import FOREIGN, PublicSet
from desk.app.model import bot_python

ROOT = Path(__file__).parents[2]
INTENTS = 6


@pytest.fixture(scope="module")
def sets() -> list[PublicSet]:
    """All sets, whole."""
    named = os.environ.get("CITYDESK_CONFORMANCE")
    if not named:
        pytest.fail("Set CITYDESK_CONFORMANCE to the folder of public data; its folder nlu holds the sets.")
    return list(public_sets.read(Path(named) / "nlu"))


def test_the_sets_are_as_large_as_published(sets: list[PublicSet]) -> None:
    """Nothing was lost in reading; every label that is asked for is learnt, but for one that xSID teaches nowhere."""
    sizes = {(len(one.train), len(one.test)) for one in sets}
    assert sizes == {(300, 500), (640, 1076), (770, 3080), (8954, 1076), (8622, 3080), (15100, 5500)}
    for one in sets:
        unlearnt = {label for _, label in one.test} - {label for _, label in one.train}
        assert unlearnt <= {"alarm/time_left_on_alarm"}, one.name


def test_a_slice_of_each_set_is_learnt(sets: list[PublicSet]) -> None:
    """Of six intents, twelve lines each, most questions are understood."""
    for one in (sets[0], sets[2], sets[-1]):
        intents = sorted({label for _, label in one.train} - {FOREIGN})[:INTENTS]
        kept = [*intents, *([FOREIGN] if one.foreign_bar is not None else [])]

        def few(lines: object, each: int, kept: list[str] = kept) -> list[tuple[str, str]]:
            return [pair for label in kept for pair in [pair for pair in lines if pair[1] == label][:each]]  # type: ignore[attr-defined]

        cut = replace(one, train=few(one.train, 12), test=few(one.test, 5), valid=few(one.valid, 5))
        found = ours.on_set(cut, bot_python(ROOT, None), ROOT)
        assert found["accuracy"] is not None
        assert found["accuracy"] > 0.6, one.name
        assert (found["foreign_refused"] is None) == (one.foreign_bar is None)
