"""Households of the pretend cities: what their suppliers bill them for, by the day."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from fixtures import loaded

from sandbox.households import FILE, Household, SeedBill, Supplier, Utilities, bills_of, utilities
from sandbox.seed import Names

CITIES = loaded.seed().cities(FILE)
TODAY = date(2026, 11, 24)
SUPPLIER = Supplier(unit="kWh", price=Decimal("0.5"), late_per_mille=Decimal(1))


def billed(*bills: SeedBill, today: date = TODAY) -> list[tuple[date, date, date]]:
    """First and last day and due date of each bill."""
    household = Household(
        type="electricity", account="1000000001", road=Names(zh_Hans="路", en="Road"), house=2, bills=list(bills)
    )
    known = Utilities(suppliers={"electricity": SUPPLIER}, households=[household])
    return [(one.first, one.last, one.due) for one in bills_of(known, household, today)]


@pytest.mark.parametrize("city", CITIES)
def test_households_are_of_all_sorts(city: str) -> None:
    """Of each type there are single bills, several unpaid months, old ones, parts of a month, and nothing due."""
    known = utilities(loaded.seed(), city)
    for kind in known.suppliers:
        unpaid = [[bill for bill in one.bills if not bill.paid] for one in known.households if one.type == kind]
        assert sum([bill.ago for bill in bills] == [1] for bills in unpaid) >= 6
        assert any(len(bills) >= 3 for bills in unpaid)
        assert any([bill.ago for bill in bills] == [3] for bills in unpaid)
        assert any(bill.from_day for bills in unpaid for bill in bills)
        assert any(bill.to_day for bills in unpaid for bill in bills)
        assert [] in unpaid


def test_accounts_of_two_cities_share_nothing() -> None:
    """No account stands twice, in whatever city."""
    accounts = Counter(one.account for city in CITIES for one in utilities(loaded.seed(), city).households)
    assert [account for account, times in accounts.items() if times > 1] == []


def test_prices_are_each_citys_own() -> None:
    """No two cities charge the same for everything."""
    suppliers = [utilities(loaded.seed(), city).suppliers for city in CITIES]
    prices = {tuple((one.price, one.late_per_mille) for one in known.values()) for known in suppliers}
    assert len(prices) == len(CITIES)


def test_a_month_two_and_a_part_of_one() -> None:
    """Bills are of whole months or of days of one, the newest first, due at the end of the next month."""
    found = billed(
        SeedBill(ago=2, used=Decimal(1), months=2),
        SeedBill(ago=1, used=Decimal(1), from_day=12),
        SeedBill(ago=4, used=Decimal(1), to_day=9),
    )
    assert found == [
        (date(2026, 10, 12), date(2026, 10, 31), date(2026, 11, 30)),
        (date(2026, 8, 1), date(2026, 9, 30), date(2026, 10, 31)),
        (date(2026, 7, 1), date(2026, 7, 9), date(2026, 8, 31)),
    ]


def test_bills_cross_the_year() -> None:
    """In January last month is December of the year before."""
    assert billed(SeedBill(ago=1, used=Decimal(1)), today=date(2027, 1, 31)) == [
        (date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 31))
    ]


@pytest.mark.parametrize(
    ("day", "fee"),
    [("2026-11-30", "0.00"), ("2026-12-01", "0.05"), ("2026-12-10", "0.50"), ("2036-01-01", "50.00")],
)
def test_late_fee_grows_from_the_day_after_and_is_capped(day: str, fee: str) -> None:
    """A thousandth a day from the day after the due date, at most as much as the charge."""
    household = Household(
        type="electricity",
        account="1000000001",
        road=Names(zh_Hans="路", en="Road"),
        house=2,
        bills=[SeedBill(ago=1, used=Decimal(100))],
    )
    [bill] = bills_of(Utilities(suppliers={"electricity": SUPPLIER}, households=[household]), household, TODAY)
    assert f"{bill.late_fee(date.fromisoformat(day)):.2f}" == fee


@pytest.mark.parametrize(
    ("bill", "says"),
    [
        ({"ago": 1, "used": "1", "months": 2, "from_day": 3}, "of one month"),
        ({"ago": 1, "used": "1", "from_day": 20, "to_day": 9}, "after to_day"),
        ({"ago": 0, "used": "1"}, "ago"),
    ],
)
def test_bills_that_cannot_be_are_refused(bill: dict[str, object], says: str) -> None:
    """Days of two months, an end before the beginning, a bill of this month."""
    with pytest.raises(ValueError, match=says):
        SeedBill.model_validate(bill)
