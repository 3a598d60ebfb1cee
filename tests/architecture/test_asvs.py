"""What the list of OWASP's requirements and the threat model name is there."""

import re

from architecture.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "asvs.md"
THREATS = ROOT / "docs" / "explanation" / "threat-model.md"
LINE = re.compile(r"^\| (\d[\d., –]*) \| ([✔◐✘–]) \| (.*) \| (.*?) ?\|$", re.MULTILINE)
PATH = re.compile(r"`([^`]+)`")
FILE = re.compile(r"`((?:[a-z_0-9]+/)+[a-z_0-9.]+)`")


def test_every_file_that_shows_a_requirement_is_there() -> None:
    """A line that is met, also in part, names a file; every file that is named exists."""
    lines = [(found[1], found[2], PATH.findall(found[4])) for found in LINE.finditer(PAGE.read_text(encoding="utf-8"))]
    assert len(lines) > 150
    assert [numbers for numbers, state, paths in lines if state in "✔◐" and not paths] == []
    assert [(numbers, path) for numbers, _, paths in lines for path in paths if not (ROOT / path).exists()] == []


def test_every_file_that_the_threat_model_names_is_there() -> None:
    """What stops whom, and what shows it; each row names a file or a page."""
    written = THREATS.read_text(encoding="utf-8")
    named = FILE.findall(written)
    assert len(named) > 80
    assert [one for one in named if not (ROOT / one).exists()] == []
    rows = [line for line in written.splitlines() if line.startswith("| ")]
    bare = [line[:60] for line in rows if not FILE.search(line) and "](" not in line]
    assert [line for line in bare if not line.startswith(("| threat", "| ---"))] == []


def test_every_test_shows_something() -> None:
    """A module of tests that is named has tests in it."""
    named = {one for page in (PAGE, THREATS) for one in FILE.findall(page.read_text(encoding="utf-8"))}
    tests = [one for one in named if one.startswith("tests/") and one.endswith(".py")]
    assert len(tests) > 50
    holds = re.compile(r"^(async )?def test_", re.MULTILINE)
    assert [one for one in tests if not holds.search((ROOT / one).read_text(encoding="utf-8"))] == []


def test_no_requirement_stands_twice() -> None:
    """Each number has one line; a range counts for all that are in it."""
    numbers: list[str] = []
    for found in LINE.finditer(PAGE.read_text(encoding="utf-8")):
        for part in found[1].split(", "):
            first, _, last = part.partition("–")
            section, _, begins = first.rpartition(".")
            ends = last.rpartition(".")[2] or begins
            numbers += [f"{section}.{number}" for number in range(int(begins), int(ends) + 1)]
    assert sorted({one for one in numbers if numbers.count(one) > 1}) == []
