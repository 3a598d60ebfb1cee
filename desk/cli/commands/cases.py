"""`desk cases`: what agencies have in hand, as staff see it. What is about a person is masked."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.cases.looking import CaseBook, CaseLine, CaseSheet
from desk.cases.rows import CaseRow
from desk.contract.staff import Actor
from desk.contract.text import Text

app = App(name="cases", help="Cases: appointments, applications and reports that agencies have in hand.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command(name="list")
def list_(
    *,
    city: Annotated[str | None, Parameter(help="Only cases of this city, as its file is called.")] = None,
    service: Annotated[str | None, Parameter(help="Only cases of this service.")] = None,
    reference: Annotated[str | None, Parameter(help="Only the case with this number of the agency's.")] = None,
    everything: Annotated[bool, Parameter(name="--all", help="Those that are over too.", negative="")] = False,
    limit: Annotated[int, Parameter(help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List cases, the newest first."""

    async def act(book: CaseBook, actor: Actor) -> Sequence[CaseLine]:
        return await book.page(
            actor, city=city, service=service, reference=reference, everything=everything, limit=limit
        )

    cases = asyncio.run(_with_book(act))
    if as_json:
        _print_json({"cases": [_case_json(case) for case in cases]})
        return
    table = Table("Case", "City", "Service", "Agency", "Kind", "Status", "At", "Changed")
    for case in cases:
        status = f"{case.status} (over)" if case.over else case.status
        at, changed = _minute(case.at) or "", _minute(case.changed_at)
        table.add_row(str(case.id), case.city, case.service, case.agency, case.kind, status, at, changed)
    Console().print(table)


@app.command
def show(case: int, *, as_json: AsJson = False) -> None:
    """Show a case: how it stands, when it is reminded of and looked at; what is about a person is masked.

    Args:
        case: its number in `desk cases list`.
    """
    from desk.texts.catalogs import Catalogs  # what residents read
    from desk.texts.masking import masked

    catalogs = Catalogs(runtime().root / "locales")

    async def act(book: CaseBook, actor: Actor) -> CaseSheet:
        return await book.one(actor, case)

    def said(one: Text | None) -> str | None:
        return None if one is None else masked(catalogs.text(one, "en"))

    sheet = asyncio.run(_with_book(act))
    found, private = sheet.case, sheet.private
    shown = {
        **_case_json(found),
        "about": said(private.about),
        "place": said(private.place),
        "reference": masked(private.reference),
        "revision": found.revision,
        "remind_at": _iso(found.remind_at),
        "reminded_at": _iso(found.reminded_at),
        "look_at": _iso(found.look_at),
        "known_at": _iso(found.known_at),
    }
    if as_json:
        _print_json(shown)
        return
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for name, value in shown.items():
        if value is not None:
            console.print(f"{name:<12} {value}")


async def _with_book[Found](act: Callable[[CaseBook, Actor], Awaitable[Found]]) -> Found:
    configure_logs()  # to the standard error: the output is for people and scripts
    at = runtime()
    async with acting(at) as here:
        return await act(CaseBook(here.engine, at.keys()), here.actor)


def _case_json(case: CaseRow | CaseLine) -> dict[str, Any]:
    return {
        "case": case.id,
        "city": case.city,
        "service": case.service,
        "agency": case.agency,
        "kind": case.kind,
        "status": case.status,
        "over": case.over,
        "at": _iso(case.at),
        "created_at": _iso(case.created_at),
        "changed_at": _iso(case.changed_at),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone().isoformat(timespec="seconds")


def _minute(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
