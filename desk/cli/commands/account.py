"""`desk account`: the accounts through which agencies are reached on channels. Secrets are never arguments."""

import asyncio
import getpass
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.accounts.keeping import AccountKeeping, insist_slug
from desk.accounts.register import Register, masked
from desk.accounts.rows import AccountRow, AccountState, NewAccount
from desk.app.acting import Acting, acting
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.cli.requested import request_said
from desk.contract.errors import BackendError, ConfigurationError, NotFound
from desk.contract.staff import Permission
from desk.staff.rows import RequestRow
from desk.store.database import create_engine

if TYPE_CHECKING:
    from desk.intake.opening import Channels

log = structlog.get_logger(__name__)
app = App(name="account", help="Accounts on channels: enter, connect, rotate, pause.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Slug = Annotated[str, Parameter(help="The account, by its slug.")]
type SecretsFile = Annotated[
    Path | None, Parameter(help="A file of secrets: JSON or YAML, name: value. Unset: asked for, or read from stdin.")
]
type SecretsEnv = Annotated[
    str | None, Parameter(help="Take them from the environment: PREFIX_TOKEN for the field token.")
]

RETRY_SECONDS = 3.0


@app.command
def add(
    account: Annotated[str, Parameter(help="Its slug: unique, and the end of the webhook's address.")],
    *,
    channel: Annotated[str, Parameter(help="As its file in channels/ is called.")],
    city: Annotated[str, Parameter(help="The city, as its file is called.")],
    reason: Annotated[str, Parameter(help="Why, for whoever allows it and for the record.")],
    agency: Annotated[str | None, Parameter(help="Whose it is. Unset: the agency of the city's web chat.")] = None,
    platform_id: Annotated[str | None, Parameter(help="What the platform calls the account; public.")] = None,
    rate: Annotated[float | None, Parameter(help="Calls a second, where they must be fewer than usual.")] = None,
    secrets_file: SecretsFile = None,
    secrets_env: SecretsEnv = None,
) -> None:
    """Ask to enter an account of an agency; another has to allow it, unless nobody else can.

    Its secrets are kept sealed. Once it is entered, `desk account show` tells the webhook's address.
    Secrets come from a file, the environment, standard input (JSON or name=value lines), or are asked for.
    """
    from desk.app.staffing import staff  # all that takes two

    at = runtime()
    known = at.cities()
    if city not in known:
        raise NotFound(f"There is no city {city!r}; there are {', '.join(known)}.")
    insist_slug(account, like=f"{city}_{channel}")
    whose = agency or known[city].accounts[0].agency

    async def act(here: Acting, register: Register) -> tuple[RequestRow, str]:
        here.actor.require(Permission.CHANNEL_MANAGE, city, whose)
        secrets = _secrets(register, channel, secrets_file, secrets_env)
        new = NewAccount(channel, account, city, whose, secrets, platform_id, rate)
        requests = staff(here.engine, known).requests
        asked = await AccountKeeping(register).ask_to_add(here.actor, new, reason=reason, requests=requests)
        return asked, register.opened(await register.find(account)).webhook if asked.state == "done" else ""

    asked, webhook = asyncio.run(_acting(at, act))
    if asked.state == "open":
        _say(request_said(asked))
        return
    _say(f"{account} is entered. Its webhook is {webhook}")
    _say(f"Now set it up at the platform: desk account connect {account}")


@app.command
def rotate(
    account: Slug,
    *,
    reason: Annotated[str, Parameter(help="Why, for whoever allows it and for the record.")],
    platform_id: Annotated[str | None, Parameter(help="Where the platform calls it otherwise now.")] = None,
    secrets_file: SecretsFile = None,
    secrets_env: SecretsEnv = None,
) -> None:
    """Ask to replace an account's secrets; another has to allow it, unless nobody else can.

    What comes in under the old ones is believed for an hour longer.
    """
    from desk.app.staffing import staff  # all that takes two

    at = runtime()

    async def act(here: Acting, register: Register) -> RequestRow:
        keeping = AccountKeeping(register)
        found = await keeping.find(here.actor, account)
        secrets = _secrets(register, found.channel, secrets_file, secrets_env)
        return await keeping.ask_to_rotate(
            here.actor,
            account,
            secrets,
            reason=reason,
            requests=staff(here.engine, at.cities()).requests,
            platform_id=platform_id,
        )

    asked = asyncio.run(_acting(at, act))
    if asked.state == "open":
        _say(request_said(asked))
        return
    _say(f"The secrets of {account} are replaced. If the webhook's word is among them: desk account connect {account}")


@app.command(name="list")
def list_(
    *,
    city: str | None = None,
    channel: str | None = None,
    state: Annotated[str | None, Parameter(help="active, paused or stopped.")] = None,
    after: Annotated[int, Parameter(help="Go on behind this number.")] = 0,
    limit: int = 100,
    as_json: AsJson = False,
) -> None:
    """List accounts, a page at a time."""

    at = runtime()

    async def act() -> list[AccountRow]:
        async with acting(at) as here:
            keeping = AccountKeeping(Register(here.engine, at.keys(), {}, ""))
            return await keeping.all(here.actor, city=city, channel=channel, state=state, after=after, limit=limit)

    configure_logs()
    found = asyncio.run(act())
    if as_json:
        print(json.dumps([_shown(one) for one in found], ensure_ascii=False))
        return
    table = Table("No.", "Account", "Channel", "City", "Agency", "State", "Why")
    for one in found:
        table.add_row(str(one.id), one.slug, one.channel, one.city, one.agency, one.state, one.reason or "")
    Console().print(table)


@app.command
def show(account: Slug, *, as_json: AsJson = False) -> None:
    """Show an account: its secrets masked, its webhook, its state, and how the platform said that its secrets stand."""
    from desk.publicity.watching import known_standing  # asks platforms

    async def act(here: Acting, register: Register) -> dict[str, Any]:
        found = await AccountKeeping(register).read(here.actor, account)
        opened = register.opened(found)
        async with register.engine.connect() as connection:
            standing = await known_standing(connection, found.id)
        shown = {**_shown(found), "webhook": opened.webhook, "secrets": masked(opened.secrets)}
        return shown if standing is None else {**shown, "standing": standing}

    shown = asyncio.run(_acting(runtime(), act))
    if as_json:
        print(json.dumps(shown, ensure_ascii=False))
        return
    for name, value in shown.items():
        _say(f"{name:<12} {value if not isinstance(value, dict) else ''}")
        for key, inner in value.items() if isinstance(value, dict) else ():
            _say(f"  {key:<18} {inner}")


@app.command
def pause(account: Slug, *, reason: Annotated[str, Parameter(help="Why, for the record.")]) -> None:
    """Send nothing until resumed. What residents write is taken in, and answered later."""
    asyncio.run(_set_state(account, "paused", reason))
    _say(f"{account} is paused. To go on: desk account resume {account}")


@app.command
def stop(account: Slug, *, reason: Annotated[str, Parameter(help="Why, for the record.")]) -> None:
    """Retire an account: nothing is sent, and its webhook answers as if there were none."""
    asyncio.run(_set_state(account, "stopped", reason))
    _say(f"{account} is stopped. To take it up again: desk account resume {account}")


@app.command
def resume(account: Slug) -> None:
    """Let an account that is paused or stopped go on; what waited is sent."""
    asyncio.run(_set_state(account, "active"))
    _say(f"{account} is active.")


@app.command
def connect(account: Slug) -> None:
    """Set an account up at its platform: webhook, commands, menu, as far as the platform lets programs do it."""
    from aiohttp import ClientSession

    from desk.app.menus import menus  # the services of the dialogue

    at = runtime()

    async def act(here: Acting, register: Register) -> Sequence[str]:
        async with ClientSession(trust_env=False) as http:
            return await AccountKeeping(register).connect(here.actor, account, http, menus(at))

    for line in asyncio.run(_acting(at, act)):
        _say(line)


@app.command
def poll(account: Slug) -> None:
    """Ask the platform for what happens, until Ctrl-C: for a computer that its webhooks cannot reach."""
    asyncio.run(_poll(runtime(), account))


async def _poll(at: Runtime, slug: str) -> None:
    from aiohttp import ClientSession

    from desk.contract.channel import Polled
    from desk.http.serving import until_stopped

    async def noted(here: Acting, register: Register) -> AccountRow:
        return await AccountKeeping(register).poll(here.actor, slug)

    await _acting(at, noted)
    async with until_stopped() as stopped, _opened(at) as channels, ClientSession(trust_env=False) as http:
        account = await channels.register.find(slug)
        channel = channels.register.channel_of(account)
        if not isinstance(channel, Polled):
            raise ConfigurationError(f"{account.channel} cannot be asked: it only brings by webhook.")
        _say(f"Asking for what happens at {slug}; Ctrl-C ends it.")
        after: str | None = None
        while not stopped.is_set():
            opened = channels.register.opened(account)
            try:
                happened, after = await channel.poll(http, opened, after)
            except BackendError as exc:
                if not exc.retryable:
                    raise
                log.warning("poll_failed", account=account.id, error=type(exc).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await channels.intake.take(account, channel, happened)
            for one in happened:
                await channel.acknowledge(http, opened, one)


@asynccontextmanager
async def _opened(at: Runtime) -> AsyncIterator["Channels"]:
    from actions.schema import load_services  # the dialogue: its words, its values
    from desk.app.channels import channels_of
    from desk.city.keywords import load_keywords
    from desk.city.topics import load_topics
    from desk.intake.opening import open_channels
    from desk.store.valkey import create_client
    from desk.texts.catalogs import Catalogs
    from desk.web.greeting import greeter
    from desk.web.parts import ServiceWords

    services = load_services(at.root / "nlu")
    words = {name: ServiceWords(one.title, one.description) for name, one in services.items()}
    engine, redis = create_engine(at.database_url, pool_size=4, vault=at.vault()), create_client(at.redis_url)
    try:
        yield open_channels(
            engine=engine,
            redis=redis,
            keys=at.keys(),
            cities=at.cities(),
            public_url=at.serve_url,
            greet=greeter(Catalogs(at.root / "locales"), words),
            keywords=load_keywords(at.root / "cities", load_topics(at.root / "cities")),
            channels=channels_of(at),
        )
    finally:
        await redis.aclose()
        await engine.dispose()


async def _acting[T](at: Runtime, act: Callable[[Acting, Register], Awaitable[T]]) -> T:
    from desk.app.channels import channels_of  # all channels, and what they speak by

    configure_logs()
    public_url = at.settings.public_url or at.running.get("serve", "")
    async with acting(at) as here:
        return await act(here, Register(here.engine, at.keys(), channels_of(at), public_url))


async def _set_state(account: str, state: AccountState, reason: str = "") -> None:
    async def act(here: Acting, register: Register) -> None:
        await AccountKeeping(register).set_state(here.actor, account, state, reason)

    await _acting(runtime(), act)


def _secrets(register: Register, channel: str, file: Path | None, env: str | None) -> dict[str, str]:
    if channel not in register.channels:
        raise NotFound(f"There is no channel {channel!r}; there are {', '.join(register.channels)}.")
    fields = register.channels[channel].Secrets.model_fields
    if env is not None:
        names = {name: f"{env}_{name}".upper() for name in fields}
        return {name: os.environ[variable] for name, variable in names.items() if variable in os.environ}
    if file is None and sys.stdin.isatty():
        asked = {name: getpass.getpass(f"{name} — {field.description}\n> ") for name, field in fields.items()}
        return {name: value for name, value in asked.items() if value}
    try:
        return _read(sys.stdin.read() if file is None else file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigurationError(f"{file} cannot be read: {exc.strerror}.") from exc


def _read(written: str) -> dict[str, str]:
    """Secrets as JSON or YAML, or as lines of name=value."""
    from desk.city.yaml_files import NotYaml, parse_yaml

    lines = [line for line in written.splitlines() if line.strip() and not line.startswith("#")]
    if lines and all("=" in line and ":" not in line.split("=", 1)[0] for line in lines):
        return {name.strip(): value.strip() for name, value in (line.split("=", 1) for line in lines)}
    try:
        read = parse_yaml(written)
    except NotYaml as exc:
        raise ConfigurationError("The secrets are neither JSON, YAML, nor lines of name=value.") from exc
    if not isinstance(read, dict):
        raise ConfigurationError("The secrets are to be an object: name and value of each.")
    return {str(name): str(value) for name, value in read.items()}


def _shown(account: AccountRow) -> dict[str, Any]:
    return {
        "number": account.id,
        "account": account.slug,
        "channel": account.channel,
        "city": account.city,
        "agency": account.agency,
        "platform_id": account.platform_id,
        "state": account.state,
        "reason": account.reason,
    }


def _say(text: str) -> None:
    Console(markup=False, highlight=False, soft_wrap=True).print(text)
