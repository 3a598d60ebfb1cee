"""`desk selftest`: ask each account a dozen questions now, as the worker does each day."""

import asyncio
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console

from desk.app.runtime import configure_logs, now, runtime

if TYPE_CHECKING:
    from desk.selftest.service import Examined

app = App(name="selftest", help="Ask each account a dozen questions, and judge what it says.")


@app.default
def selftest(
    *,
    city: Annotated[str | None, Parameter(help="Only accounts of this city, as its file is called.")] = None,
    stop_voice: Annotated[
        bool, Parameter(help="Silence an account that says something wrong or unsourced.", negative="")
    ] = False,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Ask each account; exits with 1 when an answer is wrong or unsourced, or when nothing could be judged."""
    configure_logs()
    found = asyncio.run(_examine(city, stop_voice=stop_voice))
    counts = Counter(one.verdict.value for one in found)
    well = not any(one.alarms for one in found) and counts["right"] > 0
    if as_json:
        document = {
            "ok": well,
            "questions": len(found),
            "verdicts": dict(counts),
            "findings": [
                {
                    "city": one.city,
                    "account": one.account,
                    "question": one.question,
                    "locale": one.locale,
                    "verdict": one.verdict.value,
                    "why": one.why,
                }
                for one in found
                if one.verdict.value != "right"
            ],
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(found, counts)
    if not well:
        sys.exit(1)


def _print(found: "list[Examined]", counts: Counter[str]) -> None:
    console = Console(highlight=False)
    for one in found:
        if one.verdict.value != "right":
            where = f"{one.account}, {one.question}, {one.locale}"
            console.print(f"{'✗' if one.alarms else '·'} {where}: {one.verdict.value}: {one.why}", soft_wrap=True)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    console.print(f"{len(found)} questions to {len({one.account for one in found})} accounts: {summary}")


async def _examine(city: str | None, *, stop_voice: bool) -> "list[Examined]":
    from desk.conversations.bot import BotClient
    from desk.selftest.opening import open_selftest
    from desk.store.database import create_engine

    at = runtime()
    engine, cities = create_engine(at.database_url, pool_size=1), at.cities()
    try:
        async with BotClient(at.bot_url, at.settings.bot_timeout_seconds, at.keys()) as bot:
            examiner = open_selftest(at.root, bot, engine, cities, now, stops_voice=stop_voice)
            return [one for slug in ([city] if city else cities) for one in await examiner.examine(slug)]
    finally:
        await engine.dispose()
