"""Values that work in a pretend city, for tests and for trying things out, without a running sandbox."""

from datetime import UTC, datetime
from pathlib import Path

from sandbox.control import open_control
from sandbox.seed import Seed


def facts(city: str, *, data_dir: Path | None = None, seed: Seed | None = None) -> dict[str, str]:
    """One flat object of strings: as things are by the state in `data_dir`, or as every city begins.

    Raises:
        UnknownCityError: the sandbox has no such city.
        SeedError: a data file is wrong.
        UsedUpError: nothing is left to show for a fact.
    """
    control = open_control(data_dir=data_dir, clock=lambda: datetime.now(UTC), seed=seed)
    try:
        return control.facts(city)
    finally:
        control.close()
