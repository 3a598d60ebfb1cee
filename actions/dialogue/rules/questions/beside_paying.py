"""To pay what was shown, and something beside it: both are done ("pay it; are the points taken, too?").

The order is opened, the question is answered after it, and of what nothing is published it is said who knows. A wish
beside it is heard by itself. A clause that lets go, or puts off, orders nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.reading import pay_intent, remainder
from actions.dialogue.reading.intents import CITY_SERVICES
from actions.dialogue.reading.polar import is_asked
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import pay
from actions.dialogue.rules.questions import asked_beside
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from values.joins import CUT

ORDERS: tuple[Command, ...] = ("pay_all", "pay_some")
STATUS: tuple[Command, ...] = ("status",)
LETS_GO: tuple[Command, ...] = (
    *("refuse", "cancel_this", "later", "wait", "skip", "withdraw", "refund", "complain", "person"),
)
"""What somebody means who does not pay now; a question alone is none of it."""
AGREES = frozenset({"affirm", "choose"})
"""Intents of words that say yes."""
ITS_OWN = ("plate", "utility_type", "account_number", "reference")
"""Entities of what is paid: the service that was shown tells its own from another."""
SURELY, HEARD, HINTED = 0.85, 0.5, 0.3
"""So likely a clause pays, or wishes, by what is heard in it alone; so likely one pays in plain words, asks, or lets
go; and so likely the whole must pay where no words do."""
BEGINS: tuple[Command, ...] = ("start",)


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or at.front is not None or at.session.pending is not None:
        return None
    due = pay.newest_due(at)
    if not due or turn.open_order is not None or turn.has(ITS_OWN):
        return None
    pays, beside = _apart(turn)
    if not pays or not beside or any(_lets_go(one) for one in beside):
        return None
    wished = [one for one in beside if _wishes(one) or (not _asks(one, turn) and remainder.says_more(one))]
    asked = [one for one in beside if one not in wished and _asks(one, turn)]
    if not (asked or wished):
        return None
    ordered = await pay.paid(at.but(_only_pays(turn, pays)), due)
    return _wished(at, ordered, wished) if wished else await _answered(at, ordered, asked)


def _apart(turn: Turn) -> tuple[Sequence[Turn], Sequence[Turn]]:
    """The clauses that pay, and the others; of one clause beside mere words of paying, the whole message is that."""
    clauses = [turn.only(part) for part in turn.parts]
    if len(clauses) > 1:
        pays = [one for one in clauses if _pays(one, turn)]
        return pays, [one for one in clauses if one not in pays]
    said = [piece for piece in CUT.split(turn.text) if piece.strip()]
    pays = [turn.saying(piece) for piece in said if pay_intent.wants_to_pay(piece)]
    return pays, [turn] if pays and len(pays) < len(said) and turn.reading.probability(STATUS) < HEARD else []


def _pays(clause: Turn, whole: Turn) -> bool:
    """Whether a clause says to pay: in plain words, or as the situation surely hears it and the whole may; neither a
    condition ("if I pay") nor what was paid already is one.
    """
    likely = clause.reading.probability(ORDERS)
    told = clause.intent not in AGREES and whole.reading.probability(STATUS) >= HEARD
    if told or likely <= clause.reading.probability(STATUS):
        return False
    if pay_intent.wants_to_pay(clause.text):
        return likely >= HEARD
    return likely >= SURELY and whole.reading.probability(ORDERS) >= HINTED and not _asks(clause, whole)


def _lets_go(clause: Turn) -> bool:
    return clause.reading.probability(LETS_GO) >= HEARD


def _wishes(clause: Turn) -> bool:
    """Whether a clause surely wishes a service: a look-up asks by nature ("and will it rain?")."""
    begins = clause.reading.probability(BEGINS) >= HEARD
    return begins and clause.intent in CITY_SERVICES and clause.confidence >= SURELY


def _asks(clause: Turn, whole: Turn) -> bool:
    """Whether a clause asks something: as the situation hears it, by its words, by its grammar, or by its mark."""
    inquiry = clause.inquiry
    asks = inquiry is not None and inquiry.is_question
    return asks or is_asked(clause.text, whole.text) or clause.reading.probability(ASKS) >= HEARD


def _only_pays(turn: Turn, pays: Sequence[Turn]) -> Turn:
    """The turn as if nothing but to pay had been said."""
    return replace(pays[0], text=" ".join(one.text.strip() for one in pays), confidence=turn.confidence)


async def _answered(at: At, ordered: Outcome, asked: Sequence[Turn]) -> Outcome:
    """What is asked, after the order; what nothing is known of is said once."""
    session, said, effects = ordered.session, [*ordered.replies], [*ordered.effects]
    for one in asked:
        outcome = await asked_beside.told(at.but(one, session))
        session = outcome.session
        said += outcome.replies
        effects += outcome.effects
    return Outcome(session, at.turn.locale, tuple(said), tuple(effects))


def _wished(at: At, ordered: Outcome, wished: Sequence[Turn]) -> At:
    """What is wished is heard by the other rules, after the order."""
    parts = tuple(part for part in at.turn.parts if any(one.text == part.text for one in wished))
    rest = replace(wished[0], parts=parts if len(parts) > 1 else ())
    first, done = (*at.said_first, *ordered.replies), (*at.done_first, *ordered.effects)
    return replace(at, turn=rest, session=ordered.session, said_first=first, done_first=done)
