"""What the desk asks of the actions server, which alone speaks with agencies."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from desk.contract.board import Board, StopAsked
from desk.contract.messages import CaseNote, Money, OrderNumber, Text
from desk.contract.wire import Locale, Slug, Wire


class BookItem(Wire):
    reference: str
    amount: Money


class BookCommand(Wire):
    """`POST /commands/book` of the actions server: tell the agency that an order's money has arrived.

    Idempotent: the same command may be sent any number of times. `signature` is the desk's, of all the rest
    (`desk/http/signatures.py`): who can post a command can still not say that an order was paid.
    """

    service: str
    city: str
    order: OrderNumber
    trade_no: str
    paid_at: str
    items: Annotated[list[BookItem], Field(min_length=1)]
    signature: str = ""


class Booking(Wire):
    """What became of one item: `refused` for good (`code`: why), `unreached` (nothing was changed) or `unknown`."""

    reference: str
    outcome: Literal["booked", "refused", "unreached", "unknown"]
    code: str | None = None
    receipt: str | None = None  # the agency's own


class BookAnswer(Wire):
    """One booking for each item of the command, in its order."""

    bookings: list[Booking]


class StatusCommand(Wire):
    """`POST /commands/status` of the actions server: how a case stands at the agency. Only reads."""

    case: CaseNote


class StatusAnswer(Wire):
    """The case as the agency has it now; `said` names its status for the resident."""

    case: CaseNote
    said: Text


class HolderCommand(Wire):
    """`POST /commands/holder` of the actions server: which telephone the agency holds for a person or reference.

    Only reads. `value` is an id number or the agency's number.
    """

    service: Slug
    city: Slug
    of: Literal["person", "reference"]
    value: Annotated[str, Field(min_length=1, max_length=128, repr=False)]


class HolderAnswer(Wire):
    """The telephone; None where the agency knows nobody by it, or holds none."""

    phone: Annotated[str | None, Field(repr=False)]


class CodeCommand(Wire):
    """`POST /commands/code` of the actions server: send the code that follows from conversation, frame and number.

    `of` says what it proves: `desk.contract.proving.SendCode`; `visitor`: that whoever looks at a page of their own
    holds a telephone, for which `service` is the city's `texting_service`, and `conversation` names the visit.
    Idempotent: the same may be sent any number of times.
    """

    conversation: str
    frame: str
    number: int
    service: Slug
    of: Literal["person", "reference", "phone", "visitor"]
    city: Slug
    locale: Locale
    phone: Annotated[str, Field(repr=False)]


class CodeSent(Wire):
    """It was sent."""


class BoardCommand(Wire):
    """`POST /commands/board` of the actions server: which buses come next at a stop. Only reads."""

    asked: StopAsked
    at: AwareDatetime


class BoardAnswer(Wire):
    """The board as it is at that moment."""

    board: Board
