"""Findings: what `desk check` and `desk doctor` saw, each with its mend, printed as lines or as one JSON document."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape

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


def show(findings: Iterable[CheckResult], *, as_json: bool) -> bool:
    """Print findings on stdout as they come, and answer whether all is well."""
    seen: list[CheckResult] = []
    console = Console(highlight=False)
    for finding in findings:
        seen.append(finding)
        if as_json:
            continue
        sign = "[green]✓[/]" if finding.is_well else "[red]✗[/]"
        console.print(f"{sign} {escape(finding.subject)}: {escape(finding.saw)}", soft_wrap=True)
        if finding.mend is not None:
            console.print(f"  → {escape(finding.mend)}", soft_wrap=True)
    well = all(finding.is_well for finding in seen)
    if as_json:
        sys.stdout.write(f"{_document(well, seen)}\n")
    return well


def _document(well: bool, findings: Sequence[CheckResult]) -> str:
    entries = [{**asdict(finding), "ok": finding.is_well} for finding in findings]
    return json.dumps({"ok": well, "findings": entries}, ensure_ascii=False, indent=1)
