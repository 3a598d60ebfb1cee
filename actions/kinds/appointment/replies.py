"""What the kind `appointment` says: keys `appointment.*`, and what the service file names."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import JsonValue

from actions.backends.appointments import Booking, Office
from actions.dialogue.state.session import Frame, Question
from actions.fields.identity import parted
from actions.forms.field import FormField
from actions.forms.replies import CANCEL, HUMAN, documents_named, value_button
from actions.forms.summary import near, row
from actions.kinds.appointment.offer import DayState, names
from actions.phrases import phrases, plain
from actions.schema import AppointmentService
from desk.city.files import Agency
from desk.contract.messages import Button, Card, Reply, Row, Text
from values.types.time import MORNING


def change(case: str) -> Button:
    """A button that changes an appointment of this conversation."""
    payload = f"/change_appointment{json.dumps({'case': case})}"
    return Button(title=Text(key="button.change_appointment"), payload=payload)


def named(office: Office, department: str | None = None) -> JsonValue:
    """An argument that names an office, with its department."""
    found = names(office.names)
    part = next((one for one in office.departments if one.id == department), None)
    if part is not None:
        found = found.model_copy(
            update={"zh_Hans": f"{found.zh_Hans}{part.names.zh_Hans}", "en": f"{part.names.en}, {found.en}"}
        )
    return {"name": found.model_dump(exclude_none=True)}


def office_in_words(office: Office, text: str, *, preferred: bool) -> Reply:
    """Say how a place is chosen in words; `preferred`: a day or a time was wished that follows from it."""
    key = "appointment.office_first" if preferred else "appointment.office_by_words"
    if phrases("which_is_near").within(plain(text)):
        key = "appointment.office_near"
    return Reply(key=key, args={"office": named(office)})


def place(office: Office, department: str | None) -> Text:
    """Where an appointment is, for calendars and reminders."""
    return Text(
        key="appointment.place",
        args={"office": named(office, department), "address": {"name": office.address.model_dump()}},
    )


def when(values: Mapping[str, str], today: date | None = None) -> dict[str, JsonValue]:
    """Day and time as arguments; with `today`, the day is named by how near it is."""
    return {"date": near(values["date"], today), "time": {"time": values["time"]}}


def choices(field: FormField, values: Sequence[str]) -> list[Button]:
    """A button for each of the values that can be chosen."""
    return [value_button(field, value) for value in values]


def asks(field: FormField, values: Sequence[str], key: str | None = None, *, free: Sequence[str] = ()) -> Question:
    """Ask for a day or a time, with some of what is `free` on buttons."""
    reply = Reply(key=key or field.declared.ask, buttons=[*choices(field, values), CANCEL])
    return Question(field.entity, reply, field=field.name, free=tuple(free))


def no_day(state: DayState, date: str, office: JsonValue, last: str) -> Reply:
    """Say why a day cannot be had; `last` is the last one that can be booked now."""
    args: dict[str, JsonValue] = {"date": {"day": date}, "office": office}
    if state == "beyond":
        return Reply(key="appointment.too_far", args={**args, "last": {"day": last}})
    return Reply(key="appointment.full" if state == "full" else "appointment.closed", args=args)


def no_part(part: str, date: str) -> Reply:
    """Say that nothing is free in the morning, or in the afternoon."""
    key = "appointment.morning_full" if part == MORNING else "appointment.afternoon_full"
    return Reply(key=key, args={"date": {"day": date}})


def not_free(time: str, date: str) -> Reply:
    """Say that nothing is free at a time."""
    return Reply(key="appointment.not_free", args={"date": {"day": date}, "time": {"time": time}})


def nothing_free(office: JsonValue, agency: Agency) -> Reply:
    """Say that an office has no appointments at all."""
    return Reply(key="appointment.nothing_free", args={"office": office, "phone": agency.phone})


def office_rows(office: Office, fee: str | None) -> list[Row]:
    """What a summary says beside the fields."""
    rows = [row("address", {"name": office.address.model_dump()})]
    return rows if fee is None else [*rows, row("fee", {"money": fee})]


def what_to_bring(declared: AppointmentService, values: Mapping[str, str]) -> Text | None:
    """What to bring: the document by which somebody is known, where that is no identity card."""
    documents = [parted(values.get(one.id_number, ""))[0] for one in declared.persons]
    other = next((one for one in documents if one is not None), None)
    if other is None or declared.bring_with_document is None:
        return None if declared.bring is None else Text(key=declared.bring)
    return Text(key=declared.bring_with_document, args={"document": documents_named([other])})


def booked(
    key: str,
    booking: Booking,
    office: Office,
    values: Mapping[str, str],
    case: str,
    bring: Text | None,
    today: date,
) -> Reply:
    """Say what was booked or moved, with its number and a calendar entry."""
    department = values.get("department") or None
    args: dict[str, JsonValue] = {
        **when(values, today),
        "office": named(office, department),
        "address": {"name": office.address.model_dump()},
        "reference": booking.reference,
        "calendar": {"calendar_page": case},
    }
    rows = [
        row("office", named(office, department)),
        row("date", near(values["date"], today)),
        row("time", {"time": values["time"]}),
        row("address", {"name": office.address.model_dump()}),
        row("reference", booking.reference),
    ]
    if bring is not None:
        args["bring"] = {"text": bring.model_dump()}
    return Reply(
        key=key if bring is None else f"{key}_bring",
        args=args,
        cards=[Card(kind="appointment", title=Text(key="appointment.card"), rows=rows)],
        buttons=[change(case)],
    )


def not_known(failed: str, key: str, again: str, **args: JsonValue) -> tuple[tuple[Reply, ...], Question]:
    """Say what failed (`failed`) and that nobody knows whether it was done (`key`), and ask whether to try again."""
    return (Reply(key=failed), Reply(key=key, args=args)), retry(again)


def retry(again: str) -> Question:
    """Ask whether to try again; `again` is what the button does."""
    button = Button(title=Text(key="button.try_again"), payload=again)
    return Question(None, Reply(key="appointment.try_again", buttons=[button, HUMAN, CANCEL]))


def asks_to_retry(frame: Frame) -> bool:
    """Whether the open question is that of `retry`."""
    return frame.question is not None and frame.question.reply.key == "appointment.try_again"


def about(service: Text, office: Office, values: Mapping[str, str]) -> Text:
    """What an appointment is called in lists."""
    return Text(
        key="appointment.about",
        args={
            "service": {"text": service.model_dump()},
            "office": named(office, values.get("department")),
            **when(values),
        },
    )
