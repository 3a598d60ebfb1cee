"""Descriptors: every connection of a process holds one, and a process that has none left answers nobody any more."""

import resource
from contextlib import suppress
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

STREAMS_OF_RESIDENTS = 5_000
STREAMS_OF_STAFF = 2_000
KINDS_OF_STAFF = 2  # hints to a browser, and pages of tickets
BESIDE = 1_000
"""For all else that serve holds open: posts and pages, the database, Valkey, other roles, files."""
WANTED = STREAMS_OF_RESIDENTS + KINDS_OF_STAFF * STREAMS_OF_STAFF + BESIDE
ENOUGH = 65_536  # where the system says that there is no limit, and lets nobody ask for that
FEW = (
    "This process may open {limit} files and connections; {wanted} are wanted. It holds {of_residents} streams of"
    " residents and {of_staff} of each kind of staff, and refuses more. Raise the limit: LimitNOFILE= of a systemd"
    " unit, --ulimit nofile= of a container, or `ulimit -Hn` of the shell."
)


@dataclass(frozen=True, slots=True)
class Room:
    """How many streams may be open at once: of residents, and of each kind of staff."""

    of_residents: int
    of_staff: int


def raise_limit() -> int:
    """Raise this process's limit of descriptors to what the system allows without asking; answers the limit then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # it stays as it was, and is answered
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def room_for_streams(limit: int) -> Room:
    """How many streams a limit of descriptors has room for. Where that is fewer than usual it is logged."""
    if limit >= WANTED:
        return Room(STREAMS_OF_RESIDENTS, STREAMS_OF_STAFF)
    left = limit - min(BESIDE, limit // 2)
    room = Room(min(STREAMS_OF_RESIDENTS, left * 3 // 5), min(STREAMS_OF_STAFF, left // 5))
    said = FEW.format(limit=limit, wanted=WANTED, of_residents=room.of_residents, of_staff=room.of_staff)
    log.warning("descriptors_few", limit=limit, mend=said)
    return room
