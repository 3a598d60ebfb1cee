"""A question is answered by the one thing that it asks for: a fact, a part of a guide, or who knows."""

from dataclasses import dataclass
from typing import Any

import pytest
from fixtures.asker import DOG, FINDER, GUIDES, TOWN, Asker
from fixtures.booking import MAN, MARRIAGE, NAMES, NEXT_WEDNESDAY, PHONE, WOMAN, Applicant
from fixtures.dialogue import ASKED_FOR, FACTS, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.dialogue.reading.inquiry import Inquiry, LikelyFact, Passage
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.state.turn import Part
from actions.kinds.guide import GuideHandler
from actions.schema import AppointmentService
from desk.contract.commands import Command
from desk.contract.messages import Entity, Reply
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.texts.addresses import filled
from desk.texts.catalogs import Catalogs

FINES = "traffic_fines"
DECLARED = SERVICES[MARRIAGE]
WITH_FOREIGNERS = "guide:marriage_with_foreigner"


@dataclass(frozen=True)
class Texts:
    """The product's texts; what a page's address is matters nothing here."""

    catalogs: Catalogs

    def render(self, reply: Reply, locale: Locale) -> RenderedMessage:
        pages = ("page", "calendar_page", "pay_page")
        return self.catalogs.render(filled(reply, dict.fromkeys(pages, lambda name: str(name))), locale)


class Couple(Applicant):
    """Somebody who books a wedding in a city that has guides and facts."""

    def __init__(self, catalogs: Catalogs) -> None:
        super().__init__(catalogs, SERVICES)
        self._catalogs: Any = Texts(catalogs)
        services = {**self.city.services, "service_guide": self.city.services["next_bus"]}
        self.city = self.city.model_copy(update={"services": services})
        self.cities = {self.city.slug: self.city}
        guide: Any = SERVICES["service_guide"]
        handlers: Any = {
            MARRIAGE: self.handler,
            "next_bus": self.buses,
            "service_guide": GuideHandler("service_guide", guide, GUIDES, self.cities, FINDER),
        }
        offer = Offer(SERVICES, self.cities, facts=FACTS, asked_for=ASKED_FOR, finder=FINDER)
        self._dialogue = Dialogue(handlers, offer)

    async def ask(
        self,
        text: str,
        command: Command,
        *facts: tuple[str, float],
        intent: str = MARRIAGE,
        matters: tuple[tuple[str, float], ...] = ((MARRIAGE, 0.9),),
        asks: float = 0.95,
        **understood: Any,
    ) -> str:
        """Ask something, read as the test says."""
        likely = tuple(LikelyFact(MARRIAGE, name, probability) for name, probability in facts)
        inquiry = Inquiry(asks, matters, (), (), likely)
        turn = turn_of(
            *("c", "text", intent, self.city, self.locale, self.now),
            **{"text": text, "inquiry": inquiry, "commands": ((command, 0.95),), **understood},
        )
        return await self.take(turn)

    @property
    def keys(self) -> list[str]:
        return [reply.key for reply in self.outcome.replies]


@pytest.fixture
def couple(catalogs: Catalogs) -> Couple:
    return Couple(catalogs)


@pytest.fixture
def asker(catalogs: Catalogs) -> Asker:
    return Asker(catalogs)


# A fact of the part that is asked about


@pytest.mark.parametrize(
    ("text", "command", "said"),
    [("到时候收我们多少", "ask_fee", "不收费"), ("那天手里拿上啥去", "ask_papers", "户口簿不用带")],
)
async def test_the_part_that_the_situation_hears_is_told(
    couple: Couple, text: str, command: Command, said: str
) -> None:
    """One fact, and not all that the booking needs; the question stays."""
    await couple.say("想约个结婚登记", MARRIAGE)
    told = await couple.ask(text, command, intent="nlu_fallback", matters=(("unsaid", 0.7),), confidence=0.3)
    assert isinstance(DECLARED, AppointmentService)
    assert said in told
    assert DECLARED.requirements not in couple.keys
    assert couple.state == (MARRIAGE, "office")


async def test_a_fact_stands_beside_the_name_that_is_given(couple: Couple) -> None:
    """The name is taken, and the one thing that is asked beside it is told."""
    await couple.say("想约个结婚登记", MARRIAGE)
    await couple.press("西湖区婚姻登记处")
    await couple.press(couple.buttons[0])
    await couple.press(couple.buttons[0])
    assert couple.state == (MARRIAGE, "person_name")
    name = Entity(entity="person_name", value=NAMES[0])
    unsaid = Inquiry(0.9, (("unsaid", 0.8),))
    parts = (
        Part(f"我是{NAMES[0]}", "inform", 0.97, commands=(("provide", 0.97),), entities=(name,)),
        Part("办这个要多少钱", "nlu_fallback", 0.3, commands=(("ask_fee", 0.95),), inquiry=unsaid),
    )
    told = await couple.ask(
        f"我是{NAMES[0]}，办这个要多少钱", "provide", intent="inform", entities=(name,), parts=parts, asks=0.5
    )
    assert "不收费" in told
    assert NAMES[0] in told
    assert isinstance(DECLARED, AppointmentService)
    assert DECLARED.requirements not in couple.keys


async def test_a_part_of_which_there_are_several_is_told_by_the_likeliest(couple: Couple) -> None:
    """Who must come is no question of who may marry."""
    await couple.say("想约个结婚登记", MARRIAGE)
    told = await couple.ask("非得两个人都到场不可吗", "ask_who", ("in_person", 0.3), ("age", 0.05))
    assert "一起到场" in told
    assert "facts.message" in couple.keys


# A guide is told once


def own(*passages: tuple[str, float]) -> tuple[Passage, ...]:
    return tuple(Passage("dog_licence", part, 0, likeness) for part, likeness in passages)


async def test_a_list_that_was_told_says_no_yes_or_no(asker: Asker) -> None:
    """What it has no word of is not said there, with who knows."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    inquiry = Inquiry(0.95, (("unsaid", 0.8),), (("papers", 0.8),), (), (), own(("papers", 0.1)))
    turn = turn_of(
        *("c", "text", "service_guide", TOWN, asker.locale, asker.now),
        text="还得去海基会盖章吗",
        inquiry=inquiry,
        commands=(("ask_papers", 0.9),),
    )
    await asker.take(turn)
    assert [reply.key.startswith("guide.not_said_of") for reply in asker.outcome.replies] == [True]


async def test_a_list_that_is_asked_for_is_told_again(asker: Asker) -> None:
    """Alone, as it stood among other things before."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    keys = await asker.hear("要带哪些东西", "service_guide", commands=(("ask_papers", 0.9),))
    assert not keys[0].startswith("guide.not_said_of")


@pytest.mark.parametrize(
    ("text", "polar"),
    [
        ("那还要体检吗", True),
        ("使唔使影埋相", True),
        ("能不能代办", True),
        ("ok and do I need a photo", True),
        ("Is one copy enough?", True),
        ("要带哪些东西", False),
        ("what do I need", False),
        ("幾多錢", False),
    ],
)
def test_a_question_that_wants_a_yes_or_a_no_is_told_by_its_grammar(text: str, *, polar: bool) -> None:
    """In either language."""
    assert is_polar(text) is polar


# What was shown before a guide was told


async def test_a_fact_of_what_was_shown_goes_before_the_guide_told_since(catalogs: Catalogs) -> None:
    """Until when a fine is paid is no matter of the guide on points."""
    asker = Asker(catalogs)
    asker._dialogue = Dialogue(asker.handlers, Offer(SERVICES, {"town": TOWN}, facts=FACTS, finder=FINDER))
    await asker.ask_for_fines()
    await asker.hear("733540", "inform", asks=0.0, entities=(Entity(entity="vin_last6", value="733540"),))
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    inquiry = Inquiry(0.95, (("unsaid", 0.5), (FINES, 0.3)), (), (), (LikelyFact(FINES, "paid_late", 0.8),))
    turn = turn_of(
        *("c", "text", "service_guide", TOWN, asker.locale, asker.now),
        text="那笔罚款最晚哪天交",
        inquiry=inquiry,
        commands=(("ask_duration", 0.9),),
    )
    await asker.take(turn)
    assert [reply.key for reply in asker.outcome.replies] == ["facts.message"]


# Who needs no form of this service


async def test_who_holds_another_document_is_told_the_guide_for_them(couple: Couple) -> None:
    """Beside the word that this is not for them; nothing is begun, and what follows is about that guide."""
    await couple.ask("我拿的是护照，我和她登记要准备什么", "ask_papers")
    assert couple.keys[0] == "marriage_registration.foreigners"
    assert couple.session.finished[-1].shown.get("guide") == "marriage_with_foreigner"
    assert couple.outcome.service is None


async def test_who_is_named_without_a_document_is_told_it_where_it_may_be_meant(couple: Couple) -> None:
    """The model hints at the guide; without a hint the form begins as ever."""
    matters = ((MARRIAGE, 0.7), (WITH_FOREIGNERS, 0.2))
    await couple.ask("我未婚夫是香港人，想约个登记的时间", "start", matters=matters, asks=0.3)
    assert couple.session.finished[-1].shown.get("guide") == "marriage_with_foreigner"


# What was refused, made elsewhere, or is not done here


async def test_who_booked_before_is_said_not_to_be_known(couple: Couple) -> None:
    """The buttons of the refusal stay; it is not said again."""
    for _ in range(2):
        time = "10:00" if not couple.agency.wishes else "14:00"
        await couple.say(f"西湖 {NEXT_WEDNESDAY} {time}", MARRIAGE, office="西湖区婚姻登记处")
        for value in (*NAMES, MAN, WOMAN, PHONE):
            await couple.say(value, "inform")
        await couple.say("对", "affirm")
        couple.cases = {}
    assert "appointment.booked_elsewhere" in couple.keys
    await couple.ask("哪个时候约的，我俩咋不晓得", "what_i_have", intent="nlu_fallback", matters=(("unsaid", 0.8),))
    assert couple.keys == ["appointment.not_seen_here", "common.back_to_question"]
    assert couple.outcome.service == MARRIAGE


async def test_a_wish_of_another_office_names_its_telephone(catalogs: Catalogs) -> None:
    """By its words, though nothing is asked."""
    resident = Resident(catalogs, SERVICES, finder=FINDER)
    inquiry = Inquiry(0.05, (("none", 0.9),))
    turn = turn_of(
        *("c", "text", "out_of_scope", TESTVILLE, "zh_Hans", resident.now), text="给我抢张后天的高铁票", inquiry=inquiry
    )
    assert "12306" in await resident.take(turn)


async def test_money_back_where_nothing_was_paid_is_asked_of_what_is_open(couple: Couple) -> None:
    """A fact answers; nothing is said of payments."""
    await couple.say("想约个结婚登记", MARRIAGE)
    await couple.ask("改主意的话那个号能退不", "refund", ("move_or_cancel", 0.7), intent="refund", confidence=0.9)
    assert "facts.message" in couple.keys


async def test_whether_a_number_will_be_asked_for_is_told(couple: Couple) -> None:
    """What it is needed for, before it is asked for; the question stays."""
    await couple.say("想约个结婚登记", MARRIAGE)
    told = await couple.ask("身份证号你们也要吗", "ask_why", intent="nlu_fallback", confidence=0.3)
    assert "会请您填" in told
    assert "法定婚龄" in told
    assert couple.state == (MARRIAGE, "office")


async def test_other_choices_are_no_repetition(couple: Couple) -> None:
    """Facts that are offered anew are offered, whatever was offered before; the same ones are not."""
    await couple.ask("领证的事问下", "ask_what", ("photos", 0.3), ("age", 0.2))
    await couple.ask("还有个事", "ask_what", ("health_check", 0.3), ("name", 0.2))
    assert couple.keys[0] == "facts.which"
    await couple.ask("还是那个事", "ask_what", ("health_check", 0.3), ("name", 0.2))
    assert "facts.which" not in couple.keys


async def test_another_case_of_the_guide_that_was_told_is_asked_of_it(asker: Asker) -> None:
    """Though it sounds like nothing but a value."""
    await asker.hear("狗证怎么办", "service_guide", (DOG, 0.95))
    keys = await asker.hear("大型犬呢", "inform", asks=0.0, commands=(("start", 0.3), ("ask_papers", 0.25)))
    assert keys[0].startswith("guide.")
    assert asker.told == "dog_licence"


async def test_where_an_office_is_begins_no_look_up(catalogs: Catalogs) -> None:
    """Its telephone and hours are told; that the address is not published here, too."""
    resident = Resident(catalogs, SERVICES, finder=FINDER)
    inquiry = Inquiry(0.95, ((FINES, 0.4), ("unsaid", 0.3)), (("place", 0.4),))
    commands: tuple[tuple[Command, float], ...] = (("ask_hours", 0.5), ("ask_place", 0.4))
    turn = turn_of(
        *("c", "text", FINES, TESTVILLE, "zh_Hans", resident.now),
        **{"text": "处理罚款的大厅在哪，几点开门", "inquiry": inquiry, "commands": commands, "confidence": 0.95},
    )
    told = await resident.take(turn)
    assert "0000-122" in told
    assert "没有公布" in told
    assert resident.outcome.service is None


async def test_one_that_stands_out_is_told(couple: Couple) -> None:
    """Of what is talked of; where another is nearly as likely both are offered."""
    await couple.say("想约个结婚登记", MARRIAGE)
    told = await couple.ask("这事爸妈替我俩去得了不", "ask_next", ("in_person", 0.56), ("age", 0.06))
    assert "一起到场" in told
    await couple.ask("那到时候呢", "ask_next", ("open_days", 0.36), ("late_or_missed", 0.2))
    assert "facts.which" in couple.keys


async def test_what_can_be_put_right_is_no_question_of_what_is_asked_for(couple: Couple) -> None:
    """A name that was written wrongly is another fact's."""
    await couple.say("想约个结婚登记", MARRIAGE)
    await couple.ask("名字要是打错了改得了吗", "ask_next", ("move_or_cancel", 0.9))
    assert "facts.message" in couple.keys


async def test_a_guide_that_no_word_names_hides_no_fee(couple: Couple) -> None:
    """The model finds a guide for any bare question; the situation hears a fee."""
    await couple.say("想约个结婚登记", MARRIAGE)
    matters = (("guide:small_claims", 0.44), ("unsaid", 0.1))
    told = await couple.ask("给句痛快话，花多少", "ask_fee", ("fee", 0.26), intent="out_of_scope", matters=matters)
    assert "不收费" in told


async def test_two_things_of_one_service_are_told_though_nothing_is_talked_of(couple: Couple) -> None:
    """Each clause has its fact; where clauses are of several services none is told for them."""
    asks = [Inquiry(0.9, ((MARRIAGE, 0.5),), (), (), (LikelyFact(MARRIAGE, name, 0.7),)) for name in ("fee", "photos")]
    parts = tuple(Part(text, "nlu_fallback", 0.3, inquiry=one) for text, one in zip(("钱", "相片"), asks, strict=True))
    told = await couple.ask("领证的钱，还有相片", "unclear", intent="nlu_fallback", parts=parts, confidence=0.3)
    assert "不收费" in told
    assert couple.keys == ["facts.message", "facts.message"]


async def test_what_goes_on_from_a_telephone_is_known_there(couple: Couple) -> None:
    """Not by the account's agency."""
    nothing = (("request_status", 0.9),)
    await couple.ask("出入境那本港澳通行证好了没", "status", intent="request_status", matters=nothing, asks=0.3)
    assert couple.keys == ["cases.none"]
    said = await couple.ask("能叫别人帮我拿吗", "ask_who", intent="out_of_scope", matters=(("out_of_scope", 0.5),))
    assert "12367" in said


def test_guides_that_services_name_are_published() -> None:
    """A name with an error would silently tell nothing."""
    named = {case.guide for one in SERVICES.values() for case in getattr(one, "further", ())} - {None}
    assert named
    assert named <= set(GUIDES)
