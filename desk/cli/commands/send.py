"""`desk send`: the outbox of channels: what waits, what could not be sent, and sending it again."""

import asyncio
import json
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import runtime
from desk.contract.errors import NotFound
from desk.contract.staff import Permission
from desk.sending.charges import Charged, charged
from desk.sending.dead_letters import Count, DeadLetter, DeadLetters
from desk.sending.lanes import LANES
from desk.texts.parts import parts_of

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
def texts(
    *,
    account: Annotated[str, Parameter(help="The account, by its slug.")],
    days: Annotated[int, Parameter(help="How many days back.")] = 31,
    as_json: AsJson = False,
) -> None:
    """Show what an account sent by day: messages, parts that were charged, what arrived, what it cost."""
    from desk.accounts.register import Register
    from desk.app.channels import channels_of  # all channels

    at = runtime()

    async def act() -> tuple[list[Charged], Decimal | None]:
        async with acting(at) as here:
            here.actor.require(Permission.SENDING_MANAGE)
            found = await Register(here.engine, at.keys(), channels_of(at), "").find(account)
            city = at.cities()[found.city]
            price = city.announcing.on(found.channel).price
            return await charged(here.engine, account, city.timezone, days), price

    found, price = asyncio.run(act())
    if as_json:
        shown = [
            {
                "day": one.day.isoformat(),
                "messages": one.messages,
                "parts": one.parts,
                "arrived": one.arrived,
                "lost": one.lost,
                "cost": None if price is None else str(one.parts * price),
            }
            for one in found
        ]
        print(json.dumps(shown))
        return
    table = Table("Day", "Messages", "Parts", "Arrived", "Lost", "Cost")
    for one in found:
        cost = "" if price is None else f"¥{one.parts * price:.2f}"
        table.add_row(str(one.day), str(one.messages), str(one.parts), str(one.arrived), str(one.lost), cost)
    Console().print(table)
    if price is None:
        Console(markup=False).print("The city's file names no price: announcing.channels.<channel>.price.")


@app.command
def count(
    text: Annotated[str, Parameter(help="The text, without its signature.")],
    *,
    sign: Annotated[str, Parameter(help="The signature that goes before it in 【】.")] = "",
    price: Annotated[Decimal | None, Parameter(help="Of a part, in yuan.")] = None,
) -> None:
    """Count a text message before it is sent: alphabet, units, parts, and what they cost."""
    counted = parts_of(f"【{sign}】{text}" if sign else text)
    said = f"{counted.encoding}: {counted.units} units, {counted.parts} parts"
    Console(markup=False, highlight=False).print(said if price is None else f"{said}, ¥{counted.cost(price)}")


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
            letters = DeadLetters(here.engine)
            return await letters.retry(here.actor, account, conversation=conversation, unknown=unknown)

    again = asyncio.run(act())
    if not again:
        raise NotFound(f"There are no dead letters of {account}. `desk send dead` shows all.")
    Console(markup=False, highlight=False).print(f"{again} messages of {account} wait to be sent again.")
