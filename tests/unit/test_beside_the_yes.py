"""At a summary: what is told beside a yes changes nothing, and who lets it go in the end is believed."""

import pytest
from fixtures.booking import MAN, MARRIAGE, NAMES, NEXT_WEDNESDAY, PHONE, WOMAN, Applicant
from fixtures.services import SERVICES

from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity, OpenTicket
from desk.texts.catalogs import Catalogs

SUMMARY = (MARRIAGE, None)
TOMORROW = Entity(entity="date", value="明天")
Likely = tuple[tuple[Command, float], ...]


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES, MARRIAGE)


async def hear(resident: Applicant, text: str, intent: str, commands: Likely, *parts: Part, **understood: str) -> str:
    """Say something at the summary, heard in its situation."""
    resident.commands = commands
    ranking = {intent: 0.92, "payment_status": 0.02}
    said = await resident.say(text, intent, parts=parts, ranking=ranking, **understood)
    resident.commands = ()
    return said


@pytest.mark.parametrize(
    ("text", "intent", "commands", "parts"),
    [
        pytest.param(
            "就是这样子没问题我明天喊侄子来付钱", "affirm", (("change", 0.7), ("confirm", 0.1)), (), id="one clause"
        ),
        pytest.param(
            "没问题，明天侄子来付钱",
            "payment_status",
            (("confirm", 0.55), ("later", 0.25)),
            (
                Part("没问题", "affirm", 0.95, commands=(("confirm", 0.95),)),
                Part("明天侄子来付钱", "payment_status", 0.7, commands=(("later", 0.8),), entities=(TOMORROW,)),
            ),
            id="a clause of its own",
        ),
    ],
)
async def test_a_day_of_something_else_moves_nothing(
    resident: Applicant, text: str, intent: str, commands: Likely, parts: tuple[Part, ...]
) -> None:
    """Nothing is booked on such a yes either: it is asked for again."""
    await resident.fill()
    before = dict(resident.session.open[-1].values)
    said = await hear(resident, text, intent, commands, *parts, date="明天")
    assert (resident.state, dict(resident.session.open[-1].values)) == (SUMMARY, before)
    assert resident.agency.live == []
    assert "以上都正确吗" in said


@pytest.mark.parametrize(
    ("text", "intent", "commands"),
    [
        pytest.param("对，不过改到明天", "affirm", (("change", 0.8),), id="a yes with a but"),
        pytest.param("那天我加班，换明天行不行呀", "correct", (("change", 0.9),), id="a change"),
    ],
)
async def test_a_day_that_is_put_right_counts(resident: Applicant, text: str, intent: str, commands: Likely) -> None:
    """In its own clause or beside a yes."""
    await resident.fill()
    await hear(resident, text, intent, commands, date="明天")
    assert resident.session.open[-1].values.get("date") != str(NEXT_WEDNESDAY)


async def test_a_sigh_at_last_does_not_take_an_end_back(resident: Applicant) -> None:
    """The whole surely ends it; a last word of resignation sounds like a yes in its situation, and is none."""
    await resident.fill()
    parts = (
        Part("不领证了", "cancel", 0.88, commands=(("confirm", 0.8), ("cancel_this", 0.1))),
        Part("唉随它去", "thanks", 0.9, commands=(("confirm", 0.9), ("cancel_this", 0.05))),
    )
    await hear(resident, "不领证了，唉随它去", "cancel", (("cancel_this", 0.94),), *parts)
    assert resident.state == (None, None)
    assert [reply.key for reply in resident.outcome.replies] == ["common.set_aside", "ended.nothing_booked"]


async def test_who_thinks_aloud_and_ends_at_last_ends_it(resident: Applicant) -> None:
    """The whole puts it off; its last clause says that it is over."""
    await resident.say("结婚登记", MARRIAGE)
    parts = (
        Part("我再琢磨琢磨", "deny", 0.9, commands=(("later", 0.6), ("wait", 0.2))),
        Part("不领了吧", "cancel", 0.8, commands=(("cancel_this", 0.92),)),
    )
    await hear(resident, "我再琢磨琢磨，不领了吧", "deny", (("later", 0.6), ("cancel_this", 0.25)), *parts)
    assert resident.session.open == ()


async def test_a_clause_about_the_number_that_is_given_fetches_nobody(resident: Applicant) -> None:
    """Whom to ring there is about the telephone that was asked for; who plainly wants a person gets one."""
    await resident.say(f"预约登记结婚 西湖区婚姻登记处 {NEXT_WEDNESDAY} 10:00", MARRIAGE, office="西湖区婚姻登记处")
    await resident.say(f"{NAMES[0]}和{NAMES[1]}", "inform")
    await resident.say(f"{MAN} {WOMAN}", "inform")
    number = Entity(entity="phone", value=PHONE)
    gives = Part(PHONE, "inform", 0.99, commands=(("provide", 0.98),), entities=(number,))
    ring = Part("打我这个", "human_agent", 0.9, commands=(("person", 0.4), ("skip", 0.3)))
    await hear(resident, f"{PHONE}，打我这个", "inform", (("provide", 0.96),), gives, ring, phone=PHONE)
    assert not [one for one in resident.effects if isinstance(one, OpenTicket)]
    assert resident.session.open[-1].values.get("phone") == PHONE
