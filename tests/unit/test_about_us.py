"""What is asked about the account itself: its facts answer, or the settings; a question does nothing."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.dialogue import ASKED_FOR, FACTS, MORNING, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers import facts
from actions.dialogue.answers.facts import asked_for
from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.rules import about_us, by_settings
from actions.dialogue.rules.questions import payment
from actions.dialogue.state.turn import Part
from actions.samples import written
from desk.contract.errors import ConfigurationError
from desk.store.terms import Retention, Retentions
from desk.texts.catalogs import Catalogs

ASKS = Inquiry(0.95, (("none", 0.3),))


def said(text: str, intent: str, *, pays: bool = True, **understood: Any) -> Any:
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, pays=pays, **understood)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, retentions=Retentions(Retention(41)))


async def told(resident: Resident, turn: Any) -> list[str]:
    """The names of the facts that are told, else the keys of what is said."""
    await resident.take(turn)
    return [_name(reply.model_dump()) for reply in resident.outcome.replies]


def _name(reply: Any) -> str:
    if reply["key"] != "facts.message":
        return str(reply["key"])
    words = reply["args"]["lines"]["items"][0]["args"]["said"]["name"]["en"]
    return next(name for file in FACTS.values() for name, fact in file.facts.items() if fact.said.en == words)


def test_the_names_in_the_rules_are_facts() -> None:
    """Those of the table of settings, too."""
    account = {*about_us.OF_DATA, *facts.DONE, about_us.FREE, about_us.LANGUAGES}
    names = {*by_settings.SAID, payment.WAYS, *((facts.ACCOUNT, name) for name in account)}
    assert names - {(service, name) for service, file in FACTS.items() for name in file.facts} == set()


def test_samples_of_no_fact_stop_the_start() -> None:
    """The message names them."""
    with pytest.raises(ConfigurationError, match=r"account\.police"):
        asked_for(FACTS | {"account": FACTS["subscribe"]})


@pytest.mark.parametrize("name", sorted(written("facts")))
def test_every_sample_is_nearest_to_its_own_fact(name: str) -> None:
    """Beside the lines of all facts that may be meant; of those that say the same settings, to one."""
    nearest = {one: ASKED_FOR.nearest(one)[0] for one in written("facts")[name].all}
    assert {one: found for one, found in nearest.items() if found != name} == {}


@pytest.mark.parametrize(
    ("text", "intent", "name"),
    [
        ("你是谁呀", "list_services", "who_are_you"),
        ("am I talking to a real person?", "human_agent", "person_or_machine"),
        ("who can see what i write", "out_of_scope", "who_sees"),
        ("你们知道我是谁吗", "delete_my_data", "do_you_know_me"),
        ("where are my data stored", "delete_my_data", "where_is_it_kept"),
        ("用你们这个要钱吗", "complain_about_bot", "is_it_free"),
        ("可唔可以打電話俾我", "human_agent", "do_you_call"),
        ("会不会告诉警察", "out_of_scope", "police"),
        ("我的聊天记录你们要存多久", "delete_my_data", "account.how_long"),
        ("資料究竟保存多少天", "delete_my_data", "account.how_long"),
        ("几点有人工", "human_agent", "account.clerk_hours_alone"),
        ("which languages do you speak", "change_language", "account.languages"),
    ],
)
async def test_what_is_asked_for_is_told(resident: Resident, text: str, intent: str, name: str) -> None:
    """Whatever the words alone are taken for; nobody is handed over and nothing erased."""
    heard = replace(ASKS, facts=(LikelyFact("account", name.removeprefix("account."), 0.05),))
    assert await told(resident, said(text, intent, inquiry=heard)) == [name]
    assert resident.effects == ()


async def test_what_only_sounds_alike_is_not_told(resident: Resident) -> None:
    """Where the bot finds the fact not among the likely ones, only what is all but said so is told."""
    assert "do_you_call" not in await told(resident, said("可唔可以打電話俾我", "human_agent", inquiry=ASKS))


@pytest.mark.parametrize(
    ("text", "intent", "is_told"),
    [
        ("帮我查下我姨妈现在住在哪里", "out_of_scope", True),
        ("可唔可以查到佢而家嘅地址", "nlu_fallback", True),
        ("can you give me my nephew's address", "out_of_scope", True),
        ("帮我看看我的档案放哪里了", "service_guide", False),
    ],
)
async def test_where_somebody_else_lives_is_told_to_nobody(
    resident: Resident, text: str, intent: str, *, is_told: bool
) -> None:
    """Words that are of no service are near enough to it sooner; 110 is named."""
    facts = await told(resident, said(text, intent, inquiry=Inquiry(0.3, (("out_of_scope", 0.3),))))
    assert ("somebody_else" in facts) is is_told


async def test_what_is_kept_is_shown(resident: Resident) -> None:
    """It is more than the fact that it can be seen."""
    turn = said("你们存了我什么信息", "delete_my_data", inquiry=ASKS, confidence=0.95)
    assert await told(resident, turn) != ["see_my_data"]


async def test_what_the_bot_finds_likely_counts_too(resident: Resident) -> None:
    """Where the words are like no sample; what is likelier another service's is left to that."""
    likely = Inquiry(0.95, (("unsaid", 0.4),), facts=(LikelyFact("account", "voice_of_no_fact", 0.1),))
    assert "who_sees" not in await told(resident, said("我的闺蜜会晓得么", "out_of_scope", inquiry=likely))
    likely = replace(likely, facts=(LikelyFact("account", "who_sees", 0.9),))
    assert await told(resident, said("我的闺蜜会晓得么", "out_of_scope", inquiry=likely)) == ["who_sees"]


async def test_how_long_is_the_setting(resident: Resident) -> None:
    """The days after which the desk erases."""
    await resident.take(said("我的信息保存多久", "delete_my_data", inquiry=ASKS))
    assert "41天" in resident.messages[-1].text


@pytest.mark.parametrize(("pays", "name"), [(True, "foreign_cards"), (False, "account.no_payments")])
async def test_how_it_is_paid_is_said_where_it_can_be(resident: Resident, pays: bool, name: str) -> None:
    """Where nothing can be paid, that is said."""
    assert await told(resident, said("外国的卡能付吗", "out_of_scope", pays=pays, inquiry=ASKS)) == [name]


async def test_a_question_on_paying_says_how(resident: Resident) -> None:
    """Whatever its words: nothing is talked about that has ways of its own."""
    turn = said("拿什么给", "nlu_fallback", inquiry=ASKS, commands=(("ask_payment", 0.9),))
    assert await told(resident, turn) == ["ways_to_pay"]


async def test_the_question_that_is_heard_says_whose_fact_it_is(resident: Resident) -> None:
    """Which cards is not which languages."""
    turn = said("which cards can I use", "list_services", inquiry=ASKS, commands=(("ask_payment", 0.8),))
    assert await told(resident, turn) == ["foreign_cards"]


async def test_a_number_that_is_asked_for_is_no_question_on_data(resident: Resident) -> None:
    """Though it has its words in common with one."""
    turn = said("what's the phone number", "out_of_scope", inquiry=ASKS, commands=(("ask_phone", 0.8),))
    assert "do_you_know_me" not in await told(resident, turn)


async def test_several_questions_are_answered_one_after_the_other(resident: Resident) -> None:
    """In their order, each by its own words."""
    asked = ("你们有我哪些信息", "保存多少天", "谁能看我的资料")
    parts = tuple(Part(one, "delete_my_data", inquiry=ASKS) for one in asked)
    turn = said("？".join(asked), "delete_my_data", inquiry=ASKS, parts=parts)
    assert await told(resident, turn) == ["see_my_data", "account.how_long", "who_sees"]


@pytest.mark.parametrize("understood", [{}, {"inquiry": ASKS, "commands": (("erase", 0.9),)}])
async def test_a_wish_to_erase_is_no_question(resident: Resident, understood: dict[str, Any]) -> None:
    """It is asked whether to, though how to reach it is a fact; also where it sounds like a question."""
    assert await told(resident, said("把我的聊天记录删了", "delete_my_data", **understood)) == ["common.erase_what"]


async def test_a_wish_for_a_person_is_no_question(resident: Resident) -> None:
    """Somebody is fetched."""
    await resident.take(said("转人工", "human_agent"))
    assert [effect.type for effect in resident.effects] == ["open_ticket"]


LIKE_A_FEE = (LikelyFact("account", "is_it_free", 0.87),)


@pytest.mark.parametrize("text", ["转人工", "轉人工"])
async def test_being_like_a_question_asks_nothing(resident: Resident, text: str) -> None:
    """Two words of a question about fees are no question, where the situation hears the wish for a person."""
    like = Inquiry(0.2, (("none", 0.3),), facts=LIKE_A_FEE)
    heard = (("person", 0.82), ("cancel_this", 0.1))
    await resident.take(said(text, "human_agent", inquiry=like, commands=heard))
    assert [effect.type for effect in resident.effects] == ["open_ticket"]


async def test_what_a_person_costs_is_asked(resident: Resident) -> None:
    """Whoever asks is answered, though they name the same."""
    asks = Inquiry(0.95, (("none", 0.3),), facts=LIKE_A_FEE)
    turn = said("转人工另收钱吗", "human_agent", inquiry=asks, commands=(("ask_fee", 0.91), ("person", 0.05)))
    assert await told(resident, turn) == ["is_it_free"]


async def test_a_language_that_is_wished_is_spoken(resident: Resident) -> None:
    """Who asks for one by name is answered in it."""
    turn = said("do you speak english", "change_language", language="en")
    assert await told(resident, turn) == ["common.language_changed"]


async def test_what_is_open_comes_back(resident: Resident) -> None:
    """A question about the account ends no form."""
    await resident.ask_for_fines()
    assert (await told(resident, said("你是机器人吗", "human_agent", inquiry=ASKS)))[0] == "person_or_machine"
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_a_fee_in_the_middle_is_the_matters(resident: Resident) -> None:
    """Whether it costs anything is asked about what is going on, not about the account."""
    await resident.ask_for_fines()
    turn = replace(said("是免费的吗", "out_of_scope", inquiry=ASKS), commands=(("ask_fee", 0.9),))
    assert "is_it_free" not in await told(resident, turn)


LIKE_A_CALL = (LikelyFact("account", "do_you_call", 0.25),)


@pytest.mark.parametrize(
    "text",
    [
        "你们到底会不会打电话啊气死我了",
        "你哋識唔識打電話㗎，嬲死人",
        "can't you people even phone anybody, this is a joke",
    ],
)
async def test_anger_is_no_question(resident: Resident, text: str) -> None:
    """Though it is worded as one, and sounds like it: words and matter say that somebody is angry."""
    angry = Inquiry(0.91, (("complain_about_bot", 0.82),), facts=LIKE_A_CALL)
    heard = (("ask_account", 0.58), ("complain", 0.32))
    turn = said(text, "complain_about_bot", confidence=0.95, inquiry=angry, commands=heard)
    assert await told(resident, turn) == ["common.sorry"]
    assert [effect.type for effect in resident.effects] == ["open_ticket"]


async def test_a_complaint_that_the_situation_hears_is_no_question(resident: Resident) -> None:
    """What is wished beside it is done."""
    turn = said("你们是干什么的啊，查违章", "traffic_fines", inquiry=ASKS, commands=(("complain", 0.87),))
    assert "who_are_you" not in await told(resident, turn)


async def test_a_fact_that_is_surely_asked_for_is_told_in_anger_too(resident: Resident) -> None:
    """The bot finds it likely."""
    likely = replace(ASKS, facts=(LikelyFact("account", "is_it_free", 0.8),))
    turn = said(
        "用你们这个还要钱吗真是的", "complain_about_bot", confidence=0.9, inquiry=likely, commands=(("complain", 0.7),)
    )
    assert await told(resident, turn) == ["is_it_free"]


async def test_news_of_nothing_in_anger_is_a_complaint(resident: Resident) -> None:
    """Who waits for weeks, and has made nothing here, is angry at somebody."""
    turn = said("等了三个星期没人管", "request_status", confidence=0.65, commands=(("complain", 0.85),))
    assert await told(resident, turn) == ["common.sorry"]


async def test_why_a_language_is_wished_asks_nothing(resident: Resident) -> None:
    """What is told beside the wish is near to a fact; alone it is told that fact."""
    near = Inquiry(0.1, (("change_language", 0.9),), facts=(LikelyFact("account", "languages", 0.73),))
    parts = (
        Part("can we do this in Chinese", "change_language", 0.97),
        Part("my English is not so good", "nlu_fallback", 0.4, inquiry=near),
    )
    text = "can we do this in Chinese? my English is not so good"
    turn = said(text, "change_language", language="en", parts=parts, confidence=0.99)
    assert await told(resident, turn) == ["common.language_changed"]
