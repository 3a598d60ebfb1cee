"""The whole product as one tree of processes: which roles there are, what each needs, and in what order they start."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from desk.app.bot_process import Place, command_line, environment
from desk.app.choice import ANSWERING, Start, at_start
from desk.app.layering import PRETEND
from desk.app.model import MODELS
from desk.city.files import City
from desk.contract.errors import StartError
from desk.http.sockets import LOOPBACK, free_port, is_free, reserved_port
from desk.store.keys import Keys
from sandbox import openid
from sandbox.alipay import identity
from tools.backups.archive import Archive
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey
from tools.supervisor.http_role import HttpRole, own_program
from tools.supervisor.role import Role
from tools.supervisor.state import DataDirLock
from tools.supervisor.tree import Tree
from tools.takeover import Takeover
from tools.training import train

ENGINES, SERVICES, WORKERS, FRONT = range(4)  # stages: stopped from the last to the first
MONITORED = ("actions", "bot", "serve")
"""Beside where they are reached, these answer monitors at a port of its own, `<name>_health`; a worker has no other."""
PORTS = (
    "postgres",
    "valkey",
    "sandbox",
    "mail",
    "actions",
    "bot",
    "worker",
    "trainer",
    *(f"{name}_health" for name in MONITORED),
)


MAIL_FROM = "desk@city.example"
BOT_STOP_SECONDS = 9.0  # it finishes its turns in 7 (`bot/serve.py`)


class Report(Protocol):
    """Who is told how it goes."""

    def step(self, name: str, seconds: float) -> None:
        """A role is ready."""

    def notice(self, name: str, text: str) -> None:
        """Something ended, or is back."""

    def training(self, percent: int, what: str) -> None:
        """The model is being trained."""

    def ready(self, urls: Mapping[str, str]) -> None:
        """Everything answers, at these addresses."""


@dataclass(frozen=True)
class StackPlan:
    """What to start. Given URLs are used, and what they stand for is not started; `ports` are fixed where given.

    `root` has the files that the model is made of. Where it is made of layers the roles find it as their parent did,
    from the `product`'s folder.
    """

    root: Path
    data_dir: Path
    host: str
    port: int
    bot_python: Path
    with_sandbox: bool = True
    workers: int = 1
    database_url: str | None = None
    redis_url: str | None = None
    sandbox_url: str | None = None
    public_url: str | None = None
    alipay_gateway: str | None = None
    openid_issuer: str | None = None
    has_mail_server: bool = False
    archive: Archive | None = None
    product: Path | None = None
    standby_minutes: int = 0
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def worker_names(self) -> list[str]:
        """What the workers are called: `worker`, and `worker_2` and so on."""
        return ["worker", *(f"worker_{number}" for number in range(2, self.workers + 1))]


class Stack:
    """Starts everything of a plan, keeps it running until told to stop, then stops it in order.

    `prepare` brings the store up to date once the engines run; it is given the addresses of all roles, by name.
    Of `keys` the bot is given its own, and of the environment nothing that is a secret of `cities`.
    """

    def __init__(
        self,
        plan: StackPlan,
        report: Report,
        prepare: Callable[[Mapping[str, str]], Awaitable[None]],
        keys: Keys,
        cities: Collection[City],
    ) -> None:
        self._keys = keys
        self._cities = cities
        self._plan = plan
        self._report = report
        self._prepare = prepare
        self._held = ExitStack()
        """The ports of the roles: a database is made before it listens, and nobody takes its port meanwhile."""

    async def run(self, stopped: asyncio.Event) -> None:
        """Run until `stopped` is set.

        Raises:
            StartError: another stack runs on the data directory, a port is taken, or a role cannot start.
        """
        plan = self._plan
        with DataDirLock(plan.data_dir), self._held:
            if not is_free(plan.host, plan.port):
                raise StartError(
                    f"Port {plan.port} on {plan.host} is taken. End the program that has it, "
                    f"or choose another port: desk run --port {plan.port + 10}"
                )
            tree = await asyncio.to_thread(Tree, plan.data_dir, self._report.notice)
            if tree.orphans:
                self._report.notice("supervisor", f"Ended what a killed run had left: {', '.join(tree.orphans)}.")
            try:
                async with asyncio.TaskGroup() as group:
                    starting = group.create_task(self._start(tree, group))
                    await stopped.wait()
                    starting.cancel()
                    await tree.stop()
            except* StartError as errors:
                raise _first(errors) from errors
            finally:
                await tree.stop()

    async def _start(self, tree: Tree, keeping: asyncio.TaskGroup) -> None:
        """Start all roles, each as soon as what it needs is there; then take over with each model that is released."""
        plan, ports = self._plan, self._choose_ports(tree.kept_ports)
        if self._plan.with_sandbox:
            await asyncio.to_thread(identity.ensure_keys, self._plan.data_dir)
        roles = Roles(self._plan, ports)
        places = Places(roles, tree, ports, environment(os.environ, self._keys, self._cities))
        standby = plan.standby_minutes * 60.0
        takeover = Takeover(plan.data_dir, tree, places, SERVICES, self._report.notice, standby_seconds=standby)

        async def start(role: Role, stage: int) -> None:
            began = time.monotonic()
            await tree.start(role, stage=stage, group=keeping)
            self._report.step(role.name, time.monotonic() - began)

        async def store() -> None:
            async with asyncio.TaskGroup() as engines:
                for engine in roles.engines():
                    engines.create_task(start(engine, ENGINES))
            await self._prepare(roles.urls())
            tree.announce(ports=ports, urls=roles.urls())

        async def after_store(make: Callable[[], Role], stage: int) -> None:
            await stored
            await start(make(), stage)

        async def bot() -> None:
            begun = await asyncio.to_thread(at_start, plan.root, plan.data_dir, ANSWERING)
            model = await self._model(begun)
            began = time.monotonic()
            await takeover.begin(model, begun, keeping)
            self._report.step("bot", time.monotonic() - began)

        async with asyncio.TaskGroup() as group:
            stored = group.create_task(store())
            group.create_task(bot())
            if self._plan.with_sandbox:
                group.create_task(start(roles.sandbox(), SERVICES))
            group.create_task(start(roles.actions(), SERVICES))
            for name in self._plan.worker_names:
                group.create_task(after_store(partial(roles.worker, name), WORKERS))
            group.create_task(after_store(roles.serve, FRONT))
        self._report.ready(roles.urls())
        try:
            await start(roles.trainer(), WORKERS)
        except StartError as exc:  # nobody is answered by it
            self._report.notice("trainer", f"No model can be trained beside the one that answers: {exc}")
        await takeover.follow(keeping)

    async def _model(self, begun: Start) -> Path:
        """The model to begin with, trained now where there is none."""
        if begun.path is not None:
            return begun.path
        plan, progress = self._plan, self._report.training
        log = plan.data_dir / "logs" / "train.log"
        return await train(plan.root, plan.data_dir / MODELS, plan.bot_python, log, progress)

    def _choose_ports(self, kept: Mapping[str, int]) -> dict[str, int]:
        """A port for each role: the given one, else the last run's if it is free, else any free one."""
        chosen: dict[str, int] = {}
        for name in (*PORTS, *self._plan.worker_names[1:]):
            given = self._plan.ports.get(name, 0)
            before = kept.get(name, 0)
            chosen[name] = given or self._held.enter_context(reserved_port(before))
        return chosen


class Roles:
    """The roles of a plan, at their ports."""

    def __init__(self, plan: StackPlan, ports: Mapping[str, int]) -> None:
        self._plan = plan
        self._ports = ports
        self._bot = "bot"
        self._tried: str | None = None
        self._postgres = Postgres(plan.data_dir, port=ports["postgres"], archive=plan.archive)
        self._valkey = Valkey(plan.data_dir, port=ports["valkey"])

    def engines(self) -> list[Role]:
        """The engines that nobody else runs."""
        plan = self._plan
        own: list[tuple[str | None, Role]] = [(plan.database_url, self._postgres), (plan.redis_url, self._valkey)]
        return [engine for given, engine in own if given is None]

    def urls(self) -> dict[str, str]:
        """Where everything is; once the engines have been started."""
        plan = self._plan
        sandbox = self._sandbox_url()
        return {
            "database": plan.database_url or self._postgres.url,
            "redis": plan.redis_url or self._valkey.url,
            "bot": self._local(self._bot),
            "actions": self._local("actions"),
            "serve": self._serve_url(),
            **{f"{name}_health": self._local(f"{name}_health") for name in MONITORED},
            "bot_health": self._local(f"{self._bot}_health"),
            **({"candidate": self._local(self._tried)} if self._tried else {}),
            **({"sandbox": sandbox} if sandbox else {}),
            **self._alipay(),
            **({"openid": self._local("sandbox") + openid.PATH} if self._pretends_openid() else {}),
            **({"mail": f"smtp://{LOOPBACK}:{self._ports['mail']}"} if self._pretends_mail() else {}),
        }

    def sandbox(self) -> Role:
        port = str(self._ports["sandbox"])
        where = ("--port", port, "--data-dir", str(self._plan.data_dir), "--desk-url", self._own_url())
        mail = ("--mail-port", str(self._ports["mail"]))
        pretend = self._plan.root / PRETEND
        cities = ("--cities", str(pretend)) if pretend.is_dir() else ()
        program = (sys.executable, "-m", "sandbox", *where, *mail, *cities)
        return self._role("sandbox", program, {})

    def actions(self) -> Role:
        sandbox = self._sandbox_url()
        environment = {"DESK_ACTIONS_PORT": str(self._ports["actions"]), "DESK_PUBLIC_URL": self._serve_url()}
        if sandbox:
            environment["DESK_SANDBOX_URL"] = sandbox
        return self._role("actions", own_program("actions"), environment)

    def bot(self, name: str, model: Path, environment: Mapping[str, str]) -> Role:
        """A bot, with nothing but this environment."""
        at, monitored_at = (Place(LOOPBACK, self._ports[one]) for one in (name, f"{name}_health"))
        program = command_line(self._plan.bot_python, model, self._local("actions"), at=at, monitored_at=monitored_at)
        return self._role(name, program, environment, whole=True, stop_seconds=BOT_STOP_SECONDS)

    def bot_is(self, name: str, tried: str | None) -> None:
        """Name the bot that all others ask from now on, and the one with a model on trial."""
        self._bot, self._tried = name, tried

    def worker(self, name: str) -> Role:
        """A worker, which reads in `run.json` where the bot is: that may move."""
        return self._role(name, own_program("worker"), self._addresses())

    def trainer(self) -> Role:
        python = {"DESK_BOT_PYTHON": str(self._plan.bot_python)}
        return self._role("trainer", own_program("trainer"), {**self._addresses(), **python})

    def serve(self) -> Role:
        where = {"DESK_HOST": self._plan.host, "DESK_PORT": str(self._plan.port)}
        environment = {**self._addresses(), **where}
        return self._role(
            "serve",
            own_program("serve"),
            environment,
            port=self._plan.port,
            health="/readyz/intake",
            alive="/healthz",
        )

    def _role(
        self,
        name: str,
        program: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        port: int | None = None,
        health: str = "/health",
        alive: str = "/health",
        start_seconds: float = 180.0,
        stop_seconds: float = 6.0,
        whole: bool = False,
    ) -> Role:
        plan = self._plan
        apart = f"{name}_health"
        health_port = self._ports[apart if apart in self._ports else name]
        places = {
            "DESK_ROOT_DIR": str(plan.product or plan.root),
            "DESK_DATA_DIR": str(plan.data_dir),
            "DESK_BIND_HOST": LOOPBACK,
            "DESK_METRICS_HOST": LOOPBACK,
            "DESK_METRICS_PORT": str(health_port),
        }
        return HttpRole(
            name=name,
            program=program,
            port=port or self._ports[name],
            folder=plan.root if whole else plan.product or plan.root,
            log=plan.data_dir / "logs" / f"{name}.log",
            environment=environment if whole else {**places, **environment},
            whole=whole,
            health=health,
            alive=alive,
            health_port=health_port,
            start_seconds=start_seconds,
            stop_seconds=stop_seconds,
        )

    def _serve_url(self) -> str:
        return self._plan.public_url or self._own_url()

    def _own_url(self) -> str:
        """Where the web server is reached from this machine."""
        plan = self._plan
        host = LOOPBACK if plan.host in ("0.0.0.0", "::") else plan.host
        return f"http://{host}:{plan.port}"

    def _addresses(self) -> dict[str, str]:
        urls = self.urls()
        addresses = {f"DESK_{name.upper()}_URL": urls[name] for name in ("database", "redis", "actions")}
        paid_at = {f"DESK_{name.upper()}": value for name, value in self._alipay().items()}
        addresses["DESK_BOT_URL"] = ""  # as run.json says, and no other
        return {**addresses, "DESK_PUBLIC_URL": urls["serve"], **paid_at, **self._staff(urls)}

    def _staff(self, urls: Mapping[str, str]) -> dict[str, str]:
        """The pretend identity provider and mail server, as settings."""
        found: dict[str, str] = {}
        if "openid" in urls:
            found["DESK_OPENID_ISSUER"] = urls["openid"]
            found["DESK_OPENID_CLIENT_ID"], found["DESK_OPENID_CLIENT_SECRET"] = openid.CLIENT_ID, openid.CLIENT_SECRET
        if "mail" in urls:
            found["DESK_SMTP_URL"], found["DESK_MAIL_FROM"] = urls["mail"], MAIL_FROM
        return found

    def _pretends_openid(self) -> bool:
        """Whether staff may log in by the pretend provider, which believes any login: where only this machine can."""
        plan = self._plan
        mine = plan.public_url is None and plan.host == LOOPBACK
        return plan.with_sandbox and plan.openid_issuer is None and mine

    def _pretends_mail(self) -> bool:
        return self._plan.with_sandbox and not self._plan.has_mail_server

    def _alipay(self) -> dict[str, str]:
        """The pretend Alipay and who we are there, by the names of the settings, unless there is a real one."""
        if not self._plan.with_sandbox or self._plan.alipay_gateway:
            return {}
        keys = identity.ensure_keys(self._plan.data_dir)
        return {
            "alipay_gateway": f"{self._local('sandbox')}/alipay/gateway.do",
            "alipay_app_id": identity.APP_ID,
            "alipay_seller_id": identity.SELLER_ID,
            "alipay_app_key_file": str(keys / identity.APP_PRIVATE),
            "alipay_public_key_file": str(keys / identity.ALIPAY_PUBLIC),
        }

    def _sandbox_url(self) -> str | None:
        return self._local("sandbox") if self._plan.with_sandbox else self._plan.sandbox_url

    def _local(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"


@dataclass(frozen=True)
class Places:
    """Where the bot of a stack is, and a fresh one beside it; `environment` is the whole of theirs."""

    roles: Roles
    tree: Tree
    ports: dict[str, int]
    environment: Mapping[str, str]

    def fresh_bot(self, name: str, model: Path) -> Role:
        """A bot of this name with this model, at a free port where it has none yet."""
        for one in (name, f"{name}_health"):
            self.ports.setdefault(one, free_port())
        return self.roles.bot(name, model, self.environment)

    def move(self, name: str, tried: str | None) -> None:
        """Say in `run.json` which is the bot, and which the one with the model on trial."""
        self.roles.bot_is(name, tried)
        self.tree.announce(ports=self.ports, urls=self.roles.urls())


def _first(errors: BaseExceptionGroup[StartError]) -> StartError:
    """The first error of a group, however deep."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
