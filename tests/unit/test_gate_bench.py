"""What the benches of the gate and of taught lines do to the data."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from bench.gate import Learnt, drawn
from bench.taught import BEGUN, STEPS, taught
from bench.taught import drawn as topics_drawn
from tools.evaluation.comparing import Known
from tools.evaluation.listening import Message

SERVICES = [f"service_{letter}" for letter in "abcdefghijkl"]
LANGUAGES = ("zh_Hans", "zh_Hant", "en", "mixed")


def learnt() -> Iterator[Learnt]:
    """Lines of twelve services, the first with the most."""
    for place, name in enumerate(SERVICES):
        for number in range(400 - 20 * place):
            yield Learnt(f"{name} {number}", f"start:{name}", LANGUAGES[number % 4], name)


def asked() -> Iterator[Known]:
    """Held-out lines of each."""
    for name in SERVICES:
        for number in range(60):
            said = Message(f"held out {name} {number}", "hangzhou", None)
            yield Known(said, "line", f"start:{name}", "en", intent=name)


@pytest.mark.parametrize("draw", [0, 1])
def test_as_many_sabotages_as_trainings_of_the_same_data(draw: int) -> None:
    """Of each kind; in every draw other seeds, so that margins are not told of what they were chosen on."""
    base, *jobs = drawn(list(learnt()), list(asked()), 20, draw)
    kinds = [one.kind for one in jobs]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "same": 20, "swapped": 5, "agency": 5, "language": 4, "leaked": 6,
    }  # fmt: skip
    assert len({one.seed for one in (base, *jobs)}) == 41
    assert all(one.learnt is base.learnt for one in jobs if one.kind == "same")
    swapped = next(one for one in jobs if one.kind == "swapped")
    moved = sum(one.label != was.label for one, was in zip(swapped.learnt, base.learnt, strict=True))
    assert 0.05 < moved / len(base.learnt) < 0.12


def test_draws_share_nothing() -> None:
    """Neither a seed nor a service, nor which labels are swapped."""
    first, second = (drawn(list(learnt()), list(asked()), 20, draw) for draw in (0, 1))
    assert {one.seed for one in first}.isdisjoint(one.seed for one in second)
    without = [{one.done for one in jobs if one.kind == "agency"} for jobs in (first, second)]
    assert without[0].isdisjoint(without[1])
    assert {"without service_a", "without service_e"} <= without[0]


def test_topics_begin_with_a_handful_and_are_taught_a_hundred_at_a_time() -> None:
    """The same lines first; all others learn what they learnt before."""
    lines, messages = list(learnt()), list(asked())
    random.Random(1).shuffle(lines)
    topics = topics_drawn(lines, messages, 3)
    steps = [taught(lines, topics, count, 3) for count in STEPS]
    sizes = [[sum(one.label == topic for one in step) for topic in topics] for step in steps]
    assert sizes == [[BEGUN + count // 5] * 5 for count in STEPS]
    assert all(set(before) <= set(after) for before, after in pairwise(steps))
    others = [one for one in lines if one.label not in topics]
    assert all([one for one in step if one.label not in topics] == others for step in steps)
