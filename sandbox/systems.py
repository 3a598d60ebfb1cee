"""The pretend systems that there are. A new one is a module and a line here."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sandbox.bus import Bus
from sandbox.environment import Environment
from sandbox.persons import People
from sandbox.ports import System
from sandbox.seed import Seed
from sandbox.state import State
from sandbox.traffic_police import TrafficPolice


def all_systems(*, seed: Seed, state: State, cache: Path, clock: Callable[[], datetime]) -> list[System]:
    return [
        People(seed=seed),
        TrafficPolice(seed=seed, state=state, clock=clock),
        Bus(seed=seed, cache=cache, clock=clock),
        Environment(seed=seed, state=state, clock=clock),
    ]
