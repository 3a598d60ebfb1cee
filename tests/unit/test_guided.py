"""Wishes that belong to a service, and that only a published guide answers."""

import pytest
from fixtures.dialogue import MORNING, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.guided import guided

TOWN = city("town", "镇", "Town", ["housing_fund", "service_guide"])
VILLAGE = city("village", "村", "Village", ["housing_fund"])
OFFER = Offer(SERVICES, {one.slug: one for one in (TOWN, VILLAGE)})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("公积金怎么取", "service_guide"),
        ("我退休了要取公积金", "service_guide"),
        ("點取公積金", "service_guide"),
        ("I want to withdraw my housing fund", "service_guide"),
        ("公积金余额", "housing_fund"),
        ("睇下我嘅公積金", "housing_fund"),
        ("how much is in my housing fund", "housing_fund"),
    ],
)
def test_how_it_is_withdrawn_is_for_the_guides(text: str, meant: str) -> None:
    """What is in it is for the record; where there are no guides all of it is."""
    turn = turn_of("c", "text", "housing_fund", TOWN, "zh_Hans", MORNING, text=text)
    assert guided(turn, OFFER).intent == meant
    elsewhere = turn_of("c", "text", "housing_fund", VILLAGE, "zh_Hans", MORNING, text=text)
    assert guided(elsewhere, OFFER).intent == "housing_fund"
