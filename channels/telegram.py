"""Telegram: the Bot API by webhook or polling, through python-telegram-bot over the desk's own HTTP session.

Sources: https://core.telegram.org/bots/api (objects, errors, bounds), https://core.telegram.org/bots/faq (rates).
Only private chats are answered: in a group everybody would read what is one resident's.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError
from pydantic import AfterValidator, BaseModel, Field, JsonValue, SecretStr
from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest

from desk.contract.channel import (
    Abilities,
    Account,
    Answer,
    ButtonPressed,
    ChannelEvent,
    CommandUsed,
    Delivery,
    EventIgnored,
    FileReceived,
    Forged,
    Inbound,
    LocationReceived,
    Malformed,
    Mentioned,
    MenuEntry,
    MessageEdited,
    Moved,
    Outcome,
    Piece,
    Rejected,
    RetryAfter,
    Sent,
    Stopped,
    Subscribed,
    TextReceived,
    Unknown,
    Unsubscribed,
    in_time,
    json_of,
    token_of,
)
from desk.contract.errors import BackendRefused, BackendUnavailable, PayloadTooLarge
from desk.contract.messages import Location
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.texts.splitting import choices, keyboards, shortened, split

API = "https://api.telegram.org"
SECRET_HEADER = "x-telegram-bot-api-secret-token"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
COMMANDS = {
    "services": "/list_services",
    "language": "/change_language",
    "city": "/change_city",
    "human": "/human_agent",
    "news": "/latest_announcements",
    "stop": "/unsubscribe",
    "mydata": "/delete_my_data",
}
LANGUAGES: Mapping[str, Locale] = {"": "en", "zh": "zh_Hans", "en": "en"}  # of commands: ISO 639-1, "" for all others
COMMAND = re.compile(r"/([a-z]{1,32})(?:@\w+)?(?:\s+(.{1,64}))?\s*", re.DOTALL | re.IGNORECASE)
LONGEST_TEXT, LONGEST_PAYLOAD, MOST_BUTTONS = 4096, 64, 100  # UTF-16 units, bytes, buttons of a message
LONGEST_CAPTION = 1024  # UTF-16 units, of a photo
SHORT_TITLE = 24  # bytes of UTF-8: two such buttons stand side by side
REPLAY = timedelta(hours=25)  # "updates are stored … not longer than 24 hours"; clocks may differ
SECONDS, CONNECT_SECONDS, POLL_SECONDS, OUTAGE_SECONDS = 10.0, 5.0, 20, 3.0
LONGEST_PAUSE = 3600.0  # seconds, whatever a 429 says
UNREACHABLE = ("chat not found", "user is deactivated", "bot was blocked", "peer_id_invalid")  # of a 400


def _hard_to_guess(word: SecretStr) -> SecretStr:
    if re.fullmatch(r"[A-Za-z0-9_-]{32,256}", word.get_secret_value()) is None:
        raise ValueError("it needs 32 to 256 of A-Z a-z 0-9 _ -")
    return word


class Secrets(BaseModel):
    """What BotFather gave, and the word by which webhooks prove that they are Telegram's."""

    token: SecretStr = Field(description="The bot's token, of @BotFather: 123456:ABC…")
    webhook_secret: Annotated[SecretStr, AfterValidator(_hard_to_guess)] = Field(
        description="Any 32 to 256 of A-Z a-z 0-9 _ -: Telegram repeats it with each update."
    )


class NotSent(NetworkError):
    """No connection was made: nothing has happened."""


class Paced(TelegramError):
    """Too many requests; the message is the seconds after which to go on."""


class Refused(TelegramError):
    """Telegram said by itself that it failed: nothing has happened."""


class Strange(TelegramError):
    """An answer that the Bot API does not give. What was asked may have been done."""


STRANGE = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError)
"""How the library ends where an answer is not as it reads it; OSError: a date."""


async def _answered[T](asked: Awaitable[T]) -> T:
    """What Telegram answers; every failure is a `TelegramError`."""
    try:
        return await asked
    except STRANGE as exc:
        raise Strange(type(exc).__name__) from exc


async def _sent(asked: Awaitable[Message]) -> Sent:
    """What became of a message that Telegram took: its number there."""
    message = await _answered(asked)
    if not isinstance(message, Message):  # the library gives back whatever is true
        raise Strange("no message")
    return Sent(str(message.message_id))


class Request(BaseRequest):
    """Calls of python-telegram-bot over the desk's session."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http

    @property
    def read_timeout(self) -> float:
        return SECONDS

    async def initialize(self) -> None:
        """Nothing: the session is the desk's."""

    async def shutdown(self) -> None:
        """Nothing, likewise."""

    async def do_request(self, url: str, method: str, request_data: Any = None, *_: Any, **limits: Any) -> Any:
        read_timeout = limits.get("read_timeout")
        seconds = float(read_timeout) if isinstance(read_timeout, int | float) else SECONDS
        fields = request_data.json_parameters if request_data else {}
        timeout = ClientTimeout(total=seconds + CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=seconds)
        try:
            async with self._http.request(method, url, data=fields, timeout=timeout) as response:
                status, body = response.status, await response.read()
        except ConnectionTimeoutError as exc:
            raise NotSent("no connection in time") from exc
        except TimeoutError as exc:
            raise TimedOut from exc
        except ClientConnectionError as exc:
            raise (NotSent if "Connector" in type(exc).__name__ else NetworkError)(type(exc).__name__) from exc
        except ClientError as exc:
            raise NetworkError(type(exc).__name__) from exc
        if status == 429 or status >= 500:
            raise _refusal(status, body)
        return status, body


class Telegram:
    """The channel."""

    name = "telegram"
    abilities = Abilities(
        text_limit=LONGEST_TEXT,
        unit="utf16",
        buttons=MOST_BUTTONS,
        images=True,
        payload_limit=LONGEST_PAYLOAD,
        account_rate=30.0,
        resident_rate=1.0,
        resident_burst=3,  # "short bursts" are let pass
        replay_window=REPLAY,
    )
    Secrets: type[BaseModel] = Secrets

    def verify(self, account: Account, delivery: Delivery) -> None:
        given = delivery.headers.get(SECRET_HEADER, "")
        wanted = _secrets(account).webhook_secret.get_secret_value()
        if delivery.method != "POST" or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Forged

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:  # noqa: ARG002 - all stands in the body
        return [_inbound(json_of(delivery.body), delivery.at)]

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:  # noqa: ARG002
        pressed = next((one.callback for one in happened if one.callback), None)
        called = {"method": "answerCallbackQuery", "callback_query_id": pressed}
        return Answer(body=json.dumps(called).encode(), content_type="application/json") if pressed else Answer()

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        texts = split(message.text, LONGEST_TEXT, "utf16") or ["…"]
        pieces = [Piece("sendMessage", {"text": text}, text) for text in texts]
        for place, rows in enumerate(keyboards(choices(message), short=SHORT_TITLE, most=MOST_BUTTONS)):
            keys: list[JsonValue] = [
                [{"text": button.title, "callback_data": _carried(button.payload)} for button in row] for row in rows
            ]
            shown = pieces.pop() if place == 0 else Piece("sendMessage", {"text": "…"}, "…")
            markup: dict[str, JsonValue] = {"inline_keyboard": keys}
            pieces.append(Piece(shown.method, {**shown.content, "reply_markup": markup}, shown.text))
        if (image := message.image) is not None:
            said = shortened(image.text, LONGEST_CAPTION, "utf16")
            pieces.append(Piece("sendPhoto", {"photo": image.url, "caption": said}, said, beside=True))
        return pieces

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        markup = piece.content.get("reply_markup")
        bot = _bot(http, account)
        try:
            if piece.method == "sendPhoto":  # Telegram fetches it: up to 5 MB by its address
                photo, caption = str(piece.content["photo"]), str(piece.content["caption"])
                return await _sent(bot.send_photo(int(resident), photo, caption=caption))
            keys = InlineKeyboardMarkup.de_json(markup, bot) if isinstance(markup, dict) else None
            plain = LinkPreviewOptions(is_disabled=True)
            text = str(piece.content["text"])
            return await _sent(bot.send_message(int(resident), text, reply_markup=keys, link_preview_options=plain))
        except TelegramError as exc:
            return _outcome(exc)

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        if happened.callback is None:
            return
        try:
            await _answered(_bot(http, account).answer_callback_query(happened.callback))
        except TelegramError:
            return  # the button's clock ends by itself

    async def fetch(self, http: ClientSession, account: Account, file: FileReceived, *, limit: int) -> bytes:
        try:
            found = await _answered(_bot(http, account).get_file(file.reference))
        except TelegramError as exc:
            raise (PayloadTooLarge() if "too big" in exc.message else _in_vain(exc)) from exc
        size, path = found.file_size, found.file_path
        if not isinstance(path, str) or (isinstance(size, int) and size > limit):
            raise PayloadTooLarge
        content = bytearray()
        try:
            async with http.get(path, timeout=ClientTimeout(total=60.0, sock_connect=5.0)) as response:
                if response.status != 200:
                    raise BackendUnavailable(f"Telegram answers {response.status} for the file.")
                async for chunk in response.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > limit:
                        raise PayloadTooLarge
        except (ClientError, TimeoutError) as exc:
            raise BackendUnavailable(f"The file did not arrive: {type(exc).__name__}.") from exc
        return bytes(content)

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        bot, titles = _bot(http, account), {entry.payload: entry.titles for entry in menu}
        secret = _secrets(account).webhook_secret.get_secret_value()
        try:
            me = await _answered(bot.get_me())
            await _answered(bot.set_webhook(account.webhook, secret_token=secret, allowed_updates=ALLOWED_UPDATES))
            for code, locale in LANGUAGES.items():
                commands = [
                    (name, titles[payload][locale][:256]) for name, payload in COMMANDS.items() if payload in titles
                ]
                await _answered(bot.set_my_commands(commands, language_code=code or None))
        except TelegramError as exc:
            raise _in_vain(exc) from exc
        return [f"The bot is @{me.username}.", f"Updates come to {account.webhook}.", "The commands are set."]

    async def say_publicly(self, http: ClientSession, account: Account, mention: Mentioned, text: str) -> Outcome:  # noqa: ARG002
        return Rejected("Bots have no public posts.")

    async def poll(
        self, http: ClientSession, account: Account, after: str | None
    ) -> tuple[Sequence[Inbound], str | None]:
        bot, now = _bot(http, account), datetime.now(UTC)
        asked = {"offset": int(after or 0), "timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES)}
        try:  # methods are case-insensitive; under its own name the library would read the updates, all or none
            if after is None:
                await _answered(bot.delete_webhook())
            found = await _answered(bot.do_api_request("getupdates", asked, read_timeout=POLL_SECONDS + SECONDS))
        except TelegramError as exc:
            raise _in_vain(exc) from exc
        listed = found if isinstance(found, list) else []
        updates = [one for one in listed if isinstance(one, dict) and type(one.get("update_id")) is int]
        last = max((int(one["update_id"]) for one in updates), default=None)
        return [_polled(one, now) for one in updates], after or "0" if last is None else str(last + 1)


def _polled(document: Any, received: datetime) -> Inbound:
    """What cannot be read is left out, or it would be asked for again for ever."""
    try:
        return _inbound(document, received)
    except Malformed:
        return Inbound(f"u{document['update_id']}", "", received, EventIgnored("malformed"))


def _inbound(document: Any, received: datetime) -> Inbound:
    """Read one update; whatever it is, it has happened once."""
    try:
        update = Update.de_json(document)
        number = f"u{int(document['update_id'])}"
        message = update.message or update.edited_message
        if message is not None:
            return _of_message(update, message, number, received)
        if update.callback_query is not None:
            return _of_button(update.callback_query, received)
        if update.my_chat_member is not None:
            change = update.my_chat_member
            what: ChannelEvent = Subscribed() if change.new_chat_member.status == "member" else Unsubscribed()
            if change.chat.type != "private":
                what = EventIgnored("group")
            at = in_time(change.date, received)
            return Inbound(number, str(change.from_user.id), at, what, language=change.from_user.language_code)
        kind = next((name for name in document if name != "update_id"), "nothing")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as exc:  # OSError: a date
        raise Malformed(f"This is no update: {type(exc).__name__}.") from exc
    return Inbound(number, "", received, EventIgnored(kind if kind in Update.ALL_TYPES else "unknown"))


def _of_message(update: Update, message: Message, number: str, received: datetime) -> Inbound:
    author, at = message.from_user, in_time(message.edit_date or message.date, received)
    if message.chat.type != "private" or author is None:
        return Inbound(number, "", at, EventIgnored("group"))
    if author.is_bot:  # what two programs answer each other has no end
        return Inbound(number, "", at, EventIgnored("bot"))
    named = f"m{message.chat.id}:{message.message_id}"
    if update.edited_message is not None:
        edited: ChannelEvent = MessageEdited(named, message.text or message.caption or "")
        if message.location is not None:
            edited = EventIgnored("live_location")
        return Inbound(number, str(author.id), at, edited, language=author.language_code)
    return Inbound(named, str(author.id), at, _said(message), language=author.language_code)


def _of_button(pressed: CallbackQuery, received: datetime) -> Inbound:
    resident = pressed.from_user
    chat = pressed.message.chat if pressed.message else None
    what: ChannelEvent = ButtonPressed(pressed.data) if pressed.data else EventIgnored("game")
    if chat is None or chat.type != "private":
        what = EventIgnored("group")
    return Inbound(
        f"c{pressed.id}", str(resident.id), received, what, language=resident.language_code, callback=pressed.id
    )


def _said(message: Message) -> ChannelEvent:
    if message.text is not None:
        return _typed(message.text)
    caption = message.caption or ""
    if message.photo:
        best = message.photo[-1]
        return FileReceived(best.file_id, "image", best.file_size, caption)
    if (voice := message.voice or message.audio) is not None:
        return FileReceived(voice.file_id, "voice", voice.file_size, caption)
    if (video := message.animation or message.video or message.video_note) is not None:
        return FileReceived(video.file_id, "video", video.file_size, caption)
    if (document := message.document) is not None:
        return FileReceived(document.file_id, "document", document.file_size, caption)
    if (place := message.location) is not None:
        return LocationReceived(Location(lat=place.latitude, lon=place.longitude))
    if (contact := message.contact) is not None:
        return TextReceived(contact.phone_number)
    return EventIgnored("sticker" if message.sticker else "other")


def _typed(text: str) -> ChannelEvent:
    """A text; or one of our own commands. Another word after a slash is a text like any."""
    command = COMMAND.fullmatch(text)
    if command is None:
        return TextReceived(text)
    name, entry = command[1].lower(), command[2]
    if name == "start":
        return Subscribed(entry or "")
    if name == "help":
        return CommandUsed("/list_services")
    return CommandUsed(COMMANDS[name]) if name in COMMANDS and entry is None else TextReceived(text)


def _secrets(account: Account) -> Secrets:
    assert isinstance(account.secrets, Secrets)
    return account.secrets


def _bot(http: ClientSession, account: Account) -> Bot:
    base, request = account.base_url or API, Request(http)
    token = _secrets(account).token.get_secret_value()
    return Bot(token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request)


def _refusal(status: int, body: bytes) -> TelegramError:
    """What a 429 or 5xx is. What does not come from the Bot API itself leaves open what has happened."""
    try:
        said = json.loads(body)
        refused = said["ok"] is False
        seconds = float((said.get("parameters") or {}).get("retry_after") or OUTAGE_SECONDS)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        refused, seconds = status == 429, OUTAGE_SECONDS
    if status == 429:
        return Paced(str(seconds if 0 < seconds <= LONGEST_PAUSE else LONGEST_PAUSE))
    return Refused(f"status {status}") if refused else NetworkError(f"status {status}")


def _in_vain(error: TelegramError) -> BackendRefused | BackendUnavailable:
    match error:
        case InvalidToken():
            return BackendRefused("Telegram does not know this token: ask @BotFather, then desk account rotate.")
        case BadRequest() | Forbidden():
            return BackendRefused(f"Telegram refuses: {error.message}")
    return BackendUnavailable(f"Telegram cannot be asked just now: {type(error).__name__}.")


def _outcome(error: TelegramError) -> Outcome:
    match error:
        case Paced():
            return RetryAfter(float(error.message), "too many requests")
        case NotSent() | Refused():
            return RetryAfter(OUTAGE_SECONDS, error.message, outage=True)
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden():
            return Stopped("blocked")
        case InvalidToken():
            return Rejected("Telegram does not know the token any more.", account=True)
        case BadRequest():
            gone = any(reason in error.message.lower() for reason in UNREACHABLE)
            return Stopped("no such chat") if gone else Rejected(error.message)
        case _:
            return Unknown(type(error).__name__)


def _carried(payload: str) -> str:
    return payload if len(payload.encode()) <= LONGEST_PAYLOAD else token_of(payload)


CHANNEL = Telegram()
