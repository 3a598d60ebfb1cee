"""An appointment is made for a parent, a child, a husband or wife; for a child with a guardian's consent."""

import pytest
from fixtures.booking import HOSPITAL, MAN, NEXT_WEDNESDAY, PHONE, Applicant, id_number
from fixtures.services import SERVICES

from desk.contract.consent import Consent
from desk.texts.catalogs import Catalogs

CHILD, GROWN = id_number("20200105", male=False), id_number("20050105", male=True)


@pytest.fixture
def patient(catalogs: Catalogs) -> Applicant:
    """Somebody who books at hospitals."""
    return Applicant(catalogs, SERVICES, HOSPITAL)


async def slotted(patient: Applicant, wish: str = "挂第一医院骨科") -> str:
    """Hospital, department, day and time are given; the name is asked for."""
    return await patient.say(f"{wish} {NEXT_WEDNESDAY} 10:00", HOSPITAL, office="第一医院", department="骨科")


@pytest.mark.parametrize(
    ("wish", "asks"),
    [
        ("给我妈挂个号 第一医院骨科", "您父亲或母亲的姓名"),
        ("同我老豆掛第一医院骨科", "您父亲或母亲的姓名"),
        ("我女儿要挂第一医院骨科", "孩子的姓名"),
        ("帮我老婆约第一医院骨科", "您爱人的姓名"),
        ("book First Hospital Orthopaedics for my husband", "您爱人的姓名"),
    ],
)
async def test_whose_it_is_is_heard(patient: Applicant, wish: str, asks: str) -> None:
    """The questions are for the one who comes."""
    said = await slotted(patient, wish)
    assert asks in said
    assert "给孩子预约" not in patient.buttons


@pytest.mark.parametrize(
    "wish",
    ["我要女医生，挂第一医院骨科", "帮我仔细看看第一医院骨科", "First Hospital Orthopaedics, a female doctor please"],
)
async def test_other_words_name_no_relative(patient: Applicant, wish: str) -> None:
    """The question stays the resident's own."""
    assert "就诊人的姓名" in await slotted(patient, wish)


async def test_whose_it_is_can_be_pressed_where_the_name_is_asked(patient: Applicant) -> None:
    """Beside the resident's own name; the summary says whose it is, under the right name."""
    await slotted(patient)
    assert patient.buttons[:3] == ["给父母预约", "给孩子预约", "给爱人预约"]
    said = await patient.press("给父母预约")
    assert "您父亲或母亲的姓名" in said
    await patient.say("王秀兰", "inform", person_name="王秀兰")
    await patient.say(MAN, "inform")
    said = await patient.say(PHONE, "inform")
    assert "王秀兰" in said
    assert "与您的关系：父亲或母亲" in said
    await patient.say("确认", "affirm")
    (wish,) = patient.agency.wishes.values()
    assert wish.persons[0].name == "王秀兰"


@pytest.mark.parametrize("intent", ["deny", "correct", "nlu_fallback"])
async def test_another_person_at_the_summary_is_asked_for_anew(patient: Applicant, intent: str) -> None:
    """Name and number were the resident's; place and time stay. And back again."""
    await patient.see_doctor()
    said = await patient.say("不是我，是给我妈挂的", intent)
    assert "您父亲或母亲的姓名" in said
    assert patient.state == (HOSPITAL, "person_name")
    said = await patient.say("还是给我自己挂", intent)
    assert "您本人" in said
    assert patient.state == (HOSPITAL, "person_name")


async def test_a_child_needs_a_guardian_and_that_is_kept(patient: Applicant) -> None:
    """The consent is recorded when it is given, with what was asked; only then is it summed up."""
    await slotted(patient, "给我女儿挂第一医院骨科")
    await patient.say("王小雨", "inform", person_name="王小雨")
    await patient.say(CHILD, "inform")
    said = await patient.say(PHONE, "inform")
    assert "监护人" in said
    assert patient.agency.wishes == {}
    said = await patient.press("我是监护人，同意")
    assert "王小雨" in said
    [kept] = [one for one in patient.effects if isinstance(one, Consent)]
    assert (kept.field, kept.purpose, kept.agency) == ("guardian", "appointment.guardian", "bureau")
    assert patient.agency.wishes == {}
    await patient.say("确认", "affirm")
    (wish,) = patient.agency.wishes.values()
    assert wish.persons[0].id_number == CHILD


async def test_without_a_guardian_nothing_is_booked(patient: Applicant) -> None:
    """Also where nobody said that it is for a child: the number tells."""
    await slotted(patient)
    await patient.say("王小雨", "inform", person_name="王小雨")
    await patient.say(CHILD, "inform")
    await patient.say(PHONE, "inform")
    said = await patient.press("不同意")
    assert "0000-12349" in said
    assert (patient.session.front, patient.agency.wishes) == (None, {})


async def test_a_grown_child_needs_none(patient: Applicant) -> None:
    """Who is fourteen agrees alone."""
    await slotted(patient, "给我儿子挂第一医院骨科")
    await patient.say("王大山", "inform", person_name="王大山")
    await patient.say(GROWN, "inform")
    said = await patient.say(PHONE, "inform")
    assert "监护人" not in said
    assert "与您的关系：孩子" in said


async def test_another_number_wants_another_consent(patient: Applicant) -> None:
    """What was agreed to for one child is not taken for another."""
    await slotted(patient, "给我女儿挂第一医院骨科")
    await patient.say("王小雨", "inform", person_name="王小雨")
    await patient.say(CHILD, "inform")
    await patient.say(PHONE, "inform")
    await patient.press("我是监护人，同意")
    said = await patient.say(f"身份证号改成{id_number('20210303', male=True)}", "correct")
    assert "监护人" in said
    await patient.say("嗯嗯不清楚", "nlu_fallback")
    assert patient.agency.wishes == {}


async def test_whom_the_agency_does_not_book_for_is_told_where(patient: Applicant) -> None:
    """A city may take fewer than the service; the telephone is said, and the question stays the resident's own."""
    here = patient.city.services[HOSPITAL].model_copy(update={"relatives": ["child"]})
    patient.city = patient.city.model_copy(update={"services": {**patient.city.services, HOSPITAL: here}})
    patient.cities = {patient.city.slug: patient.city}
    said = await slotted(patient, "给我妈挂第一医院骨科")
    assert "不能代这位家人预约" in said
    assert "就诊人的姓名" in said
    assert patient.buttons[:2] == ["给孩子预约", "取消"]
