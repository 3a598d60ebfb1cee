"""The bot as a program: its command line, and all that it may know of the environment.

It holds the keys of its two pairs of roles, and no other secret: neither the installation's, nor the database's, nor
one of a city's systems.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.app.choice import ENDING, Start
from desk.city.files import City
from desk.contract.errors import StartError
from desk.http.peers import key_of
from desk.store.disk import write_secret
from desk.store.keys import Keys
from roles.mac import BOT_TO_ACTIONS, DESK_TO_BOT

ROLE_KEYS = "ROLE_KEYS"
"""Read by `bot/serve.py`: JSON, the key of each pair in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address to listen at."""

    host: str
    port: int


def command_line(python: Path, model: Path, actions_url: str, *, at: Place, monitored_at: Place) -> tuple[str, ...]:
    """How the bot is started; `monitored_at` answers `/health`."""
    where = ("--host", at.host, "--port", str(at.port))
    monitored = ("--health-host", monitored_at.host, "--health-port", str(monitored_at.port))
    knows = ("--actions-url", actions_url, "--model", str(model))
    return (str(python), "-m", "bot.serve", *where, *monitored, *knows)


def environment(environ: Mapping[str, str], keys: Keys, cities: Iterable[City]) -> dict[str, str]:
    """The whole of its environment: this one without settings and keys of ours, and the keys of its pairs."""
    kept_from_it = {name for city in cities for name in city.key_names}
    own = {name: value for name, value in environ.items() if not name.startswith("DESK_") and name not in kept_from_it}
    return {**own, ROLE_KEYS: bots_keys(keys)}


def bots_keys(keys: Keys) -> str:
    """What `ROLE_KEYS` says."""
    return json.dumps({pair: key_of(keys, pair).hex() for pair in (DESK_TO_BOT, BOT_TO_ACTIONS)})


def prepared(folder: Path, keys: Keys, start: Start, models: Path) -> None:
    """Write what a bot in a container of its own is started with (`deploy/image/start-bot`).

    `role_keys` is what `ROLE_KEYS` says; `model` is where the model lies below the folder of models. Where it does not
    lie here it is named all the same: an image of the bot brings its own, and refuses to start with another.

    Raises:
        StartError: the folder cannot be written.
    """
    model = f"{start.choice.model}{ENDING}" if start.path is None else start.path.relative_to(models).as_posix()
    try:
        write_secret(folder / "role_keys", bots_keys(keys))
        (folder / "model").write_text(model, encoding="ascii")
    except OSError as exc:
        raise StartError(f"{folder} cannot be written ({exc.strerror}). Give it to the user who runs this.") from exc
