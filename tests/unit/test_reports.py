"""Reports in a dialogue: the kind report over a hotline with memory, in the product's texts."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from fixtures.dialogue import MORNING, TESTVILLE
from fixtures.hotline import LINKS, PHOTO, SITE, Reporter
from fixtures.services import SERVICES
from fixtures.turns import BEYOND_A_NOTE, knowing, turn_of

from actions.dialogue.state.turn import Part, Typed
from actions.kinds.report.form import Form
from actions.kinds.report.pinyin import as_typed
from actions.schema import ReportService
from desk.contract.errors import BackendRefused, BackendUnavailable
from desk.contract.messages import CaseNote, Entity
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

DONE = (None, None)
ASKS_PLACE, ASKS_PHONE = ("report_problem", "place"), ("report_problem", "phone")
ASKS_PHOTO, ASKS_CATEGORY = ("report_problem", "photo"), ("report_problem", "category")
SUMMARY = ("report_problem", None)


@pytest.fixture
def resident(catalogs: Catalogs) -> Reporter:
    return Reporter(catalogs, SERVICES)


async def test_all_in_one_sentence_needs_a_photo_or_none_and_a_yes(resident: Reporter) -> None:
    """Category, place and phone of one sentence are taken; the photo is skipped; a yes submits once."""
    said = await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    assert "路灯故障" in said
    assert resident.state == ASKS_PHOTO
    said = await resident.press("跳过")
    assert [part for part in ("路灯故障", "文三路学院路口", "*******8000", "路灯不亮了") if part not in said] == []
    assert "13800138000" not in said
    assert resident.state == SUMMARY
    assert resident.hotline.reports == {}
    said = await resident.press("确认")
    assert resident.state == DONE
    assert "R0" in said
    report = resident.hotline.only
    assert (report.service_code, report.address, report.phone) == ("light", "文三路学院路口", "13800138000")
    assert resident.case.contact_phone == "13800138000"
    assert report.description == "文三路学院路口路灯不亮了"
    assert (resident.case.kind, resident.case.reference, resident.case.status) == ("report", "R0", "open")


@pytest.mark.parametrize(
    ("locale", "text", "place", "category"),
    [
        ("zh_Hans", "文三路井盖松了", "文三路", "井盖缺失或松动"),
        ("zh_Hant", "文三路井蓋鬆了", "文三路", "井蓋缺失或鬆動"),
        ("en", "a manhole cover is loose on Wensan Road", "Wensan Road", "Manhole cover"),
    ],
)
async def test_category_is_inferred_and_named_in_each_language(
    catalogs: Catalogs, locale: Locale, text: str, place: str, category: str
) -> None:
    """The agency's words find the category; the resident reads it in their language."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    assert category in await resident.tell(text, place=place)
    assert resident.state == ASKS_PHONE


async def test_personal_data_is_asked_with_its_reason(resident: Reporter) -> None:
    """Beside the question for the phone stands why, and which agency."""
    said = await resident.tell("文三路路灯不亮", place="文三路")
    assert "试城交警" in said


@pytest.mark.parametrize("place", ["我家楼下", "小区门口", "呢度", "outside my office", "这条路上"])
async def test_a_place_relative_to_the_speaker_is_asked_for_again(resident: Reporter, place: str) -> None:
    """What only the speaker knows is no place; the reason has examples, and nothing else is lost."""
    said = await resident.tell(f"{place}路灯不亮", place=place)
    assert resident.state == ASKS_PLACE
    assert place in said
    assert "例如" in said
    await resident.tell("文三路与学院路路口", "inform")
    assert resident.state == ASKS_PHONE


async def test_a_landmark_that_nothing_marks_is_taken_where_a_place_is_asked(resident: Reporter) -> None:
    """At the question for the place, a message that is not understood is the place as written."""
    await resident.tell("路灯不亮")
    await resident.tell("崗頂", "nlu_fallback")
    assert resident.state == ASKS_PHONE


async def test_a_whole_report_is_no_place(catalogs: Catalogs) -> None:
    """A sentence that ends in a street is not taken as a place, but for what is marked in it."""
    resident = Reporter(catalogs, SERVICES, locale="en")
    said = await resident.tell("a manhole cover came loose in my street")
    assert "Manhole cover" in said
    assert resident.state == ASKS_PLACE


async def test_another_wish_is_no_place(resident: Reporter) -> None:
    """At the question for the place, a question about something else is not written down as one."""
    await resident.tell("路灯不亮")
    await resident.tell("讲个笑话", "out_of_scope")
    assert resident.session.front is not None
    assert "place" not in resident.session.front.values


@pytest.mark.parametrize(("datum", "shift"), [("wgs84", 0.0), ("gcj02", 0.001)])
async def test_a_shared_place_is_sent_as_wgs84(resident: Reporter, datum: str, shift: float) -> None:
    """Phones in China give GCJ-02; the agency gets WGS 84."""
    await resident.tell("路灯不亮")
    await resident.share_at(30.0, 120.0, datum)
    await resident.tell("13800138000", "inform", phone="13800138000")
    await resident.tell("没有", "deny")
    await resident.press("确认")
    report = resident.hotline.only
    assert report.address is None
    assert report.lat is not None
    assert shift <= abs(report.lat - 30.0) <= shift + 0.01


async def test_a_shared_place_outside_the_city_is_refused_with_the_reason(resident: Reporter) -> None:
    """It is said that it lies outside, and the place is still asked for."""
    await resident.tell("路灯不亮")
    said = await resident.share_at(45.0, 100.0)
    assert "不在试城范围内" in said
    assert resident.state == ASKS_PLACE


async def test_a_photo_is_attached_by_an_address_that_expires(resident: Reporter) -> None:
    """A picture sent while the form is open is taken, whatever is asked; the agency gets an address for 30 days."""
    await resident.tell("文三路路灯不亮", place="文三路")
    assert "照片已收到" in await resident.send_photo()
    assert resident.state == ASKS_PHONE
    said = await resident.tell("13800138000", "inform", phone="13800138000")
    assert "照片：已附上" in said
    await resident.press("确认")
    address = resident.hotline.only.media_url
    assert address is not None
    code = address.removeprefix(f"{SITE}/media/")
    assert LINKS.opens(code, resident.now + timedelta(days=29)) == UUID(PHOTO)
    assert LINKS.opens(code, resident.now + timedelta(days=31)) is None


async def test_a_no_to_the_photo_ends_nothing(resident: Reporter) -> None:
    """Beside a question, too: what may be left out is refused so."""
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    assert resident.state == ASKS_PHOTO
    parts = (Part("要照片干什么", "nlu_fallback", 0.4, commands=(("ask_why", 0.9),)), Part("没有", "deny", 0.99))
    await resident.say("要照片干什么，没有", "nlu_fallback", parts=parts)
    assert resident.state[0] == "report_problem"
    assert resident.outcome.session.open[-1].values["place"]


async def test_a_voice_message_is_kept_for_a_clerk(resident: Reporter) -> None:
    """What is no picture is not attached; the question is asked again."""
    await resident.tell("文三路路灯不亮", place="文三路")
    assert "语音已保存" in await resident.send_photo("audio/ogg")
    assert resident.state == ASKS_PHONE


async def test_without_public_address_no_photo_is_asked_for(catalogs: Catalogs) -> None:
    """Where the agency could not fetch a photo, none is asked for."""
    resident = Reporter(catalogs, SERVICES, photos=False)
    await resident.tell("文三路路灯不亮", place="文三路")
    await resident.tell("13800138000", "inform", phone="13800138000")
    assert resident.state == SUMMARY


async def test_category_and_place_are_changed_at_the_summary(resident: Reporter) -> None:
    """Buttons and words change both; the summary returns with the new values, the old are not used."""
    await resident.summed_up()
    await resident.press("修改")
    await resident.press("类别")
    assert resident.state == ASKS_CATEGORY
    await resident.press("井盖缺失或松动")
    assert resident.state == SUMMARY
    await resident.tell("地点错了", "correct")
    assert resident.state == ASKS_PLACE
    said = await resident.tell("解放路12号", "inform", place="解放路12号")
    assert resident.state == SUMMARY
    assert "文三路\n" not in said.split("请核对")[1].replace("文三路路灯不亮", "")
    await resident.press("确认")
    assert (resident.hotline.only.service_code, resident.hotline.only.address) == ("cover", "解放路12号")


async def test_a_correction_in_words_changes_the_category(resident: Reporter) -> None:
    """At the summary, what is corrected in words is inferred anew and said."""
    await resident.summed_up()
    said = await resident.tell("不对，是井盖松了", "correct")
    assert "类别改为“井盖缺失或松动”" in said
    assert resident.state == SUMMARY


async def test_an_unsure_category_is_asked_with_buttons(resident: Reporter) -> None:
    """Where nothing fits, all categories are on buttons; the words stay the description."""
    await resident.tell("有人在河里钓鱼")
    assert resident.state == ASKS_CATEGORY
    assert "路灯故障" in resident.buttons
    await resident.press("意见建议")
    assert resident.state == ASKS_PLACE
    assert resident.session.front is not None
    assert resident.session.front.values["description"] == "有人在河里钓鱼"


async def test_nothing_said_of_the_problem_is_asked_for_first(resident: Reporter) -> None:
    """ "I want to complain" says nothing of the problem; the next words are both description and category."""
    await resident.tell("我要投诉")
    assert resident.state == ASKS_CATEGORY
    await resident.tell("街上路灯都不亮", "nlu_fallback")
    assert resident.state == ASKS_PLACE


async def test_a_list_that_the_category_asks_is_on_buttons(resident: Reporter) -> None:
    """A required attribute is asked in the agency's words, stands in the summary, and is sent."""
    await resident.tell("文三路工地太吵", place="文三路")
    assert resident.state == ("report_problem", "attribute")
    await resident.press("工地")
    await resident.tell("13800138000", "inform", phone="13800138000")
    said = await resident.press("跳过")
    assert "噪音来自哪里？：工地" in said
    await resident.press("确认")
    assert resident.hotline.only.attributes == [("SOURCE", "site")]


async def test_what_the_sentence_says_is_not_asked_again(resident: Reporter) -> None:
    """The line of the bus was named: the category's question is answered."""
    await resident.tell("28路司机不停站 就在文三路", place="文三路", bus_line="28路")
    assert resident.state == ASKS_PHONE


async def test_an_attribute_in_words_is_taken_as_written(resident: Reporter) -> None:
    """A bare answer is taken, whatever it sounds like."""
    await resident.tell("文三路公交司机骂人", place="文三路")
    assert resident.state == ("report_problem", "attribute")
    await resident.tell("28路", "next_bus", bus_line="28路")
    assert resident.state == ASKS_PHONE


async def test_cancelling_submits_nothing(resident: Reporter) -> None:
    """After cancel nothing was sent and nothing is kept."""
    await resident.summed_up()
    await resident.tell("取消", "cancel")
    assert resident.state == DONE
    assert resident.hotline.submissions == 0


async def test_a_system_that_is_down_at_submit_loses_nothing(resident: Reporter) -> None:
    """It is said that nothing was submitted; trying again submits once."""
    await resident.summed_up()
    resident.hotline.failures.append(BackendUnavailable())
    said = await resident.press("确认")
    assert "没有提交成功" in said
    assert resident.hotline.reports == {}
    assert (resident.case.status, resident.case.over) == ("not_sent", False)
    kept = resident.case.case
    await resident.press("再试一次")
    assert resident.state == DONE
    assert len(resident.hotline.reports) == 1
    assert (resident.case.case, resident.case.status) == (kept, "open")


async def test_what_could_not_be_sent_and_is_not_wished_any_more_is_over(resident: Reporter) -> None:
    """A cancel ends what is kept of it, so that no clerk sees to it; until then its status is said without asking."""
    await resident.summed_up()
    resident.hotline.failures.append(BackendUnavailable())
    await resident.press("确认")
    case = CaseNote.model_validate(resident.case.model_dump(exclude=BEYOND_A_NOTE))
    assert (await resident.handler.status(case)).said.key == "report.status_not_sent"
    turn = turn_of("c", "text", "cancel", resident.city, resident.locale, resident.now, text="取消")
    said = await resident.take(knowing(turn, cases=(case,)))
    assert "已停止办理" in said
    assert resident.state == DONE
    assert (resident.case.case, resident.case.status, resident.case.over) == (case.case, "withdrawn", True)
    assert resident.hotline.submissions == 1


async def test_what_was_lost_after_it_could_not_be_sent_is_looked_for(resident: Reporter) -> None:
    """A second try of which nothing is known counts: a cancel calls nothing off that the agency may have."""
    await resident.summed_up()
    resident.hotline.failures.append(BackendUnavailable())
    await resident.press("确认")
    resident.hotline.lost = 1
    await resident.press("再试一次")
    assert (resident.case.status, resident.case.over) == ("unknown", False)
    await resident.tell("取消", "cancel")
    assert resident.effects == ()


async def test_an_unknown_outcome_is_kept_and_looked_for(resident: Reporter) -> None:
    """What may have been taken is kept as unknown; trying again finds it under the same key."""
    await resident.summed_up()
    resident.hotline.lost = 1
    said = await resident.press("确认")
    assert "不能确定" in said
    assert (resident.case.status, resident.case.over) == ("unknown", False)
    said = await resident.tell("文三路不对，是解放路", "correct", place="解放路")
    assert "不能确定" in said
    await resident.press("再试一次")
    assert resident.hotline.sent == [None, resident.now]
    assert len(resident.hotline.reports) == 1
    assert (resident.case.reference, resident.case.status) == ("R0", "open")


async def test_a_refusal_is_said_with_whom_to_call(resident: Reporter) -> None:
    """What the agency does not take stays in the form."""
    await resident.summed_up()
    resident.hotline.failures.append(BackendRefused(status=400))
    assert "0000-122" in await resident.press("确认")
    assert resident.state == SUMMARY


async def test_a_category_that_is_gone_is_asked_for_anew(resident: Reporter) -> None:
    """A category that the agency no longer has is said; the rest stays."""
    await resident.summed_up()
    resident.hotline.failures.append(BackendRefused(status=404))
    await resident.press("确认")
    assert resident.state == ASKS_CATEGORY
    await resident.press("井盖缺失或松动")
    assert resident.state == SUMMARY


async def test_a_system_that_is_down_at_the_beginning_loses_nothing(resident: Reporter) -> None:
    """The words stay: once the list is there, the category follows from them."""
    resident.hotline.list_failures.append(BackendUnavailable())
    await resident.tell("文三路路灯不亮", place="文三路")
    assert "再试一次" in resident.buttons
    await resident.press("再试一次")
    assert resident.state == ASKS_PHONE


async def test_a_digression_returns_to_the_question(resident: Reporter) -> None:
    """The bus in between is answered; then the open question returns."""
    await resident.tell("文三路路灯不亮", place="文三路")
    await resident.say("下一班车到武林广场", "next_bus", stop="武林广场")
    assert resident.state == ASKS_PHONE


async def test_two_reports_are_two(resident: Reporter) -> None:
    """A second report in the conversation has a key of its own."""
    for text in ("路灯不亮", "井盖松了"):
        await resident.summed_up(text)
        await resident.press("确认")
    assert [one.service_code for one in resident.hotline.reports.values()] == ["light", "cover"]


@pytest.mark.parametrize(
    ("text", "status", "notes", "said", "over"),
    [
        ("路灯不亮", "open", "已派单", "report.status_open_notes", False),
        ("路灯不亮", "closed", "已修复", "report.status_closed_notes", True),
        ("停水了", "open", "", "report.status_open", False),
    ],
)
async def test_status_is_the_agencys(
    resident: Reporter, text: str, status: str, notes: str, said: str, over: bool
) -> None:
    """Status and notes are asked of the agency; a token becomes its number on the way."""
    await resident.summed_up(text)
    await resident.press("确认")
    resident.hotline.standing["R0"] = (status, notes)
    answer = await resident.handler.status(resident.case)
    assert (answer.said.key, answer.case.over, answer.case.reference) == (said, over, "R0")


async def test_status_of_a_token_without_number_waits(resident: Reporter) -> None:
    """Before the agency has given a number, the report is submitted and nothing more is claimed."""
    await resident.summed_up("停水了")
    await resident.press("确认")
    resident.hotline.numbered = False
    answer = await resident.handler.status(resident.case)
    assert (answer.said.key, answer.case.status) == ("report.status_submitted", "submitted")


@pytest.mark.parametrize(
    ("taken", "hours", "status"), [(True, 0, "open"), (False, 0, "unknown"), (False, 2, "not_received")]
)
async def test_status_settles_what_was_unknown(resident: Reporter, taken: bool, hours: int, status: str) -> None:
    """A report that may have been taken is found, or after an hour known not to be there."""
    await resident.summed_up()
    resident.hotline.lost = 1
    await resident.press("确认")
    if not taken:
        resident.hotline.reports.clear()
    resident.wait(hours=hours)
    answer = await resident.handler.status(resident.case)
    assert (answer.case.status, answer.case.over) == (status, status == "not_received")


async def test_what_gets_no_answer_is_said_and_over(resident: Reporter) -> None:
    """A suggestion is passed on: no number, nothing to follow."""
    await resident.summed_up("建议装一盏路牌")
    said = await resident.press("确认")
    assert "不逐件答复" in said
    assert resident.case.over


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("文三路的路灯不亮 电话13800138000", "文三路的路灯不亮"),
        ("文三路的路灯不亮，我的手机号是13800138000，麻烦了", "文三路的路灯不亮"),
        ("there is a pothole on Wensan Road, my number is 13800138000", "there is a pothole on Wensan Road"),
        ("文三路嘅路燈唔著 電話：13800138000", "文三路嘅路燈唔著"),
        ("路口的公用电话亭被砸了", "路口的公用电话亭被砸了"),
    ],
)
def test_a_telephone_goes_with_the_words_that_name_it(text: str, kept: str) -> None:
    """The description that the agency gets does not end in 电话: the number has a field of its own."""
    declared = SERVICES["report_problem"]
    assert isinstance(declared, ReportService)
    turn = turn_of("c", "text", "report_problem", TESTVILLE, "zh_Hans", MORNING, text=text)
    form = Form("report_problem", declared, (), TESTVILLE, with_photo=False)
    assert form.description(turn) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("真係？咁你幫我報畀12345啦，有架車泊死咗行人路，晋L33T90", "有架車泊死咗行人路，晋L33T90"),
        ("能不能帮我反映一下？文三路的井盖烂了，孩子们放学都走那", "文三路的井盖烂了，孩子们放学都走那"),
        ("Can you report this please? The lamp by the school is dark.", "The lamp by the school is dark"),
        ("路灯坏了，谁来管？天一黑什么都看不见", "路灯坏了，谁来管？天一黑什么都看不见"),
        ("文三路口的路灯坏了没人管吗？", "文三路口的路灯坏了没人管吗？"),
    ],
)
def test_a_description_is_what_tells_of_the_problem(text: str, kept: str) -> None:
    """Neither the wish to report nor a question before or behind; in the midst, and alone, all stays."""
    declared = SERVICES["report_problem"]
    assert isinstance(declared, ReportService)
    turn = turn_of("c", "text", "report_problem", TESTVILLE, "zh_Hans", MORNING, text=text)
    assert Form("report_problem", declared, (), TESTVILLE, with_photo=False).description(turn) == kept


def test_a_complaint_to_the_machine_is_no_description() -> None:
    """Its clause says so, as the model reads it."""
    declared = SERVICES["report_problem"]
    assert isinstance(declared, ReportService)
    parts = (Part("你这机器真笨", "complain_about_bot", 0.95), Part("文三路井盖没了", "report_problem", 0.9))
    text = "你这机器真笨，文三路井盖没了"
    turn = turn_of("c", "text", "report_problem", TESTVILLE, "zh_Hans", MORNING, text=text, parts=parts)
    assert Form("report_problem", declared, (), TESTVILLE, with_photo=False).description(turn) == "文三路井盖没了"


TYPED = "wen chang jie, mai yu de na ge lu kou"
MEANT = "文长节,卖鱼的那个路口"


def _typed() -> Typed:
    """The message in pinyin, each of its syllables a character."""
    words = [found.span() for found in re.finditer(r"[a-z]+|,", TYPED)]
    return Typed(TYPED, tuple(words), MEANT)


@pytest.mark.parametrize(
    ("names", "place"),
    [({}, TYPED), ({"wen chang jie": "文昌街"}, "文昌街, mai yu de na ge lu kou")],
)
def test_a_place_in_pinyin_is_no_guess(names: dict[str, str], place: str) -> None:
    """A name that the city has stands in its characters, all else as it was typed."""
    assert as_typed("文长节，卖鱼的那个路口", _typed(), names.get) == place


async def test_a_report_in_pinyin_is_filed_as_it_was_typed(resident: Reporter) -> None:
    """The place, and behind what was read of it the problem."""
    await resident.tell("井盖没了")
    turn = turn_of(
        "c", "text", "inform", resident.city, resident.locale, resident.now, text=MEANT, typed=_typed(),
        entities=(Entity(entity="place", value="文长节"),),
    )  # fmt: skip
    said = await resident.take(turn)
    assert "mai yu de na ge lu kou" in said
    assert "文长节" not in said


async def test_an_agency_reads_nothing_unseen(resident: Reporter) -> None:
    """Turns of direction and invisible characters of a resident's words do not reach who repairs."""
    await resident.tell(
        "文三路学院路口路灯不亮了\u202e\u200b 电话13800138000", place="文三路学院路口", phone="13800138000"
    )
    await resident.press("跳过")
    await resident.press("确认")
    report = resident.hotline.only
    assert (report.description, report.address) == ("文三路学院路口路灯不亮了", "文三路学院路口")


async def test_more_of_a_place_may_be_a_sentence(resident: Reporter) -> None:
    """What its shop is called and what it faces stay with the road."""
    await resident.tell("井盖没了")
    place = "文三路南边，我间铺叫何记粥面，对正邮局"
    said = await resident.tell(place, intent="inform", place="文三路南边")
    assert "对正邮局" in said
    front = resident.session.front
    assert front is not None
    assert front.values["place"] == place


async def test_what_is_missing_in_the_place_is_put_right_at_the_summary(resident: Reporter) -> None:
    """Though its clauses sound like questions."""
    await resident.summed_up("路灯不亮", "文三路南边")
    said = await resident.tell("地点唔齐，漏咗「何记粥面对面」呀", intent="correct")
    assert "文三路南边，何记粥面对面" in said
