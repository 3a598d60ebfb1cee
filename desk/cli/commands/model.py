"""`desk model`: models that are trained beside the one that answers; release one, go back to one."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.model import fingerprint, revision
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.app.staffing import staff
from desk.cli.commands.request import request_json, request_said
from desk.contract.staff import Actor
from desk.staff.requests import Requests
from desk.staff.rows import RequestRow
from desk.teaching.models import Files, Model, Models, totals

app = App(name="model", help="Models: have one trained beside the one that answers, release it, go back.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Reason = Annotated[str, Parameter(help="Why, for the record.")]
type Act[T] = Callable[[Models, Actor, Requests], Awaitable[T]]


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List models: the one that answers first, those that wait or are trained, then the others."""

    async def act(models: Models, actor: Actor, _: Requests) -> list[Model]:
        return await models.all(actor)

    found = asyncio.run(_with_models(act))
    if as_json:
        print(json.dumps({"models": [_json(one) for one in found]}, ensure_ascii=False))
        return
    if not found:
        Console().print("There is none yet. Ask for one: desk model train --reason …")
        return
    table = Table("No.", "State", "Files", "Asked by", "Why", "Right", "MB")
    for one in found:
        shares = dict(totals(one.figures)) if one.figures else {}
        right = f"{shares['right']:.1%}" if shares else ""
        size = f"{one.bytes / 1e6:.0f}" if one.bytes else ""
        table.add_row(str(one.id), _state(one), one.fingerprint, one.asked_by, one.reason, right, size)
    Console().print(table)


@app.command
def show(number: int, *, as_json: AsJson = False) -> None:
    """Show a model: what it is made of, how far its training is, how well it understands, and the end of its log.

    Args:
        number: as `desk model list` shows it.
    """

    async def act(models: Models, actor: Actor, _: Requests) -> Model:
        return await models.one(actor, number)

    found = asyncio.run(_with_models(act))
    if as_json:
        print(json.dumps({**_json(found), "figures": found.figures, "said": found.said}, ensure_ascii=False))
        return
    table = Table(show_header=False, title=f"Model {found.id}")
    for name, value in (
        ("state", _state(found)),
        ("files", found.fingerprint),
        ("commit", found.revision),
        ("asked by", f"{found.asked_by}: {found.reason}"),
        ("file", found.path or "not kept"),
        *((name.replace("_", " "), f"{share:.1%}") for name, share in (totals(found.figures) if found.figures else ())),
        ("why not", found.fault or ""),
    ):
        table.add_row(name, value)
    Console().print(table)
    if found.said:
        Console(markup=False, highlight=False).print(found.said)


@app.command
def train(*, reason: Reason, as_json: AsJson = False) -> None:
    """Ask for the model of the files as they are. It is trained in the background; the one that answers goes on."""
    at = runtime()

    async def act(models: Models, actor: Actor, _: Requests) -> Model:
        return await models.train(actor, Files(fingerprint(at.root), revision(at.product)), reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} waits for its training: desk model show {id}", as_json=as_json)


@app.command
def cancel(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """End a training, or take one back that has not begun.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor, _: Requests) -> Model:
        return await models.cancel(actor, number, reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} is cancelled.", as_json=as_json)


@app.command
def release(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Ask that a trained model answers from now on; another has to allow it.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor, requests: Requests) -> RequestRow:
        return await models.ask_release(actor, number, reason=reason, requests=requests)

    asked = asyncio.run(_with_models(act))
    if as_json:
        print(json.dumps(request_json(asked), ensure_ascii=False))
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(request_said(asked))


@app.command
def rollback(number: int, *, reason: str = "", as_json: AsJson = False) -> None:
    """Have a model answer again that did before; one is enough for it.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor, _: Requests) -> Model:
        return await models.go_back(actor, number, reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} takes over: desk model list", as_json=as_json)


async def _with_models[T](act: Act[T]) -> T:
    configure_logs()
    at: Runtime = runtime()
    async with acting(at) as here:
        return await act(Models(here.engine), here.actor, staff(here.engine, at.cities()).requests)


def _state(one: Model) -> str:
    """Its state, and more of it where it is on its way."""
    if one.wanted_at is not None:
        return f"{one.state}, to answer"
    return f"{one.state} {one.percent} % {one.step}".strip() if one.state == "training" else one.state


def _tell(one: Model, said: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_json(one), ensure_ascii=False))
    else:
        Console(highlight=False).print(said.format(id=one.id))


def _json(one: Model) -> dict[str, Any]:
    """A model, for scripts."""
    times = {"asked_at": one.asked_at, "started_at": one.started_at, "ended_at": one.ended_at, "live_at": one.live_at}
    return {
        "model": one.id,
        "state": one.state,
        "wanted": one.wanted_at is not None,
        "fingerprint": one.fingerprint,
        "revision": one.revision,
        "asked_by": one.asked_by,
        "reason": one.reason,
        **{name: at.isoformat() if at else None for name, at in times.items()},
        "percent": one.percent,
        "step": one.step,
        "fault": one.fault,
        "path": one.path,
        "bytes": one.bytes,
    }
