"""What went wrong, as the person who caused it reads it: at the top of the form, with what was typed kept."""

from dataclasses import dataclass

from desk.contract.errors import Conflict, DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted
from desk.staff.names import Names


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong.

    Attributes:
        text: what a person reads.
        field: the id of where it can be put right, empty where there is none.
        path: the address of another page on which it can, instead.
    """

    text: Text
    field: str = ""
    path: str = ""


def said_of(exc: DeskError) -> Text:
    """What a person reads of an error of the rooms."""
    if exc.said is not None:
        return exc.said
    match exc:
        case NotPermitted():
            return Text(key="console.error_not_permitted")
        case NotFound():
            return Text(key="console.error_not_found")
        case Conflict():
            return Text(key="console.error_conflict")
        case _:
            return Text(key="console.error_other")


def who_of(said: Text) -> str:
    """The login of whom a text names as `clerk`; empty: nobody."""
    return str(said.args.get("clerk", ""))


def naming(said: Text, names: Names) -> Text:
    """The same text with that member of staff by name."""
    login = who_of(said)
    return Text(key=said.key, args={**said.args, "clerk": names.of(login)}) if login else said


def fault_of(exc: DeskError, field: str = "") -> Fault:
    """The same as a fault of a form."""
    return Fault(said_of(exc), field)
