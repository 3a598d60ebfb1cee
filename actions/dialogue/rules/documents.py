"""Somebody has another document than an identity card, in the middle of a form: whether it is taken is said.

Where it is not, the form ends there: nothing that it asks for can be given.
"""

import re

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
    declared = None if front is None else at.offer.declared.get(front.service)
    if front is None or not isinstance(declared, FormService) or turn.kind != "text":
        return None
    said = plain(turn.text)
    others = ("documents_made", "as_on_the_document")
    if not phrases("other_documents").within(said) or any(phrases(one).within(said) for one in others):
        return None
    field = next((one for one in declared.fields if one.validation == IDENTITY), None)
    if field is None or front.values.get(field.name) or _NUMBER.search(said):
        return None
    case, agency = _case(declared, turn), turn.city.responsible(front.service)
    taken = [one for one in field.documents if one in turn.city.services[front.service].documents]
    if case is not None and (taken or not _holds_another(said) or turn.means(*ASKS)):
        return None
    reply = said_of(taken, agency) if case is None else Reply(key=case, args=say.agency_args(agency))
    if taken or not _holds_another(said):
        return at.but(session=at.understood).answered(reply)
    ended = at.but(session=stack.dropped(at.understood))
    return ended.answered(reply.model_copy(update={"buttons": [say.HUMAN, say.LIST]}))


def _holds_another(said: str) -> bool:
    """Whether another document is named, and not refused ("no passport, we both have cards"); no card is not one."""
    named = [found[0] for found in phrases("other_documents").every(said)]
    named = [one for one in named if not phrases("field_id_number").within(one)]
    return any(not is_refused(said, one) for one in named)


def _case(declared: FormService, turn: Turn) -> str | None:
    """What the service's file says of such a case; None where it says nothing."""
    further = declared.further if isinstance(declared, ApplicationService | AppointmentService) else ()
    return next((one.text for one in further if has_words(turn, one.words)), None)
