"""Who speaks here, whether it is genuine, what becomes of what is sent."""

from actions.dialogue import replies as say
from actions.dialogue.outcome import Outcome
from actions.dialogue.rules.rule import Answer, Question
from desk.messages import Reply


def _run(at: Question) -> Outcome | None:
    agency = at.offer.account_agency(at.turn.city, at.turn.context.channel)
    args = {"city": say.named(at.turn.city), **say.agency_args(agency)}
    return at.answered(Reply(key="common.about_us", args=args, buttons=[say.HUMAN]))


RULE = Answer(("ask_account",), _run)
