"""Values that work right now in a pretend city, for tests and for trying things out: one flat object of strings."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sandbox.ports import System, UsedUpError
from sandbox.seed import Seed, SeedError
from sandbox.state import State
from sandbox.systems import all_systems


def facts_of(city: str, systems: Sequence[System]) -> dict[str, str]:
    """What the systems have to show in the city, as they are now.

    Raises:
        SeedError: the sandbox has no such city.
        UsedUpError: something has been used up, or two facts have the same value.
    """
    known = sorted({slug for system in systems for slug in system.cities()})
    if city not in known:
        raise SeedError(f"The sandbox has no city {city!r}; it has {', '.join(known)}.")
    found = {name: value for system in systems if city in system.cities() for name, value in system.facts(city).items()}
    if twice := [value for value, times in Counter(found.values()).items() if times > 1]:
        names = sorted(name for name, value in found.items() if value in twice)
        raise UsedUpError(f"The facts {', '.join(names)} of {city} have the same value; mend sandbox/data/{city}/.")
    return found


def facts(city: str, *, seed: Seed | None = None) -> dict[str, str]:
    """What the city begins with: the facts of a sandbox that nobody has used yet.

    Raises:
        SeedError: the sandbox has no such city, or a data file is wrong.
        UsedUpError: the data cannot show something.
    """
    state = State(Path(":memory:"))
    try:
        systems = all_systems(seed=seed or Seed(), state=state, cache=Path(), clock=lambda: datetime.now(UTC))
        return facts_of(city, systems)
    finally:
        state.close()
