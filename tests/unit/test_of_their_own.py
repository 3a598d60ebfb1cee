"""Whom a service is not for is told the guide of what is theirs, and no form begins."""

from typing import Any

import pytest
from fixtures.asker import FINDER, GUIDES, Asker
from fixtures.dialogue import CITIES, city
from fixtures.services import SERVICES

from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.kinds.guide import GuideHandler
from actions.schema import ApplicationService, AppointmentService
from desk.contract.commands import Command
from desk.texts.catalogs import Catalogs

PERMITS = city("town", "镇", "Town", ["residence_permit", "service_guide"])
RESIDENCE = "residence_permit"
PAPERS: tuple[tuple[Command, float], ...] = (("ask_papers", 0.9),)


class Newcomer(Asker):
    """A resident of a city with permits of residence and guides."""

    def __init__(self, catalogs: Catalogs) -> None:
        super().__init__(catalogs)
        guide: Any = GuideHandler("service_guide", SERVICES["service_guide"], GUIDES, {"town": PERMITS}, FINDER)  # type: ignore[arg-type]
        self.cities, self.city = {**CITIES, "town": PERMITS}, PERMITS
        self._dialogue = Dialogue({"service_guide": guide}, Offer(SERVICES, {"town": PERMITS}, finder=FINDER))


@pytest.fixture
def newcomer(catalogs: Catalogs) -> Newcomer:
    return Newcomer(catalogs)


OF_FOREIGNERS = ("foreigner_residence_permit", "residence_permit.foreigners")
OF_HONG_KONG = ("hmt_residence_permit", "residence_permit.hong_kong_macau_taiwan")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("俺是老外，来这儿教书，咋办居住证", OF_FOREIGNERS),
        ("my passport has a residence permit in it that runs out in May", OF_FOREIGNERS),
        ("我係澳門人，搬咗嚟住，想申請居住證", OF_HONG_KONG),
        ("I came from Taiwan to work here, can I get the permit", OF_HONG_KONG),
    ],
)
async def test_the_guide_of_their_own_is_told(newcomer: Newcomer, text: str, told: tuple[str, str]) -> None:
    """With a word of whose the other permit is; and what is asked after it is about that guide."""
    guide, said_first = told
    keys = await newcomer.hear(text, RESIDENCE, (RESIDENCE, 0.6), asks=0.4)
    assert keys[0] == said_first
    assert newcomer.told == guide
    assert newcomer.outcome.service is None
    await newcomer.hear("那要拿啥去", RESIDENCE, ("unsaid", 0.6), commands=PAPERS)
    assert newcomer.told == guide
    assert newcomer.outcome.service is None


async def test_who_asks_about_just_that_guide_hears_it_alone(newcomer: Newcomer) -> None:
    """Nothing stands before it that it says itself."""
    keys = await newcomer.hear("香港人点攞居住证", RESIDENCE, ("guide:hmt_residence_permit", 0.8), asks=0.5)
    assert keys
    assert keys[0].startswith("guide.")
    assert newcomer.told == "hmt_residence_permit"


async def test_what_is_denied_is_not_held(newcomer: Newcomer) -> None:
    """“I am no foreigner” is the citizens' own."""
    keys = await newcomer.hear("我不是外国人，我要办居住证", "nlu_fallback", asks=0.1)
    assert "residence_permit.foreigners" not in keys


def test_guides_that_services_name_are_published() -> None:
    """Each is a guide that there is."""
    kinds = (ApplicationService, AppointmentService)
    named = {one.guide for service in SERVICES.values() if isinstance(service, kinds) for one in service.further}
    assert named - {None} <= set(GUIDES)
    assert len(named - {None}) >= 3


async def test_a_kind_that_is_not_to_be_had_is_said_so_and_another_can_be(newcomer: Newcomer) -> None:
    """With who has it; it closes the service to nobody."""
    offered = city("town", "镇", "Town", ["travel_permit", "service_guide"])
    newcomer.cities, newcomer.city = {**CITIES, "town": offered}, offered
    guide: Any = GuideHandler("service_guide", SERVICES["service_guide"], GUIDES, {"town": offered}, FINDER)  # type: ignore[arg-type]
    newcomer._dialogue = Dialogue({"service_guide": guide}, Offer(SERVICES, {"town": offered}, finder=FINDER))
    keys = await newcomer.hear("公司派我去香港，办个商务签注", "travel_permit", ("travel_permit", 0.7), asks=0.1)
    assert keys[0] == "travel_permit.other_kinds"
    assert newcomer.told == "hk_macau_permit"
    assert newcomer.session.elsewhere == ""
