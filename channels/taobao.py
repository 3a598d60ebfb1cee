"""Taobao: residents come to our chat page by a link that the city's entry in the app makes and signs.

The link is `<desk>/enter/<account>#<entry>`. The entry stands behind the #, so that no server, log or referrer sees it:
 `v1.<claims>.<signature>`, both base64url without padding. The claims are JSON: `sub` (Taobao's name for the
resident), `account`, `jti` (used once), `exp` (seconds since 1970, at most ten minutes ahead), `lang` if known. The
signature is HMAC-SHA256 with the account's secret over `v1.<claims>`, as a JWS would have it (RFC 7515), without its
choice of algorithms. What is said later is fetched by the page: nothing is sent to Taobao.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aiohttp import ClientSession
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from desk.contract.channel import (
    Abilities,
    Account,
    Answer,
    Delivery,
    FileReceived,
    Forged,
    Inbound,
    Malformed,
    Mentioned,
    MenuEntry,
    Outcome,
    Piece,
    Rejected,
)
from desk.contract.errors import BackendRefused
from desk.contract.login import LoggedIn
from desk.contract.rendered import RenderedMessage
from desk.texts.splitting import choices, split, with_choices

VERSION = "v1"
LONGEST = timedelta(minutes=10)  # an entry may be good for so long
AHEAD = timedelta(minutes=2)  # the app's clock may be so much ahead of ours
TEXT_LIMIT = 10_000


def _hard_to_guess(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("it needs 32 characters or more")
    return secret


class Secrets(BaseModel):
    """What the entry in the app and the desk both know."""

    entry_secret: Annotated[SecretStr, AfterValidator(_hard_to_guess)] = Field(
        description="Signs entry links: 32 random characters or more, the same at the entry in the app."
    )


class Claims(BaseModel):
    """What an entry says."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    sub: Annotated[str, Field(min_length=1, max_length=128)]
    account: Annotated[str, Field(max_length=128)]
    jti: Annotated[str, Field(min_length=16, max_length=128)]
    exp: Annotated[int, Field(ge=0, le=2**40)]
    lang: Annotated[str, Field(max_length=20)] | None = None


def entry_of(secret: str, claims: Mapping[str, Any]) -> str:
    """Sign an entry: what the app does, for tests and for whoever builds the entry."""
    head = f"{VERSION}.{_encoded(json.dumps(claims, ensure_ascii=False, separators=(',', ':')).encode())}"
    return f"{head}.{_encoded(_signature(secret, head))}"


def read(account: Account, entry: str, at: datetime) -> Claims:
    """Read an entry.

    Raises:
        Forged: its signature is not this account's, it is over, or it is good for longer than it may be.
    """
    assert isinstance(account.secrets, Secrets)
    head, _, signature = entry.rpartition(".")
    version, _, claims = head.partition(".")
    genuine = _encoded(_signature(account.secrets.entry_secret.get_secret_value(), head))
    if version != VERSION or not hmac.compare_digest(genuine.encode(), signature.encode()):
        raise Forged("The entry is not signed by this account's app.")
    try:
        said = Claims.model_validate_json(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (ValidationError, binascii.Error, ValueError) as exc:
        raise Forged("The entry says nothing that can be read.") from exc
    left = said.exp - at.timestamp()  # seconds: what is signed may name a year that no calendar has
    if said.account != account.slug or not 0 < left <= (LONGEST + AHEAD).total_seconds():
        raise Forged("The entry is over, or another account's.")
    return said


class Door:
    """The door: a signed entry, used once."""

    pays_in_app = False
    by_link = True

    async def admit(self, http: ClientSession, account: Account, entry: str, at: datetime) -> LoggedIn:
        said = read(account, entry, at)
        return LoggedIn(said.sub, said.lang, once=said.jti, good_until=datetime.fromtimestamp(said.exp, UTC))


class Taobao:
    """Entry links. Nothing is pushed."""

    name = "taobao"
    abilities = Abilities(text_limit=TEXT_LIMIT, pushes="nothing")
    Secrets = Secrets

    def verify(self, account: Account, delivery: Delivery) -> None:
        """Taobao tells nothing by itself: whatever comes is not from there."""
        raise Forged("Taobao tells the desk nothing: residents bring their entry themselves.")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        raise Malformed("Taobao tells the desk nothing.")

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:
        return Answer()

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        text = with_choices(message, choices(message))
        return [Piece("page", {"text": part}, part) for part in split(text, TEXT_LIMIT)]

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        return Rejected("residents of Taobao read on our page; nothing is sent")

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """Nothing waits for it."""

    async def fetch(self, http: ClientSession, account: Account, file: FileReceived, *, limit: int) -> bytes:
        raise BackendRefused("Files of residents of Taobao come by our page.", code="no-files")

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        return [f"The entry in the app opens {account.public_url}/enter/{account.slug}#<entry>."]

    async def say_publicly(self, http: ClientSession, account: Account, mention: Mentioned, text: str) -> Outcome:
        return Rejected("Taobao has no public posts")


def _signature(secret: str, head: str) -> bytes:
    return hmac.digest(secret.encode(), head.encode(), "sha256")


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


CHANNEL = Taobao()
LOGIN = Door()
