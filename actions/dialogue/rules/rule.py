"""What a rule is, and what it may know of a turn."""

from collections.abc import Callable
from dataclasses import dataclass

from actions.dialogue import office_hours, stack
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Frame, Session
from actions.dialogue.turn import Turn
from actions.services import Service
from desk.cities import Agency
from desk.dialogue_commands import Command
from desk.messages import CaseNote, Reply

CODE, GUIDE = "code", "guide"
"""Kinds that tell of their own hours, fees and ways."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is talked about: the service in front, else what was shown or made last (then `frame` is None)."""

    service: str
    declared: Service
    frame: Frame | None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """One turn at a rule. `command` is what the message surely is."""

    turn: Turn
    session: Session
    offer: Offer
    command: Command
    matter: Matter | None

    @property
    def agency(self) -> Agency:
        """Whose the matter is; without one, the account's."""
        return office_hours.concerned(self.turn, self.session, self.offer)

    def answered(self, *replies: Reply) -> Outcome:
        """Say something; what is open is asked again."""
        return stack.returned(self.session, self.turn, replies, self.offer)


@dataclass(frozen=True, slots=True)
class Rule:
    """Answers some commands."""

    commands: tuple[Command, ...]
    run: Callable[[At], Outcome | None]


def matter_of(turn: Turn, session: Session, offer: Offer) -> Matter | None:
    """What is talked about; None where nothing is."""
    front = session.front
    if front is not None and front.service in offer.declared:
        return Matter(front.service, offer.declared[front.service], front, is_open=True)
    if session.finished:
        frame = session.finished[-1]
        return Matter(frame.service, offer.declared[frame.service], frame)
    made = _newest(turn)
    if made is not None and offer.offers(turn.city, made.service):
        return Matter(made.service, offer.declared[made.service], None)
    return None


def _newest(turn: Turn) -> CaseNote | None:
    """What was made last and is not over."""
    return next((case for case in turn.context.cases if not case.over), None)
