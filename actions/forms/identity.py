"""What is said of the documents by which somebody may be known, before a number is asked for."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame
from actions.fields.identity import Identity
from actions.forms.filling import Filling
from actions.forms.replies import agency_name, documents_named
from actions.phrases import phrases, plain
from desk.city.files import Agency
from desk.contract.messages import Reply, Text


def announced(step: Step, filling: Filling, frame: Frame) -> Step:
    """The first step of a form that asks for something: where nothing but the resident identity card is taken, that
    is the last line of its question; where other documents are, it is said before, to who names one.
    """
    field = next((one for one in filling.fields if isinstance(one.kind, Identity)), None)
    question = step.question
    asks = question is not None and question.asks_for is not None
    begins = frame.question is None and not frame.values and not frame.finished
    if field is None or question is None or not isinstance(field.kind, Identity) or not (asks and begins):
        return step
    if field.name in step.values:
        return step
    if field.kind.documents:
        names_another = filling.turn.kind == "text" and phrases("other_documents").within(plain(filling.turn.text))
        said = (said_of(field.kind.documents, filling.agency),) if names_another else ()
        return replace(step, replies=(*said, *step.replies))
    return replace(step, question=replace(question, notice=_with_note(question.notice, filling.agency)))


def _with_note(notice: Text | None, agency: Agency) -> Text:
    """The notice of a question, with the line that only the identity card is taken."""
    note = Text(key="identity.card_only_briefly", args={"phone": agency.phone})
    if notice is None:
        return note
    lines: dict[str, JsonValue] = {"why": {"text": notice.model_dump()}, "note": {"text": note.model_dump()}}
    return Text(key="identity.why_and_note", args=lines)


def said_of(documents: Sequence[str], agency: Agency) -> Reply:
    """Which documents the agency takes, or that it takes the card alone, and whom to ask else."""
    args: dict[str, JsonValue] = {
        "agency": agency_name(agency),
        "phone": agency.phone,
        "documents": documents_named(documents),
    }
    return Reply(key="identity.taken" if documents else "identity.card_only", args=args)
