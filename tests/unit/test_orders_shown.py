"""What pages show of whom an order is about."""

import pytest

from desk.contract.messages import Text
from desk.payments.rows import Private

VALUES = {
    "plate": ("浙A12345", "浙A****5"),
    "account": ("3301234567", "****4567"),
    "id": ("330106199001011237", "3301****1237"),
    "short number": ("12345", "1**"),
    "name": ("王小明", "王**"),
    "name in Latin letters": ("Wang Xiaoming", "W**"),
}


@pytest.mark.parametrize(("value", "seen"), VALUES.values(), ids=VALUES.keys())
def test_of_an_erased_resident_values_are_masked(value: str, seen: str) -> None:
    """Also what no mask for staff knows, such as a name; before, the page is the resident's own."""
    private = Private(items=[], subject=Text(key="x.y"), subject_of={"value": value})
    assert private.about(parted=True) == (seen,)
    assert private.about(parted=False) == (value,)
