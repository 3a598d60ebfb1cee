"""The command line begins at once: its help loads no command, that of `desk check` nothing that it looks at, and a
command that lists something what reads it alone."""

import os
import subprocess
import sys
from pathlib import Path

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
    [
        (("--help",), "trainer"),
        (("check", "--help"), "Print one JSON document"),
        (("tikcet",), "ticket"),
        (("nlu", "--help"), "Cohen's"),
    ],
)
def test_help_loads_nothing_that_takes_long(asked: tuple[str, ...], says: str) -> None:
    """What is loaded is the command line itself; also where a command was mistyped, and the likely one is named."""
    done = subprocess.run([sys.executable, "-c", LOADED, *asked], capture_output=True, text=True, check=False)
    assert HEAVY & set(done.stdout.splitlines()) == set()
    assert says in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "never"),
    [
        ("account", {"pypinyin", "shapely", "desk.app.parts", "desk.app.staffing"}),
        ("actions", {"desk.app.actions", *HEAVY}),
        ("data", {"desk.app.library", "desk.teaching.editing", "desk.texts.catalogs"}),
        ("doctor", HEAVY),
        ("keys", {"aiohttp", "shapely", "desk.app.parts"}),
        ("migrate", HEAVY),
        ("selftest", {"aiohttp", "sqlalchemy"}),
        ("serve", {"desk.app.serve", *HEAVY}),
        ("user", {"aiohttp", "shapely", "desk.app.parts", "desk.app.staffing"}),
        ("new", {"desk.city", "tools.scaffold"}),
        ("nlu", {"actions", "tools.evaluation", *HEAVY}),
        ("run", {"tools.running", "tools.stack", *HEAVY}),
        ("sandbox", {"aiohttp", "sandbox", "sqlalchemy", "desk.app.payments"}),
        ("trainer", {"tools.trainer", *HEAVY}),
        ("whoami", {"aiohttp", "desk.app.parts"}),
        ("worker", {"desk.app.worker", *HEAVY}),
    ],
)
def test_a_command_loads_no_more_than_it_works_with(command: str, never: set[str]) -> None:
    """No web server, no dialogue, no maps, no room of residents before they are asked for: each takes long."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, command, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, never & set(done.stdout.splitlines())) == (0, set())


LISTS = (
    "account list",
    "alert list",
    "alerts show",
    "announce list",
    "audit list",
    "cases list",
    "keys list",
    "model list",
    "payments list",
    "request list",
    "retention",
    "send dead",
    "send status",
    "ticket list",
    "user health",
    "user list",
    "voice status",
    "whoami",
)
NOT_FOR_A_LIST = {
    *("PIL", "aiohttp", "alembic", "babel", "lxml", "numpy", "procrastinate", "redis", "shapely", "telegram"),
    *("prometheus_client", "desk.app.staffing", "desk.contract.messages", "desk.sealing.opening"),
    *("desk.alipay.answers", "desk.city.files", "desk.texts.catalogs", "desk.texts.masking", "yaml"),
    *("actions", "channels", "desk.app.parts", "desk.city.directory", "desk.http.serving", "desk.web"),
}
"""What serves, draws, sends or speaks: a list is read out of the database, and shown."""
OF_A_CHANNEL = {"desk.contract.channel"}
"""What a channel is: accounts alone are shown with what it says of them."""


@pytest.mark.parametrize("command", LISTS)
def test_a_list_loads_what_reads_it_and_no_more(tmp_path: Path, command: str) -> None:
    """As far as the database, which is not there: it says so after all is loaded that asks it."""
    settings = {
        "DESK_DATA_DIR": str(tmp_path),
        "DESK_DATABASE_URL": "postgresql://desk@127.0.0.1:1/desk",
        "DESK_REDIS_URL": "redis://127.0.0.1:1/0",
        "DESK_SECRET_KEY": "a secret of as many characters as are wanted of one",
        "DESK_STAFF_KEY": "a key",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    words = [sys.executable, "-c", LOADED, *command.split()]
    done = subprocess.run(words, env={**others, **settings}, capture_output=True, text=True, check=False)
    assert "The database cannot be reached" in done.stderr
    channels = set[str]() if command == "account list" else OF_A_CHANNEL
    assert (NOT_FOR_A_LIST | channels) & set(done.stdout.splitlines()) == set()


def test_every_command_stands_in_the_overview_with_what_it_is_for() -> None:
    """Read out of its module, whether or not the module was loaded."""
    commands = overview()
    found = {name.replace("-", "_"): commands[name].help for name in commands if not name.startswith("-")}
    assert set(found) == set(modules())
    assert all(found.values())


def test_the_actions_server_loads_no_database() -> None:
    """It has none: what it tells residents of how long things are kept is plain data."""
    loaded = "import sys, desk.app.actions; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "psycopg", "desk.store.retention"} & set(done.stdout.split()) == set()
