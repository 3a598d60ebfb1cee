"""The air quality index after HJ 633-2012: breakpoints of table 1, levels of table 2, primary pollutants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.services.air_quality.index import BREAKPOINTS, INDICES, Level, air_index, level_of, sub_index


@pytest.mark.parametrize("pollutant", BREAKPOINTS)
def test_index_at_a_breakpoint_is_the_standards(pollutant: str) -> None:
    """At each concentration of table 1 the sub-index is the one of its row."""
    points = BREAKPOINTS[pollutant]
    assert [sub_index(pollutant, point) for point in points] == list(INDICES[: len(points)])


@pytest.mark.parametrize(
    ("pollutant", "concentration", "index"),
    [
        ("pm25", 36, 52),  # 50 + 50/40 × 1 = 51.25, rounded up
        ("pm25", 47, 65),
        ("pm10", 80, 65),
        ("o3", 161, 52),  # 50 + 50/40 × 1 = 51.25
        ("co", 5.1, 51),
        ("pm25", 900, 500),
        ("so2", 801, None),
    ],
)
def test_index_between_breakpoints_is_rounded_up(pollutant: str, concentration: float, index: int | None) -> None:
    """Linear in between, rounded up; the scale ends at 500; sulphur dioxide above 800 has none by the hour."""
    assert sub_index(pollutant, concentration) == index


@given(st.sampled_from(sorted(BREAKPOINTS)), st.floats(0, 800), st.floats(0, 800))
def test_more_is_never_better(pollutant: str, one: float, two: float) -> None:
    """A higher concentration never has a lower index."""
    low, high = sub_index(pollutant, min(one, two)), sub_index(pollutant, max(one, two))
    assert low is None or high is None or low <= high


@pytest.mark.parametrize(
    ("index", "level"),
    [
        (0, 1),
        (50, 1),
        (51, 2),
        (100, 2),
        (101, 3),
        (150, 3),
        (151, 4),
        (200, 4),
        (201, 5),
        (300, 5),
        (301, 6),
        (500, 6),
    ],
)
def test_levels_are_those_of_table_2(index: int, level: int) -> None:
    """Each level ends where the standard ends it."""
    assert level_of(index) is Level(level)


def test_index_is_the_highest_sub_index() -> None:
    """The worst pollutant gives the index and is named; several if they share the highest."""
    found = air_index({"pm25": 75, "pm10": 60, "o3": 40})
    assert found is not None
    assert (found.value, found.level, found.primary) == (100, Level.GOOD, ("pm25",))
    shared = air_index({"pm25": 75, "pm10": 150, "o3": 40})
    assert shared is not None
    assert shared.primary == ("pm10", "pm25")


def test_excellent_air_has_no_primary_pollutant() -> None:
    """Up to 50 none is named."""
    found = air_index({"pm25": 35, "o3": 160})
    assert found is not None
    assert (found.value, found.primary) == (50, ())


def test_nothing_measured_has_no_index() -> None:
    """No reading, or only one that does not count by the hour: no index is invented."""
    assert air_index({}) is None
    assert air_index({"so2": 900}) is None
