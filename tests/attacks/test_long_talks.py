"""A talk that is made to take long to read: 40 messages of 10,000 digits hold up nobody but who reads it."""

import sys

import pytest
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import waits

from desk.texts import masking
from desk.tickets.lists.subjects import Subjects
from desk.tickets.workbench import Workbench

MESSAGES, FLOOD = 40, "１" * 10_000  # full-width digits
LI, WANG = actor("li"), actor("wang")


@pytest.fixture
def held(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many connections were held each time that a text was masked, whichever room did it."""
    found: list[int] = []
    plain = masking.masked

    def watched(*given: object, **named: object) -> str:
        found.append(house.engine.pool.checkedout())  # type: ignore[attr-defined] - of the pool that engines have
        return plain(*given, **named)  # type: ignore[arg-type]

    for name, module in [*sys.modules.items()]:
        if name.startswith("desk.") and vars(module).get("masked") is plain:
            monkeypatch.setattr(module, "masked", watched)
    return found


async def test_masking_a_long_talk_holds_nothing_of_the_store(house: House, held: list[int]) -> None:
    """Show, claim, its lines, its subject in the list, what is revealed: all are answered, and no transaction waits."""
    conversation, ticket = await waits(house)
    for _ in range(MESSAGES):
        await house.say(conversation, FLOOD)
    bench = Workbench(house.clerks)
    shown = await bench.open(LI, ticket.id)
    claimed = await house.clerks.claim(WANG, ticket.id)
    transcript = await house.clerks.transcript(WANG, claimed)
    await Subjects(house.engine).of(LI, [ticket])
    revealed = await bench.reveal(WANG, ticket.id, reason="to help")
    texts = [line.text for line in shown.lines if line.author == "resident"]
    assert (len(texts), any("１" * 10 in text for text in texts)) == (MESSAGES, False)
    assert sum("１" * 10 in line.text for line in transcript) == 0
    assert sum(line.text == FLOOD for line in revealed.lines) == MESSAGES
    assert (len(held) >= 2 * MESSAGES, set(held)) == (True, {0})
