"""What a turn gives of a bill's fields. May not know what was given before, nor what is said about it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.dialogue.turn import Turn
from actions.fields.kinds import FIELD_KINDS
from actions.fields.reading import Accepted, Reading, Rejected, compact
from actions.services import BillService, ServiceField

BESIDE_LENGTH = 8
"""So many characters may stand beside the values of a message that is nothing but an answer (车牌是…, "it's …")."""


@dataclass(frozen=True, slots=True)
class Given:
    """Readings by field. `bare`: the message is nothing else."""

    readings: Mapping[str, Reading] = field(default_factory=dict)
    bare: bool = False

    @property
    def accepted(self) -> dict[str, Accepted]:
        return {name: one for name, one in self.readings.items() if isinstance(one, Accepted)}

    @property
    def rejected(self) -> dict[str, Rejected]:
        return {name: one for name, one in self.readings.items() if isinstance(one, Rejected)}


def given(service: BillService, turn: Turn, *, asked: str | None, before: Mapping[str, str]) -> Given:
    """Read a turn. `asked` is the field that is being asked for; `before` are the values known so far.

    What is unmistakable counts first, then a message that as a whole tries to answer the question, then what the
    understanding marked, then a message that tries to be anything else that could be given.
    """
    if turn.kind == "payload":
        return Given(
            {
                one.entity: FIELD_KINDS[one.validation].read(value)
                for one in service.fields
                if (value := turn.first(one.entity)) is not None
            },
            bare=True,
        )
    if turn.kind != "text":
        return Given()
    found, rest = _unmistakable(service, turn, before)
    bare = bool(found) and len(compact(rest)) <= BESIDE_LENGTH
    if not found:
        attempt = _attempt(service, turn.text, asked)
        if attempt is not None and attempt.entity == asked:
            return Given({attempt.entity: FIELD_KINDS[attempt.validation].read(turn.text)}, bare=True)
    for one in service.fields:
        marked = [value for value in turn.values(one.entity) if compact(value) in compact(rest)]
        if one.entity not in found and marked:
            found[one.entity] = FIELD_KINDS[one.validation].read(_chosen(marked, turn, before.get(one.entity)))
    if not found and (attempt := _attempt(service, turn.text, None)) is not None:
        return Given({attempt.entity: FIELD_KINDS[attempt.validation].read(turn.text)}, bare=True)
    return Given(found, bare)


def _unmistakable(service: BillService, turn: Turn, before: Mapping[str, str]) -> tuple[dict[str, Reading], str]:
    """What the fields themselves find, and the text without it: a piece of a plate is no VIN."""
    rest, found = unicodedata.normalize("NFKC", turn.text).upper(), dict[str, Reading]()
    for one in service.fields:
        kind = FIELD_KINDS[one.validation]
        written = list(kind.find(rest))
        if written:
            found[one.entity] = kind.read(_chosen(written, turn, before.get(one.entity)))
        for value in written:
            rest = rest.replace(value, "\n")
    return found, rest


def _chosen(written: list[str], turn: Turn, before: str | None) -> str:
    """Of several values the first; in a correction ("not A, B") the last; never the one that is already known."""
    others = [value for value in written if compact(value) != before] or written
    return others[-1] if turn.intent == "correct" else others[0]


def _attempt(service: BillService, text: str, asked: str | None) -> ServiceField | None:
    fields = service.fields if asked is None else [service.field(asked)] if asked in service.entities else []
    return next((one for one in fields if FIELD_KINDS[one.validation].attempts(text)), None)
