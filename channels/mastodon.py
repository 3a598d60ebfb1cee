"""Mastodon, and servers that speak its client API (Pleroma, GoToSocial, Pixelfed …): an account that posts.

The desk runs no server of the Fediverse: the agency has an account at one, and a token of an application with the
scopes `write:statuses`, `write:media` (for images) and `read:accounts`.
https://docs.joinmastodon.org/methods/statuses/#create https://docs.joinmastodon.org/methods/media/#v2

A post carries an `Idempotency-Key` that follows from the account and the text: for an hour the server takes a post with
it once. So what broke off is asked for once more, and is no second post. Residents are not written to there, and what
they write there is not read.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import ClientSession
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, SecretStr, ValidationError

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
    RetryAfter,
    Sent,
    Unknown,
)
from desk.contract.errors import BackendNonsense, BackendRefused, PayloadTooLarge
from desk.contract.rendered import RenderedMessage
from desk.platforms.calls import SOON, Answered, Asked, CallFailed, File, call
from desk.publicity.ports import Illustration, Public, Standing, Unfit
from desk.texts.splitting import choices, split, with_choices

POST_LIMIT = 500  # characters; servers may allow more, none of them less
LINK_LENGTH = 23  # so many does any link count: https://docs.joinmastodon.org/user/posting/#links
TITLE_LIMIT = 300  # of the title where the text is left to the page
LANGUAGE = "zh"  # ISO 639-1: posts are in Simplified Chinese
STATUSES, MEDIA, ME = "/api/v1/statuses", "/api/v2/media", "/api/v1/accounts/verify_credentials"
MOST_SECONDS = 3 * 3600.0  # a server that says to wait longer is asked again then
ACCOUNT = (401, 403, 404)  # the token is none, is for less, or there is no such API

_LINK = re.compile("https?://[!-~]+")


def _address(server: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", server):
        raise ValueError("it is https://host, without a path")
    return server


class Secrets(BaseModel):
    """Where the account is, and what it posts by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: Annotated[str, AfterValidator(_address)] = Field(description="The account's server: https://host.")
    access_token: SecretStr = Field(
        description="Token of an application (Preferences > Development): write:statuses, write:media, read:accounts."
    )


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str


class _Me(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    acct: str


class Mastodon:
    """The channel; `Posts` and `Expires` of desk/publicity/ports.py, and nothing besides."""

    name = "mastodon"
    abilities = Abilities(text_limit=POST_LIMIT, pushes="nothing", account_rate=1.0)
    Secrets = Secrets

    def compose(self, kind: Public, title: str, text: str, link: str) -> str:
        """Title, text and link; the title and the link where the text is too long."""
        for said in (f"{title}\n\n{text}\n\n{link}", f"{title}\n\n{link}"):
            if counted(said) <= POST_LIMIT and len(title) <= TITLE_LIMIT:
                return said
        raise Unfit(f"The title has more than {TITLE_LIMIT} characters: shorten it.")

    async def post(
        self, http: ClientSession, account: Account, text: str, image: Illustration | None = None
    ) -> Outcome:
        """An image that the server does not take is left out; where it is only busy the whole post waits."""
        media = None if image is None else await self._upload(http, account, image)
        if isinstance(media, RetryAfter):
            return media
        outcome = await self._post(http, account, text, media)
        if isinstance(outcome, Unknown):
            outcome = await self._post(http, account, text, media)
        if isinstance(outcome, Rejected) and not outcome.account and media is not None:
            return await self._post(http, account, text, None)
        return outcome

    async def _upload(self, http: ClientSession, account: Account, image: Illustration) -> str | RetryAfter | None:
        """The server's number of an image, which a post names; None: it does not take it."""
        file = File("file", "image", image.content, image.content_type)
        form = {"description": image.alternative}
        try:
            answered = await call(
                http, Asked("POST", _url(account, MEDIA), form=form, file=file, headers=_proof(account))
            )
            if answered.status in (200, 202):  # 202: it is still being looked at
                return _Status.model_validate_json(answered.content).id
            outcome = refused(answered)
        except CallFailed as exc:
            return exc.outcome if isinstance(exc.outcome, RetryAfter) else None
        except (PayloadTooLarge, ValidationError):
            return None
        return outcome if isinstance(outcome, RetryAfter) else None

    async def _post(self, http: ClientSession, account: Account, text: str, media: str | None) -> Outcome:
        body: dict[str, JsonValue] = {"status": text, "visibility": "public", "language": LANGUAGE}
        if media is not None:
            body["media_ids"] = [media]
        headers = {**_proof(account), "Idempotency-Key": key_of(account, text)}
        asked = Asked("POST", _url(account, STATUSES), json=body, headers=headers)
        try:
            answered = await call(http, asked)
        except CallFailed as exc:
            return exc.outcome
        except PayloadTooLarge:
            return Unknown("too long an answer")
        if answered.status != 200:
            return refused(answered)
        try:
            return Sent(_Status.model_validate_json(answered.content).id)
        except ValidationError:
            return Unknown("an answer that cannot be read")

    async def standing(self, http: ClientSession, account: Account) -> Standing:
        asked = Asked("GET", _url(account, ME), headers=_proof(account))
        try:
            answered = await call(http, asked)
            if answered.status in ACCOUNT:
                why = f"The server refuses the token (status {answered.status}): make a new one there."
                return Standing(good=False, why=why)
            if answered.status != 200:
                raise CallFailed(refused(answered))
            name = _Me.model_validate_json(answered.content).acct
        except CallFailed as exc:
            raise exc.as_error("Mastodon") from None
        except (PayloadTooLarge, ValidationError):
            raise BackendNonsense("Mastodon says nothing of the account that could be read.") from None
        if account.platform_id is not None and name != account.platform_id:
            return Standing(good=False, why="The token is of another account: make one as this account.")
        return Standing(good=True)

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        standing = await self.standing(http, account)
        if not standing.good:
            raise BackendRefused(standing.why, code="token")
        return ["The token is good. The account posts what is announced with --post; nothing is set up at the server."]

    def verify(self, account: Account, delivery: Delivery) -> None:
        """Nothing is pushed: whatever comes is not from there."""
        raise Forged("A Mastodon server tells the desk nothing.")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        raise Malformed("A Mastodon server tells the desk nothing.")

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:
        return Answer()

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        text = with_choices(message, choices(message))
        return [Piece("status", {"text": part}, part) for part in split(text, POST_LIMIT)]

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        return Rejected("residents are not written to on Mastodon")

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """Nothing waits for it."""

    async def fetch(self, http: ClientSession, account: Account, file: FileReceived, *, limit: int) -> bytes:
        raise BackendRefused("Files of the Fediverse are not fetched.", code="no-files")

    async def say_publicly(self, http: ClientSession, account: Account, mention: Mentioned, text: str) -> Outcome:
        return Rejected("mentions on Mastodon are not read")


def counted(text: str) -> int:
    """How long a server finds a text: a link counts the same, however long it is."""
    links = _LINK.findall(text)
    return len(text) - sum(map(len, links)) + LINK_LENGTH * len(links)


def key_of(account: Account, text: str) -> str:
    """The key under which a server takes this text once."""
    return hashlib.sha256(f"{account.slug}\0{text}".encode()).hexdigest()


def refused(answered: Answered) -> RetryAfter | Rejected | Unknown:
    """What an answer that is no success says of a post."""
    why = f"status {answered.status}"
    match answered.status:
        case 429:
            return RetryAfter(_seconds(answered.headers), why)
        case 503:  # for maintenance, or too busy: it was not taken
            return RetryAfter(SOON, why, outage=True)
        case status if status in ACCOUNT:
            return Rejected(why, account=True)
        case status if 300 <= status < 500:
            return Rejected(f"{why}: {_said(answered.content)}"[:200])
        case _:
            return Unknown(why)


def _seconds(headers: Mapping[str, str]) -> float:
    """How long to wait: until the limit begins anew, or as `Retry-After` says."""
    try:
        reset = datetime.fromisoformat(headers["x-ratelimit-reset"])
        wait = (reset - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError):
        given = headers.get("retry-after", "")
        wait = float(given) if given.isascii() and given.isdigit() else SOON
    return min(max(wait, 1.0), MOST_SECONDS)


def _said(content: bytes) -> str:
    """The server's reason: it names a rule, and nothing of a resident."""
    try:
        answer: Any = json.loads(content)
    except (ValueError, RecursionError):
        return "no reason"
    return str(answer.get("error", "no reason")) if isinstance(answer, dict) else "no reason"


def _url(account: Account, path: str) -> str:
    assert isinstance(account.secrets, Secrets)
    return (account.base_url or account.secrets.server) + path


def _proof(account: Account) -> dict[str, str]:
    assert isinstance(account.secrets, Secrets)
    return {"Authorization": f"Bearer {account.secrets.access_token.get_secret_value()}"}


CHANNEL = Mastodon()
