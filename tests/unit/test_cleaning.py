"""Images made harmless: what is seen stays, what is hidden goes, what could harm is refused."""

import io
import random

import pytest
from fixtures.drawn import FORMS, SECRET, drawn, moving, seen, telling
from PIL import Image, ImageCms

from desk.media.cleaning import LARGEST, LONGEST_SIDE, Cleaned, PictureRefused, cleaned

RED, BLUE = (255, 0, 0), (0, 0, 255)


def why(content: bytes) -> str:
    with pytest.raises(PictureRefused) as refused:
        cleaned(content)
    return refused.value.why


def near(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """The colour at a place, as far as it is certain."""
    dot = image.convert("RGB").getpixel(at)
    assert isinstance(dot, tuple)
    return tuple(255 if one > 200 else 0 if one < 55 else -1 for one in dot)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_hidden_is_gone(form: str) -> None:
    """EXIF, comments and profiles are not in the file any more; format, size and colours stay."""
    given = telling(form)
    assert SECRET in given
    kept = cleaned(given)
    image = seen(kept.content)
    assert (kept.content_type, kept.width, kept.height, image.size) == (FORMS[form], 320, 200, (320, 200))
    assert (SECRET in kept.content, b"Exif" in kept.content, dict(image.getexif())) == (False, False, {})
    assert (near(image, (10, 10)), near(image, (310, 190))) == (RED, BLUE)
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_behind_the_end_is_gone(form: str) -> None:
    """A file that goes on after the image is two files."""
    assert SECRET not in cleaned(drawn(form) + SECRET).content


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_it_stands_upright(orientation: int, red: tuple[int, int]) -> None:
    """As the camera was held: which corner is red."""
    image = seen(cleaned(telling(orientation=orientation)).content)
    assert image.size == ((320, 200) if orientation < 5 else (200, 320))
    right, bottom = image.width - 10, image.height - 10
    corners = {(0, 0): (10, 10), (1, 0): (right, 10), (0, 1): (10, bottom), (1, 1): (right, bottom)}
    assert [corner for corner, at in corners.items() if near(image, at) == RED] == [red]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png_is_shown(mode: str) -> None:
    """Grey, palettes, two colours and 16 bits a dot become what browsers show; what is clear stays clear."""
    if mode == "I;16":
        file = io.BytesIO()
        Image.new("I;16", (40, 30), 40_000).save(file, "PNG")
        image = seen(cleaned(file.getvalue()).content)
        assert image.convert("L").getpixel((5, 5)) == 40_000 // 256
        return
    image = seen(cleaned(drawn("PNG", mode=mode)).content)
    assert (image.mode, image.size) == ("RGBA" if "A" in mode else "RGB", (320, 200))


def test_colours_of_a_profile_become_those_that_browsers_assume() -> None:
    """The profile goes, and what it said of the colours is done; a broken one says nothing."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(seen(cleaned(drawn("PNG", icc_profile=lab)).content), (10, 10)) == RED
    assert near(seen(cleaned(drawn("PNG", icc_profile=b"no profile")).content), (10, 10)) == RED
    assert near(seen(cleaned(drawn("JPEG", mode="CMYK")).content), (10, 10)) == RED


def test_it_is_made_small() -> None:
    """No side is longer than the longest; what is small stays as it is; a line stays a line."""
    sizes = {(4000, 1000): (LONGEST_SIDE, 400), (900, 3200): (450, LONGEST_SIDE), (64, 48): (64, 48)}
    made = {size: cleaned(drawn(size=size)) for size in sizes}
    assert {size: (one.width, one.height) for size, one in made.items()} == sizes
    assert cleaned(drawn("PNG", size=(16_000, 1))).height == 1


def test_what_moves_is_refused() -> None:
    """APNG, WebP; GIF is not taken at all. The second image in a camera's JPEG is left out."""
    assert [why(moving(form)) for form in ("PNG", "WEBP", "GIF")] == ["animated", "animated", "kind"]
    assert isinstance(cleaned(moving("MPO")), Cleaned)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"%PDF-1.7", b"MZ\x90", b"BM" + b"0" * 99],
)
def test_other_kinds_are_refused(content: bytes) -> None:
    """By what the file is, whatever it is called."""
    assert why(content) == "kind"


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    """A small file that becomes large: nothing of it is decoded."""
    file = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(file, "PNG")
    assert (len(file.getvalue()) < 100_000, why(file.getvalue())) == (True, "dimensions")
    header = drawn("PNG").replace((320).to_bytes(4) + (200).to_bytes(4), (2**31 - 1).to_bytes(4) * 2)
    assert why(header) in {"dimensions", "broken"}
    assert why(drawn("PNG", size=(17_000, 2))) == "dimensions"


def test_what_is_too_large_is_refused() -> None:
    """By bytes."""
    assert why(drawn() + b"0" * LARGEST) == "large"


@pytest.mark.parametrize("form", FORMS)
def test_broken_files_are_refused_and_nothing_else_happens(form: str) -> None:
    """Cut anywhere, or with bytes changed anywhere: taken, or refused with a reason."""
    whole, chance = drawn(form), random.Random(20)
    assert why(whole[: len(whole) // 2]) == "broken"
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            cleaned(bytes(changed))
        except PictureRefused as exc:
            assert exc.why in {"kind", "large", "dimensions", "animated", "broken"}  # noqa: PT017
