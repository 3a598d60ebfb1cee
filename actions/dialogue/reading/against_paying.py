"""Whether a message speaks against paying, though money is all it talks of: a no, an end, a doubt, another who pays.

After something due was shown the situation hears a wish to pay in whatever names it ("let my dad pay it", "I said
appeal, not pay"). An order is opened only where neither a clause nor the whole says otherwise; who is misheard so is
told that nothing was ordered, and presses a button.
"""

from collections.abc import Iterable

from actions.dialogue.reading.pay_intent import wants_to_pay
from actions.dialogue.reading.reading import SURE
from actions.dialogue.state.turn import Turn
from actions.phrases import plain
from desk.contract.commands import Command

PAYS: tuple[Command, ...] = ("pay_all", "pay_some", "confirm", "choose")
ORDERS: tuple[Command, ...] = ("pay_all", "pay_some")
AGAINST: tuple[Command, ...] = (
    *("refuse", "cancel_this", "later", "wait", "skip", "withdraw", "refund", "complain", "person", "goodbye"),
    *("ask_next", "ask_who", "ask_why", "ask_place"),
)
"""What somebody means who does not pay now."""
YES = "affirm"
UNDOES = frozenset({"cancel", "deny", "goodbye", "refund"})
"""Intents of words that undo something, or leave it to somebody else."""
NOES, PLAINLY = frozenset({"cancel", "deny"}), 0.85
"""Intents of a no, and so sure of one words are plain."""
WHOLE, CLAUSE, HARDLY = 0.8, 0.7, 0.1
"""So likely the whole and its last clause pay, and so unlikely they mean anything else, what was sighed before is none
of it ("so be it, all at once").
"""
DOUBT, OF_A_CLAUSE = 0.15, 0.5
"""So likely the whole message means one of these, or a clause, it orders nothing."""
IN_WORDS, SURELY = 0.2, 0.95
"""So likely words undo something, the situation must be as sure as this that it is paid. Of 242 turns after a bill that
pay, the words of 27 do; of 68 that do not, those of 29: the situation decides the others.
"""


def speaks_against(turn: Turn) -> bool:
    """Whether a text says that nothing is to be paid now; what was said last counts ("no... oh well, pay it")."""
    if turn.kind != "text" or not turn.reading.of_model or wants_to_pay(turn.text):
        return False
    clauses = [turn.only(part) for part in turn.parts]
    refused = max((place for place, one in enumerate(clauses) if _refuses(one)), default=-1)
    after = clauses[refused + 1 :]
    if any(_pays(one) for one in after) or (_is_resigned(turn) and any(_rather_pays(one) for one in after)):
        return False
    if refused >= 0:
        return True
    reading = turn.reading
    against = reading.probability(AGAINST)
    undone = _undoes(turn) >= IN_WORDS and reading.probability(ORDERS) < SURELY
    return against >= DOUBT or (undone and not _agrees(turn))


def surely_pays(turn: Turn) -> bool:
    """Whether the situation surely hears paying, and nothing speaks against it: what is put off beside it is another
    matter ("the points another time, first pay the 150").
    """
    return turn.kind == "text" and turn.reading.probability(ORDERS) >= SURE and not speaks_against(turn)


def pays_at_last(turn: Turn, called: Iterable[str] = ()) -> bool:
    """Whether the last clause says to pay, and no more, whatever was put off before it ("the points another time, now
    pay the fine").

    Args:
        called: names of what is due, which say no more.
    """
    last = turn.only(turn.parts[-1]) if turn.kind == "text" and len(turn.parts) > 1 else None
    if last is None or not last.reading.of_model or last.reading.probability(ORDERS) < OF_A_CLAUSE:
        return False
    said = plain(last.text)
    for name in sorted(called, key=len, reverse=True):
        said = said.replace(name, " ")
    return not _refuses(last) and wants_to_pay(said)


def refuses_plainly(turn: Turn) -> bool:
    """Whether a clause, or the whole, plainly says no by its words, and pays by no other opinion."""
    if turn.kind != "text":
        return False
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    said = (one for one in clauses if one.intent in NOES and one.confidence >= PLAINLY)
    return any(one.reading.probability(ORDERS) < OF_A_CLAUSE for one in said)


def _agrees(turn: Turn) -> bool:
    """Whether what the message is about is a yes, by another opinion than its words' ("I will pay after all")."""
    return turn.inquiry is not None and turn.inquiry.probability(YES) >= OF_A_CLAUSE


def _pays(clause: Turn) -> bool:
    """Whether a clause pays, in plain words or as the situation surely hears it, and undoes nothing."""
    plainly = wants_to_pay(clause.text) and clause.reading.probability(PAYS) >= DOUBT
    surely = clause.reading.probability(ORDERS) >= SURELY and _undoes(clause) < IN_WORDS
    return plainly or surely


def _is_resigned(turn: Turn) -> bool:
    """Whether the whole surely pays, and hardly anything else: a sigh before it refuses nothing."""
    reading = turn.reading
    return reading.probability(ORDERS) >= WHOLE and reading.probability(AGAINST) < DOUBT


def _rather_pays(clause: Turn) -> bool:
    return clause.reading.probability(ORDERS) >= CLAUSE and _undoes(clause) < HARDLY


def _refuses(clause: Turn) -> bool:
    heard = clause.reading.probability(AGAINST) >= OF_A_CLAUSE
    return heard or (_undoes(clause) >= OF_A_CLAUSE and clause.reading.probability(ORDERS) < SURELY)


def _undoes(turn: Turn) -> float:
    """How likely words undo something."""
    surely = turn.confidence if turn.intent in UNDOES else 0.0
    return max(surely, sum(one.confidence for one in turn.ranking if one.name in UNDOES))
