"""What is said where there are many cities: the nearest, and where all of them stand."""

from pathlib import Path
from uuid import UUID

import pytest
from fixtures import loaded
from fixtures.services import SERVICES

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.city_names import cities_in
from desk.cases.links import Links
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
SERVED = loaded.cities()
OFFER = Offer(SERVICES, SERVED)
TAIYUAN, HANGZHOU = SERVED["taiyuan"], SERVED["hangzhou"]


def test_others_are_all_but_this_one_by_distance() -> None:
    """Forty-nine cities; those around Hangzhou come before Urumqi, the farthest."""
    slugs = [city.slug for city in OFFER.others(HANGZHOU)]
    assert len(slugs) == len(SERVED) - 1
    assert HANGZHOU.slug not in slugs
    assert slugs[0] == "jiaxing"
    assert slugs.index("shanghai") < slugs.index("beijing")
    assert slugs[-1] == "urumqi"


def test_what_many_cities_offer_names_the_nearest_five(catalogs: Catalogs) -> None:
    """Residence permits are offered in many cities: five are named, and the agency to call here."""
    elsewhere = OFFER.elsewhere(TAIYUAN, "residence_permit")
    assert len(elsewhere) > say.NEAREST
    reply = say.not_offered(Text(key="residence_permit.title"), say.agency_args(TAIYUAN.agencies[0]), elsewhere, {})
    said = catalogs.text(reply, "zh_Hans")
    assert [city.slug for city in elsewhere if city.names.zh_Hans in said] == [one.slug for one in elsewhere[:5]]
    assert TAIYUAN.agencies[0].names.zh_Hans in said
    assert TAIYUAN.agencies[0].phone in said


def test_what_two_cities_offer_names_both(catalogs: Catalogs) -> None:
    """Travel permits are offered in two cities: both are named, the nearer first."""
    elsewhere = OFFER.elsewhere(HANGZHOU, "travel_permit")
    reply = say.not_offered(Text(key="travel_permit.title"), say.agency_args(HANGZHOU.agencies[0]), elsewhere, {})
    assert reply.key == "common.offered_elsewhere"
    said = catalogs.text(reply, "en")
    assert 0 < said.index("Guangzhou") < said.index("Shenzhen")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("key", ["cities.which", "cities.not_served"])
def test_of_many_cities_the_nearest_are_buttons(catalogs: Catalogs, key: str, locale: Locale) -> None:
    """Twelve buttons, the nearest first; the text says how many there are and gives the page that lists all."""
    others = OFFER.others(HANGZHOU)
    reply = say.choosing(key, {"city": say.named(HANGZHOU), "wished": "三亚"}, others)
    payloads = [button.payload for button in reply.buttons]
    assert payloads == [f'/change_city{{"city": "{city.slug}"}}' for city in others[:12]]
    filled = Links(Keys("k" * 64), "https://desk.example").reply(UUID(int=1), reply)
    said = catalogs.text(filled, locale)
    assert "49" in said
    assert "https://desk.example/" in said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("I moved to Xianyang", []),
        ("I moved to Xi'an", ["xian"]),
        ("xi an", ["xian"]),
        ("西安市", ["xian"]),
        ("咸阳", []),
        ("我要去jinan办事", ["jinan"]),
        ("Lüliang", ["lvliang"]),
        ("luliang", ["lvliang"]),
        ("lvliang", ["lvliang"]),
        ("呂梁", ["lvliang"]),
        ("烏魯木齊", ["urumqi"]),
        ("Hangzhou's services, not Suzhou's", ["hangzhou", "suzhou"]),
        ("hangzhoushi", ["hangzhou"]),
        ("Xianyang or xian", ["xian"]),
    ],
)
def test_names_are_words_of_their_own(text: str, named: list[str]) -> None:
    """A name in Latin letters is a whole word; in Chinese it may stand anywhere."""
    assert [city.slug for city in cities_in(text, SERVED.values())] == named
