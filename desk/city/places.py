"""Where in a file something stands, as `file:line`: what a person has to find who is to mend it.

A file of a root may be made of several (`desk/city/overlay.py`); then the line is that of the file that said it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

MADE_OF = "# Made of: "
"""Begins the first line of a file that was made of others, named as JSON after it, the one that counts most first."""

type Loc = Sequence[str | int]
"""The way to a value: keys of mappings and numbers in lists, as pydantic gives it."""


def origins(path: Path) -> list[Path]:
    """The files that a file was made of, the one that counts most first; a file that people wrote is its own."""
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if first.startswith(MADE_OF):
        return [Path(one) for one in json.loads(first.removeprefix(MADE_OF))]
    return [path.resolve() if path.is_symlink() else path]


def place(path: Path, loc: Loc = ()) -> str:
    """`file:line` of a value, or of the nearest thing around it that is there."""
    return _Read(path).place(loc)


class _Read:
    """A file and those that it was made of, each read once, however many places in it are looked for."""

    def __init__(self, path: Path) -> None:
        self._whole = _composed(path)
        self._origins = [(one, self._whole if one == path else _composed(one)) for one in origins(path)]

    def place(self, loc: Loc) -> str:
        names = list(_by_slug(self._whole, loc))
        found = [(*_nearest(node, names), origin) for origin, node in self._origins]
        _, line, origin = max(found, key=lambda one: one[0])  # the first of those that are equal
        return f"{origin}:{line}"


def faults(path: Path, error: Exception) -> str:
    """Say what is wrong in a file, each fault with its place: those of a schema, else the error with the file."""
    if isinstance(error, OSError):
        return str(error)
    if not isinstance(error, ValidationError):
        return f"{_at_mark(path, error)}: {error}"
    said, read = [], _Read(path)
    for fault in error.errors(include_url=False, include_input=False):
        field = ".".join(map(str, fault["loc"]))
        said.append(f"{read.place(fault['loc'])}: {field}{': ' if field else ''}{fault['msg']}")
    return "; ".join(said)


def _at_mark(path: Path, error: Exception) -> str:
    """Where a reader of YAML stumbled, as it says itself."""
    cause = error.__cause__
    mark = cause.problem_mark if isinstance(cause, yaml.MarkedYAMLError) else None
    return place(path) if mark is None else f"{origins(path)[0]}:{mark.line + 1}"


def _composed(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return None


def _by_slug(node: yaml.Node | None, loc: Loc) -> Iterator[str | int]:
    """The way with the slug in place of a number, where things have one: in another file they have other numbers."""
    for step in loc:
        inner = _inner(node, step)
        slug = _inner(inner, "slug") if isinstance(step, int) else None
        yield str(slug.value) if isinstance(slug, yaml.ScalarNode) else step
        node = inner if inner is not None else node


def _nearest(node: yaml.Node | None, way: Loc) -> tuple[int, int]:
    """How many steps of the way there are, and the line at their end, from 1."""
    if node is None:
        return -1, 1
    depth, line = 0, node.start_mark.line + 1
    for step in way:
        inner = _inner(node, step)
        if inner is None:
            continue  # a step that is none of the file's: pydantic names unions, too
        node, depth = inner, depth + 1
        line = node.start_mark.line + 1
    return depth, line


def _inner(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    """What is one step further in: by key, by number, or by slug in a list; None: nothing."""
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    return next((item for item in node.value if _is_called(item, step)), None)


def _is_called(node: yaml.Node, slug: str) -> bool:
    called = _inner(node, "slug") if isinstance(node, yaml.MappingNode) else None
    return isinstance(called, yaml.ScalarNode) and called.value == slug
