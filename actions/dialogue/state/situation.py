"""States where a conversation stands after a turn: one pure function of what is remembered, known and said.

A new item of the situation is a field of `desk.contract.situation` and a line here.
"""

import json
from collections.abc import Callable, Iterable
from typing import cast, get_args

from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from desk.contract.commands import Command, command_of
from desk.contract.messages import (
    Button,
    CloseOrder,
    Context,
    KeepCase,
    OpenOrder,
    OpenTicket,
    Subscribe,
    Text,
    Unsubscribe,
)
from desk.contract.situation import MOST_FREE, TICKET, Confirmed, Offered, Shown, Situation, Standing, Step, possible

MOST_BUTTONS = 60
BACK = Button(title=Text(key="button.step_back"), payload="/go_back")
SUMS_UP: tuple[Confirmed, ...] = ("apply", "book", "move_booking", "submit")
"""What a summary of values asks to confirm."""

PENDING: dict[str, tuple[Step, Confirmed | None]] = {
    "erase": ("confirming", "erase"),
    "link": ("confirming", "link"),
    "move": ("confirming", "change_city"),
}
"""Questions of the dialogue itself that await a yes; any other of them awaits a choice."""


def state(outcome: Outcome, context: Context, owes: Callable[[Frame], bool]) -> Situation:
    """The situation after a turn.

    Args:
        outcome: what came of the turn.
        context: what was known when it began; what the turn itself makes is added.
        owes: whether a frame shows something that can be paid.
    """
    session, front = outcome.session, outcome.session.front
    step, confirms = _step(session)
    shown = tuple(_shown(one, owes) for one in reversed(session.finished))
    if front is not None and owes(front):
        shown = (Shown(service=front.service, due=True), *shown)
    standing = _standing(outcome, context)
    buttons = _buttons(outcome)
    question = None if front is None else front.question
    stated = Situation(
        said=tuple(reply.key for reply in outcome.replies),
        service=None if front is None else front.service,
        step=step,
        asks_for=None if question is None else question.asks_for,
        field=None if question is None else question.field,
        confirms=confirms,
        waiting=tuple(frame.service for frame in reversed(session.open[:-1])),
        shown=shown,
        standing=standing,
        buttons=buttons,
        free=() if question is None or step != "asking" else question.free[:MOST_FREE],
        further=_further(session, step),
    )
    return stated.model_copy(update={"commands": possible(stated)})


def _shown(frame: Frame, owes: Callable[[Frame], bool]) -> Shown:
    guide = frame.shown.get("guide")
    return Shown(service=frame.service, due=owes(frame), guide=guide if isinstance(guide, str) else None)


def of_button(payload: str) -> Command:
    """The command that the press of a button is."""
    intent, _, values = payload.removeprefix("/").partition("{")
    given = json.loads("{" + values) if values else {}
    if intent == "change_appointment" and given.get("field") == "give_up":
        return "withdraw"
    if intent == "choose" and given.get("command") in get_args(Command.__value__):
        return cast(Command, given["command"])
    if intent == "choose" and "reference" in given:
        return "pay_all" if str(given["reference"]).startswith("all") else "pay_some"
    if intent == "change_language" and "manner" in given:
        return "simpler"
    if intent == "inform":
        return "choose"
    return command_of(intent)


def _step(session: Session) -> tuple[Step, Confirmed | None]:
    """What is asked: by the dialogue itself, else by the service in front."""
    if session.pending is not None and "kind" in session.pending:
        return PENDING.get(str(session.pending["kind"]), ("choosing", None))
    question = None if session.front is None else session.front.question
    if question is None:
        return "idle", None
    if question.confirms is not None:
        return "confirming", question.confirms
    if question.asks_for is not None:
        return "asking", None
    yes = any(button.payload == "/affirm" for button in question.reply.buttons)
    return ("confirming", "go_on") if yes else ("choosing", None)


def _standing(outcome: Outcome, context: Context) -> tuple[Standing, ...]:
    """What was made and is not over, with what this turn makes, ends or changes of it."""
    kept = {case.case: case for case in context.cases}
    kept |= {one.case: one for one in outcome.effects if isinstance(one, KeepCase)}
    found = [
        Standing(what=case.kind, service=case.service, status=case.status) for case in kept.values() if not case.over
    ]
    closed = {one.order for one in outcome.effects if isinstance(one, CloseOrder)}
    orders = {one.order: (one.service, one.status) for one in context.orders if one.status != "closed"}
    orders |= {one.order: (one.service, "open") for one in outcome.effects if isinstance(one, OpenOrder)}
    found += [
        Standing(what="order", service=service, status=status)
        for number, (service, status) in orders.items()
        if number not in closed
    ]
    topics = {one.topic for one in context.subscriptions}
    topics |= {one.topic for one in outcome.effects if isinstance(one, Subscribe)}
    for one in outcome.effects:
        if isinstance(one, Unsubscribe):
            topics = set() if one.topic is None else topics - {one.topic}
    if context.in_line or any(isinstance(one, OpenTicket) for one in outcome.effects):
        found.append(TICKET)
    found += [Standing(what="subscription", service="subscribe", status=topic) for topic in sorted(topics)]
    return tuple(found)


def _further(session: Session, step: Step) -> tuple[Offered, ...]:
    """Presses that stand on no button: values of a summary to be changed, and a step back once anything was given."""
    front = session.front
    if front is None or front.question is None or session.pending is not None:
        return ()
    asks = step == "asking" and front.question.field is not None
    may_go_back = (asks or front.question.confirms in SUMS_UP) and any(map(front.text, front.values))
    every = (*front.question.further, *([BACK] if may_go_back else []))
    return tuple(Offered(command=of_button(one.payload), title=one.title, payload=one.payload) for one in every)


def _buttons(outcome: Outcome) -> tuple[Offered, ...]:
    every: Iterable[Button] = (
        button
        for reply in outcome.replies
        for button in (*reply.buttons, *(one for card in reply.cards for one in card.buttons))
    )
    offered = {
        one.payload: Offered(command=of_button(one.payload), title=one.title, payload=one.payload)
        for one in every
        if one.url is None
    }
    return tuple(offered.values())[:MOST_BUTTONS]
