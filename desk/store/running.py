"""`run.json` in the data directory: what runs where. Commands find a running stack by it, and ports are kept in it."""

import fcntl
from collections.abc import Mapping
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
    try:
        return RunState.model_validate_json((data_dir / "run.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return RunState()


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
