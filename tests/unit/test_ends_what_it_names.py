"""“Cancel” with the name of a service ends that one, and nothing else."""

from dataclasses import replace

import pytest
from fixtures.dialogue import MORNING, PLATE, Resident
from fixtures.turns import knowing, turn_of

from actions.dialogue.state.turn import Part
from desk.contract.messages import CloseOrder, Intent, OrderItem, OrderNote, Text


def keys(resident: Resident) -> list[str]:
    return [reply.key for reply in resident.outcome.replies]


def services(resident: Resident) -> list[str]:
    return [frame.service for frame in resident.session.open]


async def test_the_service_in_front_ends_by_its_name(resident: Resident) -> None:
    """Its name beside the end is no other wish."""
    await resident.ask_for_fines()
    await resident.say("取消查违章", "cancel")
    assert services(resident) == []


@pytest.mark.parametrize("text", ["取消公交吧", "cancel the bus"])
async def test_what_waits_ends_by_its_name(resident: Resident, text: str) -> None:
    """What is in front stays, with what was given, and is asked for again."""
    await resident.say("坐公交", "next_bus")
    await resident.ask_for_fines()
    await resident.say(text, "cancel")
    assert services(resident) == ["traffic_fines"]
    assert keys(resident)[0] == "common.set_aside"
    assert resident.state == ("traffic_fines", "vin_last6")
    assert resident.session.front is not None
    assert resident.session.front.text("plate") == PLATE


async def test_what_is_not_in_progress_ends_nothing(resident: Resident) -> None:
    """That is said, and the open question comes back."""
    await resident.ask_for_fines()
    await resident.say("取消公交吧", "cancel")
    assert services(resident) == ["traffic_fines"]
    assert keys(resident)[0] == "common.not_in_progress"
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_a_bare_cancel_ends_what_is_in_front(resident: Resident) -> None:
    """It names nothing."""
    await resident.say("坐公交", "next_bus")
    await resident.ask_for_fines()
    await resident.say("取消", "cancel")
    assert services(resident) == ["next_bus"]


async def test_an_open_payment_ends_by_the_name_of_its_service(resident: Resident) -> None:
    """The order is closed; what is in front stays."""
    await resident.say("坐公交", "next_bus")
    order = OrderNote(
        order="202601010000000000000001",
        city=resident.city.slug,
        service="traffic_fines",
        agency="police",
        status="open",
        amount="200.00",
        subject=Text(key="card.value", args={"value": "1"}),
        subject_of={"plate": PLATE},
        items=[OrderItem(reference="1", amount="200.00", title=Text(key="card.value", args={"value": "1"}))],
        created_at=MORNING.isoformat(),
        expires_at=MORNING.replace(hour=23).isoformat(),
    )
    turn = turn_of("c", "text", "cancel", resident.city, "zh_Hans", resident.now, text="取消违章")
    outcome = await resident._dialogue.answer(knowing(turn, orders=(order,)), resident.session)
    assert outcome.effects == (CloseOrder(order=order.order),)
    assert [frame.service for frame in outcome.session.open] == ["next_bus"]


@pytest.mark.parametrize(("likely", "ends"), [(0.2, True), (0.05, False)])
async def test_an_end_that_sounds_like_a_wish(resident: Resident, likely: float, *, ends: bool) -> None:
    """Where words and situation both hint at an end, the service that is named ends, and is not begun."""
    await resident.say("坐公交", "next_bus")
    await resident.ask_for_fines()
    turn = turn_of(
        "c",
        "text",
        "next_bus",
        resident.city,
        "zh_Hans",
        resident.now,
        text="取消公交吧",
        confidence=0.88,
        commands=(("ask_fee", 0.3), ("cancel_this", likely)),
        ranking=(Intent(name="next_bus", confidence=0.7), Intent(name="cancel", confidence=likely)),
    )
    await resident.take(turn)
    assert ("next_bus" not in services(resident)) is ends
    assert "traffic_fines" in services(resident)


@pytest.mark.parametrize(
    ("text", "in_words", "heard", "asked"),
    [
        pytest.param("取消查违章", 0.06, 0.08, True, id="words and situation hint at an end"),
        pytest.param("我要查违章", 0.01, 0.02, False, id="hardly"),
        pytest.param("车的违章", 0.003, 0.16, False, id="the situation alone"),
        pytest.param("违章和公交都不要了", 0.06, 0.08, False, id="another one is named, too"),
    ],
)
async def test_what_may_end_what_is_in_front_is_asked_about(
    resident: Resident, text: str, in_words: float, heard: float, *, asked: bool
) -> None:
    """Its name makes it sound like a wish: neither ended nor gone on with on a guess; the press ends it."""
    await resident.say("查违章", "traffic_fines")
    turn = turn_of("c", "text", "traffic_fines", resident.city, "zh_Hans", resident.now, text=text)
    ranking = (Intent(name="traffic_fines", confidence=0.9), Intent(name="cancel", confidence=in_words))
    await resident.take(replace(turn, ranking=ranking, commands=(("start", 0.85), ("cancel_this", heard))))
    assert any(key.startswith("common.not_understood") for key in keys(resident)) is asked
    assert resident.state == ("traffic_fines", "plate")
    if asked:
        await resident.press_payload('/choose{"command": "cancel_this"}')
        assert services(resident) == []


@pytest.mark.parametrize(("confidence", "begins", "open_now"), [(0.6, 0.02, 1), (0.95, 0.02, 2), (0.6, 0.5, 2)])
async def test_no_other_service_begins_on_a_guess(
    resident: Resident, confidence: float, begins: float, open_now: int
) -> None:
    """In the middle of something, where neither words are sure nor the situation hears a wish."""
    await resident.ask_for_fines()
    commands = (("skip", 0.5), ("start", begins))
    said = {"text": "不坐了先", "confidence": confidence, "commands": commands}
    await resident.take(turn_of("c", "text", "next_bus", resident.city, "zh_Hans", resident.now, **said))
    assert len(services(resident)) == open_now


async def test_what_is_wished_beside_the_end_is_heard_in_its_situation(resident: Resident) -> None:
    """Words that alone say little begin the likeliest service, where the situation surely hears a wish."""
    await resident.ask_for_fines()
    ranking = (Intent(name="out_of_scope", confidence=0.65), Intent(name="next_bus", confidence=0.3))
    parts = (
        Part("违章不看了", "traffic_fines", 0.75, commands=(("cancel_this", 0.9),)),
        Part("帮我瞧瞧公交", "out_of_scope", 0.65, ranking=ranking, commands=(("start", 0.95),)),
    )
    text = "违章不看了，帮我瞧瞧公交"
    turn = turn_of("c", "text", "traffic_fines", resident.city, "zh_Hans", resident.now, text=text, parts=parts)
    await resident.take(replace(turn, confidence=0.7, commands=(("start", 0.9), ("cancel_this", 0.05))))
    assert keys(resident)[0] == "common.set_aside"
    assert services(resident) == ["next_bus"]
