"""Every folder of the house says what it is, and stands on the page that draws it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
MOST = 36
"""So many modules a folder has at the most, so that one look sees them."""


def folders() -> list[Path]:
    """Packages of the product and its tools, but for versions of the store."""
    found = (path.parent for top in ("actions", "bot", "desk", "tools") for path in (ROOT / top).rglob("__init__.py"))
    return sorted(path for path in found if not {".venv", "versions"} & set(path.parts))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", folders(), ids=named)
def test_a_folder_says_what_it_is(path: Path) -> None:
    """In the first line of its docstring."""
    assert ast.get_docstring(ast.parse((path / "__init__.py").read_text("utf-8")))


@pytest.mark.parametrize("path", [one for one in folders() if len(one.relative_to(ROOT).parts) == 2], ids=named)
def test_a_folder_stands_on_the_page(path: Path) -> None:
    """With its own sentence."""
    said = (ast.get_docstring(ast.parse((path / "__init__.py").read_text("utf-8"))) or "").split("\n")[0]
    assert f"| `{named(path)}/` | {said} |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("path", folders(), ids=named)
def test_a_folder_can_be_seen_at_once(path: Path) -> None:
    """Else it is two."""
    assert len(list(path.glob("*.py"))) <= MOST


def test_the_desk_has_packages_and_no_loose_modules() -> None:
    """But for what Python asks for."""
    assert sorted(path.name for path in (ROOT / "desk").glob("*.py")) == ["__init__.py", "__main__.py"]
