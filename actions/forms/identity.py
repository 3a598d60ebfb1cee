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
from desk.contract.messages import Reply


def announced(step: Step, filling: Filling, frame: Frame) -> Step:
    """The first step of a form that asks for something: where nothing but the resident identity card is taken, that
    is said before; where others are, to who names one.
    """
    field = next((one for one in filling.fields if isinstance(one.kind, Identity)), None)
    asks = step.question is not None and step.question.asks_for is not None
    begins = frame.question is None and not frame.values and not frame.finished
    if field is None or not isinstance(field.kind, Identity) or not (asks and begins) or field.name in step.values:
        return step
    names_another = filling.turn.kind == "text" and phrases("other_documents").within(plain(filling.turn.text))
    if field.kind.documents and not names_another:
        return step
    return replace(step, replies=(said_of(field.kind.documents, filling.agency), *step.replies))


def said_of(documents: Sequence[str], agency: Agency) -> Reply:
    """Which documents the agency takes, or that it takes the card alone, and whom to ask else."""
    args: dict[str, JsonValue] = {
        "agency": agency_name(agency),
        "phone": agency.phone,
        "documents": documents_named(documents),
    }
    return Reply(key="identity.taken" if documents else "identity.card_only", args=args)
