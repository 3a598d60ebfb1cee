"""`desk request`: what one member of staff asks for and another allows."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting, here
from desk.app.runtime import configure_logs, runtime
from desk.cli.requested import request_json, request_said
from desk.contract.staff import Actor
from desk.staff.people import SETUP
from desk.staff.requests import Requests
from desk.staff.rows import RequestRow
from desk.store.database import create_engine

app = App(name="request", help="What takes two: see what is asked for, allow it, refuse it.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command(name="list")
def list_(
    *,
    everything: Annotated[bool, Parameter(name="--all", help="Those that are decided, too.", negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """List what you asked for, and what you may decide."""

    async def act() -> list[RequestRow]:
        async with acting(runtime()) as acts:
            return await Requests(acts.engine, {}).all(acts.actor, everything=everything)

    configure_logs()
    found = asyncio.run(act())
    if as_json:
        print(json.dumps({"requests": [request_json(one) for one in found]}, ensure_ascii=False))
        return
    if not found:
        Console().print("Nothing is asked for.")
        return
    table = Table("No.", "Kind", "Of", "Asked by", "Why", "State", "Until", "Decided by")
    for one in found:
        until = f"{one.good_until:%Y-%m-%d %H:%M} UTC" if one.state == "open" else ""
        said = (one.kind, one.subject, one.requested_by, one.reason, one.state, until, one.decided_by or "")
        table.add_row(str(one.id), *said)
    Console().print(table)


@app.command
def allow(
    number: int,
    *,
    reason: str = "",
    on_this_server: Annotated[
        bool,
        Parameter(help="Nobody else is left who could: allow what concerns staff as who has the server.", negative=""),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Allow what another asked for: it is done.

    Args:
        number: as `desk request list` shows it.
        reason: why, for the audit.
    """

    async def act(requests: Requests, actor: Actor) -> RequestRow:
        return await requests.allow(actor, number, reason=reason)

    _tell(asyncio.run(_on_this_server(act) if on_this_server else _with_requests(act)), as_json=as_json)


@app.command
def refuse(number: int, *, reason: str, as_json: AsJson = False) -> None:
    """Refuse what another asked for, or take back what you asked for.

    Args:
        number: as `desk request list` shows it.
        reason: why, for the audit.
    """

    async def act(requests: Requests, actor: Actor) -> RequestRow:
        return await requests.refuse(actor, number, reason=reason)

    _tell(asyncio.run(_with_requests(act)), as_json=as_json)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Requests, Actor]]:
    from desk.app.payments import opened_payments  # all rooms: a list needs none
    from desk.app.rights import opened_rights
    from desk.app.staffing import staff
    from desk.payments.clerk_refunds import ClerkRefunds
    from desk.store.valkey import create_client

    at = runtime()
    async with acting(at) as acts, AsyncExitStack() as stack:
        refunds = None
        if at.alipay() is not None:
            room = await stack.enter_async_context(opened_payments(at))
            refunds = ClerkRefunds(room.payments.dependencies, at.settings.refund_limit)
        cities, redis = at.cities(), create_client(at.redis_url)
        stack.push_async_callback(redis.aclose)
        rights = opened_rights(at, acts.engine, redis, cities, None, public_url="")  # a decision makes no link
        yield staff(acts.engine, cities, refunds, rights).requests, acts.actor


async def _on_this_server[Result](work: Callable[[Requests, Actor], Awaitable[Result]]) -> Result:
    """As whoever has the server with its secret, who can do anything anyway: in the audit as `setup`."""
    from desk.app.staffing import staff  # all that takes two

    configure_logs()
    at = runtime()
    engine = create_engine(at.database_url, pool_size=1, vault=at.vault())
    try:
        return await work(staff(engine, at.cities()).requests, replace(SETUP, address=here(), since=datetime.now(UTC)))
    finally:
        await engine.dispose()


async def _with_requests[Result](work: Callable[[Requests, Actor], Awaitable[Result]]) -> Result:
    configure_logs()
    async with _opened() as (requests, actor):
        return await work(requests, actor)


def _tell(one: RequestRow, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(request_json(one), ensure_ascii=False))
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(request_said(one))
