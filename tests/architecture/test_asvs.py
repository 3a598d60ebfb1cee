"""What the list of OWASP's requirements and the threat model name is there."""

import re

from architecture.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "asvs.md"
ACCEPTED = ROOT / "docs" / "decisions" / "0034-what-is-met-in-part.md"
THREATS = ROOT / "docs" / "explanation" / "threat-model.md"
LINE = re.compile(r"^\| (\d[\d., –]*) \| ([✔◐✘–]) \| (.*) \| (.*?) ?\|$", re.MULTILINE)
PATH = re.compile(r"`([^`]+)`")
TEST = re.compile(r"`(test_\w+)`")
LOW = [f"L{number}" for number in range(1, 10)]
FILE = re.compile(r"`((?:[a-z_0-9]+/)+[a-z_0-9.]+)`")


def paths_in(shown: str) -> list[str]:
    """The files that a line names, without the tests in them."""
    return [path for path in PATH.findall(shown) if not path.startswith("test_")]


def test_every_file_that_shows_a_requirement_is_there() -> None:
    """A line that is met, also in part, names a file; every file that is named exists."""
    lines = [(found[1], found[2], paths_in(found[4])) for found in LINE.finditer(PAGE.read_text(encoding="utf-8"))]
    assert len(lines) > 150
    assert [numbers for numbers, state, paths in lines if state in "✔◐✘" and not paths] == []
    assert [(numbers, path) for numbers, _, paths in lines for path in paths if not (ROOT / path).exists()] == []


def test_what_is_met_is_shown_by_a_test_or_says_that_it_was_read() -> None:
    """No line is met without a test, unless it says why none can show it; one with a test does not say so."""
    met = [(found[1], found[4]) for found in LINE.finditer(PAGE.read_text(encoding="utf-8")) if found[2] == "✔"]
    assert len(met) > 100
    assert [numbers for numbers, shown in met if ("`tests/" in shown) == ("by reading" in shown)] == []
    read = [(numbers, shown.partition("by reading: ")[2]) for numbers, shown in met if "by reading" in shown]
    assert [numbers for numbers, why in read if len(why) < 20] == []


def test_every_file_that_the_threat_model_names_is_there() -> None:
    """What stops whom, and what shows it; each row names a file or a page."""
    written = THREATS.read_text(encoding="utf-8")
    named = FILE.findall(written)
    assert len(named) > 80
    assert [one for one in named if not (ROOT / one).exists()] == []
    rows = [line for line in written.splitlines() if line.startswith("| ")]
    bare = [line[:60] for line in rows if not FILE.search(line) and "](" not in line]
    assert [line for line in bare if not line.startswith(("| threat", "| | what gave way", "| ---"))] == []


def test_every_test_shows_something() -> None:
    """A module of tests that is named has tests in it."""
    named = {one for page in (PAGE, THREATS) for one in FILE.findall(page.read_text(encoding="utf-8"))}
    tests = [one for one in named if one.startswith("tests/") and one.endswith(".py")]
    assert len(tests) > 50
    holds = re.compile(r"^(async )?def test_", re.MULTILINE)
    assert [one for one in tests if not holds.search((ROOT / one).read_text(encoding="utf-8"))] == []


def numbers_of(written: str) -> list[str]:
    """The requirements of a line's first column: `1.2.3, 1.2.5–1.2.7`."""
    numbers: list[str] = []
    for part in written.split(", "):
        first, _, last = part.partition("–")
        section, _, begins = first.rpartition(".")
        ends = last.rpartition(".")[2] or begins
        numbers += [f"{section}.{number}" for number in range(int(begins), int(ends) + 1)]
    return numbers


def test_what_is_not_met_wholly_is_accepted_for_a_reason() -> None:
    """Each requirement that is met in part or not stands in the decision, once, and no other does."""
    found = LINE.finditer(PAGE.read_text(encoding="utf-8"))
    left = [number for line in found if line[2] in "◐✘" for number in numbers_of(line[1])]
    rows = re.findall(r"^\| (\d[\d., –]*) \| ", ACCEPTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(number for row in rows for number in numbers_of(row)) == sorted(left)


def test_each_test_that_a_page_names_is_in_a_file_of_its_row() -> None:
    """What gave way once names tests: each row at least one, each test in one of the row's files."""
    rows = [line for page in (PAGE, THREATS) for line in page.read_text(encoding="utf-8").splitlines() if "| " in line]
    named = [(line[:30], TEST.findall(line), FILE.findall(line)) for line in rows]
    assert len([line for line, tests, _ in named if tests]) > 20
    gave_way = re.findall(r"^\| ([HML][0-9]) \|", THREATS.read_text(encoding="utf-8"), re.MULTILINE)
    assert gave_way == [*(f"H{one}" for one in range(1, 5)), *(f"M{one}" for one in range(1, 8)), *LOW]
    assert [line for line, tests, _ in named if line[2:4] in gave_way and not tests] == []
    known = {file: (ROOT / file).read_text(encoding="utf-8") for _, tests, files in named if tests for file in files}
    missing = [
        (line, test)
        for line, tests, files in named
        for test in tests
        if not any(f"def {test}(" in known[file] for file in files)
    ]
    assert missing == []


def test_no_requirement_stands_twice() -> None:
    """Each number has one line; a range counts for all that are in it."""
    numbers = [one for found in LINE.finditer(PAGE.read_text(encoding="utf-8")) for one in numbers_of(found[1])]
    assert sorted({one for one in numbers if numbers.count(one) > 1}) == []
