"""A question about a service that was not begun is answered, and nothing is begun."""

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from desk.i18n import Catalogs


async def ask(resident: Applicant, text: str, *within: tuple[str, float]) -> list[str]:
    turn = turn_of("c", "text", MARRIAGE, resident.city, "zh_Hans", resident.now, text=text, within=within)
    await resident.take(turn)
    return [reply.key for reply in resident.outcome.replies]


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def test_what_it_needs_is_told(resident: Applicant) -> None:
    """With a button that begins it."""
    keys = await ask(resident, "领证得准备点啥", ("ask_papers", 0.9))
    declared = SERVICES[MARRIAGE]
    assert keys == [declared.requirements]  # type: ignore[union-attr]
    assert resident.outcome.service is None
    assert [one.payload for one in resident.outcome.replies[0].buttons] == [f"/{MARRIAGE}"]


async def test_a_wish_is_begun(resident: Applicant) -> None:
    """As ever."""
    await ask(resident, "我们想领证", ("start", 0.7), ("ask_papers", 0.2))
    assert resident.outcome.service == MARRIAGE


async def test_an_unsure_question_is_no_question(resident: Applicant) -> None:
    """What is not surely asked is begun: the form tells what it needs, too."""
    await ask(resident, "领证", ("ask_papers", 0.5), ("start", 0.4))
    assert resident.outcome.service == MARRIAGE
