"""What is said beside an end: that nothing was booked, or what was made before and stays. Knows no service."""

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.session import Frame
from actions.dialogue.state.stack import PROVING
from actions.dialogue.state.turn import Turn
from actions.schema import AppointmentService, BillService
from desk.contract.messages import Button, CaseNote, Reply, Text

TAKE_UP = Button(title=Text(key="button.take_up"), payload="/go_back")
CHANGES = "case"
"""Under this name a frame remembers the booking that it changes."""


def may_be_taken_up(frame: Frame) -> bool:
    """Whether a form that a press ends may have been ended by mistake: something was given, and it made nothing yet."""
    return bool(frame.values) and frame.question is not None and not {CHANGES, PROVING} & frame.shown.keys()


def beside(turn: Turn, frame: Frame, offer: Offer) -> tuple[Reply, ...]:
    """What stands, or that nothing does, where the form of a frame ends."""
    made = next((case for case in turn.context.cases if case.service == frame.service and not case.over), None)
    if made is not None:
        return (stays(made),)
    books = isinstance(offer.declared[frame.service], AppointmentService)
    given = bool(frame.values) and CHANGES not in frame.shown
    return (Reply(key="ended.nothing_booked"),) if books and given else ()


def charged_nothing(turn: Turn, frame: Frame, offer: Offer) -> tuple[Reply, ...]:
    """That nothing was ordered, to who refuses to pay: where the store has no order of theirs."""
    pays = isinstance(offer.declared[frame.service], BillService)
    return (Reply(key="ended.nothing_charged"),) if pays and not turn.context.orders else ()


def stays(case: CaseNote) -> Reply:
    """Say that what was made before is as it was."""
    return Reply(key="ended.stays", args={"about": say.nested(case.about), "reference": case.reference})
