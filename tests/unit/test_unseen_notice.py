"""The notice beside the first question of a form that waits is shown when that is asked, and once."""

from fixtures.booking import MARRIAGE, Applicant
from fixtures.services import SERVICES

from actions.dialogue.state.turn import Part
from desk.texts.catalogs import Catalogs

BUS, WEDDING = Part("坐公交", "next_bus", 0.95), Part("约结婚登记", MARRIAGE, 0.95)
NOTE = "只凭居民身份证办理"


async def test_that_only_identity_cards_are_taken_is_said_of_the_second_form_too(catalogs: Catalogs) -> None:
    """Who asks for a bus first does not learn it at the counter."""
    resident = Applicant(catalogs, SERVICES)
    said = await resident.say(
        "坐公交，再约结婚登记", "next_bus", ranking={"next_bus": 0.6, MARRIAGE: 0.3}, parts=(BUS, WEDDING)
    )
    assert NOTE not in said
    said = await resident.say("武林广场", "inform", stop="武林广场")
    assert resident.state == (MARRIAGE, "office")
    assert NOTE in said
    assert NOTE not in await resident.say("坐公交到武林广场", "next_bus", stop="武林广场")
