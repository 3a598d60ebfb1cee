"""Of several bills what is paid, or on order, is not offered again, and only what is meant is paid."""

import pytest
from fixtures.household import POWER, WATER, Household

from desk.contract.messages import OrderStatus


async def shown_after(household: Household, status: OrderStatus) -> str:
    """Water and power are wished; the water is ordered before the power's account is given."""
    await household.ask("交水费和电费", "水费", "电费")
    await household.ask(WATER, intent="inform")
    await household.ask("先把水费交了", "水费", intent="affirm")
    household.becomes(status)
    return await household.ask(POWER, intent="inform")


@pytest.mark.parametrize("status", ["paid", "booked", "open"])
async def test_no_sum_with_what_is_paid(household: Household, status: OrderStatus) -> None:
    """The second bill alone is offered."""
    said = await shown_after(household, status)
    assert "51.11" in said
    assert "126.51" not in said
    assert not any("126.51" in title for title in household.buttons)


async def test_the_one_that_is_left_needs_no_choice(household: Household) -> None:
    """To pay is to pay that."""
    await shown_after(household, "booked")
    await household.ask("缴费", intent="affirm")
    assert [one.agency for one in household.all_opened] == ["power_grid"]


@pytest.mark.parametrize(
    "text", ["水费刚才交好了，我只要交电费", "the water is paid, I only want to pay the electricity"]
)
async def test_only_one_is_meant(household: Household, text: str) -> None:
    """What is named before the word for that is only told of."""
    await shown_after(household, "booked")
    asked = len(household.suppliers.asked)
    await household.ask(text, "水费", "电费")
    assert [one.agency for one in household.all_opened] in (["power_grid"], [])
    assert ("water", WATER) not in household.suppliers.asked[asked:]


@pytest.mark.parametrize("text", ["不仅水费，电费也查", "水费和电费都查"])
async def test_without_such_a_word_all_are_meant(household: Household, text: str) -> None:
    """A word that has its sound says nothing."""
    said = await household.ask(text, "水费", "电费")
    assert "水费和电费一项一项来" in said
