"""Writes a result into the documentation: JSON, picture, and the table between the page's markers."""

import json
import re
from datetime import date
from pathlib import Path

from bench.drawing import bars
from bench.tables import Document, doubt, markdown, ran_on, table
from desk.contract.errors import DeskError

PAGE = Path("docs/explanation/capacity.md")
OTHER_PAGES = {"profile": Path("docs/explanation/where-a-turn-goes.md")}
"""Where results stand that have a page of their own, by name."""
FOLDER = Path("docs/explanation/bench")


class PageError(DeskError):
    """The page of results has no place for this one."""


def page_of(name: str) -> Path:
    """The page of a result, below the root."""
    return OTHER_PAGES.get(name, PAGE)


def require(root: Path, name: str) -> None:
    """Checks, before minutes are spent, that a result of this name has a place.

    Raises:
        PageError: the page lacks the markers.
    """
    placed((root / page_of(name)).read_text(encoding="utf-8"), name, "")


def write(root: Path, document: Document, day: date) -> list[Path]:
    """Write a result's files and its part of the page; answers what was written.

    Raises:
        PageError: the page lacks the markers.
    """
    name = document["name"]
    shown = table(document)
    page = root / page_of(name)
    text = placed(page.read_text(encoding="utf-8"), name, _part(document, day))
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    data, picture = folder / f"{name}.json", folder / f"{name}.svg"
    data.write_text(json.dumps(dict(document), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    picture.write_text(bars(shown.title, shown.subtitle, shown.groups), encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    return [page, data, picture]


def placed(page: str, name: str, part: str) -> str:
    """Puts a part between the markers of its name.

    Raises:
        PageError: there are no such markers.
    """
    begin, end = f"<!-- bench {name} -->", f"<!-- /bench {name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(page):
        raise PageError(f"{page_of(name)} lacks the lines {begin} and {end}. Put them where the results belong.")
    return found.sub(lambda _: f"{begin}\n{part}\n{end}", page, count=1)


def _part(document: Document, day: date) -> str:
    shown = table(document)
    name, files = document["name"], f"bench/{document['name']}"
    told = "; ".join(f"{group.title}: {bar.label} {bar.said}" for group in shown.groups for bar in group.bars)
    return "\n".join(
        [
            markdown(shown),
            "",
            f"![{shown.title}. {told}]({files}.svg)",
            "",
            f"Measured on {day.isoformat()}: {ran_on(document['machine'])}. All figures: [{name}.json]({files}.json).",
            *([f"**{said}**"] if (said := doubt(document)) else []),
        ]
    )
