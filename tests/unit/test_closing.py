"""Thanks, farewells and what somebody will do elsewhere: one line, and nothing begins; what was begun wrongly ends."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.asker import DOG, Asker
from fixtures.dialogue import MORNING, PLATE, TAIL, TESTVILLE
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.courteous import is_courteous
from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import OpenTicket
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]


@pytest.fixture
def payer(catalogs: Catalogs) -> Payer:
    return Payer(catalogs, SERVICES)


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


async def heard(payer: Payer, text: str, intent: str, commands: Likely, **understood: Any) -> list[str]:
    payer.commands = commands
    await payer.say(text, intent, **understood)
    payer.commands = ()
    return [reply.key for reply in payer.outcome.replies]


@pytest.mark.parametrize(
    ("text", "intent", "commands", "key"),
    [
        ("要得，我各人打电话去说", "report_problem", (("goodbye", 0.8), ("cancel_this", 0.1)), "common.goodbye"),
        ("夠晒數，唔該", "traffic_fines", (("thanks", 0.9),), "common.thanks"),
        ("grand, I'll pop in tomorrow then", "next_bus", (("goodbye", 0.7), ("later", 0.2)), "common.goodbye"),
        ("三分钟，跑起来", "next_bus", (("unclear", 0.9),), "common.all_right"),
    ],
)
async def test_a_closing_is_one_line_whatever_it_sounds_like(
    payer: Payer, text: str, intent: str, commands: Likely, key: str
) -> None:
    """After a look-up: no form, no menu."""
    await payer.say("28路到武林广场", "next_bus", stop="武林广场")
    (said,) = await heard(payer, text, intent, commands)
    assert said.startswith(key)
    assert payer.outcome.service is None
    assert payer.buttons == []


async def test_thanks_beside_what_goes_on_with_what_was_shown(payer: Payer) -> None:
    """The thanks close nothing: what was shown answers."""
    await payer.say("28路到武林广场", "next_bus", stop="武林广场")
    goes_on: Likely = (("choose", 0.9),)
    parts = (Part("谢谢", "thanks", 0.99, commands=(("thanks", 0.97),)), Part("那到哪了", "x", 0.4, commands=goes_on))
    keys = await heard(payer, "谢谢，那到哪了", "thanks", (("thanks", 0.94),), parts=parts)
    assert keys == ["card.value"]


async def test_a_remark_with_nothing_shown_is_asked_about(payer: Payer) -> None:
    """A reaction is one to something; signs alone are not understood."""
    assert await heard(payer, "的g；", "nlu_fallback", (("unclear", 0.95),)) != ["common.all_right"]


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param((("thanks", 0.5), ("ask_fee", 0.3)), id="a question"),
        pytest.param((("thanks", 0.5), ("start", 0.35)), id="a wish"),
    ],
)
async def test_what_asks_or_wishes_beside_is_no_closing(payer: Payer, commands: Likely) -> None:
    """Thanks beside it is a courtesy."""
    await payer.say("28路到武林广场", "next_bus", stop="武林广场")
    keys = await heard(payer, "谢谢，查一下违章", "traffic_fines", commands)
    assert "common.thanks_1" not in keys
    assert payer.state == ("traffic_fines", "plate")


async def test_a_form_that_is_left_for_elsewhere_is_set_aside_in_a_line(payer: Payer) -> None:
    """No menu stands under it; what was given is gone."""
    await payer.ask_for_fines()
    keys = await heard(payer, "不用了，我到交警队当面问", "traffic_fines", (("cancel_this", 0.9),))
    assert keys == ["common.set_aside"]
    assert payer.session.open == ()
    assert payer.buttons == []


async def test_a_bare_word_for_stopping_is_as_before(payer: Payer) -> None:
    """What else can be done stands under it."""
    await payer.ask_for_fines()
    assert await heard(payer, "取消", "cancel", (("cancel_this", 0.98),)) == ["common.cancelled"]


async def test_a_farewell_keeps_what_was_given(payer: Payer) -> None:
    """It is said how long."""
    await payer.say(f"查{PLATE}", "traffic_fines", plate=PLATE)
    assert await heard(payer, "先忙了，回头见啊各位", "goodbye", (("goodbye", 0.95),)) == ["common.goodbye_open"]


@pytest.mark.parametrize(
    ("text", "intent", "commands", "parts"),
    [
        ("我爸会自己去银行给", "traffic_fines", (("refuse", 0.7), ("pay_all", 0.2)), ()),
        (
            "唔俾住，由佢",
            "cancel",
            (("pay_all", 0.6), ("refuse", 0.3)),
            (Part("唔俾住", "deny", 0.9), Part("由佢", "cancel", 0.9, commands=(("pay_all", 0.7),))),
        ),
    ],
)
async def test_what_is_due_is_not_paid_and_stays(
    payer: Payer, text: str, intent: str, commands: Likely, parts: tuple[Part, ...]
) -> None:
    """Nothing is dropped: who thinks better of it pays after all."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    assert await heard(payer, text, intent, commands, parts=parts) == ["bill.not_now"]
    assert payer.opened is None
    await payer.say("缴了吧", "affirm")
    assert payer.opened is not None


async def test_what_was_begun_wrongly_ends_and_the_question_is_about_what_stood_before(asker: Asker) -> None:
    """The guide that was told answers; the form that nobody meant is gone."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    await asker.hear("罚款怎么查", "traffic_fines", ("traffic_fines", 0.9), asks=0.1, commands=(("start", 0.9),))
    assert asker.outcome.service == "traffic_fines"
    rejects = Part("不是说车", "deny", 0.9, commands=(("change", 0.8),))
    asks = Part("办证那里几点开门", "service_guide", 0.5, commands=(("ask_hours", 0.9),), inquiry=Inquiry(0.9))
    keys = await asker.hear(
        "不是说车，办证那里几点开门",
        "deny",
        commands=(("change", 0.55), ("ask_hours", 0.4)),
        parts=(rejects, asks),
        confidence=0.6,
    )
    assert keys[0] == "common.set_aside"
    assert asker.told == "dog_licence"
    assert asker.outcome.service is None


async def test_a_question_after_a_bill_is_about_the_bill(asker: Asker) -> None:
    """It begins no other service, nor looks up again."""
    await asker.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    before = len(asker.register.asked)
    keys = await asker.hear(
        "那新手会不会受影响", "traffic_fines", ("unsaid", 0.4), commands=(("ask_next", 0.5), ("ask_what", 0.2))
    )
    assert keys[0].startswith(("facts.", "guide."))
    assert len(asker.register.asked) == before


async def test_who_asks_about_the_line_stays_in_it(payer: Payer) -> None:
    """“Do I lose my place?” leaves nothing."""
    turn = turn_of(
        "c",
        "text",
        "cancel",
        TESTVILLE,
        "en",
        MORNING,
        text="is my turn gone if I step out?",
        commands=(("cancel_this", 0.7),),
        inquiry=Inquiry(0.9),
    )
    await payer.take(knowing(replace(turn, confidence=0.9), in_line=True))
    assert [type(effect).__name__ for effect in payer.effects] == ["StayInLine"]


async def test_somebody_to_mend_it_is_no_clerk(asker: Asker) -> None:
    """Behind what is reported; a clerk is asked for in other words."""
    parts = (
        Part("路塌了一块", "report_problem", 0.97),
        Part("叫人来填上", "human_agent", 0.93, commands=(("person", 0.8),)),
    )
    await asker.hear("路塌了一块，叫人来填上", "report_problem", parts=parts, asks=0.0, confidence=0.9)
    assert not any(isinstance(effect, OpenTicket) for effect in asker.effects)


async def test_a_sigh_before_paying_costs_a_press(payer: Payer) -> None:
    """Neither ordered on a guess nor dropped."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    parts = (Part("罢了", "cancel", 0.98, commands=(("pay_all", 0.4),)), Part("一回给清便是", "nlu_fallback", 0.3))
    keys = await heard(payer, "罢了，一回给清便是", "traffic_fines", (("pay_all", 0.6), ("status", 0.1)), parts=parts)
    assert keys == ["bill.not_ordered"]
    assert payer.opened is None
    assert any("200" in title for title in payer.buttons)


async def test_the_state_of_a_payment_that_there_is_not_is_a_question_about_what_is_due(payer: Payer) -> None:
    """No list of services: who is paid knows."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    (key,) = await heard(payer, "可不可以先给一点", "payment_status", (("ask_payment", 0.5), ("pay_some", 0.2)))
    assert key != "payments.none"
    assert payer.opened is None


@pytest.mark.parametrize(
    "text",
    ["谢谢哈，我们八点前就到家咯", "唔該晒，我哋一早返到屋企㗎喇", "lovely, thanks, we shall be in bed by then"],
)
async def test_thanks_are_no_question_whatever_the_model_hears(payer: Payer, text: str) -> None:
    """What is told beside them sounds like what is asked after such an answer."""
    await payer.say("28路到武林广场", "next_bus", stop="武林广场")
    turn = turn_of(
        *("c", "text", "nlu_fallback", TESTVILLE, payer.locale, payer.now),
        **{"text": text, "inquiry": Inquiry(0.95, (("unsaid", 0.7),))},
    )
    payer.commands = (("ask_hours", 0.7), ("thanks", 0.2))
    await payer.take(turn)
    (said,) = [reply.key for reply in payer.outcome.replies]
    assert said.startswith(("common.thanks", "common.all_right", "common.goodbye"))


@pytest.mark.parametrize(
    ("text", "courteous"),
    [
        ("多谢多谢，慢走", True),
        ("thank you so much, good night", True),
        ("谢谢，那末班车几点", False),
        ("唔該，邊度搭車", False),
        ("thanks, and where do I get off?", False),
        ("我姓谢", False),
        ("可以", False),
    ],
)
def test_a_courtesy_asks_nothing(text: str, *, courteous: bool) -> None:
    """By a word, by the grammar, or by a mark."""
    assert is_courteous(text) is courteous


async def test_sure_thanks_are_thanks_whatever_a_clause_sounds_like(payer: Payer) -> None:
    """By itself "Marvellous" may be the name of a stop, and "home long before" a question."""
    await payer.say("28路到武林广场", "next_bus", stop="武林广场")
    asks: Likely = (("ask_hours", 0.9),)
    parts = (
        Part("marvellous", "next_bus", 0.9, commands=(("start", 0.9),)),
        Part("thank you ever so much", "thanks", 0.99, commands=(("thanks", 0.99),)),
        Part("we shall be home long before", "nlu_fallback", 0.3, commands=asks, inquiry=Inquiry(0.9)),
    )
    text = "marvellous, thank you ever so much, we shall be home long before"
    keys = await heard(payer, text, "thanks", (("thanks", 0.9),), parts=parts)
    assert [key.startswith("common.thanks") for key in keys] == [True]
