"""`run.json` in the data directory: what runs where. Commands find a running stack by it, and ports are kept in it."""

import fcntl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Child(BaseModel):
    """A started child. `born` tells it from a later process with the same id."""

    model_config = ConfigDict(frozen=True)

    pid: int
    born: str


class RunState(BaseModel):
    """What `run.json` says. `pid` is the supervisor's, null when it was stopped in order; URLs hold passwords."""

    model_config = ConfigDict(frozen=True)

    pid: int | None = None
    ports: Mapping[str, int] = Field(default_factory=dict)
    urls: Mapping[str, str] = Field(default_factory=dict)
    children: Mapping[str, Child] = Field(default_factory=dict)


def read_state(data_dir: Path) -> RunState:
    """Read `run.json`; an absent or broken file is an empty state: everything in it can be made again."""
    path = data_dir / "run.json"
    try:
        found = path.stat()
        return _parsed(path, (found.st_ino, found.st_mtime_ns, found.st_size))
    except (FileNotFoundError, ValidationError):
        return RunState()


@lru_cache(maxsize=8)
def _parsed(path: Path, _written: tuple[int, ...]) -> RunState:
    """Workers look each second, and the file is nearly always the one that they know: it is replaced, never changed."""
    return RunState.model_validate_json(path.read_bytes())


def is_held(data_dir: Path) -> bool:
    """Whether a supervisor runs on this data directory now."""
    try:
        with (data_dir / "lock").open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
