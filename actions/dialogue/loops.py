"""No loops: what would be said twice in a row is said otherwise, and the third time another way is shown.

A question that comes back is asked with its help; the third time with whom to call and a person. May not know services.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue import office_hours
from actions.dialogue import replies as say
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Frame, Session
from actions.dialogue.turn import Turn
from desk.messages import Reply, Text

BACK, WITH_NOTICE, REPEATED = "common.back_to_question", "common.question_with_notice", "common.said_again"
SECOND, THIRD = 1, 2
SHORT = 2
"""After so many turns that ended with it a question is said in a word."""
VARIED = ("common.thanks", "common.goodbye", "common.greeting", "common.no_hurry")
"""Courtesies may be said again."""


def led_out(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Outcome:
    """The outcome, said otherwise where it would be said again."""
    tries, asks = _tries(outcome, before), _asks(outcome, before)
    outcome = replace(outcome, session=replace(outcome.session, tries=tries, asks=asks))
    if turn.kind != "text" or not outcome.replies:
        return outcome
    front, again = outcome.session.front, tries > before.tries
    if again and tries == SECOND and front is not None and len(outcome.replies) == 1:
        return _helped(outcome, turn, front, offer)
    if again and tries >= THIRD:
        return _another_way(outcome, turn, offer)
    if asks > before.asks and asks >= SHORT and front is not None and outcome.replies[-1].key == BACK:
        return _short(outcome, front, offer)
    if not again and not outcome.effects and _same(outcome.replies, before.said):
        return outcome.after([Reply(key=say.varied("common.said_that", before.turns), buttons=[say.HUMAN])])
    return outcome


def _tries(outcome: Outcome, before: Session) -> int:
    """How often in a row the same thing was asked and nothing came of it; what is answered in between counts not."""
    now, then = outcome.session.front, before.front
    if now is None or then is None or now.question is None or then.question is None or now.id != then.id:
        return 0
    if _asked(now) != _asked(then) or now.values != then.values:
        return 0
    last = outcome.replies[-1].key if outcome.replies else ""
    digressed = len(outcome.replies) > 1 and last == BACK
    repeated = bool(outcome.replies) and outcome.replies[0].key.startswith(REPEATED)
    asks = last in (now.question.reply.key, WITH_NOTICE, BACK)
    return before.tries + 1 if asks and not digressed and not repeated else before.tries


def _asks(outcome: Outcome, before: Session) -> int:
    """How often in a row the same thing was asked at the end, also after something else was answered."""
    now, then = outcome.session.front, before.front
    if now is None or then is None or now.id != then.id or _asked(now) != _asked(then) or now.values != then.values:
        return 0
    repeated = bool(outcome.replies) and outcome.replies[0].key.startswith(REPEATED)
    return before.asks if repeated else before.asks + 1


def _short(outcome: Outcome, front: Frame, offer: Offer) -> Outcome:
    """The question once more, but in a word: it is known by now, and can wait."""
    question = front.question
    if question is None or question.field is None or offer.field(front.service, question.field) is None:
        return outcome
    args = {"service": say.nested(offer.title(front.service)), "field": say.nested(Text(key=f"card.{question.field}"))}
    key = say.varied("common.waits_for", outcome.session.asks)
    return replace(
        outcome, replies=(*outcome.replies[:-1], Reply(key=key, args=args, buttons=outcome.replies[-1].buttons))
    )


def _asked(frame: Frame) -> tuple[str | None, str | None] | None:
    question = frame.question
    return None if question is None else (question.asks_for, question.field)


def _helped(outcome: Outcome, turn: Turn, front: Frame, offer: Offer) -> Outcome:
    """Ask with what helps: where it stands, what it is for."""
    question = front.question
    field = None if question is None or question.field is None else offer.field(front.service, question.field)
    helps = None if field is None else field.help or field.why
    if question is None or field is None or helps is None:
        return outcome.after([Reply(key="common.not_that")])
    agency = office_hours.concerned(turn, outcome.session, offer)
    example = turn.city.examples.get(field.entity, field.example)
    args = {**say.agency_args(agency), **question.reply.args}
    args |= {} if example is None else {"example": {"name": example.model_dump(exclude_none=True)}}
    return outcome.after([Reply(key="common.not_that"), Reply(key=helps, args=args)])


def _another_way(outcome: Outcome, turn: Turn, offer: Offer) -> Outcome:
    """Show another way than to answer: a telephone, a person."""
    agency = office_hours.concerned(turn, outcome.session, offer)
    way = Reply(key=say.varied("common.another_way", outcome.session.tries), args=say.agency_args(agency))
    *first, last = outcome.replies
    buttons = [*last.buttons, *([] if say.HUMAN in last.buttons else [say.HUMAN])]
    return replace(outcome, replies=(*first, way, last.model_copy(update={"buttons": buttons})))


def _same(now: Sequence[Reply], before: Sequence[Reply]) -> bool:
    said = [one for one in now if not one.key.startswith(VARIED)]
    return bool(said) and [(one.key, one.args) for one in said] == [(one.key, one.args) for one in before]
