"""QR codes as SVG."""

import io

import segno


def qr_svg(text: str) -> bytes:
    """Write a QR code of a text: black on white, with the quiet zone, without a size of its own."""
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(
        file, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, nl=False, omitsize=True
    )
    return file.getvalue()
