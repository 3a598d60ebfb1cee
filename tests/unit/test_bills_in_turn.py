"""Several bills in one breath: one after the other, more of them later, some of them not after all."""

import pytest
from fixtures.household import GAS, POWER, WATER, Household

ASKS_ACCOUNT = ("utility_bills", "account_number")
DONE = (None, None)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("gas and water", ["gas", "water"]),
        ("燃气和水都要", ["燃气", "水"]),
        ("還有煤氣費", ["煤氣費"]),
        ("gas too", ["gas"]),
    ],
)
async def test_more_is_wished_while_an_account_is_asked(household: Household, text: str, marked: list[str]) -> None:
    """What was asked for stays first; both are looked up."""
    await household.ask("交水费", "水费")
    said = await household.ask(text, *marked, intent="inform")
    assert "水费和燃气费一项一项来" in said
    await household.ask(WATER, intent="inform")
    assert household.state == ASKS_ACCOUNT
    await household.ask(GAS, intent="inform")
    assert household.suppliers.asked == [("water", WATER), ("gas", GAS)]


async def test_another_one_instead_is_none_beside(household: Household) -> None:
    """电费 alone, while water is asked for, is what is wanted now."""
    await household.ask("交水费", "水费")
    await household.ask("电费", "电费", intent="inform")
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("electricity", POWER)]
    assert household.state == DONE


@pytest.mark.parametrize(
    ("text", "marked", "intent"),
    [
        ("跳过电费", ["电费"], "utility_bills"),
        ("skip the electricity", ["electricity"], "nlu_fallback"),
        ("我屋企冇煤氣，電費先不查", ["煤氣", "電費"], "inform"),
        ("不查电费", ["电费"], "cancel"),
    ],
)
async def test_one_of_several_is_passed_over(household: Household, text: str, marked: list[str], intent: str) -> None:
    """It is not asked for any more; what was being asked stays asked."""
    await household.ask("水电煤都查一下", "水", "电", "煤")
    said = await household.ask(text, *marked, intent=intent)
    assert "先不查" in said
    assert household.state == ASKS_ACCOUNT
    await household.ask(WATER, intent="inform")
    front = household.session.front
    assert (front and front.values.get("utility_type")) != "electricity"


@pytest.mark.parametrize("text", ["跳过", "下一个", "skip it"])
async def test_what_is_asked_for_is_passed_over(household: Household, text: str) -> None:
    """The next one is asked for; passing over the last one ends the round with what was shown."""
    await household.ask("水电都查", "水", "电")
    await household.ask(WATER, intent="inform")
    said = await household.ask(text, intent="choose")
    assert "电费先不查" in said
    assert household.state == DONE
    assert household.all_opened == []
    await household.ask("缴费", intent="affirm")
    assert [one.agency for one in household.all_opened] == ["water"]


async def test_what_a_service_is_called_begins_it(household: Household) -> None:
    """水费 is no value of something unknown."""
    await household.ask("水费", "水费", intent="inform")
    assert household.state == ASKS_ACCOUNT


async def test_an_account_given_before_its_kind_is_not_asked_for_again(household: Household) -> None:
    """Which bill it is says only whose account it is."""
    await household.ask(f"户号{WATER}", intent="utility_bills")
    await household.ask("就是那个水嘛，吃的", intent="inform")
    assert household.suppliers.asked == [("water", WATER)]


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        pytest.param(f"先把水费交了，电费户号{POWER}", ["water"], id="and is ordered"),
        pytest.param(f"水费先交掉再讲电费是{POWER}", [], id="without a mark it is offered with the other"),
    ],
)
async def test_what_was_shown_is_not_asked_for_again(household: Household, text: str, ordered: list[str]) -> None:
    """Who names it beside the next number wants it paid, and not looked up anew."""
    await household.ask("水电都查", "水", "电")
    await household.ask(WATER, intent="inform")
    await household.ask(text, "水费", "电费")
    assert household.suppliers.asked == [("water", WATER), ("electricity", POWER)]
    assert household.state == DONE
    assert [one.agency for one in household.all_opened] == ordered
