"""What a question is about that names no matter, and what else is said beside an end or a courtesy."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.asker import DOG, FUNERAL, GUIDES, LORRY, TOWN, Asker
from fixtures.dialogue import MORNING, PLATE, TAIL
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.reading.named import Named
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity, LeaveLine, OpenTicket
from desk.texts.catalogs import Catalogs


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


@pytest.mark.parametrize(
    ("text", "guide", "named"),
    [
        ("狗证去哪办", "dog_licence", True),
        ("我這架貨車幾耐驗一次", "vehicle_inspection_lorry", True),
        ("货车多久验一次", "vehicle_inspection_lorry", True),
        ("what do I bring?", "funeral", False),
        ("要带什么", "funeral", False),
        ("so whom do I ring", "psychological_help", False),
    ],
)
def test_a_guide_is_named_by_words_of_its_own(text: str, guide: str, named: bool) -> None:
    """What many guides are asked with names none."""
    assert (guide in Named(GUIDES).within(text)) is named


@pytest.mark.parametrize(
    ("text", "intent", "command", "matters"),
    [
        ("要带哪些东西", "service_guide", "ask_papers", ((FUNERAL, 0.6),)),
        ("收费多少呢", "traffic_fines", "ask_fee", ((LORRY, 0.4),)),
        ("啥时候能办好", "request_status", "ask_duration", (("request_status", 0.3),)),
        ("那该打给谁", "human_agent", "ask_phone", (("guide:psychological_help", 0.4),)),
    ],
)
async def test_a_question_without_its_matter_is_about_the_guide_that_was_told(
    asker: Asker, text: str, intent: str, command: Command, matters: tuple[tuple[str, float], ...]
) -> None:
    """Whatever service or guide the words alone sound like; nothing is begun and nobody fetched."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    await asker.hear(text, intent, *matters, commands=((command, 0.9),), confidence=0.7)
    assert asker.told == "dog_licence"
    assert asker.outcome.service is None
    assert not any(isinstance(effect, OpenTicket) for effect in asker.effects)


async def test_both_things_that_are_asked_are_told(asker: Asker) -> None:
    """Each clause asks about a part of the guide."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    parts = (
        Part("带什么去", "nlu_fallback", 0.3, commands=(("ask_papers", 0.9),)),
        Part("收不收费", "out_of_scope", 0.4, commands=(("ask_fee", 0.9),)),
    )
    await asker.hear("带什么去，收不收费", "marriage_registration", commands=(("ask_fee", 0.9),), parts=parts)
    assert asker.session.finished[-1].shown["told"] == ["papers", "fee"]


async def test_another_matter_that_is_named_is_meant(asker: Asker) -> None:
    """By its own words."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    await asker.hear("货车年检多少钱", "service_guide", (LORRY, 0.9), commands=(("ask_fee", 0.9),))
    assert asker.told == "vehicle_inspection_lorry"


async def test_another_matter_that_is_not_sure_enough_is_offered(asker: Asker) -> None:
    """What was told is not it, however surely a fee is asked for."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    keys = await asker.hear("货车年检多少钱", "service_guide", (LORRY, 0.8), commands=(("ask_fee", 0.9),))
    assert keys == ["guide.is_it"]


async def test_a_form_is_not_begun_for_what_a_guide_is_about(asker: Asker) -> None:
    """Though words and situation are sure of a wish: it names the guide, and is hardly the service's matter."""
    commands: tuple[tuple[Command, float], ...] = (("start", 0.95),)
    await asker.hear("货车验车要跑几趟", "traffic_fines", (LORRY, 0.93), asks=0.2, commands=commands, confidence=0.95)
    assert asker.told == "vehicle_inspection_lorry"
    assert asker.outcome.service is None


async def test_a_wish_that_may_be_the_services_is_begun(asker: Asker) -> None:
    """Where its own matter is likely."""
    matters = ((LORRY, 0.6), ("traffic_fines", 0.3))
    await asker.hear("货车的违章", "traffic_fines", *matters, asks=0.2, commands=(("start", 0.95),), confidence=0.95)
    assert asker.outcome.service == "traffic_fines"


END = Part("取消吧", "cancel", 0.97, commands=(("cancel_this", 0.9),))


async def test_what_is_said_beside_an_end_is_answered(asker: Asker) -> None:
    """The form ends, that is told, and the rest is heard without it."""
    await asker.hear("查违章", "traffic_fines", asks=0.1)
    rest = Part("货车年检是哪年", "traffic_fines", 0.8, inquiry=Inquiry(0.7, ((LORRY, 0.9),)))
    keys = await asker.hear("取消吧，货车年检是哪年", "traffic_fines", (LORRY, 0.7), asks=0.1, parts=(END, rest))
    assert keys[0] == "common.set_aside"
    assert asker.told == "vehicle_inspection_lorry"
    assert asker.session.open == ()


async def test_an_end_with_nothing_beside_is_one(asker: Asker) -> None:
    """What is named beside it is only what ends."""
    await asker.hear("查违章", "traffic_fines", asks=0.1)
    named = Part("罚单不看了", "traffic_fines", 0.5)
    keys = await asker.hear(
        "罚单不看了，取消吧", "unsubscribe", asks=0.0, commands=(("cancel_this", 0.9),), parts=(named, END)
    )
    assert keys == ["common.set_aside"]


async def test_a_courtesy_beside_a_question_is_none(asker: Asker) -> None:
    """What else is said is answered."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    asked = Inquiry(0.9, ((DOG, 0.6),))
    parts = (
        Part("谢谢啦", "thanks", 0.99),
        Part("要不要钱", "out_of_scope", 0.4, commands=(("ask_fee", 0.9),), inquiry=asked),
    )
    keys = await asker.hear("谢谢啦，要不要钱", "thanks", asks=0.3, commands=(("thanks", 0.7),), parts=parts)
    assert "common.thanks" not in keys
    assert asker.session.finished[-1].shown["told"] == ["papers", "fee"]


async def test_a_courtesy_alone_stays_one(asker: Asker) -> None:
    """Two of them, too."""
    parts = (Part("谢谢", "thanks", 0.99), Part("再见", "goodbye", 0.99))
    keys = await asker.hear("谢谢，再见", "thanks", asks=0.0, parts=parts)
    assert keys[0].startswith("common.thanks")


async def test_who_leaves_the_line_is_answered_what_else_is_asked(asker: Asker) -> None:
    """Also where a guide alone says that something is asked."""
    leaves = Part("不等了", "cancel", 0.95, commands=(("cancel_this", 0.95),))
    rest = Part("货车该验了", "traffic_fines", 0.6, inquiry=Inquiry(0.1, ((LORRY, 0.9),)))
    turn = turn_of(
        "c", "text", "cancel", TOWN, "zh_Hans", MORNING, text="不等了，货车该验了", parts=(leaves, rest), confidence=0.5
    )
    turn = replace(turn, commands=(("cancel_this", 0.8),))
    await asker.take(knowing(turn, in_line=True))
    assert [type(effect) for effect in asker.effects] == [LeaveLine]
    assert asker.told == "vehicle_inspection_lorry"


async def test_a_number_that_is_asked_for_fetches_nobody(asker: Asker) -> None:
    """In its situation the clause is a question, however sure its words are."""
    parts = (
        Part("电力公司的", "inform", 0.8),
        Part("号码给我", "human_agent", 0.93, commands=(("ask_phone", 0.8), ("person", 0.05))),
    )
    await asker.hear("电力公司的，号码给我", "human_agent", asks=0.4, commands=(("ask_phone", 0.7),), parts=parts)
    assert not any(isinstance(effect, OpenTicket) for effect in asker.effects)


async def test_what_a_clause_asks_without_its_matter_is_about_the_guide_that_was_told(asker: Asker) -> None:
    """A word beside it that another guide has names no other matter."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    parts = (
        Part("货车等着走呢", "service_guide", 0.6, commands=(("choose", 0.8),)),
        Part("今天领得到么", "nlu_fallback", 0.3, inquiry=Inquiry(0.95, (("unsaid", 0.6),), (("days", 0.7),))),
    )
    await asker.hear(
        "货车等着走呢，今天领得到么", "service_guide", (LORRY, 0.55), commands=(("start", 0.3),), parts=parts
    )
    assert asker.told == "dog_licence"


async def test_a_question_that_names_a_place_is_about_the_guide_that_was_told(asker: Asker) -> None:
    """Nobody moves to a city that stands beside what is asked."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    entities = (Entity(entity="city", value="镇"),)
    await asker.hear("主人不在镇上也给办吧", "nlu_fallback", commands=(("ask_who", 0.85),), entities=entities)
    assert asker.told == "dog_licence"
    assert asker.session.finished[-1].service == "service_guide"


async def test_a_guide_that_is_far_likelier_than_the_service_needs_no_word_of_its_own(asker: Asker) -> None:
    """And a little question is enough; where the service is likely, too, it begins."""
    said: Any = {"commands": (("start", 0.95),), "confidence": 0.97}
    await asker.hear(
        "这大家伙两年没去看了成吗", "traffic_fines", (LORRY, 0.88), ("traffic_fines", 0.1), asks=0.25, **said
    )
    assert asker.told == "vehicle_inspection_lorry"
    await asker.hear("这大家伙有没有事", "traffic_fines", (LORRY, 0.7), ("traffic_fines", 0.28), asks=0.25, **said)
    assert asker.outcome.service == "traffic_fines"


async def test_a_clause_that_asks_makes_a_question_of_what_stands_before_it(asker: Asker) -> None:
    """In a form: it is answered, and the form goes on."""
    await asker.hear("查违章", "traffic_fines", asks=0.1)
    asked = Inquiry(0.97, ((LORRY, 0.95),))
    parts = (Part("对了", "goodbye", 0.4), Part("货车几年验一回", "traffic_fines", 0.97, inquiry=asked))
    await asker.hear("对了，货车几年验一回", "traffic_fines", (LORRY, 0.95), asks=0.3, confidence=0.97, parts=parts)
    assert asker.told == "vehicle_inspection_lorry"
    assert asker.outcome.service == "traffic_fines"


OFFERED = (("guide:driving_licence_lost", 0.45), ("guide:vehicle_licence_lost", 0.4))


@pytest.mark.parametrize(
    ("text", "command", "about"), [("多少钱", "ask_fee", "fee"), ("要多久", "ask_duration", "days")]
)
async def test_a_question_while_guides_are_offered_is_about_these(
    asker: Asker, text: str, command: Command, about: str
) -> None:
    """The choice stands again, and each tells the part that was asked for."""
    await asker.hear("证丢了怎么补", "service_guide", *OFFERED)
    keys = await asker.hear(text, "traffic_fines", ("guide:small_claims", 0.4), commands=((command, 0.95),))
    assert keys == ["guide.which_first"]
    payloads = [one.payload for one in asker.outcome.replies[0].buttons]
    assert [f'"about": "{about}"' in one for one in payloads[:2]] == [True, True]
    assert "driving_licence_lost" in payloads[0]


async def test_another_matter_while_guides_are_offered_is_another(asker: Asker) -> None:
    """Words of another guide name it."""
    await asker.hear("证丢了怎么补", "service_guide", *OFFERED)
    await asker.hear("狗证多少钱", "service_guide", (DOG, 0.95), commands=(("ask_fee", 0.95),))
    assert asker.told == "dog_licence"


@pytest.mark.parametrize(
    ("part", "intent", "heard", "ends"),
    [
        pytest.param("cancel the traffic fines", "change_appointment", (("cancel_this", 0.5), ("withdraw", 0.3)), True),
        pytest.param("cancel the traffic fines", "traffic_fines", (("start", 0.5), ("cancel_this", 0.33)), True),
        pytest.param("the traffic fines of my car", "traffic_fines", (("start", 0.9), ("cancel_this", 0.02)), False),
    ],
)
async def test_an_end_that_names_what_is_open_may_be_long(
    asker: Asker, part: str, intent: str, heard: tuple[tuple[Command, float], ...], *, ends: bool
) -> None:
    """Beside a question of another matter; what only names it ends nothing."""
    await asker.say("查违章", "traffic_fines")
    ending = Part(part, intent, 0.9, commands=heard)
    asks = Part("how do I license a dog", "service_guide", 0.95, inquiry=Inquiry(0.9, ((DOG, 0.9),)))
    text = f"{part}, how do I license a dog"
    await asker.hear(text, "service_guide", (DOG, 0.9), commands=(("start", 0.7),), parts=(ending, asks))
    assert [frame.service for frame in asker.session.open] == ([] if ends else ["traffic_fines"])


async def test_a_question_on_the_fine_that_was_shown_begins_nothing(asker: Asker) -> None:
    """What its agency does not publish is said to be unknown; how much it is, is shown again."""
    await asker.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    unsaid = ("unsaid", 0.55)
    keys = await asker.hear("这里头含不含滞纳的", "traffic_fines", unsaid, commands=(("start", 0.5), ("ask_fee", 0.3)))
    assert keys[0].startswith("facts.not_known")
    keys = await asker.hear("一共多少钱", "traffic_fines", unsaid, commands=(("start", 0.5), ("ask_fee", 0.3)))
    assert "traffic_fines.result" in " ".join(keys)


@pytest.mark.parametrize(
    ("matters", "keys"),
    [
        pytest.param((("guide:pets", 0.55), ("air_quality", 0.2)), ["guide.is_it"], id="a guide may be meant"),
        pytest.param((("unsaid", 0.39), ("air_quality", 0.1)), ["guide.none"], id="nothing is published"),
        pytest.param((("air_quality", 0.6), ("guide:pets", 0.2)), ["common.not_offered"], id="it is looked up"),
    ],
)
async def test_what_is_no_matter_of_a_look_up_begins_none(
    asker: Asker, matters: tuple[tuple[str, float], ...], keys: list[str]
) -> None:
    """However like one its words sound; this city has none, so that one begun would say so."""
    heard = await asker.hear("公园里能放风筝吗", "air_quality", *matters, asks=0.98, confidence=0.59)
    assert [key.removesuffix("_alone") for key in heard] == keys


MISSING = "guide:missing_and_dementia"


async def test_what_is_asked_after_a_telephone_is_about_its_matter(asker: Asker) -> None:
    """Its guide is at hand: what to do and how long to wait begins no service, whatever the words sound like."""
    keys = await asker.hear("家里有人失踪了打哪个电话", "service_guide", (MISSING, 0.3))
    assert keys[0].startswith("directory.line")
    await asker.hear("多久之后才能报", "request_status", commands=(("ask_duration", 0.5), ("ask_next", 0.2)))
    assert asker.told == "missing_and_dementia"
    assert asker.outcome.service is None


async def test_another_telephone_is_asked_for_after_one(asker: Asker) -> None:
    """In a word: the guide of the first is not meant."""
    await asker.hear("家里有人失踪了打哪个电话", "service_guide", (MISSING, 0.3))
    keys = await asker.hear("那税务局呢", "out_of_scope", commands=(("ask_phone", 0.9),))
    assert keys[0].startswith("directory.line")


async def test_whom_was_named_knows_what_no_guide_tells(asker: Asker) -> None:
    """What goes on from a telephone without a guide is for that office, and begins nothing."""
    await asker.hear("火警电话是多少", "out_of_scope", ("none", 0.4))
    keys = await asker.hear("要等多久", "request_status", commands=(("ask_duration", 0.7),), confidence=0.7)
    assert keys[0].startswith("facts.not_known")
    assert "119" in str(asker.outcome.replies[0].args)
