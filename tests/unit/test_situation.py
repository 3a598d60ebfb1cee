"""What the dialogue states after a turn."""

import pytest
from fixtures.dialogue import MORNING, PLATE, TAIL, TESTVILLE, item
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Question, Session
from actions.dialogue.state.situation import of_button, state
from desk.contract.commands import COMMANDS, MEANINGS
from desk.contract.messages import Button, Card, CloseOrder, OpenOrder, OrderItem, Reply, Subscribe, Text
from desk.contract.situation import TICKET, Shown, Situation, Standing, possible, read_now
from desk.texts.catalogs import Catalogs

ORDER = "202611240000000000000001"
CONTEXT = turn_of("c", "text", "inform", TESTVILLE, "zh_Hans", MORNING).context


def stated(outcome: Outcome, *owing: str) -> Situation:
    return state(outcome, CONTEXT, lambda frame: frame.service in owing)


def session(*frames: Frame, finished: tuple[Frame, ...] = (), pending: str | None = None) -> Session:
    asked = None if pending is None else {"kind": pending}
    return Session(touched_at=MORNING, open=frames, finished=finished, pending=asked)


def frame(service: str, question: Question | None = None) -> Frame:
    return Frame(id=f"{service}-1", service=service, touched_at=MORNING, question=question)


def asking(asks_for: str | None, *payloads: str, confirms: str | None = None) -> Question:
    buttons = [Button(title=Text(key="button.x"), payload=one) for one in payloads]
    return Question(asks_for, Reply(key="q", buttons=buttons), confirms=confirms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("remembered", "step", "confirms"),
    [
        pytest.param(session(), "idle", None, id="nothing is open"),
        pytest.param(session(frame("traffic_fines", asking("plate"))), "asking", None, id="a value is asked for"),
        pytest.param(
            session(frame("x", asking(None, "/affirm", confirms="book"))), "confirming", "book", id="a summary waits"
        ),
        pytest.param(session(frame("x", asking(None, "/affirm"))), "confirming", "go_on", id="a yes is awaited"),
        pytest.param(session(frame("x", asking(None, "/correct"))), "choosing", None, id="a button is awaited"),
        pytest.param(session(pending="erase"), "confirming", "erase", id="the dialogue asks whether to erase"),
        pytest.param(session(pending="topic"), "choosing", None, id="the dialogue asks which topic"),
        pytest.param(
            session(frame("x", asking("plate")), pending="erase"), "confirming", "erase", id="its own question is last"
        ),
    ],
)
def test_step_says_what_is_asked(remembered: Session, step: str, confirms: str | None) -> None:
    """By the dialogue itself, else by the service in front."""
    found = stated(Outcome(remembered, "zh_Hans"))
    assert (found.step, found.confirms) == (step, confirms)


def test_services_stand_in_their_order() -> None:
    """The one in front, then those behind it, the next first; look-ups the newest first, with what is due."""
    remembered = session(
        frame("a"), frame("b"), frame("c", asking("plate")), finished=(frame("old"), frame("traffic_fines"))
    )
    found = stated(Outcome(remembered, "en"), "traffic_fines")
    assert (found.service, found.waiting, found.asks_for) == ("c", ("b", "a"), "plate")
    assert found.shown == (Shown(service="traffic_fines", due=True), Shown(service="old"))


def test_what_the_turn_makes_stands_and_what_it_ends_does_not() -> None:
    """Effects of the turn count as if they were known already."""
    opened = OpenOrder(
        order=ORDER,
        service="traffic_fines",
        agency="police",
        items=[OrderItem(reference="1", amount="200.00", title=Text(key="t"))],
        amount="200.00",
        subject=Text(key="t"),
    )
    wished = Subscribe(topic="water")
    found = stated(Outcome(session(), "en", effects=(opened, wished)))
    assert found.standing == (
        Standing(what="order", service="traffic_fines", status="open"),
        Standing(what="subscription", service="subscribe", status="water"),
    )
    assert "pay_all" in found.commands
    closed = stated(Outcome(session(), "en", effects=(opened, CloseOrder(order=ORDER))))
    assert closed.standing == ()


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        ("/affirm", "confirm"),
        ("/deny", "refuse"),
        ("/cancel", "cancel_this"),
        ("/traffic_fines", "start"),
        ('/choose{"reference": "all-0123"}', "pay_all"),
        ('/choose{"reference": "3301"}', "pay_some"),
        ('/inform{"office": "xihu"}', "choose"),
        ('/change_appointment{"field": "give_up"}', "withdraw"),
        ('/change_appointment{"case": "c-1"}', "move"),
        ('/change_language{"manner": "elderly"}', "simpler"),
        ('/change_language{"language": "en"}', "language"),
    ],
)
def test_a_button_is_a_command(payload: str, command: str) -> None:
    """Of the intent that its payload names, and of what it names."""
    assert of_button(payload) == command


def test_buttons_of_cards_count_and_telephones_do_not() -> None:
    """What dials is no command."""
    cancel = Button(title=Text(key="button.cancel_payment"), payload='/cancel{"reference": "1"}')
    call = Button(title=Text(key="button.call"), payload='/call{"number": "110"}', url="tel:110")
    reply = Reply(key="r", buttons=[call], cards=[Card(kind="payment", title=Text(key="t"), buttons=[cancel])])
    found = stated(Outcome(session(), "en", (reply,)))
    assert [one.command for one in found.buttons] == ["cancel_this"]


SERVING = {"service": "traffic_fines", "step": "asking", "asks_for": "plate"}


@pytest.mark.parametrize("about", [{}, SERVING], ids=["nothing open", "in a form"])
def test_a_ticket_stands_as_long_as_somebody_waits(about: dict[str, str]) -> None:
    """It ends by a clerk, in no turn of the dialogue: the next message is read as if it had never been."""
    without = Situation.model_validate(about)
    without = without.model_copy(update={"commands": possible(without)})
    waiting = without.model_copy(update={"standing": (TICKET,)})
    waiting = waiting.model_copy(update={"commands": possible(waiting)})
    there, gone = (one.model_dump(mode="json") for one in (waiting, without))
    assert [read_now(one, waits=False) for one in (there, gone)] == [gone, gone]
    assert [read_now(one, waits=True) for one in (there, gone)] == [there, there]
    assert read_now(None, waits=True) is None


def test_what_else_was_made_stands_when_a_ticket_has_ended() -> None:
    """An order is still paid, a booking still moved."""
    order = Standing(what="order", service="traffic_fines", status="open")
    stated = Situation(standing=(order, TICKET)).model_dump(mode="json")
    now = read_now(stated, waits=False)
    assert now is not None
    assert [one["what"] for one in now["standing"]] == ["order"]
    assert {"pay_all", "withdraw"} <= set(now["commands"])


def test_every_command_has_its_meaning() -> None:
    """The list and its meanings are one."""
    assert list(MEANINGS) == list(COMMANDS)


async def test_a_fine_that_was_shown_can_be_paid(catalogs: Catalogs) -> None:
    """As the dialogue itself states it."""
    payer = Payer(catalogs, SERVICES, locale="zh_Hans")
    payer.register.due[PLATE] = [item(PLATE)]
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    found = payer.outcome.situation
    assert found is not None
    assert (found.service, found.step, found.shown[0]) == (None, "idle", Shown(service="traffic_fines", due=True))
    assert {"pay_all", "ask_fee", "cancel_this"} <= set(found.commands)
    assert "withdraw" not in found.commands
