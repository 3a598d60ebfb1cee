"""A question that a fact answers: of the service that is talked of, of one that is named, or of the account."""

from actions.dialogue.answers import facts
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.against_paying import ORDERS, speaks_against
from actions.dialogue.reading.inquiry import GUIDE as PREFIX
from actions.dialogue.reading.inquiry import NEAR
from actions.dialogue.rules import by_settings
from actions.dialogue.rules.rule import CODE, GUIDE, At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Part
from actions.schema import ApplicationService
from desk.city.facts import LocalFact
from desk.city.files import Agency
from desk.contract.commands import Command
from desk.contract.messages import Button, Reply, Text

WISHES: tuple[Command, ...] = (
    *("start", "subscribe", "unsubscribe", "refund", "move", "withdraw", "cancel_this", "pay_all", "pay_some"),
    *("erase", "person", "list"),
)
"""What wants something done; likelier than a fact, it is done."""
BEGINS: tuple[Command, ...] = ("start",)
ELSEWHERE, SURELY_ELSEWHERE = "out_of_scope", 0.9
"""What no city account does, by its words: nothing is offered on a guess, nor told where nothing is at hand."""
OF_A_CLAUSE = 0.4
"""So likely a fact is told to a clause of a question on what is at hand: it has fewer words to be sure by."""
MOST = 2
"""So many facts are told at once: more would be a page."""
NAMED = 0.8
"""So sure of a service by its words alone, it is what is asked about."""


async def chosen(at: At) -> Ran:
    """The fact of a button that was pressed."""
    value = at.turn.first(facts.ENTITY) if at.turn.kind == "payload" else None
    found = None if value is None else facts.named(value, at.turn.city, at.offer)
    return None if found is None else _told(at, found)


def told(at: At, *, at_hand: bool = False) -> Outcome | None:
    """The one fact, and what is open again; None where none is surely meant, or a guide is as likely.

    Of a message that asks two things each clause may have its own ("any points? and what if I pay late?").

    Args:
        at_hand: something is talked of that is neither open nor a look-up: a booking, a payment.
    """
    found = _surely(at, facts.TELLS)
    at_hand = at_hand or at.front is not None or bool(at.session.finished)
    if not at_hand and _is_elsewhere(at):
        return None
    clauses = [_of_a_clause(at, part) for part in at.turn.parts] if at_hand else []
    return _several(at, *clauses, found)


def _several(at: At, *found: LocalFact | None) -> Outcome | None:
    several = {(one.service, one.name): one for one in found if one is not None}
    replies = [said(at, one) for one in several.values()]
    return at.but(session=at.understood).answered(*replies[:MOST]) if replies else None


def _surely(at: At, least: float) -> LocalFact | None:
    found = _likely(at)
    return found[0][0] if found and found[0][1] >= least else None


def _of_a_clause(at: At, part: Part) -> LocalFact | None:
    """The fact that a clause asks for, read in the same situation; the message as a whole asks something."""
    if part.inquiry is None or _given_to_a_form(at, part):
        return None
    return _surely(at.but(at.turn.only(part)), OF_A_CLAUSE)


def _given_to_a_form(at: At, part: Part) -> bool:
    """Whether a clause gives what the form in front may take."""
    return at.front is not None and bool(part.entities)


def offered(at: At) -> Outcome | None:
    """Some facts by name, of which one may be meant."""
    found = [one for one, _ in _likely(at)]
    if not found or _is_elsewhere(at):
        return None
    reply = facts.which(found, _agency(at, found[0].service))
    return at.but(session=at.understood).answered(reply)


def _is_elsewhere(at: At) -> bool:
    return at.turn.intent == ELSEWHERE and at.turn.confidence >= SURELY_ELSEWHERE


def _likely(at: At) -> list[tuple[LocalFact, float]]:
    inquiry, wished = at.turn.inquiry, _wished(at)
    found = [] if inquiry is None else list(facts.likely(inquiry, at.turn.city, at.offer))
    found = found if wished is None else [(one, likely) for one, likely in found if one.service == wished]
    if not found or _a_guide_is_meant(at, found[0][1]):
        return []
    reading = at.turn.reading
    does = reading.probability(WISHES) - (reading.probability(ORDERS) if speaks_against(at.turn) else 0.0)
    return [] if reading.of_model and does > found[0][1] else found


def is_of_the_front(at: At) -> bool:
    """Whether a fact of the service in front may be meant."""
    inquiry = at.turn.inquiry
    found = [] if inquiry is None else facts.likely(inquiry, at.turn.city, at.offer)
    return at.front is not None and any(one.service == at.front.service for one, _ in found)


def _wished(at: At) -> str | None:
    """The service that the words surely name, which begins or looks something up; no other's fact is meant.

    In the middle of a form words alone name none but a look-up, which asks by nature: a late fee is one of the bill
    that is open.
    """
    declared = at.offer.declared.get(at.turn.intent)
    looks_up = declared is not None and declared.kind == CODE
    if at.front is not None and at.turn.intent != at.front.service and not (looks_up or at.turn.means(*BEGINS)):
        return None
    return None if declared is None or declared.kind == GUIDE or at.turn.confidence < NAMED else at.turn.intent


def said(at: At, found: LocalFact) -> Reply:
    """What is said of a fact: as the settings have it, where they decide."""
    return by_settings.said(at, found) or facts.told(found, _agency(at, found.service), _begins(at, found.service))


def _told(at: At, found: LocalFact) -> Outcome:
    return at.but(session=at.understood).answered(said(at, found))


def _a_guide_is_meant(at: At, probability: float) -> bool:
    """Whether a guide is likelier meant than the fact, in a city that offers guides."""
    inquiry = at.turn.inquiry
    if inquiry is None or not any(at.offer.declared[name].kind == GUIDE for name in at.offer.titles(at.turn.city)):
        return False
    guides = (likely for name, likely in inquiry.matters if name.startswith(PREFIX) and likely >= NEAR)
    return max(guides, default=0.0) > probability


def _agency(at: At, service: str) -> Agency:
    city = at.turn.city
    if service in city.services:
        return city.responsible(service)
    return at.offer.account_agency(city, at.turn.context.channel)


def _begins(at: At, service: str) -> list[Button]:
    """A button that begins the service, where nothing of it is open or was shown; of the account, a person."""
    if service == facts.ACCOUNT and at.front is None:
        return [say.HUMAN]
    declared = at.offer.declared.get(service)
    known = {frame.service for frame in (*at.session.open, *at.session.finished)}
    if declared is None or at.front is not None or service in known:
        return []
    title = Text(key="button.apply") if isinstance(declared, ApplicationService) else at.offer.title(service)
    return [Button(title=title, payload=f"/{service}"), say.HUMAN]
