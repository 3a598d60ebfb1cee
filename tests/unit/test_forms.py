"""Services as forms: a conversation as it stands, as one page."""

from typing import Any

import pytest
from fixtures.booking import HOSPITAL, MARRIAGE, NEXT_WEDNESDAY, PHONE, SUNDAY, Applicant
from fixtures.services import SERVICES

from desk.contract.messages import Text
from desk.contract.situation import Offered, Situation
from desk.contract.wire import LOCALES, Locale
from desk.conversations.rows import EventRow
from desk.conversations.standing import Standing
from desk.texts.catalogs import Catalogs
from desk.web.forms.days import months, weekdays
from desk.web.forms.sheet import Sheet, presses, sheet
from desk.web.parts import FieldWords, ServiceWords

KINDS = {
    "plate": "plate",
    "office": "choice",
    "date": "date",
    "time": "time",
    "applicant_name": "person_name",
    "partner_name": "person_name",
    "id_number": "id_number",
    "phone": "phone",
    "description": "words",
    "photo": "photo",
}
WORDS = ServiceWords("traffic_fines.title", "traffic_fines.description", {k: FieldWords(v) for k, v in KINDS.items()})
BACK = Offered(command="go_back", title=Text(key="button.step_back"), payload="/go_back")


def said(text: str, *buttons: tuple[str, str], **more: Any) -> EventRow:
    shown = [{"title": title, "payload": payload} for title, payload in buttons]
    message = {"author": "bot", "in_reply_to": "1", "text": text, "buttons": shown, "cards": [], **more}
    return EventRow(2, "message", {"message": message})


def stands(stated: dict[str, Any] | None, *events: EventRow, written: str | None = None) -> Standing:
    situation = None if stated is None else Situation.model_validate(stated)
    return Standing(situation, waits=False, turn=3, events=events, written=written)


def asking(name: str, **more: Any) -> dict[str, Any]:
    return {"service": "traffic_fines", "step": "asking", "asks_for": name, "field": name, **more}


def written(standing: Standing, catalogs: Catalogs, locale: Locale = "en", was: str | None = None) -> Sheet:
    return sheet(standing, WORDS, catalogs, locale, was=was)


@pytest.mark.parametrize(
    ("name", "kind", "attributes"),
    [
        ("plate", "line", {"autocapitalize": "characters"}),
        ("applicant_name", "line", {"autocomplete": "name"}),
        ("partner_name", "line", {"autocomplete": "off"}),
        ("phone", "line", {"autocomplete": "tel", "inputmode": "tel"}),
        ("id_number", "secret", {"autocomplete": "off"}),
        ("description", "lines", {}),
        ("photo", "file", {}),
        ("date", "date", {}),
        ("one_time_code", "line", {"autocomplete": "one-time-code"}),
        ("stop", "line", {"autocomplete": "off"}),
    ],
)
def test_each_kind_of_field_has_its_input(catalogs: Catalogs, name: str, kind: str, attributes: dict[str, str]) -> None:
    """What browsers fill in is the resident's own, of the first field of its kind."""
    asked = written(stands(asking(name), said("Which one?", ("Cancel", "/cancel"))), catalogs).asked
    assert asked is not None
    assert asked.kind == kind
    assert attributes.items() <= asked.attributes.items()


def test_choices_are_radios_and_other_buttons_are_buttons(catalogs: Catalogs) -> None:
    """What shows more of what there is stands apart; a step back stands above; cancelling has its own place."""
    buttons = [("Xihu", '/inform{"office": "xihu"}'), ("All", '/inform{"office": "every:"}'), ("Skip", "/deny")]
    standing = stands(asking("office", further=[BACK]), said("Which office?\nAny.", *buttons, ("Cancel", "/cancel")))
    page = written(standing, catalogs)
    assert page.asked is not None
    assert [one.payload for one in page.asked.options] == ['/inform{"office": "xihu"}']
    assert [one.payload for one in page.presses] == ['/inform{"office": "every:"}', "/deny"]
    assert (page.heading, page.cancel is not None, page.back is not None) == ("Which office?", True, True)
    assert presses(standing) == {*(payload for _, payload in buttons), "/cancel", "/go_back"}


def test_free_days_and_times_are_chosen_from_all_there_are(catalogs: Catalogs) -> None:
    """Not only from those on buttons; a time stands under its part of the day."""
    button = ("3 December", '/inform{"date": "2026-12-03"}')
    page = written(stands(asking("date", free=["2026-12-03", "2026-12-31"]), said("When?", button)), catalogs)
    assert page.asked is not None
    assert (page.asked.kind, page.presses) == ("calendar", [])
    free = [day.iso for month in page.asked.months for week in month.weeks for day in week if day and day.is_free]
    assert free == ["2026-12-03", "2026-12-31"]
    standing = stands(asking("time", free=["09:00", "14:30"]), said("When?"))
    page = written(standing, catalogs)
    assert page.asked is not None
    assert [(part, [one.title for one in ones]) for part, ones in page.asked.parts] == [
        ("Morning", ["09:00"]),
        ("Afternoon", ["14:30"]),
    ]
    assert presses(standing) == {'/inform{"time": "09:00"}', '/inform{"time": "14:30"}'}


def test_what_was_not_taken_is_an_error_and_other_words_are_none(catalogs: Catalogs) -> None:
    """The same field asked again after an answer: what was said before the question says why, with what was written."""
    standing = stands(asking("plate"), said("Too short."), said("Which plate?"), written="B1")
    page = written(standing, catalogs, was="plate")
    assert (page.errors, page.before, page.written) == (["Too short."], [], "B1")
    page = written(standing, catalogs, was="office")
    assert (page.errors, [one.first for one in page.before], page.written) == ([], ["Too short."], "")
    page = written(stands(asking("id_number"), said("Which?"), written="110105"), catalogs, was="id_number")
    assert (len(page.errors), page.written) == (1, "")


def test_what_the_desk_says_itself_is_no_error(catalogs: Catalogs) -> None:
    """An emergency was heard in what was written: that is said under the service's name, and the question stays."""
    done = EventRow(3, "turn_done", {"service": None, "in_reply_to": "1"})
    page = written(stands(asking("plate"), said("Call 119 now."), done), catalogs, was="plate")
    assert (page.errors, [one.first for one in page.before]) == ([], ["Call 119 now."])
    assert (page.heading, page.asked is not None) == ("Traffic fines", True)


def test_each_row_of_a_summary_has_what_changes_it(catalogs: Catalogs) -> None:
    """By its label; what was not given by the resident has none, and the button that asks what to change goes."""
    rows = [{"label": "Plate", "value": "B1"}, {"label": "Fee", "value": "¥1"}]
    card = {"kind": "summary", "title": "Check", "rows": rows, "buttons": []}
    change = Offered(command="change", title=Text(key="card.plate"), payload='/correct{"field": "plate"}')
    stated = {"service": "traffic_fines", "step": "confirming", "confirms": "book", "further": [change, BACK]}
    event = said("Check:\nPlate: B1", ("Yes", "/affirm"), ("Change", "/correct"), cards=[card], line="Please check.")
    page = written(stands(stated, event), catalogs)
    assert page.heading == "Please check."
    assert [one.change for one in page.cards[0].lines] == ['/correct{"field": "plate"}', None]
    assert (page.confirm is not None, page.presses, page.asked) == (True, [], None)


def test_an_order_is_paid_as_long_as_it_is_open(catalogs: Catalogs) -> None:
    """News of it that came since count."""
    payment = {"order": "1", "status": "open", "url": "https://desk.example/pay/1"}
    card = {"kind": "payment", "title": "Pay", "rows": [], "buttons": [], "payment": payment}
    opened = said("1 fine", cards=[card])
    page = written(stands(None, opened), catalogs)
    assert [one.cards[0].pay for one in page.before] == ["https://desk.example/pay/1"]
    news = EventRow(4, "payment", {"payment": {"order": "1", "status": "paid", "url": None}})
    page = written(stands(None, opened, news), catalogs)
    assert [one.cards[0].pay for one in page.before] == [None]


def test_what_came_unasked_is_not_on_the_page(catalogs: Catalogs) -> None:
    """An announcement is read in the chat; what a clerk says stands here, too."""
    page = written(
        stands(None, said("news", in_reply_to=None), said("hello", author="clerk", in_reply_to=None)), catalogs
    )
    assert [one.first for one in page.before] == ["hello"]


def test_addresses_in_a_text_are_links_by_name(catalogs: Catalogs) -> None:
    """No text shows a long address."""
    link = {"kind": "pay_page", "title": "Pay here", "url": "https://desk.example/pay/1"}
    page = written(stands(None, said("See https://desk.example/pay/1 now.", links=[link])), catalogs)
    assert [(piece.text, piece.url) for piece in page.before[0].paragraphs[0]] == [
        ("See ", None),
        ("Pay here", "https://desk.example/pay/1"),
        (" now.", None),
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_months_have_rows_of_seven_and_no_empty_weeks(locale: Locale) -> None:
    """From the first free day to the last, over the turn of a year."""
    found = months(["2026-12-30", "2027-01-02"], locale)
    assert [len(week) for month in found for week in month.weeks] == [7, 7]
    assert [[day.number for day in week if day] for month in found for week in month.weeks] == [
        [28, 29, 30, 31],
        [1, 2, 3],
    ]
    assert len(weekdays(locale)) == 7
    assert months([], locale) == []


async def test_a_question_for_a_day_or_time_states_all_that_is_free(catalogs: Catalogs) -> None:
    """More than stands on buttons; no Sunday; none of it is kept once something else is asked."""
    someone = Applicant(catalogs, SERVICES)
    await someone.say("领证 西湖区", MARRIAGE, office="西湖区")
    free = _stated(someone).free
    assert (len(free) > 5, str(SUNDAY) in free, str(NEXT_WEDNESDAY) in free) == (True, False, True)
    await someone.say(str(NEXT_WEDNESDAY), "inform")
    assert _stated(someone).free[:2] == ("09:00", "09:30")
    await someone.say("10:00", "inform")
    assert (_stated(someone).field, _stated(someone).free) == ("applicant_name", ())


async def test_a_step_back_and_changes_are_stated_where_they_mean_something(catalogs: Catalogs) -> None:
    """No step back before anything was given; on the summary one change for each value, none of which is said."""
    someone = Applicant(catalogs, SERVICES, HOSPITAL)
    await someone.say("挂号", HOSPITAL)
    assert _stated(someone).further == ()
    someone = Applicant(catalogs, SERVICES)
    await someone.say("领证 西湖区", MARRIAGE, office="西湖区")
    assert [one.payload for one in _stated(someone).further] == ["/go_back"]
    await someone.fill()
    stated = _stated(someone)
    assert [one.command for one in stated.further] == ["change"] * 8 + ["go_back"]
    assert PHONE not in stated.model_dump_json()


def _stated(someone: Applicant) -> Situation:
    stated = someone.outcome.situation
    assert stated is not None
    return stated
