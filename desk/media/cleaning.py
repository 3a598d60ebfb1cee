"""Pictures that are shown to everybody: decoded and encoded anew, so that nothing is left but what one sees.

What a picture is, its first bytes say. Its size is read before it is decoded; formats' own limits hold besides.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from PIL import ExifTags, Image, ImageCms

from desk.contract.errors import DeskError
from desk.media.types import content_type_of

LARGEST = 5_000_000  # bytes, as it comes and as it is kept
LONGEST_SIDE = 1_600  # pixels, as it is kept
MOST_PIXELS: Mapping[str, int] = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""As it comes: what cameras of telephones make; the others are decoded whole."""
LONGEST_GIVEN = 16_384  # pixels of a side, as it comes
FORMATS: Mapping[str, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
SUFFIXES: Mapping[str, str] = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
QUALITY: Mapping[str, Mapping[str, int | bool]] = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 85, "method": 4},
}
BROKEN = (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error)
"""What decoders raise over a file that is not what it says."""
BOUNDS = (LONGEST_SIDE, LONGEST_SIDE)
TURNS: Mapping[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the orientation in EXIF (EXIF 2.32, 4.6.4)."""

type Why = Literal["kind", "large", "dimensions", "animated", "broken"]


class PictureRefused(DeskError):
    """The picture cannot be taken."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"The picture cannot be taken: {why}.")
        self.why = why


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture as it is kept; width and height in pixels."""

    content: bytes
    content_type: str
    width: int
    height: int


def cleaned(content: bytes) -> Cleaned:
    """The same picture without anything hidden, upright, in sRGB, no side longer than `LONGEST_SIDE`.

    Takes seconds and 400 MB at worst (25 million pixels of WebP): not for the event loop.

    Raises:
        PictureRefused: it is too large, moves, is of another format or broken.
    """
    if len(content) > LARGEST:
        raise PictureRefused("large")
    content_type = content_type_of(content) or ""
    if content_type not in FORMATS:
        raise PictureRefused("kind")
    form = FORMATS[content_type]
    try:
        plain = _decoded(content, form)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise PictureRefused("dimensions") from exc
    except BROKEN as exc:
        raise PictureRefused("broken") from exc
    kept = io.BytesIO()
    plain.save(kept, form, **QUALITY[form])
    if kept.tell() > LARGEST:
        raise PictureRefused("large")
    return Cleaned(kept.getvalue(), content_type, plain.width, plain.height)


def _decoded(content: bytes, form: str) -> Image.Image:
    """The picture's dots in a picture that has nothing else."""
    with Image.open(io.BytesIO(content), formats=[form]) as given:
        if given.width * given.height > MOST_PIXELS[form] or max(given.size) > LONGEST_GIVEN:
            raise PictureRefused("dimensions")
        if form != "JPEG" and getattr(given, "is_animated", False):  # a JPEG may hold a second one: that is left out
            raise PictureRefused("animated")
        given.draft(None, BOUNDS)  # a JPEG is decoded at a fraction of its size
        given.load()
        is_clear = form != "JPEG" and given.has_transparency_data
        profile, turn = given.info.get("icc_profile"), _turn(given)
        shown = _in_colours(given, is_clear=is_clear)
        shown.thumbnail(BOUNDS, Image.Resampling.LANCZOS)
    shown = _in_srgb(shown, profile, "RGBA" if is_clear else "RGB")
    if turn is not None:
        shown = shown.transpose(turn)
    plain = Image.new(shown.mode, shown.size)
    plain.paste(shown)
    return plain


def _turn(given: Image.Image) -> Image.Transpose | None:
    """How it is turned to stand upright, as its EXIF says; what cannot be read says nothing."""
    try:
        return TURNS.get(given.getexif().get(ExifTags.Base.Orientation))
    except BROKEN:
        return None


def _in_colours(given: Image.Image, *, is_clear: bool) -> Image.Image:
    """The same in a mode that can be made smaller: of palettes and of 16 bits a dot none can."""
    if is_clear:
        return given if given.mode == "RGBA" else given.convert("RGBA")
    if given.mode.startswith("I"):
        return given.convert("I").point(lambda dot: dot * (1 / 256)).convert("L")
    return given if given.mode in {"L", "RGB", "CMYK"} else given.convert("RGB")


def _in_srgb(shown: Image.Image, profile: object, mode: str) -> Image.Image:
    """The same in the colours that browsers take for granted; a profile that cannot be read says nothing."""
    if isinstance(profile, bytes):
        try:
            of, to = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            made = ImageCms.profileToProfile(shown, of, to, outputMode=mode)
        except (ImageCms.PyCMSError, *BROKEN):
            made = None
        if made is not None:
            return made
    return shown.convert(mode)
