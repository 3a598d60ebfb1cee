"""What silence does to the memory of a dialogue."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actions.dialogue.state.session import REFUSED, Frame, Session

KEPT = timedelta(minutes=30)
"""How long finished look-ups stay for follow-ups, and personal values of open services are kept unused."""
RESUMED = timedelta(days=1)
"""After so long an open service is not gone on with; it is offered again, and begins with what was not personal."""
SHELVED = timedelta(days=7)
"""So long after it was touched last."""
PASSING = frozenset({"date", "time"})
"""Values that are out of date by then."""


@dataclass(frozen=True, slots=True)
class AfterTimeout:
    """The session as it is now. `forgotten`: services whose personal values were dropped; `shelved`: to offer again."""

    session: Session
    forgotten: str | None = None
    shelved: str | None = None


def after_timeout(session: Session, now: datetime, personal: Callable[[str], Collection[str]]) -> AfterTimeout:
    """Forget what is too old. `personal` names a service's personal fields."""
    idle_for = now - session.touched_at
    finished = tuple(frame for frame in session.finished if now - frame.touched_at < KEPT)
    if idle_for < KEPT:
        return AfterTimeout(replace(session, finished=finished))
    fresh = replace(session, finished=finished, pending=None, choices=(), said=(), again="", failures=0, ended=None)
    if idle_for >= RESUMED:
        front = session.front
        if front is None:
            return AfterTimeout(replace(fresh, open=()))
        kept = _shelved(front, personal(front.service))
        return AfterTimeout(replace(fresh, open=(), shelved=kept), shelved=front.service)
    frames = tuple(_without(frame, personal(frame.service)) for frame in session.open)
    pairs = zip(session.open, frames, strict=True)
    changed = [after.service for before, after in pairs if before.values != after.values]
    return AfterTimeout(replace(fresh, open=frames), forgotten=changed[-1] if changed else None)


def _shelved(frame: Frame, personal: Collection[str]) -> Frame:
    """What is left of a service a day later: neither what is personal, nor a day or time that may be past."""
    gone = PASSING | set(personal)
    values = {name: value for name, value in frame.values.items() if name not in gone}
    return replace(frame, values=values, shown={}, question=None)


def _without(frame: Frame, personal: Collection[str]) -> Frame:
    """Without personal values, and without the question: what is asked next depends on what is left."""
    kept = {name: value for name, value in frame.values.items() if name not in personal}
    if len(kept) == len(frame.values):
        return replace(frame, shown={name: value for name, value in frame.shown.items() if name != REFUSED})
    return replace(frame, values=kept, shown={}, question=None)
