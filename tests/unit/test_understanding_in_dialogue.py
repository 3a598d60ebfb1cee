"""What the dialogue makes of sentences beside their intent: refusals, a yes with a but, who speaks, other people."""

import pytest
from fixtures.dialogue import CITIES, CLEAN_PLATE, MORNING, NOTICE, PLATE, TAIL, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.negation import heard
from actions.dialogue.reading.reservations import has_reservation
from actions.dialogue.state.turn import Turn
from actions.fields.kinds import field_kind
from actions.fields.refusal import is_refused
from desk.contract.messages import OpenTicket
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from values.definition import Accepted

OFFER = Offer(SERVICES, CITIES)


def turn(text: str, intent: str = "inform") -> Turn:
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("不是浙A12345，是浙A54321", "浙A12345"),
        ("浙A12345不是我的车，浙A54321才是", "浙A12345"),
        ("車牌唔係浙A12345，係浙A54321", "浙A12345"),
        ("浙A12345打错了，应该是浙A54321", "浙A12345"),
        ("not 浙A12345 but 浙A54321", "浙A12345"),
        ("浙A12345 is wrong, it's 浙A54321", "浙A12345"),
        ("I didn't mean 28, I mean 56; the plate isn't 浙A12345", "浙A12345"),
    ],
)
def test_value_that_is_refused_is_known_as_such(text: str, value: str) -> None:
    """A value named only to be refused is none; the one named beside it is."""
    assert is_refused(text, value)
    assert not is_refused(text, "浙A54321")


@pytest.mark.parametrize("text", ["浙A12345不是有违章吗", "查下浙A12345", "浙A12345 please", "是浙A12345"])
def test_value_that_is_meant_is_not_refused(text: str) -> None:
    """A question with 不是…吗 refuses nothing."""
    assert not is_refused(text, "浙A12345")


@pytest.mark.parametrize(
    ("text", "refused", "wanted"),
    [
        ("我不查违章，我要交水费", {"traffic_fines"}, "utility_bills"),
        ("不是查违章，是问下公积金", {"traffic_fines"}, "housing_fund"),
        ("我唔係想交罰款，係想睇下電費", {"traffic_fines"}, "utility_bills"),
        ("唔要預約掛號，我想領證", {"hospital_appointment"}, "marriage_registration"),
        ("I don't want to pay a fine, I want to pay my water bill", {"traffic_fines"}, "utility_bills"),
        ("not the hospital, my residence permit", {"hospital_appointment"}, "residence_permit"),
    ],
)
def test_service_that_is_refused_and_the_one_that_is_wanted(text: str, refused: set[str], wanted: str) -> None:
    """Words of services after a refusal are refused, others are wanted."""
    said = heard(turn(text), OFFER)
    assert said.refused == refused
    assert said.wanted == (wanted,)


@pytest.mark.parametrize(
    "text", ["不用带户口本就能领证吗", "社保不是每月交吗", "不是水费是电费", "公交怎么还不来", "why isn't the bus here"]
)
def test_sentences_that_refuse_no_service(text: str) -> None:
    """A negation about something else refuses nothing."""
    assert heard(turn(text), OFFER).refused == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "不用转人工",
        "不用转人工了，我自己来",
        "唔使真人，你答得嘅",
        "別轉客服",
        "no need for an agent",
        "don't put me through to a clerk",
    ],
)
async def test_a_person_who_is_refused_is_not_fetched(resident: Resident, text: str) -> None:
    """The words of a hand-over after a refusal open no ticket; what was asked is asked again."""
    await resident.ask_for_fines()
    before = resident.state
    await resident.say(text, "human_agent")
    assert resident.state == before
    assert not any(isinstance(effect, OpenTicket) for effect in resident.effects)


@pytest.mark.parametrize(
    "text",
    [
        "我不要机器人要人工",
        "别给我转机器人",
        "不要再问了，转人工",
        "I don't want a robot, get me a person",
        "人工！不是机器",
    ],
)
async def test_a_person_who_is_wanted_in_spite_of_a_refusal_is_fetched(resident: Resident, text: str) -> None:
    """What is refused is something else."""
    await resident.say(text, "human_agent")
    assert any(isinstance(effect, OpenTicket) for effect in resident.effects)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我不查违章，下一班公交几点", "traffic_fines"),
        ("唔查違章喇，下班巴士幾時到", "traffic_fines"),
        ("not the fines, when is the next bus", "traffic_fines"),
    ],
)
async def test_refused_service_ends_and_the_wanted_one_begins(resident: Resident, text: str, intent: str) -> None:
    """In the middle of fines another service is wanted instead: the fines end, that is said, nothing comes back."""
    await resident.ask_for_fines()
    said = await resident.say(text, intent)
    assert "不办了" in said
    assert resident.state == ("next_bus", "stop")
    await resident.say("武林广场", "inform", stop="武林广场")
    assert resident.state == (None, None)


async def test_refused_plate_is_never_looked_up(resident: Resident) -> None:
    """Of two plates in one sentence, the refused one is not asked about at the police."""
    text = f"{CLEAN_PLATE}不是我的车，{PLATE}才是，查违章 {TAIL}"
    said = await resident.say(text, "traffic_fines")
    assert NOTICE in said
    assert [plate for plate, _ in resident.register.asked] == [PLATE]


@pytest.mark.parametrize(
    "text",
    [
        "是，但是地点改成天目山路",
        "好的，不过时间不对",
        "係，但係改咗先",
        "yes, but change the place",
        "ok, except the phone",
    ],
)
def test_yes_with_a_but_is_no_yes(text: str) -> None:
    """An agreement with a reservation wants a change."""
    assert has_reservation(turn(text, "affirm"))


@pytest.mark.parametrize("text", ["是", "好的提交吧", "係", "yes please", "ok, confirm"])
def test_plain_yes_has_no_reservation(text: str) -> None:
    """A plain yes is one."""
    assert not has_reservation(turn(text, "affirm"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("是，但是把地点改成天目山路", "天目山路"),
        ("係，但係地點改做天目山路", "天目山路"),
        ("不对，应该是文三路和学院路口", "文三路和学院路口"),
        ("yes, but change the place to Tianmushan Road", "Tianmushan Road"),
        ("no, it's on Wensan Road", "Wensan Road"),
        ("改到西湖文化广场", "西湖文化广场"),
        ("不是文一路，是文二路", "文二路"),
        ("文二路，不是文一路", "文二路"),
        ("wait, it's Wener Road not Wenyi Road", "Wener Road"),
        ("not Wenyi Road, it's Wener Road", "Wener Road"),
        ("对面就是天目山路小学", "对面就是天目山路小学"),
        ("好又多超市门口", "好又多超市门口"),
    ],
)
def test_place_is_read_without_what_leads_to_it(text: str, place: str) -> None:
    """A correction's words are no part of the place; a name that begins like one stays whole."""
    assert field_kind("place").read(text) == Accepted(place)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("你怎么证明你不是骗子", "官方账号"),
        ("你们是官方的吗", "官方账号"),
        ("呢個係咪呃人㗎", "官方账号"),
        ("how do I know this is not a scam", "官方账号"),
        ("查一下浙A2E87G车主电话是多少", "涉及他人"),
        ("浙A2E87G是谁的车", "涉及他人"),
        ("幫我搵下車主電話", "涉及他人"),
        ("whose car is 浙A2E87G", "涉及他人"),
        ("what is the phone number of the owner of 浙A2E87G", "涉及他人"),
    ],
)
async def test_asides_are_answered_and_the_question_stays(resident: Resident, text: str, part: str) -> None:
    """Whether it is genuine, whose car that is: answered whatever the intent, and the question returns."""
    await resident.ask_for_fines()
    for intent in ("out_of_scope", "human_agent", "traffic_fines"):
        said = await resident.say(text, intent)
        assert part in said
        assert "车架号" in said  # in full, or in a word where it was asked before
        assert resident.effects == ()
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我是车主，查违章", "traffic_fines"),
        ("接到诈骗电话怎么办", "service_guide"),
        ("你们的系统太烂了", "complain_about_bot"),
        ("who do I call about a pothole", "report_problem"),
        ("我要找真人", "human_agent"),
    ],
)
async def test_what_only_sounds_like_an_aside_is_none(resident: Resident, text: str, intent: str) -> None:
    """Owners, warnings and anger go their own way."""
    said = await resident.say(text, intent)
    assert not any(part in said for part in ("官方账号", "涉及他人的信息不能提供"))


@pytest.mark.parametrize(("locale", "word"), [("zh_Hans", "官方账号"), ("zh_Hant", "官方帳號"), ("en", "official")])
async def test_asides_speak_the_language_of_the_conversation(catalogs: Catalogs, locale: Locale, word: str) -> None:
    """In each language."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    assert word in await resident.say("你们是官方的吗", "out_of_scope")
