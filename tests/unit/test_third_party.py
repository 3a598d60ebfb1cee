"""Whether a sentence is about a relative's, in three languages."""

import pytest
from fixtures.dialogue import MORNING, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.third_party import about_a_record, is_of_kin

TOWN = city("town", "镇", "Town", ["housing_fund", "traffic_fines"])
OFFER = Offer(SERVICES, {TOWN.slug: TOWN})


@pytest.mark.parametrize(
    ("text", "intent", "meant"),
    [
        ("查下我老婆嘅公積金", "out_of_scope", "housing_fund"),
        ("我爸公积金有多少", "nlu_fallback", "housing_fund"),
        ("查我爸的社保", "out_of_scope", "out_of_scope"),  # not offered there
        ("帮我妈看看违章", "out_of_scope", "out_of_scope"),
        ("公积金", "out_of_scope", "out_of_scope"),
        ("my husband's housing fund", "out_of_scope", "housing_fund"),
    ],
)
def test_a_relatives_record_is_its_services_to_refuse(text: str, intent: str, meant: str) -> None:
    """Not understood, but named: the service says who may see it."""
    turn = turn_of("c", "text", intent, TOWN, "zh_Hans", MORNING, text=text)
    assert about_a_record(turn, OFFER).intent == meant


@pytest.mark.parametrize("text", ["老公单位没给我交社保", "我的社保", "my own pension", "my wife's company pays late"])
def test_ones_own_is_no_relatives(text: str) -> None:
    """A relative that is only named beside it."""
    assert not is_of_kin(text)
