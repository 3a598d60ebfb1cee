"""Things in progress in a dialogue: how they stand, and which appointment is to be changed."""

import pytest
from fixtures.cases import CaseHolder, appointment, report
from fixtures.services import SERVICES

from actions.dialogue.answers import cases as dialogue_cases
from desk.contract.errors import BackendUnavailable
from desk.contract.messages import KeepCase
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs


@pytest.fixture
def holder(catalogs: Catalogs) -> CaseHolder:
    return CaseHolder(catalogs, SERVICES)


async def status(holder: CaseHolder, text: str = "办好了吗", **entities: str) -> str:
    return await holder.say(text, "request_status", **entities)


async def change(holder: CaseHolder, text: str = "我要改预约", **entities: str) -> str:
    return await holder.say(text, "change_appointment", **entities)


async def test_status_is_the_agencys_of_now(holder: CaseHolder) -> None:
    """One thing in hand: what, its number, the agency's words, whom to call; what changed is kept."""
    holder.cases = [appointment()]
    holder.registry.now["marriage_registration-1"] = {"status": "kept", "over": True}
    heard = await status(holder)
    assert [part for part in ("结婚登记1", "MR2026-0001", "agency says kept", "0000-12345") if part not in heard] == []
    [kept] = holder.effects
    assert isinstance(kept, KeepCase)
    assert (kept.case, kept.status, kept.over) == ("marriage_registration-1", "kept", True)


async def test_status_that_has_not_changed_is_not_kept_again(holder: CaseHolder) -> None:
    """Asking changes nothing: no effect, and so no new sequence of the calendar entry."""
    holder.cases = [appointment()]
    await status(holder)
    assert holder.effects == ()
    assert holder.buttons == ["改期", "取消预约"]


@pytest.mark.parametrize("hangs", [True, False])
async def test_status_without_the_agency_is_the_last_known_with_its_time(catalogs: Catalogs, hangs: bool) -> None:
    """Down or slow: what was known last is said, and of when it is."""
    holder = CaseHolder(catalogs, SERVICES, status_seconds=0.05)
    holder.cases = [appointment()]
    holder.registry.hangs, holder.registry.failure = hangs, None if hangs else BackendUnavailable()
    heard = await status(holder)
    assert [part for part in ("已预约", "2026年11月24日 08:00") if part not in heard] == []


async def test_status_of_what_nobody_can_follow_is_the_last_known(holder: CaseHolder) -> None:
    """A service that cannot ask: the status as it was kept."""
    holder.cases = [report()]
    assert "待处理" in await status(holder)


async def test_several_are_listed_and_those_that_are_over_are_not(holder: CaseHolder) -> None:
    """All that an agency still has in hand, each with its number; not what is done with, nor a day that is past."""
    past = appointment(3, "2026-11-20T09:30:00+08:00")
    holder.cases = [report(), appointment(), appointment(2, over=True), past]
    heard = await status(holder)
    assert [part in heard for part in ("路面坑洼", "结婚登记1", "结婚登记2", "结婚登记3")] == [True, True, False, False]
    assert holder.registry.asked == ["marriage_registration-1"]


async def test_nothing_in_hand_is_said_with_what_can_be_begun(holder: CaseHolder) -> None:
    """No case: whom to call about others, and buttons of the services."""
    heard = await status(holder)
    assert "没有正在办理" in heard
    assert "0000-12345" in heard
    assert "结婚登记预约" in holder.buttons


async def test_status_by_number_is_of_that_one(holder: CaseHolder) -> None:
    """The agency's number, however it is written; also of what is over."""
    holder.cases = [report(), appointment(2, over=True, status="cancelled")]
    heard = await status(holder, reference="mr2026 0002")
    assert "结婚登记2" in heard
    assert "已取消" in heard
    assert "路面坑洼" not in heard


async def test_a_number_of_elsewhere_shows_nothing(holder: CaseHolder) -> None:
    """What was not made here: said so, with the agency's telephone, and nothing of this conversation instead."""
    holder.cases = [appointment()]
    heard = await status(holder, reference="GA2026-7777")
    assert "GA2026-7777" in heard
    assert "0000-12345" in heard
    assert "结婚登记1" not in heard
    assert holder.registry.asked == []


async def test_a_ticket_that_waits_for_nobody_is_said_so(holder: CaseHolder) -> None:
    """While a ticket waits the bot is not asked: one that is asked about here is over, or not of here."""
    assert "没有等待处理" in await status(holder, reference="T-1001-4")


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_every_text_about_cases_can_be_said(catalogs: Catalogs, locale: Locale) -> None:
    """In each language, with every status that has words, live or not."""
    holder = CaseHolder(catalogs, SERVICES, locale=locale)
    for known in [*sorted(dialogue_cases.KNOWN), "strange"]:
        for over in (False, True):
            holder.cases = [report(status=known, over=over)]
            assert "known_" not in await status(holder)
    holder.cases = [appointment(), appointment(2)]
    await status(holder)
    await change(holder)
    await change(holder, reference="X-1")
    await status(holder, reference="T-1001-4")
    holder.cases = []
    await status(holder)
    await change(holder)


async def test_the_only_appointment_is_changed_at_once(holder: CaseHolder) -> None:
    """A new frame of its service, with the case; the handler sees the intent and what was said."""
    holder.cases = [report(), appointment()]
    await change(holder, "改到12月8号", date="12月8号")
    turn, frame = holder.registry.turns[-1]
    assert (turn.intent, turn.first("date"), frame.service) == (
        "change_appointment",
        "12月8号",
        "marriage_registration",
    )
    assert dict(frame.shown) == {"case": "marriage_registration-1"}
    assert [one.case for one in turn.context.cases] == ["report_problem-9", "marriage_registration-1"]
    assert holder.state == ("marriage_registration", "date")


async def test_the_open_change_goes_on(holder: CaseHolder) -> None:
    """What is said next belongs to the same frame: an answer by its claim, the intent itself because of its case."""
    holder.cases = [appointment(), appointment(2)]
    await change(holder, reference="MR2026-0002")
    begun = holder.registry.turns[-1][1].id
    await holder.say("12月8号", "inform", date="12月8号")
    await change(holder, "还是改到12月9号", date="12月9号")
    assert [frame.id for _, frame in holder.registry.turns] == [begun] * 3
    assert holder.changing == "marriage_registration-2"


async def test_of_several_it_is_asked_which_and_what_was_said_counts(holder: CaseHolder) -> None:
    """Buttons by what they are about; the day that was wished at first is not asked for again."""
    holder.cases = [appointment(2), appointment()]
    await change(holder, "改到12月20号", date="12月20号")
    assert holder.buttons[:2] == ["结婚登记2", "结婚登记1"]
    assert holder.registry.turns == []
    await holder.press("结婚登记1")
    turn, _ = holder.registry.turns[-1]
    assert (holder.changing, turn.text, turn.first("date")) == ("marriage_registration-1", "改到12月20号", "12月20号")


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("12月5号的那个", "inform", {"date": "12月5号"}),
        ("第2登记处的", "inform", {"office": "第2登记处"}),
        ("MR2026-0002", "inform", {"reference": "MR2026-0002"}),
        ("the second", "choose", {"ordinal": "second"}),
    ],
)
async def test_the_question_which_is_answered_in_words(
    holder: CaseHolder, text: str, intent: str, entities: dict[str, str]
) -> None:
    """By day, office, number or place in the list."""
    holder.cases = [appointment(), appointment(2, "2026-12-05T09:30:00+08:00")]
    await change(holder, "取消预约")
    await holder.say(text, intent, **entities)
    assert holder.changing == "marriage_registration-2"
    assert holder.registry.turns[-1][0].text == "取消预约"


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("把12月5号的预约改一下", {"date": "12月5号"}),
        ("取消第2登记处的预约", {"office": "第2登记处"}),
        ("改一下MR20260002", {"reference": "MR20260002"}),
    ],
)
async def test_of_several_the_named_one_is_changed(holder: CaseHolder, text: str, entities: dict[str, str]) -> None:
    """Named by its day, its office or its number: no question."""
    holder.cases = [appointment(), appointment(2, "2026-12-05T09:30:00+08:00")]
    await change(holder, text, **entities)
    assert holder.changing == "marriage_registration-2"


async def test_a_wished_day_that_is_none_of_theirs_names_nothing(holder: CaseHolder) -> None:
    """ "To the 20th" is where it is wished, not which: it is asked."""
    holder.cases = [appointment(), appointment(2)]
    assert "哪一个预约" in await change(holder, "改到12月20号", date="12月20号")


async def test_another_wish_leaves_the_question_which(holder: CaseHolder) -> None:
    """The question is the dialogue's own: what is said about something else is answered."""
    holder.cases = [appointment(), appointment(2)]
    await change(holder)
    assert "bus at" in await holder.say("下一班车", "next_bus", stop="武林广场")
    assert holder.registry.turns == []


async def test_no_appointment_is_said_so(holder: CaseHolder) -> None:
    """Reports are none, nor what is past or over."""
    holder.cases = [report(), appointment(1, over=True), appointment(2, "2026-11-20T09:30:00+08:00")]
    assert "没有可以更改的预约" in await change(holder)
    assert holder.registry.turns == []


async def test_a_reminders_buttons_name_their_case(holder: CaseHolder) -> None:
    """Move and cancel of one of several: handed over at once, as the button said it."""
    holder.cases = [appointment(), appointment(2)]
    await status(holder, reference="MR2026-0002")
    await holder.press("取消预约")
    turn, _ = holder.registry.turns[-1]
    assert (holder.changing, turn.first("field"), turn.kind) == ("marriage_registration-2", "give_up", "payload")


async def test_an_appointment_of_another_city_is_changed_there(holder: CaseHolder) -> None:
    """The conversation has moved: said so, with a button that moves it back."""
    holder.cases = [appointment(city="elsewhere")]
    heard = await change(holder)
    assert "他城" in heard
    assert holder.registry.turns == []
    assert any("他城" in title for title in holder.buttons)


async def test_a_failing_change_is_tried_again_as_a_change(holder: CaseHolder) -> None:
    """The button to try again does not begin a new booking."""
    holder.cases = [appointment()]
    holder.registry.failure = BackendUnavailable()
    await change(holder)
    holder.registry.failure = None
    await holder.press("再试一次")
    assert holder.changing == "marriage_registration-1"


@pytest.mark.parametrize(
    ("at", "changing"),
    [("2026-11-24T01:01:00+00:00", "marriage_registration-1"), ("2026-11-24T01:00:00+00:00", None)],
)
async def test_an_appointment_is_past_by_its_own_time(holder: CaseHolder, at: str, changing: str | None) -> None:
    """To the minute, and whatever offset it is written with: it is 9:00 in the city."""
    holder.cases = [appointment(at=at)]
    await change(holder)
    assert holder.changing == changing
