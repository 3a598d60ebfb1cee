"""What else a message wished, less surely than what was done: named in its own words, with a button that begins it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from actions.dialogue.answers import menus
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.loops import NOTHING
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading import negation
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part, Turn
from actions.schema import BillService
from desk.contract.commands import Command
from desk.contract.messages import EmergencyHeard, OpenTicket, Reply

BEGINS: tuple[Command, ...] = ("start",)
REPORT, REPORTED = "report", 0.3
"""The kind of service that any story sounds like; and so likely the whole message must wish it."""
LIKELY, HEARD, HINTED = 0.6, 0.7, 0.03
"""So likely a part wishes a service by its words, the situation begins something by it, and the whole hints at it: who
tells a story ("seven months pregnant, …") wishes none of what its parts sound like."""
OF_PAYMENTS, WHEN = "payment_status", frozenset({"date", "time"})
"""What is said of money that was not paid here is about a bill; and what any service may take names none."""
GUIDE = "guide"
"""The kind of service that tells, and does nothing."""
ASKED_BACK = ("common.not_understood", "meant.", "common.which_language", "common.nothing_open")
"""Replies that offer what may be meant begin so."""
TELLS = ("guide.", "facts.")
ENDS = (EmergencyHeard, OpenTicket)
LONGEST, MOST = 40, 2
"""So many characters of a part are quoted; and so many parts are named."""


def named(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Outcome:
    """The same, and what else was said, before the question that is asked."""
    if turn.kind != "text" or len(turn.parts) < 2 or before.pending is not None or not _did_something(outcome):
        return outcome
    said = [_asked(turn, part, name, offer) for part, name in _left(outcome, turn, before, offer)][:MOST]
    asks = outcome.session.front is not None and outcome.asks_for is not None
    first, last = (outcome.replies[:-1], outcome.replies[-1:]) if asks else (outcome.replies, ())
    return replace(outcome, replies=(*first, *said, *last)) if said else outcome


def _did_something(outcome: Outcome) -> bool:
    """Whether anything was done or told, and nothing else is at hand."""
    if not outcome.replies or outcome.city is not None or outcome.session.pending is not None:
        return False
    ended = any(isinstance(one, ENDS) for one in outcome.effects)
    return not ended and not any(reply.key.startswith(ASKED_BACK) for reply in outcome.replies)


def _left(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Iterator[tuple[Part, str]]:
    """Parts with a wish that nothing was done about, each service once."""
    done = {*_done(outcome, before, turn), *([turn.intent] if _told(outcome) else [])}
    refused = negation.heard(turn, offer).refused
    for part in turn.parts:
        name = _wished(turn, part, offer)
        if name is not None and name not in done and name not in refused:
            done = {*done, name}
            yield part, name


def _told(outcome: Outcome) -> bool:
    """Whether a guide or a fact told something: to what the whole message means."""
    return any(reply.key.startswith(TELLS) and not reply.key.startswith(NOTHING) for reply in outcome.replies)


def _done(outcome: Outcome, before: Session, turn: Turn) -> Collection[str]:
    """Services that are open, were looked up, or are offered below what is said."""
    frames = (*outcome.session.open, *(one for one in outcome.session.finished if one.touched_at == turn.now))
    known = (*frames, *before.open, *before.finished[-1:])
    offered = (one.payload[1:].partition("{")[0] for reply in outcome.replies for one in reply.buttons)
    return {*(frame.service for frame in known), *offered}


def _wished(turn: Turn, part: Part, offer: Offer) -> str | None:
    """The service that a part likely wishes, begins something by, and names or has a hint of in the whole."""
    alone = turn.only(part)
    if not alone.reading.of_model or alone.reading.probability(BEGINS) < HEARD or part.confidence < LIKELY:
        return None
    name = _of_a_bill(alone, offer) if part.intent == OF_PAYMENTS and not turn.context.orders else part.intent
    declared = offer.declared.get(name or "")
    if name is None or declared is None or declared.kind == GUIDE or not offer.offers(turn.city, name):
        return None
    whole = next((one.confidence for one in turn.ranking if one.name == name), 0.0)
    if declared.kind == REPORT and whole < REPORTED and turn.intent in offer.declared:
        return None  # "my throat hurts" beside the wish for a doctor
    return name if whole >= HINTED or alone.has({*declared.entities} - WHEN) else None


def _of_a_bill(alone: Turn, offer: Offer) -> str | None:
    """The one service of bills whose matter a part names."""
    bills = [name for name, declared in offer.declared.items() if isinstance(declared, BillService)]
    found = [name for name in bills if alone.has({*offer.declared[name].entities} - WHEN)]
    return found[0] if len(found) == 1 else None


def _asked(turn: Turn, part: Part, name: str, offer: Offer) -> Reply:
    words = part.text.strip()
    words = words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()}…"
    args = {"words": words, "service": say.nested(offer.title(name))}
    return Reply(key="common.also_said", args=args, buttons=[menus.with_values(name, turn.only(part), offer)])
