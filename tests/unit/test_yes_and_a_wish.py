"""A plain yes beside another wish: what is summed up is done, and the wish is heard."""

import pytest
from fixtures.booking import MARRIAGE, Applicant
from fixtures.services import SERVICES

from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

YES = Part("成，约吧", "affirm", 0.95, commands=(("confirm", 0.9),))
BUS = Part(
    "火车站广场的车几时来",
    "next_bus",
    0.96,
    commands=(("start", 0.8),),
    entities=(Entity(entity="stop", value="火车站广场"),),
)
Likely = tuple[tuple[Command, float], ...]


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES, MARRIAGE)


async def said(resident: Applicant, commands: Likely) -> str:
    await resident.fill()
    resident.commands = commands
    return await resident.say(f"{YES.text}，{BUS.text}", "next_bus", parts=(YES, BUS), stop="火车站广场")


async def test_both_are_done(resident: Applicant) -> None:
    """In their order."""
    answer = await said(resident, (("confirm", 0.5), ("start", 0.4)))
    assert len(resident.agency.live) == 1
    assert "bus at 火车站广场" in answer
    assert resident.state == (None, None)


async def test_a_doubt_in_the_message_books_nothing(resident: Applicant) -> None:
    """However plain the yes of a clause is."""
    await said(resident, (("confirm", 0.5), ("change", 0.3)))
    assert resident.agency.live == []
