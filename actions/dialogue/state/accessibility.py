"""How a conversation is held: `elderly` is shorter, with fewer things at a time.

The desk keeps the manner and chooses the texts (`<key>@elderly`); here it is wished, and menus are cut short.
"""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.ports import Step
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Button, ChangeManner, Manner, Reply, Text

LONGEST = 60
FEW = 4
"""So many services stand on buttons in the elderly manner; the list of all is one more."""
MENU_KEPT = frozenset({"common.services"})
"""Replies that list all services because that was asked."""


def wished(turn: Turn) -> Manner | None:
    """The manner that a message wishes, if it wishes one."""
    if turn.kind == "payload" and (chosen := turn.first("manner")) is not None:
        return "elderly" if chosen == "elderly" else "standard"
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    if turn.means("simpler"):
        return "elderly"
    said = plain(turn.text)
    if phrases("letters_elsewhere").within(said):
        return None
    if phrases("as_usual").within(said):
        return "standard"
    cannot_read = phrases("cannot_read").within(said) and not phrases("wants_a_doctor").within(said)
    return "elderly" if cannot_read or phrases("simpler").within(said) else None


def changed(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """Change the manner, say so, and go on with what is open; None where nothing of the kind is wished."""
    manner = wished(turn)
    if manner is None:
        return None
    titles = {} if session.open else dict(list(_likeliest_first(turn, offer).items())[:FEW])
    menu = [*say.service_buttons(titles), *([say.LIST] if titles else [])]
    reply = said_of(manner, *menu)
    step = Step(finished=True, effects=(ChangeManner(manner=manner),))
    return stack.returned(replace(session, failures=0), turn.in_manner(manner), (reply,), offer, step)


def said_of(manner: Manner, *buttons: Button) -> Reply:
    """That the conversation is held so from now on, with a button for the other manner."""
    other: Manner = "standard" if manner == "elderly" else "elderly"
    return Reply(key=f"common.manner_{manner}", buttons=[*buttons, button(other)])


def _likeliest_first(turn: Turn, offer: Offer) -> dict[str, Text]:
    """The city's services: whose eyes are bad may mean a doctor, too."""
    titles = offer.titles(turn.city)
    return {turn.intent: titles[turn.intent], **titles} if turn.intent in titles else titles


def fewer(outcome: Outcome, turn: Turn, offer: Offer) -> Outcome:
    """The outcome with short menus, where the conversation is held so."""
    if turn.context.manner != "elderly":
        return outcome
    return replace(outcome, replies=tuple(_cut(reply, offer) for reply in outcome.replies))


def button(manner: Manner) -> Button:
    """A button that changes the manner."""
    return Button(title=say.text(f"button.manner_{manner}"), payload=f'/change_language{{"manner": "{manner}"}}')


def _cut(reply: Reply, offer: Offer) -> Reply:
    menu = [one for one in reply.buttons if one.payload.removeprefix("/") in offer.declared]
    if len(menu) <= FEW or reply.key in MENU_KEPT:
        return reply
    kept = [one for one in reply.buttons if one not in menu[FEW:] and one != say.LIST]
    at = kept.index(menu[FEW - 1]) + 1
    return reply.model_copy(update={"buttons": [*kept[:at], say.LIST, *kept[at:]]})
