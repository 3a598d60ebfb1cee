"""Where something ends: nothing is booked, what was made stays, and a remark on it begins nothing."""

from dataclasses import replace

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.dialogue import Resident
from fixtures.hotline import Reporter
from fixtures.household import Household
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity, KeepCase, OpenTicket
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
WAITS: Likely = (("later", 0.85), ("cancel_this", 0.1))


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def hear(
    resident: Resident,
    text: str,
    intent: str,
    commands: Likely,
    *parts: Part,
    confidence: float = 0.8,
    inquiry: Inquiry | None = None,
    **items: object,
) -> list[str]:
    """Say something that is read as the test says; gives the keys of what is answered."""
    turn = turn_of("c", "text", intent, resident.city, resident.locale, resident.now, text=text, parts=parts)
    turn = replace(turn, confidence=confidence, commands=commands, inquiry=inquiry)
    await resident.take(knowing(turn, **items))
    return [reply.key for reply in resident.outcome.replies]


async def begin(resident: Applicant) -> None:
    """Begin a booking, with something given."""
    await resident.say("结婚登记", MARRIAGE)
    front = resident.session.front
    assert front is not None
    given = replace(front, values={"office": "xihu"})
    resident.session = replace(resident.session, open=(given,))


@pytest.mark.parametrize(
    ("text", "ends", "puts_off"),
    [
        ("先不办了吧，开春再讲", "先不办了吧", "开春再讲"),
        ("唔搞喇，聽日問咗佢先", "唔搞喇", "聽日問咗佢先"),
        ("let us drop it, I ask her tonight", "let us drop it", " I ask her tonight"),
    ],
)
async def test_a_clause_that_ends_it_ends_what_the_whole_puts_off(
    resident: Applicant, text: str, ends: str, puts_off: str
) -> None:
    """Nothing is kept for later, and that nothing is booked is said."""
    await begin(resident)
    parts = (
        Part(ends, "cancel", 0.92, commands=(("cancel_this", 0.5),)),
        Part(puts_off, "goodbye", 0.8, commands=(("later", 0.9),)),
    )
    assert await hear(resident, text, "goodbye", WAITS, *parts) == ["common.set_aside", "ended.nothing_booked"]
    assert resident.session.open == ()


async def test_what_is_only_put_off_is_kept(resident: Applicant) -> None:
    """As before."""
    await begin(resident)
    assert "common.set_aside" not in await hear(resident, "开春再讲", "goodbye", WAITS)
    assert resident.session.front is not None


@pytest.mark.parametrize(
    ("text", "commands", "asks"),
    [
        pytest.param("我名下没占着什么吧？", (("what_i_have", 0.4), ("status", 0.1)), 0.9, id="a question"),
        pytest.param("冇幫我留住啲乜，係咪", (("what_i_have", 0.35),), 0.1, id="a yes is wanted"),
        pytest.param("do I have anything held here", (("what_i_have", 0.5),), 0.9, id="in English"),
    ],
)
async def test_whether_anything_is_booked_is_answered(
    resident: Applicant, text: str, commands: Likely, asks: float
) -> None:
    """By what there is, and not as a question that nobody published an answer to."""
    inquiry = Inquiry(asks, (("traffic_fines", 0.3),))
    assert await hear(resident, text, "traffic_fines", commands, inquiry=inquiry) == ["have.nothing"]


async def test_whether_what_was_filed_elsewhere_is_done_is_another_question(resident: Applicant) -> None:
    """Whoever took it knows."""
    keys = await hear(resident, "我的证办好没有", "request_status", (("status", 0.9),), inquiry=Inquiry(0.9))
    assert keys == ["cases.none"]


async def filed(catalogs: Catalogs) -> tuple[Reporter, KeepCase]:
    """A report that was submitted."""
    reporter = Reporter(catalogs, SERVICES)
    await reporter.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    await reporter.say("没有照片", "deny")
    await reporter.say("确认", "affirm")
    return reporter, next(one for one in reporter.effects if isinstance(one, KeepCase))


@pytest.mark.parametrize("text", ["唉，我先支个板凳在那儿", "咁我自己擺個雪糕筒先", "oh well, I set a chair there"])
async def test_a_remark_on_what_was_filed_begins_nothing(catalogs: Catalogs, text: str) -> None:
    """What was filed is named, and stays."""
    reporter, case = await filed(catalogs)
    likely: Likely = (("start", 0.16), ("unclear", 0.1))
    keys = await hear(reporter, text, "report_problem", likely, confidence=0.5, cases=(case,))
    assert keys == ["ended.stays"]
    assert reporter.session.open == ()


async def test_what_was_filed_is_named_where_another_one_ends(catalogs: Catalogs) -> None:
    """Nobody is left to think that it is gone, too."""
    reporter, case = await filed(catalogs)
    await reporter.say("再报一个", "report_problem")
    assert reporter.session.front is not None
    turn = turn_of("c", "payload", "cancel", reporter.city, reporter.locale, reporter.now)
    await reporter.take(knowing(turn, cases=(case,)))
    assert [reply.key for reply in reporter.outcome.replies] == ["ended.stays", "common.cancelled_by_press"]


@pytest.mark.parametrize(
    ("text", "hands_over"),
    [
        pytest.param(
            "你好，我年纪大了，不会弄。前阵子有人来看水表，说表坏了，后来再没来过。给我找个真人讲讲。",
            True,
            id="a plea",
        ),
        pytest.param(
            "你好，我年纪大了，不会弄。前阵子有人来看水表，说表坏了，不要给我转真人，我就查账单。", False, id="refused"
        ),
        pytest.param(
            "Hello, I am old, I cannot do this. Someone came, he said the meter is wrong, I want a real person.",
            True,
            id="in English",
        ),
    ],
)
async def test_a_plea_at_the_end_of_a_story_goes_to_a_clerk(
    resident: Applicant, text: str, *, hands_over: bool
) -> None:
    """Whatever else it sounds like, with what it named; of so many clauses none is read alone."""
    await hear(resident, text, "utility_bills", (("start", 0.9),))
    tickets = [one for one in resident.effects if isinstance(one, OpenTicket)]
    assert [one.reason for one in tickets] == (["asked"] if hands_over else [])


async def test_who_cannot_answer_calls_speaks_of_the_number(catalogs: Catalogs) -> None:
    """The report stays open: what sounds like a wish for a person beside it is none."""
    reporter = Reporter(catalogs, SERVICES)
    await reporter.tell("文三路学院路口路灯不亮了", place="文三路学院路口")
    asked = reporter.state
    deaf = Part("我耳聋", "human_agent", 0.85, commands=(("person", 0.6),))
    skips = Part("接不了电话", "human_agent", 0.8, commands=(("skip", 0.95),))
    await hear(reporter, "我耳聋，接不了电话", "human_agent", (("skip", 0.4), ("person", 0.2)), deaf, skips)
    assert asked == ("report_problem", "phone")
    assert not any(isinstance(one, OpenTicket) for one in reporter.effects)
    assert reporter.session.front is not None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("俺没有要交水电费呀", ("水", "电费")),
        ("我唔係要交水費喎", ("水費",)),
        ("I do not want to pay the water bill", ("water",)),
    ],
)
async def test_bills_that_are_refused_by_name_end(catalogs: Catalogs, text: str, kinds: tuple[str, ...]) -> None:
    """Of what holds nothing no part ends, but all of it; that nothing was charged is said."""
    household = Household(catalogs, SERVICES)
    await household.ask("交费")
    named = tuple(Entity(entity="utility_type", value=one) for one in kinds)
    turn = turn_of(
        "c", "text", "utility_bills", household.city, household.locale, household.now, text=text, entities=named
    )
    await household.take(turn)
    assert [reply.key for reply in household.outcome.replies] == ["ended.nothing_charged", "common.cancelled"]
    assert household.session.open == ()
