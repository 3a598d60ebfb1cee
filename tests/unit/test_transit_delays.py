"""What news make of a trip's times."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.transit.delays import Predicted, predict
from actions.transit.realtime import Expected, Halt, StopUpdate, TripRef, TripUpdate
from actions.transit.timetable import Call, Run, Trip

TRIP = Trip(1, "t", 1, 1, None, None, 0, 3600, 5, 1, frequent=False)
RUN = Run(TRIP, date(1970, 1, 1))
STOP_IDS = {stop: f"s{stop}" for stop in range(20)}
CALLS = tuple(Call(RUN, seq, seq, seq * 600, seq * 600 + 30, True, None) for seq in range(1, 6))
"""Five stops, ten minutes apart, half a minute of halt."""


def update(*stops: StopUpdate, delay: int | None = None) -> TripUpdate:
    return TripUpdate(TripRef("t"), stops, delay)


def shifts(predicted: tuple[Predicted, ...]) -> list[object]:
    """Say per call what became of it: seconds late, "plan", "skip" or "passed"."""
    said: list[object] = []
    for one in predicted:
        words = {"skip": one.skipped, "passed": one.passed, "plan": not one.live}
        word = next((word for word, holds in words.items() if holds), None)
        said.append(one.arrival - one.call.arrival if word is None else word)
    return said


def late(seconds: int) -> Expected:
    return Expected(delay=seconds)


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        pytest.param(update(), ["plan"] * 5, id="no news: the timetable"),
        pytest.param(update(delay=60), [60] * 5, id="a delay of the whole trip"),
        pytest.param(
            update(StopUpdate(seq=2, arrival=late(90))), ["plan", 90, 90, 90, 90], id="a delay holds for later stops"
        ),
        pytest.param(
            update(StopUpdate(seq=2, arrival=late(90)), StopUpdate(seq=4, arrival=late(0))),
            ["plan", 90, 90, 0, 0],
            id="until the next update",
        ),
        pytest.param(update(StopUpdate(seq=2, departure=late(90))), ["plan", 90, 90, 90, 90], id="a departure alone"),
        pytest.param(
            update(StopUpdate(seq=2, arrival=late(90)), StopUpdate(seq=3, halt=Halt.NO_DATA)),
            ["plan", 90, "plan", "plan", "plan"],
            id="no data ends a delay",
        ),
        pytest.param(
            update(StopUpdate(seq=2, arrival=late(90)), StopUpdate(seq=3, halt=Halt.SKIPPED)),
            ["plan", 90, "skip", 90, 90],
            id="a skipped stop lets the delay through",
        ),
        pytest.param(
            update(StopUpdate(seq=3, arrival=Expected(time=1800 + 45, delay=999))),
            ["plan", "plan", 45, 45, 45],
            id="a moment counts before a delay",
        ),
        pytest.param(
            update(StopUpdate(stop_id="s3", arrival=late(30))), ["plan", "plan", 30, 30, 30], id="found by stop"
        ),
        pytest.param(update(StopUpdate(seq=3)), ["plan", "plan", 0, 0, 0], id="an empty update means on time"),
        pytest.param(
            update(StopUpdate(seq=4, arrival=late(-1300))),
            ["plan", "passed", "passed", -1300, -1300],
            id="calls planned after a later one's expected time were passed",
        ),
        pytest.param(
            update(StopUpdate(seq=1, departure=late(700)), StopUpdate(seq=3, arrival=late(0))),
            [700, 600, 0, 0, 0],
            id="a carried delay never passes what a later stop is given",
        ),
        pytest.param(update(StopUpdate(seq=99, arrival=late(5))), ["plan"] * 5, id="an unknown stop changes nothing"),
    ],
)
def test_predict_follows_the_standard(news: TripUpdate, expected: list[object]) -> None:
    """Delays propagate to later calls until the next update; NO_DATA, SKIPPED and moments as the standard has them."""
    assert shifts(predict(CALLS, STOP_IDS, news)) == expected


def test_an_update_by_stop_means_the_next_call_there_on_a_loop() -> None:
    """On a trip that calls twice at a stop, a second update of that stop means the second call."""
    loop = tuple(Call(RUN, seq, stop, seq * 600, seq * 600, True, None) for seq, stop in enumerate((7, 8, 7), 1))
    news = update(StopUpdate(stop_id="s7", arrival=late(10)), StopUpdate(stop_id="s7", arrival=late(20)))
    assert shifts(predict(loop, STOP_IDS, news)) == [10, 10, 20]


@st.composite
def news_in_order(draw: st.DrawFn) -> TripUpdate:
    """News that do not contradict themselves: the moments they give never run backwards."""
    seqs = sorted(draw(st.sets(st.integers(1, 5))))
    times = sorted(draw(st.lists(st.integers(0, 6000), min_size=len(seqs), max_size=len(seqs))))
    return update(
        *(StopUpdate(seq=seq, arrival=Expected(time=time)) for seq, time in zip(seqs, times, strict=True)),
        delay=draw(st.none() | st.integers(-600, 3600)),
    )


@given(news_in_order())
def test_live_times_never_run_backwards(news: TripUpdate) -> None:
    """Whatever is carried and bounded: no stop is reached before an earlier one, nor left before it is reached."""
    live = [one for one in predict(CALLS, STOP_IDS, news) if one.live]
    assert all(earlier.arrival <= later.arrival for earlier, later in pairwise(live))
    assert all(one.arrival <= one.departure for one in live)
