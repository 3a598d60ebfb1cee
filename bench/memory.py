"""Resident memory of process trees, from Linux's /proc: what is shared is counted once, by shares (PSS)."""

from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def resident_mb(pids: Iterable[int], proc: Path = PROC) -> float | None:
    """Megabytes that the processes and all that they started hold; None where the system does not tell."""
    if not (proc / "self" / "smaps_rollup").exists():
        return None
    return round(sum(_kilobytes(proc / str(pid)) for pid in with_children(set(pids), proc)) / 1024, 1)


def with_children(pids: set[int], proc: Path = PROC) -> set[int]:
    """The processes and all that they started, as far as it runs."""
    parents = {int(path.name): _parent(path) for path in proc.iterdir() if path.name.isdigit()}
    found, fresh = set[int](), set(pids)
    while fresh:
        found |= fresh
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
    return found


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended


def _kilobytes(process: Path) -> int:
    try:
        rolled_up = (process / "smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in rolled_up.splitlines() if line.startswith("Pss:"))
