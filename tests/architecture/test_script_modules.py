"""Scripts of pages take from each other what the other gives: a browser says so only when the page is opened."""

import re
from pathlib import Path

import pytest
from architecture.sources import ROOT

STATIC = [ROOT / "desk" / room / "static" for room in ("web", "console")]
SCRIPTS = sorted(path for folder in STATIC for path in folder.rglob("*.js") if path.name != "htmx.js")
IMPORT = re.compile(r"import\s*\{([^}]*)\}\s*from\s*\"(\.[^\"]*)\"")
EXPORT = re.compile(r"export\s+(?:async\s+)?(?:function\*?|const|let|class)\s+(\w+)")
LIST = re.compile(r"export\s*\{([^}]*)\}")


def exported(path: Path) -> set[str]:
    """The names that a script gives."""
    text = path.read_text(encoding="utf-8")
    lists = [one.split(" as ")[-1].strip() for found in LIST.findall(text) for one in found.split(",")]
    return {*EXPORT.findall(text), *lists}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_script_takes_is_there(path: Path) -> None:
    """The other file, and each name."""
    for names, other in IMPORT.findall(path.read_text(encoding="utf-8")):
        source = (path.parent / other).resolve()
        assert source.is_file(), other
        taken = {one.split(" as ")[0].strip() for one in names.split(",") if one.strip()}
        assert taken <= exported(source), other
