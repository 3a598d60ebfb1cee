"""How it can be paid. Where something due was just shown, the service itself says so, with its order.

Where nothing is talked about a fact says how it is paid here.
"""

from actions.dialogue.answers import replies as say
from actions.dialogue.rules import fact
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Question
from actions.dialogue.state.outcome import Outcome
from actions.schema import AppointmentService
from desk.contract.messages import Reply

WAYS = ("payment_status", "ways_to_pay")
"""The fact that says how it is paid here."""


def _run(at: Question) -> Outcome | None:
    if (told := fact.told(at.at)) is not None:
        return told
    if at.matter is None:
        ways = at.offer.fact(at.turn.city, *WAYS)
        return None if ways is None else at.answered(fact.said(at.at, ways))
    if at.matter.declared.kind in (CODE, GUIDE):
        return None
    order = at.turn.open_order
    if isinstance(at.matter.declared, AppointmentService) and order is not None and order.service == at.matter.service:
        return at.answered(Reply(key="appointment.fee_here", args={"fee": {"money": order.amount}}))
    return at.answered(Reply(key="payments.other_ways", args=say.agency_args(at.agency), buttons=[say.HUMAN]))


RULE = Answer(("ask_payment",), _run)
