"""Receipts as PDF, read back by another library."""

from datetime import UTC, datetime

import pypdfium2 as pdfium
import pytest
import zxingcpp

from desk.web.receipt_pdf import Sheet, write

ADDRESS = "https://city.example/receipt/R1000004-0?c=56UJTFJIWN"


def sheet(**changes: object) -> Sheet:
    """A receipt in Traditional characters, with changes."""
    known = {
        "tag": "zh-Hant",
        "issuer": "廣州政務服務",
        "title": "電子收據",
        "warning": "",
        "facts": (
            ("金額", "200.00元"),
            ("項目", "交通違例罰款1筆\n浙A****1"),
            ("收款機構", "广州市公安局交通警察支队"),
        ),
        "address": ADDRESS,
        "scan": "掃碼可核實這張收據",
        "issued_at": datetime(2026, 11, 25, 4, 19, tzinfo=UTC),
    }
    return Sheet(**{**known, **changes})  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    """All text of a PDF, without spaces."""
    with pdfium.PdfDocument(pdf) as document:
        return "".join("".join(page.get_textpage().get_text_range() for page in document).split())


def test_pdf_holds_every_fact_as_text() -> None:
    """Simplified and Traditional characters, sum, masked plate and address can be read and searched."""
    written = sheet()
    found = text_of(write(written))
    facts = [part for fact in written.facts for part in fact]
    for said in (written.issuer, written.title, *facts, written.scan, written.address):
        assert "".join(said.split()) in found


def test_pdf_embeds_its_font_and_says_what_it_is() -> None:
    """It looks the same on a machine without Chinese fonts; title and language are named."""
    written = write(sheet())
    with pdfium.PdfDocument(written) as document:
        assert document.get_metadata_value("Title") == "電子收據 · 廣州政務服務"
    assert b"/FontFile3" in written
    assert b"/Lang (zh-Hant)" in written


@pytest.mark.parametrize("warning", ["", "收據真實，但款項已退回，收據不再有效"])
def test_pdf_says_when_a_receipt_no_longer_holds(warning: str) -> None:
    """The warning stands on the sheet, and only where there is one."""
    assert ("不再有效" in text_of(write(sheet(warning=warning)))) == bool(warning)


def test_pdf_fits_on_one_page_whose_code_says_the_address() -> None:
    """What a camera sees on the paper leads to the page that verifies the receipt."""
    with pdfium.PdfDocument(write(sheet())) as document:
        assert len(document) == 1
        picture = document[0].render(scale=2).to_pil().convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]


def test_same_sheet_gives_same_bytes() -> None:
    """A receipt that is downloaded twice is one file."""
    first = write(sheet())
    write.cache_clear()
    assert write(sheet()) == first
