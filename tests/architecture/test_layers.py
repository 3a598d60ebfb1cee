"""The arrows between the parts."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

from desk.store import jobs
from tests.architecture.sources import ROOT, python_files, text_of

KINDS = {"bill", "appointment", "application", "report", "record", "guide"}  # docs/how-to/add-a-service.md
TRANSPORT = {"http", "circuit", "wire"}  # what every client of a city's system stands on
MAY_READ_SETTINGS = (
    "desk/app/runtime.py",
    "desk/app/settings.py",
    "desk/cli/checking.py",
    "desk/cli/main.py",
    "scripts/reference.py",
)


def test_import_contracts_are_kept() -> None:
    """Every contract in pyproject.toml under tool.importlinter holds."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@cache
def imported(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def test_only_the_composition_root_and_the_command_line_read_settings() -> None:
    """Everything else receives values as arguments."""
    readers = [
        str(path)
        for path in python_files("desk", "actions", "channels", "sandbox", "scripts", "tools")
        if "desk.app.settings" in imported(path)
        and str(path) not in MAY_READ_SETTINGS
        and not str(path).startswith(("desk/cli/commands/", "tools/commands/"))
    ]
    assert readers == []


def test_kinds_of_service_are_strangers_to_each_other() -> None:
    """A kind is a folder; none imports another's, so that each can change alone."""
    folders = {path.parent.name for path in python_files("actions") if path.parent.parent == Path("actions/kinds")}
    assert folders >= KINDS
    crossings = [
        (str(path), name)
        for path in python_files("actions")
        if path.parent.parent == Path("actions/kinds") and path.parent.name in KINDS
        for name in imported(path)
        if name.startswith("actions.kinds.") and name.split(".")[2] in KINDS - {path.parent.name}
    ]
    assert crossings == []


def test_clients_of_city_systems_are_strangers_to_each_other() -> None:
    """A client stands on the transport and on what all contracts share, and on no other client."""
    clients = {path.stem for path in python_files("actions") if path.parent.name == "backends"} - TRANSPORT
    crossings = [
        (path.name, name)
        for path in python_files("actions")
        if path.parent.name == "backends"
        for name in imported(path)
        if name.startswith("actions.backends.") and name.split(".")[2] in clients - {path.stem}
    ]
    assert crossings == []


def test_what_is_sealed_is_opened_with_a_purpose() -> None:
    """Rooms reach keys through `desk.sealing.opening` alone, which asks why and keeps who read."""
    past = {"desk.sealing.vault.Vault", "desk.sealing.carried.vault_of", "desk.sealing.masters", "desk.sealing.ciphers"}
    around = [
        str(path)
        for path in python_files("desk")
        if not str(path).startswith(("desk/sealing/", "desk/app/", "desk/cli/commands/")) and past & imported(path)
    ]
    assert around == []


def test_every_queue_is_served() -> None:
    """No task is registered on a queue that no lane serves: it would wait for ever."""
    jobs.load_tasks()
    assert {task.queue for task in jobs.JOBS.tasks.values() if not task.name.startswith("builtin:")} <= set(jobs.LANES)


def test_every_folder_says_what_it_may_not_know() -> None:
    """The first line of a package's docstring is there, so that a newcomer knows what belongs in it."""
    silent = [
        str(path)
        for path in python_files("desk", "actions", "channels", "sandbox", "bot", "values", "roles", "tools")
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(text_of(path)))
    ]
    assert silent == []
