"""What a service costs, or how long it takes, is asked for by whoever has begun nothing: that is told, and no form
begins; the guide and the service stand below it.

Words that name a service sound like a wish for it, however they ask. Which of all questions it would be says more: of
430 first messages by strangers, wishes and questions, all 12 of which one of these leads the questions so ask for it.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers.replies import HUMAN
from actions.dialogue.reading.inquiry import GUIDE, LIKELY, Inquiry
from actions.dialogue.reading.intents import SUBSCRIPTIONS
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import fact, knowing
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.rules.whom_to_call import guide_buttons
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from actions.schema import ApplicationService, AppointmentService
from desk.city.facts import LocalFact
from desk.contract.commands import Command
from desk.contract.messages import Reply

PARTS: tuple[Command, ...] = ("ask_fee", "ask_duration")
"""Which papers are needed is told with all that is."""
BEGINS: tuple[Command, ...] = ("start",)
HEARD, LEADS = 0.02, 0.5
"""So likely it is this question at all, and so much of all that may be asked, where the words name the service."""
BY_WORDS, BY_FACT, HINTED = 0.2, 0.25, 0.1
"""So likely the words ask for the part, or a fact of it answers; and so likely a fact of the part is the one."""
NAMED, SURELY = 0.8, 0.8
"""So sure of a service by its words; and so likely the situation hears the question, where no service is named."""
OF_NOTICES = "announcements."
"""What is said of notices begins so."""
MOST = 2
"""So many facts are told at once."""


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or at.front is not None or at.session.pending is not None:
        return None
    if (service := _named(turn, at)) is None:
        return _of_notices(at)
    asked = _asked(turn)
    parts = [part for clause in asked for part in [_part(clause, service, at)] if part is not None]
    found = [one for part in parts for one in [_fact(at, service, part)] if one is not None]
    if found:
        return _told(at, found)
    return await _guided(at, parts[0]) if parts else None


def _named(turn: Turn, at: At) -> str | None:
    """The service that the words surely name, one that is applied for or booked."""
    declared = at.offer.declared.get(turn.intent)
    applies = isinstance(declared, ApplicationService | AppointmentService)
    return turn.intent if applies and turn.confidence >= NAMED else None


def _asked(turn: Turn) -> Sequence[Turn]:
    """The clauses, or the message where it has none; nothing where one surely begins the service beside a question."""
    clauses = [turn.only(part) for part in turn.parts]
    if any(one.means(*BEGINS) and not _may_ask(one) for one in clauses):
        return ()
    return clauses or [turn]


def _may_ask(turn: Turn) -> bool:
    return _command(turn) is not None


def _command(turn: Turn) -> Command | None:
    """The question of a part that leads all questions that it may be."""
    every = turn.reading.probability(ASKS)
    first = max(PARTS, key=lambda one: turn.reading.probability((one,)))
    likely = turn.reading.probability((first,))
    return first if likely >= HEARD and likely >= LEADS * every else None


def _part(turn: Turn, service: str, at: At) -> str | None:
    """The part that is asked for, where the words or a fact agree with the situation."""
    command, inquiry = _command(turn), turn.inquiry
    if command is None or inquiry is None:
        return None
    part = fact.OF_COMMAND[command]
    names = _names(at, service, part)
    likely = max((one.probability for one in inquiry.facts if one.service == service and one.name in names), default=0)
    return part if inquiry.probability_of(part) >= BY_WORDS or likely >= BY_FACT else None


def _names(at: At, service: str, part: str) -> Sequence[str]:
    """The facts of a part."""
    file = at.offer.facts.get(service)
    return () if file is None else [name for name, one in file.facts.items() if one.part == part]


def _fact(at: At, service: str, part: str) -> LocalFact | None:
    """The fact of a part that is likeliest, else the one that is called as the part is, or the only one of notices."""
    names = _names(at, service, part)
    found = () if at.turn.inquiry is None else at.turn.inquiry.facts
    hinted = (one.name for one in found if one.service == service and one.name in names and one.probability >= HINTED)
    alone = names[0] if service == SUBSCRIPTIONS and len(names) == 1 else None
    name = next(hinted, part if part in names else alone)
    return None if name is None else at.offer.fact(at.turn.city, service, name)


def _told(at: At, found: Sequence[LocalFact]) -> Outcome:
    several = {(one.service, one.name): one for one in found}
    replies = [fact.said(at, one) for one in several.values()][:MOST]
    return at.but(session=at.understood).answered(*replies[:-1], _with_the_guide(at, replies[-1]))


def _with_the_guide(at: At, reply: Reply) -> Reply:
    """The reply with a button for the guide of the matter, before the one for a person."""
    others = [one for one in reply.buttons if one != HUMAN]
    person = [one for one in reply.buttons if one == HUMAN]
    return reply.model_copy(update={"buttons": [*others, *guide_buttons(at, at.turn.inquiry), *person]})


async def _guided(at: At, part: str) -> Outcome | None:
    """What the guide says of the part, where the city does not offer the service, and the guide is meant."""
    inquiry = at.turn.inquiry or Inquiry(0.0)
    if at.offer.offers(at.turn.city, at.turn.intent) or inquiry.likeliest_guide < LIKELY:
        return None
    inquiry = replace(inquiry, asks=1.0, about=((part, 1.0),))
    return await knowing.told_by_a_guide(at.but(replace(at.turn, inquiry=inquiry, parts=())), inquiry)


def _of_notices(at: At) -> Outcome | None:
    """What notices cost, or how early they come, where they were spoken of last: they are no service with a form."""
    turn = at.turn
    command = turn.reading.sure
    just = not at.session.finished or any(reply.key.startswith(OF_NOTICES) for reply in at.session.said)
    if at.session.matter != SUBSCRIPTIONS or not just or command not in PARTS or turn.entities:
        return None
    if turn.reading.probability((command,)) < SURELY or _is_of_another(at):
        return None
    found = _fact(at, SUBSCRIPTIONS, fact.OF_COMMAND[command])
    return None if found is None else _told(at, [found])


def _is_of_another(at: At) -> bool:
    """Whether the words surely are about a service or a guide."""
    turn, inquiry = at.turn, at.turn.inquiry
    if turn.intent in at.offer.declared and turn.confidence >= NAMED:
        return True
    matters = () if inquiry is None else inquiry.matters
    return any(likely >= LIKELY and (name in at.offer.declared or name.startswith(GUIDE)) for name, likely in matters)
