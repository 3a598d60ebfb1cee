"""How it can be paid. Where something due was just shown, the service itself says so, with its order."""

from actions.dialogue import replies as say
from actions.dialogue.outcome import Outcome
from actions.dialogue.rules import fact
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Question
from desk.messages import Reply


def _run(at: Question) -> Outcome | None:
    if (told := fact.told(at.at)) is not None:
        return told
    if at.matter is None or at.matter.declared.kind in (CODE, GUIDE):
        return None
    return at.answered(Reply(key="payments.other_ways", args=say.agency_args(at.agency), buttons=[say.HUMAN]))


RULE = Answer(("ask_payment",), _run)
