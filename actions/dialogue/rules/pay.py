"""A sentence that wants nothing but to pay: of what was shown as due, or the order that is open."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from actions.dialogue.answers import office_hours, orders
from actions.dialogue.ports import Claim
from actions.dialogue.reading import against_paying, pay_intent
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import fact, knowing
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.commands import Command
from desk.contract.messages import Reply
from values.types.amount import money

PAYS: frozenset[Command] = frozenset({"pay_all", "pay_some", "confirm", "choose"})
STATUS = frozenset({"payment_status", "request_status"})
ORDERS: tuple[Command, ...] = ("pay_all", "pay_some")
ASKS_HOW: tuple[Command, ...] = ("ask_payment",)
BEGINS: tuple[Command, ...] = ("start", *ORDERS)
NAMES = ("plate", "utility_type", "account_number", "stop", "bus_line", "reference", "date")
"""Entities of other matters than what was shown."""
ALL_BUT_SURE, HALF, SURE_OF_OTHERS = 0.9, 0.5, 0.6
"""So likely a last clause pays, whatever stands before it; so likely where its words say nothing
else; and so sure of another intent by its words, it is that."""
WHICH = ("ordinal", "amount")
"""Entities that say which of what was shown."""
OF_PAYMENTS, OFFERS_ALL = "payments.", ".offer_all"
"""How the keys of what is said of a payment, and asked, begin or end."""
STANDS: tuple[Command, ...] = ("status",)
AGREED = 0.5
"""So likely what a message is about is a yes."""
HEARD, SURELY = 0.3, 0.8
"""So likely the situation must find a wish to pay; and so likely in a last clause, that alone counts."""


async def due(at: At) -> Ran:
    owing = _owing(at)
    return await paid(at, owing) if owing else None


async def unasked(at: At) -> Ran:
    """A yes to what else was said last is taken note of: of what is due nothing is ordered."""
    if at.turn.intent != "affirm" or at.front is not None or at.pending is not None:
        return None
    continued = await at.handlers.follow_up(at.turn, at.session, Claim.SURE)
    if continued is None or not _orders_unasked(at, continued):
        return None
    return at.but(session=at.understood).answered(Reply(key="common.all_right"))


def _orders_unasked(at: At, shown: Frame) -> bool:
    """Whether words that say yes would order what is due though it was not asked about: something else was said last
    ("good, so I can hang it out, right?"), and they name neither a payment nor which of the things shown.
    """
    if at.turn.kind != "text" or at.turn.has(WHICH) or not at.handlers.owes(shown):
        return False
    said_last = any(one.key.startswith(OF_PAYMENTS) or one.key.endswith(OFFERS_ALL) for one in at.session.said)
    return not (said_last or phrases("pays").within(plain(at.turn.text)) or _by_sum(at))


async def asked(at: At) -> Ran:
    """What sounds like the state of a payment, where there is none but what is due: that is what is asked about."""
    turn, shown = at.turn, at.session.finished[-1] if at.session.finished else None
    if turn.intent not in STATUS or turn.kind != "text" or not turn.reading.of_model or turn.context.orders:
        return None
    if shown is None or at.front is not None or not at.handlers.owes(shown) or turn.has(("reference",)):
        return None
    if turn.has(at.offer.declared[shown.service].entities):
        begins = turn.reading.probability(BEGINS) >= HEARD
        return await at.but(replace(turn, intent=shown.service)).hand(shown) if begins else None
    if turn.reading.probability(STANDS) >= HEARD:
        return None if turn.context.cases else await at.hand(shown)
    if turn.intent == "request_status":
        return None
    if (told := fact.told(at)) is not None:
        return told
    if against_paying.speaks_against(turn) and turn.reading.probability(ASKS) < HEARD:
        return await at.but(replace(turn, intent="deny")).hand(shown)
    return knowing.unknown(at.but(session=at.understood), office_hours.concerned(turn, at.session, at.offer))


async def order(at: At) -> Ran:
    turn = at.turn
    if (
        not _may_pay(turn)
        or at.front is not None
        or turn.open_order is None
        or turn.kind != "text"
        or not pay_intent.wants_to_pay(turn.text)
    ):
        return None
    return orders.shown_again(turn, at.understood, at.offer, turn.open_order)


def _may_pay(turn: Turn) -> bool:
    """Whether the situation hears a wish to pay, too: words alone order nothing (“not to pay: I leave you a word”)."""
    return not turn.reading.of_model or turn.reading.probability(PAYS) >= HEARD


def _said_last(turn: Turn) -> str:
    """The last clause where it surely pays: a wish after a refusal is the wish ("on second thought, pay it")."""
    last = turn.only(turn.parts[-1]) if turn.parts else turn
    surely = last.reading.of_model and last.reading.probability(PAYS - {"confirm", "choose"}) >= SURELY
    return last.text if surely else turn.text


def _owing(at: At) -> Sequence[Frame]:
    """What was shown as due last, where the turn wants nothing but to pay of it; with all, all that was shown."""
    turn, session = at.turn, at.session
    heard = _by_its_last_clause(at) or _by_asking(at) or _by_agreement(at)
    if meant := _by_ear(at) or _by_sum(at) or ([] if heard and _orders_unasked(at, heard[0]) else heard):
        return meant
    if not _may_pay(turn):
        return []
    named = {one.entity for one in turn.entities} - {*WHICH}
    said = _said_last(turn)
    if turn.kind != "text" or named or not pay_intent.wants_which(said):
        return []
    shown = [*session.open[-1:], *reversed(session.finished)]
    owing = [one for one in shown if at.handlers.owes(one)]
    if not owing or not (pay_intent.wants_to_pay(said) or owing[0] is shown[0]):
        return []
    return owing if session.front is None and pay_intent.wants_all(said) else owing[:1]


def _by_ear(at: At) -> Sequence[Frame]:
    """What was shown last and is due, where nothing is asked, and a short text sounds like paying and names nothing."""
    turn, session = at.turn, at.session
    shown = [*session.open[-1:], *session.finished[-1:]][:1]
    owing = [one for one in shown if one.question is None and at.handlers.owes(one)]
    sounds = turn.kind == "text" and not turn.entities and pay_intent.sounds_like_paying(turn.text)
    return owing if sounds else []


def _by_sum(at: At) -> Sequence[Frame]:
    """What was shown as due, where its very sum is named, the situation hears paying, and nothing speaks against it."""
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or not _may_pay(turn):
        return []
    if turn.reading.probability(ASKS) >= HEARD or against_paying.speaks_against(turn):
        return []
    shown = [*at.session.open[-1:], *reversed(at.session.finished)]
    meant = next((one for one in shown if _names_its_sum(turn, at.handlers.sums(one))), None)
    return [] if meant is None else [meant]


def _names_its_sum(turn: Turn, sums: frozenset[Decimal]) -> bool:
    """Whether the sums that a text names are of some, or one of these stands in it to the fen ("the 51.11 one")."""
    named = {sum_of for value in turn.values("amount") if (sum_of := money(value)) is not None}
    written = any(re.search(rf"(?<![\d.]){re.escape(f'{one:.2f}')}(?!\d)", turn.text) for one in sums)
    return (bool(named) and named <= sums) or written


def _by_its_last_clause(at: At) -> Sequence[Frame]:
    """What was shown last as due, where the last clause surely pays, nothing speaks against it, and it names nothing
    else ("so much I cannot follow… well, how do I pay it").
    """
    turn = at.turn
    last = turn.only(turn.parts[-1]) if turn.parts and turn.kind == "text" else None
    if last is None or not last.reading.of_model:
        return []
    least = HALF if pay_intent.wants_to_pay(last.text) else ALL_BUT_SURE
    if last.reading.probability(ORDERS) < least:
        return []
    names = {one.entity for one in turn.entities} - {"ordinal", "amount"}
    undoes = last.intent in against_paying.UNDOES
    return [] if names or undoes or against_paying.speaks_against(turn) else newest_due(at)


def _by_asking(at: At) -> Sequence[Frame]:
    """What was shown last as due, where it is asked whether, or how, that can be paid here; the order says how."""
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or turn.has(NAMES) or turn.confidence >= SURE_OF_OTHERS:
        return []
    about = turn.reading.probability(ORDERS) + turn.reading.probability(ASKS_HOW)
    wants = about >= SURELY and turn.reading.probability(ORDERS) >= HEARD
    return newest_due(at) if wants and not against_paying.speaks_against(turn) else []


def _by_agreement(at: At) -> Sequence[Frame]:
    """What was shown last as due, where words are sure of nothing, the matter is a yes, and the situation hears paying
    before all else, and likelier than anything against it ("ok I will pay it after all").
    """
    turn = at.turn
    if turn.kind != "text" or turn.entities or turn.inquiry is None or turn.confidence >= SURE_OF_OTHERS:
        return []
    pays = turn.reading.probability(ORDERS) if turn.reading.of_model and turn.reading.first.command in ORDERS else 0.0
    agrees = turn.inquiry.probability("affirm") >= AGREED and turn.inquiry.asks < HEARD
    heard = pays >= HEARD and pays > turn.reading.probability(against_paying.AGAINST)
    return newest_due(at) if agrees and heard else []


def newest_due(at: At) -> Sequence[Frame]:
    """What was shown last, where it is due and nothing is asked."""
    shown = [*at.session.open[-1:], *at.session.finished[-1:]][:1]
    return [one for one in shown if one.question is None and at.handlers.owes(one)]


async def paid(at: At, owing: Sequence[Frame]) -> Outcome:
    """Hand a wish to pay to each that is meant, in the order in which they were shown."""
    turn = replace(at.turn, intent="affirm")
    outcome = await at.handlers.hand(turn, at.understood, owing[-1])
    for frame in reversed(owing[:-1]):
        after = await at.handlers.hand(turn, outcome.session, frame)
        effects = (*outcome.effects, *after.effects)
        outcome = replace(after.after(outcome.replies), effects=effects)
    return outcome
