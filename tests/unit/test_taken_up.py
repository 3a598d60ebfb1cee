"""What a press of "cancel" ended by mistake is taken up by the next message, with its values, and by no later one."""

from dataclasses import replace

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.texts.catalogs import Catalogs


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def cancelled(resident: Applicant) -> None:
    """A booking with something given, which a press ends."""
    await resident.say("结婚登记", MARRIAGE)
    front = resident.session.front
    assert front is not None
    resident.session = replace(resident.session, open=(replace(front, values={"office": "xihu"}),))
    await press(resident, "cancel")
    assert resident.session.front is None


async def press(resident: Applicant, intent: str) -> None:
    await resident.take(turn_of("c", "payload", intent, resident.city, resident.locale, resident.now))


async def hear(resident: Applicant, text: str, intent: str, *parts: Part, inquiry: Inquiry | None = None) -> list[str]:
    turn = turn_of("c", "text", intent, resident.city, resident.locale, resident.now, text=text, parts=parts)
    await resident.take(replace(turn, confidence=0.8, inquiry=inquiry))
    return [reply.key for reply in resident.outcome.replies]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param("哎呀手抖点到了，还是要的", "change_appointment", id="sounds like a change"),
        pytest.param("撳錯掣啫", "correct", id="a correction"),
        pytest.param("that was a slip, go back", "go_back", id="back"),
        pytest.param("还是结婚登记吧", MARRIAGE, id="the same wish"),
    ],
)
async def test_words_take_it_up_with_its_values(resident: Applicant, text: str, intent: str) -> None:
    """And it goes on with what it asked."""
    await cancelled(resident)
    assert (await hear(resident, text, intent))[0] == "common.taken_up"
    front = resident.session.front
    assert front is not None
    assert front.values == {"office": "xihu"}
    assert front.question is not None


async def test_a_clause_takes_it_up(resident: Applicant) -> None:
    """Whatever the whole sounds like."""
    await cancelled(resident)
    slip = Part("点错咯", "correct", 0.5)
    keys = await hear(resident, "点错咯，没想停", "cancel", slip, Part("没想停", "cancel", 0.8))
    assert keys[0] == "common.taken_up"


async def test_the_button_takes_it_up(resident: Applicant) -> None:
    await cancelled(resident)
    await press(resident, "go_back")
    assert resident.session.front is not None


async def test_a_later_message_does_not(resident: Applicant) -> None:
    """What was given is gone with the next one."""
    await cancelled(resident)
    await hear(resident, "多谢", "thanks")
    assert resident.session.ended is None
    assert "common.taken_up" not in await hear(resident, "撳錯掣啫", "correct")


@pytest.mark.parametrize(
    ("text", "intent", "inquiry"),
    [
        pytest.param("多谢", "thanks", None, id="thanks"),
        pytest.param("公交几点来", "next_bus", None, id="another wish"),
        pytest.param("改期要什么手续", "change_appointment", Inquiry(0.9), id="a question"),
    ],
)
async def test_what_says_something_else_takes_nothing_up(
    resident: Applicant, text: str, intent: str, inquiry: Inquiry | None
) -> None:
    await cancelled(resident)
    assert "common.taken_up" not in await hear(resident, text, intent, inquiry=inquiry)
    assert resident.session.ended is None


async def test_what_words_end_is_gone_at_once(resident: Applicant) -> None:
    """As is said."""
    await resident.say("结婚登记", MARRIAGE)
    front = resident.session.front
    assert front is not None
    resident.session = replace(resident.session, open=(replace(front, values={"office": "xihu"}),))
    assert "common.cancelled" in await hear(resident, "取消", "cancel")
    assert resident.session.ended is None
