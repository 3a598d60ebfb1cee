"""Text messages by a gateway that speaks docs/reference/sms-gateway.md: signed both ways, with reports of arrival.

Whatever gateway a city has (CMPP, SMPP, a provider's own HTTP), a few lines in front of it speak this wire. A resident
is known by their telephone number. There are no buttons: choices are numbered lines. Each message begins with who
sends it, 【…】, and is charged by its parts (`desk/texts/parts.py`).
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from aiohttp import ClientSession
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from desk.contract import channel
from desk.contract.channel import Account, Answer, Delivery, Inbound, MenuEntry, Outcome, Piece
from desk.contract.errors import BackendNonsense, BackendRefused, PayloadTooLarge
from desk.contract.rendered import RenderedMessage
from desk.contract.telephones import home
from desk.platforms.calls import Answered, Asked, CallFailed, call, problem_of
from desk.texts.parts import parts_of
from desk.texts.splitting import choices, split, with_choices

REPLAY = timedelta(minutes=5)
LONGEST = 500  # characters with the signature, as networks have it
SIGN = 20  # characters
AT_ONCE = 1_000  # telephones in one request
HIGHEST_RATE = 10_000.0  # messages a second that an account may be given
NUMBER = re.compile(r"^\+?[0-9]{5,15}$")
SOON, OUT = 5.0, 30.0  # seconds

# `type` of a refusal (problem+json) that concerns the resident, and one that concerns the account.
NOBODY = frozenset({"no-such-number", "stopped"})
ACCOUNT = frozenset({"unauthorized", "suspended", "no-credit"})


def _hard_to_guess(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("it needs 32 characters or more")
    return secret


class Secrets(BaseModel):
    """What the account is connected with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gateway: Annotated[str, Field(max_length=300, pattern=r"^https://[^\s?#@]+$")] = Field(
        description="Address of the gateway, as in `https://gateway.example/v1`; `/texts` and `/callback` follow it."
    )
    signing_key: Annotated[SecretStr, AfterValidator(_hard_to_guess)] = Field(
        description="Signs requests to the gateway and its callbacks: 32 random characters or more, the same at both."
    )
    sign: Annotated[str, Field(min_length=2, max_length=SIGN, pattern=r"^[^【】\[\]\s]+$")] = Field(
        description="Who sends, as it was registered with the networks; stands before each message in 【】."
    )
    at_once: Annotated[int, Field(ge=1, le=AT_ONCE)] = Field(
        default=1, description="So many telephones the gateway takes in one request, at `/texts/batch`; 1: it has none."
    )


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


type Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
type Number = Annotated[str, Field(pattern=NUMBER.pattern)]


class _Received(_Wire):
    event: Literal["received"]
    id: Id
    from_: Number = Field(alias="from")
    at: AwareDatetime
    text: Annotated[str, Field(max_length=20_000)] = ""
    auto: bool = False  # written by a machine, as the gateway knows: an answering service, a bulk sender


class _Report(_Wire):
    event: Literal["report"]
    id: Id
    of: Id
    to: Number
    at: AwareDatetime
    status: Literal["delivered", "failed", "expired", "stopped"]


def _strange(event: str) -> str:
    if event in ("received", "report"):
        raise ValueError("it lacks what belongs to it")
    return event


class _Other(_Wire):
    """Something that this contract does not know yet."""

    event: Annotated[str, AfterValidator(_strange)]
    id: Id
    at: AwareDatetime


class _Callback(_Wire):
    account: str
    events: Annotated[list[_Received | _Report | _Other], Field(max_length=1_000)]


class _Taken(_Wire):
    id: Id
    parts: Annotated[int, Field(ge=1, le=100)] | None = None


class _NotTaken(_Wire):
    type: Annotated[str, Field(min_length=1, max_length=100)]


class _TakenTogether(_Wire):
    texts: Annotated[list[_Taken | _NotTaken], Field(max_length=AT_ONCE)]


class _State(_Wire):
    account: str
    callback: str | None = None
    per_second: float | None = None
    per_request: int | None = None


class Sms:
    """The channel."""

    name = "sms"
    abilities = channel.Abilities(
        text_limit=LONGEST - SIGN - 2,
        account_rate=50.0,
        highest_rate=HIGHEST_RATE,
        resident_rate=0.2,
        resident_burst=4,
        replay_window=REPLAY,
        keywords=True,
        by_telephone=True,
    )
    Secrets = Secrets

    def verify(self, account: Account, delivery: Delivery) -> None:
        given, at = delivery.headers.get("sms-signature", ""), delivery.headers.get("sms-timestamp", "")
        nonce = delivery.headers.get("sms-nonce", "")
        if not (at.isascii() and at.isdigit() and len(at) <= 12 and 8 <= len(nonce) <= 64):
            raise channel.Forged("There is no signature.")
        expected = signature(_secrets(account).signing_key.get_secret_value(), "callback", at, nonce, delivery.body)
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise channel.Forged("The signature is not the gateway's.")
        if abs(delivery.at.timestamp() - int(at)) > REPLAY.total_seconds():
            raise channel.Forged("The request is too old, or a clock is wrong.")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        channel.json_of(delivery.body)  # nested without end, or no JSON
        try:
            said = _Callback.model_validate_json(delivery.body)
        except ValidationError as exc:  # without the values: they are what a resident wrote
            where = ".".join(map(str, exc.errors(include_input=False)[0]["loc"]))
            raise channel.Malformed(f"Not a callback of the gateway's, at {where!r}.") from None
        if said.account != account.platform_id:
            raise channel.Malformed("It is for another account.")
        return [one for event in said.events for one in _happened(event, delivery)]

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:  # noqa: ARG002
        """Empty: all of it was stored, and need not be brought again."""
        return Answer(status=200)

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        text = with_choices(message, choices(message))
        return [Piece("text", {"text": part}, part) for part in split(text, self.abilities.text_limit)]

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        text = f"【{_secrets(account).sign}】{piece.text}"
        body = {"account": account.platform_id, "to": resident, "text": text}
        try:
            answered = await call(http, _signed(account, "POST", "/texts", body))
        except CallFailed as exc:
            return exc.outcome
        except PayloadTooLarge:
            return channel.Unknown("too long an answer")
        if answered.status not in (200, 202):
            return _refused(answered)
        try:
            taken = _Taken.model_validate_json(answered.content)
        except ValidationError:
            return channel.Unknown("an answer that cannot be read")
        return channel.Sent(taken.id, taken.parts or parts_of(text).parts)

    def charged(self, piece: Piece) -> int:
        return parts_of(f"【{'x' * SIGN}】{piece.text}").parts  # the brackets are in no 7-bit alphabet

    def most_at_once(self, account: Account) -> int:
        return _secrets(account).at_once

    async def send_to_many(
        self, http: ClientSession, account: Account, residents: Sequence[str], piece: Piece
    ) -> Sequence[Outcome]:
        text = f"【{_secrets(account).sign}】{piece.text}"
        body = {"account": account.platform_id, "to": list(residents), "text": text}
        try:
            answered = await call(http, _signed(account, "POST", "/texts/batch", body))
        except CallFailed as exc:
            return [exc.outcome] * len(residents)
        except PayloadTooLarge:
            return [channel.Unknown("too long an answer")] * len(residents)
        if answered.status not in (200, 202):
            return [_refused(answered)] * len(residents)
        try:
            taken = _TakenTogether.model_validate_json(answered.content).texts
        except ValidationError:
            taken = []
        if len(taken) != len(residents):
            return [channel.Unknown("an answer that cannot be read")] * len(residents)
        parts = parts_of(text).parts
        return [
            channel.Sent(one.id, one.parts or parts) if isinstance(one, _Taken) else _of_one(one.type) for one in taken
        ]

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """There are no buttons."""

    async def fetch(self, http: ClientSession, account: Account, file: channel.FileReceived, *, limit: int) -> bytes:  # noqa: ARG002
        raise BackendRefused("Text messages have no files.", code="no-files")

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:  # noqa: ARG002
        """Tell the gateway where to bring what happens."""
        body = {"account": account.platform_id, "callback": account.webhook}
        try:
            answered = await call(http, _signed(account, "PUT", "/callback", body))
            if answered.status != 200:
                raise CallFailed(_refused(answered))
            state = _State.model_validate_json(answered.content)
        except CallFailed as exc:
            raise exc.as_error("The gateway") from None
        except (PayloadTooLarge, ValidationError):
            raise BackendNonsense("The gateway says nothing of the account that could be read.") from None
        if state.callback != account.webhook:
            raise BackendNonsense("The gateway took the callback but names another: look at its settings.")
        said = [f"The gateway brings what happens to {account.webhook}."]
        if state.per_second is not None and state.per_second != self.abilities.account_rate:
            said.append(f"It takes {state.per_second:g} messages a second: give the account that rate (--rate).")
        if (state.per_request or 1) > self.most_at_once(account):
            said.append(f"It takes {state.per_request} telephones in a request: give the account that as `at_once`.")
        return said

    async def say_publicly(
        self,
        http: ClientSession,  # noqa: ARG002 - the contract gives more than a channel without public posts needs
        account: Account,  # noqa: ARG002
        mention: channel.Mentioned,  # noqa: ARG002
        text: str,  # noqa: ARG002
    ) -> Outcome:
        return channel.Rejected("text messages have no public posts")


def signature(key: str, way: Literal["request", "callback"], at: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over version, way, time, nonce and the body's SHA-256, each on a line."""
    signed = "\n".join(["v1", way, at, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.digest(key.encode(), signed.encode(), "sha256").hex()


def _signed(account: Account, method: Literal["POST", "PUT"], path: str, body: Mapping[str, object]) -> Asked:
    content = json.dumps(body, ensure_ascii=False).encode()
    at, nonce = str(int(time.time())), secrets.token_hex(12)
    key = _secrets(account).signing_key.get_secret_value()
    headers = {
        "Content-Type": "application/json",
        "Sms-Timestamp": at,
        "Sms-Nonce": nonce,
        "Sms-Signature": signature(key, "request", at, nonce, content),
    }
    base = account.base_url or _secrets(account).gateway
    return Asked(method, base.rstrip("/") + path, headers=headers, content=content)


def _refused(answered: Answered) -> channel.RetryAfter | channel.Stopped | channel.Rejected | channel.Unknown:
    """What a refusal says: 429 and 503 mean that nothing was done, other 5xx that it is not known."""
    kind = problem_of(answered.content)
    why = kind or f"status {answered.status}"
    if answered.status == 429:
        return channel.RetryAfter(answered.retry_after or SOON, why, account=kind != "number-busy")
    if answered.status == 503:
        return channel.RetryAfter(answered.retry_after or OUT, why, outage=True)
    if kind in NOBODY:
        return channel.Stopped(why)
    if 300 <= answered.status < 500:
        return channel.Rejected(why, account=kind in ACCOUNT or answered.status in (401, 403))
    return channel.Unknown(why)


def _of_one(kind: str) -> Outcome:
    """What the refusal of one telephone among many says: nothing was done for it, and the others went on."""
    if kind in NOBODY:
        return channel.Stopped(kind)
    return channel.RetryAfter(SOON, kind, account=False) if kind == "number-busy" else channel.Rejected(kind)


def _secrets(account: Account) -> Secrets:
    assert isinstance(account.secrets, Secrets)
    return account.secrets


def _happened(event: _Received | _Report | _Other, delivery: Delivery) -> list[Inbound]:
    at = channel.in_time(event.at, delivery.at)
    match event:
        case _Received(auto=True):
            return [Inbound(f"in:{event.id}", home(event.from_), at, channel.EventIgnored("auto"))]
        case _Received():
            return [Inbound(f"in:{event.id}", home(event.from_), at, channel.TextReceived(channel.whole(event.text)))]
        case _Report(status="stopped"):
            return [Inbound(f"report:{event.id}", home(event.to), at, channel.Unsubscribed())]
        case _Report():
            arrived = channel.DeliveryReported(event.of, arrived=event.status == "delivered")
            return [Inbound(f"report:{event.id}", home(event.to), at, arrived)]
    return [Inbound(f"other:{event.id}", "", at, channel.EventIgnored("unknown_event"))]


CHANNEL = Sms()
