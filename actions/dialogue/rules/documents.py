"""Somebody has another document than an identity card: whether it is taken is said, before anything is asked.

Where it is not, no form begins, and one that is open ends there: nothing that it asks for can be given. That is
remembered of the service: words that sound like it once more get its counter and telephone, and no form. Whom a service
is not for at all (a foreigner, of the citizens' permit) is told the guide of their own, which the service's file names;
so is who wishes a kind of it that is not to be had here.

Whether one document may be used in the place of another is a question of the papers of what is talked of, and of no
service or guide that either is called by.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.in_place import InPlace, in_place
from actions.dialogue.reading.inquiry import GUIDE, LIKELY, Inquiry
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.reading.reading import ASKS, SURE
from actions.dialogue.rules import fact, knowing
from actions.dialogue.rules.rule import GUIDE as GUIDES
from actions.dialogue.rules.rule import At, Ran, matter_of
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.fields.refusal import is_refused
from actions.forms.identity import said_of
from actions.phrases import as_word, phrases, plain
from actions.schema import ApplicationService, AppointmentService
from actions.schema.field import IDENTITY, FormService
from actions.schema.further import Further
from desk.contract.commands import Command
from desk.contract.messages import Reply

_NUMBER = re.compile(r"\d{7}")
"""Digits of a document: it is given."""
OF_THE_COUNTER: tuple[Command, ...] = ("ask_place", "ask_hours", "ask_phone", "ask_papers")
"""What is asked of a counter that was named."""
PLACE: tuple[Command, ...] = ("ask_place",)
PAPERS = "papers"
"""The part of a guide, and the fact of a service, that says which."""
MEANT = 0.3
"""So likely a guide of their own is meant, somebody else has the document."""
MAY_BE = 0.1
"""So likely the guide is meant that a case has of its own, who names the case needs no form."""


async def run(at: At) -> Ran:
    front, turn = at.front, at.turn
    service = front.service if front is not None else turn.intent
    declared = at.offer.declared.get(service)
    if turn.kind != "text" or not isinstance(declared, FormService):
        return _of_before(at)
    if not at.offer.offers(turn.city, service):  # the guide for them is published all the same
        return await _not_here(at, declared) or _of_before(at)
    field = next((one for one in declared.fields if one.validation == IDENTITY), None)
    said = plain(turn.text)
    if field is None or (front is not None and front.values.get(field.name)) or _NUMBER.search(said):
        return None
    taken = [one for one in field.documents if one in turn.city.services[service].documents]
    if front is None and not taken and at.session.elsewhere == service and not _has_a_card(said):
        return await _told_again(at, declared) or _at_the_counter(at)
    case = _case(declared, said)
    is_new = front is None or (case is not None and not case.lasting) or not (front.values or _has_a_card(said))
    if case is not None and case.guide is not None and not taken and is_new:
        return await _of_their_own(at, service, case)
    return await _answered(at, service, case, taken) if _names_another(said) else None


async def in_place_of_another(at: At) -> Ran:
    """Whether one document may stand in for another, asked of what is talked of; without that, who knows."""
    turn, asked = at.turn, in_place(at.turn.text) if at.turn.kind == "text" else None
    asks = is_polar(turn.text) or (turn.inquiry is not None and turn.inquiry.is_question)
    if asked is None or not asks or at.session.pending is not None:
        return None
    at, matter = at.but(session=at.understood), matter_of(turn, at.session, at.offer)
    agency = office_hours.concerned(turn, at.session, at.offer)
    if matter is None:
        return knowing.unknown(at, agency)
    if matter.declared.kind == GUIDES:
        return await _of_the_papers_of(at, matter.frame)
    declared = matter.declared
    if isinstance(declared, FormService) and _is_of_a_case(turn, declared, asked):
        return None  # whose service it is not is told what is theirs
    if isinstance(declared, FormService) and phrases("field_id_number").within(asked.wanted):
        field = next((one for one in declared.fields if one.validation == IDENTITY), None)
        there = () if field is None else turn.city.services[matter.service].documents
        return None if field is None else at.answered(said_of([one for one in field.documents if one in there], agency))
    papers = at.offer.fact(turn.city, matter.service, PAPERS)
    return knowing.unknown(at, agency) if papers is None else at.answered(fact.said(at, papers))


def _is_of_a_case(turn: Turn, declared: FormService, asked: InPlace) -> bool:
    """Whether it is of somebody whose service it is not: more than the passport says so, or their guide is meant."""
    if _case(declared, asked.without_passport) is not None:
        return True
    case = _case(declared, plain(turn.text))
    guide = None if case is None else case.guide
    return guide is not None and turn.inquiry is not None and turn.inquiry.probability(f"{GUIDE}{guide}") >= MEANT


async def _of_the_papers_of(at: At, told: Frame | None) -> Ran:
    """The papers of the guide that was told; None where some were offered, and none was."""
    slug = None if told is None else told.shown.get("guide")
    if told is None or not isinstance(slug, str):
        return None
    inquiry = Inquiry(1.0, ((f"{GUIDE}{slug}", 1.0),), ((PAPERS, 1.0),))
    return await at.but(replace(at.turn, intent=told.service, inquiry=inquiry, parts=())).hand(told)


async def of_their_own(at: At) -> Outcome | None:
    """What is said in the place of a form that a turn would begin, to whom its service is not for; None: it begins."""
    service = at.turn.intent
    declared = at.offer.declared.get(service)
    if at.turn.kind != "text" or not isinstance(declared, FormService) or not at.offer.offers(at.turn.city, service):
        return None
    field = next((one for one in declared.fields if one.validation == IDENTITY), None)
    case = None if field is None else _case(declared, plain(at.turn.text))
    taken = field is not None and any(one in at.turn.city.services[service].documents for one in field.documents)
    if case is None or case.guide is None or taken:
        return None
    return await _of_their_own(at.but(session=replace(at.session, open=())), service, case)


async def _not_here(at: At, declared: FormService) -> Ran:
    """The guide of their own where the city does not offer the service, and the guide is likely meant."""
    case, inquiry = _case(declared, plain(at.turn.text)), at.turn.inquiry
    if case is None or case.guide is None or inquiry is None or at.front is not None:
        return None
    is_meant = inquiry.probability(f"{GUIDE}{case.guide}") >= MAY_BE
    return await _guided(at.but(session=at.understood), case.guide) if is_meant else None


async def _answered(at: At, service: str, case: Further | None, taken: Sequence[str]) -> Ran:
    turn, said = at.turn, plain(at.turn.text)
    agency, holds = turn.city.responsible(service), _holds_another(said)
    if case is not None and (taken or not holds):
        return None
    if at.front is None and (taken or not holds):  # the form begins, and says so itself
        return None
    if case is not None:
        return await _of_their_own(at, service, case)
    reply = said_of(taken, agency)
    return at.but(session=at.understood).answered(reply) if taken or not holds else _ended(at, service, reply)


def _ended(at: At, service: str, reply: Reply) -> Outcome:
    session = at.understood if at.front is None else stack.dropped(at.understood)
    ended = at.but(session=replace(session, elsewhere=service))
    return ended.answered(reply.model_copy(update={"buttons": [say.HUMAN, say.LIST]}))


async def _of_their_own(at: At, service: str, case: Further) -> Outcome:
    """Say whose service it is not, and tell the guide of what is theirs; that alone where just that is asked about."""
    reply = Reply(key=case.text, args=say.agency_args(at.turn.city.responsible(service)))
    ended = _ended(at, service if case.lasting else "", reply)
    told = None if case.guide is None else await _guided(at.but(session=ended.session), case.guide)
    if told is None:
        return ended
    known = at.turn.inquiry
    is_asked = case.lasting and known is not None and known.probability(f"{GUIDE}{case.guide}") >= LIKELY
    return told if is_asked else told.after([one.model_copy(update={"buttons": []}) for one in ended.replies[:1]])


async def _told_again(at: At, declared: FormService) -> Outcome | None:
    """More of the guide that was told in the place of a form; None: there was none."""
    own = {one.guide for one in _further(declared)} - {None}
    told = [str(one.shown.get("guide")) for one in reversed(at.session.finished) if one.shown.get("guide") in own]
    return await _guided(at, told[0]) if told else None


async def _guided(at: At, slug: str) -> Outcome | None:
    known = at.turn.inquiry or Inquiry(0.0)
    inquiry = replace(known, matters=((f"{GUIDE}{slug}", 1.0),))
    return await knowing.told_by_a_guide(at.but(replace(at.turn, inquiry=inquiry)), inquiry)


def _of_before(at: At) -> Ran:
    """Where nothing is open: who names another document once more means what ended for it."""
    turn, service = at.turn, at.session.elsewhere
    if turn.kind != "text" or at.front is not None or not service or not at.offer.offers(turn.city, service):
        return None
    said = plain(turn.text)
    asks = turn.means(*ASKS) or turn.intent in ("service_guide", "nlu_fallback", "out_of_scope")
    again = asks and _names_another(said) and _holds_another(said)
    return _at_the_counter(at) if again or _asks_of_the_counter(at) else None


def _asks_of_the_counter(at: At) -> bool:
    """Whether the counter that was just named is asked about ("where, and when is it open?"), and nothing else."""
    just = any(reply.key.startswith("identity.") for reply in at.session.said)
    heard = _heard(at.turn, OF_THE_COUNTER)
    inquiry, elsewhere = at.turn.inquiry, at.session.elsewhere
    service = None if inquiry is None else inquiry.service
    another = inquiry is not None and (
        inquiry.likeliest_guide >= LIKELY or (service in at.offer.declared and service != elsewhere)
    )
    return just and heard and not another


def _at_the_counter(at: At) -> Ran:
    """Where it can be done: the agency's counter, its telephone and hours."""
    agency = at.turn.city.responsible(at.session.elsewhere)
    args = {**say.agency_args(agency), "hours": say.nested(office_hours.of_office(agency))}
    key = "identity.where_the_counter_is" if _heard(at.turn, PLACE) else "identity.at_the_counter"
    reply = Reply(key=key, args=args, buttons=[say.HUMAN, say.LIST])
    return at.but(session=at.understood).answered(reply)


def _heard(turn: Turn, commands: Sequence[Command]) -> bool:
    """Whether the message, or a clause of it, surely is one of some commands."""
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    return turn.reading.of_model and any(one.reading.probability(commands) >= SURE for one in clauses)


def _names_another(said: str) -> bool:
    others = ("documents_made", "as_on_the_document")
    return phrases("other_documents").within(said) and not any(phrases(one).within(said) for one in others)


def _has_a_card(said: str) -> bool:
    """Whether an identity card is named, and nothing says that there is none."""
    return phrases("field_id_number").within(said) and not phrases("other_documents").within(said)


def _holds_another(said: str) -> bool:
    """Whether another document is named, and not refused ("no passport, we both have cards"); no card is not one."""
    named = [found[0] for found in phrases("other_documents").every(said)]
    elsewhere = phrases("cards_of_elsewhere")
    named = [one for one in named if elsewhere.within(one) or not phrases("field_id_number").within(one)]
    return any(not is_refused(said, one) for one in named)


def _further(declared: FormService) -> Sequence[Further]:
    return declared.further if isinstance(declared, ApplicationService | AppointmentService) else ()


def _case(declared: FormService, said: str) -> Further | None:
    """The special case of the service's file that a text names, and does not refuse; one with a guide goes first."""
    cases = sorted(_further(declared), key=lambda one: one.guide is None)
    return next((one for one in cases if any(_stands(plain(word), said) for word in one.words)), None)


def _stands(word: str, said: str) -> bool:
    if word not in said:  # before a pattern is made of it
        return False
    found = re.search(as_word(re.escape(word)) if word.isascii() else re.escape(word), said)
    return found is not None and not is_refused(said, found[0])
