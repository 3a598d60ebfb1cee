"""What a rule is, and what it may know of a turn."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from actions.dialogue.answers import office_hours
from actions.dialogue.answers.offer import Offer
from actions.dialogue.handlers import Handlers
from actions.dialogue.ports import Claim
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from actions.schema import Service
from desk.city.files import Agency
from desk.contract.commands import Command
from desk.contract.messages import CaseNote, Effect, Reply

CODE, GUIDE = "code", "guide"
"""Kinds that tell of their own hours, fees and ways."""
LOOKS_UP = frozenset({CODE, "bill"})
"""Kinds of look-ups: what they tell is asked for."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is talked about: the service in front, else what was shown or made last (then `frame` is None)."""

    service: str
    declared: Service
    frame: Frame | None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """One turn at a rule.

    `pending` is the question of the dialogue itself that was asked before this turn; `said_first` is said before
    whatever is answered, and `done_first` is done.
    """

    turn: Turn
    session: Session
    offer: Offer
    handlers: Handlers
    pending: Mapping[str, JsonValue] | None = None
    said_first: tuple[Reply, ...] = field(default=())
    done_first: tuple[Effect, ...] = field(default=())

    @property
    def front(self) -> Frame | None:
        """The service being talked about."""
        return self.session.front

    @property
    def understood(self) -> Session:
        """The session, where this turn was understood: failures are no more in a row."""
        return replace(self.session, failures=0)

    def but(self, turn: Turn | None = None, session: Session | None = None) -> "At":
        """The same with another turn or session."""
        return replace(self, turn=turn or self.turn, session=session or self.session)

    def answered(self, *replies: Reply) -> Outcome:
        """Say something; what is open is asked again."""
        return stack.returned(self.session, self.turn, replies, self.offer)

    async def claim(self) -> Claim:
        """Whether the turn belongs to the service in front."""
        return await self.handlers.claim(self.turn, self.session.front)

    async def hand(self, frame: Frame) -> Outcome:
        """Let a frame's handler answer."""
        return await self.handlers.hand(self.turn, self.understood, frame)


@dataclass(frozen=True, slots=True)
class Question:
    """One turn at a rule for a question: `command` is what the message surely is."""

    at: At
    command: Command
    matter: Matter | None

    @property
    def turn(self) -> Turn:
        return self.at.turn

    @property
    def session(self) -> Session:
        return self.at.session

    @property
    def offer(self) -> Offer:
        return self.at.offer

    @property
    def agency(self) -> Agency:
        """Whose the matter is; without one, the account's."""
        return office_hours.concerned(self.turn, self.session, self.offer)

    def answered(self, *replies: Reply) -> Outcome:
        """Say something; what is open is asked again."""
        return self.at.answered(*replies)


type Ran = Outcome | At | None
"""What comes of a rule: an answer ends the turn; a turn or session that is meant otherwise goes on; None passes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table. `name` says when it answers."""

    name: str
    run: Callable[[At], Awaitable[Ran]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers some questions."""

    commands: tuple[Command, ...]
    run: Callable[[Question], Outcome | None]


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
