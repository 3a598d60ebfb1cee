"""Environments of measured programs: what whoever measures has set must not make them another program."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from desk.contract.errors import StartError

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
KEPT = ("DESK_BOT_PYTHON",)  # where the bot's environment is, is a matter of the machine
NOT_OF_SERVERS = ("PYTHONDONTWRITEBYTECODE",)  # there all is compiled; here each start would compile what it loads
STOCK_RASA = {  # as it comes, with its own choice of threads; but it tells nobody, and warns of no old library
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONUTF8": "1",
}


def stock_python(root: Path) -> Path:
    """The interpreter of the environment that has Rasa with all that it asks for.

    Raises:
        StartError: it is not set up.
    """
    python = root / "bot" / "stock" / ".venv" / "bin" / "python"
    if not python.exists():
        raise StartError(f"Stock Rasa is not set up ({python} is missing). Set it up with: make setup-stock")
    return python.absolute()  # not resolved: the link decides which environment it is


def without_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The beginning of a command line that takes away `DESK_…`: a database of somebody's, a port, limits."""
    return _taking_away(
        name for name in environ if (name.startswith("DESK_") and name not in KEPT) or name in NOT_OF_SERVERS
    )


def without_limits(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The same for a stock Rasa, which also chooses its own number of threads."""
    return _taking_away(
        name for name in environ if name.startswith("DESK_") or name in (*THREAD_LIMITS, *NOT_OF_SERVERS)
    )


def _taking_away(names: Iterable[str]) -> tuple[str, ...]:
    return ("/usr/bin/env", *(part for name in sorted(names) for part in ("-u", name)))
