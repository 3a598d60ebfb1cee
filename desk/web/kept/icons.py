"""The icon of a city's page among a telephone's applications: the city's seal in its colour, drawn here."""

import asyncio
from functools import lru_cache
from io import BytesIO

from aiohttp import web
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from desk.texts.catalogs import seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.parts import PARTS
from desk.web.problems import Problem

ADDRESS = "/{city:[a-z][a-z0-9_]*}/icon-{size:192|512}{kind:|-maskable}.png"
ICONS = ((192, ""), (512, ""), (512, "-maskable"))
"""Sizes in pixels, and which of them is to be cut to any shape: its middle four fifths are left."""
LETTER, LETTER_MASKABLE = 0.62, 0.48  # of the side
CORNER = 0.22
SHADES = 32  # between the colour, white and nothing: more are not seen, and weigh twice as much
KEPT = 400


@public
async def icon(request: web.Request) -> web.Response:
    """The icon of a city, as PNG."""
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    seal = seal_of(city.names.model_dump(), languages.requested(request, city.languages))
    size, maskable = int(request.match_info["size"]), bool(request.match_info["kind"])
    drawn = await asyncio.to_thread(draw, seal, city.colour, size, maskable)
    return web.Response(
        body=drawn,
        content_type="image/png",
        headers={"Cache-Control": "public, max-age=86400", "Vary": "Accept-Language"},
    )


@lru_cache(maxsize=KEPT)
def draw(seal: str, colour: str, size: int, maskable: bool) -> bytes:
    """Draw a seal, white on a colour."""
    image = Image.new("RGBA", (size, size))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, size - 1, size - 1), 0 if maskable else size * CORNER, fill=colour)
    font = ImageFont.truetype(sans_path(), round(size * (LETTER_MASKABLE if maskable else LETTER)))
    pen.text((size / 2, size / 2), seal, fill="white", font=font, anchor="mm")
    written = BytesIO()
    image.quantize(SHADES, method=Image.Quantize.FASTOCTREE).save(written, "PNG", optimize=True)
    return written.getvalue()
