"""`desk sandbox`: what works right now in a pretend city, paying there, and making it new again.

Asks the sandbox that runs; without one, reads and clears the state that it left in the data directory. Paying needs
the sandbox and the desk to run.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.runtime import now, runtime
from desk.contract.errors import BackendError, ConfigurationError, Conflict, NotFound, StartError

if TYPE_CHECKING:
    from sandbox.control import Control

TIMEOUT_SECONDS = 10.0
ORDER = re.compile(r"[0-9]{24}")  # yyyymmdd and sixteen digits

app = App(name="sandbox", help="The pretend city: values that work right now, paying, and starting anew.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def facts(*, city: str, as_json: AsJson = False) -> None:
    """Print values that work right now in a city: plates, stops, lines, people. All are strings.

    Args:
        city: as its file in cities/ is called.
    """
    found = _ask("GET", f"/_sandbox/facts/{city}", None) or _offline(lambda control: control.facts(city))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table("Fact", "Value")
    for name, value in found.items():
        table.add_row(name, value)
    Console().print(table)


@app.command
def reset(*, city: str | None = None, as_json: AsJson = False) -> None:
    """Make a pretend city as it was at the beginning: fines unpaid again, faults lifted, bookings and open orders void.

    What was tried and opened no longer counts against limits, in any city: the pretend people are the same in all.

    Args:
        city: as its file in cities/ is called. Unset: all of them.
    """
    new = _ask("POST", "/_sandbox/reset", {"city": city}) or _offline(lambda control: {"reset": control.reset(city)})
    done: dict[str, Any] = {**new, "voided": asyncio.run(_voided(city)), "forgotten": asyncio.run(_forgotten())}
    if as_json:
        print(json.dumps(done, ensure_ascii=False, indent=2))
    else:
        Console().print(f"As at the beginning: {', '.join(done['reset'])}.")
        if done["voided"]:
            Console().print(f"Orders that were open are closed: {', '.join(done['voided'])}.")


@app.command
def accounts(*, city: str | None = None, as_json: AsJson = False) -> None:
    """Print the account of each city on each pretend platform, with its tokens: for programs that try these platforms.

    Args:
        city: as its file in cities/ is called. Unset: all of them.
    """
    from sandbox import platforms

    at = runtime()
    known = at.cities()
    if city is not None and city not in known:
        raise NotFound(f"There is no cities/{city}.yml. There are {', '.join(known)}.")
    found = [one for one in platforms.accounts(at.data_dir, known) if city in (None, one.city)]
    shown = [
        {"platform": one.platform, "city": one.city, "address": f"{at.sandbox_url or ''}/{one.platform}", **one.secrets}
        for one in found
    ]
    if as_json:
        print(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for one in shown:
        Console().print(*(f"{name}: {value}" for name, value in one.items()), sep="\n", end="\n\n", soft_wrap=True)


@app.command
def texts(*, city: str, as_json: AsJson = False) -> None:
    """Print the text messages that telephones in a city got, the newest first: one-time codes.

    Args:
        city: as its file in cities/ is called.
    """
    sent = _ask("GET", f"/_sandbox/sms/{city}", None)
    if sent is None:
        raise StartError("No sandbox runs here. Start it with 'make run' in another terminal, or set DESK_SANDBOX_URL.")
    if as_json:
        print(json.dumps(sent, ensure_ascii=False, indent=2))
        return
    table = Table("To", "At", "Text")
    for text in sent["texts"]:
        table.add_row(text["to"], text["at"], text["text"])
    Console().print(table)


@app.command
def pay(order: str, *, as_json: AsJson = False) -> None:
    """Pay an order at the pretend Alipay, as a resident would who opens the pay page and pays.

    Args:
        order: the order's number, as the chat says it.
    """
    if not ORDER.fullmatch(order):
        raise NotFound(f"{order!r} is not an order number: it has 24 digits.")
    path = f"/_sandbox/alipay/pay/{order}"
    try:
        paid = _ask("POST", path, None)
    except NotFound:  # nobody has opened its pay page yet: the gateway has not heard of it
        asyncio.run(_prepare(order))
        paid = _ask("POST", path, None)
    if paid is None:
        raise StartError("No sandbox runs here. Start it with 'make run' in another terminal, or set DESK_SANDBOX_URL.")
    if as_json:
        print(json.dumps(paid, ensure_ascii=False, indent=2))
    else:
        Console().print(f"Paid: {paid['amount']} yuan for order {order}, trade {paid['trade_no']}.")


async def _voided(city: str | None) -> list[str]:
    """Close what is open to be paid at the pretend city beside the desk that runs here; numbers of the orders.

    Raises:
        Conflict: the desk is paid at a true gateway.
    """
    from desk.app.payments import opened_payments  # the gateway
    from tools.sandbox_orders import void_open

    at = runtime()
    if at.sandbox_url is None or "database" not in at.running:
        return []
    async with opened_payments(at) as payments:
        return await void_open(payments, city, at.sandbox_url)


async def _forgotten() -> int:
    """Forget what counts against limits in the desk that runs here beside a pretend city."""
    from desk.attempts.resetting import forget

    at = runtime()
    if at.sandbox_url is None or "database" not in at.running:
        return 0
    return await forget(at.database_url)


async def _prepare(order: str) -> None:
    """Make the order payable at the gateway.

    Raises:
        StartError: the desk does not run here, or the gateway does not answer.
        NotFound: there is no such order.
        Conflict: the order can no longer be paid.
    """
    from desk.app.payments import opened_payments  # the gateway
    from tools.sandbox_orders import make_payable

    try:
        async with opened_payments(runtime()) as payments:
            await make_payable(payments, order)
    except BackendError as exc:
        raise StartError(f"The pretend Alipay cannot do that now ({type(exc).__name__}). Look at its log.") from exc


def _ask(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the running sandbox answers; None when none runs.

    Raises:
        StartError: it does not answer.
        NotFound: it has no such city or order.
        Conflict: something has been used up, or can no longer be done.
    """
    address = runtime().sandbox_url
    return None if address is None else _call(address, method, path, body)


def _call(address: str, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    request = Request(
        address + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        status, answer = _send(request)
    except (OSError, ValueError) as exc:
        raise StartError(f"The sandbox at {address} does not answer ({exc}). Is it running, and is it one?") from exc
    if status >= 500:
        raise StartError(f"The sandbox at {address} cannot do that now (status {status}). Look at its log.")
    if status >= 400:
        detail = answer.get("detail") or answer.get("title")
        raise (Conflict if status in (409, 410) else NotFound)(detail)
    return answer


def _send(request: Request) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer. One request needs no session, and urllib starts at once."""
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def _offline[T](act: "Callable[[Control], T]") -> T:
    """The same by the state in the data directory.

    Raises:
        NotFound: there is no such city.
        Conflict: something has been used up.
        ConfigurationError: a data file of the sandbox is wrong.
        StartError: the state is damaged.
    """
    from sandbox.control import open_control
    from sandbox.ports import UsedUpError
    from sandbox.seed import SeedError, UnknownCityError
    from sandbox.state import StateError

    data_dir = runtime().data_dir
    try:
        control = open_control(data_dir=data_dir if (data_dir / "sandbox").exists() else None, clock=now)
    except StateError as exc:
        raise StartError(str(exc)) from exc
    try:
        return act(control)
    except UnknownCityError as exc:
        raise NotFound(str(exc)) from exc
    except UsedUpError as exc:
        raise Conflict(str(exc)) from exc
    except SeedError as exc:
        raise ConfigurationError(str(exc)) from exc
    finally:
        control.close()
