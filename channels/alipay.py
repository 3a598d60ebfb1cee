"""Alipay: a mini program whose page is our own chat, news by subscribed messages, who a resident is by Alipay's word.

Sources: https://opendocs.alipay.com/open/05nai1 (alipay.system.oauth.token), /open/028xqz (alipay.user.info.share),
/mini/02cth2 (alipay.open.app.mini.templatemessage.send: page of 128, data of 2,048 characters),
/mini/api/requestSubscribeMessage (long-term subscriptions need no form id), and messages of the platform, which are
signed as notifications are. What residents say comes by the chat API; the platform itself tells of little.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from aiohttp import ClientSession
from pydantic import BaseModel, Field, SecretStr

from desk.alipay.answers import Person, Token
from desk.alipay.credentials import Credentials, credentials
from desk.alipay.gateway import Gateway, NotKnown
from desk.alipay.signing import V1, V2, notification_texts, public_key, verify
from desk.contract.certificate import Certificate
from desk.contract.channel import (
    Abilities,
    Account,
    Answer,
    ChannelEvent,
    Delivery,
    EventIgnored,
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
    Stopped,
    Unknown,
    Unsubscribed,
    in_time,
)
from desk.contract.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable, ConfigurationError
from desk.contract.login import LoggedIn
from desk.contract.rendered import RenderedMessage
from desk.texts.splitting import choices, split
from values.lexicon import lexicon

PRODUCTION = "https://openapi.alipay.com"
PAGE = "pages/chat/chat"  # of the mini program in deploy/alipay-miniprogram: where a message leads
TEXT_LIMIT = 500  # characters: with their JSON they stay within the 2,048 of `data`
OUTAGE_SECONDS = 3.0
CERTIFIED = "T"
CHINESE = frozenset({"gbk", "gb2312", "gb18030"})
IDENTITY_CARD = ("IDENTITY_CARD", "0")  # as it is written now, and was before
ISSUER = lexicon(__file__).by_name("issuer")
CANCELLED = "alipay.open.auth.userauth.cancelled"
REPLAY = timedelta(hours=26)  # it tries for 24 hours and 22 minutes: 4, 10, 10 m, 1, 2, 6, 15 h

# What refusals of a message mean, by their end: https://opendocs.alipay.com/common/02km9f and the method's own table.
BUSY = ("call-limited", "app-call-limited", "40005")
OF_THE_RESIDENT = ("USER_NOT_SUBSCRIBE", "USER_NOT_EXIST", "USER_REFUSED", "isv.user-not-subscribe")
OF_THE_ACCOUNT = (
    "invalid-app-id",
    "invalid-signature",
    "invalid-timestamp",
    "insufficient-isv-permissions",
    "TEMPLATE_NOT_EXIST",
    "TEMPLATE_ILLEGAL",
)


class Secrets(BaseModel):
    """The mini program's application at Alipay."""

    app_id: str = Field(pattern=r"^[0-9]{16}$", description="The mini program's application, 2021…")
    app_key: SecretStr = Field(description="Its private key: PEM, or the base64 that Alipay's key tool writes.")
    alipay_public_key: SecretStr = Field(description="Alipay's public key for it, PEM or base64; public.")
    news_template: str = Field(description="The id of its long-term message template with one keyword, for news.")


class Alipay:
    """The mini program."""

    name = "alipay"
    abilities = Abilities(text_limit=TEXT_LIMIT, pushes="news", account_rate=20.0, replay_window=REPLAY)
    Secrets = Secrets

    def verify(self, account: Account, delivery: Delivery) -> None:
        try:
            form = _form(delivery)
        except Malformed as exc:
            raise Forged("This is not signed by Alipay.") from exc
        key = public_key(_secrets(account).alipay_public_key.get_secret_value())
        if form.get("app_id") != _secrets(account).app_id:
            raise Forged("This is for another application.")
        # The documents do not say whether such a message leaves `sign_type` out of what it signs: both are met with.
        signed = [text for without in (V1, V2) for text in notification_texts(form, without=without)]
        charset = _charset(form)
        if not any(verify(text, form.get("sign", ""), key, charset=charset) for text in signed):
            raise Forged("This is not signed by Alipay.")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        form = _form(delivery)
        method, number = form.get("msg_method", ""), form.get("notify_id", "")
        if not method or not 0 < len(number) <= 128:
            raise Malformed("This is no message of the platform.")
        try:
            content = json.loads(form.get("biz_content", ""))
            at = in_time(datetime.fromtimestamp(int(form.get("utc_timestamp", "")) / 1000, UTC), delivery.at)
        except (ValueError, OverflowError, OSError, RecursionError) as exc:
            raise Malformed("A message of the platform cannot be read.") from exc
        who = (content.get("open_id") or content.get("user_id")) if isinstance(content, dict) else None
        what: ChannelEvent = EventIgnored("platform_message")
        if method == CANCELLED:
            if not isinstance(who, str):
                raise Malformed("It is not said who it was.")
            what = Unsubscribed()
        return [Inbound(f"n{number}", who if isinstance(who, str) else "", at, what)]

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:
        return Answer(body=b"success")

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        """Choices without a number: nothing can be answered there, they stand in the mini program that it leads to."""
        text = "\n".join([message.text, *(f"· {button.title}" for button in choices(message))])
        return [Piece("news", {"keyword1": part}, part) for part in split(text, TEXT_LIMIT)]

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        data = {keyword: {"value": value} for keyword, value in piece.content.items()}
        content = {
            "to_user_id" if resident.isdigit() else "to_open_id": resident,
            "user_template_id": _secrets(account).news_template,
            "page": PAGE,
            "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        }
        try:
            await _gateway(http, account).call("alipay.open.app.mini.templatemessage.send", content)
        except NotKnown as exc:  # the documents say to send it again
            return RetryAfter(OUTAGE_SECONDS, str(exc), outage=True)
        except BackendTimeout as exc:
            return Unknown(str(exc))
        except BackendUnavailable as exc:
            return RetryAfter(OUTAGE_SECONDS, str(exc), outage=True)
        except BackendRefused as exc:
            return _refusal(exc)
        except BackendError as exc:
            return Unknown(str(exc))
        except ConfigurationError:
            return Rejected("the account's keys cannot be read", account=True)
        return Sent()

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """There are no buttons."""

    async def fetch(self, http: ClientSession, account: Account, file: FileReceived, *, limit: int) -> bytes:
        raise BackendRefused("Files of the mini program come by the chat API.", code="no-files")

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        return [
            f"Enter {account.webhook} as the application's gateway at open.alipay.com, and put {account.slug} and"
            f" {account.public_url} into deploy/alipay-miniprogram/config.js."
        ]

    async def say_publicly(self, http: ClientSession, account: Account, mention: Mentioned, text: str) -> Outcome:
        return Rejected("a mini program has no public posts")


class Door:
    """The door: a code of my.getAuthCode, exchanged at Alipay, where it is good once."""

    pays_in_app = True
    by_link = False  # the app asks for the code itself, and brings it

    async def admit(self, http: ClientSession, account: Account, entry: str, at: datetime) -> LoggedIn:
        if not 0 < len(entry) <= 128 or not entry.isascii():
            raise Forged("This is no code of Alipay's.")
        gateway = _gateway(http, account)
        try:
            grant = {"grant_type": "authorization_code", "code": entry}
            token = gateway.read(Token, await gateway.call("alipay.system.oauth.token", None, grant))
        except BackendRefused as exc:
            if "code" in exc.code or "grant" in exc.code:
                raise Forged("Alipay does not know this code, or it was used.") from exc
            raise
        resident = token.open_id or token.user_id
        if not resident:
            raise BackendRefused("Alipay did not say who it is.", code="no-user")
        return LoggedIn(resident, certificate=await self._certificate(gateway, token))

    async def _certificate(self, gateway: Gateway, token: Token) -> Certificate | None:
        """Who Alipay says that it is; None where the resident has not agreed to that, or is not certified."""
        try:
            shared = await gateway.call("alipay.user.info.share", None, {"auth_token": token.access_token})
        except BackendRefused:  # the code was for the name alone: auth_base
            return None
        person = gateway.read(Person, shared)
        same = (person.open_id or person.user_id) in (token.open_id, token.user_id)
        proved = person.is_certified == CERTIFIED and person.cert_type in IDENTITY_CARD
        if not (same and proved and person.user_name and person.cert_no):
            return None
        return Certificate(name=person.user_name, id_number=person.cert_no, issuer=ISSUER)


def _secrets(account: Account) -> Secrets:
    assert isinstance(account.secrets, Secrets)
    return account.secrets


def _gateway(http: ClientSession, account: Account) -> Gateway:
    return Gateway(_credentials(account), http, now=lambda: datetime.now(UTC))


def _credentials(account: Account) -> Credentials:
    secrets = _secrets(account)
    return credentials(
        gateway=f"{account.base_url or PRODUCTION}/gateway.do",
        app_id=secrets.app_id,
        seller_id="",
        key=secrets.app_key.get_secret_value(),
        alipay_key=secrets.alipay_public_key.get_secret_value(),
    )


def _form(delivery: Delivery) -> dict[str, str]:
    """The form of a request.

    Raises:
        Malformed: it is none.
    """
    try:
        written = delivery.body.decode()
        plain = dict(parse_qsl(written, keep_blank_values=True, max_num_fields=100, encoding="latin-1"))
        charset = _charset(plain)
        return dict(parse_qsl(written, keep_blank_values=True, max_num_fields=100, encoding=charset, errors="strict"))
    except ValueError as exc:
        raise Malformed("This is no form.") from exc


def _charset(form: Mapping[str, str]) -> str:
    """In what a form is written and signed: it says so itself."""
    return "gb18030" if form.get("charset", "").lower() in CHINESE else "utf-8"


def _refusal(refused: BackendRefused) -> Outcome:
    code = refused.code
    if code.endswith(BUSY):
        return RetryAfter(OUTAGE_SECONDS, code)
    if code.endswith(OF_THE_RESIDENT):
        return Stopped(code)
    return Rejected(code or "refused", account=code.endswith(OF_THE_ACCOUNT))


CHANNEL = Alipay()
LOGIN = Door()
