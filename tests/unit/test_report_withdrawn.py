"""A report is taken back, and made without a telephone, where the agency's server admits that."""

from dataclasses import replace

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES
from fixtures.turns import BEYOND_A_NOTE, knowing, turn_of

from actions.backends.open311 import Protocol
from desk.contract.errors import BackendRefused, BackendUnavailable
from desk.contract.messages import CaseNote, KeepCase
from desk.texts.catalogs import Catalogs

ADMITS = Protocol(withdraw_path="/requests/{id}/withdrawal", anonymous=True)


def reporter(catalogs: Catalogs, protocol: Protocol = ADMITS) -> Reporter:
    """A resident whose hotline admits so much."""
    return Reporter(catalogs, SERVICES, protocol=protocol)


async def reported(resident: Reporter) -> CaseNote:
    """A street light is reported; answers the case."""
    await resident.summed_up()
    await resident.say("确认", "affirm")
    return CaseNote.model_validate(resident.case.model_dump(exclude=BEYOND_A_NOTE))


async def withdraws(resident: Reporter, case: CaseNote, text: str = "撤回刚才的投诉", intent: str = "cancel") -> str:
    """Say something that is surely meant to call it off, or an answer to that."""
    turn = turn_of("c", "text", intent, resident.city, resident.locale, resident.now, text=text)
    commands = (("withdraw", 0.95),) if intent == "cancel" else ()
    return await resident.take(knowing(replace(turn, commands=commands), cases=(case,)))


async def test_a_report_is_taken_back_after_a_yes(catalogs: Catalogs) -> None:
    """The agency is told once it is confirmed, and the case is over."""
    resident = reporter(catalogs)
    case = await reported(resident)
    said = await withdraws(resident, case)
    assert case.reference in said
    assert resident.hotline.standing == {}
    said = await withdraws(resident, case, "是的", "affirm")
    assert "已经撤回" in said
    assert resident.hotline.standing == {case.reference: ("closed", "withdrawn")}
    [kept] = [one for one in resident.effects if isinstance(one, KeepCase)]
    assert (kept.status, kept.over) == ("withdrawn", True)


@pytest.mark.parametrize(
    "text", ["撤回刚才的反映", "I want to withdraw that report", "我报的那个路灯撤了吧", "撤咗頭先個投訴"]
)
async def test_words_say_it_where_the_model_is_not_sure(catalogs: Catalogs, text: str) -> None:
    """What was reported is asked about, also beside an appointment made since."""
    resident = reporter(catalogs)
    case = await reported(resident)
    booked = case.model_copy(update={"case": "later-1", "kind": "appointment", "reference": "A1"})
    turn = turn_of("c", "text", "nlu_fallback", resident.city, resident.locale, resident.now, text=text)
    turn = replace(turn, commands=(("withdraw", 0.37), ("start", 0.3)))
    assert case.reference in await resident.take(knowing(turn, cases=(booked, case)))
    assert resident.session.front is not None


@pytest.mark.parametrize("text", ["我想提取公积金", "how do I withdraw my housing fund?", "我要举报有人把告示牌撤了"])
async def test_other_words_take_nothing_back(catalogs: Catalogs, text: str) -> None:
    """A report stands while something else is spoken of."""
    resident = reporter(catalogs)
    case = await reported(resident)
    turn = turn_of("c", "text", "nlu_fallback", resident.city, resident.locale, resident.now, text=text)
    turn = replace(turn, commands=(("withdraw", 0.37), ("start", 0.3)))
    assert case.reference not in await resident.take(knowing(turn, cases=(case,)))


async def test_a_no_leaves_it(catalogs: Catalogs) -> None:
    """Nothing is told to the agency."""
    resident = reporter(catalogs)
    case = await reported(resident)
    await withdraws(resident, case)
    assert "照常办理" in await withdraws(resident, case, "不撤了", "deny")
    assert resident.hotline.standing == {}


async def test_another_problem_instead_lets_it_stand(catalogs: Catalogs) -> None:
    """What is told then is a report of its own."""
    resident = reporter(catalogs)
    case = await reported(resident)
    await withdraws(resident, case)
    said = await withdraws(resident, case, "文三路有个井盖松了", "report_problem")
    assert "照常办理" in said
    assert (resident.state, resident.hotline.standing) == (("report_problem", "place"), {})


async def test_what_is_no_answer_leaves_the_question(catalogs: Catalogs) -> None:
    """It is neither taken back nor left."""
    resident = reporter(catalogs)
    case = await reported(resident)
    await withdraws(resident, case)
    await withdraws(resident, case, "嗯这个嘛", "nlu_fallback")
    assert resident.session.front is not None
    assert "已经撤回" in await withdraws(resident, case, "是的", "affirm")


async def test_what_was_taken_back_is_said_to_be(catalogs: Catalogs) -> None:
    """Asked how it stands, and called off again."""
    resident = reporter(catalogs)
    case = (await reported(resident)).model_copy(update={"status": "withdrawn", "over": True})
    assert "已撤回" in await withdraws(resident, case, "我反映的办得怎么样了", "request_status")
    await withdraws(resident, case)
    assert resident.session.front is None


async def test_where_the_server_admits_none_whom_to_call_is_said(catalogs: Catalogs) -> None:
    """No question is asked that could do nothing."""
    resident = reporter(catalogs, Protocol())
    case = await reported(resident)
    assert "这里不能直接撤回" in await withdraws(resident, case)
    assert resident.session.front is None


@pytest.mark.parametrize(
    ("failure", "part", "open_still"),
    [
        (BackendRefused("closed", status=409, code="http-409"), "没有同意撤回", False),
        (BackendUnavailable("down"), "要撤回", True),
    ],
)
async def test_what_fails_is_said(catalogs: Catalogs, failure: Exception, part: str, open_still: bool) -> None:
    """A refusal with whom to call; a system that is away keeps the question, so that a yes tries again."""
    resident = reporter(catalogs)
    case = await reported(resident)
    await withdraws(resident, case)
    resident.hotline.failures.append(failure)
    said = await withdraws(resident, case, "是的", "affirm")
    assert part in said
    assert (resident.session.front is not None) is open_still


@pytest.mark.parametrize("said", ["跳过", "我想匿名", "不想留电话", "anonymously please"])
async def test_a_report_needs_no_telephone_where_none_is_needed(catalogs: Catalogs, said: str) -> None:
    """The question says so; the summary has no number, and none is sent."""
    resident = reporter(catalogs)
    asked = await resident.tell("文三路路灯不亮", place="文三路")
    assert "匿名" in asked
    noted = await resident.say(said, "deny" if said == "我想匿名" else "nlu_fallback")
    assert ("匿名反映" in noted) is (said != "跳过")
    summary = await resident.tell("没有", "deny")
    assert "手机号" not in summary
    await resident.say("确认", "affirm")
    assert resident.hotline.only.phone is None


async def test_who_says_it_first_is_not_asked(catalogs: Catalogs) -> None:
    """A report that begins so goes on without the number."""
    resident = reporter(catalogs)
    await resident.tell("我要匿名举报文三路路灯不亮", place="文三路")
    assert resident.state == ("report_problem", "photo")


@pytest.mark.parametrize(
    ("first", "said"),
    [("路灯不亮", "我想匿名"), ("路灯不亮", "can I stay anonymous?"), ("我要反映问题", "可以匿名吗？")],
)
async def test_staying_unnamed_is_no_place_and_no_description(catalogs: Catalogs, first: str, said: str) -> None:
    """Said while anything else is asked: the question stays, and the words are no answer to it."""
    resident = reporter(catalogs)
    await resident.tell(first)
    asked = resident.state
    await resident.say(said, "nlu_fallback")
    assert resident.state == asked
    summary = [await resident.tell("文三路路灯不亮", place="文三路"), await resident.tell("没有", "deny")][-1]
    assert "匿名" not in summary
    assert "anonymous" not in summary


async def test_another_who_leaves_no_number_is_no_wish(catalogs: Catalogs) -> None:
    """What is reported of somebody else is not done for the resident."""
    resident = reporter(catalogs)
    await resident.tell("文三路路灯被人撞坏了，他不留电话就走了", place="文三路")
    assert resident.state == ("report_problem", "phone")


async def test_where_a_number_is_needed_that_is_said_with_another_way(catalogs: Catalogs) -> None:
    """What the number is for, and the telephone that takes it without one; the question stays."""
    resident = reporter(catalogs, Protocol())
    await resident.tell("文三路路灯不亮", place="文三路")
    said = await resident.say("可以匿名不嘛", "nlu_fallback")
    assert "匿名致电" in said
    assert resident.state == ("report_problem", "phone")
