"""A channel made of its declaration: a signed webhook brings what happens, a call each takes what is said."""

import json
import secrets as chance
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession
from pydantic import BaseModel, Field, JsonValue, SecretStr, create_model

from desk.contract import channel
from desk.contract.channel import Account, Answer, Delivery, FileReceived, Inbound, Mentioned, MenuEntry, Outcome, Piece
from desk.contract.errors import BackendRefused, PayloadTooLarge
from desk.contract.rendered import RenderedButton, RenderedMessage
from desk.platforms.calls import Answered, Asked, CallFailed, Codes, call, failed
from desk.platforms.declared.declaration import Declaration, Replies
from desk.platforms.declared.pointer import Missing, at, put
from desk.platforms.declared.reading import happened
from desk.platforms.declared.signing import now_in, signed, verify
from desk.platforms.declared.template import filled
from desk.texts.splitting import choices, keyboards, shortened, split, with_choices

NO_CODES = Codes(fields=(), later=(), next_hour=(), nobody=(), account=())
TAKEN = (200, 201, 202, 204)
LONGEST_NUMBER = 200
LONG = timedelta(hours=1)
SLACK = timedelta(minutes=5)  # a platform's clock, and its last try
ALONE = "…"  # what stands above buttons that a message has no more room for


class DeclaredChannel:
    """The channel."""

    def __init__(self, name: str, declared: Declaration) -> None:
        self.name = name
        self._declared = declared
        limits, hours = declared.limits, declared.limits.reply_hours
        again = timedelta(minutes=limits.again_minutes)
        self.abilities = channel.Abilities(
            text_limit=limits.text,
            unit=limits.unit,
            buttons=limits.buttons,
            button_title=limits.button_title,
            payload_limit=limits.payload,
            account_rate=limits.a_second,
            resident_rate=limits.to_one_a_second,
            reply_window=None if hours is None else timedelta(hours=hours),
            replay_window=again + SLACK if declared.signature.timestamp is None else None,
            tries_for=again if again < LONG else None,
        )
        self.Secrets = secrets_of(name, declared)

    def verify(self, account: Account, delivery: Delivery) -> None:
        declared = self._declared.signature
        verify(declared, _secret(account, declared.key), delivery, f"/channels/{self.name}/{account.slug}")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:  # noqa: ARG002 - all stands in the body
        return happened(self._declared.messages, delivery)

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:  # noqa: ARG002
        said = self._declared.answer
        return Answer(said.status, said.body.encode(), said.content_type)

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        limits, found = self._declared.limits, choices(message)
        text = message.text if limits.buttons else with_choices(message, found)
        pieces = [Piece("reply", {}, part) for part in split(text, limits.text, limits.unit) or [ALONE]]
        if not limits.buttons:
            return pieces
        for place, rows in enumerate(keyboards(found, short=0, most=limits.buttons)):
            shown = pieces.pop() if place == 0 else Piece("reply", {}, ALONE)
            buttons: list[JsonValue] = [self._button(button) for row in rows for button in row]
            pieces.append(Piece(shown.method, {"buttons": buttons}, shown.text))
        return pieces

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        replies, given = self._declared.replies, _given(account, resident=resident, text=piece.text)
        body = filled(replies.body, given)
        buttons = piece.content.get("buttons")
        if replies.buttons is not None and buttons:
            body = put(body, replies.buttons.at, buttons)
        try:
            answered = await call(http, self._asked(account, replies, given, body))
        except CallFailed as exc:
            return exc.outcome
        except PayloadTooLarge:
            return channel.Unknown("too long an answer")
        return _outcome(replies, answered)

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """Nothing: what the platform is answered says all."""

    async def fetch(self, http: ClientSession, account: Account, file: FileReceived, *, limit: int) -> bytes:
        if self._declared.files is None:
            raise BackendRefused("This platform has no files.", code="no-files")
        replies = self._declared.replies
        given = _given(account, resident="", text="")
        path = self._declared.files.replace("{file}", quote(file.reference, safe=""))
        headers, query = filled(replies.headers, given), filled(replies.query, given)
        try:
            asked = Asked("GET", self._address(account, path), query=query or None, headers=headers)
            answered = await call(http, asked, limit=limit)
            if answered.status != 200:
                raise failed(answered, _codes(replies))
        except CallFailed as exc:
            raise exc.as_error(f"The platform of {self.name}") from exc
        return answered.content

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:  # noqa: ARG002
        if not account.public_url.startswith("https://"):
            raise BackendRefused("Platforms bring what happens to HTTPS alone: set DESK_PUBLIC_URL.")
        return [f"Enter this address as the webhook at the platform: {account.webhook}"]

    async def say_publicly(
        self,
        http: ClientSession,  # noqa: ARG002 - the contract gives more than a channel without public posts needs
        account: Account,  # noqa: ARG002
        mention: Mentioned,  # noqa: ARG002
        text: str,  # noqa: ARG002
    ) -> Outcome:
        return channel.Rejected("a declared channel has no public posts")

    def _button(self, button: RenderedButton) -> JsonValue:
        limits, replies = self._declared.limits, self._declared.replies
        assert replies.buttons is not None
        longest = limits.payload
        too_long = longest is not None and len(button.payload.encode()) > longest
        payload = channel.token_of(button.payload) if too_long else button.payload
        title = button.title
        if limits.button_title is not None:
            title = shortened(title, limits.button_title, limits.unit)
        made: JsonValue = filled(replies.buttons.each, {"title": title, "payload": payload})
        return made

    def _asked(self, account: Account, replies: Replies, given: Mapping[str, str], body: Mapping[str, Any]) -> Asked:
        path = filled(replies.path, {name: quote(value, safe="") for name, value in given.items()})
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **filled(replies.headers, given)}
        declared = replies.signature
        if declared is not None:
            said = {"method": replies.method, "path": path, "timestamp": now_in(declared, time.time())}
            said["nonce"] = chance.token_hex(12)
            headers[declared.header] = signed(declared, _secret(account, declared.key), said, content)
            if declared.timestamp is not None:
                headers[declared.timestamp.header] = said["timestamp"]
            if declared.nonce is not None:
                headers[declared.nonce] = said["nonce"]
        query = filled(replies.query, given) or None
        return Asked(replies.method, self._address(account, path), query=query, headers=headers, content=content)

    def _address(self, account: Account, path: str) -> str:
        return (account.base_url or self._declared.api).rstrip("/") + path


def secrets_of(name: str, declared: Declaration) -> type[BaseModel]:
    """The model of a channel's secrets, for operators to fill in."""
    fields: dict[str, Any] = {
        secret: (SecretStr, Field(min_length=8, description=about)) for secret, about in declared.secrets.items()
    }
    return create_model(f"{name.title().replace('_', '')}Secrets", **fields)


def _secret(account: Account, name: str) -> str:
    given = getattr(account.secrets, name)
    assert isinstance(given, SecretStr)
    return given.get_secret_value()


def _given(account: Account, *, resident: str, text: str) -> dict[str, str]:
    found = {name: _secret(account, name) for name in type(account.secrets).model_fields}
    return {**found, "resident": resident, "text": text, "account": account.platform_id or ""}


def _outcome(replies: Replies, answered: Answered) -> Outcome:
    """What an answer says of a message."""
    codes, document = _codes(replies), _object(answered.content)
    code = codes.of(document or {}) if codes.fields else 0
    if answered.status in TAKEN and not code and (document is not None or not answered.content.strip()):
        return channel.Sent(_number(replies, document))
    if answered.status == 429 and answered.retry_after is not None:
        return channel.RetryAfter(answered.retry_after, "status 429")
    if answered.status == 401 and not code:
        return channel.Rejected("status 401", account=True)
    return failed(answered, codes).outcome


def _number(replies: Replies, document: Any) -> str | None:
    try:
        found = None if replies.id is None else at(document, replies.id)
    except Missing:
        return None
    return str(found)[:LONGEST_NUMBER] if isinstance(found, str | int) else None


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = channel.json_of(content)
    except channel.Malformed:
        return None
    return found if isinstance(found, dict) else None


def _codes(replies: Replies) -> Codes:
    said = replies.codes
    if said is None:
        return NO_CODES
    return Codes(
        fields=tuple(said.fields), later=said.later, next_hour=said.too_many, nobody=said.nobody, account=said.account
    )
