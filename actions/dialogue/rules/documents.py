"""Somebody has another document than an identity card: whether it is taken is said, before anything is asked.

Where it is not, no form begins, and one that is open ends there: nothing that it asks for can be given. That is
remembered of the service: words that sound like it once more get its counter and telephone, and no form.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.turn import Turn
from actions.fields.refusal import is_refused
from actions.forms.filling import has_words
from actions.forms.identity import said_of
from actions.phrases import phrases, plain
from actions.schema import ApplicationService, AppointmentService
from actions.schema.field import IDENTITY, FormService
from desk.contract.messages import Reply

_NUMBER = re.compile(r"\d{7}")
"""Digits of a document: it is given."""


async def run(at: At) -> Ran:
    front, turn = at.front, at.turn
    service = front.service if front is not None else turn.intent
    declared = at.offer.declared.get(service)
    if turn.kind != "text" or not isinstance(declared, FormService) or not at.offer.offers(turn.city, service):
        return _of_before(at)
    field = next((one for one in declared.fields if one.validation == IDENTITY), None)
    said = plain(turn.text)
    if field is None or (front is not None and front.values.get(field.name)) or _NUMBER.search(said):
        return None
    taken = [one for one in field.documents if one in turn.city.services[service].documents]
    if front is None and not taken and at.session.elsewhere == service and not _has_a_card(said):
        return _at_the_counter(at)
    if not _names_another(said):
        return None
    return _answered(at, service, declared, taken)


def _answered(at: At, service: str, declared: FormService, taken: Sequence[str]) -> Ran:
    turn, said = at.turn, plain(at.turn.text)
    case, agency = _case(declared, turn), turn.city.responsible(service)
    holds = _holds_another(said)
    if case is not None and (taken or not holds):
        return None
    if at.front is None and (taken or not holds):  # the form begins, and says so itself
        return None
    reply = said_of(taken, agency) if case is None else Reply(key=case, args=say.agency_args(agency))
    if taken or not holds:
        return at.but(session=at.understood).answered(reply)
    session = at.understood if at.front is None else stack.dropped(at.understood)
    ended = at.but(session=replace(session, elsewhere=service))
    return ended.answered(reply.model_copy(update={"buttons": [say.HUMAN, say.LIST]}))


def _of_before(at: At) -> Ran:
    """Where nothing is open: who names another document once more means what ended for it."""
    turn, service = at.turn, at.session.elsewhere
    if turn.kind != "text" or at.front is not None or not service or not at.offer.offers(turn.city, service):
        return None
    said = plain(turn.text)
    asks = turn.means(*ASKS) or turn.intent in ("service_guide", "nlu_fallback", "out_of_scope")
    return _at_the_counter(at) if asks and _names_another(said) and _holds_another(said) else None


def _at_the_counter(at: At) -> Ran:
    """Where it can be done: the agency's counter, its telephone and hours."""
    agency = at.turn.city.responsible(at.session.elsewhere)
    args = {**say.agency_args(agency), "hours": say.nested(office_hours.of_office(agency))}
    reply = Reply(key="identity.at_the_counter", args=args, buttons=[say.HUMAN, say.LIST])
    return at.but(session=at.understood).answered(reply)


def _names_another(said: str) -> bool:
    others = ("documents_made", "as_on_the_document")
    return phrases("other_documents").within(said) and not any(phrases(one).within(said) for one in others)


def _has_a_card(said: str) -> bool:
    """Whether an identity card is named, and nothing says that there is none."""
    return phrases("field_id_number").within(said) and not phrases("other_documents").within(said)


def _holds_another(said: str) -> bool:
    """Whether another document is named, and not refused ("no passport, we both have cards"); no card is not one."""
    named = [found[0] for found in phrases("other_documents").every(said)]
    named = [one for one in named if not phrases("field_id_number").within(one)]
    return any(not is_refused(said, one) for one in named)


def _case(declared: FormService, turn: Turn) -> str | None:
    """What the service's file says of such a case; None where it says nothing."""
    further = declared.further if isinstance(declared, ApplicationService | AppointmentService) else ()
    return next((one.text for one in further if has_words(turn, one.words)), None)
