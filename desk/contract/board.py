"""The board of a stop: which buses come next, and a drawing of what lies around it, for pages that can draw.

All of it stands in the text of the message beside it, but for the drawing.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from desk.contract.text import Text
from desk.contract.wire import Slug, Wire

WIDE, HIGH = 320, 160
"""The drawing's box; the units have no size of their own."""

type Key = Annotated[str, Field(min_length=1, max_length=200)]
"""A stop or a line, as the city's timetable calls it: the same after a refresh."""

type Across = Annotated[int, Field(ge=0, le=WIDE)]
type Down = Annotated[int, Field(ge=0, le=HIGH)]
type Path = Annotated[str, Field(max_length=6_000, pattern=r"^(M\d+,\d+(L\d+,\d+)+)*$")]
"""What an SVG path says, within the box."""


class Spot(Wire):
    """A point of the drawing. Its name stands behind it, or before it where there is no room (`before`)."""

    x: Across
    y: Down
    name: Text | None = None
    before: bool = False


class Around(Wire):
    """What lies around a stop, north up: ways of its lines, straight from stop to stop, other stops, and buses.

    `bar` is how many units long `scale` is.
    """

    path: Path
    here: Spot
    stops: Annotated[list[Spot], Field(max_length=60)]
    buses: Annotated[list[Spot], Field(max_length=20)]
    bar: Across
    scale: Text


class Coming(Wire):
    """One bus. `said` is what the text of the message says of it; `minutes` None: only `clock` says when."""

    said: Text
    clock: Text
    minutes: Annotated[int, Field(ge=0)] | None
    source: Literal["live", "estimate", "timetable"]
    known: Text


class Way(Wire):
    """A line in one direction, with its next buses; `remarks` say what else is to be known of them."""

    line: Text
    towards: Text
    coming: list[Coming]
    remarks: list[Text] = Field(default_factory=list)


class StopAsked(Wire):
    """Whose board it is: a stop, of some lines (all if none are given), on the way to another stop if given."""

    city: Slug
    stop: Key
    lines: Annotated[list[Key], Field(max_length=40)] = Field(default_factory=list)
    towards: Key | None = None


class Board(Wire):
    """The board of a stop as it was at a moment. `again` is the payload of the button that asks the same once more."""

    asked: StopAsked
    name: Text
    at: AwareDatetime
    ways: list[Way]
    notes: list[Text] = Field(default_factory=list)
    around: Around | None = None
    again: str | None = None
