"""A person that is asked for beside a matter."""

import pytest
from fixtures.dialogue import Resident

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.messages import OpenTicket

PERSON = Part("找人工", "human_agent", confidence=0.95)
FINES = Part("我的罚款交了还显示没交", "traffic_fines", confidence=0.9)


async def tickets(resident: Resident, *parts: Part, intent: str = "traffic_fines") -> list[OpenTicket]:
    """What is said of a message of these parts, as tickets."""
    await resident.say("，".join(part.text for part in parts), intent, parts=parts)
    return [one for one in resident.effects if isinstance(one, OpenTicket)]


@pytest.mark.parametrize("parts", [(PERSON, FINES), (FINES, PERSON)], ids=["first", "last"])
async def test_a_person_is_got_and_their_agency_is_of_the_matter(resident: Resident, parts: tuple[Part, ...]) -> None:
    """Wherever it stands in the message; nothing of the matter is asked."""
    assert [(one.reason, one.service) for one in await tickets(resident, *parts)] == [("asked", "traffic_fines")]
    assert resident.outcome.replies == ()


async def test_of_no_service_the_account_has_it(resident: Resident) -> None:
    """What is wished beside it is none that there is."""
    other = Part("我的医保卡丢了", "out_of_scope")
    assert [one.service for one in await tickets(resident, PERSON, other, intent="out_of_scope")] == [None]


@pytest.mark.parametrize(
    "part",
    [
        Part("不找人工也行", "human_agent", confidence=0.7),
        Part("别给我转人工", "human_agent", confidence=0.95),
        Part("窗口有人工吗", "human_agent", confidence=0.95, inquiry=Inquiry(0.95, (("none", 0.3),))),
    ],
    ids=["unsure", "refused", "a question"],
)
async def test_who_only_speaks_of_one_gets_none(resident: Resident, part: Part) -> None:
    """The matter goes on as it would."""
    assert await tickets(resident, FINES, part) == []


async def test_a_look_up_is_answered_at_once(resident: Resident) -> None:
    """And a person can be got after it: "when is the next bus; if there is none, a person"."""
    bus = Part("28路到武林广场还要多久", "next_bus", confidence=0.95)
    assert await tickets(resident, bus, PERSON, intent="next_bus") == []
