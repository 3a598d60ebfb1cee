"""Which value of a form a turn puts right in words, and to what."""

from collections.abc import Mapping, Sequence

from actions.dialogue.reading.reading import ASKS, SURE
from actions.dialogue.state.turn import Turn
from actions.fields.correction import correction
from actions.forms.field import FormField
from actions.forms.naming import named
from values.definition import Accepted, Reading


def corrected(
    fields: Sequence[FormField], turn: Turn, *, asked: str | None, before: Mapping[str, str]
) -> dict[str, Reading]:
    """The one value that a turn puts right: of the field that it names, else what was given last and can be meant.

    One that cannot be is given only where no other one can.
    """
    if turn.reading.of_model and turn.reading.probability(ASKS) >= SURE:
        return {}
    known = {one.name: one for one in fields if before.get(one.name) and one.name != asked}
    latest = [known[name] for name in reversed(list(before)) if name in known]
    said, wrong = correction(turn.text), dict[str, Reading]()
    for one in named(turn, latest) or latest:
        value = one.kind.corrected(before[one.name], said)
        if value is None or value == before[one.name]:
            continue
        reading = one.kind.read(value)
        if isinstance(reading, Accepted):
            return {one.name: reading}
        wrong = wrong or {one.name: reading}
    return wrong
