"""Who has no resident identity card is known by another document where the agency takes it, and hears so at once."""

import pytest
from fixtures.booking import HOSPITAL, MAN, NAMES, NEXT_WEDNESDAY, PHONE, Applicant
from fixtures.services import SERVICES

from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from values.definition import Accepted, Rejected

EVERY = ("passport", "hk_macau_permit", "taiwan_permit")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (MAN, MAN),
        ("E12345678", "passport:E12345678"),
        ("ya 1234567", "passport:YA1234567"),
        ("542987163", "passport:542987163"),
        ("M12345678", "hk_macau_permit:M12345678"),
        ("C01X00T47", "passport:C01X00T47"),
        ("12AB34567", "passport:12AB34567"),
        ("K1234567N", "passport:K1234567N"),
        ("E1234567N", "passport:E1234567N"),
        ("H12345678", "hk_macau_permit:H12345678"),
        ("M1234567801", "hk_macau_permit:M1234567801"),
        ("12345678", "taiwan_permit:12345678"),
    ],
)
def test_a_document_is_told_by_the_form_of_its_number(written: str, value: str) -> None:
    """The card's number stays as it is; another one says of what it is."""
    kind = field_kind("id_number", Circumstances(documents=EVERY))
    assert kind.attempts(written)
    assert kind.read(written) == Accepted(value)


@pytest.mark.parametrize("written", ["E12345678", "H12345678", "542987163"])
def test_a_document_that_is_not_taken_gets_that_reason(written: str) -> None:
    """No length is complained of, which no other number would mend."""
    kind = field_kind("id_number")
    assert kind.read(written) == Rejected("identity.not_taken")


async def test_the_number_of_a_passport_is_no_wrong_telephone(catalogs: Catalogs) -> None:
    """Digits alone, where the card's number is asked for: it is said what is taken, and the question stays."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL, locale="en")
    await patient.say(f"First Hospital Orthopaedics {NEXT_WEDNESDAY} 10:00", HOSPITAL, office="First Hospital")
    await patient.say("Giancarlo Bertolini", "inform")
    asked = patient.state
    said = await patient.say("542987163", "inform")
    assert "You cannot use that number here" in said
    assert patient.state == asked
    assert asked[1] == "id_number"


@pytest.mark.parametrize("number", ["542987163", "C01X00T47"])
async def test_a_passport_of_digits_alone_books(catalogs: Catalogs, number: str) -> None:
    """Where a document is asked for; the same digits where a telephone is asked for are a wrong one of that."""
    patient = _visitor(catalogs)
    text = f"First Hospital Orthopaedics {NEXT_WEDNESDAY} 10:00"
    await patient.say(text, HOSPITAL, office="First Hospital", department="Orthopaedics")
    await patient.say("Giancarlo Bertolini", "inform")
    await patient.say(number, "inform")
    assert patient.state == (HOSPITAL, "phone")
    said = await patient.say("138001380", "inform")
    assert "11 digits" in said
    assert patient.state == (HOSPITAL, "phone")
    said = await patient.say(PHONE, "inform")
    assert f"Passport number: *****{number[-4:]}" in said


async def test_digits_that_nobody_asked_for_are_no_document(catalogs: Catalogs) -> None:
    """Where a day is asked for, and where nothing is, nine digits change no number."""
    patient = _visitor(catalogs)
    text = f"First Hospital Orthopaedics {NEXT_WEDNESDAY} 10:00"
    await patient.say(text, HOSPITAL, office="First Hospital", department="Orthopaedics")
    await patient.say("Giancarlo Bertolini", "inform")
    await patient.say("YA1234567", "inform")
    said = await patient.say(PHONE, "inform")
    assert "*****4567" in said
    said = await patient.say("542987163", "inform")
    assert "7163" not in said


def test_a_number_of_a_wrong_form_gets_the_forms() -> None:
    """With a letter in front it is no identity card's."""
    kind = field_kind("id_number", Circumstances(documents=EVERY))
    assert kind.read("X123") == Rejected("identity.wrong_form")


def test_a_number_is_found_in_a_sentence_and_masked() -> None:
    """Beside its word; the last four characters are shown."""
    kind = field_kind("id_number", Circumstances(documents=EVERY))
    assert kind.find("my passport is YA1234567, no Chinese id") == ["YA1234567"]
    assert kind.find("US passport number 542987163, thanks") == ["542987163"]
    assert kind.find("call me on 542987163 please") == []
    assert kind.shown("passport:YA1234567") == "*****4567"


@pytest.fixture
def visitor(catalogs: Catalogs) -> Applicant:
    """A patient whose city's hospitals take every document."""
    return _visitor(catalogs)


def _visitor(catalogs: Catalogs) -> Applicant:
    patient = Applicant(catalogs, SERVICES, HOSPITAL, locale="en")
    offered = patient.city.services[HOSPITAL].model_copy(update={"documents": list(EVERY)})
    patient.city = patient.city.model_copy(update={"services": {**patient.city.services, HOSPITAL: offered}})
    patient.cities = {patient.city.slug: patient.city}
    return patient


async def test_a_passport_books(visitor: Applicant) -> None:
    """It is asked for beside the identity card, summed up as a passport, and sent as one."""
    text = f"First Hospital Orthopaedics {NEXT_WEDNESDAY} 10:00"
    await visitor.say(text, HOSPITAL, office="First Hospital", department="Orthopaedics")
    said = await visitor.say("Giancarlo Bertolini", "inform")
    assert "passport" in said
    await visitor.say("YA1234567", "inform")
    said = await visitor.say(PHONE, "inform")
    assert "Passport number: *****4567" in said
    await visitor.say("yes", "affirm")
    (wish,) = visitor.agency.wishes.values()
    assert wish.model_dump()["persons"] == [
        {"name": "Giancarlo Bertolini", "id_number": "YA1234567", "id_type": "passport"}
    ]


async def test_an_identity_card_is_sent_without_its_type(visitor: Applicant) -> None:
    """Agencies of the first version of the contract know no types."""
    await visitor.see_doctor()
    await visitor.say("yes", "affirm")
    (wish,) = visitor.agency.wishes.values()
    assert wish.model_dump()["persons"] == [{"name": NAMES[0], "id_number": MAN}]


async def test_that_only_cards_are_taken_is_the_last_line_of_the_first_question(catalogs: Catalogs) -> None:
    """With whom to call; and once."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL)
    said = await patient.say("挂号", HOSPITAL)
    assert "只凭居民身份证" in said.splitlines()[-1]
    assert "0000-12349" in said.splitlines()[-1]
    said = await patient.say("第一医院", "inform")
    assert "只凭" not in said


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "I only have a Korean passport, can I see a bone doctor at First Hospital"),
        ("zh_Hans", "我拿的是台胞证，想挂第一医院骨科"),
        ("zh_Hant", "我得回鄉證，想掛第一醫院骨科"),
    ],
)
async def test_who_holds_another_document_is_asked_nothing(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """It is said alone where to go; the same wish after that gets the counter, and no form."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL, locale=locale)
    await patient.say(text, HOSPITAL)
    assert patient.state == (None, None)
    said = await patient.say("hospital then, thank you" if locale == "en" else "咁我去医院", HOSPITAL)
    assert patient.state == (None, None)
    assert "0000-12349" in said


async def test_a_form_that_ended_for_another_document_begins_with_a_card(catalogs: Catalogs) -> None:
    """Who books for somebody with a card is not sent away."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL)
    await patient.say("我只有护照，想挂号", HOSPITAL)
    await patient.say("那给我老婆挂，她有身份证", HOSPITAL)
    assert patient.state == (HOSPITAL, "office")


async def test_who_asks_in_the_middle_hears_whether_it_is_taken(visitor: Applicant) -> None:
    """The question comes back after it."""
    await visitor.say("see a doctor", HOSPITAL)
    said = await visitor.say("I have only a passport, is that all right?", "service_guide")
    assert "a passport" in said
    assert visitor.state == (HOSPITAL, "office")
