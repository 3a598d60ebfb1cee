"""What a larger model may be asked about a message, and what it may answer.

It chooses among candidates and says nothing of its own. What it chooses is evidence beside the model's: enough for what
does no harm, never for what cannot be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from desk.contract.commands import COMMANDS, Command
from desk.contract.situation import Situation

MOST = 3
"""So many things may be proposed for one message."""

HARMLESS: frozenset[Command] = frozenset(
    {
        *(one for one in COMMANDS if one.startswith("ask_")),
        *("start", "provide", "status", "what_i_have", "list", "repeat", "wait", "later", "language", "simpler"),
        *("city", "greet", "thanks", "goodbye", "out_of_scope"),
    }
)
"""What a proposal alone makes sure: questions, look-ups, beginnings, courtesies. Whatever is not named here (a yes, a
payment, the end of something, an erasure, a person) needs its button or the resident's own plain words."""
COURTESIES: frozenset[Command] = frozenset({"greet", "thanks", "goodbye"})
"""Beside anything else these want nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a message may be: a command; of `start` the service that is begun.

    `arguments` are entities that may be named with it.
    """

    command: Command
    service: str | None = None
    arguments: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """By what it is chosen; unique among candidates."""
        return self.command if self.service is None else f"{self.command}:{self.service}"


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that the message names: `written` is a span of it."""

    entity: str
    written: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate that was chosen, with what the message names for it."""

    candidate: Candidate
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a message is, in the order in which it says it; nothing where it is none of the candidates.

    `model` is the id of the model, as it calls itself.
    """

    chosen: tuple[Chosen, ...]
    model: str

    @property
    def harmless(self) -> tuple[Chosen, ...]:
        """What of it wants something, where all of it does no harm: half of a message is not acted upon."""
        if any(one.candidate.command not in HARMLESS for one in self.chosen):
            return ()
        return tuple(one for one in self.chosen if one.candidate.command not in COURTESIES) or self.chosen


class Proposes(Protocol):
    """A larger model of a city."""

    async def propose(self, message: str, situation: Situation, candidates: Sequence[Candidate]) -> Proposal:
        """Choose what a message is, among candidates.

        Args:
            message: redacted: in place of each value of the resident's stands the name of its type, in brackets.

        Raises:
            BackendError: it did not answer in time, or answered something that it may not.
        """
