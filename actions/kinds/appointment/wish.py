"""What is wished, held against what is free: the day and the time that were given are checked, or asked for."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.backends.appointments import Office, OpenDay
from actions.dialogue.ports import Step
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.forms import filling as forms
from actions.forms import replies as asks
from actions.forms.field import FormField
from actions.forms.filling import Filling
from actions.forms.given import Given
from actions.forms.reading import readable
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.offer import (
    AgencyOffer,
    department_options,
    free_days,
    free_times,
    nearest_days,
    nearest_times,
    office_options,
    state_of,
)
from actions.kinds.appointment.preference import between, heard, picked
from actions.phrases import phrases, plain
from actions.schema import ServiceField
from actions.schema.appointment import DATE, DEPARTMENT, OFFICE, TIME
from desk.contract.errors import BackendRefused
from desk.contract.messages import Reply
from values.definition import Accepted
from values.types.time import AFTERNOON, MORNING

PART = "part"
"""Remembered beside the values: the part of the day that is wished, while no time is."""
CHECKED = "checked"
"""Likewise: office, department, day and time that were found free."""

BOOKING_INTENTS = frozenset({"affirm", "change_appointment", "choose", "inform"}) | NOT_UNDERSTOOD
"""Intents of a sentence that books what was told of; who has nothing booked changes nothing."""


def wants_to_book(turn: Turn) -> bool:
    """Whether a text that follows what is needed wishes the appointment ("book it for Tuesday")."""
    return turn.kind == "text" and turn.intent in BOOKING_INTENTS and phrases("books").within(plain(turn.text))


def form_fields(
    service: str, declared: Sequence[ServiceField], turn: Turn, offices: Sequence[Office], office: str | None
) -> list[FormField]:
    """The fields of a turn; those to choose from with what there is."""
    offered = {"offices": office_options(offices), "departments": department_options(offices, office)}
    return readable(service, declared, turn, offered)


def chosen_office(offices: Sequence[Office], filling: Filling) -> Office | None:
    """The office that was chosen, if it is still there."""
    return next((one for one in offices if one.id == filling.values.get(OFFICE)), None)


def fee_of(office: Office, department: str | None) -> str | None:
    """What an appointment costs, in yuan; None where nothing."""
    part = next((one for one in office.departments if one.id == department), None)
    return part.fee if part is not None and part.fee is not None else office.fee


def office_in_words(filling: Filling, asked: str | None, offices: Sequence[Office]) -> list[Reply]:
    """How an office is chosen in words, where that was asked and is not known yet."""
    if asked != OFFICE or OFFICE in filling.values:
        return []
    wish = heard(filling.turn)
    return [say.office_in_words(one, filling.turn.text, preferred=wish is not None) for one in offices[:1]]


async def next_step(filling: Filling, offer: AgencyOffer, offices: Sequence[Office]) -> Step | Filling:
    """Check office, department, day and time in this order, and ask for the first that is missing or cannot be.

    Answers the form when all of them stand. What was found free is not asked about again: booking it decides.

    Raises:
        BackendError: the agency's system failed.
    """
    filling = _put_right(filling, offices)
    missing = next((name for name in (OFFICE, DEPARTMENT) if _lacks(filling, name)), None)
    office = chosen_office(offices, filling)
    if missing is not None or office is None:
        return forms.ask(filling, missing or OFFICE)
    if filling.shown.get(CHECKED) == _slot(filling):
        return filling
    department = filling.values.get(DEPARTMENT) or None
    try:
        days = await offer.days(office.id, department)
    except BackendRefused as exc:
        if exc.code != "unknown-office":
            raise
        return forms.ask(filling.without(OFFICE, DEPARTMENT), OFFICE)
    if not nearest_days(days):
        return _nothing_free(filling, office, department, offices)
    day = filling.values.get(DATE)
    if day is None:
        filling, day = picked(filling, DATE, free_days(days))
        if day is None:
            return _ask_from(filling, DATE, nearest_days(days), free=free_days(days))
        filling = filling.say(asks.noted(filling.field(DATE), Accepted(day), changed=False))
    if (state := state_of(days, day)) != "free":
        return _other_day(filling, say.no_day(state, day, say.named(office, department), days[-1].date), day, days)
    return await _time(filling, offer, office, department, day)


async def _time(
    filling: Filling, offer: AgencyOffer, office: Office, department: str | None, day: str
) -> Step | Filling:
    slots = await offer.slots(office.id, department, day)
    free, time = free_times(slots), filling.values.get(TIME)
    if time in (MORNING, AFTERNOON):
        filling = replace(filling.without(TIME), shown={**filling.shown, PART: time})
        time = None
    if time in free:
        return replace(filling, shown={**filling.shown, CHECKED: _slot(filling)})
    if not free:
        days = await offer.days(office.id, department)
        full = say.no_day("full", day, say.named(office, department), days[-1].date)
        return _other_day(filling, full, day, days)
    if time is not None:
        filling = filling.say(say.not_free(time, day)).without(TIME)
        return _ask_from(filling, TIME, nearest_times(free, time), free=free)
    part = filling.shown.get(PART)
    wished = free_times(slots, part if isinstance(part, str) else None)
    if not wished:
        filling = filling.say(say.no_part(str(part), day))
    fitting = between(wished or free, filling.shown)
    filling, time = picked(filling, TIME, fitting)
    if time is not None:
        filling = filling.say(asks.noted(filling.field(TIME), Accepted(time), changed=False))
        return replace(filling, shown={**filling.shown, CHECKED: _slot(filling)})
    if wished and not fitting:
        filling = filling.say(Reply(key="appointment.none_between", args={"date": {"day": day}}))
    return _ask_from(filling, TIME, nearest_times(fitting or wished or free), free=free)


def _nothing_free(filling: Filling, office: Office, department: str | None, offices: Sequence[Office]) -> Step:
    """An office has nothing at all: another one, or later."""
    filling = filling.say(say.nothing_free(say.named(office, department), filling.agency))
    if len(offices) > 1:
        return forms.ask(filling.without(OFFICE), OFFICE)
    return Step(filling.said, finished=True)


def _other_day(filling: Filling, why: Reply, day: str, days: Sequence[OpenDay]) -> Step:
    filling = filling.say(why).without(DATE)
    return _ask_from(filling, DATE, nearest_days(days, day), "appointment.ask_other_date", free=free_days(days))


def noted(before: Filling, found: Given, step: Step) -> Step:
    """Say first what was taken: only what stands, so that nothing is confirmed and refused in one breath."""
    stands = {name: one for name, one in found.accepted.items() if step.values.get(name) == one.value}
    said = forms.taken(replace(before, said=()), Given(stands)).said
    return replace(step, replies=(*said, *step.replies))


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


def _ask_from(
    filling: Filling, name: str, values: Sequence[str], key: str | None = None, *, free: Sequence[str]
) -> Step:
    """Ask for a day or a time with what is free: `values` of it on buttons."""
    question = say.asks(filling.field(name), values, key, free=free)
    return Step(filling.said, dict(filling.values), dict(filling.shown), question, consents=filling.consents)


def _slot(filling: Filling) -> JsonValue:
    return [filling.values.get(name, "") for name in (OFFICE, DEPARTMENT, DATE, TIME)]
