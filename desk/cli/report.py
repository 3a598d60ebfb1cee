"""Check results: what `desk check` and `desk doctor` saw, each with its mend, printed as lines or as one document."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from desk.contract.errors import DeskError


@dataclass(frozen=True)
class CheckResult:
    """One thing looked at. `mend` says what to do; it is there exactly when the thing is not well."""

    subject: str
    saw: str
    mend: str | None = None

    @property
    def is_well(self) -> bool:
        return self.mend is None


def looked(subject: str, look: Callable[[], str]) -> CheckResult:
    """Look at one thing: `look` answers what it saw, or raises a DeskError with the mend in its message."""
    try:
        return CheckResult(subject, look())
    except DeskError as error:
        return CheckResult(subject, "not well", str(error))


WIDE = 240  # columns, where no person at a terminal reads


def whole() -> Console:
    """A console that cuts no table off where a program reads it, or a file is written."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def zone() -> str:
    """In which zone commands write times: this machine's."""
    return f"{datetime.now().astimezone():%Z}"


def show_table(results: Iterable[CheckResult], *, as_json: bool) -> bool:
    """Print results on stdout as one table, what to do below each that is not well; answers whether all is well."""
    seen = list(results)
    if as_json:
        return show(seen, as_json=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for one in seen:
        table.add_row("[green]✓[/]" if one.is_well else "[red]✗[/]", escape(one.subject), escape(one.saw))
        if one.mend is not None:
            table.add_row("", "", f"→ {escape(one.mend)}")
    whole().print(table)
    return all(one.is_well for one in seen)


def show(results: Iterable[CheckResult], *, as_json: bool) -> bool:
    """Print results on stdout as they come, and answer whether all is well."""
    seen: list[CheckResult] = []
    console = Console(highlight=False)
    for result in results:
        seen.append(result)
        if as_json:
            continue
        sign = "[green]✓[/]" if result.is_well else "[red]✗[/]"
        console.print(f"{sign} {escape(result.subject)}: {escape(result.saw)}", soft_wrap=True)
        if result.mend is not None:
            console.print(f"  → {escape(result.mend)}", soft_wrap=True)
    well = all(result.is_well for result in seen)
    if as_json:
        sys.stdout.write(f"{_document(well, seen)}\n")
    return well


def _document(well: bool, results: Sequence[CheckResult]) -> str:
    entries = [{**asdict(result), "ok": result.is_well} for result in results]
    return json.dumps({"ok": well, "findings": entries}, ensure_ascii=False, indent=1)
