"""Processor time of process trees, from Linux's /proc: of what runs, and of children that have ended."""

import os
from collections.abc import Iterable
from pathlib import Path

from bench.memory import PROC, with_children

UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME = 11, 12, 13, 14
"""Fields of proc_pid_stat(5), counted behind the name."""


def seconds_of(pids: Iterable[int], proc: Path = PROC) -> float:
    """Seconds of a processor that the processes and all that they started have taken since they began."""
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(_ticks(proc / str(pid)) for pid in with_children(set(pids), proc)) / ticks


def _ticks(process: Path) -> int:
    try:
        fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended, and is counted at its parent
    return sum(int(fields[place]) for place in (UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME))
