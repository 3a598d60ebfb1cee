"""What the list of OWASP's requirements says is shown by files that there are."""

import re

from architecture.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "asvs.md"
LINE = re.compile(r"^\| (\d[\d., –]*) \| ([✔◐✘–]) \| (.*) \| (.*?) ?\|$", re.MULTILINE)
PATH = re.compile(r"`([^`]+)`")


def test_every_file_that_shows_a_requirement_is_there() -> None:
    """A line that is met, also in part, names a file; every file that is named exists."""
    lines = [(found[1], found[2], PATH.findall(found[4])) for found in LINE.finditer(PAGE.read_text(encoding="utf-8"))]
    assert len(lines) > 150
    assert [numbers for numbers, state, paths in lines if state in "✔◐" and not paths] == []
    assert [(numbers, path) for numbers, _, paths in lines for path in paths if not (ROOT / path).exists()] == []


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
