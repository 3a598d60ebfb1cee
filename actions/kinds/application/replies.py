"""What the kind `application` says: keys `application.*`, and what the service file names."""

from pydantic import JsonValue

from actions.backends.applications import Application, Terms
from actions.forms.filling import Filling
from actions.forms.replies import CANCEL, HUMAN, agency_name
from actions.forms.summary import row
from desk.contract.messages import Button, Reply, Row, Text

AGAIN = Button(title=Text(key="button.try_again"), payload="/affirm")
STATUS = Button(title=Text(key="button.status"), payload="/request_status")


def agency_args(filling: Filling) -> dict[str, JsonValue]:
    """Arguments that name the agency and its telephone."""
    return {"agency": agency_name(filling.agency), "phone": filling.agency.phone}


def terms_rows(terms: Terms) -> list[Row]:
    """What a summary says beside the fields."""
    fee = row("fee", {"money": terms.fee}) if terms.fee is not None else row("fee", {"text": NOTHING.model_dump()})
    return [fee, Row(label=Text(key="card.decided_in"), value=Text(key="application.days", args={"count": terms.days}))]


NOTHING = Text(key="application.free")


def not_eligible(filling: Filling, terms: Terms) -> Reply:
    """Say why somebody may not apply, in the agency's words."""
    args = agency_args(filling)
    if terms.reason is None:
        return Reply(key="application.not_eligible", args=args, buttons=[HUMAN])
    args["reason"] = {"name": terms.reason.model_dump()}
    return Reply(key="application.not_eligible_because", args=args, buttons=[HUMAN])


def submitted(name: str, about: Text, application: Application, filling: Filling) -> Reply:
    """Say that it was submitted, with its number."""
    args: dict[str, JsonValue] = {
        **agency_args(filling),
        "about": {"text": about.model_dump()},
        "reference": application.reference,
    }
    return Reply(key=f"{name}.submitted", args=args, buttons=[STATUS])


def status(application: Application) -> Text:
    """How an application stands; with what the agency adds."""
    said = Text(key=f"application.status_{application.status}")
    if application.note is None:
        return said
    args: dict[str, JsonValue] = {
        "status": {"text": said.model_dump()},
        "note": {"name": application.note.model_dump()},
    }
    return Text(key="application.status_with_note", args=args)


def try_again() -> Reply:
    """Ask whether to try once more."""
    return Reply(key="application.try_again", buttons=[AGAIN, CANCEL])
