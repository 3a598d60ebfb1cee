"""No loops: what would be said twice in a row is said otherwise, and the third time another way is shown.

What informs (a guide, that nothing is known) is not said twice at all, nor a fact twice in a row: instead, who
knows more.

A question that comes back is asked with its help; the third time with whom to call and a person.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import blake2b

from pydantic import JsonValue

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply, Text

BACK, WITH_NOTICE, REPEATED = "common.back_to_question", "common.question_with_notice", "common.said_again"
SECOND, THIRD = 1, 2
IN_FULL = ("common.language_changed", "common.manner_standard", "common.manner_elderly")
"""After these the question is said in full, in its new words."""
MOMENTS = ("as_of",)
"""Arguments that say when something was looked up."""
AS_OFTEN = ("payments.", "tickets.")
"""How something stands is said as often as it is asked; keys begin so."""
GUIDE = "guide"
NOTHING = (
    *("guide.none", "guide.not_said_of", "guide.not_said_on", "guide.no_more_on", "facts.not_known"),
    *("common.out_of_scope", "common.not_offered"),
)
"""What says that there is nothing on it begins so."""
INFORMS, REQUIREMENTS = ("guide.", "facts.", "common.out_of_scope", "common.not_offered"), ".requirements"
"""What informs begins, or ends, so."""
OFFERS = ("facts.which", "facts.is_it", "guide.near", "guide.is_it", "guide.which")
"""What offers something to choose from is the same only with the same choices."""
FACT = "facts.message"
"""A fact that is asked for again after something else was said is told again: it is what is wanted, and short."""
REMEMBERED = 16
"""So many of what informs are remembered."""
REFRESHES: tuple[Command, ...] = ("start", "choose", "repeat", "status")
VARIED = ("common.nothing_to_read", "common.thanks", "common.goodbye", "common.greeting", "common.no_hurry")
"""Courtesies may be said again."""


def led_out(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Outcome:
    """The outcome, said otherwise where it would be said again."""
    tries, asks = _tries(outcome, before), _asks(outcome, before)
    informs = tuple(_mark(reply) for reply in outcome.replies if _informs(reply))
    told = tuple(dict.fromkeys((*before.told, *informs)))[-REMEMBERED:]
    outcome = replace(outcome, session=replace(outcome.session, tries=tries, asks=asks, told=told))
    if turn.kind != "text" or not outcome.replies:
        return outcome
    front, again = outcome.session.front, tries > before.tries
    if again and tries == SECOND and front is not None and len(outcome.replies) == 1:
        return _helped(outcome, turn, front, offer)
    if again and tries >= THIRD:
        return _another_way(outcome, turn, offer)
    in_full = outcome.replies[0].key.startswith(IN_FULL)
    if asks > before.asks and front is not None and outcome.replies[-1].key == BACK and not in_full:
        return _short(outcome, front, offer)
    same = _same(outcome.replies, before.said, refreshed=turn.means(*REFRESHES))
    asked_anew = all(reply.key == FACT for reply in outcome.replies if _informs(reply))
    same = same or (bool(informs) and set(informs) <= set(before.told) and not asked_anew)
    if not again and not outcome.effects and same:
        again_and_again = outcome.replies[0].key.startswith(AS_OFTEN)
        if again_and_again or (_shows(outcome, turn, offer) and not _asks_more(turn)):
            return outcome  # what was looked up is shown as often as it is wished
        return _all_there_is(outcome, turn, before, offer)
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


def _all_there_is(outcome: Outcome, turn: Turn, before: Session, offer: Offer) -> Outcome:
    """Instead of the same again: that this is all that is known here, and who knows more; its buttons stay."""
    agency = office_hours.concerned(turn, outcome.session, offer)
    buttons = {one.payload: one for reply in outcome.replies if reply.key != BACK for one in reply.buttons}
    buttons[say.HUMAN.payload] = say.HUMAN
    nothing = any(reply.key.startswith(NOTHING) for reply in outcome.replies)
    number = before.turns
    key = say.varied("common.nor_that", number) if nothing else say.varied("common.all_there_is", number)
    told = Reply(key=key, args=say.agency_args(agency), buttons=[*buttons.values()])
    asked = [reply for reply in outcome.replies[-1:] if reply.key == BACK]
    return replace(outcome, replies=(told, *asked))


def _shows(outcome: Outcome, turn: Turn, offer: Offer) -> bool:
    """Whether a look-up has answered."""
    newest = outcome.session.finished[-1] if outcome.session.finished else outcome.session.front
    return newest is not None and newest.touched_at == turn.now and offer.declared[newest.service].kind != GUIDE


def _asks_more(turn: Turn) -> bool:
    """Whether something is asked that the look-up does not tell."""
    return turn.inquiry is not None and turn.inquiry.is_question and turn.inquiry.part(("fee",)) is None


def _same(now: Sequence[Reply], before: Sequence[Reply], *, refreshed: bool) -> bool:
    """Whether it was just said; the hour of a look-up is nothing new, unless a fresh one is wished."""
    said = [one for one in now if not one.key.startswith(VARIED)]
    ignored = () if refreshed else MOMENTS
    return bool(said) and [_of(one, ignored) for one in said] == [_of(one, ignored) for one in before]


def _informs(reply: Reply) -> bool:
    return reply.key.startswith(INFORMS) or reply.key.endswith(REQUIREMENTS)


def _mark(reply: Reply) -> str:
    """What a reply is remembered by: it holds nothing of what it says."""
    said = json.dumps(_of(reply, MOMENTS), ensure_ascii=False, sort_keys=True)
    return blake2b(said.encode("utf-8"), digest_size=6).hexdigest()


def _of(reply: Reply, ignored: Collection[str]) -> tuple[str, dict[str, JsonValue]]:
    args = {name: value for name, value in reply.args.items() if name not in ignored}
    if reply.key.startswith(OFFERS):
        args["choices"] = [button.payload for button in reply.buttons]
    return reply.key, args
