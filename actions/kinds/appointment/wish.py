"""What is wished, held against what is free: the day and the time that were given are checked, or asked for."""

from collections.abc import Sequence
from dataclasses import replace

from actions.backends.appointments import Office
from actions.dialogue.ports import Step
from actions.dialogue.turn import Turn
from actions.fields.clock import AFTERNOON, MORNING
from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances, Option
from actions.forms import filling as forms
from actions.forms.filling import Filling
from actions.forms.given import FormField
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.offer import (
    TIMES_SHOWN,
    AgencyOffer,
    department_options,
    free_times,
    nearest_days,
    office_options,
)
from actions.services import ServiceField
from actions.services.appointment import DATE, DEPARTMENT, OFFICE, TIME
from actions.surroundings import zone_of
from desk.errors import BackendRefused

PART = "part"
"""Remembered beside the values: the part of the day that is wished, while no time is."""
OFFERED = "offices"


def form_fields(
    declared: Sequence[ServiceField], turn: Turn, offices: Sequence[Office], office: str | None
) -> list[FormField]:
    """The fields of a turn; those to choose from with what there is."""
    now = turn.now.astimezone(zone_of(turn.city))
    found = []
    for one in declared:
        at = Circumstances(now, turn.city, _options(one, offices, office))
        found.append(FormField(one, field_kind(one.validation, at)))
    return found


def _options(field: ServiceField, offices: Sequence[Office], office: str | None) -> list[Option]:
    match field.options_from:
        case "offices":
            return office_options(offices)
        case "departments":
            return department_options(offices, office)
    return [Option(one.value, one.names, tuple(one.also)) for one in field.options]


def chosen_office(offices: Sequence[Office], filling: Filling) -> Office | None:
    """The office that was chosen, if it is still there."""
    return next((one for one in offices if one.id == filling.values.get(OFFICE)), None)


def fee_of(office: Office, department: str | None) -> str | None:
    """What an appointment costs, in yuan; None where nothing."""
    part = next((one for one in office.departments if one.id == department), None)
    return part.fee if part is not None and part.fee is not None else office.fee


async def next_step(filling: Filling, offer: AgencyOffer, offices: Sequence[Office]) -> Step | Filling:
    """Check office, department, day and time in this order, and ask for the first that is missing or cannot be.

    Answers the form when all of them stand.

    Raises:
        BackendError: the agency's system failed.
    """
    filling = _put_right(filling, offices)
    missing = next((name for name in (OFFICE, DEPARTMENT) if _lacks(filling, name)), None)
    office = chosen_office(offices, filling)
    if missing is not None or office is None:
        return forms.ask(filling, missing or OFFICE)
    department = filling.values.get(DEPARTMENT) or None
    try:
        days = await offer.days(office.id, department)
    except BackendRefused as exc:
        if exc.code != "unknown-office":
            raise
        return forms.ask(filling.without(OFFICE, DEPARTMENT), OFFICE)
    if not nearest_days(days):
        return filling.without(OFFICE).say(say.nothing_free(say.named(office, department), filling.agency)).step()
    day = filling.values.get(DATE)
    if day is not None and day not in nearest_days([one for one in days if one.date == day]):
        full = any(one.date == day for one in days)
        filling = filling.say(say.closed(day, say.named(office, department), full=full)).without(DATE)
        return _ask_from(filling, DATE, nearest_days(days, day), "appointment.ask_other_date")
    if day is None:
        return _ask_from(filling, DATE, nearest_days(days))
    return await _time(filling, offer, office, department, day)


async def _time(
    filling: Filling, offer: AgencyOffer, office: Office, department: str | None, day: str
) -> Step | Filling:
    slots = await offer.slots(office.id, department, day)
    time = filling.values.get(TIME)
    part = time if time in (MORNING, AFTERNOON) else filling.shown.get(PART)
    if time in (MORNING, AFTERNOON):
        filling, time = filling.without(TIME), None
        filling = replace(filling, shown={**filling.shown, PART: part})
    free = free_times(slots)
    if time is not None:
        if time in free:
            return filling
        filling = filling.say(say.not_free(time, day)).without(TIME)
    wished = free_times(slots, part if isinstance(part, str) else None)
    if not free:
        return _ask_from(
            filling.say(say.closed(day, say.named(office, department), full=True)).without(DATE),
            DATE,
            nearest_days(await offer.days(office.id, department), day),
            "appointment.ask_other_date",
        )
    return _ask_from(filling, TIME, (wished or free)[:TIMES_SHOWN])


def _put_right(filling: Filling, offices: Sequence[Office]) -> Filling:
    """An office without such a department is not meant; the only office, or department, need not be asked for."""
    names = {one.name for one in filling.fields}
    values = dict(filling.values)
    if OFFICE not in values and len(offices) == 1:
        values[OFFICE] = offices[0].id
    if DEPARTMENT in names and (office := values.get(OFFICE)) is not None:
        there = [one.value for one in department_options(offices, office)]
        if values.get(DEPARTMENT) not in there:
            values.pop(DEPARTMENT, None)
        if len(there) == 1:
            values[DEPARTMENT] = there[0]
    return replace(filling, values=values)


def _lacks(filling: Filling, name: str) -> bool:
    return any(one.name == name for one in filling.fields) and name not in filling.values


def _ask_from(filling: Filling, name: str, values: Sequence[str], key: str | None = None) -> Step:
    """Ask for a day or a time with what is free."""
    question = say.asks(filling.field(name), values, key)
    return Step(filling.said, dict(filling.values), dict(filling.shown), question, consents=filling.consents)
