"""A question that a fact answers: of the service that is talked of, of one that is named, or of the account.

Which fact is meant the bot weighs from the words. Where these say little ("and the fee?") the situation tells the part
that is asked for, and a fact of that part answers, of the service that is talked of.
"""

from collections.abc import Mapping, Sequence

from actions.dialogue.answers import facts
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.against_paying import ORDERS, speaks_against
from actions.dialogue.reading.aspects import Aspect, asked_in
from actions.dialogue.reading.inquiry import GUIDE as PREFIX
from actions.dialogue.reading.inquiry import NEAR
from actions.dialogue.rules import by_settings
from actions.dialogue.rules.rule import CODE, GUIDE, At, Ran, matter_of
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part, Turn
from actions.schema import ApplicationService, AppointmentService
from desk.city.facts import LocalFact
from desk.city.files import Agency
from desk.contract.commands import Command
from desk.contract.messages import Button, Reply, Text

WISHES: tuple[Command, ...] = (
    *("start", "subscribe", "unsubscribe", "refund", "move", "withdraw", "cancel_this", "pay_all", "pay_some"),
    *("erase", "person", "list"),
)
"""What wants something done; likelier than a fact, it is done."""
OF_WHAT_WAS_MADE: Mapping[str, Command] = {
    "refund": "refund",
    "request_status": "status",
    "payment_status": "status",
    "change_appointment": "move",
}
"""By intent, the command by which the situation hears that something is wished, or looked at, of what was made or paid.

Whether somebody's own payment arrived is looked at, and no fact says it."""
WHEN = ("date", "time")
"""Entities that say when something booked is to be."""
AGREED = 0.5
"""So likely words, the situation and what it is about each say such a wish, however near a fact is ("can I get it
back?" has the fact on money back, .86)."""
BEGINS: tuple[Command, ...] = ("start",)
ELSEWHERE, SURELY_ELSEWHERE = "out_of_scope", 0.9
"""What no city account does, by its words: nothing is offered on a guess, nor told where nothing is at hand."""
OF_A_CASE = 0.3
"""So likely a fact is told of the service that was told of last, where only another case of it is named."""
OF_A_CLAUSE = 0.6
"""So likely a fact is told to a clause of a question on what is at hand: it has fewer words to be sure by."""
MOSTLY = 0.5
"""So many of the ways in which a fact is asked for name an aspect, it is the one of several that do."""
MOST = 2
"""So many facts are told at once: more would be a page."""
NAMED = 0.8
"""So sure of a service by its words alone, it is what is asked about."""
OF_AN_OFFICE: tuple[Command, ...] = ("ask_hours", "ask_place", "ask_phone")
"""What is asked of an office: of that whose matter is talked of, unless another matter is named."""
OF_ALL = frozenset({"account", "payment_status"})
"""Facts that are no single service's."""
OF_COMMAND: Mapping[Command, str] = {
    "ask_fee": "fee",
    "ask_papers": "papers",
    "ask_duration": "days",
    "ask_place": "place",
    "ask_who": "who",
    "ask_payment": "pay",
}
"""The part of facts that a command asks for."""
LEADS, AHEAD = 0.5, 5
"""So likely, and so many times likelier than any other, a fact of what is talked of is told though it is not sure."""
MEANT = 0.5
"""So likely a guide is meant though something else is talked of."""
HEARD, HINTED = 0.8, 0.1
"""So likely the situation hears a question of a part; and so likely a fact of that part is the one, if it is not
called as the part is."""


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
    clauses = [_of_a_clause(at, part, OF_A_CLAUSE if at_hand else facts.TELLS) for part in at.turn.parts]
    if not at_hand and len({one.service for one in clauses if one is not None}) != 1:
        clauses = []  # what names no matter is nearest to anything
    return _several(at, *clauses, found or _of_its_part(at))


def _several(at: At, *found: LocalFact | None) -> Outcome | None:
    several = {(one.service, one.name): one for one in found if one is not None}
    told = list(several.values())[:MOST]
    return at.but(session=_about(at, told[0])).answered(*(said(at, one) for one in told)) if told else None


def _about(at: At, found: LocalFact) -> Session:
    """The session in which what follows is about the service of a fact, where it is one that begins with a form and
    something else, or nothing, was talked of.
    """
    matter, declared = matter_of(at.turn, at.session, at.offer), at.offer.declared.get(found.service)
    begins = isinstance(declared, ApplicationService | AppointmentService) and declared.requirements is not None
    known = any(one.service == found.service for one in (*at.session.open, *at.session.finished))
    if not begins or known or at.front is not None or (matter is not None and matter.service == found.service):
        return at.understood
    return stack.told(at.understood, found.service, at.turn.now)


def of_a_case(at: At, service: str) -> Outcome | None:
    """The fact of a service that was told of which stands out from all others, of words that only name another case."""
    found = () if at.turn.inquiry is None else at.turn.inquiry.facts
    if not found or found[0].service != service or found[0].probability < OF_A_CASE:
        return None
    if any(one.probability * AHEAD > found[0].probability for one in found[1:]):
        return None
    local = at.offer.fact(at.turn.city, service, found[0].name)
    return None if local is None else _told(at, local)


def of_an_aspect(at: At) -> Outcome | None:
    """The one fact of what is talked of that is asked for with an aspect that the message names, too; for where nothing
    else answers.
    """
    turn = at.turn
    if turn.inquiry is None or not turn.inquiry.is_question:
        return None
    return _several(at, *(_of_the_aspect(at, one) for one in asked_in(turn.text)))


def _of_the_aspect(at: At, aspect: Aspect) -> LocalFact | None:
    """The fact that is asked for with an aspect: the only one, else the one that mostly is, and more than any other."""
    every = [(service, name, one) for service in _talked_of(at) for name, one in at.offer.facts[service].facts.items()]
    shares = sorted(((_share(aspect, one.asked.all), service, name) for service, name, one in every), reverse=True)
    first, second = ([*shares, (0.0, "", ""), (0.0, "", "")])[:2]
    if not first[0] or (second[0] and (first[0] < MOSTLY or first[0] == second[0])):
        return None
    return at.offer.fact(at.turn.city, first[1], first[2])


def _talked_of(at: At) -> Sequence[str]:
    """The service that is talked of, and look-ups that are about the same thing (a bus line), which have facts."""
    turn, matter = at.turn, matter_of(at.turn, at.session, at.offer)
    service = matter.service if matter is not None else turn.inquiry.service if turn.inquiry is not None else None
    declared = at.offer.declared.get(service or "")
    if service is None or declared is None:
        return []
    same = [service]
    if declared.kind == CODE:
        others = [name for name, one in at.offer.declared.items() if one.kind == CODE and name != service]
        same += [name for name in others if {*at.offer.declared[name].entities} & {*declared.entities}]
    return [name for name in same if name in at.offer.facts]


def _share(aspect: Aspect, texts: Sequence[str]) -> float:
    """How many of some texts ask for an aspect."""
    return sum(aspect in asked_in(one) for one in texts) / len(texts)


def _surely(at: At, least: float) -> LocalFact | None:
    found = _likely(at)
    return found[0][0] if found and (found[0][1] >= least or _leads(at, found)) else None


def _leads(at: At, found: Sequence[tuple[LocalFact, float]]) -> bool:
    """Whether one of what is talked of stands out from all others, though it is not sure."""
    matter = matter_of(at.turn, at.session, at.offer)
    likely, second = found[0][1], found[1][1] if len(found) > 1 else 0.0
    its_own = matter is not None and matter.service == found[0][0].service
    return (
        its_own and at.turn.inquiry is not None and at.turn.inquiry.is_question and likely >= max(LEADS, AHEAD * second)
    )


def _of_a_clause(at: At, part: Part, least: float) -> LocalFact | None:
    """The fact that a clause asks for, read in the same situation; the message as a whole asks something."""
    if part.inquiry is None or _given_to_a_form(at, part):
        return None
    clause = at.but(at.turn.only(part))
    found = _surely(clause, least) or _of_its_part(clause)
    aspects = asked_in(part.text) if found is None and part.inquiry.is_question else ()
    of_aspects = (_of_the_aspect(clause, one) for one in aspects)
    return found or next((one for one in of_aspects if one is not None), None)


def _of_its_part(at: At) -> LocalFact | None:
    """The fact of the part that the situation surely hears, of the service that is talked of, and of no other."""
    turn, matter = at.turn, matter_of(at.turn, at.session, at.offer)
    command = turn.reading.sure if turn.reading.of_model else None
    part = None if command is None else OF_COMMAND.get(command)
    if matter is None or part is None or matter.declared.kind == GUIDE or turn.reading.probability(OF_COMMAND) < HEARD:
        return None
    if _wished(at) not in (None, matter.service):
        return None
    file = at.offer.facts.get(matter.service)
    names = () if file is None else tuple(name for name, one in file.facts.items() if one.part == part)
    inquiry = turn.inquiry
    found = () if inquiry is None else inquiry.facts
    likely = (one.name for one in found if one.service == matter.service and one.probability >= HINTED)
    name = next((one for one in likely if one in names), part if part in names else None)
    if name is None or _a_guide_is_meant(at, MEANT if matter.is_open or name == part else 0.0):
        return None
    return at.offer.fact(turn.city, matter.service, name)


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
    found = [(one, likely) for one, likely in found if not (_is_another_offices(at, one) or _is_looked_up(at, one))]
    if not found or _a_guide_is_meant(at, found[0][1]) or _is_wished_of_what_was_made(at.turn):
        return []
    reading = at.turn.reading
    does = reading.probability(_possible(at.turn)) - (reading.probability(ORDERS) if speaks_against(at.turn) else 0.0)
    does = 1 - (1 - does) * (1 - _by_words(at.turn))
    return [] if reading.of_model and does > found[0][1] else found


def _is_looked_up(at: At, found: LocalFact) -> bool:
    """Whether it only says how something is looked up, and the message names what: that is done."""
    declared = at.offer.declared.get(found.service)
    return declared is not None and found.fact.looks_up and at.turn.has(declared.entities)


def _is_another_offices(at: At, found: LocalFact) -> bool:
    """Whether it is of another service than the one that is talked of, where the situation surely hears a question on
    an office, and nothing names that other service: "are you open on Saturday" is asked of who is talked of.
    """
    turn, matter = at.turn, matter_of(at.turn, at.session, at.offer)
    if matter is None or matter.declared.kind in (CODE, GUIDE) or found.service in (matter.service, *OF_ALL):
        return False
    named = turn.intent == found.service or (
        turn.inquiry is not None and turn.inquiry.probability(found.service) >= NEAR
    )
    return turn.reading.of_model and turn.reading.probability(OF_AN_OFFICE) >= HEARD and not named


def _by_words(turn: Turn) -> float:
    """How sure the words are of the wish that the situation hears first: two opinions weigh more than one.

    "Could you tell me ahead when the water is cut" is a subscription by both, though a fact has how early it is told.
    """
    return turn.confidence if turn.reading.first.command == turn.intent and turn.intent in _possible(turn) else 0.0


def _is_wished_of_what_was_made(turn: Turn) -> bool:
    """Whether words, situation and matter agree on such a wish; nothing is given back where nothing was paid.

    A booking is moved, too, where words surely move it and say to when.
    """
    command, first = OF_WHAT_WAS_MADE.get(turn.intent), turn.reading.first
    if command is None or not turn.reading.of_model or turn.inquiry is None or turn.confidence < AGREED:
        return False
    if command in _without(turn):
        return False
    if command == "move" and turn.confidence >= NAMED and turn.has(WHEN):
        return True
    heard = first.command == command and first.probability >= AGREED
    return heard and turn.inquiry.probability(turn.intent) >= AGREED


def _possible(turn: Turn) -> Sequence[Command]:
    without = _without(turn)
    return [one for one in WISHES if one not in without]


def _without(turn: Turn) -> Sequence[Command]:
    """What cannot be wished: nothing is given back or called off where nothing was paid or made here."""
    without: tuple[Command, ...] = () if turn.context.orders else ("refund",)
    return without if turn.context.cases else (*without, "withdraw", "move")


def is_surely_asked(at: At) -> bool:
    """Whether it is a question that a fact surely answers, whatever its words sound like."""
    inquiry = at.turn.inquiry
    return inquiry is not None and inquiry.is_question and _surely(at, facts.TELLS) is not None


def is_of_what_was_shown(at: At) -> bool:
    """Whether a fact is surely meant of what was shown in this conversation, by the whole message or a clause."""
    shown = {frame.service for frame in at.session.finished if at.offer.declared[frame.service].kind != GUIDE}
    asked = (at.turn.inquiry, *(part.inquiry for part in at.turn.parts))
    found = (facts.likely(one, at.turn.city, at.offer) for one in asked if one is not None)
    return any(likely and likely[0][0].service in shown and likely[0][1] >= facts.TELLS for likely in found)


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
    return at.but(session=_about(at, found)).answered(said(at, found))


def _a_guide_is_meant(at: At, probability: float) -> bool:
    """Whether a guide is likelier meant than the fact, in a city that offers guides.

    Where something is talked of, the model's guide is another matter's, unless it is likely or named by its words.
    """
    inquiry = at.turn.inquiry
    if inquiry is None or not any(at.offer.declared[name].kind == GUIDE for name in at.offer.titles(at.turn.city)):
        return False
    at_hand = at.front is not None or bool(at.session.finished)
    guides = ((name.removeprefix(PREFIX), one) for name, one in inquiry.matters if name.startswith(PREFIX))
    meant = (
        likely
        for slug, likely in guides
        if likely >= NEAR
        and (not (at_hand and probability) or likely >= MEANT or at.offer.finder.names(at.turn.text, slug))
    )
    return max(meant, default=0.0) > probability


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
    if declared is None or at.front is not None or service in at.session.known:
        return []
    title = Text(key="button.apply") if isinstance(declared, ApplicationService) else at.offer.title(service)
    return [Button(title=title, payload=f"/{service}"), say.HUMAN]
