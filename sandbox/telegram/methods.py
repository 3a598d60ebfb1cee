"""Methods of the pretend Bot API."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram.chats import Body, Bot, Chat, Refusal

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_DATA, MOST_BUTTONS, MOST_IN_A_ROW = 4096, 1024, 64, 100, 8
LARGEST_FILE = 20 * 1024 * 1024
SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

type Fields = Mapping[str, str]


def get_me(bot: Bot, _: Fields) -> Body:
    return bot.me()


def set_webhook(bot: Bot, fields: Fields) -> bool:
    secret = fields.get("secret_token", "")
    if not fields.get("url", "").startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256 or not set(secret) <= SECRET_CHARACTERS:
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    bot.webhook, bot.secret = fields["url"], secret or None
    return True


def delete_webhook(bot: Bot, _: Fields) -> bool:
    bot.webhook = bot.secret = None
    return True


def webhook_info(bot: Bot, _: Fields) -> Body:
    return {
        "url": bot.webhook or "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.waiting),
    }


def set_commands(bot: Bot, fields: Fields) -> bool:
    bot.commands[fields.get("language_code", "")] = json.loads(fields["commands"])
    return True


def get_commands(bot: Bot, fields: Fields) -> list[Body]:
    return bot.commands.get(fields.get("language_code", ""), [])


def send_message(bot: Bot, fields: Fields) -> Body:
    text = fields.get("text", "").strip()
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    return _sent(bot, fields, text=text)


def send_photo(bot: Bot, fields: Fields) -> Body:
    if not fields.get("photo"):
        raise Refusal(400, "Bad Request: there is no photo in the request")
    if len(fields.get("caption", "")) > LONGEST_CAPTION:
        raise Refusal(400, "Bad Request: message caption is too long")
    size = {"file_id": fields["photo"], "file_unique_id": fields["photo"], "width": 90, "height": 90}
    return _sent(bot, fields, photo=[size], caption=fields.get("caption", ""))


def answer_callback(bot: Bot, fields: Fields) -> bool:
    asked = fields.get("callback_query_id", "")
    for chat in bot.chats.values():
        if any(message.get("query") == asked for message in chat.messages):
            chat.acknowledged.append(asked)
            return True
    raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")


def get_file(bot: Bot, fields: Fields) -> Body:
    found = bot.files.get(fields.get("file_id", ""))
    if found is None:
        raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    path, content = found
    if len(content) > LARGEST_FILE:
        raise Refusal(400, "Bad Request: file is too big")
    return {
        "file_id": fields["file_id"],
        "file_unique_id": fields["file_id"][:16],
        "file_size": len(content),
        "file_path": path,
    }


def get_updates(bot: Bot, fields: Fields) -> list[Body]:
    """What waits, after what an offset confirms. Waiting itself is the server's matter."""
    if bot.webhook is not None:
        raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
    offset = int(fields.get("offset", "0"))
    while bot.waiting and bot.waiting[0]["update_id"] < offset:
        bot.waiting.popleft()
    return list(bot.waiting)[: int(fields.get("limit", "100"))]


METHODS: Mapping[str, Callable[[Bot, Fields], Any]] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "answerCallbackQuery": answer_callback,
    "getFile": get_file,
    "getUpdates": get_updates,
}


def _sent(bot: Bot, fields: Fields, **content: Any) -> Body:
    markup = _keyboard(fields)
    chat = _chat(bot, fields)
    for bucket in (bot.bucket, chat.bucket):
        if wait := bucket.wait():
            seconds = math.ceil(wait)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    return bot.message(chat, bot.me(), **content, **({"reply_markup": markup} if markup else {}))


def _chat(bot: Bot, fields: Fields) -> Chat:
    try:
        chat = bot.chats.get(int(fields.get("chat_id", "")))
    except ValueError:
        chat = None
    if chat is None:
        raise Refusal(400, "Bad Request: chat not found")
    if chat.blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    return chat


def _keyboard(fields: Fields) -> Body | None:
    if "reply_markup" not in fields:
        return None
    markup: Body = json.loads(fields["reply_markup"])
    rows = markup.get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise Refusal(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
        if not 1 <= len(button.get("callback_data", "").encode()) <= LONGEST_DATA:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup
