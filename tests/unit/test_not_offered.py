"""A service that the city does not offer: who does it, and what its guide tells of it."""

import pytest
from fixtures.asker import DOG, Asker

from desk.texts.catalogs import Catalogs

PERMIT = "travel_permit"
ELSEWHERE = "common.not_offered"


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


async def test_what_is_applied_for_elsewhere_is_told_by_its_guide(asker: Asker) -> None:
    """The refusal first, then the guide; nothing is begun."""
    keys = await asker.hear("想办个去香港的签注", PERMIT, (PERMIT, 0.9), asks=0.1)
    assert keys[0] == ELSEWHERE
    assert len(keys) > 1
    assert asker.told == "hk_macau_permit"
    assert asker.outcome.service is None


async def test_what_is_asked_then_is_about_that_guide(asker: Asker) -> None:
    """Though it names no matter, and without the refusal."""
    await asker.hear("想办个去香港的签注", PERMIT, (PERMIT, 0.9), asks=0.1)
    keys = await asker.hear("签注多少钱", PERMIT, (PERMIT, 0.9), asks=0.9, commands=(("ask_fee", 0.9),))
    assert ELSEWHERE not in keys
    assert "fee" in asker.session.finished[-1].shown["told"]  # type: ignore[operator]


async def test_the_guide_that_is_surely_meant_is_told(asker: Asker) -> None:
    """Of whatever service it sounds like."""
    keys = await asker.hear("给狗挂个号办证", "hospital_appointment", (DOG, 0.7), asks=0.2)
    assert keys[0] == ELSEWHERE
    assert asker.told == "dog_licence"


@pytest.mark.parametrize("service", ["housing_fund", "hospital_appointment", "next_bus"])
async def test_what_no_guide_tells_is_refused_alone(asker: Asker, service: str) -> None:
    """A record is not told by the guide on withdrawing from it."""
    assert await asker.hear("查一下余额", service, (service, 0.9), asks=0.1) == [ELSEWHERE]
    assert asker.told is None


async def test_a_wish_said_again_is_refused_again(asker: Asker) -> None:
    """The guide is not told twice to who asks nothing of it."""
    await asker.hear("想办个去香港的签注", PERMIT, (PERMIT, 0.9), asks=0.1)
    keys = await asker.hear("我就要办签注", PERMIT, (PERMIT, 0.9), asks=0.1)
    assert not any(key.startswith("guide.") for key in keys)
