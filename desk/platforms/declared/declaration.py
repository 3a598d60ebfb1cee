"""What a declaration of a channel may say: `channels/<name>.yml` of a folder of one's own (`DESK_CITIES`).

Fields and an example: docs/how-to/connect-a-webhook-channel.md.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from desk.platforms.declared.pointer import Pointer
from desk.platforms.declared.template import insist, names_in

OF_SIGNATURES = frozenset({"timestamp", "nonce", "body", "method", "path"})
OF_REPLIES = frozenset({"resident", "text", "account"})
OF_BUTTONS = frozenset({"title", "payload"})
COMMANDS = frozenset({"/list_services", "/change_language", "/human_agent", "/unsubscribe", "/my_cases", "/restart"})

type SecretName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
type Header = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")]
type Said = Annotated[str, Field(min_length=1, max_length=500)]


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Moment(Declared):
    """The header in which the time of a request stands, in `unit`s since 1970."""

    header: Header
    unit: Literal["seconds", "milliseconds"] = "seconds"


class Signature(Declared):
    """An HMAC over `of`, in a header after `prefix`.

    `of` is a text with places: `{timestamp}`, `{nonce}`, `{method}`, `{path}` and `{body}`, which is the body byte for
    byte. A request older than `minutes`, by its own time, is refused.
    """

    header: Header
    key: SecretName
    of: Said = "{body}"
    algorithm: Literal["sha256", "sha384", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: Annotated[str, Field(max_length=40)] = ""
    timestamp: Moment | None = None
    nonce: Header | None = None
    minutes: Annotated[int, Field(ge=1, le=60)] = 5

    @model_validator(mode="after")
    def _signs_what_there_is(self) -> Self:
        insist(self.of, OF_SIGNATURES)
        if "body" not in names_in(self.of):
            raise ValueError("of must hold {body}: else anybody may change it")
        for name, given in (("timestamp", self.timestamp), ("nonce", self.nonce)):
            if ("{" + name + "}" in self.of) != (given is not None):
                raise ValueError(f"{name}: name its header and let `of` hold {{{name}}}, or do neither")
        return self

    @property
    def window(self) -> timedelta:
        """How old a request may be."""
        return timedelta(minutes=self.minutes)


class Kind(Declared):
    """One kind of what happens: those whose `when` holds, value by pointer. Each `is` has fields of its own."""

    when: dict[Pointer, JsonValue] = Field(default_factory=dict)


class TextKind(Kind):
    is_: Literal["text"] = Field(alias="is")
    text: Pointer


class ButtonKind(Kind):
    is_: Literal["button"] = Field(alias="is")
    payload: Pointer


class LocationKind(Kind):
    is_: Literal["location"] = Field(alias="is")
    lat: Pointer
    lon: Pointer
    datum: Literal["wgs84", "gcj02"]


class FileKind(Kind):
    """A file; it is fetched from the address `files` with `{file}`, which is what stands at `reference`."""

    is_: Literal["image", "voice", "document", "video"] = Field(alias="is")
    reference: Pointer
    size: Pointer | None = None
    text: Pointer | None = None


class EditKind(Kind):
    is_: Literal["edit"] = Field(alias="is")
    message: Pointer
    text: Pointer


class FollowKind(Kind):
    is_: Literal["follow"] = Field(alias="is")
    entry: Pointer | None = None


class LeaveKind(Kind):
    is_: Literal["leave"] = Field(alias="is")


class ReportKind(Kind):
    is_: Literal["arrived", "lost"] = Field(alias="is")
    message: Pointer


type Happens = Annotated[
    TextKind | ButtonKind | LocationKind | FileKind | EditKind | FollowKind | LeaveKind | ReportKind,
    Field(discriminator="is_"),
]


class Messages(Declared):
    """Where in the body what happened stands: in each of `events` (a list; empty: the body is one event).

    `id`, `resident` and `at` are pointers within an event, and so are those of `kinds`, of which the first that fits
    counts; an event that fits none is ignored.
    """

    events: Pointer = ""
    id: Pointer
    resident: Pointer
    at: Pointer
    time: Literal["seconds", "milliseconds", "iso8601"] = "seconds"
    name: Pointer | None = None
    language: Pointer | None = None
    kinds: Annotated[list[Happens], Field(min_length=1)]
    commands: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _commands_are_known(self) -> Self:
        if unknown := sorted(set(self.commands.values()) - COMMANDS):
            raise ValueError(f"commands: there is no {unknown[0]}; there are {', '.join(sorted(COMMANDS))}")
        return self


class Limits(Declared):
    """What the platform shows and takes; see `desk.contract.channel.Abilities`.

    For `again_minutes` it brings a webhook again that was not taken. Where a signature holds no time, what happened
    longer ago is taken for a replay; where it is less than an hour, webhooks are kept on disk while the database is
    away.
    """

    text: Annotated[int, Field(ge=20, le=100_000)] = 2000
    unit: Literal["characters", "utf16", "utf8"] = "characters"
    buttons: Annotated[int, Field(ge=0, le=100)] = 0
    button_title: Annotated[int, Field(ge=4, le=1000)] | None = None
    payload: Annotated[int, Field(ge=27, le=100_000)] | None = None
    a_second: Annotated[float, Field(gt=0, le=1000)] = 10.0
    to_one_a_second: Annotated[float, Field(gt=0, le=100)] = 1.0
    reply_hours: Annotated[float, Field(gt=0, le=8760)] | None = None
    again_minutes: Annotated[int, Field(ge=0, le=43_200)] = 1440


class Codes(Declared):
    """What codes of errors in the answer mean; `fields` are where one may stand. Without a code all is well."""

    fields: Annotated[list[str], Field(min_length=1)]
    later: list[int] = Field(default_factory=list)
    too_many: list[int] = Field(default_factory=list)
    nobody: list[int] = Field(default_factory=list)
    account: list[int] = Field(default_factory=list)


class Buttons(Declared):
    """Where buttons stand in the body of a reply, and each as what."""

    at: Annotated[Pointer, Field(min_length=2)]
    each: dict[str, JsonValue]

    @model_validator(mode="after")
    def _shows_what_there_is(self) -> Self:
        insist(self.each, OF_BUTTONS)
        return self


class Replies(Declared):
    """How a reply is posted: a JSON body to an address below the platform's `api`.

    Headers, query and body hold `{resident}`, `{text}`, `{account}` and the names of secrets. `id` is where the answer
    has the platform's number of it.
    """

    method: Literal["POST", "PUT"] = "POST"
    path: Annotated[str, Field(pattern=r"^/[^\s?#]*$")]
    headers: dict[Header, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue]
    buttons: Buttons | None = None
    signature: Signature | None = None
    id: Pointer | None = None
    codes: Codes | None = None


class AnswerSaid(Declared):
    """What a webhook is answered once everything is stored."""

    status: Annotated[int, Field(ge=200, le=204)] = 200
    body: Annotated[str, Field(max_length=1000)] = ""
    content_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")] = "text/plain"


class Declaration(Declared):
    """A channel. `api` is the platform's address; `secrets` are what it gives an operator, each with what it is."""

    api: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)[^\s?#]*$")]
    secrets: Annotated[dict[SecretName, Said], Field(min_length=1)]
    signature: Signature
    messages: Messages
    replies: Replies
    files: Annotated[str, Field(pattern=r"^/[^\s?#]*\{file\}[^\s?#]*$")] | None = None
    answer: AnswerSaid = AnswerSaid()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _names_its_secrets(self) -> Self:
        keys = [("signature.key", self.signature.key)]
        if self.replies.signature is not None:
            keys.append(("replies.signature.key", self.replies.signature.key))
        if taken := sorted(set(self.secrets) & (OF_REPLIES | OF_SIGNATURES)):
            raise ValueError(f"secrets: {taken[0]} means something else in replies; name it otherwise")
        for where, key in keys:
            if key not in self.secrets:
                raise ValueError(f"{where}: secrets has no {key}")
        return self

    @model_validator(mode="after")
    def _replies_hold_what_there_is(self) -> Self:
        known = OF_REPLIES | set(self.secrets)
        for part in (self.replies.headers, self.replies.query):
            insist(part, known)
        insist(self.replies.body, OF_REPLIES)
        insist(self.replies.path, OF_REPLIES)
        texts = str(self.replies.body) + self.replies.path + str(self.replies.query)
        for name in ("resident", "text"):
            if "{" + name + "}" not in texts:
                raise ValueError(f"replies: nothing says {{{name}}}")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.limits.buttons > 0) != (self.replies.buttons is not None):
            raise ValueError("limits.buttons and replies.buttons belong together: give both, or neither")
        if self.files is None and any(isinstance(one, FileKind) for one in self.messages.kinds):
            raise ValueError("files: say where files of residents are fetched")
        return self


def as_declared(read: Any) -> Declaration:
    """A declaration of what a file says. Raises ValidationError."""
    return Declaration.model_validate(read)
