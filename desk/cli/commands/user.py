"""`desk user`: accounts of staff. What gives power is asked for by one and allowed by another."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.acting import acting, here
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.cli.requested import request_json, request_said
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Grant, Role
from desk.staff.health import Condition, CredentialHealth, Health
from desk.staff.people import SETUP, Newcomer, Staff, invitation_link
from desk.staff.rows import RequestRow, StaffRow
from desk.store.database import create_engine

app = App(name="user", help="Accounts of staff: create, invite, roles, keys of programs, disable.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type City = Annotated[str | None, Parameter(help="Of which city, as its file is called. Unset: of all.")]
type Agency = Annotated[str | None, Parameter(help="Of which agency, by its slug. Unset: of the whole city.")]
type Reason = Annotated[str, Parameter(help="Why, for the audit.")]

SHORTLY = 30  # days that a key of `create --key` holds


@app.command
def create(
    login: str,
    *,
    role: Annotated[list[Role], Parameter(help="What they are; may be given several times.")],
    reason: Reason,
    name: Annotated[str | None, Parameter(help="As residents and colleagues read it. Unset: the login.")] = None,
    city: City = None,
    agency: Agency = None,
    locale: Annotated[str, Parameter(help="Language of their pages: zh_Hans, zh_Hant or en.")] = "zh_Hans",
    key: Annotated[bool, Parameter(help="They are a program: print a key instead of a link.", negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Create a member of staff. The first one needs no login and must be a security administrator.

    Once their roles are allowed, a link is printed by which they choose how they log in; `desk user invite` makes
    another.

    Args:
        login: 2 to 32 small letters, digits, '.', '_' or '-'.
    """
    newcomer = Newcomer(login, name or login, tuple(Grant(one, city, agency) for one in role), locale)
    at = runtime()

    async def act(people: Staff, actor: Actor) -> tuple[list[RequestRow], str | None]:
        asked = await people.create(actor, newcomer, reason=reason)
        if any(one.state != "done" for one in asked):
            return asked, None
        if not key:
            return asked, await people.invite(actor, login)
        wished = await people.ask_key(actor, login, name=name or login, days=SHORTLY, reason=reason)
        return [*asked, wished], await people.take_key(actor, wished.id) if wished.state == "done" else None

    asked, token = asyncio.run(_with_staff(act, setting_up=True))
    link = None if token is None or key else _link(at, token)
    if as_json:
        made = {"login": login.lower(), "requests": [request_json(one) for one in asked]}
        print(json.dumps({**made, "link": link, "key": token if key else None}, ensure_ascii=False))
        return
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for one in asked:
        if one.state == "open":
            console.print(request_said(one))
    if token is None:
        then = f"desk user key {login.lower()} --reason TEXT" if key else f"desk user invite {login.lower()}"
        console.print(f"Then{'' if key else ', as who allowed it'}: {then}")
    elif key:
        console.print(f"The key of {login.lower()}, for DESK_STAFF_KEY; it is shown this once: {token}")
    else:
        _show_link(console, login.lower(), token, link or "")


@app.command
def invite(login: str, *, as_json: AsJson = False) -> None:
    """Make the link by which somebody chooses how they log in: good once, for a day; an earlier one is void.

    Args:
        login: theirs.
    """

    async def act(people: Staff, actor: Actor) -> str:
        return await people.invite(actor, login)

    at = runtime()
    token = asyncio.run(_with_staff(act, setting_up=True))
    link = _link(at, token)
    if as_json:
        print(json.dumps({"login": login.lower(), "link": link}))
    else:
        _show_link(Console(markup=False, highlight=False, soft_wrap=True), login.lower(), token, link)


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List members of staff: those of your agencies, or all."""

    async def act(engine: AsyncEngine, actor: Actor) -> list[StaffRow]:
        return await Staff(engine, {}, {}).members(actor)

    found = asyncio.run(_looking(act))
    if as_json:
        print(json.dumps({"staff": [_json(one) for one in found]}, ensure_ascii=False))
        return
    table = Table("Login", "Name", "State", "Roles", "Waiting to be allowed")
    for one in found:
        roles, pending = (", ".join(map(str, grants)) for grants in (one.grants, one.pending))
        table.add_row(one.login, one.name, one.state, roles, pending)
    Console().print(table)


@app.command
def health(*, show: Condition | None = None, as_json: AsJson = False) -> None:
    """Look at how members of staff log in: those of your agencies, or all; in pages, with what is to be done next.

    Args:
        show: only those of whom this is true.
    """

    async def act(engine: AsyncEngine, actor: Actor) -> list[Health]:
        found, after = list[Health](), ""
        while True:
            page = await CredentialHealth(engine).page(actor, wanted=show, after=after)
            found += page.rows
            if not page.more:
                return found
            after = page.rows[-1].login

    found = asyncio.run(_looking(act))
    if as_json:
        print(json.dumps({"staff": [_health_json(one) for one in found]}, ensure_ascii=False))
        return
    table = Table("Login", "Name", "Condition", "Last login", "Next")
    for one in found:
        last = "" if one.logged_in_at is None else f"{one.logged_in_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(one.login, one.name, ", ".join(one.conditions), last, one.next_act)
    Console().print(table)


def _health_json(one: Health) -> dict[str, Any]:
    times = {name: getattr(one, name) for name in ("logged_in_at", "invited_until", "locked_until", "key_until")}
    return {
        "login": one.login,
        "name": one.name,
        "conditions": list(one.conditions),
        "next": one.next_act,
        **{name: None if at is None else at.astimezone().isoformat(timespec="seconds") for name, at in times.items()},
    }


@app.command
def grant(
    login: str, *, role: Role, reason: Reason, city: City = None, agency: Agency = None, as_json: AsJson = False
) -> None:
    """Give somebody a role, once another allows it.

    Args:
        login: theirs.
        role: what they are to be.
    """

    async def act(people: Staff, actor: Actor) -> RequestRow:
        return await people.grant(actor, login, Grant(role, city, agency), reason=reason)

    _tell(asyncio.run(_with_staff(act)), as_json=as_json)


@app.command
def revoke(
    login: str, *, role: Role, reason: Reason, city: City = None, agency: Agency = None, as_json: AsJson = False
) -> None:
    """Take a role away, at once.

    Args:
        login: theirs.
        role: what they are no longer to be.
    """

    async def act(people: Staff, actor: Actor) -> None:
        await people.revoke(actor, login, Grant(role, city, agency), reason=reason)

    asyncio.run(_with_staff(act))
    _done(f"{login.lower()} is no longer {Grant(role, city, agency)}.", as_json=as_json)


@app.command
def disable(login: str, *, reason: Reason, as_json: AsJson = False) -> None:
    """Let somebody do nothing any more: their logins and keys end at once.

    Args:
        login: theirs.
    """

    async def act(people: Staff, actor: Actor) -> None:
        await people.disable(actor, login, reason=reason)

    asyncio.run(_with_staff(act))
    _done(f"{login.lower()} is disabled.", as_json=as_json)


@app.command(name="end-keys")
def end_keys(login: str, *, reason: Reason, as_json: AsJson = False) -> None:
    """End all keys of a program, at once; its account stays.

    Args:
        login: the program's.
    """

    async def act(people: Staff, actor: Actor) -> int:
        return await people.end_keys(actor, login, reason=reason)

    _done(f"{asyncio.run(_with_staff(act))} keys of {login.lower()} have ended.", as_json=as_json)


@app.command
def enable(login: str, *, reason: Reason, as_json: AsJson = False) -> None:
    """Let somebody who was disabled in again, once another allows it.

    Args:
        login: theirs.
    """

    async def act(people: Staff, actor: Actor) -> RequestRow:
        return await people.enable(actor, login, reason=reason)

    _tell(asyncio.run(_with_staff(act)), as_json=as_json)


@app.command
def recover(login: str, *, reason: Reason, as_json: AsJson = False) -> None:
    """Have somebody who lost how they log in choose anew, once another allows it; then: desk user invite.

    Args:
        login: theirs.
    """

    async def act(people: Staff, actor: Actor) -> RequestRow:
        return await people.recover(actor, login, reason=reason)

    _tell(asyncio.run(_with_staff(act)), as_json=as_json)


@app.command
def key(
    login: str,
    *,
    reason: Annotated[str | None, Parameter(help="Why, for the audit; not with --request.")] = None,
    name: Annotated[str, Parameter(help="What the key is for.")] = "",
    days: Annotated[int, Parameter(help="So long it holds, 366 at most.")] = SHORTLY,
    request: Annotated[int | None, Parameter(help="The request that was allowed: print its key.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key by which a program acts as somebody: it is asked for, allowed by another, and printed once.

    Args:
        login: whose it is to be.
    """

    async def act(people: Staff, actor: Actor) -> tuple[RequestRow | None, str | None]:
        if request is not None:
            return None, await people.take_key(actor, request)
        if reason is None:
            raise Conflict("Say why: --reason TEXT")
        asked = await people.ask_key(actor, login, name=name, days=days, reason=reason)
        return asked, await people.take_key(actor, asked.id) if asked.state == "done" else None

    asked, made = asyncio.run(_with_staff(act))
    if as_json:
        print(json.dumps({"request": None if asked is None else request_json(asked), "key": made}, ensure_ascii=False))
    elif made is None and asked is not None:
        again = f"Then: desk user key {login.lower()} --request {asked.id}"
        Console(markup=False, highlight=False, soft_wrap=True).print(f"{request_said(asked)} {again}")
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(
            f"The key of {login.lower()}, for DESK_STAFF_KEY; it is shown this once: {made}"
        )


async def _looking[Result](work: Callable[[AsyncEngine, Actor], Awaitable[Result]]) -> Result:
    """Read as who is logged in; nothing of cities or requests is needed."""
    configure_logs()
    async with acting(runtime()) as acts:
        return await work(acts.engine, acts.actor)


async def _with_staff[Result](work: Callable[[Staff, Actor], Awaitable[Result]], *, setting_up: bool = False) -> Result:
    """Open the staff room for one command. Setting up, nobody need be logged in while nobody can."""
    from desk.app.staffing import staff  # all that takes two

    configure_logs()
    at = runtime()
    if setting_up:
        engine = create_engine(at.database_url, pool_size=1, vault=at.vault())
        try:
            people = staff(engine, at.cities())
            if not await people.is_set_up():
                return await work(people, replace(SETUP, address=here()))
        finally:
            await engine.dispose()
    async with acting(at) as acts:
        return await work(staff(acts.engine, at.cities()), acts.actor)


def _link(at: Runtime, token: str) -> str:
    return invitation_link(at.serve_url, token)


def _show_link(console: Console, login: str, token: str, link: str) -> None:
    console.print(f"Give this link to {login} alone; it is good once, for a day:")
    console.print(f"  {link}")
    console.print(f"Or, in a terminal: desk login --invitation {token}")


def _tell(one: RequestRow, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(request_json(one), ensure_ascii=False))
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(request_said(one))


def _done(what: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"done": what}))
    else:
        Console(markup=False, highlight=False).print(what)


def _json(one: StaffRow) -> dict[str, Any]:
    return {
        "login": one.login,
        "name": one.name,
        "state": one.state,
        "grants": [str(grant) for grant in one.grants],
        "pending": [str(grant) for grant in one.pending],
        "passkeys": one.passkeys,
        "password": one.has_password,
        "keys": one.keys,
        "created_by": one.created_by,
    }
