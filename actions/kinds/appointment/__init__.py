"""The kind `appointment`: office, day, slot, persons; confirm; then reminded, changed, given up.

What there is to choose from, the agency's system says. Booking, moving and cancelling are commands under a key that
follows from the conversation and the frame: a repeated turn finds the first result.
"""

from actions.kinds.appointment.handler import Appointment, open_appointment

__all__ = ["Appointment", "open_appointment"]
