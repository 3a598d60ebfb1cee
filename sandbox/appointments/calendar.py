"""The State's calendar of public holidays, and of the weekends that are worked in exchange.

2026: the State Council's arrangement. 2027: the statutory days alone, until that year's arrangement is published.
"""

from collections.abc import Iterable
from datetime import date, timedelta

_SPANS = {
    "2026-01-01": 3,  # 元旦
    "2026-02-15": 9,  # 春节
    "2026-04-04": 3,  # 清明节
    "2026-05-01": 5,  # 劳动节
    "2026-06-19": 3,  # 端午节
    "2026-09-25": 3,  # 中秋节
    "2026-10-01": 7,  # 国庆节
    "2027-01-01": 1,
    "2027-02-05": 4,
    "2027-04-05": 1,
    "2027-05-01": 2,
    "2027-06-09": 1,
    "2027-09-15": 1,
    "2027-10-01": 3,
}
"""First days of holidays, and how many days they last."""


def _days() -> Iterable[date]:
    for first, count in _SPANS.items():
        for number in range(count):
            yield date.fromisoformat(first) + timedelta(days=number)


HOLIDAYS = frozenset(_days())
WORKING_WEEKENDS = frozenset(
    map(date.fromisoformat, ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"))
)
