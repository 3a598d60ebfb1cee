"""Fines in a dialogue: the kind bill over a register with memory, in the product's texts."""

import pytest
from fixtures.dialogue import CLEAN_PLATE, CLEAN_TAIL, NOTICE, PLATE, TAIL, Resident, item
from fixtures.services import SERVICES

from desk.contract.consent import Consent
from desk.contract.errors import BackendNonsense, BackendTimeout, BackendUnavailable
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")
WAITS_FOR_PLATE = ("traffic_fines", "plate")
DONE = (None, None)


async def asked_for_tail(resident: Resident, plate: str = PLATE) -> None:
    await resident.say(f"{plate}有没有违章", "traffic_fines", plate=plate)


async def shown(resident: Resident, plate: str = PLATE, tail: str = TAIL) -> str:
    return await resident.say(f"查违章 {plate} {tail}", "traffic_fines", plate=plate, vin_last6=tail)


@pytest.mark.parametrize(
    ("locale", "parts"),
    [
        ("zh_Hans", ["文三路学院路路口", "闯红灯", "记6分", "200.00元", "2026年9月16日 09:46"]),
        ("zh_Hant", ["文三路學院路路口", "闖紅燈", "記6分", "200.00元", "2026年9月16日 09:46"]),
        ("en", ["Wensan Road and Xueyuan Road", "Running a red light", "Points: 6", "¥200.00", "16 September 2026"]),
    ],
)
async def test_fines_are_shown_whole(catalogs: Catalogs, locale: Locale, parts: list[str]) -> None:
    """Plate, VIN tail, then all of the violation: place, time, act, points, amount, notice; in each language."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.say("fines", "traffic_fines")
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(PLATE, "inform", plate=PLATE)
    assert resident.state == WAITS_FOR_TAIL
    said = await resident.say(TAIL, "inform", vin_last6=TAIL)
    assert resident.state == DONE
    assert [part for part in [PLATE, NOTICE, *parts] if part not in said] == []


async def test_card_repeats_and_adds_nothing(resident: Resident) -> None:
    """Every value of a card stands in the text, too."""
    said = await shown(resident)
    values = [row.value for message in resident.messages for card in message.cards for row in card.rows]
    assert len(values) == 7
    assert [value for value in values if value not in said] == []


async def test_many_violations_are_summed_up_and_the_latest_listed(resident: Resident) -> None:
    """Twelve violations: the total is of all, ten are listed, and both numbers are said."""
    resident.register.due[PLATE] = [item(PLATE, "100.50", f"33010592920915{number:02}") for number in range(12)]
    said = await shown(resident)
    assert "12条" in said
    assert "1206.00元" in said
    assert said.count("决定书编号33") == 10


async def test_a_plate_in_traditional_characters_is_no_part_of_a_tail(resident: Resident) -> None:
    """贛CS1320 907127: the plate is taken out of the text before a tail is looked for in it."""
    resident.register.tails["赣CS1320"] = "907127"
    await resident.say("贛CS1320 907127", "inform")
    await resident.say("贛CS1320 907127", "traffic_fines")
    assert resident.register.asked == [("赣CS1320", "907127")]


async def test_nothing_is_looked_up_before_both_values_are_there(resident: Resident) -> None:
    """A plate alone asks the police nothing."""
    await asked_for_tail(resident)
    assert resident.register.asked == []


async def test_both_values_at_once_are_taken(resident: Resident) -> None:
    """Several facts in the first message: nothing more is asked."""
    await shown(resident)
    assert resident.register.asked == [(PLATE, TAIL)]


async def test_tail_first_then_plate(resident: Resident) -> None:
    """Facts come in any order: a bare tail while the plate is asked is the tail."""
    await resident.say("查违章", "traffic_fines")
    await resident.say(TAIL, "inform")
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(PLATE, "inform")
    assert resident.register.asked == [(PLATE, TAIL)]


async def test_values_count_whatever_was_understood(resident: Resident) -> None:
    """A bare plate answers the question even where the understanding saw something else, or no entity."""
    await resident.say("查违章", "traffic_fines")
    await resident.say(PLATE, "next_bus")
    assert resident.state == WAITS_FOR_TAIL
    await resident.say(TAIL, "nlu_fallback")
    assert resident.state == DONE


@pytest.mark.parametrize(
    ("plate", "tail"),
    [
        ("浙A二E八七G", "七三三五四零"),
        ("浙A二E八七G", "七三三五四洞"),
        ("浙Ａ２Ｅ８７Ｇ", "后六位系七三三五四零"),
        ("zhe A two E eight seven G", "seven double three five four oh"),
        ("my plate is zhe A2E87G", "it's seven three three five four zero"),
        ("浙A2E87G 七三三五四零", None),
    ],
)
async def test_values_may_be_said(resident: Resident, plate: str, tail: str | None) -> None:
    """Digits in Chinese or English words, full width, both values in one message."""
    await resident.say("查违章", "traffic_fines")
    await resident.say(plate, "inform")
    if tail is not None:
        await resident.say(tail, "inform")
    assert resident.register.asked == [(PLATE, TAIL)]


async def test_notice_stands_beside_each_question_once(resident: Resident) -> None:
    """The question for personal data says why and by whom; repeated it does not."""
    first = await resident.say("查违章", "traffic_fines")
    assert "试城交警" in first
    again = await resident.say("浙A12", "inform")
    assert "试城交警" not in again


async def test_consent_is_recorded_when_the_question_is_answered(resident: Resident) -> None:
    """Answering after the notice is consent: what for, whose, when."""
    await resident.say("查违章", "traffic_fines")
    await resident.say(PLATE, "inform")
    assert resident.effects == (
        Consent(
            city="testville",
            agency="police",
            service="traffic_fines",
            field="plate",
            entity="plate",
            purpose="traffic_fines.why_plate",
        ),
    )


async def test_what_comes_before_its_notice_is_no_consent(resident: Resident) -> None:
    """Who writes the plate unasked has read no notice: nothing is recorded."""
    await resident.ask_for_fines()
    assert resident.effects == ()


async def test_wrong_plate_gets_the_reason_and_keeps_the_rest(resident: Resident) -> None:
    """An invalid plate loses nothing: the tail that came with it is used once the plate is right."""
    said = await resident.say(f"浙A12 {TAIL}", "traffic_fines", plate="浙A12", vin_last6=TAIL)
    assert "5位" in said
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(PLATE, "inform")
    assert resident.register.asked == [(PLATE, TAIL)]


async def test_guess_is_taken_by_yes(resident: Resident) -> None:
    """浙A1O345 may be 浙A10345: the button offers it, and "yes" takes it."""
    await resident.say("查违章", "traffic_fines")
    await resident.say("浙A1O345", "inform")
    assert "浙A10345" in resident.buttons
    said = await resident.say("是的", "affirm")
    assert "浙A10345" in said
    assert resident.state == WAITS_FOR_TAIL


async def test_unknown_plate_is_asked_again_and_the_tail_kept(resident: Resident) -> None:
    """The police knows no such plate: that is said, the plate is asked again, the tail is not."""
    said = await shown(resident, plate="浙A99999")
    assert "浙A99999" in said
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(PLATE, "inform")
    assert resident.register.asked[-1] == (PLATE, TAIL)


async def test_wrong_tail_is_asked_again_and_never_used_later(resident: Resident) -> None:
    """A tail that does not fit is dropped: a corrected plate asks for its own."""
    said = await shown(resident, tail="123456")
    assert "对不上" in said
    assert resident.state == WAITS_FOR_TAIL
    await resident.say(f"不对，是{CLEAN_PLATE}", "correct", plate=CLEAN_PLATE)
    assert resident.state == WAITS_FOR_TAIL
    await resident.say(CLEAN_TAIL, "inform")
    assert resident.register.asked == [(PLATE, "123456"), (CLEAN_PLATE, CLEAN_TAIL)]


async def test_three_wrong_tails_rest_and_suggest_a_person(resident: Resident) -> None:
    """After three wrong tails nothing is tried for ten minutes, and a person is offered; afterwards it goes on."""
    await asked_for_tail(resident)
    for tail in ("111111", "222222", "333333"):
        said = await resident.say(tail, "inform")
    assert "10分钟" in said
    assert "转人工" in resident.buttons
    await resident.say(TAIL, "inform")
    assert len(resident.register.asked) == 3
    resident.wait(minutes=11)
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_correction_before_the_look_up_changes_and_says_so(resident: Resident) -> None:
    """不对，是…: the new plate is named, the old one never used."""
    await asked_for_tail(resident)
    said = await resident.say(f"不是{PLATE}，是{CLEAN_PLATE}", "correct", plate=CLEAN_PLATE)
    assert f"改为车牌号{CLEAN_PLATE}" in said
    await resident.say(CLEAN_TAIL, "inform")
    assert resident.register.asked == [(CLEAN_PLATE, CLEAN_TAIL)]


async def test_correction_without_a_value_asks_again(resident: Resident) -> None:
    """ "That was wrong" alone: the last value is asked again."""
    await asked_for_tail(resident)
    await resident.say("写错了", "correct")
    assert resident.state == WAITS_FOR_PLATE


async def test_correction_after_the_look_up_needs_its_own_tail(resident: Resident) -> None:
    """The tail belongs to the other car: it is asked for again, and the look-up is of the corrected plate."""
    await shown(resident, CLEAN_PLATE, CLEAN_TAIL)
    said = await resident.say(f"写错了 是{PLATE}", "correct", plate=PLATE)
    assert f"改为车牌号{PLATE}" in said
    assert resident.state == WAITS_FOR_TAIL
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_another_car_carries_nothing_over(resident: Resident) -> None:
    """A second look-up begins with what was said for it alone."""
    await shown(resident)
    await resident.say("那另一辆呢", "traffic_fines")
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(CLEAN_PLATE, "inform")
    assert resident.state == WAITS_FOR_TAIL


async def test_same_wish_after_open_fines_shows_them_again(resident: Resident) -> None:
    """Within half an hour "pay it" is about the fines that were shown; later it begins anew."""
    await shown(resident)
    assert NOTICE in await resident.say("把罚款交了", "traffic_fines")
    resident.wait(minutes=31)
    await resident.say("把罚款交了", "traffic_fines")
    assert resident.state == WAITS_FOR_PLATE


async def test_yes_after_open_fines_gets_the_next_step(resident: Resident) -> None:
    """The next "pay" is about what was shown: where it can be paid."""
    await shown(resident)
    assert "0000-122" in await resident.say("交", "affirm")


async def test_every_look_up_is_a_matter_of_its_own(resident: Resident) -> None:
    """Frames have ids that are never used again: the keys of what will be paid."""
    await shown(resident)
    first = resident.session.finished[-1].id
    await shown(resident, CLEAN_PLATE, CLEAN_TAIL)
    assert resident.session.finished[-1].id != first


async def test_whole_vin_gives_its_last_six(resident: Resident) -> None:
    """A full VIN is an answer, and it is said that only a part was taken."""
    await asked_for_tail(resident)
    said = await resident.say("LGB6P6FK7MK733540", "inform")
    assert TAIL in said.split("\n")[0]
    assert resident.register.asked == [(PLATE, TAIL)]


async def test_not_knowing_where_gets_help(resident: Resident) -> None:
    """ "Where do I find it" while the tail is asked says where, and asks again."""
    await asked_for_tail(resident)
    said = await resident.say("车架号在哪里看", "traffic_fines")
    assert "行驶证" in said
    assert resident.state == WAITS_FOR_TAIL


@pytest.mark.parametrize("intent", ["out_of_scope", "nlu_fallback"])
@pytest.mark.parametrize("text", ["为什么要这个", "點解要", "why do you need that"])
async def test_asking_why_gets_help_whatever_was_understood(resident: Resident, intent: str, text: str) -> None:
    """A question about the question is not out of scope."""
    await asked_for_tail(resident)
    assert "保护车主" in await resident.say(text, intent)
    assert resident.state == WAITS_FOR_TAIL


async def test_asking_how_to_pay_is_about_what_was_shown(resident: Resident) -> None:
    """How do I pay, right after the fines, is no failure to understand."""
    await shown(resident)
    assert "0000-122" in await resident.say("how do i pay", "nlu_fallback")


async def test_going_back_asks_the_last_value_again(resident: Resident) -> None:
    """上一步 while the tail is asked: the plate again, without the old one."""
    await asked_for_tail(resident)
    await resident.say("上一步", "go_back")
    assert resident.state == WAITS_FOR_PLATE
    await resident.say(CLEAN_PLATE, "inform")
    await resident.say(CLEAN_TAIL, "inform")
    assert resident.register.asked == [(CLEAN_PLATE, CLEAN_TAIL)]


@pytest.mark.parametrize("error", [BackendUnavailable(), BackendTimeout(), BackendNonsense()])
async def test_police_down_loses_nothing(resident: Resident, error: Exception) -> None:
    """A failing system is said so; one press tries again with everything that was given."""
    resident.register.failures.append(error)
    await shown(resident)
    assert resident.state == ("traffic_fines", None)
    assert NOTICE in await resident.press("再试一次")


async def test_no_after_a_failure_ends_it(resident: Resident) -> None:
    """ "No" to trying again ends the service instead of trying again."""
    resident.register.failures.append(BackendUnavailable())
    await shown(resident)
    await resident.say("不用了", "deny")
    assert resident.state == DONE
    assert len(resident.register.asked) == 1


async def test_silence_drops_personal_values(resident: Resident) -> None:
    """After half an hour plate and tail are forgotten, and that is said; the service stays."""
    await asked_for_tail(resident)
    resident.wait(minutes=31)
    said = await resident.say(TAIL, "inform")
    assert "30分钟" in said
    assert resident.state == WAITS_FOR_PLATE
    assert resident.register.asked == []


async def test_button_of_the_menu_begins_anew(resident: Resident) -> None:
    """The button "another vehicle" asks for a plate at once."""
    await shown(resident)
    await resident.press("查另一辆车")
    assert resident.state == WAITS_FOR_PLATE


async def test_plate_of_another_matter_is_no_follow_up(resident: Resident) -> None:
    """A plate in a sentence of another wish (a parked car reported) does not look up fines."""
    await shown(resident)
    await resident.say(f"{CLEAN_PLATE}堵住了小区门口", "report_problem", plate=CLEAN_PLATE)
    assert resident.state == DONE
    assert len(resident.register.asked) == 1
