"""All pretend systems together: what works right now, what goes wrong, and starting anew."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.ports import System, UsedUpError
from sandbox.seed import Seed, UnknownCityError
from sandbox.state import State
from sandbox.systems import all_systems


@dataclass(frozen=True)
class Control:
    """The systems of all cities over one state."""

    systems: list[System]
    state: State
    faults: Faults
    clock: Clock

    def cities(self) -> list[str]:
        """Slugs of all cities that have any system, in alphabetical order."""
        return sorted({slug for system in self.systems for slug in system.cities()})

    def facts(self, city: str) -> dict[str, str]:
        """Values that work right now in the city: one flat object of strings.

        Raises:
            UnknownCityError: there is no such city.
            UsedUpError: nothing is left to show for a fact, or two facts have the same value.
        """
        self._check(city)
        systems = [system for system in self.systems if city in system.cities()]
        found = {name: value for system in systems for name, value in system.facts(city).items()}
        if twice := [value for value, times in Counter(found.values()).items() if times > 1]:
            names = sorted(name for name, value in found.items() if value in twice)
            raise UsedUpError(f"The facts {', '.join(names)} have the same value; mend sandbox/data/{city}/.")
        return found

    def reset(self, city: str | None) -> list[str]:
        """Make the city, or all of them, as at the beginning, without faults; which they were.

        Raises:
            UnknownCityError: there is no such city.
        """
        if city is not None:
            self._check(city)
        self.state.clear(city)
        return self.cities() if city is None else [city]

    def close(self) -> None:
        self.state.close()

    def _check(self, city: str) -> None:
        if city not in self.cities():
            raise UnknownCityError(f"The sandbox has no city {city!r}; it has {', '.join(self.cities())}.")


def open_control(*, data_dir: Path | None, clock: Callable[[], datetime], seed: Seed | None = None) -> Control:
    """Open the state in `data_dir/sandbox/`; None: a state of its own in memory, which is that of the beginning."""
    seed = seed or Seed()
    folder = Path() if data_dir is None else data_dir / "sandbox"
    state = State(None if data_dir is None else folder / "state.sqlite3")
    ahead = Clock(state, clock)
    systems = all_systems(seed=seed, state=state, cache=folder / "gtfs", clock=clock, agencies=ahead)
    return Control(systems, state, Faults(state), ahead)
