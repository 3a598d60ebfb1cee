"""What only asks ends, begins and erases nothing; and what a timetable does not have is said."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures.dialogue import MORNING, TESTVILLE, Resident
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.transit.metro import lacking
from desk.contract.messages import Subscription, Unsubscribe

QUESTION = Inquiry(0.95, (("none", 0.4),))


def said(text: str, intent: str, **understood: Any) -> Any:
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, **understood)


@pytest.mark.parametrize(
    ("text", "intent", "key"),
    [
        ("填过的那些后来呢", "delete_my_data", "account.how_long"),
        ("那是不是要从头再来", "restart", "common.nothing_lost"),
    ],
)
async def test_what_is_asked_about_is_not_done(resident: Resident, text: str, intent: str, key: str) -> None:
    """A question about one's data is no wish to erase it; one about starting anew starts nothing anew."""
    await resident.ask_for_fines()
    before = resident.state
    await resident.take(said(text, intent, inquiry=QUESTION, commands=(("ask_account", 0.5), (intent, 0.1))[:1]))
    assert next(reply.key for reply in resident.outcome.replies) == key
    assert (resident.state, resident.effects) == (before, ())


async def test_a_question_about_notices_ends_none(resident: Resident) -> None:
    """Which are to end is asked, with all of them on buttons."""
    turn = said("只收大风的可以吗", "unsubscribe", inquiry=QUESTION, commands=(("ask_what", 0.9),))
    one = Subscription(topic="weather", district=None)
    await resident.take(knowing(turn, subscriptions=(one,)))
    assert not any(isinstance(effect, Unsubscribe) for effect in resident.effects)


async def test_no_booking_is_changed_where_there_is_none(resident: Resident) -> None:
    """Words that sound like a change, where nothing is booked and the situation hears none, mean something else."""
    turn = said("随便换一个吧", "change_appointment", confidence=0.6, commands=(("unclear", 0.5),))
    await resident.take(turn)
    assert next(reply.key for reply in resident.outcome.replies).startswith("common.not_understood")


@pytest.mark.parametrize(
    ("text", "known", "lacks"),
    [
        ("今晚往李村最后一班地铁几点", "28路", True),
        ("when is the last metro to Licun", "28路", True),
        ("3号线末班", "28路", True),
        ("地铁站旁边的28路还有多久", "28路", False),
        ("地铁末班几点", "3号线", False),
        ("28路还有多久", "28路", False),
        ("just came off the subway, is the lake far", "28路", False),
        ("刚下地铁，去湖边怎么坐", "28路", False),
    ],
)
def test_a_metro_that_is_not_known_is_said_so(text: str, known: str, lacks: bool) -> None:
    """Instead of naming a bus that sounds like it."""
    city = SimpleNamespace(
        services={"next_bus": SimpleNamespace(agency="hall")}, agency=lambda _: TESTVILLE.agencies[0]
    )
    turn: Any = replace(said(text, "next_bus"), city=city)
    network: Any = SimpleNamespace(lines=[SimpleNamespace(names={"zh_Hans": known})])
    assert (lacking(turn, "next_bus", network) is not None) is lacks
