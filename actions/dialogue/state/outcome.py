"""What comes of a turn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from actions.dialogue.state.session import Session
from desk.contract.messages import Effect, Reply
from desk.contract.situation import Situation
from desk.contract.wire import Locale


@dataclass(frozen=True, slots=True)
class Outcome:
    """The memory after a turn, what is said and what is to happen. `locale` is the language all of it is said in.

    `city` is the slug of the city that the conversation moves to; None where it stays. `situation` is what the
    conversation stands at then, once it is stated.
    """

    session: Session
    locale: Locale
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    city: str | None = None
    situation: Situation | None = None

    def after(self, replies: Iterable[Reply]) -> Self:
        """The same with something said first."""
        return replace(self, replies=(*replies, *self.replies))

    @property
    def service(self) -> str | None:
        """Intent name of the service in progress."""
        front = self.session.front
        return front.service if front else None

    @property
    def asks_for(self) -> str | None:
        """Entity name being asked for."""
        front = self.session.front
        return front.question.asks_for if front and front.question else None
