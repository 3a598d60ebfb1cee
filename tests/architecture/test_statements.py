"""Tables are described once (docs/decisions/0018-tables-once.md), and statements are constants of their module."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSED = {
    "desk/announcements/audience/whom.py": "of the pages of audiences, one for each send that a correction waits for",
    "desk/conversations/erasure.py": "what the parts of a turn hold back",
    "desk/conversations/plain.py": "of the constants that list what was plain before it was sealed",
    "desk/conversations/waiting.py": "what the parts of a turn read with its message",
}
"""Modules that make statements of constants of several: no other value ever stands in one."""
CALL = re.compile(r"\btext\(")
"""How a call of `text` is written (the style's formatter leaves no space in it): a module without one is not parsed."""
MODELS = ("DeclarativeBase", "mapped_column(", "sqlalchemy.orm", "sqlalchemy import Table")


def modules() -> list[Path]:
    """What holds statements; migrations run once, and tell of themselves."""
    found = (path for folder in ("actions", "desk", "tools") for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if "versions" not in path.parts]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Statements(ast.NodeVisitor):
    """Finds each `text(…)`, whether a function makes it, and the names that loops of the module bind."""

    def __init__(self, path: Path) -> None:
        self.calls: list[tuple[ast.Call, bool]] = []
        self.loops: set[str] = set()
        self._depth = 0
        code = path.read_text("utf-8")
        if CALL.search(code):
            self.visit(ast.parse(code))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.loops |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "text" and node.args:
            self.calls.append((node, self._depth > 0))
        self.generic_visit(node)

    def strange(self, call: ast.Call) -> Iterator[str]:
        """What stands in braces and is no constant: neither its name, nor made of constants alone."""
        for part in ast.walk(call.args[0]):
            if isinstance(part, ast.FormattedValue):
                called = {id(one.func) for one in ast.walk(part) if isinstance(one, ast.Call)}
                names = [one.id for one in ast.walk(part) if isinstance(one, ast.Name) and id(one) not in called]
                yield from (name for name in names if not name.isupper() and name not in self.loops)


@pytest.mark.parametrize("path", [one for one in modules() if named(one) not in COMPOSED], ids=named)
def test_statements_are_constants(path: Path) -> None:
    """Written where the module begins; a value only ever comes in as a parameter."""
    found = Statements(path)
    for call, is_inside in found.calls:
        assert not is_inside or isinstance(call.args[0], ast.Constant), f"line {call.lineno}: make it a constant"
        assert list(found.strange(call)) == [], f"line {call.lineno}: only constants may stand in braces"


@pytest.mark.parametrize("name", COMPOSED)
def test_modules_that_compose_statements_do(name: str) -> None:
    """The list names no module that has nothing to compose."""
    assert any(is_inside for _, is_inside in Statements(ROOT / name).calls)


def test_nothing_describes_tables_but_migrations() -> None:
    """No models: neither classes of an ORM nor tables of SQLAlchemy Core."""
    assert [named(path) for path in modules() if any(word in path.read_text("utf-8") for word in MODELS)] == []
