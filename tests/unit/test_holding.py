"""When an announcement is told: at once, in the digest, after quiet hours, or the next day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.announcements.telling.holding import Reader, due
from desk.city.files import load_city
from desk.contract.messages import SetRhythm

CITY = load_city(Path(__file__).parents[2] / "cities" / "hangzhou.yml")
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
DAILY, WEEKLY = SetRhythm(rhythm="daily", hour=18), SetRhythm(rhythm="weekly", weekday=5, hour=9)
TUESDAYS = SetRhythm(rhythm="weekly", weekday=2, hour=9)
NEXT = timedelta(days=7)


def at(day: int, hour: int) -> datetime:
    return TUESDAY.replace(day=day, hour=hour)


@pytest.mark.parametrize(
    ("reader", "urgency", "now", "told"),
    [
        pytest.param(Reader("telegram", 0), "routine", TUESDAY, None, id="at once"),
        pytest.param(Reader("telegram", 0, DAILY), "routine", TUESDAY, at(24, 18), id="this evening"),
        pytest.param(Reader("telegram", 0, DAILY), "routine", at(24, 18), at(25, 18), id="that was just now: tomorrow"),
        pytest.param(Reader("telegram", 0, DAILY), "important", TUESDAY, None, id="important ones are in no digest"),
        pytest.param(Reader("telegram", 0, DAILY), "urgent", TUESDAY, None, id="urgent ones neither"),
        pytest.param(Reader("telegram", 0, WEEKLY), "routine", TUESDAY, at(27, 9), id="on Friday"),
        pytest.param(Reader("telegram", 0, TUESDAYS), "routine", TUESDAY, at(24, 9) + NEXT, id="in a week"),
        pytest.param(Reader("telegram", 0, SetRhythm(rhythm="at_once")), "routine", TUESDAY, None, id="one by one"),
        pytest.param(Reader("telegram", 9), "routine", TUESDAY, None, id="the tenth of a day"),
        pytest.param(Reader("telegram", 10), "routine", TUESDAY, at(25, 8), id="one too many"),
        pytest.param(Reader("telegram", 10), "important", TUESDAY, at(25, 8), id="important ones count"),
        pytest.param(Reader("telegram", 99), "urgent", TUESDAY, None, id="urgent ones pass"),
        pytest.param(Reader("telegram", 0), "routine", at(24, 23), None, id="a chat rings for nobody"),
        pytest.param(Reader("sms", 0), "routine", at(24, 23), at(25, 8), id="a text message at night"),
        pytest.param(Reader("sms", 0), "routine", at(24, 3), at(24, 8), id="before the morning"),
        pytest.param(Reader("sms", 0), "urgent", at(24, 3), None, id="urgent ones at night"),
        pytest.param(Reader("sms", 4), "routine", TUESDAY, at(25, 8), id="the fifth text message"),
    ],
)
def test_who_is_told_when(reader: Reader, urgency: str, now: datetime, told: datetime | None) -> None:
    """By the city's clock, whatever the desk's is."""
    assert due(reader, urgency, CITY, now.astimezone(UTC)) == told
