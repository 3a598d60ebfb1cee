"""Office hours in words, in three languages."""

import pytest

from desk.city.files import Hours
from desk.city.hours import hours_text
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

WEEKDAYS, ALL = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]


def hours(*spans: tuple[list[int], str, str]) -> list[Hours]:
    return [Hours.model_validate({"days": days, "opens": opens, "closes": closes}) for days, opens, closes in spans]


@pytest.mark.parametrize(
    ("spans", "locale", "said"),
    [
        ([(WEEKDAYS, "09:00", "17:00")], "zh_Hans", "周一至周五 09:00–17:00"),
        (
            [(WEEKDAYS, "08:00", "12:00"), (WEEKDAYS, "14:30", "17:30"), ([6], "09:30", "12:00")],
            "zh_Hans",
            "周一至周五 08:00–12:00、14:30–17:30和周六 09:30–12:00",
        ),
        (
            [(WEEKDAYS, "08:00", "12:00"), (WEEKDAYS, "14:00", "18:00")],
            "zh_Hant",
            "星期一至星期五 08:00–12:00、14:00–18:00",
        ),
        (
            [(WEEKDAYS, "08:30", "12:00"), (WEEKDAYS, "13:30", "17:00")],
            "en",
            "Monday to Friday 08:30–12:00, 13:30–17:00",
        ),
        ([(ALL, "00:00", "23:59")], "zh_Hans", "每天 24小时"),
        ([([1, 3], "09:00", "12:00")], "en", "Monday and Wednesday 09:00–12:00"),
    ],
)
def test_days_with_the_same_hours_are_said_once(
    catalogs: Catalogs, spans: list[tuple[list[int], str, str]], locale: Locale, said: str
) -> None:
    """Their spans stand behind them; days that follow each other are a range, a whole day is said so."""
    assert catalogs.text(hours_text(hours(*spans)), locale) == said
