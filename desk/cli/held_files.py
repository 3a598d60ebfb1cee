"""Whether files from residents are held, for `desk check` and `desk doctor`: how many, for how long, what to do."""

import asyncio
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from desk.app.runtime import Runtime
from desk.cli.report import CheckResult
from desk.contract.errors import StartError
from desk.intake.holding import Held, count_held
from desk.store.database import create_engine, lacks_schema

SUBJECT = "held files"
NO_SCHEMA = "the database has no schema yet: desk migrate makes it"
BRING_UP = "Bring the database up, or mend DESK_DATABASE_URL."
SOON = timedelta(hours=1)
"""So long a file may wait for a scanner that is named: it restarts, or loads its signatures."""
HOW = "docs/how-to/secure-an-installation.md, Files that are held"
UNNAMED = f"No scanner is named, and so they stay held. Set DESK_MALWARE_SCANNER for serve and worker: {HOW}"
AWAY = f"clamd is away, or does not look through them: file_not_scanned in the log of the worker says which. {HOW}"


def held_files(at: Runtime) -> CheckResult:
    """Count them, where a database runs."""
    try:
        held = asyncio.run(_count(at.database_url))
    except StartError:
        return CheckResult(SUBJECT, "no database runs here")
    except DBAPIError as exc:
        if lacks_schema(exc):
            return CheckResult(SUBJECT, NO_SCHEMA)
        return CheckResult(SUBJECT, f"cannot be counted ({type(exc).__name__})", BRING_UP)
    return held_said(held, looks=at.scanner().looks)


def held_said(held: Held, *, looks: bool) -> CheckResult:
    """What is said of them; `looks`: a scanner is named."""
    if not held.files:
        return CheckResult(SUBJECT, "none")
    saw = f"{held.files}, which nobody may open; the oldest has waited for {_length(held.oldest)}"
    if not looks:
        return CheckResult(SUBJECT, saw, UNNAMED)
    return CheckResult(SUBJECT, saw, AWAY if held.oldest > SOON else None)


def _length(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return f"{age.days} days" if age.days > 1 else f"{hours} h" if hours else f"{age // timedelta(minutes=1)} min"


async def _count(database_url: str) -> Held:
    engine = create_engine(database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await count_held(connection)
    finally:
        await engine.dispose()
