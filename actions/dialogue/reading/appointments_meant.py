"""What appointment a sentence is about: the one being made, or one that stands; or whether it only asks when it is."""

from dataclasses import replace

from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from actions.schema import AppointmentService, Service
from values.lexicon import lexicon

_PARTICLES = lexicon(__file__).text("particles")

CASE = "case"
"""Under this name a frame's `shown` has the case that it changes, and a button the case that it is about."""

_ASKING = frozenset({"change_appointment", "request_status", "inform", "correct", "affirm"}) | NOT_UNDERSTOOD


def asks_when(turn: Turn, service: Service | None) -> bool:
    """Whether a sentence asks when or where an appointment is that was made; `service` is what it was understood as."""
    if turn.kind != "text" or not (turn.intent in _ASKING or isinstance(service, AppointmentService)):
        return False
    said = plain(turn.text).rstrip(_PARTICLES)
    return phrases("asks_when").within(said) and not phrases("changes_it").within(said)


def of_what_is_made(turn: Turn, front: Frame | None, service: Service | None) -> Turn:
    """The turn as a correction, or the end, of the appointment in front that is only being made (of `service`).

    Where an appointment is meant that stands already, its number is given, or its button was pressed.
    """
    if front is None or front.shown.get(CASE) or not isinstance(service, AppointmentService):
        return turn
    if turn.intent != "change_appointment" or turn.kind != "text" or turn.has(("reference", CASE)):
        return turn
    gives_up = phrases("gives_it_up").within(plain(turn.text)) and not turn.has(
        ("date", "time", "office", "department")
    )
    return replace(turn, intent="cancel" if gives_up else "correct")
