"""What live news make of a run's timetable. Pure: no I/O, no clock.

https://gtfs.org/documentation/realtime/feed-entities/trip-updates/ ("Stop Time Updates", delay propagation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actions.transit.realtime import Expected, Halt, StopUpdate, TripUpdate
from actions.transit.timetable import Call


@dataclass(frozen=True, slots=True)
class Predicted:
    """A call as it is expected now. `live`: news say so; else the times are the timetable's."""

    call: Call
    arrival: int
    departure: int
    live: bool = False
    skipped: bool = False
    passed: bool = False
    given: bool = False  # the news speak of this very call, rather than of one before it


def match(calls: Sequence[Call], stop_ids: Mapping[int, str], updates: Sequence[StopUpdate]) -> dict[int, StopUpdate]:
    """Find the call that each update means: by sequence, else the next call at that stop. Gives call index → update."""
    by_seq = {call.seq: index for index, call in enumerate(calls)}
    matched: dict[int, StopUpdate] = {}
    after = 0
    for update in updates:
        index = None if update.seq is None else by_seq.get(update.seq)
        if index is None and update.stop_id is not None:
            index = next((i for i in range(after, len(calls)) if stop_ids.get(calls[i].stop) == update.stop_id), None)
        if index is not None:
            matched[index] = update
            after = index + 1
    return matched


def predict(calls: Sequence[Call], stop_ids: Mapping[int, str], update: TripUpdate) -> tuple[Predicted, ...]:
    """Apply the news of a trip to its calls.

    A delay holds for the calls after it until the next update; NO_DATA ends it; a skipped call lets it through. Before
    the first update the timetable counts. Times carried over from an earlier call never pass those that a later call
    is given, and a call planned later than a following one is now expected was passed already.
    """
    matched = match(calls, stop_ids, update.stops)
    predicted: list[Predicted] = []
    delay = update.delay
    for index, call in enumerate(calls):
        news = matched.get(index)
        if news is not None and news.halt is Halt.NO_DATA:
            delay = None
        elif news is not None and news.halt is Halt.SKIPPED:
            predicted.append(_late(call, delay, skipped=True))
            continue
        elif news is not None:
            predicted.append(_given(call, news, delay))
            delay = predicted[-1].departure - call.departure
            continue
        predicted.append(_late(call, delay, skipped=False))
    return tuple(_held_back(predicted))


def _late(call: Call, delay: int | None, *, skipped: bool) -> Predicted:
    late = delay or 0
    return Predicted(call, call.arrival + late, call.departure + late, live=delay is not None, skipped=skipped)


def _given(call: Call, news: StopUpdate, delay: int | None) -> Predicted:
    arrival, departure = _moment(news.arrival, call.arrival), _moment(news.departure, call.departure)
    if arrival is None and departure is None:  # the standard's own example: an empty update means on time
        arrival, departure = call.arrival, call.departure
    elif arrival is None and departure is not None:
        late = departure - call.departure if delay is None else delay
        arrival = min(call.arrival + late, departure)
    elif departure is None and arrival is not None:
        departure = call.departure + arrival - call.arrival
    assert arrival is not None
    assert departure is not None
    return Predicted(call, arrival, max(arrival, departure), live=True, given=True)


def _moment(expected: Expected | None, planned: int) -> int | None:
    if expected is None:
        return None
    return expected.time if expected.time is not None else planned + (expected.delay or 0)


def _held_back(predicted: list[Predicted]) -> list[Predicted]:
    """Bound carried times by the next given one, and mark planned calls that must have been passed."""
    limit: int | None = None
    for index in reversed(range(len(predicted))):
        here = predicted[index]
        if here.given:
            limit = here.arrival
        elif limit is not None and here.live:
            departure = min(here.departure, limit)
            predicted[index] = replace(here, arrival=min(here.arrival, departure), departure=departure)
        elif limit is not None and here.arrival > limit:
            predicted[index] = replace(here, passed=True)
    return predicted
