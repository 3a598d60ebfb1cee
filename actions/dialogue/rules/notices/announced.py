"""An announcement that is asked about in whatever words answers before any guide or form, and never an order.

Where some are as near, which is meant is asked. What may be meant and nothing else answers is offered by name.
"""

from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import notices
from actions.dialogue.ports import Claim
from actions.dialogue.reading.intents import CITY_SERVICES, IN_PROGRESS
from actions.dialogue.reading.published import Found, found
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.at_hand import ASKED
from actions.dialogue.rules.rule import GUIDE, At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from desk.contract.commands import Command
from desk.contract.messages import Button, Published, Reply, ShowAnnouncements, Text

SURE, IN_A_FORM, MAYBE = 0.6, 0.75, 0.3
"""So likely an announcement is asked about it answers, and in the middle of a form; from so likely on it is offered."""
STATED, HARDLY = 0.75, 0.1
"""So likely one is told to what asks nothing ("I love the library"), or as good as nothing."""
CERTAIN, ORDERED = 0.98, 0.82
"""So sure of a wish by its words a message is an order; or so likely a wish that asks nothing."""
NOT_A_QUESTION, ELSEWHERE = 0.6, 0.9
"""Where the bot finds no question at all: so sure of a wish, or that it is nothing of ours, it is that."""
HEARD = 0.8
"""So likely the situation hears a question about what is open."""
VALUE, MAY_ASK = 0.8, 0.5
"""So sure of a value, and less likely than so a question, it is that value."""
A_GUIDES = 0.99
"""So likely a guide is meant, it answers, whatever is in force on its matter."""
OWN: frozenset[Command] = frozenset({"what_i_have", "status"})
HAS = 0.5
"""So likely, what somebody has is asked about who has something."""
VALUES = frozenset({"inform", "choose", "correct"})
QUESTIONS: frozenset[Command] = ASKS - {"ask_account", "ask_payment"}
OPEN = NOT_UNDERSTOOD | {"latest_announcements"}
"""Intents that wish nothing else."""
SERVICES = (*CITY_SERVICES, *IN_PROGRESS)


async def pressed(at: At) -> Ran:
    """The announcement of a button."""
    number = at.turn.first(notices.NUMBER) if at.turn.kind == "payload" else None
    return None if number is None or not number.isdigit() else _shown(at, int(number))


async def run(at: At) -> Ran:
    near = await _near(at)
    least = SURE if at.front is None else IN_A_FORM
    asks = at.turn.inquiry is not None and at.turn.inquiry.asks >= HARDLY
    if near is None or near.likely < (least if asks else max(least, STATED)):
        return None
    if _is_of_what_is_open(at, near) or _is_of_ones_own(at.turn, near):
        return None
    return _shown(at, near.meant[0].number) if len(near.meant) == 1 else _asked(at, near.meant)


def _is_of_what_is_open(at: At, near: Found) -> bool:
    """Whether the situation surely hears a question about the form in front ("are you open on Saturday").

    What was told to this resident lately may be meant all the same.
    """
    heard = at.turn.reading.of_model and at.turn.reading.probability(ASKED) >= HEARD
    return at.front is not None and heard and not near.meant[0].told


def _is_of_ones_own(turn: Turn, near: Found) -> bool:
    """Whether who has something asks about that ("when is my appointment"), and not about what was told lately."""
    has = turn.open_order is not None or any(not case.over for case in turn.context.cases)
    asks = max(turn.confidence if turn.intent in IN_PROGRESS else 0.0, turn.reading.probability(OWN))
    return has and asks >= HAS and not near.meant[0].told


async def perhaps(at: At) -> Outcome | None:
    """Those that may be meant, by name."""
    near = await _near(at)
    return None if near is None or near.likely < MAYBE or at.front is not None else _asked(at, near.meant)


async def _near(at: At) -> Found | None:
    """The nearest announcements, where a message may ask about one."""
    turn, pending = at.turn, at.session.pending
    chooses = pending is not None and pending.get("kind") == notices.KIND
    if turn.kind != "text" or not turn.likeness or (pending is not None and not chooses) or _is_ordered(at):
        return None
    guide = 0.0 if turn.inquiry is None else turn.inquiry.likeliest_guide
    if guide >= A_GUIDES:
        return None
    near = found(turn, at.offer.rarity, notices.district_of(turn), guide)
    if near is None or near.likely < MAYBE or await _is_taken(at):
        return None
    return near


def _is_ordered(at: At) -> bool:
    """Whether something is wished, given or chosen, rather than asked about."""
    turn, inquiry = at.turn, at.turn.inquiry
    asks = max(0.0 if inquiry is None else inquiry.asks, turn.reading.probability(QUESTIONS))
    wished = 0.0 if turn.intent in OPEN or _is_of_guides(at) else turn.confidence
    if turn.intent in VALUES and turn.confidence >= VALUE and asks < MAY_ASK:
        return True
    if inquiry is None and (wished >= NOT_A_QUESTION or _is_nothing_of_ours(turn)):
        return True
    services = 0.0 if inquiry is None else max(inquiry.probability(one) for one in SERVICES)
    return wished >= CERTAIN or max(wished, services) * (1 - asks) >= ORDERED


def _is_nothing_of_ours(turn: Turn) -> bool:
    return turn.intent == "out_of_scope" and turn.confidence >= ELSEWHERE


def _is_of_guides(at: At) -> bool:
    declared = at.offer.declared.get(at.turn.intent)
    return declared is not None and declared.kind == GUIDE


async def _is_taken(at: At) -> bool:
    """Whether what is open, or was shown last, surely takes it."""
    frame = at.front or next(reversed(at.session.finished), None)
    return await at.handlers.claim(at.turn, frame) is Claim.SURE


def _shown(at: At, number: int) -> Outcome:
    outcome = at.but(session=replace(at.understood, pending=None)).answered()
    return replace(outcome, effects=(*outcome.effects, ShowAnnouncements(number=number)))


def _asked(at: At, meant: tuple[Published, ...]) -> Outcome:
    """Which of them is meant."""
    buttons = [_button(one) for one in meant]
    return at.but(session=replace(at.understood, pending=None)).answered(
        Reply(key="announcements.which", buttons=buttons)
    )


def _button(one: Published) -> Button:
    title: JsonValue = {"name": {str(locale): said for locale, said in one.titles.items()}}
    return Button(title=Text(key="card.value", args={"value": title}), payload=notices.payload_of(one.number))
