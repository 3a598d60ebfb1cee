"""Facts of services: what may stand in their files, what a city changes, and when one is told or some are offered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures import loaded
from fixtures.dialogue import MORNING, TESTVILLE, Resident, city
from fixtures.turns import turn_of

from actions.dialogue.answers import once
from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part
from desk.city.facts import FactFile, fact_problems, gaps, load_fact_file, local_fact
from desk.city.files import City
from desk.city.yaml_files import parse_yaml
from desk.contract.commands import Command
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Button, Entity, Reply, Text

ROOT = Path(__file__).parents[2]
SERVICE = "traffic_fines"
FILE = ROOT / "nlu" / SERVICE / "facts.yml"
TODAY = date(2026, 11, 28)
QUESTION = 0.95


@pytest.fixture(scope="module")
def files() -> Mapping[str, FactFile]:
    return loaded.files().facts


def town(name: str) -> City:
    """A city that says a fact of fines otherwise."""
    data = TESTVILLE.model_dump()
    data["services"][SERVICE]["facts"] = {
        name: {
            "said": {"zh_Hans": "试城只收现金。", "en": "Testville takes cash only."},
            "source": {"zh_Hans": "试城公告", "en": "notice of Testville"},
            "dated": "2026-11-20",
        }
    }
    return City.model_validate(data)


def asking(text: str, *likely: tuple[str, float], intent: str = SERVICE, asks: float = QUESTION) -> Any:
    facts = tuple(LikelyFact(SERVICE, name, probability) for name, probability in likely)
    inquiry = Inquiry(asks, ((SERVICE, 0.9),), (), (), facts)
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, inquiry=inquiry)


def test_every_fact_has_its_three_languages_and_sources(files: Mapping[str, FactFile]) -> None:
    """No text is empty, none is dated in the future, none in the wrong language."""
    assert fact_problems(files, {}, TODAY) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"part": "colour"}, "part"),
        ({"sources": ["hearsay"]}, "hearsay"),
        ({"sources": []}, "sources"),
        ({"asked": {"zh_Hans": [], "zh_Hant": ["點"], "en": ["how"]}}, "asked"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_a_file_may_not_hold_is_named(tmp_path: Path, change: dict[str, Any], names: str) -> None:
    """With the file and the page of its fields."""
    data = parse_yaml(FILE.read_text(encoding="utf-8"))
    data["facts"]["how_to_pay"] |= change
    (tmp_path / SERVICE).mkdir()
    broken = tmp_path / SERVICE / "facts.yml"
    broken.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"(?s){SERVICE}/facts\.yml.*{names}.*fact-files\.md"):
        load_fact_file(broken)


def test_a_city_says_otherwise(files: Mapping[str, FactFile]) -> None:
    """With its own source and day, and what it does not change stays."""
    here = local_fact(town("how_to_pay"), SERVICE, "how_to_pay", files)
    there = local_fact(TESTVILLE, SERVICE, "how_to_pay", files)
    assert here is not None
    assert there is not None
    assert here.fact.said.en == "Testville takes cash only." != there.fact.said.en
    assert (here.dated, here.sources[0].en) == (date(2026, 11, 20), "notice of Testville")
    assert here.fact.about == there.fact.about


def test_where_other_documents_are_taken_the_fact_says_so() -> None:
    """One answer for who has a passport: the one that the service's field takes."""
    hospital = "hospital_appointment"
    files = {hospital: load_fact_file(ROOT / "nlu" / hospital / "facts.yml")}
    card_only = city("plainville", "平城", "Plainville", [hospital])
    service = card_only.services[hospital].model_copy(update={"documents": ["passport"]})
    takes_others = card_only.model_copy(update={"services": {hospital: service}})
    there, here = (local_fact(one, hospital, "passport_holders", files) for one in (card_only, takes_others))
    assert there is not None
    assert here is not None
    assert "18-digit" in str(there.fact.said.en)
    assert "18-digit" not in str(here.fact.said.en)


def test_a_city_that_changes_no_fact_there_is_is_told(files: Mapping[str, FactFile]) -> None:
    """A name with an error would be silently without effect."""
    assert any("how_to_pray" in one for one in fact_problems(files, {"testville": town("how_to_pray")}, TODAY))


def test_a_fact_of_tomorrow_is_told(files: Mapping[str, FactFile]) -> None:
    assert any("future" in one for one in fact_problems(files, {}, date(2020, 1, 1)))


def test_what_no_fact_says_is_a_gap(files: Mapping[str, FactFile]) -> None:
    """Of what residents ask about a service of its kind."""
    fewer = files[SERVICE].model_copy(
        update={"facts": {name: one for name, one in files[SERVICE].facts.items() if one.part != "why"}}
    )
    assert gaps({SERVICE: fewer}, {SERVICE: "bill"}) == [f"{SERVICE}: no fact says why"]
    assert gaps({}, {"new": "report"}) == ["new: no fact says after, days, fee, why"]


async def test_one_that_is_surely_meant_is_told_and_the_form_goes_on(resident: Resident) -> None:
    """Briefly, with its source and day; what was asked is asked again."""
    await resident.ask_for_fines()
    said = await resident.take(asking("晚交会不会涨", ("paid_late", 0.8), ("how_to_pay", 0.1)))
    assert "每天加处罚款数额的3%" in said
    assert "行政处罚法" in said
    assert "2026年11月28日" in said
    assert "印在行驶证" not in said
    assert resident.state == (SERVICE, "vin_last6")


async def test_some_that_may_be_meant_are_offered_and_one_is_pressed(
    resident: Resident, files: Mapping[str, FactFile]
) -> None:
    """By their names; the press tells it."""
    await resident.take(asking("罚款的事问一下", ("paid_late", 0.2), ("how_to_pay", 0.15), ("points_left", 0.1)))
    names = ("paid_late", "how_to_pay", "points_left")
    assert resident.buttons[:3] == [files[SERVICE].facts[name].about.zh_Hans for name in names]
    said = await resident.press(resident.buttons[1])
    assert "支付宝" in said


async def test_none_is_told_on_a_guess(resident: Resident) -> None:
    """What is hardly meant is neither told nor offered."""
    said = await resident.take(asking("罚款的事问一下", ("paid_late", 0.1), ("how_to_pay", 0.08)))
    assert "3%" not in said
    assert "罚款交晚了" not in resident.buttons


async def test_a_fact_is_not_told_twice_in_a_conversation(resident: Resident) -> None:
    """Also with something between: that this is all there is, and whom to call."""
    await resident.take(asking("晚交会不会涨", ("paid_late", 0.8)))
    await resident.say("谢谢", "thanks")
    said = await resident.take(asking("到底会不会涨", ("paid_late", 0.8)))
    assert "3%" not in said
    assert next(reply.key for reply in resident.outcome.replies).startswith("common.all_there_is")


async def test_a_wish_is_no_question(resident: Resident) -> None:
    """However near a fact is, what is wished begins."""
    await resident.take(asking("交罚款", ("how_to_pay", 0.9), asks=0.1))
    assert resident.state == (SERVICE, "plate")


async def test_in_a_form_words_of_another_service_hide_no_fact(resident: Resident) -> None:
    """A late fee sounds like another bill's: it is the one in front that is asked about."""
    await resident.ask_for_fines()
    said = await resident.take(asking("拖一个月交会不会加钱", ("paid_late", 0.8), intent="utility_bills"))
    assert "每天加处罚款数额的3%" in said
    assert resident.state == (SERVICE, "vin_last6")


async def test_two_questions_of_a_message_are_each_told_their_fact(resident: Resident) -> None:
    """Neither is sure of the whole; a clause that asks nothing tells nothing."""
    whole = asking("算了 先问问 谁的分 晚交会不会涨", ("paid_late", 0.3), ("whose_points", 0.2))
    clauses = [("算了 先问问", "how_to_pay", 0.1), ("谁的分", "whose_points", 0.5), ("晚交会不会涨", "paid_late", 0.8)]
    parts = tuple(Part(text, SERVICE, inquiry=asking(text, (name, likely)).inquiry) for text, name, likely in clauses)
    await resident.ask_for_fines()
    said = await resident.take(replace(whole, parts=parts))
    assert "不因为谁付钱就记谁" in said
    assert "每天加处罚款数额的3%" in said
    assert "支付宝" not in said
    assert resident.state == (SERVICE, "vin_last6")


async def test_a_question_about_something_else_begins_no_form(resident: Resident) -> None:
    """However sure the words sound: "can my aunt fetch it" sounds like a fine."""
    elsewhere = Inquiry(0.97, (("bus_route", 0.2),))
    heard: dict[str, Any] = {"inquiry": elsewhere, "confidence": 0.92}
    await resident.take(turn_of("c", "text", SERVICE, TESTVILLE, "en", MORNING, text="can my aunt fetch it", **heard))
    assert resident.state == (None, None)
    wish = Inquiry(0.97, (("bus_route", 0.2), (SERVICE, 0.2)))
    await resident.take(
        turn_of("c", "text", SERVICE, TESTVILLE, "en", MORNING, text="a fine, may I?", inquiry=wish, confidence=0.92)
    )
    assert resident.state == (SERVICE, "plate")


async def test_one_answer_says_one_thing_once() -> None:
    """The same words, and that nothing is known; the buttons of both stay."""
    human, other = (Button(title=Text(key=f"button.{name}"), payload=f"/{name}") for name in ("human", "other"))
    twice = [
        Reply(key="facts.not_known", args={"phone": "12306"}, buttons=[human]),
        Reply(key="facts.said", args={"said": "a"}),
        Reply(key="facts.not_known", args={"phone": "12123"}, buttons=[human, other]),
        Reply(key="facts.said", args={"said": "a"}),
        Reply(key="facts.said", args={"said": "b"}),
    ]
    kept = once.said(Outcome(Session(MORNING), "en", tuple(twice))).replies
    assert [(one.key, *one.args.values()) for one in kept] == [
        ("facts.not_known", "12306"),
        ("facts.said", "a"),
        ("facts.said", "b"),
    ]
    assert kept[0].buttons == [human, other]


async def test_words_of_nothing_that_is_done_here_are_told_no_fact(resident: Resident) -> None:
    """Where nothing is at hand: the opening hours of a pool are no court's."""
    said = await resident.take(asking("溜冰场收多少钱一小时", ("paid_late", 0.8), intent="out_of_scope"))
    assert "3%" not in said


@pytest.mark.parametrize(
    ("heard", "matter", "told"),
    [
        pytest.param(0.8, "request_status", False, id="words, situation and matter agree"),
        pytest.param(0.2, "request_status", True, id="the situation hears something else"),
        pytest.param(0.8, "traffic_fines", True, id="it is about something else"),
    ],
)
async def test_a_wish_that_all_opinions_agree_on_hides_a_fact(
    resident: Resident, heard: float, matter: str, *, told: bool
) -> None:
    """How a thing stands that was made is no question about the service, however near a fact is."""
    facts = (LikelyFact(SERVICE, "how_to_pay", 0.99),)
    turn = asking("我交上去的那件怎么样了", intent="request_status")
    turn = replace(turn, inquiry=Inquiry(QUESTION, ((matter, 0.9),), (), (), facts), confidence=0.96)
    other: tuple[Command, float] = ("ask_duration", 0.7 if heard < 0.5 else 0.1)
    await resident.take(
        replace(turn, commands=(("status", heard), other) if heard > 0.5 else (other, ("status", heard)))
    )
    assert ("facts.message" in [reply.key for reply in resident.outcome.replies]) is told


@pytest.mark.parametrize(
    ("confidence", "first", "told"),
    [
        pytest.param(0.86, "subscribe", False, id="words and situation agree on it"),
        pytest.param(0.3, "subscribe", True, id="the words are not sure"),
        pytest.param(0.86, "ask_duration", True, id="the situation hears a question first"),
    ],
)
async def test_a_wish_of_words_and_situation_weighs_more_than_of_one(
    resident: Resident, confidence: float, first: Command, *, told: bool
) -> None:
    """Who would like to be told ahead wishes it, though a fact says how early it is told."""
    facts = (LikelyFact(SERVICE, "paid_late", 0.88),)
    turn = replace(asking("罚款涨之前能不能告诉我一声", intent="subscribe"), confidence=confidence)
    turn = replace(turn, inquiry=Inquiry(QUESTION, ((SERVICE, 0.9),), (), (), facts))
    heard: tuple[tuple[Command, float], ...] = (("subscribe", 0.5), ("start", 0.1))
    await resident.take(replace(turn, commands=heard if first == "subscribe" else ((first, 0.55), ("subscribe", 0.4))))
    assert ("facts.message" in [reply.key for reply in resident.outcome.replies]) is told


async def test_how_something_is_looked_up_is_told_where_nothing_names_it(resident: Resident) -> None:
    """“The last bus of line 28” is looked up."""
    inquiry = Inquiry(0.95, (("next_bus", 0.9),), (), (), (LikelyFact("next_bus", "first_last_bus", 0.95),))
    turn = turn_of("c", "text", "next_bus", TESTVILLE, "zh_Hans", MORNING, text="首末班时间怎么查", inquiry=inquiry)
    await resident.take(turn)
    assert [reply.key for reply in resident.outcome.replies] == ["facts.message"]
    named = (Entity(entity="bus_line", value="28"),)
    await resident.take(replace(turn, text="28路末班车几点", entities=named))
    assert "facts.message" not in [reply.key for reply in resident.outcome.replies]
