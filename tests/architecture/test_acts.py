"""What stands in the audit is documented: every act that code writes has a place in the page's table, and no other."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.sources import python_files, text_of

PAGE = "docs/how-to/read-the-audit.md"
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
WRITES = frozenset({"record", "_record", "_noted", "done", "note", "opening", "enter"})
"""Calls that write the act that they are given: `desk.audit.trail.record`, and what hands it on to that."""
OF_ANNOUNCEMENTS = frozenset({"note", "_decide", "_go_on", "stop"})
"""The same of `desk.announcements.history.note`, which puts `announcement.` before it: their fourth argument."""
HISTORY = ("desk/announcements/", "desk/publicity/")
ASIDE = frozenset({"_note", "done_lately", "hear"})
"""These put the name of an act together (`COMPOSED`), look for it in what was written, or tell programs of it."""
COMPOSED = {
    "announcement.{act}": set[str](),  # OF_ANNOUNCEMENTS
    "announcement.{act}_{kind}": {
        f"announcement.{act}_{kind}" for act in ("keep", "drop") for kind in ("audience", "template")
    },
    "announcement.callback_{act}": {"announcement.callback_add", "announcement.callback_drop"},
    "channel.{state}": {"channel.active", "channel.paused", "channel.stopped"},
    "data.{state}": {"data.allowed", "data.refused", "data.withdrawn"},
    "duty.{said}": {"duty.on", "duty.break"},
    "staff.{what}": {"staff.password", "staff.app"},
    "teaching.{closed_as}": {"teaching.taken", "teaching.dropped"},
    "ticket.ask_{what}": {"ticket.ask_document", "ticket.ask_consent"},
}
"""Acts whose name is put together, by how the code does it."""


def said(node: ast.expr) -> Iterator[str]:
    """What an argument may be: a text, either of two, or a text with parts in braces."""
    match node:
        case ast.Constant(value=str(value)):
            yield value
        case ast.IfExp(body=one, orelse=other):
            yield from said(one)
            yield from said(other)
        case ast.JoinedStr(values=parts):
            yield ast.unparse(ast.JoinedStr(parts))[2:-1]
        case ast.Name(id="ASK"):  # `desk.announcements.composing.reviewing`
            yield "ask"


@cache
def calls() -> tuple[tuple[str, str, tuple[tuple[str, ...], ...]], ...]:
    """File, name of what is called, and what each of its positional arguments may be."""
    return tuple(
        (path.as_posix(), name, tuple(tuple(said(argument)) for argument in node.args))
        for path in python_files("desk")
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.Call)
        and (name := node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""))
    )


def written() -> set[str]:
    """The acts that code writes."""
    given = [one for _, name, arguments in calls() if name in WRITES for argument in arguments for one in argument]
    composed = {one for one in given if "{" in one and "." in one.partition("{")[0]}
    assert composed == set(COMPOSED)
    of_announcements = {
        f"announcement.{one}"
        for path, name, arguments in calls()
        if path.startswith(HISTORY) and name in OF_ANNOUNCEMENTS and len(arguments) > 3
        for one in arguments[3]
    }
    return {one for one in given if ACT.fullmatch(one)} | set().union(*COMPOSED.values()) | of_announcements


def documented() -> set[str]:
    """The acts in the first column of the page's table."""
    rows = [line.split("|")[1] for line in text_of(PAGE).splitlines() if line.startswith("| `")]
    return {one for row in rows for one in re.findall(r"`([^`]+)`", row)}


def test_every_act_that_code_writes_is_documented() -> None:
    """Whoever reads the audit finds what a record says; what nothing writes is not looked for."""
    assert sorted(written() ^ documented()) == []
    assert len(documented()) > 100


def test_whatever_hands_an_act_on_is_known() -> None:
    """A function that takes an act under another name would hide what is given to it from the comparison."""
    takes = {
        node.name
        for path in python_files("desk")
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(
            one.arg == "act" and one.annotation is not None and ast.unparse(one.annotation) == "str"
            for one in (*node.args.args, *node.args.kwonlyargs)
        )
    }
    assert takes - WRITES - OF_ANNOUNCEMENTS - ASIDE == set()
