"""Who wants to know something is answered by a guide, else told who knows; nothing is begun on a guess."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.dialogue import MORNING, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.state.turn import Part
from desk.texts.catalogs import Catalogs


def asking(*matters: tuple[str, float], asks: float = 0.9, about: str = "papers") -> Inquiry:
    return Inquiry(asks, matters, ((about, 0.9),))


async def ask(resident: Applicant, inquiry: Inquiry, intent: str = MARRIAGE, **understood: object) -> list[str]:
    turn = turn_of("c", "text", intent, resident.city, "zh_Hans", resident.now, text="问一下", inquiry=inquiry)
    await resident.take(replace(turn, **understood))  # type: ignore[arg-type]
    return [reply.key for reply in resident.outcome.replies]


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def test_what_a_service_needs_is_told(resident: Applicant) -> None:
    """With a button that begins it; nothing is begun."""
    keys = await ask(resident, asking((MARRIAGE, 0.9)))
    assert keys == [SERVICES[MARRIAGE].requirements]  # type: ignore[union-attr]
    assert resident.outcome.service is None
    assert [one.payload for one in resident.outcome.replies[0].buttons] == [f"/{MARRIAGE}"]


async def test_a_wish_is_begun(resident: Applicant) -> None:
    """As ever."""
    await ask(resident, asking((MARRIAGE, 0.9), asks=0.2))
    assert resident.outcome.service == MARRIAGE


async def test_what_is_not_published_is_said_so(resident: Applicant) -> None:
    """Whatever service it sounds like: with whom to call."""
    assert await ask(resident, asking(("none", 0.8), (MARRIAGE, 0.2))) == ["guide.none_alone"]
    assert resident.outcome.service is None


async def test_a_form_that_was_hardly_meant_is_let_go(resident: Applicant) -> None:
    """A question of another matter, before anything was given: the form is not asked for again."""
    await ask(resident, asking((MARRIAGE, 0.9), asks=0.5))
    assert await ask(resident, asking(("none", 0.9))) == ["guide.none_alone"]
    assert resident.outcome.service is None


async def test_a_form_that_was_begun_waits(resident: Applicant) -> None:
    """What was given is kept, and what is missing asked for in a word."""
    await resident.say("领证", MARRIAGE)
    await resident.press("西湖区婚姻登记处")
    keys = await ask(resident, asking(("none", 0.9)))
    assert keys[0] == "guide.none_alone"
    assert resident.outcome.service == MARRIAGE


async def test_what_is_surely_something_else_is_no_question(resident: Applicant) -> None:
    """The situation says more than the words: an end is an end."""
    await ask(resident, asking((MARRIAGE, 0.9), asks=0.1))
    await ask(resident, asking(("none", 0.9)), intent="cancel", commands=(("cancel_this", 0.9),))
    assert "common.cancelled" in [reply.key for reply in resident.outcome.replies]


@pytest.mark.parametrize(("heard", "likely", "begins"), [(0.26, 0.44, True), (0.26, 0.7, False), (0.7, 0.44, False)])
@pytest.mark.parametrize("asks", [0.76, 0.9])
async def test_whether_anything_is_due_is_looked_up(
    catalogs: Catalogs, asks: float, heard: float, likely: float, *, begins: bool
) -> None:
    """Words that surely wish a bill begin it, however much they sound like a question: "one can pay fines here?".

    Unless the situation hears one, or what is known of it is likelier.
    """
    resident = Resident(catalogs, SERVICES)
    known = tuple(LikelyFact("traffic_fines", name, likely / 2) for name in ("text_message", "who_may_pay"))
    inquiry = replace(asking(("traffic_fines", 0.53), asks=asks, about="what_if"), facts=known)
    turn = turn_of("c", "text", "traffic_fines", TESTVILLE, "zh_Hans", MORNING, text="听说这能交罚款？")
    commands: Any = (("start", 0.27), ("ask_account", heard), ("ask_next", 0.06))
    await resident.take(replace(turn, inquiry=inquiry, confidence=0.97, commands=commands))
    assert (resident.state[0] == "traffic_fines") is begins


@pytest.mark.parametrize(("heard", "begun"), [(0.8, False), (0.3, True)])
async def test_how_something_stands_that_was_begun_elsewhere_begins_nothing(
    resident: Applicant, heard: float, *, begun: bool
) -> None:
    """A clause surely asks it, in the words of the service: who knows of what was filed elsewhere is said."""
    news = Part("我们领证那个号批下来没", MARRIAGE, 0.85, commands=(("status", heard), ("start", 0.15)))
    story = Part("天天要上班的", "nlu_fallback", 0.2, commands=(("start", 0.6),))
    text = f"{news.text}？{story.text}"
    turn = turn_of("c", "text", MARRIAGE, resident.city, "zh_Hans", resident.now, text=text, parts=(news, story))
    await resident.take(replace(turn, confidence=0.88, commands=(("start", 0.85), ("status", 0.07))))
    assert ("cases.none" in [reply.key for reply in resident.outcome.replies]) is not begun
    assert bool(resident.session.open) is begun
