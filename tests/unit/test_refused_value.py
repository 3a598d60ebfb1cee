"""A value that could not be taken is put right in words, in the message that follows."""

import pytest
from fixtures.dialogue import PLATE, TAIL, Resident

from actions.dialogue.state.session import REFUSED

WRONG = f"{TAIL[:-1]}"


@pytest.mark.parametrize("text", ["后面漏了一位，应该是{tail}", "{tail}"])
async def test_the_whole_value_again_is_taken(resident: Resident, text: str) -> None:
    """As it was before."""
    await resident.ask_for_fines()
    await resident.say(WRONG, "inform")
    await resident.say(text.format(tail=TAIL), "correct", vin_last6=TAIL)
    assert resident.register.asked == [(PLATE, TAIL)]


@pytest.mark.parametrize(("text", "plate"), [("最后一位是{end}", PLATE), ("最后两位是{end}", None)])
async def test_its_end_is_put_right(resident: Resident, text: str, plate: str | None) -> None:
    """Only what is named changes, where that fits; the rest is as it was written, and is kept for one answer."""
    wrong = f"{PLATE[:-1]}I"
    await resident.say("查违章", "traffic_fines")
    await resident.say(wrong, "inform", plate=wrong)
    assert resident.session.front is not None
    assert resident.session.front.shown[REFUSED] == {"plate": wrong}
    await resident.say(text.format(end=PLATE[-1]), "correct")
    assert resident.session.front.text("plate") == plate
    assert REFUSED not in resident.session.front.shown


async def test_it_is_forgotten_with_what_is_personal(resident: Resident) -> None:
    """After half an hour nothing of it is left, and nothing else is said to be forgotten."""
    await resident.say("查违章", "traffic_fines")
    await resident.say(f"{PLATE[:-1]}I", "inform", plate=f"{PLATE[:-1]}I")
    resident.wait(minutes=31)
    await resident.say("讲个笑话", "out_of_scope")
    assert resident.session.front is not None
    assert REFUSED not in resident.session.front.shown
    assert "common.forgotten" not in [reply.key for reply in resident.outcome.replies]
