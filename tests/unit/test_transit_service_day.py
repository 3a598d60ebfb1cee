"""Times of the service day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.transit.service_day import day, origin, seconds

ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("08:05:09", 29109, id="plain"),
        pytest.param("8:05:09", 29109, id="one digit of the hour"),
        pytest.param(" 25:10:00 ", 90600, id="past midnight, with spaces"),
        pytest.param("100:00:00", 360000, id="days later"),
        pytest.param("08:60:00", None, id="no such minute"),
        pytest.param("08:05", None, id="without seconds"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_seconds_reads_times_of_a_timetable(text: str, expected: int | None) -> None:
    """Hours may pass 24 and have one digit; anything else is no time."""
    assert seconds(text) == expected


def test_day_refuses_days_that_do_not_exist() -> None:
    """The 30th of February is no date."""
    assert (day("20260230"), day("20260228")) == (None, date(2026, 2, 28))


@given(DAYS, ZONES)
def test_noon_of_the_service_day_is_noon_on_the_clock(service_day: date, zone: str) -> None:
    """Twelve hours after the origin it is noon, also on days when clocks change."""
    start = origin(service_day, ZoneInfo(zone))
    noon = datetime.fromtimestamp(start + 12 * 3600, UTC).astimezone(ZoneInfo(zone))
    assert (noon.date(), noon.hour, noon.minute) == (service_day, 12, 0)


@given(DAYS, st.integers(24 * 3600, 48 * 3600 - 1))
def test_a_time_past_24_is_that_clock_time_of_the_next_day(service_day: date, offset: int) -> None:
    """25:10 of Monday is 1:10 of Tuesday, where clocks do not change."""
    zone = ZoneInfo("Asia/Shanghai")
    told = datetime.fromtimestamp(origin(service_day, zone) + offset, UTC).astimezone(zone)
    past = offset - 24 * 3600
    assert (told.date().toordinal(), told.hour, told.minute) == (
        service_day.toordinal() + 1,
        past // 3600,
        past // 60 % 60,
    )
