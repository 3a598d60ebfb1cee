"""Whether one document may be used in the place of another: a question of the papers of what is talked of."""

import pytest
from fixtures.asker import DOG, Asker
from fixtures.booking import HOSPITAL, MARRIAGE, Applicant
from fixtures.services import SERVICES

from actions.dialogue.reading.in_place import in_place
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

LICENCE = ("guide:driving_licence_lost", 0.65)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("能用社保卡代替身份证吗", "身份证吗"),
        ("可唔可以攞回鄉證頂替身份證", "身份证"),
        ("may I show my bus card in place of the licence", "the licence"),
        ("instead of my residence permit, will a copy do", "my residence permit"),
        ("我想用新的图片代替旧的", None),
        ("I would rather walk than take the bus instead of waiting", None),
        ("身份证丢了", None),
    ],
)
def test_two_documents_are_named_of_which_one_stands_in(text: str, wanted: str | None) -> None:
    """Both are, or it is no such question."""
    found = in_place(text)
    assert (None if found is None else found.wanted.strip()) == wanted


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("zh_Hans", "我能拿护照代替身份证吗"),
        ("zh_Hant", "可唔可以用護照代替身份證"),
        ("en", "may I bring a passport in place of my ID card?"),
    ],
)
async def test_the_form_says_which_document_it_takes_and_stays(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """Nobody is taken for a foreigner by it."""
    couple = Applicant(catalogs, SERVICES, MARRIAGE, locale=locale)
    await couple.say("我们要登记结婚", MARRIAGE)
    asked = couple.state
    await couple.say(text, "service_guide")
    assert couple.outcome.replies[0].key == "identity.card_only"
    assert couple.state == asked


async def test_another_card_is_answered_with_what_is_taken(catalogs: Catalogs) -> None:
    """And not with the guide of that card."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL)
    await patient.say("挂个号", HOSPITAL)
    asked = patient.state
    await patient.say("能用社保卡代替身份证吗", "social_insurance")
    assert patient.outcome.replies[0].key.startswith("identity.")
    assert patient.state == asked


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


async def test_no_guide_of_either_document_is_told(asker: Asker) -> None:
    """Where nothing is talked of, who knows is named."""
    keys = await asker.hear("身份证能不能代替驾照", "service_guide", LICENCE)
    assert keys[0].startswith("facts.not_known")


async def test_the_papers_of_the_guide_that_was_told_are_meant(asker: Asker) -> None:
    """Whatever guide the documents are called by."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    await asker.hear("可以拿驾照代替身份证吗", "service_guide", LICENCE, commands=(("ask_papers", 0.6),))
    assert asker.told == "dog_licence"
