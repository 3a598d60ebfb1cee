"""`desk model`: models that are trained beside the one that answers; try one, release it, go back to one."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.cli.requested import request_json, request_said
from desk.contract.errors import NotFound
from desk.contract.staff import Actor
from desk.staff.rows import RequestRow
from desk.teaching.gate import Verdict, Why
from desk.teaching.models import Files, Model, Models, totals
from desk.teaching.trials import Some, Stage, Trial, Trials

if TYPE_CHECKING:
    from desk.teaching.readings import Pair

app = App(
    name="model", help="Models: have one trained beside the one that answers, compare and try it, release it, go back."
)

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Reason = Annotated[str, Parameter(help="Why, for the record.")]
type Act[T] = Callable[[Models, Actor], Awaitable[T]]


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List models: the one that answers first, those that wait or are trained, then the others."""

    async def act(models: Models, actor: Actor) -> list[Model]:
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

    async def act(models: Models, actor: Actor) -> Model:
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
        ("gate", _gate(found)),
        ("why not", found.fault or ""),
    ):
        table.add_row(name, value)
    Console().print(table)
    if found.said:
        Console(markup=False, highlight=False).print(found.said)


@app.command
def train(*, reason: Reason, as_json: AsJson = False) -> None:
    """Ask for the model of the files as they are. It is trained in the background; the one that answers goes on."""
    from desk.app.model import fingerprint, revision  # reads files of cities

    at = runtime()

    async def act(models: Models, actor: Actor) -> Model:
        return await models.train(actor, Files(fingerprint(at.root), revision(at.product)), reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} waits for its training: desk model show {id}", as_json=as_json)


@app.command
def cancel(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """End a training, or take one back that has not begun.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor) -> Model:
        return await models.cancel(actor, number, reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} is cancelled.", as_json=as_json)


@app.command
def compare(
    number: int,
    *,
    again: Annotated[bool, Parameter(help="Have them compared anew, in the background.", negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the gate says of a model beside the one that answers; ends with 1 where it does not let it pass.

    Args:
        number: as `desk model list` shows it.
    """

    from desk.teaching.readings import Readings  # conversations

    async def act(models: Models, actor: Actor) -> "tuple[Model, list[Pair]]":
        model = await (models.compare(actor, number) if again else models.one(actor, number))
        return model, await Readings(models.engine).pairs(actor, number, "replay")

    model, pairs = asyncio.run(_with_models(act))
    verdict = model.verdict
    if as_json:
        changed = [{"before": one.before, "after": one.after, "messages": one.messages} for one in pairs]
        found = None if verdict is None else verdict.model_dump(mode="json")
        print(json.dumps({"model": model.id, "gate": found, "changed": changed}, ensure_ascii=False))
    elif verdict is None:
        Console().print("They are not compared yet: that is done in the background, by desk trainer.")
    else:
        _show_verdict(verdict, pairs)
    if verdict is not None and not verdict.passes:
        sys.exit(1)


@app.command
def shadow(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Have a model read what residents write from now on, beside the one that answers. It answers nothing.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor) -> Trial:
        return await Trials(models.engine).shadow(actor, number, reason=reason)

    _tell_trial(asyncio.run(_with_models(act)), as_json=as_json)


@app.command
def canary(
    number: int,
    *,
    percent: Annotated[int, Parameter(help="So many of a hundred conversations.")] = 100,
    city: Annotated[
        list[str] | None, Parameter(help="Whose residents; several times for several. Unset: all.", negative="")
    ] = None,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Ask that a model answers some residents; another has to allow it. A conversation stays with it.

    Args:
        number: as `desk model list` shows it.
        percent: so many of a hundred conversations.
        city: whose residents.
        reason: why, for the record.
    """
    from desk.app.staffing import staff  # all that takes two

    known = runtime().cities()
    strange = [one for one in city or () if one not in known]
    if strange:
        raise NotFound(f"There is no city {strange[0]!r}; there are {', '.join(known)}.")

    async def act(models: Models, actor: Actor) -> RequestRow:
        requests, some = staff(models.engine, known).requests, Some(tuple(city or ()), percent)
        return await Trials(models.engine).ask_canary(actor, number, some, reason=reason, requests=requests)

    _tell_request(asyncio.run(_with_models(act)), as_json=as_json)


@app.command
def stop(number: int, *, reason: str = "") -> None:
    """End the trial of a model, in the shadow or of some residents; one is enough for it.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor) -> None:
        await Trials(models.engine).end(actor, number, reason=reason)

    asyncio.run(_with_models(act))
    Console(highlight=False).print(f"Model {number} is tried no more.")


@app.command
def trials(number: int, *, as_json: AsJson = False) -> None:
    """List the trials of a model, the newest first, and how they went.

    Args:
        number: as `desk model list` shows it.
    """

    async def act(models: Models, actor: Actor) -> list[Trial]:
        return await Trials(models.engine).of(actor, number)

    found = asyncio.run(_with_models(act))
    if as_json:
        print(json.dumps({"trials": [_trial_json(one) for one in found]}, ensure_ascii=False))
        return
    table = Table("How", "Of whom", "Begun", "Ended", "Counts")
    for one in found:
        whom = "" if one.stage == Stage.SHADOW else f"{one.percent} % of {', '.join(one.cities) or 'all cities'}"
        ended = f"{one.ended_at:%Y-%m-%d %H:%M} {one.ended_why}" if one.ended_at else ""
        table.add_row(one.stage, whom, f"{one.begun_at:%Y-%m-%d %H:%M}", ended, json.dumps(dict(one.counts)))
    Console().print(table)


@app.command
def release(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Ask that a trained model answers from now on; another has to allow it.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    from desk.app.staffing import staff  # all that takes two

    async def act(models: Models, actor: Actor) -> RequestRow:
        requests = staff(models.engine, runtime().cities()).requests
        return await models.ask_release(actor, number, reason=reason, requests=requests)

    _tell_request(asyncio.run(_with_models(act)), as_json=as_json)


@app.command
def rollback(number: int, *, reason: str = "", as_json: AsJson = False) -> None:
    """Have a model answer again that did before; one is enough for it.

    Args:
        number: as `desk model list` shows it.
        reason: why, for the record.
    """

    async def act(models: Models, actor: Actor) -> Model:
        return await models.go_back(actor, number, reason=reason)

    _tell(asyncio.run(_with_models(act)), "Model {id} takes over: desk model list", as_json=as_json)


async def _with_models[T](act: Act[T]) -> T:
    configure_logs()
    async with acting(runtime()) as here:
        return await act(Models(here.engine), here.actor)


def _tell_request(asked: RequestRow, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(request_json(asked), ensure_ascii=False))
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(request_said(asked))


def _tell_trial(one: Trial, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_trial_json(one), ensure_ascii=False))
    else:
        Console(highlight=False).print(f"Model {one.model_id} is tried: desk model trials {one.model_id}")


def _trial_json(one: Trial) -> dict[str, Any]:
    """A trial, for scripts."""
    return {
        "model": one.model_id,
        "stage": one.stage,
        "cities": [*one.cities],
        "percent": one.percent,
        "begun_by": one.begun_by,
        "reason": one.reason,
        "begun_at": one.begun_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "ended_by": one.ended_by,
        "ended_why": one.ended_why,
        "counts": dict(one.counts),
    }


def _show_verdict(verdict: Verdict, pairs: "Sequence[Pair]") -> None:
    """What stops, then all that was looked at, then what changes in real messages."""
    console = Console()
    table = Table("", "What", "Messages", "Before", "After", "Lost", "Gained", "By chance")
    for one in verdict.findings:
        ms = one.why == Why.SPEED
        shown = [f"{value:.1f} ms" if ms else f"{value:.1%}" for value in (one.before, one.after)]
        counts = (str(one.lost), str(one.gained), "" if one.chance is None else f"{one.chance:.3f}")
        what = "\n  ".join((f"{one.why} {one.about}".strip(), *one.conversations))
        table.add_row("stops" if one.stops else "", what, str(one.messages), *shown, *counts)
    console.print(table)
    console.print(f"{verdict.changed} of {verdict.replayed} messages of the last month are read otherwise.")
    for pair in pairs:
        console.print(f"  {pair.messages} × {pair.before} → {pair.after}", highlight=False)
    console.print("It may be released." if verdict.passes else f"The gate stops it. {verdict.fault}".strip())


def _state(one: Model) -> str:
    """Its state, and more of it where it is on its way."""
    if one.wanted_at is not None:
        return f"{one.state}, to answer"
    return f"{one.state} {one.percent} % {one.step}".strip() if one.state == "training" else one.state


def _gate(one: Model) -> str:
    verdict = one.verdict
    if verdict is None:
        return ""
    return (
        "passes" if verdict.passes else " ".join(sorted({f"{stop.why}" for stop in verdict.stops}) or [verdict.fault])
    )


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
        "gate": None if one.verdict is None else one.verdict.passes,
        "path": one.path,
        "bytes": one.bytes,
    }
