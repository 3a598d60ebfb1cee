"""QR codes as SVG."""

import io
from itertools import groupby

import segno

QUIET = 4  # modules around a code
LEVEL = "m"


def qr_svg(text: str) -> bytes:
    """Write a QR code of a text: black on white, with the quiet zone, without a size of its own."""
    file = io.BytesIO()
    segno.make_qr(text, error=LEVEL).save(
        file, kind="svg", border=QUIET, dark="#000", light="#fff", xmldecl=False, nl=False, omitsize=True
    )
    return file.getvalue()


def qr_path(text: str) -> tuple[int, str]:
    """The same code as its side in modules, and the SVG path of what is black: for pages that take no markup."""
    code = segno.make_qr(text, error=LEVEL)
    drawn = []
    for y, row in enumerate(code.matrix):
        x = 0
        for dark, run in groupby(row):
            wide = len(list(run))
            if dark:
                drawn.append(f"M{x + QUIET} {y + QUIET}h{wide}v1h-{wide}z")
            x += wide
    return len(code.matrix) + 2 * QUIET, "".join(drawn)
