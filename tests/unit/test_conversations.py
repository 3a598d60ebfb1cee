"""Pure parts of the conversations room: what is offered, how long turns wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.contract.rendered import RenderedButton, RenderedCard, RenderedMessage
from desk.conversations.outcomes import Patience
from desk.conversations.rows import OFFERS_REMEMBERED, offers_after, turn_done_event


def offering(*payloads: str, card: str | None = None) -> RenderedMessage:
    cards = (
        []
        if card is None
        else [RenderedCard(kind="bill", title="t", buttons=[RenderedButton(title="t", payload=card)])]
    )
    buttons = [RenderedButton(title="t", payload=payload) for payload in payloads]
    return RenderedMessage(text="t", locale="en", buttons=buttons, cards=cards)


def test_buttons_of_messages_and_of_cards_are_offered() -> None:
    """Both kinds count, in order."""
    assert offers_after(["/a"], [offering("/b", card="/c")]) == ["/a", "/b", "/c"]


def test_the_oldest_offers_are_forgotten_first() -> None:
    """A hundred are remembered; what is offered again is as new."""
    many = [f"/p{number}" for number in range(OFFERS_REMEMBERED)]
    after = offers_after(many, [offering("/p0", "/new")])
    assert len(after) == OFFERS_REMEMBERED
    assert after[-2:] == ["/p0", "/new"]
    assert "/p1" not in after


@given(st.integers(0, 50), st.floats(0, 1))
def test_an_unreachable_bot_is_looked_for_at_least_each_four_seconds(waits: int, chance: float) -> None:
    """So that everybody is answered within 15 s of its return, however long it was away."""
    patience = Patience()
    assert 0.2 <= patience.after(patience.unreachable, waits, chance=chance) <= 4.0


@pytest.mark.parametrize(("tries", "seconds"), [(0, 1.0), (1, 3.0), (2, 3.0)])
def test_tries_wait_one_and_three_seconds(tries: int, seconds: float) -> None:
    """The last step repeats."""
    patience = Patience()
    assert patience.after(patience.error, tries, chance=0) == seconds


def test_a_turn_that_asked_no_bot_understood_nothing() -> None:
    """`nlu` and `payment` are null, ids are strings."""
    assert turn_done_event(4711, handed_over=True).body == {
        "in_reply_to": "4711",
        "service": None,
        "asks_for": None,
        "handed_over": True,
        "payment": None,
        "nlu": None,
    }
