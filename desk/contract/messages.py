"""What bot, actions and desk say to each other about one turn.

Replies are keys with arguments (`docs/explanation/contracts.md`); the desk renders them from `locales/`.
All of this crosses a wire. Times carry their offset; money is yuan as a string with two decimals.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from desk.contract.board import Board
from desk.contract.certificate import Certificate
from desk.contract.consent import Consent
from desk.contract.grid import CELLS
from desk.contract.linking import LinkChannels
from desk.contract.orders import Money as Money
from desk.contract.orders import OrderItem as OrderItem
from desk.contract.orders import OrderNote as OrderNote
from desk.contract.orders import OrderNumber as OrderNumber
from desk.contract.orders import OrderStatus as OrderStatus
from desk.contract.proving import Reserve, SendCode, Tried
from desk.contract.refunds import Back
from desk.contract.text import Text as Text
from desk.contract.wire import Locale, Slug, Wire

type Manner = Literal["standard", "elderly"]
"""How a conversation is held: `elderly` is shorter and larger, with fewer things at a time."""

ORDER_MINUTES = 30
"""How long an order can be paid."""


type ButtonUrl = Annotated[str, Field(pattern=r"^(tel|sms):[0-9]{3,15}$")]


class Button(Wire):
    """A choice: `payload` is `/intent{"entity": "value"}`, at most 512 characters.

    With `url` it dials (RFC 3966) or begins a short message (RFC 5724) where the channel can; the text says the number,
    so that a channel that cannot leaves the button out.
    """

    title: Text
    payload: Annotated[str, Field(pattern=r"^/[a-z_]+(\{.*\})?$", max_length=512)]
    url: ButtonUrl | None = None


class Row(Wire):
    """One line of a card."""

    label: Text
    value: Text


class Card(Wire):
    """A list of facts about one thing: repeats what the text says, never adds facts of its own.

    `order` makes it the card of a payment: the desk adds status, address and QR code, and keeps the status current.
    `board` makes it that of a stop.
    """

    kind: str
    title: Text
    rows: list[Row] = Field(default_factory=list)
    buttons: list[Button] = Field(default_factory=list)
    order: OrderNumber | None = None
    board: Board | None = None


class Reply(Text):
    """One message to the resident."""

    buttons: list[Button] = Field(default_factory=list)
    cards: list[Card] = Field(default_factory=list)


class OpenTicket(Wire):
    """The bot hands the conversation over to a person."""

    type: Literal["open_ticket"] = "open_ticket"
    reason: Literal["asked", "not_understood", "anger", "failed", "refund"]
    service: str | None = None


class StayInLine(Wire):
    """The resident waits for a clerk and wishes nothing meanwhile: the desk says where they stand.

    `asks_place`: that is what they ask. `asks_call`: they ask whether, or how, they are reached. `leaves_no_contact`:
    they were asked for a telephone and leave none; what else was said is answered beside it.
    """

    type: Literal["stay_in_line"] = "stay_in_line"
    asks_place: bool = False
    asks_call: bool = False
    leaves_no_contact: bool = False


class LeaveLine(Wire):
    """The resident will not wait for a clerk."""

    type: Literal["leave_line"] = "leave_line"


class Erase(Wire):
    """The resident confirmed that everything kept of the conversation be erased; the one reply confirms it.

    The desk erases in the turn's own transaction, with the state of this answer, then writes the reply."""

    type: Literal["erase"] = "erase"


class EmergencyHeard(Wire):
    """The bot heard an emergency: nothing else of the message counts, and the desk answers it.

    `kind` is a folder of `nlu/safety/`; `also` are kinds that are nearly as likely, the likelier first. `down`:
    somebody does not respond, does not breathe or has collapsed.
    """

    type: Literal["emergency"] = "emergency"
    kind: Slug
    also: list[Slug] = Field(default_factory=list)
    confidence: Annotated[float, Field(ge=0, le=1)]
    down: bool = False


class Caution(Wire):
    """The bot heard no emergency in a text that names signs of one: the desk says a word of caution before it answers.

    `kind` is a folder of `nlu/safety/`.
    """

    type: Literal["caution"] = "caution"
    kind: Slug


class Signed(Wire):
    """An effect that binds: it moves money, or says what an agency has in hand. The actions alone can say so.

    `signature` is theirs, of all the rest, the conversation and the message (`desk/http/signatures.py`): the bot passes
    it on, and can neither make nor change such an effect.
    """

    signature: str = ""


class OpenOrder(Signed):
    """The reply offers a payment: the desk opens the order in the turn's own transaction.

    The number follows from the message, so a repeated turn opens the same order. `subject` is what the order is for, as
    the payer's statement shows it; `subject_of` names whom or what it is about (personal data)."""

    type: Literal["open_order"] = "open_order"
    order: OrderNumber
    service: str
    agency: str
    items: Annotated[list[OrderItem], Field(min_length=1, max_length=500)]
    amount: Money
    subject: Text
    subject_of: dict[str, str] = Field(default_factory=dict)


class ShowOrder(Wire):
    """The reply reports an order that there is: `turn_done.payment` shows it while it is open."""

    type: Literal["show_order"] = "show_order"
    order: OrderNumber


class CloseOrder(Wire):
    """The resident does not want to pay an open order; nothing happens if it is not open any more."""

    type: Literal["close_order"] = "close_order"
    order: OrderNumber


class RefundOrder(Signed):
    """What was paid for was given up at the agency: by the rule of its service, a share of the money goes back."""

    type: Literal["refund_order"] = "refund_order"
    order: OrderNumber
    share: Back


type CaseKind = Literal["appointment", "application", "report"]


class CaseNote(Wire):
    """Something that an agency has in hand for this conversation: an appointment, an application, a report.

    `case` names it in the conversation: the id of the frame that made it. `reference` is the agency's number. `facts`
    are what its service needs to show and change it; `about` names it in lists ("marriage registration, 3 December");
    `status` is the agency's word, `cancelled` where it was called off. `at` is the time of an appointment, with its
    offset; `place` where it is. `known_at` says since when the desk knows that it stands so; a handler leaves it out.
    """

    case: Annotated[str, Field(min_length=1, max_length=80)]
    city: Slug
    service: str
    agency: str
    kind: CaseKind
    reference: Annotated[str, Field(min_length=1, max_length=64)]
    about: Text
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    status: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    at: str | None = None
    place: Text | None = None
    over: bool = False  # nothing more will happen to it
    known_at: str | None = None


class KeepCase(CaseNote, Signed):
    """The desk keeps a case, or what has become of it, in the turn's transaction: reminds of it and says its news.

    `proved_phone` is the telephone that was proved by a one-time code for this very case: who proves it again, on any
    device, sees the case. None: none was, or it is known from before. `contact_phone` is the telephone that a report
    names for questions of its agency: who proves it sees the report. Both are personal data.
    """

    type: Literal["keep_case"] = "keep_case"
    proved_phone: Annotated[str | None, Field(max_length=20, repr=False)] = None
    contact_phone: Annotated[str | None, Field(max_length=20, repr=False)] = None


type Cell = Annotated[int, Field(ge=0, lt=CELLS, description="A square of `desk.contract.grid`.")]


class Subscription(Wire):
    """Notices that a resident gets; without a district those of the whole city."""

    topic: Slug
    district: Slug | None = None


class Announced(Wire):
    """What an announcement that is in force is about; without a district it is for the whole city."""

    topic: Slug
    district: Slug | None = None


class Published(Wire):
    """An announcement that a question may be about: it holds, is still ahead, or was over today.

    Without districts it is for the whole city. `passages` are what it says, piece by piece, the title first, in the
    languages in which it was written. `told`: it was said to this resident lately.
    """

    number: int
    topic: Slug
    districts: tuple[Slug, ...] = ()
    titles: dict[Locale, str]
    passages: tuple[str, ...]
    stands: Literal["holds", "ahead", "over"] = "holds"
    told: bool = False


class Subscribe(Subscription):
    """Notices of a topic are wished from now on."""

    type: Literal["subscribe"] = "subscribe"


class Unsubscribe(Wire):
    """No more notices of a topic; None: of none at all."""

    type: Literal["unsubscribe"] = "unsubscribe"
    topic: Slug | None = None
    district: Slug | None = None


class FollowPlace(Wire):
    """Notices of what happens near a place are wished: of the place no more is said than a square of the grid."""

    type: Literal["follow_place"] = "follow_place"
    cell: Cell


class LeavePlaces(Wire):
    """No more notices near any place."""

    type: Literal["leave_places"] = "leave_places"


class SetRhythm(Wire):
    """How often notices come from now on: each at once, or what came since in one message at an hour of the city.

    `weekday`, Monday 1, counts for `weekly`. Urgent ones come at once in any case.
    """

    type: Literal["set_rhythm"] = "set_rhythm"
    rhythm: Literal["at_once", "daily", "weekly"]
    weekday: Annotated[int, Field(ge=1, le=7)] = 1
    hour: Annotated[int, Field(ge=0, le=23)] = 18


class ShowAnnouncements(Wire):
    """The reply begins with what the city's agencies published last; the desk says it, or that there is nothing.

    `asks`: until when it holds is all that is asked, and said of what is in force. `number`: this announcement alone
    was asked about.
    """

    type: Literal["show_announcements"] = "show_announcements"
    topic: Slug | None = None
    district: Slug | None = None
    asks: Literal["end"] | None = None
    number: int | None = None


class ChangeManner(Wire):
    """From now on the conversation is held in another manner; the reply is the first that is."""

    type: Literal["change_manner"] = "change_manner"
    manner: Manner


class Remembered(Wire):
    """Values that a resident wanted kept."""

    service: str
    values: dict[str, str]


class Remember(Remembered):
    """The resident wants some values kept for the next time (a household's account number)."""

    type: Literal["remember"] = "remember"


class Forget(Remembered):
    """The resident does not want some values kept any longer."""

    type: Literal["forget"] = "forget"


type Effect = Annotated[
    OpenTicket
    | StayInLine
    | LeaveLine
    | EmergencyHeard
    | Caution
    | Erase
    | OpenOrder
    | ShowOrder
    | CloseOrder
    | RefundOrder
    | KeepCase
    | Subscribe
    | Unsubscribe
    | FollowPlace
    | LeavePlaces
    | SetRhythm
    | ShowAnnouncements
    | ChangeManner
    | Remember
    | Forget
    | Consent
    | LinkChannels
    | Tried
    | SendCode
    | Reserve,
    Field(discriminator="type"),
]


class Location(Wire):
    """A shared place. Degrees; `datum` gcj02 is what Chinese phones and maps give."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    datum: Literal["wgs84", "gcj02"] = "wgs84"


class Media(Wire):
    """A stored file that a resident sent."""

    id: str
    content_type: str


class Message(Wire):
    """One inbound message as the bot sees it. Exactly the field that `kind` names is set.

    `harmless`: the resident says that this text, which sounded like an emergency, is none. `signs`: how many signs of a
    case of an emergency the text names, by its kind.
    """

    id: str
    kind: Literal["text", "payload", "location", "media"]
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    media: Media | None = None
    harmless: bool = False
    signs: dict[Slug, int] = Field(default_factory=dict)


class Context(Wire):
    """What a turn may know of its surroundings, the same from the desk to a service's handler.

    The bot reads `city`, `locale`, `now` and `situation`, and passes on all of it. `locale` and `manner` are those of
    the conversation before this turn; `city` is a slug, and `now` is in its time. `situation` is what the dialogue
    stated after the last turn; null where nothing was stated.
    """

    city: str
    locale: Locale
    channel: str
    now: AwareDatetime
    situation: dict[str, JsonValue] | None = None
    manner: Manner = "standard"
    pays: bool = False  # whether orders can be paid here
    in_line: bool = False  # whether a clerk is waited for
    asks_contact: bool = False  # whether who waits was asked just now to leave a telephone or an address
    orders: tuple[OrderNote, ...] = ()  # of this conversation, the newest first, at most ten
    cases: tuple[CaseNote, ...] = ()  # likewise
    subscriptions: tuple[Subscription, ...] = ()  # to notices of this city
    places: tuple[Cell, ...] = ()  # squares of the grid near which notices are wished
    notices: tuple[Announced, ...] = ()  # announcements of this city that are in force
    published: tuple[Published, ...] = ()  # of them those that are likeliest asked about, at most 24
    remembered: tuple[Remembered, ...] = ()  # at most ten a service
    certificate: Certificate | None = None  # who the channel's platform says that this is
    followed: tuple[Slug, ...] = ()  # cities whose accounts the resident comes to, this account's first


class Intent(Wire):
    name: str
    confidence: float


class Entity(BaseModel):
    """A span of the text: offsets in Unicode code points of the original, `value` the surface text."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    entity: str
    value: str
    start: int | None = None
    end: int | None = None
    role: str | None = None


class Understanding(BaseModel):
    """What the bot understood."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    intent: Intent
    entities: list[Entity] = Field(default_factory=list)
    ranking: list[Intent] = Field(default_factory=list)
    commands: list[Intent] = Field(default_factory=list)  # what it is in its situation: desk.contract.commands
    language: str | None = None
