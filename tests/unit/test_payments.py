"""States, numbers, keys and addresses of payments: tables and laws, without a store."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.contract.errors import ConfigurationError, NotFound
from desk.contract.messages import Reply, Text
from desk.payments.links import Links
from desk.payments.numbers import receipt_number, serial_of
from desk.payments.states import ENDED, HAS_MONEY, OrderEvent, State, after
from desk.store import keys
from desk.store.keys import Keys, Unsealable

KEYS = Keys("0123456789abcdef" * 3)
ORDER = "202611240000000000000001"
MOVES = {
    (State.OPEN, OrderEvent.PAID): State.PAID,
    (State.OPEN, OrderEvent.CLOSED): State.CLOSED,
    (State.CLOSED, OrderEvent.PAID): State.PAID,
    (State.PAID, OrderEvent.BOOKED): State.BOOKED,
    (State.PAID, OrderEvent.REFUND): State.REFUNDING,
    (State.BOOKED, OrderEvent.REFUND): State.REFUNDING,
    (State.REFUNDING, OrderEvent.REFUNDED): State.REFUNDED,
}
STAYS = {
    (State.BOOKED, OrderEvent.PART_REFUND),
    (State.BOOKED, OrderEvent.PART_REFUNDED),
    (State.REFUNDING, OrderEvent.PART_REFUNDED),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", OrderEvent)
def test_only_the_table_happens(state: State, happening: OrderEvent) -> None:
    """Each state and happening: where it leads, or that it cannot happen there."""
    stays = state if (state, happening) in STAYS else None
    assert after(state, happening) == MOVES.get((state, happening), stays)


@given(st.lists(st.sampled_from(OrderEvent)))
def test_whatever_happens_in_whatever_order_money_is_counted_once(happenings: list[OrderEvent]) -> None:
    """Replayed, reordered, invented: an order is paid at most once, booked only when paid, refunded only when paid."""
    state, taken = State.OPEN, []
    for happening in happenings:
        following = after(state, happening)
        if following is not None:
            state = following
            taken.append(happening)
    assert taken.count(OrderEvent.PAID) <= 1
    assert taken.count(OrderEvent.BOOKED) <= 1
    assert taken.count(OrderEvent.REFUNDED) <= 1
    assert (OrderEvent.PAID in taken) == (state in HAS_MONEY)
    assert (OrderEvent.REFUNDED in taken) == (state in ENDED and state is not State.CLOSED)


@given(st.integers(1, 10**12))
def test_receipt_numbers_are_read_back(serial: int) -> None:
    """What is written is read, without regard for case, hyphen and spaces."""
    number = receipt_number(serial)
    assert serial_of(number) == serial_of(f" {number.lower().replace('-', '')} ") == serial


@given(st.integers(1, 10**9), st.data())
def test_one_wrong_digit_is_no_receipt(serial: int, data: st.DataObject) -> None:
    """Luhn's digit notices every single wrong digit."""
    number = receipt_number(serial)
    places = [place for place, char in enumerate(number) if char.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    with pytest.raises(NotFound):
        serial_of(number[:place] + digit + number[place + 1 :])


def test_what_is_sealed_opens_only_as_what_it_is() -> None:
    """For the same purpose, of the same order, with the same secret, unchanged."""
    sealed = KEYS.seal("浙A2E87G".encode(), purpose="order", of=ORDER)
    assert KEYS.open(sealed, purpose="order", of=ORDER).decode() == "浙A2E87G"
    assert "浙A2E87G".encode() not in sealed
    others = [
        (KEYS, sealed, "receipt", ORDER),
        (KEYS, sealed, "order", ORDER[:-1] + "2"),
        (Keys("another" * 6), sealed, "order", ORDER),
        (KEYS, sealed[:-1] + bytes([sealed[-1] ^ 1]), "order", ORDER),
        (KEYS, b"", "order", ORDER),
    ]
    for other, what, purpose, of in others:
        with pytest.raises(Unsealable):
            other.open(what, purpose=purpose, of=of)


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The second `make` changes nothing; nobody else can read the file."""
    keys.make(tmp_path)
    first = (tmp_path / keys.FILE).read_bytes()
    keys.make(tmp_path)
    assert (tmp_path / keys.FILE).read_bytes() == first
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [keys.FILE]


def test_without_a_secret_the_mend_is_said(tmp_path: Path) -> None:
    """No file and no setting: the message says what to set."""
    with pytest.raises(ConfigurationError, match="DESK_SECRET_KEY"):
        keys.load(tmp_path, None)


def test_a_short_secret_is_refused() -> None:
    """Too few characters can be guessed."""
    with pytest.raises(ConfigurationError, match="too short"):
        Keys("x" * 31)


def test_codes_open_only_their_own_page() -> None:
    """A pay page's code opens no other order, and is no receipt's code."""
    links = Links(KEYS, "https://city.example")
    code = links.pay_code(ORDER)
    assert links.opens_pay_page(ORDER, code.lower())
    assert not links.opens_pay_page(ORDER[:-1] + "2", code)
    assert not links.opens_pay_page(ORDER, "")
    assert not links.verifies(ORDER, code[:10])
    assert links.receipt_code("R1000001-7") in links.receipt("R1000001-7")


def test_addresses_are_filled_in_however_deep() -> None:
    """In arguments, nested texts and lists."""
    links = Links(KEYS, "https://city.example")
    inner = Text(key="b", args={"link": {"pay_page": ORDER}}).model_dump()
    reply = Reply(key="a", args={"deep": {"text": inner}, "list": {"items": [inner], "join": "lines"}, "n": 1})
    filled = links.reply(reply).args
    page = {"link": {"pay_page": links.pay_page(ORDER)}}
    assert filled["deep"]["text"]["args"]["link"] == page  # type: ignore[index,call-overload]
    assert filled["list"]["items"][0]["args"]["link"] == page  # type: ignore[index,call-overload]
    assert filled["n"] == 1
