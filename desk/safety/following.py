"""What an emergency that lasts is answered with next: which kinds' steps, which of them, whose telephones. Pure."""

from collections.abc import Mapping, Sequence

from desk.safety.kinds import Kind
from desk.safety.rows import EmergencyRow
from desk.safety.steps import (
    BODY,
    Step,
    asked_about,
    borne_out,
    case_named,
    down_step,
    in_order,
    nearest,
    signs_named,
    steps_of,
)


def told_in(kinds: Mapping[str, Kind], current: EmergencyRow, text: str | None) -> list[str]:
    """The kinds whose steps may be said.

    Of a body none of what yields to it: that adds a telephone. Where a text names a sign that somebody is down, the
    body's, too.
    """
    names = [*current.kinds, *current.beside]
    own = [name for name in names if current.kind != BODY or not kinds[name].yields]
    return [*own, BODY] if names_down(kinds, text) else own


def names_down(kinds: Mapping[str, Kind], text: str | None) -> bool:
    """Whether a text names a sign that somebody does not respond or breathe."""
    of_body = (step for step in steps_of(kinds, [BODY], first=False) if step.act.signs and step.act.down)
    return any(signs_named(step, text or "") for step in of_body)


def next_step(
    kinds: Mapping[str, Kind],
    current: EmergencyRow,
    text: str | None,
    steps: Sequence[Step],
    likeness: Sequence[float],
    *,
    down: bool,
) -> Step:
    """What is said next: the case that is named, what answers a question, what is nearest, else the next in order.

    `likeness` is that to each text of `compared(steps)`. `down`: the model hears that somebody does not respond; what
    is first then is said once, unless the signs of a case are named of somebody who does, or how to press was told. Who
    still does not breathe is told of pressing again, whatever was told before.
    """
    said = current.steps
    case = case_named(steps, text, said)
    awake = (named := case_named(steps, text)) is not None and not named.act.down
    pressed = any(one.act.down for one in steps if one.name in said)
    first = down_step(kinds, current.kind) if down and not awake and not pressed else None
    step = case if first is None or first.name in said else first
    among = borne_out(steps, text, said)
    step = step or asked_about(among, text, said)
    step = step or case_named([one for one in steps if one.act.down], text, said[-1:])
    step = step or nearest(steps, likeness, said, among)
    return step or in_order(current.kind, steps, said)


def calling(kinds: Mapping[str, Kind], name: str, told: Sequence[str]) -> Kind:
    """A kind, with the telephones of the case of it that was told last and has its own."""
    kind = kinds[name]
    calls = {step.name: step.act.call for step in steps_of(kinds, [name], first=False) if step.act.call}
    last = next((calls[one] for one in reversed(told) if one in calls), None)
    return kind if last is None else kind.model_copy(update={"call": [*last]})
