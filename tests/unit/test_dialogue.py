"""Moving a conversation: digressions, cancel, choices, values and places without a wish, time and failures."""

import json

import pytest
from fixtures.dialogue import CITIES, ELSEWHERE, NOTICE, PLATE, TAIL, Resident

from desk.contract.errors import BackendUnavailable

WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")
NOTHING = (None, None)


# Digressions


async def test_digression_is_answered_then_the_question_returns(resident: Resident) -> None:
    """The bus in the middle of the fines: its answer, then the open question; the fines go on with what was given."""
    await resident.ask_for_fines()
    said = await resident.say("下一班到武林的车", "next_bus", stop="武林")
    assert "bus at 武林" in said
    assert "车架号后六位" in said
    assert resident.state == WAITS_FOR_TAIL
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_digression_that_asks_comes_first(resident: Resident) -> None:
    """A digression with a question of its own is finished before the older question returns."""
    await resident.ask_for_fines()
    await resident.say("下一班车", "next_bus")
    assert resident.state == ("next_bus", "stop")
    said = await resident.say("武林广场", "inform", stop="武林广场")
    assert said.index("bus at 武林广场") < said.index("车架号的后六位")
    assert resident.state == WAITS_FOR_TAIL


async def test_what_was_opened_and_left_comes_back_once(resident: Resident) -> None:
    """After a first look-up; after a second one it is gone, and nothing is said of it."""
    await resident.say("查违章", "traffic_fines")
    await resident.say("武林广场的车", "next_bus", stop="武林广场")
    assert resident.state == ("traffic_fines", "plate")
    said = await resident.say("武林广场的车", "next_bus", stop="武林广场")
    assert "bus at 武林广场" in said
    assert (resident.state, "违章" in said) == (NOTHING, False)


async def test_what_was_opened_and_left_does_not_come_back_after_a_form(resident: Resident) -> None:
    """Who filled in something else to its end has left it."""
    await resident.say("下一班车", "next_bus")
    await resident.say(f"{PLATE}有没有违章", "traffic_fines", plate=PLATE)
    assert NOTICE in await resident.say(TAIL, "inform")
    assert resident.state == NOTHING


async def test_what_something_was_given_for_comes_back_each_time(resident: Resident) -> None:
    """However often something else is looked up."""
    await resident.ask_for_fines()
    for _ in range(3):
        await resident.say("武林广场的车", "next_bus", stop="武林广场")
        assert resident.state == WAITS_FOR_TAIL


async def test_service_that_waits_is_gone_on_with_when_wished(resident: Resident) -> None:
    """Naming the older service brings it to the front; nothing it knows is lost."""
    await resident.ask_for_fines()
    await resident.say("下一班车", "next_bus")
    await resident.say("还是先查违章", "traffic_fines")
    assert resident.state == WAITS_FOR_TAIL


async def test_follow_up_reaches_across_a_digression(resident: Resident) -> None:
    """现在到哪了 belongs to the bus that was looked up, also with another question open."""
    await resident.say("武林的车", "next_bus", stop="武林")
    await resident.ask_for_fines()
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
    await resident.ask_for_fines()
    assert "车架号" in await resident.say(text, intent)
    assert resident.state == WAITS_FOR_TAIL


# Cancel, restart


async def test_cancel_ends_the_service_and_drops_its_values(resident: Resident) -> None:
    """After cancel nothing is in progress, and a new look-up knows no plate."""
    await resident.ask_for_fines()
    await resident.say("算了", "cancel")
    assert resident.state == NOTHING
    await resident.say("查违章", "traffic_fines")
    assert resident.state == ("traffic_fines", "plate")


async def test_cancel_in_a_digression_returns_to_the_older_question(resident: Resident) -> None:
    """Cancel ends what is being talked about, not what waits behind it."""
    await resident.ask_for_fines()
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
    await resident.ask_for_fines()
    await resident.say("下一班车", "next_bus")
    await resident.say("重新开始", "restart")
    assert resident.state == NOTHING
    assert "交通违章查询与缴款" in resident.buttons


@pytest.mark.parametrize("intent", ["cancel", "affirm", "deny", "go_back", "correct"])
async def test_moves_without_anything_open_say_so(resident: Resident, intent: str) -> None:
    """A yes, no or cancel that belongs to nothing gets an answer with a next step."""
    assert "没有正在办理" in await resident.say("好", intent)
    assert "交通违章查询与缴款" in resident.buttons


@pytest.mark.parametrize("text", ["不删", "先不要删了", "唔刪", "no, keep it", "don't delete"])
async def test_no_to_erasing_keeps_everything_whatever_it_is_understood_as(resident: Resident, text: str) -> None:
    """Erasing needs a yes; a sentence that begins with a no is none."""
    await resident.say("删除我的信息", "delete_my_data")
    assert "没有删除" in await resident.say(text, "delete_my_data")
    assert resident.effects == ()


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
    await resident.press("交通违章查询与缴款")
    assert resident.state == WAITS_FOR_TAIL


async def test_value_is_kept_for_the_service_that_is_named_in_words(resident: Resident) -> None:
    """Naming the service is as good as pressing its button."""
    await resident.say(PLATE, "inform", plate=PLATE)
    await resident.say("交通违章", "traffic_fines")
    assert resident.state == WAITS_FOR_TAIL


async def test_location_begins_the_service_that_wants_it(resident: Resident) -> None:
    """A shared place with nothing open is for the buses, the only service here that takes one."""
    assert "bus at here" in await resident.share()


async def test_location_in_a_city_that_needs_none(resident: Resident) -> None:
    """Where no service takes a place, that is said, with what can be done."""
    resident.city = ELSEWHERE
    assert "没有需要用到位置" in await resident.share()
    assert "交通违章查询与缴款" in resident.buttons


@pytest.mark.parametrize(("content_type", "word"), [("audio/ogg", "语音"), ("image/jpeg", "文件")])
async def test_media_is_kept_and_words_are_asked(resident: Resident, content_type: str, word: str) -> None:
    """A file is kept, the resident is asked to type, and the open question returns."""
    await resident.ask_for_fines()
    said = await resident.send_file(content_type)
    assert word in said
    assert "打字" in said
    assert resident.state == WAITS_FOR_TAIL


# Time and failures


async def test_open_service_is_offered_again_after_a_day(resident: Resident) -> None:
    """A day later nothing is in progress; what was not finished is offered."""
    await resident.ask_for_fines()
    resident.wait(days=1)
    assert "交通违章查询与缴款" in await resident.say("你好", "greet")
    assert resident.state == NOTHING
    assert resident.buttons.count("交通违章查询与缴款") == 2  # among the services, and as what was left


async def test_failing_service_keeps_the_other_question(resident: Resident) -> None:
    """A digression whose system fails says so, and the open question returns."""
    await resident.ask_for_fines()
    resident.buses.failures.append(BackendUnavailable())
    said = await resident.say("下一班车", "next_bus", stop="武林")
    assert "连接不上" in said
    assert resident.state == WAITS_FOR_TAIL


async def test_what_was_named_is_tried_again_when_a_system_failed(resident: Resident) -> None:
    """Trying again takes the stop that the failed sentence named: it was said that what was given is kept."""
    resident.buses.failures.append(BackendUnavailable())
    await resident.say("下一班车 武林", "next_bus", stop="武林")
    assert "bus at 武林" in await resident.press("再试一次")


async def test_a_shared_place_is_tried_again_when_a_system_failed(resident: Resident) -> None:
    """Trying again takes the place that was shared when the system failed."""
    await resident.say("下一班车", "next_bus")
    resident.buses.failures.append(BackendUnavailable())
    await resident.share()
    assert "bus at here" in await resident.press("再试一次")


async def test_service_withdrawn_by_the_city_is_forgotten(resident: Resident) -> None:
    """A service that the city stopped offering cannot hold a conversation."""
    await resident.say("下一班车", "next_bus")
    resident.city = ELSEWHERE
    await resident.say("你好", "greet")
    assert resident.state == NOTHING


async def test_memory_does_not_grow_with_the_conversation(resident: Resident) -> None:
    """After a hundred rounds of fines and buses no more than after the second."""
    sizes = []
    for number in range(1, 101):
        await resident.ask_for_fines()
        await resident.say(TAIL, "inform", vin_last6=TAIL)
        await resident.say("28路到武林广场", "next_bus", bus_line="28", stop="武林广场")
        resident.wait(seconds=40)
        if number in (2, 100):
            sizes.append(len(json.dumps(resident.session.to_json())))
    assert sizes[1] < sizes[0] + 40  # numbers of three digits instead of one


async def test_wording_varies(resident: Resident) -> None:
    """The same notice twice in a row is worded differently."""
    assert await resident.say("谢谢", "thanks") != await resident.say("谢谢", "thanks")


def test_both_cities_offer_what_the_tests_say() -> None:
    """The cities of these tests differ in the buses only."""
    assert [sorted(city.services) for city in CITIES.values()] == [["next_bus", "traffic_fines"], ["traffic_fines"]]
