"""The directory: a city's own telephones before the nation's, and which of them fits a message."""

from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import MORNING, TESTVILLE, city
from fixtures.turns import turn_of

from actions.dialogue.reading.finder import Finder
from actions.dialogue.reading.inquiry import Inquiry
from desk.city.current import current_problems, load_current
from desk.city.directory import GENERAL, Directory, area_code, directory_problems
from desk.contract.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
DIRECTORY = loaded.directory()
CITIES = loaded.cities()
GUIDES = loaded.all_guides()
FINDER = Finder(DIRECTORY, GUIDES)
OWN = {
    "number": "0000-777",
    "names": {"zh_Hans": "游船码头", "en": "boat pier"},
    "about": {"zh_Hans": "游船", "en": "boats"},
    "words": {"zh_Hans": ["游船"], "en": ["boat"]},
    "source": {"zh_Hans": "试城", "en": "Testville"},
}


def name_of(text: str, inquiry: Inquiry | None = None) -> str | None:
    turn = turn_of("c", "text", "out_of_scope", TESTVILLE, "zh_Hans", MORNING, text=text, inquiry=inquiry)
    found = FINDER.fitting(turn, TESTVILLE)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("劳动局电话多少", "labour"),
        ("老闆唔出糧搵邊個", "labour"),
        ("餐馆吃坏肚子了", "consumer"),
        ("my employer owes me wages", "labour"),
        ("phone number of the tax office", "tax"),
        ("出入境管理局", "immigration"),
        ("高铁上丢了包", "railway"),
        ("快递驿站弄丢了我的包裹", "post"),
        ("工厂半夜排黑烟", "environment"),
        ("村干部贪污", "discipline"),
        ("我想种一棵树", None),
    ],
)
def test_a_matter_finds_its_telephone(text: str, name: str | None) -> None:
    """By what people call it and call it about."""
    assert name_of(text) == name


def test_a_guide_that_is_near_names_the_telephone() -> None:
    """Its own where a telephone claims it, else that of its agency; words say more."""
    assert name_of("怎么办", Inquiry(0.9, (("guide:consumer_complaint", 0.6),))) == "consumer"
    assert name_of("怎么办", Inquiry(0.9, (("guide:survivor_benefits", 0.6),))) == "labour"
    assert name_of("怎么办", Inquiry(0.9, (("guide:survivor_benefits", 0.2),))) is None
    assert name_of("公积金呢", Inquiry(0.9, (("guide:consumer_complaint", 0.6),))) == "housing_fund"


def test_from_another_city_a_local_number_has_its_area_code() -> None:
    """One that is the same in the whole country has none."""
    hangzhou = CITIES["hangzhou"]
    assert area_code(hangzhou) == "0571"
    assert DIRECTORY.of(hangzhou, GENERAL).number == "12345"
    assert DIRECTORY.of(hangzhou, GENERAL, afar=True).number == "0571-12345"
    assert DIRECTORY.of(hangzhou, "railway", afar=True).number == "12306"


def test_the_office_of_the_city_answers_with_its_hours() -> None:
    """Its telephone and its name, where the city has it."""
    told = DIRECTORY.of(CITIES["hangzhou"], "labour")
    office = CITIES["hangzhou"].agency("social_insurance")
    assert (told.number, told.office, told.hours) == (office.phone, office.names, office.hours)


def test_a_city_adds_a_telephone() -> None:
    """All of it stands in the city's file; in other cities there is none."""
    here = city("pier", "埠城", "Pier", [], directory={"boats": OWN})
    turn = turn_of("c", "text", "out_of_scope", here, "zh_Hans", MORNING, text="游船电话")
    found = FINDER.fitting(turn, here)
    assert found is not None
    assert (found.name, found.number) == ("boats", "0000-777")
    with pytest.raises(ConfigurationError, match="boats"):
        DIRECTORY.of(TESTVILLE, "boats")


def test_a_telephone_of_a_city_must_be_whole() -> None:
    """The message names what is missing."""
    here = city("pier", "埠城", "Pier", [], directory={"boats": {"number": "0000-777"}})
    with pytest.raises(ConfigurationError, match=r"directory\.boats"):
        Directory(DIRECTORY.national).of(here, "boats")


def test_the_files_of_the_checkout_are_right() -> None:
    """Guides, topics and telephones that are named exist; no guide has two telephones, and every one has some."""
    questions, topics = load_current(ROOT / "cities"), loaded.topics()
    assert directory_problems(DIRECTORY, CITIES, GUIDES) == []
    assert current_problems(questions, topics, DIRECTORY.national) == []
    agencies = {line.agency for line in DIRECTORY.national.values()}
    claimed = {guide for line in DIRECTORY.national.values() for guide in line.guides}
    assert [slug for slug, one in GUIDES.items() if slug not in claimed and one.agency not in agencies] == []


def test_problems_are_named() -> None:
    """A guide that there is not, and one that two claim."""
    line = DIRECTORY.national["tax"]
    twice = Directory({GENERAL: line.model_copy(update={"guides": ["deed_tax", "nothing"]}), "tax": line})
    told = " ".join(directory_problems(twice, {}, GUIDES))
    assert "nothing, which there is not" in told
    assert "both name the guide deed_tax" in told
