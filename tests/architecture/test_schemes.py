"""Light and dark: a page looks the same in both, but for its colours."""

import re

from tests.architecture.sources import ROOT

STYLES = sorted(ROOT.glob("desk/*/static/**/*.css"))
DARK = re.compile(r"@media \(prefers-color-scheme: dark\)\s*\{((?:[^{}]*\{[^{}]*\})+)\s*\}")
RULE = re.compile(r"\{([^{}]*)\}")
COLOURS = re.compile(r"--[a-z-]+|color|background|color-scheme")


def test_a_scheme_sets_colours_only() -> None:
    """So that all else of a page need be looked at in one of them only (tests/fixtures/resident.py)."""
    found: dict[str, set[str]] = {}
    for path in STYLES:
        said = path.read_text(encoding="utf-8")
        blocks = DARK.findall(said)
        assert len(blocks) == said.count("prefers-color-scheme"), path
        for line in "".join(";".join(RULE.findall(block)) + ";" for block in blocks).split(";"):
            name = line.partition(":")[0].strip()
            if name:
                found.setdefault(path.name, set()).add(name)
    assert {"page.css", "console.css", "chat.css"} <= found.keys()
    assert {path: {name for name in names if not COLOURS.fullmatch(name)} for path, names in found.items()} == {
        path: set() for path in found
    }
