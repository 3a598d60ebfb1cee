"""What a message is, in its situation: commands with their probability, and where they come from. Made once a turn."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from desk.contract.commands import COMMANDS, Command

SURE = 0.6
"""From so likely on a command is acted upon. Of turns by strangers 56 % are so sure, and of these 93 % right."""
ASKS: frozenset[Command] = frozenset(one for one in COMMANDS if one.startswith("ask_"))
"""Questions. That one is asked is surer than which: their probabilities count together."""

PROPOSED = 0.7
"""So likely is a command that a larger model chose: acted upon, and less sure than whatever does something wants it."""

type Evidence = Literal["button", "model", "larger model", "intent"]
"""A button that was pressed; the model, in the situation; a larger model, where that one was unsure; the intent alone,
where the model says nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A command that a message may be; `probability` is from 0 to 1."""

    command: Command
    probability: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a message may be, the likeliest first; at least one."""

    heard: tuple[Heard, ...]

    @property
    def first(self) -> Heard:
        return self.heard[0]

    @property
    def of_model(self) -> bool:
        """Whether the message was read in its situation."""
        return self.first.evidence in ("model", "larger model")

    def proposed(self, command: Command) -> "Reading":
        """The same, with a command that a larger model chose as the likeliest.

        The others are as likely as before: what it chooses takes no doubt away.
        """
        likely = max(PROPOSED, self.probability((command,)))
        others = (one for one in self.heard if one.command != command)
        return Reading((Heard(command, likely, "larger model"), *others))

    def probability(self, commands: Collection[Command]) -> float:
        """How likely it is one of these."""
        return sum(one.probability for one in self.heard if one.command in commands)

    @property
    def sure(self) -> Command | None:
        """The command that is acted upon; None where that would be a guess."""
        if self.first.evidence == "larger model":
            return self.first.command
        questions = [one for one in self.heard if one.command in ASKS]
        if questions and self.probability(ASKS) >= SURE:
            return questions[0].command
        return self.first.command if self.first.probability >= SURE else None
