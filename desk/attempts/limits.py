"""How often something may be tried: by what is tried, and by who tries it. Pure.

Several windows stand for one thing: the short one slows, the long ones stop. Times are those of what counts; what was
refused does not count, so that nobody is stopped longer by trying on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """So many in any such span."""

    span: timedelta
    most: int


type Windows = tuple[Window, ...]

WRONG_BY_SUBJECT: Windows = (Window(TEN_MINUTES, 3), Window(HOUR, 5), Window(DAY, 10))
"""Wrong proofs of one plate or account, by whomever. Whoever proved it before is not stopped by strangers."""
WRONG_CODES_BY_SUBJECT: Windows = (Window(HOUR, 9), Window(DAY, 12))
"""Wrong codes of one id, or of one number of an agency's, by whomever; likewise.

A code bears three wrong tries, and one matter three codes (`actions/proof/codes.py`): nobody alone reaches nine in an
hour, since their own limit is lower (`WRONG_BY_RESIDENT`). Twelve in a day are four codes that were tried out: that is
many who guess at one person, each below their own limit.
"""
WRONG_BY_RESIDENT: Windows = (Window(TEN_MINUTES, 4), Window(HOUR, 8), Window(DAY, 16))
"""Wrong proofs of one session, or of one resident of a platform."""
WRONG_BY_ADDRESS: Windows = (Window(TEN_MINUTES, 12), Window(HOUR, 24), Window(DAY, 72))
"""Wrong proofs from one address; of a carrier's, behind which many are, more: see RIGHT_FOR_ONE_WRONG."""
RIGHT_FOR_ONE_WRONG = 5
"""For so many subjects that were proved from an address in the same span, one more wrong proof is let pass."""

CODES_BY_STRANGERS: Windows = (Window(HOUR, 4), Window(DAY, 8))
"""Codes to one id, number or telephone for all callers who never proved it. One an hour and two a day are left of what
gateways let pass to one telephone (5 and 10 of one signature: https://developer.aliyun.com/ask/474934) for whoever
proved it."""
CODES_AGAIN: Windows = (Window(HOUR, 1), Window(DAY, 2))
"""Of these for callers who had one within the day. So the rest is for callers who had none: a first-time owner among
strangers is one, and strangers need as many addresses as there are codes to leave nothing."""
CODES_BY_STRANGER: Windows = (Window(HOUR, 2), Window(DAY, 3))
"""Of these to one address (a resident, where a platform hides it): its first, and those again."""
CODES_TO_OWNER: Windows = (Window(HOUR, 3), Window(DAY, 8))
"""Codes for callers who proved the same before: counted apart from what strangers ask for."""
CODES_BY_RESIDENT: Windows = (Window(HOUR, 5), Window(DAY, 10))
CODES_BY_ADDRESS: Windows = (Window(TEN_MINUTES, 20), Window(HOUR, 60), Window(DAY, 300))

OPEN_BY_PHONE, OPEN_BY_ID_NUMBER, OPEN_BY_RESIDENT = 6, 4, 8
"""So much may be open at once, of one service: a telephone books for a family, a person for themselves."""
OPEN_BY_ADDRESS = 100
"""Likewise from one address, which may be that of many; more of a carrier's: see RIGHT_FOR_ONE_WRONG. Who has proved
just now who they are is not refused for what others of it have open."""
SUMMED_UP = timedelta(hours=2)
"""So long what was summed up counts as open, if nothing comes of it."""
OPEN_LONGEST = timedelta(days=30)
"""So long what has no day of its own counts as open."""
BEGUN_BY_RESIDENT: Windows = (Window(TEN_MINUTES, 3), Window(HOUR, 6), Window(DAY, 12))
BEGUN_BY_ADDRESS: Windows = (Window(TEN_MINUTES, 10), Window(HOUR, 40), Window(DAY, 200))
"""Bookings and reports that are summed up: many from one place become slow."""
TICKETS_BY_RESIDENT: Windows = (Window(HOUR, 4), Window(DAY, 10))
TICKETS_BY_ADDRESS: Windows = (Window(TEN_MINUTES, 10), Window(HOUR, 30), Window(DAY, 120))
WAITING_BY_RESIDENT, WAITING_BY_ADDRESS = 4, 40
"""So many tickets may be open at once: of one resident in all cities, and from one address in one city. The address as
OPEN_BY_ADDRESS: more of a carrier's, and nobody who has proved who they are is refused for it."""
WAITING_BY_CONTACT = 6
"""At so many open tickets one telephone or address of mail may be left to be reached by: as many as a telephone books
for a family (OPEN_BY_PHONE). So nobody has clerks call a stranger for ever more tickets."""
WAITING_LONGEST = timedelta(days=7)
"""So long a ticket counts as open that nobody ends."""
LINKS_BY_RESIDENT: Windows = (Window(HOUR, 5),)
LINKS_BY_ADDRESS: Windows = (Window(HOUR, 20),)
"""Wrong codes of linking; nobody else's linking is held up by them."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Until when nothing is tried; `window` is the span that is full."""

    until: datetime
    window: timedelta


def stop(times: Sequence[datetime], windows: Windows, now: datetime, *, more: int = 1, extra: int = 0) -> Stop | None:
    """Whether `more` attempts are too many beside those at `times`, and until when; `extra` are let pass beside."""
    stops = []
    newest_first = sorted(times, reverse=True)
    for window in windows:
        inside = [at for at in newest_first if at > now - window.span]
        most = window.most + extra
        if len(inside) + more <= most:
            continue
        room = most - more  # so many of the newest may still be inside
        free_at = inside[room] + window.span if 0 <= room < len(inside) else now + window.span
        stops.append(Stop(free_at, window.span))
    return max(stops, key=lambda one: one.until, default=None)


def longest(windows: Mapping[bytes, Windows]) -> timedelta:
    """The longest span of all."""
    return max((one.span for every in windows.values() for one in every), default=TEN_MINUTES)
