"""What an installation needs to take messages in and to answer them, part by part: for `/readyz` and `desk doctor`."""

import asyncio
import resource
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.runtime import Runtime
from desk.contract.errors import ConfigurationError, PeerStrange, StartError
from desk.http.certificates import ends_at
from desk.http.peers import ask, signer
from desk.sealing.keyring import Keyring
from desk.store.arming import ARM, NOT_ARMED, is_armed
from desk.store.database import single_statements
from desk.store.disk import LEAST_FREE_BYTES
from desk.store.keys import Keys
from desk.store.migrations import MADE, OURS, SHAPE, Chain, Shape, shape_of
from desk.web.health import Effect, Faulty, Part
from roles.mac import DESK_TO_ACTIONS, DESK_TO_BOT

DATABASE, SCHEMA, ARMING = "database", "schema", "arming"
FULL_BYTES = 50_000_000
"""So little is left before an embedded database cannot write."""
CLOCK_SECONDS = 5.0
"""So far apart clocks may be. Roles refuse each other at 30 s, and what is said to residents tells the time."""
SILENT_SECONDS = 15.0
"""A worker shows each two seconds that it lives."""
WAITING_SECONDS = 60.0
ARCHIVE_SECONDS = 300.0
"""It is copied at least once a minute, as a worker writes all the time."""
ASK_SECONDS = 2.0
USED_SHARE = 0.95
RENEWED_DAYS = 14
"""Certificates are renewed 30 days before their end, as certbot and Caddy do: later than this it has failed."""
CERTIFICATE_SECONDS = 600.0
DESCRIPTORS = Path("/proc/self/fd")

WRITABLE = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean")
WORKERS = text("""
    SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => :silent)) AS alive,
           extract(epoch FROM now() - max(last_heartbeat))::float8 AS silent_seconds
    FROM procrastinate_workers
""")
WAITING = text("""
    SELECT extract(epoch FROM clock_timestamp() - min(received_at))::float8 FROM inbound_messages
    WHERE answered_at IS NULL AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())
""")
ARCHIVED = text("""
    SELECT current_setting('archive_mode') AS mode,
           extract(epoch FROM clock_timestamp() - greatest(last_archived_time, pg_postmaster_start_time()))::float8
               AS seconds
    FROM pg_stat_archiver
""")
NOW = text("SELECT extract(epoch FROM clock_timestamp())::float8")

MEND_VALKEY = "Start it, or mend DESK_REDIS_URL."
REACH = "Start it, or mend its address; its log says more."


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder, or of the nearest that there is."""
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free


@dataclass(frozen=True)
class Store:
    """What is looked at in the database, by a clock, and a disk with so many bytes free."""

    engine: AsyncEngine
    at: Runtime
    clock: Callable[[], float] = time.time
    free: Callable[[Path], int] = free_bytes
    chain: Chain = OURS

    async def database(self) -> str:
        """It answers, and takes writes."""
        async with single_statements(self.engine) as connection:
            reads_only = (await connection.execute(WRITABLE)).scalar_one()
        if reads_only:
            raise Faulty(
                "It takes no writes: it is a standby, or was locked because its disk is full.",
                "Point DESK_DATABASE_URL at the primary; give it room.",
            )
        return "answers, takes writes"

    async def schema(self) -> str:
        """It is one that this code was written for, or one of a later release that bears it."""
        async with single_statements(self.engine) as connection:
            is_made = (await connection.execute(MADE)).scalar_one()
            shape = shape_of((await connection.execute(SHAPE)).all()) if is_made else Shape()
        try:
            missing = await asyncio.to_thread(self.chain.missing, shape)
        except StartError as exc:
            raise Faulty(f"The database is at {shape.found}.", str(exc)) from exc
        if before := [one for one in missing if one <= self.chain.last_pre]:
            raise Faulty(
                f"The database is at {shape.found or 'no version'}, this release wants {before[-1]}.",
                "Run once, from this release: desk migrate",
            )
        if missing:
            return f"at {shape.found}; {len(missing)} wait until no role of the release before works: desk migrate"
        return f"at {shape.found}" if shape.found == self.chain.newest else f"at {shape.found}, of a later release"

    async def keys(self) -> str:
        """The master keys can be read, and every one that wraps something is there."""
        try:
            vault = await asyncio.to_thread(self.at.vault)
            await Keyring(self.engine, vault).check()
        except ConfigurationError as exc:
            raise Faulty("Keys are missing.", str(exc)) from exc
        return f"{len(vault.masters.all)} master keys, all that are needed"

    async def arming(self) -> str:
        """Something may be sent from this store."""
        async with single_statements(self.engine) as connection:
            if not await is_armed(connection):
                raise Faulty(NOT_ARMED, ARM)
        return "armed"

    async def archive(self) -> str:
        """Where the log of changes is copied away, that was done lately."""
        async with single_statements(self.engine) as connection:
            row = (await connection.execute(ARCHIVED)).one()
        if row.mode == "off":
            return "the log of changes is not copied: what is lost with the disk is all since the last backup"
        if row.seconds > ARCHIVE_SECONDS:
            raise Faulty(
                f"The log of changes was copied away {row.seconds:.0f} s ago: so much would be lost with the disk.",
                "Give the folder of backups room and let the database write there; its log says more.",
            )
        return f"copied {max(0.0, row.seconds):.0f} s ago"

    async def workers(self) -> str:
        """One has shown lately that it lives."""
        async with single_statements(self.engine) as connection:
            row = (await connection.execute(WORKERS, {"silent": SILENT_SECONDS})).one()
        if not row.alive:
            since = "none has started" if row.silent_seconds is None else f"none since {row.silent_seconds:.0f} s"
            raise Faulty(
                f"No worker lives ({since}): what residents write waits.",
                "Start one: desk worker. A frozen one has to be ended first; its log says more.",
            )
        return f"{row.alive} lanes of workers live"

    async def waiting(self) -> str:
        """Nobody waits for long."""
        async with single_statements(self.engine) as connection:
            seconds = (await connection.execute(WAITING)).scalar_one()
        if seconds is not None and seconds > WAITING_SECONDS:
            raise Faulty(
                f"A message waits for an answer since {seconds:.0f} s.",
                "Look at workers, bot and actions here and into their logs; start further workers if there are many.",
            )
        return "nobody waits" if seconds is None else f"the oldest message waits since {max(0.0, seconds):.0f} s"

    async def clocks(self) -> str:
        """This machine's clock and the database's agree."""
        async with single_statements(self.engine) as connection:
            before = self.clock()
            there = float((await connection.execute(NOW)).scalar_one())
            after = self.clock()
        apart = max(before - there, there - after, 0.0)
        if apart > CLOCK_SECONDS:
            raise Faulty(
                f"This machine's clock is {apart:.0f} s from the database's.", "Keep the clocks of all machines by NTP."
            )
        return f"{apart:.1f} s apart"

    async def disk(self) -> str:
        """There is room in the data directory."""
        free = await asyncio.to_thread(self.free, self.at.data_dir)
        if free < LEAST_FREE_BYTES:
            is_embedded = self.at.running.get("database") == self.at.database_url
            raise Faulty(
                f"{free / 1e6:,.0f} MB are free in {self.at.data_dir}.",
                "Free at least 500 MB there.",
                Effect.INTAKE if is_embedded and free < FULL_BYTES else None,
            )
        return f"{free / 1e9:,.0f} GB free"


async def valkey(redis: Redis) -> str:
    """Valkey answers."""
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await redis.ping()
    except (RedisError, TimeoutError) as exc:
        raise Faulty(
            f"Valkey does not answer ({type(exc).__name__}): replies come a second later, limits count by process.",
            MEND_VALKEY,
        ) from exc
    return "answers"


class _Feed(BaseModel):
    """What the actions server says of a city's feeds."""

    city: str
    trouble: str


class _Said(BaseModel):
    """What a role says of itself."""

    model: str = ""
    feeds: list[_Feed] = []


@dataclass(frozen=True)
class Peer:
    """The replicas of a role that answer the desk alone, by their addresses."""

    name: str
    urls: tuple[str, ...]
    keys: Keys
    pair: str

    async def lives(self) -> str:
        """One of them works."""
        found = await self._found()
        well = [one for one in found if isinstance(one, _Said)]
        if not well:
            raise next(one for one in found if isinstance(one, Faulty))
        models = {one.model for one in well if one.model}
        places = ", ".join(urlsplit(url).netloc for url in self.urls)
        said = f"{places}: {len(well)} of {len(found)} answer"
        said += f", model {', '.join(sorted(models))}" if models else ""
        if len(models) > 1:
            raise Faulty(f"{said}: they differ.", "Start all with the same model.", Effect.BESIDE)
        if missing := [one for one in found if isinstance(one, Faulty)]:
            raise Faulty(f"{said}. {missing[0].saw}", missing[0].mend, Effect.BESIDE)
        return said

    async def feeds(self) -> str:
        """Timetables are there, and are of today."""
        said = next((one for one in await self._found() if isinstance(one, _Said)), _Said())
        if said.feeds:
            told = "; ".join(f"{one.city}: {one.trouble}" for one in said.feeds)
            raise Faulty(told, "Mend the address of the feed in its city file, or ask its operator for a current one.")
        return "all are read and current"

    async def _found(self) -> "list[_Said | Faulty]":
        limits = aiohttp.ClientTimeout(total=ASK_SECONDS)
        async with aiohttp.ClientSession(timeout=limits, trust_env=False) as session:
            return await asyncio.gather(*(self._ask(session, url) for url in self.urls))

    async def _ask(self, session: aiohttp.ClientSession, url: str) -> "_Said | Faulty":
        try:
            status, body = await ask(session, signer(self.keys, self.pair), url.rstrip("/"), "/health")
            if status == 200:
                return _Said.model_validate_json(body)
        except PeerStrange as exc:
            return Faulty(f"What answers at {url} is no {self.name} of this installation.", str(exc))
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            return Faulty(f"{url} cannot be reached ({type(exc).__name__}).", REACH)
        except ValidationError:
            status = 200
        return Faulty(f"{url} answers {status}: its model or its files are not loaded.", "Wait, or look into its log.")


def _open_descriptors() -> int:
    """How many this process holds; 0 where that cannot be seen."""
    return sum(1 for _ in DESCRIPTORS.iterdir()) if DESCRIPTORS.exists() else 0


async def descriptors() -> str:
    """Files and connections can be opened."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = await asyncio.to_thread(_open_descriptors)
    if limit != resource.RLIM_INFINITY and count > limit * USED_SHARE:
        raise Faulty(f"{count:,} of {limit:,} descriptors are in use.", "Raise the limit (LimitNOFILE=, --ulimit).")
    return f"{count:,} in use, {limit:,} allowed"


@dataclass(frozen=True)
class Certificate:
    """The certificate of the address by which residents come."""

    url: str
    clock: Callable[[], float] = time.time

    async def holds(self) -> str:
        """It holds for two weeks and more. Where the address cannot be reached from here nothing is known."""
        parts = urlsplit(self.url)
        try:
            end = await ends_at(parts.hostname or "", parts.port or 443, seconds=ASK_SECONDS)
        except (OSError, TimeoutError) as exc:
            return f"not seen: {parts.netloc} cannot be reached from here ({type(exc).__name__})"
        days = (end.timestamp() - self.clock()) / 86_400
        if days < RENEWED_DAYS:
            raise Faulty(
                f"The certificate of {parts.netloc} ends on {end:%Y-%m-%d}."
                if days > 0
                else f"The certificate of {parts.netloc} has ended on {end:%Y-%m-%d}.",
                "Renew it; see why it was not renewed by itself.",
            )
        return f"holds until {end:%Y-%m-%d}"


def of_certificate(at: Runtime) -> Iterable[Part]:
    """The certificate, where residents come by HTTPS."""
    url = at.settings.public_url or ""
    if url.startswith("https:"):
        holds = Certificate(url).holds
        yield Part("certificate", Effect.BESIDE, holds, "Renew it.", fresh_seconds=CERTIFICATE_SECONDS)


def of_store(store: Store) -> Iterable[Part]:
    """What is seen in the database and on the disk."""
    in_database = partial(Part, mend="Bring the database up, or mend DESK_DATABASE_URL.")
    yield in_database(DATABASE, Effect.INTAKE, store.database)
    yield in_database(SCHEMA, Effect.INTAKE, store.schema, needs=DATABASE, fresh_seconds=10.0)
    yield in_database("keys", Effect.INTAKE, store.keys, needs=DATABASE, fresh_seconds=30.0)
    yield Part("disk", Effect.BESIDE, store.disk, "Set DESK_DATA_DIR to a folder that can be read.")
    yield in_database(ARMING, Effect.BESIDE, store.arming, needs=SCHEMA)
    yield in_database("workers", Effect.ANSWERS, store.workers, needs=ARMING)  # their jobs show that they live
    yield in_database("waiting", Effect.ANSWERS, store.waiting, needs=DATABASE)
    yield in_database("archive", Effect.BESIDE, store.archive, needs=DATABASE)
    yield in_database("clocks", Effect.BESIDE, store.clocks, needs=DATABASE)


def of_peers(at: Runtime, keys: Keys) -> Iterable[Part]:
    """Bot and actions, as far as their addresses are known, and the feeds that the actions read."""
    bot_url = at.settings.bot_url or at.running.get("bot")
    actions_url = at.settings.actions_url or at.running.get("actions")
    if bot_url:
        bot = Peer("bot", tuple(one.strip() for one in bot_url.split(",")), keys, DESK_TO_BOT)
        yield Part("bot", Effect.ANSWERS, bot.lives, REACH)
    if actions_url:
        actions = Peer("actions", tuple(one.strip() for one in actions_url.split(",")), keys, DESK_TO_ACTIONS)
        yield Part("actions", Effect.ANSWERS, actions.lives, REACH)
        yield Part("feeds", Effect.BESIDE, actions.feeds, REACH, needs="actions")


def parts_of_installation(at: Runtime, engine: AsyncEngine, redis: Redis | None, keys: Keys | None) -> list[Part]:
    """What `desk doctor` looks at: as far as there are addresses, and keys."""
    server = [] if redis is None else [Part("valkey", Effect.BESIDE, partial(valkey, redis), MEND_VALKEY)]
    return [*of_store(Store(engine, at)), *server, *of_certificate(at), *(of_peers(at, keys) if keys else ())]


def parts_of_serve(at: Runtime, engine: AsyncEngine, redis: Redis) -> list[Part]:
    """What `/readyz` looks at."""
    return [
        *of_store(Store(engine, at)),
        *of_peers(at, at.keys()),
        *of_certificate(at),
        Part("valkey", Effect.BESIDE, partial(valkey, redis), MEND_VALKEY),
        Part("descriptors", Effect.INTAKE, descriptors, "Mount /proc."),
    ]
