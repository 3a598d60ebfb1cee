"""A fact that was told makes its service what is talked of: another case, and what is asked next, are of that one."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from desk.texts.catalogs import Catalogs

FOREIGNERS = f"{MARRIAGE}.foreigners"
ABROAD = ("guide:foreigner_residence_permit", 0.28)


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def ask(resident: Applicant, text: str, intent: str, *likely: tuple[str, float], **understood: Any) -> list[str]:
    """The keys of what is said to a question of which some facts are likely."""
    facts = tuple(LikelyFact(MARRIAGE, name, probability) for name, probability in likely)
    inquiry = Inquiry(0.91, (ABROAD,), (("who", 0.5),), facts=facts)
    turn = turn_of("c", "text", intent, resident.city, "zh_Hans", resident.now, text=text, inquiry=inquiry)
    await resident.take(replace(turn, **understood))
    return [reply.key for reply in resident.outcome.replies]


async def told_of_papers(resident: Applicant) -> None:
    assert await ask(resident, "登记结婚带什么", MARRIAGE, ("papers", 0.9)) == ["facts.message"]


async def test_the_situation_knows_what_a_fact_was_of(resident: Applicant) -> None:
    """Though nothing was begun."""
    await told_of_papers(resident)
    assert resident.outcome.situation is not None
    assert [one.service for one in resident.outcome.situation.shown] == [MARRIAGE]
    assert resident.outcome.service is None


async def test_a_case_that_the_service_declares_is_told(resident: Applicant) -> None:
    """No guide of another matter, whatever the words are near to."""
    await told_of_papers(resident)
    commands = (("ask_who", 0.47), ("ask_why", 0.09), ("ask_papers", 0.05))
    keys = await ask(resident, "那外国人呢", "service_guide", ("in_person", 0.06), commands=commands, confidence=0.73)
    assert keys == [FOREIGNERS]
    assert resident.outcome.service is None


@pytest.mark.parametrize(("next_one", "told"), [(0.04, True), (0.2, False)])
async def test_a_case_that_it_does_not_declare_is_the_fact_that_stands_out(
    resident: Applicant, next_one: float, *, told: bool
) -> None:
    """Where only another case is named; of two that are as near none is chosen."""
    await told_of_papers(resident)
    keys = await ask(resident, "那一个人呢", "nlu_fallback", ("in_person", 0.38), ("age", next_one), confidence=0.3)
    assert (keys == ["facts.message"]) is told


async def test_what_else_is_asked_of_it_begins_no_form(resident: Applicant) -> None:
    """It is told what it needs, as if nothing had been told of it."""
    await told_of_papers(resident)
    inquiry = Inquiry(0.95, ((MARRIAGE, 0.9),), (("what_if", 0.6),))
    text = "登记那天要不要排队"
    turn = turn_of("c", "text", MARRIAGE, resident.city, "zh_Hans", resident.now, text=text, inquiry=inquiry)
    await resident.take(replace(turn, confidence=0.95, commands=(("start", 0.4), ("ask_next", 0.35))))
    assert [reply.key for reply in resident.outcome.replies] == [SERVICES[MARRIAGE].requirements]  # type: ignore[union-attr]
    assert resident.outcome.service is None


async def test_a_form_can_still_be_begun_from_what_is_told_next(resident: Applicant) -> None:
    """Its button stands under the second fact, too."""
    await told_of_papers(resident)
    assert await ask(resident, "收费吗", MARRIAGE, ("fee", 0.9)) == ["facts.message"]
    assert f"/{MARRIAGE}" in [one.payload for one in resident.outcome.replies[0].buttons]
    assert len(resident.session.finished) == 1
