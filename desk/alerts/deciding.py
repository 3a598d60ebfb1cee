"""What is done with a document: one table of status × scope × kind, for a live and for a training installation.

A document of nobody who is known is refused, whatever it says. In public stands what is actual, public, and meant for a
live installation, and nothing else: not by a rule with exceptions, but by being the two rows below that say so.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from desk.alerts.codes import Kind, Scope, Status

type Mode = Literal["live", "training"]


class Done(StrEnum):
    """What is done with a document. A Cancel takes back, where an Alert or an Update would be shown."""

    PUBLIC = "public"  # shown to residents; a Cancel: taken back from them
    TRIAL = "trial"  # kept as if it were, and shown to staff alone
    IGNORED = "ignored"  # taken in and kept; nothing follows from it
    REFUSED = "refused"  # not taken in


_LETTERS = {"P": Done.PUBLIC, "T": Done.TRIAL, ".": Done.IGNORED, "x": Done.REFUSED}
KINDS = (Kind.ALERT, Kind.UPDATE, Kind.CANCEL, Kind.ACK, Kind.ERROR)

# In the order of KINDS. A draft is for nobody's eyes: who sends one has made a mistake, and is told so.
TABLE: Mapping[tuple[Mode, Status, Scope], str] = {
    ("live", Status.ACTUAL, Scope.PUBLIC): "PPP..",
    ("live", Status.ACTUAL, Scope.RESTRICTED): ".....",
    ("live", Status.ACTUAL, Scope.PRIVATE): ".....",
    ("live", Status.EXERCISE, Scope.PUBLIC): "TTT..",
    ("live", Status.EXERCISE, Scope.RESTRICTED): ".....",
    ("live", Status.EXERCISE, Scope.PRIVATE): ".....",
    ("live", Status.SYSTEM, Scope.PUBLIC): ".....",
    ("live", Status.SYSTEM, Scope.RESTRICTED): ".....",
    ("live", Status.SYSTEM, Scope.PRIVATE): ".....",
    ("live", Status.TEST, Scope.PUBLIC): ".....",
    ("live", Status.TEST, Scope.RESTRICTED): ".....",
    ("live", Status.TEST, Scope.PRIVATE): ".....",
    ("live", Status.DRAFT, Scope.PUBLIC): "xxxxx",
    ("live", Status.DRAFT, Scope.RESTRICTED): "xxxxx",
    ("live", Status.DRAFT, Scope.PRIVATE): "xxxxx",
    ("training", Status.ACTUAL, Scope.PUBLIC): "TTT..",
    ("training", Status.ACTUAL, Scope.RESTRICTED): ".....",
    ("training", Status.ACTUAL, Scope.PRIVATE): ".....",
    ("training", Status.EXERCISE, Scope.PUBLIC): "TTT..",
    ("training", Status.EXERCISE, Scope.RESTRICTED): ".....",
    ("training", Status.EXERCISE, Scope.PRIVATE): ".....",
    ("training", Status.SYSTEM, Scope.PUBLIC): ".....",
    ("training", Status.SYSTEM, Scope.RESTRICTED): ".....",
    ("training", Status.SYSTEM, Scope.PRIVATE): ".....",
    ("training", Status.TEST, Scope.PUBLIC): "TTT..",
    ("training", Status.TEST, Scope.RESTRICTED): ".....",
    ("training", Status.TEST, Scope.PRIVATE): ".....",
    ("training", Status.DRAFT, Scope.PUBLIC): "xxxxx",
    ("training", Status.DRAFT, Scope.RESTRICTED): "xxxxx",
    ("training", Status.DRAFT, Scope.PRIVATE): "xxxxx",
}


def decide(status: Status, kind: Kind, scope: Scope, *, is_known: bool, mode: Mode) -> Done:
    """What is done with a document; `is_known`: it came from a source of ours that proved to be it."""
    if not is_known:
        return Done.REFUSED
    return _LETTERS[TABLE[mode, status, scope][KINDS.index(kind)]]
