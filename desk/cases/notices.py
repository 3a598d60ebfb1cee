"""What a resident is told of a case unasked: replies as keys."""

import json

from pydantic import JsonValue

from desk.city.files import City
from desk.contract.messages import Button, CaseNote, Reply, Text


def reminder(case: CaseNote, city: City) -> Reply:
    """Remind of an appointment, with buttons to move or to cancel it."""
    key = "cases.reminder" if case.place is not None else "cases.reminder_no_place"
    return Reply(key=key, args=_args(case, city), buttons=appointment_buttons(case))


def news(case: CaseNote, said: Text, city: City, *, moved: bool) -> Reply:
    """Say what has become of a case, in the agency's words; `moved`: its time or place is another."""
    args = {**_args(case, city), "said": _nested(said)}
    if not moved or case.at is None or case.over:
        return Reply(key="cases.news", args=args)
    key = "cases.news_moved" if case.place is not None else "cases.news_moved_no_place"
    return Reply(key=key, args=args, buttons=appointment_buttons(case))


def late(case: CaseNote, city: City, *, days: int, reference: str) -> Reply:
    """Say that nothing was heard of a report for days, and that the agency's staff see to it, in a ticket."""
    args = {**_args(case, city), "reference": case.reference, "days": days, "ticket": reference}
    return Reply(key="cases.late", args=args)


def unconfirmed(case: CaseNote, city: City, *, reference: str) -> Reply:
    """Say that an agency's system has not confirmed a case, or was not reached, and that staff see to it."""
    key = "cases.not_sent" if case.status == "not_sent" else "cases.unconfirmed"
    return Reply(key=key, args={**_args(case, city), "ticket": reference})


def appointment_buttons(case: CaseNote) -> list[Button]:
    """Buttons that move or cancel an appointment."""
    if case.kind != "appointment" or case.over:
        return []
    return [
        Button(title=Text(key="button.move_appointment"), payload=_payload({"case": case.case})),
        Button(title=Text(key="button.drop_appointment"), payload=_payload({"case": case.case, "field": "give_up"})),
    ]


def _payload(values: dict[str, str]) -> str:
    return f"/change_appointment{json.dumps(values, ensure_ascii=False)}"


def _args(case: CaseNote, city: City) -> dict[str, JsonValue]:
    office = city.agency(case.agency)
    args: dict[str, JsonValue] = {
        "about": _nested(case.about),
        "agency": {"name": office.names.model_dump(exclude_none=True)},
        "phone": office.phone,
    }
    if case.at is not None:
        args["at"] = {"datetime": case.at}
    if case.place is not None:
        args["place"] = _nested(case.place)
    return args


def _nested(text: Text) -> JsonValue:
    return {"text": Text(key=text.key, args=text.args).model_dump(mode="json")}
