"""A day or an hour, and what stands beside it: the value is taken, and what is asked is not passed over."""

from dataclasses import replace

import pytest
from fixtures.booking import MARRIAGE, NEXT_WEDNESDAY, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

PICKS: tuple[tuple[Command, float], ...] = (("choose", 0.83), ("provide", 0.12))
OPEN = Inquiry(0.85, (("unsaid", 0.8),))


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES, MARRIAGE)


async def hear(resident: Applicant, text: str, intent: str, *parts: Part) -> str:
    """Say something of several clauses, as a whole and clause by clause."""
    found = tuple(one for part in parts for one in part.entities)
    turn = turn_of(
        "c", "text", intent, resident.city, "zh_Hans", resident.now, text=text, parts=parts, entities=found
    )  # fmt: skip
    return await resident.take(replace(turn, commands=PICKS, confidence=0.9))


def said(text: str, intent: str, confidence: float, **values: str) -> Part:
    """A clause with values."""
    entities = tuple(Entity(entity=name, value=value) for name, value in values.items())
    return Part(text, intent, confidence, commands=PICKS, entities=entities)


async def begin(resident: Applicant, *, day: bool) -> None:
    """Ask to be booked, up to the day or the hour."""
    known = {"date": str(NEXT_WEDNESDAY)} if day else {}
    text = f"西湖区婚姻登记处登记结婚 {NEXT_WEDNESDAY if day else ''}"
    await resident.say(text, MARRIAGE, office="西湖区婚姻登记处", **known)
    assert resident.state == (MARRIAGE, "time" if day else "date")


async def test_what_is_said_of_another_hour_is_no_second_value(resident: Applicant) -> None:
    """A clause that surely gives one counts; one that sounds like something else says why."""
    await begin(resident, day=True)
    late = said("九点太赶", "change_appointment", 0.75, time="九点")
    await hear(
        resident, "十点好了，九点太赶", "change_appointment", said("十点好了", "inform", 0.98, time="十点"), late
    )
    assert resident.session.open[-1].values["time"] == "10:00"
    assert resident.state == (MARRIAGE, "person_name")


async def test_an_hour_that_is_asked_for_with_the_day_is_given(resident: Applicant) -> None:
    """Whether it is free the agency says, and not what is published."""
    await begin(resident, day=False)
    asked = replace(said("十点行不行", "inform", 0.68, time="十点"), inquiry=OPEN)
    day = said(f"{NEXT_WEDNESDAY}吧", "inform", 0.98, date=str(NEXT_WEDNESDAY))
    await hear(resident, f"{NEXT_WEDNESDAY}吧，十点行不行", "change_appointment", day, asked)
    assert resident.session.open[-1].values["time"] == "10:00"
    assert not [one for one in resident.outcome.replies if one.key.startswith("facts.")]


async def test_a_question_by_its_grammar_is_answered_beside_the_value(resident: Applicant) -> None:
    """Though nothing is surely asked by its words: the value is taken, and who knows is said."""
    await begin(resident, day=True)
    asked = Part("要不要自己带糖", "nlu_fallback", commands=(("unclear", 0.3),), inquiry=Inquiry(0.3))
    await hear(resident, "十点，要不要自己带糖", "inform", said("十点", "inform", 0.98, time="十点"), asked)
    assert resident.session.open[-1].values["time"] == "10:00"
    assert [one for one in resident.outcome.replies if one.key.startswith("facts.not_known")]
