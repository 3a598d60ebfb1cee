"""Keeps the pictures of the console for the documentation: of every page, as the browser tests left them.

`make pictures` runs those with pictures, then this: it reads tests/e2e/screenshots and writes docs/pictures/console/,
small, and the page that shows them.
"""

import re
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = ROOT / "tests" / "e2e" / "screenshots"
KEPT = ROOT / "docs" / "pictures" / "console"
PAGE = ROOT / "docs" / "reference" / "console-pages.md"
WIDTHS = (360, 1024, 1920)
NAME = re.compile(r"console-(?P<page>[a-z-]+)-(?P<width>360|1024|1920)(-en-light)?\.png")
COLOURS = 64
SHOWN = {360: 120, 1024: 280, 1920: 420}  # px on the page
HEAD = """# The console in pictures

Every page of the staff console at 360, 1024 and 1920 px, as the browser tests last saw it (written by \
`make pictures`; do not edit). How it is used: [use the console](../how-to/use-the-console.md).
"""


def main() -> int:
    """Shrink what there is of every page at every width, and write the page. Answers an exit code."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(TAKEN.glob("console-*.png")):
        said = NAME.fullmatch(path.name)
        if said is not None:
            found.setdefault(said["page"], {})[int(said["width"])] = path
    lacking = [f"{page} at {width}" for page, of in found.items() for width in WIDTHS if width not in of]
    if lacking or not found:
        sys.stderr.write(f"Not every picture is there ({', '.join(lacking) or 'none'}). Run: make pictures\n")
        return 1
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob("*.png"):
        old.unlink()
    lines = [HEAD]
    for page, of in found.items():
        lines.append(f"\n## {page.replace('-', ' ').capitalize()}\n\n")
        for width in WIDTHS:
            with Image.open(of[width]) as taken:
                small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                small.save(KEPT / f"{page}-{width}.png", optimize=True)
            lines.append(
                f'<a href="../pictures/console/{page}-{width}.png"><img src="../pictures/console/{page}-{width}.png"'
                f' alt="{page.replace("-", " ")}, {width} px" width="{SHOWN[width]}"></a>\n'
            )
    PAGE.write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
