"""A new city: its file and its pretend systems."""

from dataclasses import dataclass
from pathlib import Path

from desk.city.files import load_city
from desk.city.holidays import load_calendar
from desk.contract.errors import ConfigurationError
from tools.scaffold.names import check_free_city, check_slug, check_words
from tools.scaffold.staging import Staging
from tools.scaffold.templates import filled
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
ENDS = _WORDS["ends"]
"""How a name ends that says already what sort of place it is."""


@dataclass(frozen=True)
class NewCity:
    """What is said of a new city. `lat`, `lon` are its centre, WGS 84 degrees; `region` its six digits of GB/T 2260."""

    slug: str
    name_zh: str
    name_en: str
    lat: float
    lon: float
    region: str
    area_code: str


def make_city(root: Path, new: NewCity, into: Path | None = None) -> tuple[list[Path], list[Path]]:
    """Write a city beside those of a root, or into a folder of one's own; the paths that are new, and those changed.

    Raises:
        ConfigurationError: a name is taken or wrong; nothing is written then.
    """
    check_slug(new.slug)
    check_words(name_zh=new.name_zh, name_en=new.name_en)
    check_free_city(root, new.slug)
    if not (len(new.region) == 6 and new.region.isdecimal()):
        raise ConfigurationError(f"--region {new.region!r}: give the six digits with which ids of the city begin.")
    if not (new.area_code.startswith("0") and new.area_code.isdecimal() and 3 <= len(new.area_code) <= 4):
        raise ConfigurationError(
            f"--area-code {new.area_code!r}: give the digits that are dialled first, such as 0579."
        )
    if not (-89 <= new.lat <= 89 and -179 <= new.lon <= 179):
        raise ConfigurationError(f"--lat {new.lat} --lon {new.lon}: give the centre in degrees, WGS 84.")
    words = {
        "slug": new.slug,
        "name": {"zh_Hans": new.name_zh, "en": new.name_en},
        "municipality": new.name_zh if new.name_zh.endswith(ENDS) else new.name_zh + _WORDS.text("city"),
        "lat": new.lat,
        "lon": new.lon,
        "region": new.region,
        "area_code": new.area_code,
    }
    staging, national = Staging(into or root), load_calendar(root / "cities")
    for name, text in filled("city", words):
        pretend = f"sandbox/data/{new.slug}/{Path(name).name}"
        staging.put(f"cities/{new.slug}.yml" if name == "city.yml" else pretend, text)

    def check(staged: Path) -> None:
        load_city(staged / "cities" / f"{new.slug}.yml", national)

    return staging.commit(check, lambda: None)
