"""References, masks, office hours and notices of tickets."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from hypothesis import given
from hypothesis import strategies as st

from desk.city.files import City, Hours
from desk.city.hours import hours_text
from desk.contract.errors import NotFound
from desk.contract.messages import Reply
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs
from desk.texts.masking import masked, masked_body
from desk.tickets import notices
from desk.tickets.grades import notices as grade_notices
from desk.tickets.grades.ledger import Grade
from desk.tickets.hours import answering_agency, is_open, opens_at
from desk.tickets.reference import looked_for, reference_of, ticket_id_of

ROOT = Path(__file__).parents[2]


@given(st.integers(1, 10**12))
def test_a_reference_reads_back_to_its_ticket(ticket_id: int) -> None:
    """What is written can be read."""
    assert ticket_id_of(reference_of(ticket_id)) == ticket_id


@given(st.integers(1, 10**9), st.data())
def test_one_wrong_digit_is_noticed(ticket_id: int, data: st.DataObject) -> None:
    """A reference with any one digit mistyped is no ticket."""
    reference = reference_of(ticket_id)
    place = data.draw(st.sampled_from([place for place, char in enumerate(reference) if char.isdigit()]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != reference[place]]))
    with pytest.raises(NotFound):
        ticket_id_of(reference[:place] + wrong + reference[place + 1 :])


@pytest.mark.parametrize("written", ["T-4711-8", "t-4711-8", " T4711-8 ", "4711-8", "T 4711 - 8"])
def test_references_are_read_as_people_write_them(written: str) -> None:
    """Case, spaces and the T do not matter."""
    assert ticket_id_of(written) == 4711


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("T-1003-3", [1003]),
        ("1003", [1003]),
        ("t10033", [10033, 1003]),
        ("t-1003", [1003]),
        (" T 1003 - ", [1003]),
        ("T-1003-4", []),
        ("8", [8]),
        ("", []),
        ("my ticket", []),
    ],
)
def test_a_reference_is_found_by_what_is_typed_of_it(written: str, ids: list[int]) -> None:
    """Without its last digit, or without the hyphen before it; what has a wrong digit is none."""
    assert looked_for(written) == ids


@pytest.mark.parametrize("written", ["", "4711", "T-4711", "T-x-8", "T-4711-8-9", "T-" + "9" * 40 + "-1"])
def test_what_is_no_reference_says_how_they_look(written: str) -> None:
    """The message shows an example."""
    with pytest.raises(NotFound, match="T-4711-8"):
        ticket_id_of(written)


MASKED = {
    "plate": ("车牌浙A12345", "车牌浙A****5"),
    "plate with a dot": ("浙A·12345", "浙A****5"),
    "plate of an electric car": ("浙AD12345", "浙A****5"),
    "plate with spaces": ("沪 b 1 2 3 4 5", "沪B****5"),
    "plate in Traditional": ("滬A12345", "滬A****5"),
    "trailer": ("浙A1234挂", "浙A****挂"),
    "plate without province": ("my plate is A12345", "my plate is ****"),
    "VIN": ("LSVAA4182E2184847", "****4847"),
    "end of a VIN": ("184847", "****"),
    "end of a VIN with letters": ("E84847", "****"),
    "id": ("身份证330106199001011237。", "身份证3301****1237。"),
    "id with X": ("33010619900101123X", "3301****123X"),
    "id with spaces": ("330106 19900101 1237", "3301****1237"),
    "phone": ("电话13800138000", "电话****8000"),
    "phone with spaces": ("138 0013 8000", "****8000"),
    "phone with hyphens": ("138-0013-8000", "****8000"),
    "phone with country": ("+86 138 0013 8000", "****8000"),
    "wide digits": ("１３８００１３８０００", "****8000"),
    "bank card": ("6222 0202 0001 1234 567", "****4567"),
    "permit": ("C12345678", "****5678"),
    "account": ("户号 3301234567", "户号 ****4567"),
    "mail": ("wang.fang@example.com", "***@example.com"),
    "in a sentence": ("浙A12345的罚款，我的手机是13800138000，谢谢", "浙A****5的罚款，我的手机是****8000，谢谢"),
    "plate, then a phone": ("浙A12345 13800138000", "浙A****5 ****8000"),
    "house and door": ("我住黄龙雅苑3幢2单元501室，路灯坏了", "我住黄龙雅苑***，路灯坏了"),
    "house and door, short": ("翠苑一区12幢302", "翠苑一区***"),
    "house and door, in words": ("八号楼三单元二零一室漏水", "***漏水"),
    "house and door, traditional": ("天河北路A座12樓B室", "天河北路***"),
    "door alone": ("我家501室漏水", "我家***漏水"),
    "flat": ("flat 12B, 8 Jianshe Road", "flat ***, 8 Jianshe Road"),
    "apartment": ("8 Jianshe Road, Apt. 501", "8 Jianshe Road, Apt ***"),
    "no sum is so large": ("¥ 7702184455", "¥ ****4455"),
    "after letters of Chinese": ("尾号184847对吗", "尾号****对吗"),
}
KEPT = [
    "B支4到拱宸桥还要几分钟",
    "28路 12 分钟",
    "文三路8号的路灯坏了",
    "在政务中心3楼10号窗口办理",
    "5栋楼下的井盖没了",
    "一室一厅",
    "the unit price is ¥3.20",
    "罚款 200.00 元，记 3 分",
    "2026-11-24 15:20",
    "2026年11月24日",
    "2026-11-24T15:20:00",
    "周一至周五 09:00–17:00",
    "T-4711-8",
    "T-1234567-4",
    "第 12345 号",
    "Bus 12345",
    "hello there",
    "¥86.40",
]


@pytest.mark.parametrize(("said", "seen"), MASKED.values(), ids=MASKED.keys())
def test_numbers_of_persons_are_masked_for_staff(said: str, seen: str) -> None:
    """Staff see that there was a number, and enough of it to speak of it."""
    assert masked(said) == seen


@pytest.mark.parametrize("said", KEPT)
def test_what_is_nobodys_number_stays(said: str) -> None:
    """Lines, minutes, dates, amounts and references can be read."""
    assert masked(said) == said


NUMBERS = ["13800138000", "330106199001011237", "33010619900101123X", "3301234567", "6222020200011234567"]


@given(st.sampled_from(NUMBERS), st.sampled_from(["", "电话", "call ", "2026-11-24 ", "，"]), st.data())
def test_however_a_number_is_spaced_it_is_masked(number: str, before: str, data: st.DataObject) -> None:
    """Gaps between the digits hide no number, nor does what stands before it."""
    gaps = [data.draw(st.sampled_from(["", "", " ", "-", "  "])) for _ in number]
    spaced = "".join(digit + gap for digit, gap in zip(number, gaps, strict=True)).strip(" -")
    seen = masked(before + spaced)
    assert number not in "".join(char for char in seen if char.isalnum())
    assert "****" in seen


def test_bodies_are_masked_whole() -> None:
    """Texts in lists and objects are masked; other values stay."""
    assert masked_body({"a": ["浙A12345", 3, None], "b": {"c": "13800138000"}}) == {
        "a": ["浙A****5", 3, None],
        "b": {"c": "****8000"},
    }


@pytest.fixture(scope="module")
def city() -> City:
    return loaded.cities()["hangzhou"]


def at(city: City, moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(city.timezone))


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-11-24T09:00:00", True),
        ("2026-11-24T08:59:59", False),
        ("2026-11-24T17:00:00", False),
        ("2026-11-22T10:00:00", False),
    ],
    ids=["opens", "before", "closes", "Sunday"],
)
def test_offices_open_at_their_hours(city: City, moment: str, open_then: bool) -> None:
    """The first minute counts, the last does not."""
    assert is_open(city.agency("city_hall"), city, at(city, moment)) is open_then


def test_holidays_close_and_working_weekends_open(city: City) -> None:
    """A holiday closes a weekday; a working Sunday has the hours of a Monday."""
    tuesday, sunday = at(city, "2026-11-24T10:00:00"), at(city, "2026-11-22T10:00:00")
    moved = city.model_copy(update={"holidays": [tuesday.date()], "working_weekends": [sunday.date()]})
    assert [is_open(moved.agency("city_hall"), moved, day) for day in (tuesday, sunday)] == [False, True]


REOPENED = ("ticket.reopened", "ticket.reopened_by_button", "ticket.reopened_by_clerk")
CLOSED = {
    "before it opens": ("2026-11-24T08:00:00", "今天 09:00", "today at 09:00"),
    "in the evening": ("2026-11-24T17:00:00", "明天 09:00", "tomorrow at 09:00"),
    "on a Sunday": ("2026-11-22T10:00:00", "明天 09:00", "tomorrow at 09:00"),
    "on a Friday evening": ("2026-11-27T20:00:00", "11月30日星期一 09:00", "on Monday 30 November 2026 at 09:00"),
    "before a holiday": ("2026-09-30T20:00:00", "10月8日星期四 09:00", "on Thursday 8 October 2026 at 09:00"),
}


@pytest.mark.parametrize(("moment", "opens", "opens_en"), CLOSED.values(), ids=CLOSED)
def test_while_it_is_closed_nobody_is_promised_minutes(
    city: City, catalogs: Catalogs, moment: str, opens: str, opens_en: str
) -> None:
    """Who waits reads when the office opens, that the answer comes here, and that nobody need keep waiting."""
    given = {"agency": city.agency("city_hall"), "reference": "T-4711-8", "place": 1, "now": at(city, moment)}
    minutes = {"minutes": 1}
    told = [
        notices.opened(city, **given, **minutes),
        *(notices.received(city, **given, **minutes, notices=number) for number in range(notices.VARIANTS)),
        notices.still_waiting(city, **given, **minutes),
        *(notices.reopened(key, city, **given, **minutes) for key in REOPENED),
        notices.transferred(city, **given),
    ]
    said = {locale: [catalogs.render(one, locale).text for one in told] for locale in LOCALES}
    assert all(opens in text and "分钟" not in text and "这个对话里答复" in text for text in said["zh_Hans"])
    assert all(opens in text.replace("日 星期", "日星期") and "分鐘" not in text for text in said["zh_Hant"])
    assert all(opens_en in text and "minute" not in text for text in said["en"])


def test_an_office_without_hours_opens_at_no_time(city: City, catalogs: Catalogs) -> None:
    """Nothing is invented."""
    office = city.agency("city_hall").model_copy(update={"hours": []})
    empty = city.model_copy(update={"agencies": [office]})
    now = at(city, "2026-11-24T10:00:00")
    assert opens_at(office, empty, now) is None
    notice = notices.opened(empty, agency=office, reference="T-4711-8", place=1, now=now, minutes=1)
    assert "minute" not in catalogs.render(notice, "en").text


def test_an_office_that_is_always_open_is_open_in_the_last_minute(city: City) -> None:
    """A minute to midnight stands for midnight."""
    always = Hours.model_validate({"days": [1, 2, 3, 4, 5, 6, 7], "opens": "00:00", "closes": "23:59"})
    office = city.agency("city_hall").model_copy(update={"hours": [always]})
    whole = city.model_copy(update={"agencies": [office]})
    assert is_open(office, whole, at(city, "2026-11-24T23:59:30"))


def test_the_agency_of_the_service_answers(city: City) -> None:
    """Fines are for the traffic police; without a service, it is the one whose account was written to."""
    service, offered = next(iter(city.services.items()))
    assert answering_agency(city, channel="webchat", service=service).slug == offered.agency
    assert answering_agency(city, channel="webchat", service=None).slug == city.accounts[0].agency
    assert answering_agency(city, channel="none", service="none").slug == city.agencies[0].slug


def all_notices(city: City, now: datetime) -> list[Reply]:
    given = {"agency": city.agency("city_hall"), "reference": "T-4711-8", "place": 2, "now": now}
    return [
        notices.opened(city, **given),
        *(notices.received(city, **given, notices=number) for number in range(notices.VARIANTS)),
        notices.still_waiting(city, **given),
        notices.withdrawn("T-4711-8", back_minutes=10),
        notices.handed_back("T-4711-8"),
        notices.closed("T-4711-8"),
        notices.introduced("综合窗口", reference="T-4711-8"),
        notices.closed_elsewhere(city.agency("city_hall"), reference="T-4711-8"),
        notices.closed_as_duplicate("T-4711-8", of="T-4712-6"),
        notices.with_clerk("T-4711-8"),
        *(notices.reopened(key, city, **given) for key in REOPENED),
        notices.not_transferred(city.agency("city_hall"), reference="T-4711-8"),
        grade_notices.asked_with(notices.closed("T-4711-8", reopens=True), "T-4711-8"),
        grade_notices.invited("T-4711-8"),
        grade_notices.asked_again("T-4711-8"),
        grade_notices.kept("T-4711-8", Grade.SATISFIED),
        *(
            grade_notices.kept_bad("T-4711-8", Grade.DISSATISFIED, city.agency("city_hall"), asks=asks)
            for asks in (False, True)
        ),
        grade_notices.words_kept("T-4711-8"),
        grade_notices.words_skipped("T-4711-8"),
        *(grade_notices.second_kept("T-4711-8", Grade.SATISFIED, is_bad=is_bad) for is_bad in (False, True)),
        grade_notices.stays("T-4711-8", Grade.SATISFIED),
        grade_notices.not_yet("T-4711-8"),
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("moment", ["2026-11-24T10:00:00", "2026-11-22T10:00:00"], ids=["open", "closed"])
def test_every_notice_can_be_said(city: City, catalogs: Catalogs, locale: Locale, moment: str) -> None:
    """In each language every notice names the ticket, and no two are the same."""
    said = [catalogs.render(notice, locale).text for notice in all_notices(city, at(city, moment))]
    assert all("T-4711-8" in text for text in said)
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("locale", "hours"),
    [
        ("zh_Hans", "周一至周五 08:30–17:30"),
        ("zh_Hant", "星期一至星期五 08:30–17:30"),
        ("en", "Monday to Friday 08:30–17:30"),
    ],
)
def test_hours_are_said_in_each_language(city: City, catalogs: Catalogs, locale: Locale, hours: str) -> None:
    """Days that follow each other are a range."""
    assert catalogs.text(hours_text(city.agency("traffic_police").hours), locale) == hours
