"""Changes as differences of files, and as commits of a checkout, one a change with its author and its reviewer."""

import difflib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from desk.contract.errors import Conflict
from desk.teaching.editing.library import Library
from desk.teaching.editing.rows import Change

log = structlog.get_logger(__name__)

GIT_SECONDS = 60.0
NOBODY = "desk.invalid"
"""Where members of staff have mail who have none: a domain that never is (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a change makes of some files: their paths, as they were (None: there was none) and as they are then."""

    change: Change
    before: Mapping[str, str | None]
    after: Mapping[str, str]


def steps(library: Library, changes: Sequence[Change]) -> Iterator[Step]:
    """What changes make of the files, one after the other.

    Raises:
        Conflict: the entry has been changed otherwise since one was proposed.
    """
    laid = library.after()
    for one in changes:
        step = laid_over(laid, one)
        yield step
        laid.over.update(step.after)


def laid_with(library: Library, changes: Sequence[Change]) -> Library:
    """The files with changes laid over them, one after the other; one that does not fit any more is left out."""
    laid = library.after()
    for one in changes:
        if laid.has(one.kind, one.name, one.after):
            continue
        try:
            laid.over.update(laid_over(laid, one).after)
        except Conflict as exc:
            log.warning("change_does_not_fit", change=one.id, error=str(exc))
    return laid


def laid_over(library: Library, one: Change) -> Step:
    """What a change makes of the files.

    Raises:
        Conflict: the entry has been changed otherwise since it was proposed.
    """
    now = library.fields(one.kind, one.name)
    if any(now.get(name, "") != said for name, said in one.before.items()):
        raise Conflict(f"{one.kind} {one.name} is another since change {one.id} was proposed. Propose it anew.")
    try:
        after = library.files(one.kind, one.name, one.before, one.after)
    except (ValidationError, ValueError) as exc:
        raise Conflict(f"Change {one.id} of {one.kind} {one.name} does not fit the files any more: {exc}") from exc
    return Step(one, {path: library.text(path) for path in after}, after)


def patch_of(library: Library, changes: Sequence[Change], files: Mapping[str, str] | None = None) -> str:
    """All of it as one patch, as `git apply` takes it; with it, files that something else makes otherwise.

    Raises:
        Conflict: the entry has been changed otherwise since one was proposed.
    """
    first: dict[str, str | None] = {}
    last: dict[str, str] = {}
    for step in steps(library, changes):
        first = {**step.before, **first}
        last.update(step.after)
    for path, text in (files or {}).items():
        first.setdefault(path, library.text(path))
        last[path] = text
    return "".join(_difference(path, first[path], last[path]) for path in sorted(last))


def _difference(path: str, before: str | None, after: str) -> str:
    old = [] if before is None else before.splitlines(keepends=True)
    told = difflib.unified_diff(
        old, after.splitlines(keepends=True), "/dev/null" if before is None else f"a/{path}", f"b/{path}"
    )
    lines = [one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in told]
    head = f"diff --git a/{path} b/{path}\n" + ("new file mode 100644\n" if before is None else "")
    return head + "".join(lines) if lines else ""


def commit(library: Library, changes: Sequence[Change], checkout: Path, names: Mapping[str, str]) -> list[str]:
    """Commit changes in a checkout whose files are as the library's. Answers the commits, the oldest first.

    Args:
        names: what members of staff are called, by login.

    Raises:
        Conflict: the checkout has changes of its own, its files are others, or git refuses.
    """
    if _git(checkout, "status", "--porcelain", "--untracked-files=no"):
        raise Conflict(f"{checkout} has changes that are not committed.")
    made = []
    for step in steps(library, changes):
        for path, before in step.before.items():
            file = checkout / path
            if (file.read_text(encoding="utf-8") if file.is_file() else None) != before:
                raise Conflict(f"{file} is not as it is served here. Check out what is served, and merge afterwards.")
        for path, text in step.after.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text(text, encoding="utf-8")
        _git(checkout, "add", "--", *step.after)
        author = f"{names.get(step.change.by, step.change.by)} <{step.change.by}@{NOBODY}>"
        _git(checkout, "commit", "--quiet", f"--author={author}", "-m", message(step.change, names))
        made.append(_git(checkout, "rev-parse", "HEAD").strip())
    return made


def commit_files(checkout: Path, files: Mapping[str, str], said: str) -> list[str]:
    """Commit files of a checkout as they are to be. Answers the commit; none where nothing changes.

    Raises:
        Conflict: git refuses.
    """
    for path, text in files.items():
        (checkout / path).write_text(text, encoding="utf-8")
    if not files:
        return []
    _git(checkout, "add", "--", *files)
    _git(checkout, "commit", "--quiet", "-m", said)
    return [_git(checkout, "rev-parse", "HEAD").strip()]


def message(change: Change, names: Mapping[str, str]) -> str:
    """What a commit says: what, why, and who looked at it."""
    reviewer = names.get(change.decided_by or "", change.decided_by or "")
    lines = [f"{change.kind} {change.name}: as proposed in change {change.id}", "", change.reason]
    if change.remark:
        lines += ["", change.remark]
    return "\n".join([*lines, "", f"Reviewed-by: {reviewer} <{change.decided_by}@{NOBODY}>"])


def _git(checkout: Path, *asked: str) -> str:
    try:
        done = subprocess.run(
            ("git", "-C", str(checkout), *asked), capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except subprocess.CalledProcessError as exc:
        raise Conflict(f"git {asked[0]} in {checkout}: {exc.stderr.strip()[:500]}") from exc
    return done.stdout
