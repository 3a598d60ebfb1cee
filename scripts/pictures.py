"""Keeps pictures for the documentation: of every page of the console and of residents, as browser tests left them.

`make pictures` runs those with pictures, then this: it reads tests/e2e/screenshots and writes docs/pictures/console and
docs/pictures/residents, small, and the pages that show them. `scripts/pictures.py residents` writes those alone, and
`console` the others.

A page of residents is one sheet: a row for each language; at 360 px light, dark and in the elderly manner, beside them
at 1440 px.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = ROOT / "tests" / "e2e" / "screenshots"
KEPT = ROOT / "docs" / "pictures"
REFERENCE = ROOT / "docs" / "reference"
WIDTHS = (360, 1024, 1920)
NAME = re.compile(r"console-(?P<page>[a-z-]+)-(?P<width>360|1024|1920)(-en-light)?\.png")
COLOURS = 64
SHOWN = {360: 120, 1024: 280, 1920: 420}  # px on the page
HEAD = """# The console in pictures

Every page of the staff console at 360, 1024 and 1920 px, as the browser tests last saw it (written by \
`make pictures`; do not edit). How it is used: [use the console](../how-to/use-the-console.md).
"""
OF_RESIDENTS = re.compile(
    r"(?P<page>[a-z][a-z0-9-]*)-(?P<width>360|1440)-(?P<lang>zh_Hans|zh_Hant|en)-(?P<scheme>light|dark|elderly)\.png"
)
LANGS = ("zh_Hans", "zh_Hant", "en")
LOOKS = ("light", "dark", "elderly")
SHEETS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "The first look": {
        "City": ["city"],
        "City, emergency alerts in force": ["city-in-alert"],
        "Chat": ["chat"],
        "List of cities": ["cities"],
        "Search": ["search"],
    },
    "To read": {
        "Guides": ["guides"],
        "A guide": ["guide"],
        "Announcements": ["announcements-many"],
        "An announcement": ["announcement"],
        "One that corrects another": ["announcement-corrected"],
        "One that was withdrawn": ["announcement-withdrawn"],
        "Emergency alerts": ["alerts-in-force"],
        "No alert": ["alerts"],
        "No announcement": ["announcements"],
        "Offices": ["offices"],
        "The next buses at a stop": ["board"],
        "Follow": ["follow"],
        "Follow, chosen": ["follow-chosen"],
        "Privacy": ["privacy"],
        "Accessibility statement": ["statement"],
    },
    "To pay": {
        "Pay page": ["pay"],
        "Pay page of several": ["pay-several"],
        "Back from paying": ["pay-confirming"],
        "Paid": ["paid"],
        "Refunded": ["pay-refunded"],
        "Past its time": ["pay-expired"],
        "Receipt": ["receipt-valid"],
        "Receipt of what was returned": ["receipt-refunded"],
        "Check a receipt": ["receipt-check"],
        "A receipt that is not found": ["receipt"],
    },
    "Forms": {
        "Begin": ["form"],
        "A question": ["form-question"],
        "What was not taken": ["form-wrong"],
        "A number of a person": ["form-secret"],
        "Free days": ["form-days"],
        "A photo": ["form-photo"],
        "All that was given": ["form-review"],
        "Handed in": ["form-done"],
    },
    "One's own": {
        "My matters, nobody known": ["matters"],
        "My matters": ["my-matters"],
        "My data": ["my-data"],
        "My data, shown": ["my-data-shown"],
        "A link to one's data that is over": ["my-data-over"],
        "Continue on a phone": ["phone"],
        "On the phone": ["came"],
    },
    "On other sites": {
        "The line for a site": ["widget"],
        "A version of the script": ["widget-version"],
        "A site with a fixed footer, its own resets and a strict policy": ["site-closed", "site-open"],
    },
    "When something is wrong": {
        "A message on a slow line, while the desk answers 503, offline, and where a post hangs": [
            *("wrong-slow", "wrong-503", "wrong-offline", "wrong-hung"),
        ],
        "The chat cannot open: 503, unreachable, silent; a site that is not listed": [
            *("opening-503", "opening-unreachable", "opening-silent", "opening-blocked"),
        ],
        "Not found": ["missing"],
        "What a problem means": ["problem"],
        "No network": ["offline"],
    },
}
"""The sheets of the page, by its parts: the pictures of each, by how the tests call them."""
SCALE = 0.6
GAP, GROUND = 12, "#8a9490"
QUALITY = 60
RESIDENTS_HEAD = """# The residents' pages in pictures

Every page that residents see, as the browser tests last saw it (written by `make pictures`; do not edit). A row is a \
language; beside each other stand 360 px light, dark and in the elderly manner, and the same at 1440 px. What the \
pages are made of: [pages that residents see](../explanation/pages.md).
"""


def console() -> str:
    """Shrink what there is of every page of the console at every width, and write the page. Answers what lacks."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(TAKEN.glob("console-*.png")):
        said = NAME.fullmatch(path.name)
        if said is not None:
            found.setdefault(said["page"], {})[int(said["width"])] = path
    lacking = [f"{page} at {width}" for page, of in found.items() for width in WIDTHS if width not in of]
    if lacking or not found:
        return ", ".join(lacking) or "none of the console is there"
    folder = _emptied("console")
    lines = [HEAD]
    for page, of in found.items():
        lines.append(f"\n## {page.replace('-', ' ').capitalize()}\n\n")
        for width in WIDTHS:
            with Image.open(of[width]) as taken:
                small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                small.save(folder / f"{page}-{width}.png", optimize=True)
            lines.append(
                f'<a href="../pictures/console/{page}-{width}.png"><img src="../pictures/console/{page}-{width}.png"'
                f' alt="{page.replace("-", " ")}, {width} px" width="{SHOWN[width]}"></a>\n'
            )
    (REFERENCE / "console-pages.md").write_text("".join(lines), encoding="utf-8")
    return ""


def residents() -> str:
    """Draw a sheet of every page of residents, and write the page that shows them. Answers what lacks."""
    found: dict[str, dict[str, list[Path]]] = {}
    for path in sorted(TAKEN.glob("*.png"), key=_place):
        said = OF_RESIDENTS.fullmatch(path.name)
        if said is not None:
            found.setdefault(said["page"], {}).setdefault(said["lang"], []).append(path)
    wanted = [page for part in SHEETS.values() for pages in part.values() for page in pages]
    lacking = [f"{page} in {lang}" for page in wanted for lang in LANGS if lang not in found.get(page, {})]
    if lacking:
        return ", ".join(lacking)
    folder = _emptied("residents")
    lines = [RESIDENTS_HEAD]
    for part, sheets in SHEETS.items():
        lines.append(f"\n## {part}\n")
        for title, pages in sheets.items():
            name = f"{pages[0]}.webp"
            rows = [[path for page in pages for path in found[page][lang]] for lang in LANGS]
            sheet(rows).save(folder / name, quality=QUALITY, method=6)
            lines.append(f"\n### {title}\n\n![{title}, in three languages](../pictures/residents/{name})\n")
    (REFERENCE / "residents-pages.md").write_text("".join(lines), encoding="utf-8")
    return ""


def sheet(rows: Sequence[Sequence[Path]]) -> Image.Image:
    """Pictures in rows, those of wide windows above each other at the end of each."""
    drawn = [_row([_tile(path) for path in row]) for row in rows]
    whole = Image.new("RGB", (max(row.width for row in drawn), sum(row.height for row in drawn)), GROUND)
    top = 0
    for row in drawn:
        whole.paste(row, (0, top))
        top += row.height
    return whole


def _row(tiles: Sequence[Image.Image]) -> Image.Image:
    high = [tile for tile in tiles if tile.height >= tile.width]
    wide = [tile for tile in tiles if tile.height < tile.width]
    height = max([tile.height for tile in high] + [sum(tile.height + GAP for tile in wide) - GAP])
    width = sum(tile.width + GAP for tile in high) + max((tile.width + GAP for tile in wide), default=0)
    row = Image.new("RGB", (width + GAP, height + 2 * GAP), GROUND)
    left = GAP
    for tile in high:
        row.paste(tile, (left, GAP))
        left += tile.width + GAP
    top = GAP
    for tile in wide:
        row.paste(tile, (left, top))
        top += tile.height + GAP
    return row


def _tile(path: Path) -> Image.Image:
    """A picture, smaller; of a wide window at a third of that, so that three stand beside one of a telephone."""
    with Image.open(path) as taken:
        part = SCALE if taken.width < taken.height else SCALE / 3
        size = round(taken.width * part), round(taken.height * part)
        return taken.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _place(path: Path) -> tuple[int, int, str]:
    """Where a picture stands in its row: telephones first, light before dark, then the elderly manner."""
    said = OF_RESIDENTS.fullmatch(path.name)
    return (0, 0, path.name) if said is None else (int(said["width"]), LOOKS.index(said["scheme"]), path.name)


def _emptied(name: str) -> Path:
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return folder


def main() -> int:
    """Write what is named, or both. Answers an exit code."""
    makers = {"console": console, "residents": residents}
    lacking = {name: makers[name]() for name in sys.argv[1:] or makers}
    for name, what in lacking.items():
        if what:
            sys.stderr.write(f"Not every picture of {name} is there ({what}). Run: make pictures\n")
    return 1 if any(lacking.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
