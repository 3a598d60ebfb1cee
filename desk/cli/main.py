"""The command line: finds the commands, and says errors in one clear line."""

import importlib
import importlib.util
import pkgutil
import re
import sys
from pathlib import Path

from cyclopts import App

from desk.cli.loading import loading
from desk.contract.errors import DeskError
from roles.priority import give_way

ROLES = ("actions", "bot", "serve", "worker")
"""What serves others for as long as it runs: while it starts, those that run already go first."""
PACKAGES = ("desk.cli.commands", "tools.commands")
"""Where commands are: those of the product, and those that only a checkout has."""


APP = re.compile(r'^app = App\(\s*name="([^"\\]+)",\s*help="([^"\\]+)",?\s*\)$', re.MULTILINE)
"""How a command's module says what it is called and what it is for."""
AWAY = "The database cannot be reached ({error}). Start it, or mend DESK_DATABASE_URL; desk doctor says more."


def build(only: str | None = None) -> App:
    """The command line with all commands, or with the one that is called `only`.

    A module's `app` carries the name of the module (`-` for `_`), so that one command loads no other's code.
    """
    root = App(name="desk", help="Citydesk: a city's social account that gets things done.", version=_version)
    found = modules()
    if only is not None and only.replace("-", "_") in found:
        found = {only.replace("-", "_"): found[only.replace("-", "_")]}
    for name in sorted(found):
        root.command(importlib.import_module(found[name]).app)
    return root


def overview() -> App:
    """The command line with the names of all commands and what each is for: as its help shows it, none is loaded."""
    root = App(name="desk", help="Citydesk: a city's social account that gets things done.", version=_version)
    for _, module in sorted(modules().items()):
        found = APP.search(_source(module))
        root.command(importlib.import_module(module).app if found is None else App(name=found[1], help=found[2]))
    return root


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    return "" if spec is None or spec.origin is None else Path(spec.origin).read_text(encoding="utf-8")


def modules() -> dict[str, str]:
    """The module of each command, by its name."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        if importlib.util.find_spec(package.partition(".")[0]) is not None:
            paths = importlib.import_module(package).__path__
            found |= {module.name: f"{package}.{module.name}" for module in pkgutil.iter_modules(paths)}
    return found


def main() -> None:
    """Run a command; exits with 1 and one line on stderr when it fails with an error of the product."""
    arguments = sys.argv[1:]
    named = arguments[0].replace("-", "_") if arguments else ""
    if named in ROLES:
        give_way()
    try:
        app = _loaded(arguments[0] if named in modules() else None)
        _warn_on_standard_error()
        app(arguments)
    except DeskError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except Exception as error:
        if not _is_outage(error):
            raise
        sys.stderr.write(f"{AWAY.format(error=_reason(error))}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _loaded(command: str | None) -> App:
    """The command line with one command, or the overview."""
    with loading():
        return overview() if command is None else build(command)


def _warn_on_standard_error() -> None:
    """Keep what is logged apart from the output, which people and programs read. Roles set their logs up themselves."""
    if "structlog" not in sys.modules:
        return
    from desk.app import logs

    logs.configure("warning", "console")


def _is_outage(error: Exception) -> bool:
    """Whether the database could not be reached; a command that did not load it cannot have asked it."""
    if "desk.store.database" not in sys.modules:
        return False
    from desk.store.database import is_unreachable

    return is_unreachable(error)


def _reason(error: Exception) -> str:
    from desk.store.database import why_unreachable

    return why_unreachable(error)


def _version() -> str:
    from importlib.metadata import version

    return version("citydesk")
