"""Several things in one message: each is heard, and nothing is dropped in silence."""

from dataclasses import replace

import pytest
from fixtures.dialogue import MORNING, PLATE, TAIL, TESTVILLE, Resident
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity, Intent, LeaveLine, StayInLine

FINES = Part("查违章", "traffic_fines", 0.95)
BUS = Part("坐公交", "next_bus", 0.95)
BOTH = {"traffic_fines": 0.8, "next_bus": 0.1}
BUS_THERE = Part("28路到武林广场", "next_bus", 0.95, entities=(Entity(entity="stop", value="武林广场"),))


def keys(resident: Resident) -> list[str]:
    return [reply.key for reply in resident.outcome.replies]


async def test_a_look_up_is_answered_at_once_and_the_other_goes_on(resident: Resident) -> None:
    """The bus needs nothing more; the fine's question stands last."""
    said = await resident.say("查违章，28路到武林广场", "traffic_fines", ranking=BOTH, parts=(FINES, BUS_THERE))
    assert "bus at 武林广场" in said
    assert resident.state == ("traffic_fines", "plate")
    assert "common.then_next" not in keys(resident)


async def test_what_asks_for_more_is_done_one_after_the_other(resident: Resident) -> None:
    """The first is asked about, the other is named, and comes when the first is done."""
    said = await resident.say("查违章，坐公交", "traffic_fines", ranking=BOTH, parts=(FINES, BUS))
    assert resident.state == ("traffic_fines", "plate")
    assert keys(resident)[0] == "common.then_next"
    assert "next_bus" in [frame.service for frame in resident.session.open]
    assert "公交" in said
    await resident.say(PLATE, "inform", plate=PLATE)
    await resident.say(TAIL, "inform", vin_last6=TAIL)
    assert resident.state == ("next_bus", "stop")


async def test_a_value_that_fits_what_waits_goes_there(resident: Resident) -> None:
    """A stop is no plate: the bus that waits takes it, and the plate is asked for again."""
    await resident.say("查违章，坐公交", "traffic_fines", ranking=BOTH, parts=(FINES, BUS))
    said = await resident.say("武林广场", "inform", stop="武林广场")
    assert "bus at 武林广场" in said
    assert resident.state == ("traffic_fines", "plate")


async def test_the_other_may_come_first(resident: Resident) -> None:
    """Named, it is in front; the one before waits."""
    await resident.say("查违章，坐公交", "traffic_fines", ranking=BOTH, parts=(FINES, BUS))
    await resident.say("先坐公交", "next_bus")
    assert resident.state == ("next_bus", "stop")
    assert [frame.service for frame in resident.session.open] == ["traffic_fines", "next_bus"]


async def test_a_value_and_a_wish(resident: Resident) -> None:
    """The value answers the open question, which goes on; the wish waits and is named."""
    await resident.ask_for_fines()
    value = Part(TAIL, "inform", 0.95, entities=(Entity(entity="vin_last6", value=TAIL),))
    said = await resident.say(f"{TAIL}，28路到武林广场", "next_bus", parts=(value, BUS_THERE))
    assert PLATE in said
    assert "bus at 武林广场" in said


async def test_a_value_that_ends_it_and_a_question(resident: Resident) -> None:
    """The look-up is done, and what stands beside it is answered all the same: by who knows, where nothing is."""
    await resident.ask_for_fines()
    gives: tuple[tuple[Command, float], ...] = (("provide", 0.99),)
    asks: tuple[tuple[Command, float], ...] = (("ask_next", 0.86),)
    value = Part(TAIL, "inform", 0.97, commands=gives, entities=(Entity(entity="vin_last6", value=TAIL),))
    question = Part("晚交会扣车吗", "nlu_fallback", 0.4, commands=asks, inquiry=Inquiry(0.82, (("unsaid", 0.8),)))
    said = await resident.say(f"{TAIL}，晚交会扣车吗", "inform", parts=(value, question), vin_last6=TAIL)
    assert PLATE in said
    assert [key for key in keys(resident) if key.startswith("facts.not_known")]


async def test_an_end_and_a_wish(resident: Resident) -> None:
    """What was open ends, that is said, and what is wished is done."""
    await resident.ask_for_fines()
    end = Part("不查了", "cancel", 0.97)
    await resident.say("不查了，坐公交", "next_bus", parts=(end, BUS))
    assert keys(resident)[0] == "common.set_aside"
    assert [frame.service for frame in resident.session.open] == ["next_bus"]


async def test_a_part_that_the_whole_does_not_hint_at_is_no_wish(resident: Resident) -> None:
    """Words of another service in a part of a longer story."""
    await resident.say(
        "坐公交的时候被拍了，查违章", "traffic_fines", ranking={"traffic_fines": 0.97}, parts=(BUS, FINES)
    )
    assert [frame.service for frame in resident.session.open] == ["traffic_fines"]


async def test_a_part_that_asks_what_a_guide_tells_is_no_wish(resident: Resident) -> None:
    """However surely its words are a service's."""
    asked = Inquiry(0.9, (("guide:licence_points", 0.7), ("traffic_fines", 0.05)))
    asks = Part("罚单的分几时没", "traffic_fines", 0.97, inquiry=asked)
    await resident.say("坐公交，罚单的分几时没", "next_bus", ranking=BOTH, parts=(BUS, asks))
    assert [frame.service for frame in resident.session.open] == ["next_bus"]


async def test_who_is_sure_of_none_wishes_several(resident: Resident) -> None:
    """Where the whole surely begins something, and likeliest one of the wishes: each has the less of it."""
    begins: tuple[tuple[Command, float], ...] = (("start", 0.97),)
    ranking = tuple(
        Intent(name=name, confidence=likely) for name, likely in (("traffic_fines", 0.4), ("next_bus", 0.2))
    )
    parts = tuple(replace(one, commands=begins) for one in (FINES, BUS))
    turn = turn_of(
        "c", "text", "nlu_fallback", resident.city, "zh_Hans", resident.now,
        text="查违章，坐公交", parts=parts, ranking=ranking,
    )  # fmt: skip
    await resident.take(replace(turn, commands=begins, confidence=0.4))
    assert [frame.service for frame in resident.session.open] == ["next_bus", "traffic_fines"]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((FINES,), id="one"),
        pytest.param((FINES, Part("谢谢", "thanks", 0.99)), id="a courtesy is none"),
        pytest.param((FINES, Part("公交站旁边", "next_bus", 0.6)), id="an unsure one is none"),
        pytest.param((FINES, FINES), id="the same twice is one"),
    ],
)
async def test_one_wish_stays_one(resident: Resident, parts: tuple[Part, ...]) -> None:
    """Only what surely is a wish of its own counts."""
    await resident.say("查违章", "traffic_fines", parts=parts)
    assert resident.state == ("traffic_fines", "plate")
    assert [frame.service for frame in resident.session.open] == ["traffic_fines"]


@pytest.mark.parametrize(
    ("text", "intent", "effect"),
    [
        pytest.param("还有人吗", "human_agent", StayInLine, id="for the clerk"),
        pytest.param("在吗", "greet", StayInLine, id="a greeting"),
        pytest.param("到我了没有", "request_status", StayInLine, id="nothing of theirs stands"),
        pytest.param("不排队了", "cancel", LeaveLine, id="will not wait"),
    ],
)
async def test_who_waits_for_a_clerk(resident: Resident, text: str, intent: str, effect: type) -> None:
    """What wishes nothing of the account is answered by the desk, with the place in the line."""
    turn = turn_of("c", "text", intent, resident.city, "zh_Hans", resident.now, text=text, confidence=0.95)
    await resident.take(knowing(turn, in_line=True))
    assert [type(one) for one in resident.effects] == [effect]


async def test_a_wish_of_who_waits_for_a_clerk_is_served(resident: Resident) -> None:
    """As of anybody."""
    turn = turn_of("c", "text", "next_bus", resident.city, "zh_Hans", resident.now, text="坐公交", confidence=0.95)
    await resident.take(knowing(turn, in_line=True))
    assert (resident.effects, resident.state) == ((), ("next_bus", "stop"))


async def test_a_part_that_names_what_it_is_about_is_hinted_at(resident: Resident) -> None:
    """A stop is no story, though the whole asks and hardly sounds like a bus."""
    ranking = tuple(Intent(name=name, confidence=likely) for name, likely in BOTH.items())
    turn = turn_of(
        "c",
        "text",
        "traffic_fines",
        TESTVILLE,
        "zh_Hans",
        MORNING,
        text="超速被拍了，28路到武林广场",
        parts=(Part("超速被拍了", "traffic_fines", 0.99), BUS_THERE),
        inquiry=Inquiry(0.95, (("traffic_fines", 0.4),)),
        ranking=ranking,
    )
    assert "bus at 武林广场" in await resident.take(turn)
    assert resident.state == ("traffic_fines", "plate")


async def test_a_part_that_only_gives_belongs_to_the_wish_before_it(resident: Resident) -> None:
    """The plate behind the fine is the fine's, though the bus is asked for as well."""
    plate = Part(f"车牌{PLATE}", "inform", 0.97, entities=(Entity(entity="plate", value=PLATE),))
    said = await resident.say(
        f"查违章，车牌{PLATE}，28路到武林广场", "traffic_fines", ranking=BOTH, parts=(FINES, plate, BUS_THERE)
    )
    assert "bus at 武林广场" in said
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_of_two_values_with_a_no_between_them_the_second_counts(resident: Resident) -> None:
    """Nothing ends: the no refuses the first one."""
    await resident.ask_for_fines()
    values = [Part(one, "inform", 0.97, entities=(Entity(entity="vin_last6", value=one),)) for one in ("999999", TAIL)]
    said = await resident.say(
        f"999999，不对，{TAIL}，28路到武林广场",
        "inform",
        parts=(values[0], Part("不对", "deny", 0.97), values[1], BUS_THERE),
    )
    assert "common.set_aside" not in keys(resident)
    assert PLATE in said
    assert "bus at 武林广场" in said


async def test_what_waits_is_gone_on_with_where_the_other_ends(resident: Resident) -> None:
    """“Forget the bus, on with the fine”: its question comes back, and nothing is asked about."""
    await resident.ask_for_fines()
    await resident.say("坐公交", "next_bus")
    parts = (
        Part("公交不坐了", "next_bus", 0.9, commands=(("cancel_this", 0.94),)),
        Part("接着弄违章", "traffic_fines", 0.9),
    )
    await resident.say("公交不坐了，接着弄违章", "next_bus", parts=parts)
    assert keys(resident) == ["common.set_aside", "common.back_to_question"]
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize(("begins", "heard"), [(0.95, True), (0.5, False)])
async def test_a_third_wish_needs_no_hint_of_the_whole(resident: Resident, begins: float, *, heard: bool) -> None:
    """Of three sure wishes each has the less of the whole; one that hardly begins anything is none."""
    bus = replace(BUS, confidence=0.97, commands=(("start", begins),))
    air = Part("看看空气", "air_quality", 0.97)
    ranking = {"traffic_fines": 0.9, "air_quality": 0.05}
    await resident.say("查违章，看看空气，坐公交", "traffic_fines", ranking=ranking, parts=(FINES, air, bus))
    assert ("next_bus" in [frame.service for frame in resident.session.open]) is heard


async def test_what_waits_is_asked_for_where_a_question_stands_beside_the_end(resident: Resident) -> None:
    """The question is answered, the end told, and what waited comes back last."""
    await resident.say("坐公交", "next_bus")
    await resident.ask_for_fines()
    parts = (
        Part("要收手续费吗", "nlu_fallback", 0.4, commands=(("ask_fee", 0.9),)),
        Part("不查了", "cancel", 0.97, commands=(("cancel_this", 0.9),)),
    )
    await resident.say("要收手续费吗，不查了", "nlu_fallback", parts=parts)
    assert keys(resident)[-2:] == ["common.set_aside", "common.back_to_question"]
    assert resident.state == ("next_bus", "stop")
