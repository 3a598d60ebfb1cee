"""The composition root: the one place that reads settings and builds things from them.

Each role imports what it runs inside its function, so that it starts fast and holds no more than it needs.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from desk import logs
from desk.cities import City, load_cities
from desk.errors import ConfigurationError, StartError
from desk.keys import Keys
from desk.keys import load as load_keys
from desk.settings import Settings
from desk.supervisor.state import is_held, read_state

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from desk.alipay.credentials import Credentials
    from desk.i18n import Catalogs
    from desk.payments.opening import PaymentParts


ALIPAY = ("gateway", "app_id", "seller_id", "app_key_file", "public_key_file")  # settings DESK_ALIPAY_…
NOT_RUNNING = "Citydesk does not run here. Start it with 'make run' in another terminal, or set DESK_{name}_URL."


@cache
def settings() -> Settings:
    """Read the settings of this process, once.

    Raises:
        ConfigurationError: one is wrong, or there is no such setting.
    """
    names = {f"DESK_{name.upper()}" for name in Settings.model_fields}
    for unknown in sorted(name for name in os.environ if name.startswith("DESK_") and name not in names):
        near = get_close_matches(unknown, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigurationError(f"There is no setting {unknown}.{hint} All settings: docs/reference/settings.md")
    try:
        return Settings()
    except ValidationError as exc:
        faults = "; ".join(f"DESK_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors())
        raise ConfigurationError(f"{faults}. All settings: docs/reference/settings.md") from exc


@dataclass(frozen=True)
class Runtime:
    """Where everything is. An address comes from the settings, else from the stack that runs on `data_dir`.

    Addresses raise StartError with the mend when neither has it.
    """

    settings: Settings
    root: Path
    data_dir: Path
    running: Mapping[str, str]

    @property
    def database_url(self) -> str:
        given = self.settings.database_url
        return given.get_secret_value() if given else self._running("database")

    @property
    def redis_url(self) -> str:
        given = self.settings.redis_url
        return given.get_secret_value() if given else self._running("redis")

    @property
    def bot_url(self) -> str:
        return self.settings.bot_url or self._running("bot")

    @property
    def actions_url(self) -> str:
        return self.settings.actions_url or self._running("actions")

    @property
    def sandbox_url(self) -> str | None:
        """None where there is no sandbox."""
        return self.settings.sandbox_url or self.running.get("sandbox")

    @property
    def serve_url(self) -> str:
        """Where residents reach the desk, without a trailing slash."""
        return self.settings.public_url or self._running("serve")

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        return self.data_dir / "models"

    def keys(self) -> Keys:
        """The keys of this installation. Raises ConfigurationError when there is no secret."""
        secret = self.settings.secret_key
        return load_keys(self.data_dir, secret.get_secret_value() if secret else None)

    def alipay(self) -> "Credentials | None":
        """Who we are at Alipay: of the settings, else at the pretend one that runs here. None: nothing can be paid.

        Raises:
            ConfigurationError: a setting is missing, or a key file is none.
        """
        from desk.alipay.credentials import credentials

        given = {name: getattr(self.settings, f"alipay_{name}") for name in ALIPAY}
        if not any(given.values()):
            given = {name: self.running.get(f"alipay_{name}") for name in ALIPAY}
        if not any(given.values()):
            return None
        missing = [f"DESK_ALIPAY_{name.upper()}" for name, value in given.items() if value is None]
        if missing:
            raise ConfigurationError(f"Set {', '.join(missing)} too, to be paid.")
        gateway, app_id, seller_id, *files = (str(value) for value in given.values())
        try:
            key, alipay_key = (Path(file).read_text(encoding="ascii") for file in files)
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(f"A key of payments cannot be read: {exc}. See DESK_ALIPAY_APP_KEY_FILE.") from exc
        return credentials(gateway=gateway, app_id=app_id, seller_id=seller_id, key=key, alipay_key=alipay_key)

    def cities(self) -> dict[str, City]:
        """All cities. Raises ConfigurationError."""
        return load_cities(self.root / "cities")

    def _running(self, name: str) -> str:
        if name not in self.running:
            raise StartError(NOT_RUNNING.format(name=name.upper()))
        return self.running[name]


def runtime() -> Runtime:
    """Where everything is, for this process.

    Raises:
        ConfigurationError: a setting is wrong, or the root is not one.
    """
    read = settings()
    root = read.root_dir.resolve()
    if not (root / "config.yml").is_file() or not (root / "cities").is_dir():
        raise ConfigurationError(
            f"{root} is not the root: it has no config.yml or no cities/. Change to the checkout, or set DESK_ROOT_DIR."
        )
    data_dir = (root / read.data_dir).resolve()
    running = read_state(data_dir).urls if is_held(data_dir) else {}
    return Runtime(settings=read, root=root, data_dir=data_dir, running=running)


def configure_logs() -> None:
    """Set this process's logs up as the settings say."""
    logs.configure(settings().log_level, settings().log_format)


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


async def serve(at: Runtime) -> None:
    """Run the web server until stopped."""
    from actions.services import load_services
    from desk.cases.opening import case_desk
    from desk.db import create_engine
    from desk.entering.opening import open_entering
    from desk.guides import FOLDER, guides_by_city
    from desk.i18n import Catalogs
    from desk.intake.opening import open_channels
    from desk.media_links import MediaLinks
    from desk.serving import run_http
    from desk.valkey import create_client
    from desk.web.access import networks
    from desk.web.greeting import greeter
    from desk.web.limits import Limits
    from desk.web.origins import origins
    from desk.web.parts import words_of
    from desk.web.server import build

    engine = create_engine(at.database_url, pool_size=20)
    redis = create_client(at.redis_url)
    catalogs, cities = Catalogs(at.root / "locales"), at.cities()
    services = load_services(at.root / "nlu")
    words = words_of(services)
    try:
        greet = greeter(catalogs, words)
        channels = open_channels(
            engine=engine, redis=redis, keys=at.keys(), cities=cities, public_url=at.serve_url, greet=greet
        )
        async with (
            payments(at, engine, redis, catalogs, cities) as paying,
            open_entering(channels.register, cities=cities, greet=greet, now=now) as entering,
        ):
            application = build(
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                services=words,
                limits=Limits(
                    new_sessions_per_second=at.settings.new_sessions_per_second,
                    messages_per_minute=at.settings.messages_per_minute,
                    posts_in_parallel=at.settings.posts_in_parallel,
                ),
                now=now,
                cases=case_desk(engine, catalogs, cities, at.keys(), at.serve_url, now),
                media=MediaLinks(at.keys(), at.serve_url),
                offered_guides=guides_by_city(
                    at.root / FOLDER, cities, [name for name, one in services.items() if one.kind == "guide"]
                ),
                payments=paying,
                channels=channels,
                entrances=entering,
                proxies=networks(at.settings.trusted_proxies),
                origins=origins(cities, [*at.settings.chat_origins.split(","), at.running.get("sandbox", "")]),
            )
            await run_http(application, at.settings.host, at.settings.port)
    finally:
        await redis.aclose()
        await engine.dispose()


@asynccontextmanager
async def payments(
    at: Runtime, engine: "AsyncEngine", redis: "Redis", catalogs: "Catalogs", cities: dict[str, City]
) -> "AsyncIterator[PaymentParts | None]":
    """Open the payments room while the block lasts; None where nothing can be paid.

    Raises:
        ConfigurationError: a setting of payments is wrong.
    """
    from desk.payments.opening import open_payments

    credentials = at.alipay()
    if credentials is None:
        yield None
        return
    async with open_payments(
        credentials,
        engine=engine,
        redis=redis,
        catalogs=catalogs,
        cities=cities,
        keys=at.keys(),
        public_url=at.serve_url,
        actions_url=at.actions_url,
        sandbox_url=at.sandbox_url,
        now=now,
    ) as paying:
        yield paying


async def actions(at: Runtime) -> None:
    """Run the actions server until stopped."""
    from actions.server import build
    from desk.serving import run_http

    application = build(
        root=at.root,
        cities=at.cities(),
        sandbox_url=at.sandbox_url,
        data_dir=at.data_dir,
        clock=now,
        keys=at.keys(),
        public_url=at.settings.public_url,
        environ=os.environ,  # city files name the keys of their systems by environment variable
    )
    await run_http(application, at.settings.bind_host, at.settings.actions_port)


async def worker(at: Runtime) -> None:
    """Run a worker until stopped: turns, jobs, sending, and its measures."""
    from aiohttp import ClientSession

    from actions.services import load_services
    from desk.announcements.board import Board
    from desk.announcements.service import Announcements
    from desk.cases.opening import case_desk, open_cases
    from desk.cases.service import Cases
    from desk.conversations.bell import Bell
    from desk.conversations.bot import BotClient
    from desk.conversations.live import Live
    from desk.conversations.worker import Worker
    from desk.db import create_engine
    from desk.entering.certificates import Certificates
    from desk.i18n import Catalogs
    from desk.intake.jobs import Post
    from desk.intake.opening import open_channels
    from desk.jobs import run_jobs
    from desk.payments.service import Payments
    from desk.publicity.opening import publicity
    from desk.selftest.opening import open_selftest
    from desk.selftest.service import SelfTest
    from desk.sending.opening import open_sender
    from desk.serving import measures, run_http
    from desk.topics import load_topics
    from desk.valkey import create_client
    from desk.web.greeting import greeter
    from desk.web.parts import words_of

    turns = at.settings.turns_in_flight
    engine = create_engine(at.database_url, pool_size=turns + 4)
    posting = create_engine(at.database_url, pool_size=8)  # sending waits for no turn
    redis = create_client(at.redis_url)
    catalogs, cities, keys = Catalogs(at.root / "locales"), at.cities(), at.keys()
    topics = load_topics(at.root / "cities")
    telling = Announcements(engine, Live(redis), catalogs, cities, topics, now)
    try:
        async with (
            BotClient(at.bot_url, at.settings.bot_timeout_seconds) as bot,
            payments(at, engine, redis, catalogs, cities) as paying,
            open_cases(
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                keys=keys,
                public_url=at.serve_url,
                actions_url=at.actions_url,
                now=now,
            ) as cases,
            ClientSession(trust_env=False) as http,
            asyncio.TaskGroup() as group,
        ):
            examiner = open_selftest(at.root, bot, engine, cities, now, stops_voice=at.settings.selftest_stops_voice)
            channels = open_channels(
                engine=posting,
                redis=redis,
                keys=keys,
                cities=cities,
                public_url=at.serve_url,
                greet=greeter(catalogs, words_of(load_services(at.root / "nlu"))),
            )
            register = channels.register
            sending = open_sender(posting, redis, register, keys, http, catalogs)
            post = Post(register, http, Bell(redis), Live(redis))
            answering = Worker(
                engine=engine,
                redis=redis,
                bot=bot,
                catalogs=catalogs,
                cities=cities,
                turns_in_flight=turns,
                keeper=case_desk(engine, catalogs, cities, keys, at.serve_url, now).keeper,
                board=Board(cities, topics, now),
                certificates=Certificates(keys),
                cashier=paying.cashier if paying else None,
            )
            jobs = run_jobs(
                at.database_url,
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                retention_days=at.settings.retention_days,
                parts={
                    SelfTest: examiner,
                    Cases: cases,
                    Announcements: telling,
                    Post: post,
                    **publicity(posting, channels, http, keys, catalogs, cities, now),
                    **({Payments: paying.payments} if paying else {}),
                },
            )
            tasks = [
                group.create_task(answering.run(), name="turns"),
                group.create_task(jobs, name="jobs"),
                group.create_task(sending.run(), name="sending"),
            ]
            await run_http(measures(), at.settings.bind_host, at.settings.metrics_port)
            for task in tasks:
                task.cancel()
    finally:
        await redis.aclose()
        await posting.dispose()
        await engine.dispose()


async def migrate_to(database_url: str, cities: dict[str, City]) -> None:
    """Bring the database to the newest shape, agencies and accounts to what the city files say."""
    from desk.accounts.service import sync
    from desk.db import create_engine, transaction
    from desk.migrations import upgrade

    await asyncio.to_thread(upgrade, database_url)
    engine = create_engine(database_url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            await sync(connection, cities)
    finally:
        await engine.dispose()
