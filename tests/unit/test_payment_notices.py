"""What residents are told of their orders, with the arguments it really gets: each notice, language and manner."""

import inspect
from decimal import Decimal
from pathlib import Path

import pytest
from fixtures import loaded

from desk.contract.messages import Manner, Reply, Text
from desk.contract.wire import LOCALES, Locale
from desk.payments import notices
from desk.payments.links import Links
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
CITY = loaded.cities()["hangzhou"]
LINKS = Links(Keys("0123456789abcdef" * 3), "https://city.example")
ORDER, RECEIPT, TICKET = "202611240000000000000001", "R1000001-7", "T-1001-7"
SUBJECT = Text(key="traffic_fines.order_subject", args={"count": 1})
ABOUT = (Decimal("200.00"), SUBJECT, CITY, "traffic_police")
WITH_CLERK = (*ABOUT, ORDER, TICKET)
NOTICES: dict[str, list[tuple[Reply, tuple[str, ...]]]] = {
    "paid": [(notices.paid(*ABOUT), ("200",))],
    "booked": [(notices.booked(ORDER, *ABOUT, RECEIPT), ("200", RECEIPT, "https://city.example/receipt/"))],
    "booked_in_part": [
        (
            notices.booked_in_part(ABOUT[0], Decimal("150.00"), *ABOUT[1:], RECEIPT, why),
            ("200", "150", RECEIPT, "https://city.example/receipt/"),
        )
        for why in ("already-paid", "wrong-amount", "not-found", "not-reached", "closed-for-good", None)
    ],
    "not_taken": [(notices.not_taken(*ABOUT, "already-paid"), ("200", "0571-12123"))],
    "refunded": [(notices.refunded(*ABOUT), ("200",))],
    "refund_by_hand": [
        (notices.refund_by_hand(*WITH_CLERK, returned=Decimal("150.00")), ("150", TICKET, "0571-12123"))
    ],
    "agency_silent": [(notices.agency_silent(*WITH_CLERK), ("200", TICKET, "0571-12123"))],
    "second_trade": [(notices.second_trade(*WITH_CLERK), ("200", TICKET, "0571-12123"))],
    "amount_differs": [
        (notices.amount_differs(*WITH_CLERK, billed=Decimal("20.00")), ("200", "20", TICKET, "0571-12123"))
    ],
    "expired": [(notices.expired(*ABOUT), ("200",))],
}


def test_all_notices_are_tried() -> None:
    """Whatever the module says is in the table."""
    said = {
        name
        for name, one in inspect.getmembers(notices, inspect.isfunction)
        if not name.startswith("_") and one.__module__ == notices.__name__
    }
    assert said == set(NOTICES)


@pytest.mark.parametrize("manner", ["standard", "elderly"])
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted(NOTICES))
def test_notice_says_its_facts(catalogs: Catalogs, name: str, locale: Locale, manner: Manner) -> None:
    """Amounts, numbers, whom to call and the receipt's address stand in it; no argument is left over."""
    for reply, facts in NOTICES[name]:
        said = catalogs.in_manner(manner).render(LINKS.reply(reply), locale).text
        assert [fact for fact in facts if fact not in said] == []
        assert "{" not in said


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted(NOTICES))
def test_notice_is_shorter_for_the_elderly(catalogs: Catalogs, name: str, locale: Locale) -> None:
    """Each has words of its own, and fewer."""
    for reply, _ in NOTICES[name]:
        standard, elderly = (
            catalogs.in_manner(manner).render(LINKS.reply(reply), locale).text for manner in ("standard", "elderly")
        )
        assert len(elderly) < len(standard)


@pytest.mark.parametrize(
    ("locale", "valid", "following"),
    [
        ("zh_Hans", "有效", "在这里通知您"),
        ("zh_Hant", "有效", "在這裏通知您"),
        ("en", "stays valid", "tell you here"),
    ],
)
def test_silence_says_what_remains_valid_and_what_follows(
    catalogs: Catalogs, locale: Locale, valid: str, following: str
) -> None:
    """The payment is good, nothing is to be paid again, and the outcome will be said."""
    said = catalogs.render(NOTICES["agency_silent"][0][0], locale).text
    assert [part for part in (valid, following) if part not in said] == []
