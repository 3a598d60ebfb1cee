"""Where a vehicle is along its stops."""

import pytest

from actions.transit.positions import locate, time_at
from actions.transit.realtime import Standing, Vehicle

# Out east along a street in four stops of about 960 m, and back west on the same street.
POINTS = [(30.0, 120.00), (30.0, 120.01), (30.0, 120.02), (30.0, 120.03), (30.0, 120.0201), (30.0, 120.0101)]
STOP_IDS = ["a", "b", "c", "d", "c2", "b2"]
SEQS = [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("vehicle", "expected_index", "index"),
    [
        pytest.param(Vehicle("v", None, 30.0, 120.005, bearing=90), None, 0.5, id="half way, heading east"),
        pytest.param(Vehicle("v", None, 30.0, 120.015, bearing=270), None, 4.51, id="heading west: on the way back"),
        pytest.param(Vehicle("v", None, 30.0, 120.015), 4.6, 4.51, id="no heading: the timetable decides"),
        pytest.param(Vehicle("v", None, 30.001, 120.005, bearing=90), None, 0.5, id="beside the street"),
        pytest.param(Vehicle("v", None, seq=3, standing=Standing.STOPPED), None, 2.0, id="standing at a stop"),
        pytest.param(
            Vehicle("v", None, stop_id="d", standing=Standing.INCOMING), None, 2.9, id="coming in, no position"
        ),
        pytest.param(Vehicle("v", None, 30.0, 120.0125, seq=3), None, 1.25, id="on its way to a stop"),
        pytest.param(Vehicle("v", None, 30.0, 120.0, seq=1), None, 0.0, id="before the first stop"),
    ],
)
def test_locate_finds_the_place_along_the_stops(vehicle: Vehicle, expected_index: float | None, index: float) -> None:
    """What the vehicle says of itself counts first, then where it is and heads, then what the timetable expects."""
    fit = locate(POINTS, STOP_IDS, SEQS, vehicle, expected_index)
    assert fit is not None
    assert fit.index == pytest.approx(index, abs=0.01)


@pytest.mark.parametrize(
    "vehicle",
    [
        pytest.param(Vehicle("v", None, 30.02, 120.005), id="two kilometres beside the route"),
        pytest.param(Vehicle("v", None), id="says nothing"),
        pytest.param(Vehicle("v", None, stop_id="elsewhere"), id="names a stop of another trip"),
    ],
)
def test_locate_gives_up_on_a_vehicle_that_is_elsewhere(vehicle: Vehicle) -> None:
    """No estimate rather than a wild one."""
    assert locate(POINTS, STOP_IDS, SEQS, vehicle) is None


def test_time_at_counts_standing_as_departure() -> None:
    """Half way between a departure at 130 and an arrival at 200 it is 165."""
    assert [time_at([0, 100, 200], [0, 130, 200], index) for index in (0.0, 1.0, 1.5, 2.0)] == [0, 130, 165, 200]
