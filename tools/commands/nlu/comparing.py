"""`desk nlu compare`: what the gate says of a model beside another, without a store: for CI."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from desk.app.model import bot_python
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.teaching.gate import Comparison, Finding, Verdict, judged
from tools.evaluation.comparing import compared, known_messages, leaks_of
from tools.evaluation.listening import Trained, hearing


def compare(
    before: Annotated[Path, Parameter(help="The model that answers (.tar.gz).")],
    after: Annotated[Path, Parameter(help="The one that is to answer in its place.")],
    *,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
    readings: Annotated[
        bool, Parameter(help="Print what both made of each message instead, as JSON.", negative="")
    ] = False,
) -> None:
    """Say whether a model may answer in the place of another, and why not; ends with 1 where it may not.

    Both read the same messages, which no model learns from; what must be understood stands in selftest/must_pass/.
    """
    configure_logs()
    at = runtime()
    found = asyncio.run(_compared(at, before.absolute(), after.absolute()))
    if readings:
        sys.stdout.write(f"{found.model_dump_json()}\n")
        return
    verdict = judged(found, before.name.partition(".")[0])
    if as_json:
        sys.stdout.write(f"{json.dumps(verdict_json(verdict), ensure_ascii=False)}\n")
    else:
        show(verdict)
    if not verdict.passes:
        sys.exit(1)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict, for scripts."""
    return verdict.model_dump(mode="json")


def show(verdict: Verdict) -> None:
    """Print a verdict: what stops, then all."""
    table = Table("", "what", "messages", "before", "after", "lost", "gained", "by chance")
    for one in verdict.findings:
        table.add_row("stops" if one.stops else "", *row(one))
    Console().print(table)
    Console().print("It may answer." if verdict.passes else "The gate stops it.")


def row(one: Finding) -> tuple[str, ...]:
    """A finding as columns of a table."""
    what = f"{one.why} {one.about}".strip() + ("".join(f"\n  {name}" for name in one.conversations))
    shares = (f"{value:.1f} ms" if one.why == "speed" else f"{value:.1%}" for value in (one.before, one.after))
    chance = "" if one.chance is None else f"{one.chance:.3f}"
    return (what, str(one.messages), *shares, str(one.lost), str(one.gained), chance)


async def _compared(at: Runtime, before: Path, after: Path) -> Comparison:
    cities = at.cities()
    messages = known_messages(at.root, next(iter(cities)))
    python = bot_python(at.root, at.settings.bot_python)
    async with (
        hearing(Trained(before, python, at.root, cities.values())) as one,
        hearing(Trained(after, python, at.root, cities.values())) as other,
    ):
        with Console(stderr=True).status(f"reading {len(messages)} messages with both"):
            return await compared(one, other, messages, leaks_of(at.root, messages))
