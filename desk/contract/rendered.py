"""Messages as they are shown: replies in the resident's language, with buttons and cards."""

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, SerializerFunctionWrapHandler, model_serializer

from desk.contract.board import StopAsked
from desk.contract.wire import Locale, Wire


class RenderedButton(Wire):
    """A choice as it is shown. `url` is there on buttons that dial."""

    title: str
    payload: str
    url: str | None = None

    @model_serializer(mode="wrap")
    def _without_absent_url(self, dump: SerializerFunctionWrapHandler) -> dict[str, str]:
        return {name: value for name, value in dump(self).items() if value is not None}


class RenderedRow(Wire):
    label: str
    value: str


class PaymentState(Wire):
    """An order as residents' programs see it: `amount` in yuan; `url` is its pay page."""

    order: str
    amount: str
    currency: Literal["CNY"] = "CNY"
    status: str
    url: str | None


class RenderedSpot(Wire):
    """A point of a drawing of 320 by 160. `name` stands behind it, or before it where there is no room."""

    x: int
    y: int
    name: str | None
    before: bool


class RenderedAround(Wire):
    """What lies around a stop, north up: `path` (SVG) are ways of its lines, `scale` is `bar` units long."""

    path: str
    here: RenderedSpot
    stops: list[RenderedSpot]
    buses: list[RenderedSpot]
    bar: int
    scale: str


class RenderedComing(Wire):
    """One bus: `said` whole, in pieces `minutes` (None: `clock` alone says when), `clock` and `known`, from where."""

    said: str
    clock: str
    minutes: int | None
    source: Literal["live", "estimate", "timetable"]
    known: str


class RenderedWay(Wire):
    """A line in one direction, with its next buses."""

    line: str
    towards: str
    coming: list[RenderedComing]
    remarks: list[str]


class RenderedBoard(Wire):
    """The board of a stop as it was at a moment. `asked` asks for it anew; `again` is the payload that does so, too."""

    asked: StopAsked
    name: str
    at: AwareDatetime
    locale: Locale
    ways: list[RenderedWay]
    notes: list[str]
    around: RenderedAround | None
    again: str | None


class RenderedCard(Wire):
    """`payment` is set on the card of an order, `board` on that of a stop."""

    kind: str
    title: str
    rows: list[RenderedRow] = Field(default_factory=list)
    buttons: list[RenderedButton] = Field(default_factory=list)
    payment: PaymentState | None = None
    board: RenderedBoard | None = None

    @model_serializer(mode="wrap")
    def _without_absent_board(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if name != "board" or value is not None}


class RenderedImage(Wire):
    """A picture: its public address, what is to be seen on it in the language, its size in pixels.

    `seen_at` says where it is seen by whoever is shown none, in the language; empty: the text says it, or nothing does.
    """

    url: str
    text: str
    width: int
    height: int
    seen_at: str = ""


class RenderedLink(Wire):
    """An address that the text names, as a button; `kind` is its form among arguments of `Text`, like `pay_page`.

    A `document` is one of those on the page that the text names.
    """

    kind: str
    title: str
    url: str


class RenderedMessage(Wire):
    """A reply in the resident's language. `text` is always complete by itself, without the image too.

    `line` is what may stand above the cards in place of the text: with them it says the same. `links` are addresses
    of the text that may be shown as buttons.
    """

    text: str
    locale: Locale
    line: str | None = None
    links: list[RenderedLink] = Field(default_factory=list)
    buttons: list[RenderedButton] = Field(default_factory=list)
    cards: list[RenderedCard] = Field(default_factory=list)
    image: RenderedImage | None = None

    @property
    def absent(self) -> set[str]:
        """Names of what it may have and has not: they are not written down."""
        return {name for name in ("image", "line", "links") if not getattr(self, name)}

    def without_image(self) -> Self:
        """The same where no image is shown: its text says where it is seen."""
        if self.image is None:
            return self
        said = f"{self.text}\n{self.image.seen_at}" if self.image.seen_at else self.text
        return self.model_copy(update={"text": said, "image": None})
