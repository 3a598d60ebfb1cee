"""The command line: finds the commands in `desk/commands/`, and says errors in one clear line."""

import importlib
import pkgutil
import sys

from cyclopts import App

from desk import commands
from desk.errors import DeskError


def build(only: str | None = None) -> App:
    """The command line with the commands of every module in `desk/commands/`, or of the one that is called `only`.

    A module's `app` carries the name of the module (`-` for `_`), so that one command loads no other's code.
    """
    root = App(name="desk", help="Citydesk: a city's social account that gets things done.", version=_version)
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    if only is not None and only.replace("-", "_") in names:
        names = [only.replace("-", "_")]
    for name in names:
        root.command(importlib.import_module(f"desk.commands.{name}").app)
    return root


def main() -> None:
    """Run a command; exits with 1 and one line on stderr when it fails with an error of the product."""
    arguments = sys.argv[1:]
    try:
        build(arguments[0] if arguments else None)(arguments)
    except DeskError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _version() -> str:
    from importlib.metadata import version

    return version("citydesk")
