"""Who speaks here, whether it is genuine, what becomes of what is sent."""

from actions.dialogue.answers import replies as say
from actions.dialogue.rules.rule import Answer, Question
from actions.dialogue.state.outcome import Outcome
from desk.contract.messages import Reply

SAID = ("common.about_us", "common.is_genuine")


def _run(at: Question) -> Outcome | None:
    agency = at.offer.account_agency(at.turn.city, at.turn.context.channel)
    args = {"city": say.named(at.turn.city), **say.agency_args(agency)}
    known = any(reply.key in SAID for reply in at.session.said)  # who speaks was said: how that is checked was not
    return at.answered(Reply(key=SAID[1] if known else SAID[0], args=args, buttons=[say.HUMAN]))


RULE = Answer(("ask_account",), _run)
