"""The command line begins at once: its help loads no command, and that of `desk check` nothing that it looks at."""

import subprocess
import sys

import pytest

from desk.cli.main import modules, overview

HEAVY = {"aiohttp", "alembic", "desk.app.runtime", "desk.city.files", "procrastinate", "sqlalchemy", "telegram"}
LOADED = """
import contextlib, io, sys
from desk.cli.main import main
sys.argv = ["desk", *sys.argv[1:]]
said = io.StringIO()
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(said):
    main()
print(*sorted(sys.modules), sep="\\n")
print(said.getvalue(), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("asked", "says"),
    [(("--help",), "trainer"), (("check", "--help"), "Print one JSON document"), (("tikcet",), "ticket")],
)
def test_help_loads_nothing_that_takes_long(asked: tuple[str, ...], says: str) -> None:
    """What is loaded is the command line itself; also where a command was mistyped, and the likely one is named."""
    done = subprocess.run([sys.executable, "-c", LOADED, *asked], capture_output=True, text=True, check=False)
    assert HEAVY & set(done.stdout.splitlines()) == set()
    assert says in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "never"),
    [
        ("account", {"pypinyin", "shapely", "desk.app.parts"}),
        ("keys", {"aiohttp", "shapely", "desk.app.parts"}),
        ("migrate", {"aiohttp", "redis", "procrastinate"}),
        ("user", {"aiohttp", "shapely", "desk.app.parts"}),
        ("whoami", {"aiohttp", "desk.app.parts"}),
    ],
)
def test_a_command_loads_no_more_than_it_works_with(command: str, never: set[str]) -> None:
    """No web server, no dialogue, no maps, no room of residents before they are asked for: each takes long."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, command, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, never & set(done.stdout.splitlines())) == (0, set())


def test_every_command_stands_in_the_overview_with_what_it_is_for() -> None:
    """Read out of its module, whether or not the module was loaded."""
    commands = overview()
    found = {name.replace("-", "_"): commands[name].help for name in commands if not name.startswith("-")}
    assert set(found) == set(modules())
    assert all(found.values())
