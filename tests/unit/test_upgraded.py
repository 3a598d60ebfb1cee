"""Conversations that were open when the version before served them go on: their memory is read as it was written."""

import json
from pathlib import Path
from typing import Any

import pytest
from fixtures.dialogue import PLATE, TAIL, Resident
from fixtures.paying import Payer
from fixtures.services import SERVICES

from actions.dialogue.state.session import Session
from desk.contract.messages import Erase, OrderNote
from desk.texts.catalogs import Catalogs

KEPT = Path(__file__).parents[1] / "fixtures" / "sessions" / "before_situations.json"
"""Written by the version before situations were stated."""


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, Any]]:
    sessions: dict[str, dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return sessions


def of(resident: Resident, kept: dict[str, Any]) -> Resident:
    resident.session = Session.from_json(kept["session"], resident.now)
    return resident


async def test_a_question_that_was_asked_is_answered(catalogs: Catalogs, kept: dict[str, dict[str, Any]]) -> None:
    """The plate that was given is still known."""
    resident = of(Resident(catalogs, SERVICES), kept["asked for the end of a frame number"])
    said = await resident.say(TAIL, "inform", vin_last6=TAIL)
    assert PLATE in said
    assert "200.00" in said


async def test_what_was_shown_is_paid(catalogs: Catalogs, kept: dict[str, dict[str, Any]]) -> None:
    """And gets an order."""
    payer = of(Payer(catalogs, SERVICES), kept["a fine was shown"])
    assert isinstance(payer, Payer)
    await payer.say("交", "affirm")
    assert payer.opened is not None
    assert payer.opened.amount == "200.00"


async def test_an_open_order_is_shown_again(catalogs: Catalogs, kept: dict[str, dict[str, Any]]) -> None:
    """Not made anew."""
    payer = of(Payer(catalogs, SERVICES), kept["an order is open"])
    assert isinstance(payer, Payer)
    payer.orders = [OrderNote.model_validate(one) for one in kept["an order is open"]["orders"]]
    said = await payer.say("交", "affirm")
    assert payer.opened is None
    assert payer.orders[0].order in said


async def test_what_waited_comes_back(catalogs: Catalogs, kept: dict[str, dict[str, Any]]) -> None:
    """Of two that were open the upper one ends, and the lower one is asked for."""
    resident = of(Resident(catalogs, SERVICES), kept["two are open"])
    await resident.say("武林广场", "inform", stop="武林广场")
    assert resident.state == ("traffic_fines", "plate")


async def test_a_question_of_the_account_is_answered(catalogs: Catalogs, kept: dict[str, dict[str, Any]]) -> None:
    """A yes to it erases; a no keeps."""
    no = of(Resident(catalogs, SERVICES), kept["asked whether to erase"])
    await no.say("不用了", "deny")
    assert no.effects == ()
    yes = of(Resident(catalogs, SERVICES), kept["asked whether to erase"])
    await yes.say("好", "affirm")
    assert [type(one) for one in yes.effects] == [Erase]
