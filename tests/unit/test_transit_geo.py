"""Places on the globe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.transit.geo import distance_m
from desk.contract.datum import gcj02_to_wgs84, wgs84_to_gcj02


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    """The distance of two points on a meridian."""
    assert distance_m(30.0, 120.0, 31.0, 120.0) == pytest.approx(111_195, abs=1)


def test_gcj02_is_shifted_as_published() -> None:
    """The published pair of eviltransform's tests: 31.1774276, 121.5272106 is 31.17530398, 121.53154141 in GCJ-02."""
    assert wgs84_to_gcj02(31.1774276, 121.5272106) == pytest.approx((31.17530398364597, 121.531541859215), abs=1e-7)


@given(st.floats(20, 50), st.floats(80, 130))
def test_unshifting_undoes_shifting(lat: float, lon: float) -> None:
    """To within ten centimetres, anywhere in China."""
    assert distance_m(lat, lon, *gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon))) < 0.1


def test_outside_china_nothing_is_shifted() -> None:
    """Tampa stays where it is."""
    assert gcj02_to_wgs84(28.06, -82.41) == (28.06, -82.41)
