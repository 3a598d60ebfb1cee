"""Moving a conversation: digressions, cancel, choices, languages, silence, not understood, and what is not offered."""

from pathlib import Path

import pytest
from fixtures.dialogue import CITIES, ELSEWHERE, NOTICE, PLATE, TAIL, Resident

from actions.dialogue.languages import reply_locale, wished
from actions.services import load_services
from desk.errors import BackendUnavailable
from desk.i18n import Catalogs
from desk.messages import Erase, Locale, OpenTicket

SERVICES = load_services(Path(__file__).parents[2] / "nlu")
WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")
NOTHING = (None, None)


@pytest.fixture(scope="module")
def catalogs(catalogs_folder: Path) -> Catalogs:
    return Catalogs(catalogs_folder, strict=True)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES)


async def asked_for_tail(resident: Resident) -> None:
    await resident.say(f"{PLATE}有没有违章", "traffic_fines", plate=PLATE)


# Digressions


async def test_digression_is_answered_then_the_question_returns(resident: Resident) -> None:
    """The bus in the middle of the fines: its answer, then the open question; the fines go on with what was given."""
    await asked_for_tail(resident)
    said = await resident.say("下一班到武林的车", "next_bus", stop="武林")
    assert "bus at 武林" in said
    assert "车架号的后六位" in said
    assert resident.state == WAITS_FOR_TAIL
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_digression_that_asks_comes_first(resident: Resident) -> None:
    """A digression with a question of its own is finished before the older question returns."""
    await asked_for_tail(resident)
    await resident.say("下一班车", "next_bus")
    assert resident.state == ("next_bus", "stop")
    said = await resident.say("武林广场", "inform", stop="武林广场")
    assert said.index("bus at 武林广场") < said.index("车架号的后六位")
    assert resident.state == WAITS_FOR_TAIL


async def test_service_that_waits_is_gone_on_with_when_wished(resident: Resident) -> None:
    """Naming the older service brings it to the front; nothing it knows is lost."""
    await asked_for_tail(resident)
    await resident.say("下一班车", "next_bus")
    await resident.say("还是先查违章", "traffic_fines")
    assert resident.state == WAITS_FOR_TAIL


async def test_follow_up_reaches_across_a_digression(resident: Resident) -> None:
    """现在到哪了 belongs to the bus that was looked up, also with another question open."""
    await resident.say("武林的车", "next_bus", stop="武林")
    await asked_for_tail(resident)
    said = await resident.say("现在到哪了", "next_bus")
    assert "bus at 武林" in said
    assert resident.state == WAITS_FOR_TAIL


async def test_follow_up_ends_after_half_an_hour(resident: Resident) -> None:
    """A finished look-up is kept 30 minutes."""
    await resident.say("武林的车", "next_bus", stop="武林")
    resident.wait(minutes=30)
    await resident.say("现在到哪了", "next_bus")
    assert resident.state == ("next_bus", "stop")


@pytest.mark.parametrize(
    ("text", "intent"),
    [("你好", "greet"), ("谢谢", "thanks"), ("你能干什么", "list_services"), ("交电费", "utility_bills")],
)
async def test_courtesy_and_questions_leave_the_question_open(resident: Resident, text: str, intent: str) -> None:
    """What is said in the middle is answered, and the question asked again."""
    await asked_for_tail(resident)
    assert "车架号的后六位" in await resident.say(text, intent)
    assert resident.state == WAITS_FOR_TAIL


# Cancel, restart


async def test_cancel_ends_the_service_and_drops_its_values(resident: Resident) -> None:
    """After cancel nothing is in progress, and a new look-up knows no plate."""
    await asked_for_tail(resident)
    await resident.say("算了", "cancel")
    assert resident.state == NOTHING
    await resident.say("查违章", "traffic_fines")
    assert resident.state == ("traffic_fines", "plate")


async def test_cancel_in_a_digression_returns_to_the_older_question(resident: Resident) -> None:
    """Cancel ends what is being talked about, not what waits behind it."""
    await asked_for_tail(resident)
    await resident.say("下一班车", "next_bus")
    assert "车架号的后六位" in await resident.say("取消", "cancel")
    assert resident.state == WAITS_FOR_TAIL


async def test_cancel_ends_follow_ups(resident: Resident) -> None:
    """What was looked up is forgotten by cancel."""
    await resident.say("武林的车", "next_bus", stop="武林")
    await resident.say("取消", "cancel")
    await resident.say("现在到哪了", "next_bus")
    assert resident.state == ("next_bus", "stop")


async def test_restart_drops_everything(resident: Resident) -> None:
    """重新开始: all services end, and what can be done is offered."""
    await asked_for_tail(resident)
    await resident.say("下一班车", "next_bus")
    await resident.say("重新开始", "restart")
    assert resident.state == NOTHING
    assert "交通违章查询" in resident.buttons


@pytest.mark.parametrize("intent", ["cancel", "affirm", "deny", "choose", "go_back", "correct"])
async def test_moves_without_anything_open_say_so(resident: Resident, intent: str) -> None:
    """A yes, no or cancel that belongs to nothing gets an answer with a next step."""
    assert "没有正在办理" in await resident.say("好", intent)
    assert "交通违章查询" in resident.buttons


# Choices


@pytest.mark.parametrize(
    ("text", "ordinal", "asks_for"),
    [("第一个", "第一个", "plate"), ("最后一个", "最后一个", "stop"), ("the second one", "second", "stop")],
)
async def test_choice_by_ordinal(resident: Resident, text: str, ordinal: str, asks_for: str) -> None:
    """An ordinal presses the button at that place."""
    await resident.say("你能干什么", "list_services")
    await resident.say(text, "choose", ordinal=ordinal)
    assert resident.state[1] == asks_for


async def test_choice_by_bare_number(resident: Resident) -> None:
    """A bare 2 chooses where nothing else is meant by it."""
    await resident.say("你能干什么", "list_services")
    await resident.say("2", "nlu_fallback")
    assert resident.state == ("next_bus", "stop")


async def test_choice_beyond_the_last_says_how_many_there_are(resident: Resident) -> None:
    """第八个 of two: said so, and the choice stays open."""
    await resident.say("你能干什么", "list_services")
    assert "2个" in await resident.say("第八个", "choose", ordinal="第八个")
    await resident.say("第一个", "choose", ordinal="第一个")
    assert resident.state == ("traffic_fines", "plate")


# Values and places without a wish


async def test_bare_plate_offers_what_can_be_done(resident: Resident) -> None:
    """A plate out of nowhere is not asked for again once its service is chosen."""
    await resident.say(PLATE, "inform", plate=PLATE)
    assert resident.state == NOTHING
    await resident.press("交通违章查询")
    assert resident.state == WAITS_FOR_TAIL


async def test_location_begins_the_service_that_wants_it(resident: Resident) -> None:
    """A shared place with nothing open is for the buses, the only service here that takes one."""
    assert "bus at here" in await resident.share()


async def test_location_in_a_city_that_needs_none(resident: Resident) -> None:
    """Where no service takes a place, that is said, with what can be done."""
    resident.city = ELSEWHERE
    assert "没有需要用到位置" in await resident.share()
    assert "交通违章查询" in resident.buttons


@pytest.mark.parametrize(("content_type", "word"), [("audio/ogg", "语音"), ("image/jpeg", "文件")])
async def test_media_is_kept_and_words_are_asked(resident: Resident, content_type: str, word: str) -> None:
    """A file is kept, the resident is asked to type, and the open question returns."""
    await asked_for_tail(resident)
    said = await resident.send_file(content_type)
    assert word in said
    assert "打字" in said
    assert resident.state == WAITS_FOR_TAIL


# Not understood


async def test_first_failure_asks_with_likeliest_meanings(resident: Resident) -> None:
    """The likeliest meanings that the city offers stand on buttons; others do not."""
    ranking = {"utility_bills": 0.3, "next_bus": 0.3, "change_language": 0.2, "inform": 0.1}
    await resident.say("嗯那个", "nlu_fallback", ranking=ranking)
    assert resident.buttons[:2] == ["公交到站时间", "切换语言"]


async def test_second_failure_in_a_row_opens_a_ticket(resident: Resident) -> None:
    """Twice not understood: a person, and that is said."""
    await asked_for_tail(resident)
    await resident.say("嗯", "nlu_fallback")
    assert "工作人员" in await resident.say("哦", "nlu_fallback")
    assert resident.effects == (OpenTicket(reason="not_understood", service="traffic_fines"),)


async def test_failures_count_in_a_row_only(resident: Resident) -> None:
    """Something understood in between begins the count anew."""
    await resident.say("嗯", "nlu_fallback")
    await resident.say("谢谢", "thanks")
    await resident.say("嗯", "nlu_fallback")
    assert resident.effects == ()


@pytest.mark.parametrize("text", ["😀😀", "？？？", " ", ""])
async def test_message_without_words_is_no_failure(resident: Resident, text: str) -> None:
    """Signs alone get a helpful answer however often, and never a ticket."""
    for _ in range(3):
        assert "没有文字" in await resident.say(text, "nlu_fallback")
    assert resident.effects == ()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "/restart", "{plate}", "'; DROP TABLE orders; --", "%s %(x)s", "长" * 1000]
)
async def test_odd_text_is_text(resident: Resident, text: str) -> None:
    """Markup, commands and templates are neither executed nor repeated; the question stays open."""
    await asked_for_tail(resident)
    said = await resident.say(text, "nlu_fallback")
    assert text not in said
    assert resident.state == WAITS_FOR_TAIL


@pytest.mark.parametrize("text", ["/restart", " /cancel", "／restart", '/inform{"plate": "浙A12345"}'])
@pytest.mark.parametrize("intent", ["restart", "inform", "nlu_fallback"])
async def test_typed_command_is_not_executed(resident: Resident, text: str, intent: str) -> None:
    """Whatever it is understood as, a leading slash loses and changes nothing; what to do instead is said."""
    await asked_for_tail(resident)
    assert "斜杠" in await resident.say(text, intent)
    assert resident.state == WAITS_FOR_TAIL
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_long_text_says_how_much_was_read(resident: Resident) -> None:
    """Of a very long message only the beginning is read, and that is said where it was not understood."""
    assert "1000字" in await resident.say("长" * 1000, "nlu_fallback")


async def test_out_of_scope_says_what_can_be_done(resident: Resident) -> None:
    """What a city account does not do is refused with what it does; twice is no failure."""
    for _ in range(2):
        assert "交通违章查询" in await resident.say("讲个笑话", "out_of_scope")
    assert resident.effects == ()


# A person, data, cities, languages


@pytest.mark.parametrize(("intent", "reason"), [("human_agent", "asked"), ("complain_about_bot", "anger")])
async def test_wish_and_anger_open_a_ticket_at_once(resident: Resident, intent: str, reason: str) -> None:
    """The ticket names the service in progress, whose values stay for when the clerk hands back."""
    await asked_for_tail(resident)
    await resident.say("转人工", intent)
    assert resident.effects == (OpenTicket.model_validate({"reason": reason, "service": "traffic_fines"}),)
    assert resident.state == WAITS_FOR_TAIL


async def test_erasing_is_confirmed_first(resident: Resident) -> None:
    """What is kept is named; only a yes to that question erases."""
    await asked_for_tail(resident)
    assert "车牌号" in await resident.say("删除我的信息", "delete_my_data")
    await resident.press("全部删除")
    assert resident.effects == (Erase(),)
    assert resident.state == NOTHING


async def test_erasing_may_be_refused(resident: Resident) -> None:
    """A no keeps everything, and the open question returns."""
    await asked_for_tail(resident)
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say("不删", "deny")
    assert resident.effects == ()
    assert resident.state == WAITS_FOR_TAIL


async def test_yes_after_something_else_erases_nothing(resident: Resident) -> None:
    """The question whether to erase is answered by the next message or not at all."""
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say("谢谢", "thanks")
    await resident.say("好", "affirm")
    assert resident.effects == ()


async def test_service_of_another_city_is_named_with_that_city(resident: Resident) -> None:
    """What this city does not offer and another does: said so, with the city and the telephone."""
    resident.city = ELSEWHERE
    said = await resident.say("下一班车", "next_bus")
    assert "试城" in said
    assert "0000-12345" in said


async def test_service_of_no_city_names_the_telephone(resident: Resident) -> None:
    """What nobody offers is said honestly, with whom to call."""
    said = await resident.say("交电费", "utility_bills")
    assert "水电燃气缴费" in said
    assert "0000-12345" in said


@pytest.mark.parametrize(
    ("wish", "part"), [("他城", "/elsewhere"), ("Elsewhere", "/elsewhere"), ("试城市", "现在就在"), ("月城", "他城")]
)
async def test_change_of_city(resident: Resident, wish: str, part: str) -> None:
    """Served: its page. This one: already here. Not served: which are."""
    assert part in await resident.say(f"切换到{wish}", "change_city", city=wish)


async def test_wish_for_a_language_holds_until_a_clear_signal(resident: Resident) -> None:
    """The wish switches at once; neutral messages keep it; a sentence clearly in another language switches back."""
    await asked_for_tail(resident)
    said = await resident.say("能不能用英文", "change_language", language="zh_Hans", ranking={})
    assert "last six characters" in said
    await resident.say("123", "inform")
    assert resident.locale == "en"
    await resident.say("谢谢你", "thanks", language="zh_Hans")
    assert resident.locale == "zh_Hans"


async def test_wish_for_no_language_offers_all(resident: Resident) -> None:
    """A wish that names none we speak gets the three as buttons; a press switches."""
    await resident.say("日本語", "change_language")
    assert resident.buttons == ["简体中文", "繁體中文", "English"]
    assert "繁體中文" in await resident.press("繁體中文")
    assert resident.locale == "zh_Hant"


@pytest.mark.parametrize(
    ("text", "written_in", "locale"),
    [
        ("说中文", None, "zh_Hans"),
        ("說中文", "zh_Hant", "zh_Hant"),
        ("講英文", "zh_Hant", "en"),
        ("繁體中文", None, "zh_Hant"),
        ("我想看简体中文", "zh_Hans", "zh_Hans"),
        ("用广东话", "zh_Hans", "zh_Hant"),
        ("not English, Chinese please", "en", "zh_Hans"),
        ("speak Japanese", "en", None),
    ],
)
def test_wished_language(text: str, written_in: Locale | None, locale: Locale | None) -> None:
    """The language named last is meant; Chinese alone is the script of the wish."""
    assert wished(text, written_in) == locale


def test_reply_locale_is_one_the_city_speaks() -> None:
    """A signal for a language that the city does not speak switches nothing."""
    assert reply_locale("en", "zh_Hant", ["zh_Hans", "zh_Hant"]) == "zh_Hant"


# Time and failures


async def test_open_service_is_offered_again_after_a_day(resident: Resident) -> None:
    """A day later nothing is in progress; what was not finished is offered."""
    await asked_for_tail(resident)
    resident.wait(days=1)
    assert "交通违章查询" in await resident.say("你好", "greet")
    assert resident.state == NOTHING
    assert resident.buttons.count("交通违章查询") == 2  # among the services, and as what was left


async def test_failing_service_keeps_the_other_question(resident: Resident) -> None:
    """A digression whose system fails says so, and the open question returns."""
    await asked_for_tail(resident)
    resident.buses.failures.append(BackendUnavailable())
    said = await resident.say("下一班车", "next_bus", stop="武林")
    assert "连接不上" in said
    assert resident.state == WAITS_FOR_TAIL


async def test_service_withdrawn_by_the_city_is_forgotten(resident: Resident) -> None:
    """A service that the city stopped offering cannot hold a conversation."""
    await resident.say("下一班车", "next_bus")
    resident.city = ELSEWHERE
    await resident.say("你好", "greet")
    assert resident.state == NOTHING


async def test_wording_varies(resident: Resident) -> None:
    """The same notice twice in a row is worded differently."""
    assert await resident.say("谢谢", "thanks") != await resident.say("谢谢", "thanks")


def test_both_cities_offer_what_the_tests_say() -> None:
    """The cities of these tests differ in the buses only."""
    assert [sorted(city.services) for city in CITIES.values()] == [["next_bus", "traffic_fines"], ["traffic_fines"]]
