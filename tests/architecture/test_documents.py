"""What the pages tell somebody to type is there: commands with their options, settings, targets of make, pages."""

import re
from collections.abc import Iterator
from pathlib import Path

from architecture.sources import ROOT

REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", ROOT / "nlu" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^#{2,3} desk ([a-z -]+)$", re.MULTILINE)
TYPED = re.compile(r"(?:`|uv run )desk ([a-z][a-z-]*(?: [a-z][a-z-]*)*)([^`\n#|]*)")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
SETTING = re.compile(r"\bDESK_[A-Z_]*[A-Z]\b")
TARGET = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:\s]*[./][^)#:\s]*)(?:#[^)]*)?\)")


def commands() -> dict[str, str]:
    """What the generated page says of each command, by its words."""
    parts = COMMAND.split((REFERENCE / "commands.md").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Where the pages name something, with lines that go on joined."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        yield from ((str(page.relative_to(ROOT)), found) for found in pattern.finditer(text))


def test_every_command_that_is_shown_is_there_with_its_options() -> None:
    """Whoever copies a line of a page gets no "unknown command"."""
    known, wrong, seen = commands(), [], 0
    for page, found in named(TYPED):
        words = found[1].split()
        name = next((said for count in (2, 1) if (said := " ".join(words[:count])) in known), None)
        options = OPTION.findall(found[2])
        seen += name is not None
        wrong += [(page, found[0])] if name is None else []
        wrong += [(page, name, one) for one in options if name and one not in known[name] and one != "--help"]
    assert (wrong, seen > 100) == ([], True)


def test_every_setting_that_is_named_is_there() -> None:
    """A setting that nobody reads is refused at the start."""
    known = set(SETTING.findall((REFERENCE / "settings.md").read_text(encoding="utf-8")))
    assert sorted({(page, found[0]) for page, found in named(SETTING) if found[0] not in known}) == []


def test_every_target_of_make_that_is_shown_is_there() -> None:
    """As the Makefile names them."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert sorted({(page, found[1]) for page, found in named(TARGET) if found[1] not in known}) == []


def test_every_link_leads_somewhere() -> None:
    """Links within the repository are files or folders of it."""
    links = {(page, found[1]) for page, found in named(LINK)}
    assert len(links) > 100
    assert sorted(one for one in links if not (ROOT / Path(one[0]).parent / one[1]).exists()) == []
