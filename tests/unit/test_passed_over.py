"""What a message wished less surely than what was done is named in its own words, with a button that begins it."""

from dataclasses import replace

import pytest
from fixtures.dialogue import MORNING, PLATE, Resident
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity, Intent

BEGINS: tuple[tuple[Command, float], ...] = (("start", 0.8),)
BUS = Part("坐公交", "next_bus", 0.95, commands=(("start", 0.95),))
TICKET = Part("罚单还没弄", "payment_status", 0.7, commands=BEGINS, entities=(Entity(entity="plate", value=PLATE),))


def keys(resident: Resident) -> list[str]:
    return [reply.key for reply in resident.outcome.replies]


async def test_it_is_named_before_the_question(resident: Resident) -> None:
    """The button begins it, with what was said of it; the question for the first stays last."""
    said = await resident.say("坐公交，罚单还没弄", "next_bus", parts=(BUS, TICKET))
    assert resident.state == ("next_bus", "stop")
    assert keys(resident)[0] == "common.also_said"
    assert keys(resident)[-1] == "next_bus.ask_stop"
    assert "罚单还没弄" in said
    payload = resident.outcome.replies[0].buttons[0].payload
    assert payload.startswith("/traffic_fines{")
    assert PLATE in payload
    await resident.press_payload(payload)
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(
            Part("等公交的时候", "next_bus", 0.95, commands=BEGINS), id="a story that the whole does not hint at"
        ),
        pytest.param(Part("坐公交", "next_bus", 0.3, commands=BEGINS), id="hardly its words"),
        pytest.param(Part("坐公交", "next_bus", 0.95, commands=(("status", 0.9),)), id="nothing is begun"),
        pytest.param(Part("再查违章", "traffic_fines", 0.95, commands=BEGINS), id="what is done"),
    ],
)
async def test_nothing_is_named_on_a_guess(resident: Resident, part: Part) -> None:
    """Only what begins something, by its words and in the whole."""
    await resident.say("查违章，这个", "traffic_fines", parts=(Part("查违章", "traffic_fines", 0.95), part))
    assert resident.state == ("traffic_fines", "plate")
    assert "common.also_said" not in keys(resident)


async def test_of_three_wishes_each_has_its_share_of_a_question(resident: Resident) -> None:
    """The whole asks one of them, and hints less at each other than at one of a pair."""
    parts = (
        Part("罚单没交", "traffic_fines", 0.94, commands=(("start", 0.86),)),
        BUS,
        Part("下不下雨", "air_quality", 0.99, commands=(("start", 0.97),)),
    )
    whole = {"next_bus": 0.8, "traffic_fines": 0.15, "air_quality": 0.03}
    for number, heard in ((3, parts), (2, parts[:2])):
        turn = await _asked(resident, heard, whole)
        assert ("traffic_fines" in turn) is (number == 3)


async def _asked(resident: Resident, parts: tuple[Part, ...], whole: dict[str, float]) -> list[str]:
    """The services that a question of some parts opens, in a conversation of its own."""
    resident.session = Session(touched_at=MORNING)
    ranking = tuple(Intent(name=name, confidence=likely) for name, likely in whole.items())
    text = "，".join(part.text for part in parts)
    turn = turn_of("c", "text", "next_bus", resident.city, "zh_Hans", MORNING, text=text, parts=parts, ranking=ranking)
    await resident.take(replace(turn, inquiry=Inquiry(0.87, (("none", 0.5),))))
    return [frame.service for frame in resident.session.open]
