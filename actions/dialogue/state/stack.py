"""Services in progress on the session's stack: begun, answered, finished, cancelled, returned to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.ports import ServiceHandler, Step
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import FACT_TOLD, NEEDS_TOLD, Frame, Session
from actions.dialogue.state.turn import Turn
from desk.contract.consent import Consent
from desk.contract.errors import BackendError
from desk.contract.messages import Button, Reply, Text

FINISHED_KEPT = 3
"""So many finished look-ups are kept, the newest of each service."""

log = structlog.get_logger(__name__)

FILLED_IN = ("appointment", "application", "bill", "report")
"""Kinds of services that are forms; what else there is looks something up."""
PROVING = "sent_at"
"""Under which name a frame remembers that a one-time code is on its way."""

LONGEST_PAYLOAD = 512  # characters, as of `desk.contract.messages.Button`


def told(session: Session, service: str, now: datetime) -> Session:
    """The session, where a fact was told of a service that nobody began: it is kept, as look-ups are."""
    session, begun = session.begin(service, now)
    frame = replace(begun, shown={NEEDS_TOLD: True, FACT_TOLD: True}, finished=True)
    return replace(session, finished=(*session.finished, frame)[-FINISHED_KEPT:])


async def hand(handler: ServiceHandler, turn: Turn, session: Session, frame: Frame, offer: Offer) -> Outcome:
    """Let a handler answer a turn. The frame is new, open anywhere on the stack, or finished."""
    if frame.finished:  # what follows is a new matter with its own id, that begins with what is known
        session, begun = session.begin(frame.service, turn.now)
        answered = replace(frame, id=begun.id)
    else:
        answered = frame
    try:
        step = await handler.answer(turn, answered)
    except BackendError as exc:
        log.warning("backend_failed", service=frame.service, error=type(exc).__name__)
        again = Button(title=Text(key="button.try_again"), payload=_again(frame, turn))
        if turn.location is not None:  # trying again takes it
            session = replace(session, pending=turn.location.model_dump(mode="json"))
        return returned(session, turn, (Reply(key=exc.text_key, buttons=[again, say.HUMAN]),), offer)
    done = _after(step, turn, session, frame, answered, offer)
    return await _next_of_its_kind(handler, turn, done, answered, offer) if step.finished else done


def at_hand(session: Session, service: str, turn: Turn, shown: Mapping[str, JsonValue]) -> Session:
    """The session in which a look-up stands as if it had just been made: what is asked next may be about it."""
    session, frame = session.begin(service, turn.now)
    others = (one for one in session.finished if one.service != service)
    return replace(session, finished=(*others, replace(frame, shown=shown, finished=True))[-FINISHED_KEPT:])


async def _next_of_its_kind(handler: ServiceHandler, turn: Turn, done: Outcome, before: Frame, offer: Offer) -> Outcome:
    """The next of several of one service, which is asked no more for what is personal and was given for the first."""
    front = done.session.front
    if front is None or front.question is None or front.named is None or front.service != before.service:
        return done
    missing = offer.personal(front.service) - front.values.keys()
    known = {name: value for name, value in before.values.items() if name in missing}
    if not known:
        return done
    goes_on = replace(turn, kind="payload", intent=front.service, text="", entities=(), parts=())
    title, front = front.named, replace(front, values={**front.values, **known})
    step = await handler.answer(goes_on, front)
    after = _after(step, goes_on, done.session, front, front, offer)
    asked = () if step.question is None else (say.asked_again(step.question, title),)
    return replace(after, replies=(*done.replies[:-1], *step.replies, *asked), effects=(*done.effects, *after.effects))


def _after(step: Step, turn: Turn, session: Session, before: Frame, frame: Frame, offer: Offer) -> Outcome:
    question = step.question and replace(step.question, notice=None)
    now = replace(
        frame,
        values=step.values,
        shown=step.shown,
        question=question,
        finished=step.finished,
        touched_at=turn.now,
    )
    others = tuple(one for one in session.open if one.id != frame.id)
    finished = tuple(one for one in session.finished if one.id != before.id)
    if not step.finished:
        others = (*others, now)
    elif step.values or step.shown:
        finished = (*(one for one in finished if one.service != now.service), now)[-FINISHED_KEPT:]
    session = replace(session, open=others, finished=finished, failures=0)
    step = replace(step, effects=(*step.effects, *_consents(step, turn, before, offer)))
    said = (*step.replies, *([say.asked(step.question)] if step.question else []))
    if step.finished:
        carries_on = before.finished and turn.intent != before.service
        left = _without_what_was_left(session, before, offer, carries_on=carries_on)
        return returned(left, turn, said, offer, step)
    return Outcome(session, turn.locale, said, step.effects)


def _without_what_was_left(session: Session, ended: Frame, offer: Offer, *, carries_on: bool) -> Session:
    """The session without what waits and was left: it was asked about, nothing was given for it, and something else was
    filled in to its end since, or is looked up for the second time. After the first look-up it is gone back to, and
    after what only carries on with that ("and tomorrow?").
    """
    if carries_on:
        return session
    filled_in = ended.question is not None and offer.declared[ended.service].kind in FILLED_IN
    front = session.front
    while front is not None and front.seen and not front.values and PROVING not in front.shown:
        if not (filled_in or front.returned):
            return replace(session, open=(*session.open[:-1], replace(front, returned=True)))
        session = replace(session, open=session.open[:-1])
        front = session.front
    return session


def _consents(step: Step, turn: Turn, frame: Frame, offer: Offer) -> list[Consent]:
    """What was answered after its notice; where a field has none (a code), its question said what it is for."""
    agency = step.agency or turn.city.services[frame.service].agency
    asked = {} if frame.question is None else {frame.question.field: frame.question}
    consents = []
    for name in step.consents:
        declared, question = offer.field(frame.service, name), asked.get(name)
        entity = declared.entity if declared else name
        purpose = (declared and declared.why) or (question.reply.key if question else None)
        if purpose is None:
            raise LookupError(f"{frame.service}: nothing said why {name} is asked.")
        consents.append(
            Consent(
                city=turn.city.slug,
                agency=agency,
                service=frame.service,
                field=name,
                entity=entity,
                purpose=purpose,
            )
        )
    return consents


def returned(session: Session, turn: Turn, said: tuple[Reply, ...], offer: Offer, step: Step | None = None) -> Outcome:
    """Say something that is no answer to the open question, then ask that again."""
    front = session.front
    if front is not None and front.question is not None:
        said = (*said, say.asked_again(front.question, front.named or offer.title(front.service)))
    return Outcome(session, turn.locale, said, step.effects if step else ())


def dropped(session: Session) -> Session:
    """End the service in front; its values go, and so do look-ups that were kept, but for a guide that was told: it
    has none.
    """
    told = tuple(one for one in session.finished if "guide" in one.shown and not one.values)
    return replace(session, open=session.open[:-1], finished=told, shelved=None, pending=None)


def _again(frame: Frame, turn: Turn) -> str:
    """The payload that tries again what a frame was about: an appointment that is being changed is not booked anew.

    What the failed turn named goes with it, where a button can say it: each thing once, and in no role.
    """
    case = frame.shown.get("case")
    if isinstance(case, str):
        return f'/change_appointment{{"case": "{case}"}}'
    named = {one.entity: one.value for one in turn.entities}
    if turn.intent != frame.service or len(named) < len(turn.entities) or any(one.role for one in turn.entities):
        named = {}
    payload = f"/{frame.service}{json.dumps(named, ensure_ascii=False)}" if named else f"/{frame.service}"
    return payload if len(payload) <= LONGEST_PAYLOAD else f"/{frame.service}"
