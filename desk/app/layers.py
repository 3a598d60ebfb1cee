"""What a root is made of: the product, over it a folder of one's own, and of both the cities that are served.

Who makes one is `desk.app.layering`.
"""

from dataclasses import dataclass
from pathlib import Path

CITIES = "cities"
DECLARED = "channels"
"""Of the folder of one's own: channels that files declare (`desk/platforms/declared/`), which no root has."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What a root is made of: `only` are the cities that are served; none: all."""

    product: Path
    own: Path | None = None
    only: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the product's files are served as they are."""
        return self.own is None and not self.only

    def city_file(self, slug: str) -> Path:
        """The file of a city that people wrote, one's own before the product's."""
        own = None if self.own is None else self.own / CITIES / f"{slug}.yml"
        return own if own is not None and own.is_file() else self.product / CITIES / f"{slug}.yml"


def names_of(said: str) -> tuple[str, ...]:
    """The cities that a setting names, separated by commas."""
    return tuple(dict.fromkeys(one.strip() for one in said.split(",") if one.strip()))
