"""How turns end, and when a turn that failed is tried again. Pure.

An unreachable bot is no try: the turn waits, at most some 4 s between looks, so that everybody is answered within 15 s
of the bot's return. Errors and time-outs are tries; the third is followed by an apology and a ticket. A connection that
breaks in mid-turn (a bot killed) is neither, nor is a bot that was busy with others, until it has happened ten times:
then the message itself kills bots.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

TRIES = 3
INTERRUPTIONS = 10
JITTER = 0.25


class Outcome(StrEnum):
    """How a message was answered: `inbound_messages.outcome`."""

    ANSWERED = "answered"
    LOOKED_UP = "looked_up"  # announcements were shown, and nothing else was wanted
    HANDED_OVER = "handed_over"  # the bot answered, and a ticket was opened
    APOLOGISED = "apologised"  # after the last try; a ticket was opened
    NOTICED = "noticed"  # the desk gave a notice: a ticket waits, or somebody said a stop word
    WITH_CLERK = "with_clerk"  # a clerk has the conversation: nothing was said
    WITHDRAWN = "withdrawn"  # the resident goes on without a clerk
    GRADED = "graded"  # a grade of a clerk's work, or what was written with one: no clerk reads it in the conversation
    VOICE_STOPPED = "voice_stopped"  # the bot may not speak: a notice, and a ticket
    LIMITED = "limited"  # too much was tried or is open: nothing of the answer counts, and that was said
    FILE_REFUSED = "file_refused"  # a file that could not be taken: the resident was told why
    EXPIRED_BUTTON = "expired_button"  # a payload that was not offered here
    EMERGENCY = "emergency"  # what to do and whom to call was said, or was said beside a clerk
    ERASED = "erased"  # the resident had everything erased before it was answered, or after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn that failed waits, in seconds: by how often it had failed in that way; the last step repeats."""

    unreachable: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 3.0)
    error: tuple[float, ...] = (1.0, 3.0)
    interruption: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0)

    def after(self, steps: tuple[float, ...], done: int, *, chance: float | None = None) -> float:
        """The wait after a failure that happened `done` times before, up to a quarter longer by chance.

        `chance` is 0 to 1, random if None: conversations that failed together do not come back together.
        """
        return steps[min(done, len(steps) - 1)] * (1 + JITTER * (random.random() if chance is None else chance))
