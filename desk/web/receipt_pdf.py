"""A receipt as a sheet of paper: PDF, A4, its font embedded."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from pylopdf_fonts_zh_cn import sans_path

FONT = "Noto Sans SC"
MARGIN, LABEL, LINE = 22.0, 46.0, 9.0  # mm
CODE = 42.0  # mm, with its quiet zone
INK, QUIET, RULE = (27, 36, 34), (85, 97, 94), (205, 212, 210)
KEPT = 64  # sheets; writing one takes a third of a second, most of it for the font


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a receipt, all in the language of `tag` (BCP 47). `facts` are labels and values, the sum first.

    `warning` is empty on a receipt that holds: paper does not vouch for itself, its code does.
    """

    tag: str
    issuer: str
    title: str
    warning: str
    facts: tuple[tuple[str, str], ...]
    address: str
    scan: str
    issued_at: datetime


@lru_cache(maxsize=KEPT)
def write(sheet: Sheet) -> bytes:
    """Write the PDF. The same sheet gives the same bytes."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(sheet.issued_at)
    pdf.set_title(f"{sheet.title} · {sheet.issuer}")
    pdf.set_lang(sheet.tag)
    pdf.set_margin(MARGIN)
    pdf.add_font(FONT, fname=sans_path())
    pdf.add_page()
    _line(pdf, sheet.issuer, size=12, height=8, ink=QUIET)
    _line(pdf, sheet.title, size=24, height=14)
    if sheet.warning:
        _line(pdf, sheet.warning, size=13, height=9)
    pdf.ln(4)
    for number, (label, value) in enumerate(sheet.facts):
        _fact(pdf, label, value, size=20 if number == 0 else 12)
    pdf.ln(8)
    _code(pdf, sheet.address)
    _line(pdf, sheet.scan, size=11, height=8, ink=QUIET)
    _line(pdf, sheet.address, size=9, height=5, ink=QUIET)
    return bytes(pdf.output())


def _line(pdf: FPDF, text: str, *, size: float, height: float, ink: tuple[int, int, int] = INK) -> None:
    pdf.set_font(FONT, size=size)
    pdf.set_text_color(*ink)
    pdf.multi_cell(0, height, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fact(pdf: FPDF, label: str, value: str, *, size: float) -> None:
    """Write label and value side by side, over a rule."""
    top = pdf.get_y()
    height = LINE * max(1.0, size / 14)
    pdf.set_font(FONT, size=11)
    pdf.set_text_color(*QUIET)
    pdf.multi_cell(LABEL, height, label, align=Align.L, new_x=XPos.RIGHT, new_y=YPos.TOP)
    below = top + height
    pdf.set_font(FONT, size=size)
    pdf.set_text_color(*INK)
    pdf.set_xy(MARGIN + LABEL, top)
    pdf.multi_cell(0, height, value, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    below = max(below, pdf.get_y())
    pdf.set_draw_color(*RULE)
    pdf.line(MARGIN, below, pdf.w - MARGIN, below)
    pdf.set_y(below)


def _code(pdf: FPDF, address: str) -> None:
    """Draw the QR code of the address as squares."""
    rows = [*segno.make_qr(address, error="m").matrix_iter(border=4)]
    side, left, top = CODE / len(rows), MARGIN, pdf.get_y()
    pdf.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                pdf.rect(left + across * side, top + down * side, side, side, style="F")
    pdf.set_y(top + CODE)
