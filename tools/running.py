"""What `desk run` starts: the whole product in one supervised process tree, and what a person is told of it."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from desk.accounts.register import Register
from desk.app.channels import channels_of
from desk.app.migrate import migrate_to
from desk.app.model import bot_python
from desk.app.runtime import Runtime, keys_of, now
from desk.city.files import City
from desk.contract.channel import Channel
from desk.http.serving import until_stopped
from desk.sealing.masters import FILE as MASTERS
from desk.sealing.masters import InFile, fresh
from desk.store.arming import ARM, NOT_ARMED, is_armed
from desk.store.database import create_engine, transaction
from desk.store.keys import Keys
from desk.store.keys import make as make_key
from sandbox import platforms
from tools.backups.archive import Archive
from tools.stack import Stack, StackPlan
from values.lexicon import lexicon

_FIRST_WISH = lexicon(__file__).text("first_wish")


def plan(at: Runtime, *, port: int | None, data_dir: Path | None, sandbox: bool, workers: int = 1) -> StackPlan:
    """What to start, by the settings and the options."""
    read = at.settings
    ports = {
        "bot": read.bot_port,
        "actions": read.actions_port,
        "sandbox": read.sandbox_port,
        "worker": read.metrics_port,
    }
    return StackPlan(
        root=at.root,
        product=at.product,
        data_dir=data_dir.resolve() if data_dir else at.data_dir,
        host=read.host,
        port=port or read.port,
        bot_python=bot_python(at.root, read.bot_python),
        with_sandbox=sandbox,
        workers=max(1, workers),
        database_url=read.database_url.get_secret_value() if read.database_url else None,
        redis_url=read.redis_url.get_secret_value() if read.redis_url else None,
        sandbox_url=read.sandbox_url,
        public_url=read.public_url,
        alipay_gateway=read.alipay_gateway,
        openid_issuer=read.openid_issuer,
        has_mail_server=read.smtp_url is not None,
        archive=Archive(read.backup_dir.resolve()) if read.backup_dir and not read.database_url else None,
        standby_minutes=read.standby_minutes,
        ports={name: number for name, number in ports.items() if number},
    )


async def run_all(at: Runtime, to_start: StackPlan, console: Console) -> None:
    """Run it until SIGTERM or Ctrl-C."""
    report = ConsoleReport(console, at.cities().values(), began=time.monotonic())
    cities = at.cities()
    secret = at.settings.secret_key
    if secret is None:
        make_key(to_start.data_dir)
        make_masters(at, to_start.data_dir)
    keys = keys_of(at.settings, to_start.data_dir)

    async def prepare(urls: Mapping[str, str]) -> None:
        await migrate_to(urls["database"], cities)
        if not await armed(urls["database"]):
            report.notice("arming", f"{NOT_ARMED} {ARM}")
        if to_start.with_sandbox:
            await enter_accounts(keys, to_start.data_dir, urls, cities, channels_of(at))

    async with until_stopped() as stopped:
        with report.bar:
            await Stack(to_start, report, prepare, keys, cities.values()).run(stopped)
    console.print("Citydesk has stopped; everything is kept in", escape(str(to_start.data_dir)))


async def armed(database_url: str) -> bool:
    """Whether anything may be sent from this store."""
    engine = create_engine(database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await is_armed(connection)
    finally:
        await engine.dispose()


def make_masters(at: Runtime, data_dir: Path) -> None:
    """Make a master key for this data directory, unless there is one, or they are kept elsewhere."""
    read = at.settings
    if (
        read.master_keys is None
        and read.master_keys_command is None
        and read.master_keys_file is None
        and read.database_url is None
    ):
        custody = InFile(data_dir / MASTERS)
        if not custody.read():
            custody.write([fresh(now())])


async def enter_accounts(
    keys: Keys, data_dir: Path, urls: Mapping[str, str], cities: dict[str, City], channels: Mapping[str, Channel]
) -> None:
    """Enter each city's account on each pretend platform of these channels, so that all can be tried at once."""
    engine = create_engine(urls["database"], pool_size=1)
    try:
        register = Register(engine, keys, channels, urls["serve"])
        async with transaction(engine) as connection:
            for account in platforms.accounts(data_dir, cities):
                if account.platform in channels:
                    await register.ensure(
                        connection,
                        channel=account.platform,
                        slug=account.slug,
                        city=account.city,
                        agency=cities[account.city].accounts[0].agency,
                        secrets=account.secrets,
                        platform_id=account.platform_id,
                        base_url=f"{urls['sandbox']}/{account.platform}",
                    )
    finally:
        await engine.dispose()


@dataclass
class ConsoleReport:
    """Tells a person at the terminal how it goes."""

    console: Console
    cities: Iterable[City]
    began: float
    bar: Progress = field(init=False)
    _training: TaskID | None = None
    _told: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = (TextColumn("training the model"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self.bar = Progress(*columns, console=self.console, transient=True)

    def step(self, name: str, seconds: float) -> None:
        self.console.print(f"[green]✓[/] {name} [dim]{seconds:.1f} s[/]")

    def notice(self, name: str, text: str) -> None:
        if self._told.get(name) != text:  # the same mend again and again helps nobody
            self.console.print(f"[yellow]●[/] {escape(text)}")
        self._told[name] = text

    def training(self, percent: int, what: str) -> None:
        if self._training is None:
            self.console.print("The words or the pipeline changed: the model is trained anew, in a minute or two.")
            self._training = self.bar.add_task("", total=100)
        self.bar.update(self._training, completed=percent, description=what)
        if percent >= 100:
            self.bar.remove_task(self._training)
            self._training = None

    def ready(self, urls: Mapping[str, str]) -> None:
        url = urls["serve"]
        self.console.print(f"\n[bold]Citydesk is ready[/] after {time.monotonic() - self.began:.0f} s:\n")
        for city in self.cities:
            self.console.print(f"  {city.names.en} {city.names.zh_Hans}   [bold]{url}/{city.slug}[/]")
        first = next(iter(self.cities)).slug
        desk = "uv run desk" if which("uv") else ".venv/bin/desk"
        self.console.print(
            f"\nTry {_FIRST_WISH}, or: next bus. Plates, stops and people that work right now:\n"
            f"  {desk} sandbox facts --city {first}\n"
            f"Staff answer at [bold]{url}/console[/]; a login to try it:\n"
            f"  {desk} user create wang --name Wang --role security_admin --role clerk --reason trying\n"
            f"{_pretended(urls)}"
            "Ctrl-C stops everything; nothing is lost.\n",
            soft_wrap=True,
        )


def _pretended(urls: Mapping[str, str]) -> str:
    """Where staff's pretend mail and login are, as far as there are any."""
    said = f"Mail to staff is shown at [bold]{urls['sandbox']}/_sandbox/mail[/]\n" if "mail" in urls else ""
    if "openid" in urls:
        said += f"The pretend identity provider ({urls['openid']}) lets in whoever types a login that exists.\n"
    return said
