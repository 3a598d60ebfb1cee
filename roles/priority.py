"""A role that starts gives way to those that serve, until it is ready itself.

Importing and reading a model keeps a processor busy for seconds; on a machine whose roles are being replaced one by
one that is time which residents wait. Linux shares the processors among sessions first (`man 7 sched`, autogroup), and
a role is a session of its own under systemd, a supervisor or in a container: its session is set back, and brought
forward again. Where there is no such sharing nothing is done: giving way by the process alone could not be taken back
without a privilege. Standard library only.
"""

import os
from pathlib import Path

SESSION = Path("/proc/self/autogroup")
SET_BACK = 10
"""As niceness: of a processor that others want it gets a tenth; one that nobody wants it has alone."""


def give_way() -> bool:
    """Let other sessions go first. Gives whether they do: not where this process began none of its own."""
    return os.getsid(0) == os.getpid() and _set(SET_BACK)


def take_part() -> bool:
    """Be one among others. Gives whether that had to be said."""
    return os.getsid(0) == os.getpid() and _niceness() == SET_BACK and _set(0)


def _niceness() -> int:
    try:
        return int(SESSION.read_text(encoding="ascii").rpartition(" ")[2])
    except (OSError, ValueError):
        return 0


def _set(niceness: int) -> bool:
    try:
        SESSION.write_text(str(niceness), encoding="ascii")
    except OSError:
        return False
    return True
