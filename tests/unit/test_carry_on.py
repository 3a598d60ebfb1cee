"""A value with words that only carry on ("and tomorrow?") goes on with what was just shown."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from fixtures.dialogue import CITIES, MORNING, PLATE, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.carrying_on import carries_on
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.kinds.bill.handler import Bill
from desk.contract.messages import Entity, Intent, Reply
from desk.texts.catalogs import Catalogs
from values.calendar import mentions

TOWN = city("town", "镇", "Town", ["traffic_fines", "next_bus", "air_quality"])


@dataclass
class Weather:
    """A weather service that knows days, and goes on with them where nothing else is understood."""

    service: str = "air_quality"

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        names_a_day = bool(mentions(turn.text, turn.now.date()))
        return Claim.SURE if frame.finished and names_a_day and not turn.understood else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:  # noqa: ARG002 - it remembers nothing
        said = Reply(key="card.value", args={"value": f"weather: {turn.text}"})
        return Step((said,), values={"topics": ["weather"]}, finished=True)


class Asker(Resident):
    """A resident of a city that has fines, buses and the weather."""

    def __init__(self, catalogs: Catalogs) -> None:
        super().__init__(catalogs, SERVICES, cities={**CITIES, "town": TOWN})
        self.city = TOWN
        fines: Any = SERVICES["traffic_fines"]
        handlers: Any = {
            "traffic_fines": Bill("traffic_fines", fines, {"town": self.register}),
            "next_bus": self.buses,
            "air_quality": Weather(),
        }
        self._dialogue = Dialogue(handlers, Offer(SERVICES, self.cities))

    async def heard(self, text: str, intent: str, **understood: Any) -> str:
        """Say something that is read as the test says."""
        return await self.take(turn_of("c", "text", intent, TOWN, self.locale, self.now, text=text, **understood))


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


def written(text: str, *values: tuple[str, str]) -> Turn:
    entities = tuple(Entity(entity=name, value=value) for name, value in values)
    return turn_of("c", "text", "nlu_fallback", TOWN, "zh_Hans", MORNING, text=text, entities=entities)


@pytest.mark.parametrize(
    "turn",
    [
        written("那明天呢"), written("咁後日呢？"), written("下周三点样"), written("周末怎么样"), written("听晚又点呀"),
        written("and tomorrow?"), written("What about Friday"), written("how will it be on Monday then?"),
        written("and in the evening?"), written("Friday"), written("那西湖区呢", ("district", "西湖区")),
        written("and the 28?", ("bus_line", "28")),
    ],
    ids=lambda turn: turn.text,
)  # fmt: skip
def test_a_value_with_small_words_carries_on(turn: Turn) -> None:
    """A day alone, too: what is asked of it was said before."""
    assert carries_on(turn)


@pytest.mark.parametrize(
    "turn",
    [
        written("那明天几点开门"), written("后天的公交呢"), written("and the bus tomorrow?"), written("那怎么办呢"),
        written("28", ("bus_line", "28")), written("13800138000", ("phone", "13800138000")), written("what about it"),
        written("明天可以去办吗"), written("I can come on Friday"), written(""),
    ],
    ids=lambda turn: turn.text,
)  # fmt: skip
def test_what_says_more_or_no_value_does_not(turn: Turn) -> None:
    """A bare value answers a question; a word of a matter names one."""
    assert not carries_on(turn)


@pytest.mark.parametrize(
    ("text", "intent", "understood"),
    [
        pytest.param("咁後日呢", "nlu_fallback", {"commands": (("start", 0.9),)}, id="zh_Hant: a bus stands out"),
        pytest.param("那周五呢", "change_appointment", {"commands": (("move", 0.9),)}, id="zh_Hans: a move"),
        pytest.param("what about Friday", "next_bus", {"confidence": 0.97}, id="en: sure words of a bus"),
    ],
)
async def test_it_goes_on_with_what_was_just_shown(
    asker: Asker, text: str, intent: str, understood: dict[str, Any]
) -> None:
    """Whatever words and situation find in it, nothing else is begun."""
    await asker.heard("天气", "air_quality")
    ranking = (Intent(name="next_bus", confidence=0.6),)
    assert f"weather: {text}" in await asker.heard(text, intent, ranking=ranking, **understood)
    assert asker.session.open == ()


async def test_again_and_again(asker: Asker) -> None:
    """Each such sentence is the one that was just shown to the next."""
    await asker.heard("天气", "air_quality")
    await asker.heard("那后天呢", "next_bus")
    assert "weather: 那周日呢" in await asker.heard("那周日呢", "next_bus")


async def test_a_matter_that_is_named_is_another(asker: Asker) -> None:
    """The bus of a day is the bus."""
    await asker.heard("天气", "air_quality")
    await asker.heard("后天的公交呢", "next_bus")
    assert asker.state == ("next_bus", "stop")


async def test_what_was_shown_earlier_is_not_gone_on_with(asker: Asker) -> None:
    """After the weather a bus was shown: the day is weighed as everything is."""
    await asker.heard("天气", "air_quality")
    asker.wait(minutes=1)
    await asker.heard("28路到武林广场", "next_bus", entities=(Entity(entity="stop", value="武林广场"),))
    asker.wait(minutes=1)
    assert "weather" not in await asker.heard("那周五呢", "next_bus")


@pytest.mark.parametrize("seconds", [0, 60])
async def test_beside_a_form_it_is_about_what_was_shown_beside_it(asker: Asker, seconds: int) -> None:
    """The open question comes back, however fast somebody types."""
    await asker.heard(f"{PLATE}的违章", "traffic_fines", entities=(Entity(entity="plate", value=PLATE),))
    asker.wait(seconds=seconds)
    await asker.heard("今天天气", "air_quality")
    asker.wait(seconds=seconds)
    assert "weather: 那明天呢" in await asker.heard("那明天呢", "next_bus")
    assert asker.state == ("traffic_fines", "vin_last6")


async def test_where_a_day_is_asked_for_a_day_is_the_answer(asker: Asker) -> None:
    """However lately something else was shown that knows days."""
    await asker.heard("坐公交", "next_bus")
    asker.wait(minutes=1)
    await asker.heard("今天天气", "air_quality")
    front = replace(asker.session.open[-1], question=Question("date", Reply(key="next_bus.ask_stop")))
    asker.session = replace(asker.session, open=(front,))
    asker.wait(minutes=1)
    assert "weather" not in await asker.heard("那明天呢", "next_bus")


async def test_a_form_waits_while_a_look_up_is_carried_on_with(asker: Asker) -> None:
    """Another day of the weather is the same aside, and not a second one after which the form is left."""
    await asker.say("查违章", "traffic_fines")
    await asker.say("今天下雨吗", "air_quality")
    assert asker.state == ("traffic_fines", "plate")
    said = await asker.heard("那后天呢", "nlu_fallback")
    assert "weather: 那后天呢" in said
    assert asker.state == ("traffic_fines", "plate")
