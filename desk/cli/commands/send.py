"""`desk send`: the outbox of channels: what waits, what could not be sent, and sending it again."""

import asyncio
import json
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import runtime
from desk.contract.errors import NotFound
from desk.contract.staff import Permission
from desk.sending.dead_letters import Count, DeadLetter, DeadLetters
from desk.sending.delivery import LANES

app = App(name="send", help="The outbox: what waits, what could not be sent.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Account = Annotated[str | None, Parameter(help="Of one account alone, by its slug.")]


@app.command
def status(*, account: Account = None, as_json: AsJson = False) -> None:
    """Show what waits, is in hand, or failed, by account and lane."""

    async def act() -> list[Count]:
        async with acting(runtime()) as here:
            here.actor.require(Permission.SENDING_MANAGE)
            return await DeadLetters(here.engine).counts(account)

    found = asyncio.run(act())
    if as_json:
        fields = ("account", "account_state", "state", "deliveries")
        shown = [
            {**{name: getattr(one, name) for name in fields}, "lane": LANES[one.lane], "oldest_seconds": one.oldest}
            for one in found
        ]
        print(json.dumps(shown))
        return
    table = Table("Account", "Its state", "Lane", "Messages", "Count", "Oldest")
    for one in found:
        table.add_row(
            one.account, one.account_state, LANES[one.lane], one.state, str(one.deliveries), f"{one.oldest:.0f} s"
        )
    Console().print(table)


@app.command
def dead(*, account: Account = None, limit: int = 100, as_json: AsJson = False) -> None:
    """List what could not be sent, or may not have arrived, with the reason; never what it said or to whom."""

    async def act() -> list[DeadLetter]:
        async with acting(runtime()) as here:
            await here.note(Permission.SENDING_MANAGE, "sending.read", subject=account or "")
            return await DeadLetters(here.engine).dead(account, limit)

    found = asyncio.run(act())
    if as_json:
        shown = [
            {
                "account": one.account,
                "conversation": str(one.conversation),
                "seq": one.seq,
                "state": one.state,
                "reason": one.reason,
                "written_at": one.created_at.isoformat(timespec="seconds"),
                "ended_at": one.ended_at.isoformat(timespec="seconds"),
            }
            for one in found
        ]
        print(json.dumps(shown, ensure_ascii=False))
        return
    table = Table("Account", "Conversation", "No.", "State", "Why", "Since")
    for one in found:
        since = f"{one.ended_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(one.account, str(one.conversation), str(one.seq), one.state, one.reason or "", since)
    Console().print(table)


@app.command
def retry(
    account: Annotated[str, Parameter(help="The account, by its slug.")],
    *,
    conversation: Annotated[UUID | None, Parameter(help="Of one conversation alone.")] = None,
    unknown: Annotated[bool, Parameter(help="Also what may have arrived: residents may read it twice.")] = False,
) -> None:
    """Send dead letters of an account again."""

    async def act() -> int:
        async with acting(runtime()) as here:
            await here.note(Permission.SENDING_MANAGE, "sending.retry", subject=account, details={"unknown": unknown})
            return await DeadLetters(here.engine).retry(account, conversation=conversation, unknown=unknown)

    again = asyncio.run(act())
    if not again:
        raise NotFound(f"There are no dead letters of {account}. `desk send dead` shows all.")
    Console(markup=False, highlight=False).print(f"{again} messages of {account} wait to be sent again.")
