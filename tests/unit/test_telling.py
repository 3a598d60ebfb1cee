"""How often and when residents are told: what city files say of it."""

from datetime import time
from decimal import Decimal

import pytest

from desk.city.files import Announcing
from desk.city.telling import QuietHours, TellingThere


@pytest.mark.parametrize(
    ("quiet", "at", "holds"),
    [
        (QuietHours(begins=time(21), ends=time(8)), time(20, 59), False),
        (QuietHours(begins=time(21), ends=time(8)), time(21), True),
        (QuietHours(begins=time(21), ends=time(8)), time(3), True),
        (QuietHours(begins=time(21), ends=time(8)), time(8), False),
        (QuietHours(begins=time(12), ends=time(14)), time(13), True),
        (QuietHours(begins=time(12), ends=time(14)), time(11), False),
    ],
)
def test_quiet_hours_may_go_over_midnight(quiet: QuietHours, at: time, holds: bool) -> None:
    """From the minute at which they begin to that at which they end."""
    assert quiet.holds(at) is holds


def test_text_messages_are_fewer_and_not_at_night() -> None:
    """Unless the city says otherwise; other channels have the city's own."""
    usual = Announcing().on("sms")
    assert (usual.a_day, usual.quiet) == (4, QuietHours(begins=time(21), ends=time(8)))
    assert (Announcing().on("telegram").a_day, Announcing().on("telegram").quiet) == (10, None)
    own = Announcing(channels={"sms": TellingThere(a_day=2, price=Decimal("0.05"))}).on("sms")
    assert (own.a_day, own.quiet, own.price) == (2, usual.quiet, Decimal("0.05"))
