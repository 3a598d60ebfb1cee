"""Methods of the pretend Bot API: https://core.telegram.org/bots/api#available-methods"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram.chats import Body, Bot, Chat, Refusal
from sandbox.telegram.markup import keyboard, marked_up, units

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
LARGEST_FILE = 20 * 1024 * 1024
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS, LONGEST_OF_A_COMMAND = 100, 256
LONGEST_DESCRIPTION = 512
ACTIONS = frozenset(
    {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"}
    | {"choose_sticker", "find_location", "record_video_note", "upload_video_note"}
)
MENU_BUTTONS = ("commands", "web_app", "default")
DEFAULT_MENU = {"type": "default"}
SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

type Fields = Mapping[str, str]


def get_me(bot: Bot, _: Fields) -> Body:
    return bot.me()


def set_webhook(bot: Bot, fields: Fields) -> bool:
    secret = fields.get("secret_token", "")
    if not fields.get("url"):
        return delete_webhook(bot, fields)
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
    commands = json.loads(fields.get("commands", "[]"))
    if len(commands) > MOST_COMMANDS:
        raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not COMMAND.fullmatch(one.get("command", "").removeprefix("/")):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(one.get("description", "")) <= LONGEST_OF_A_COMMAND:
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[fields.get("language_code", "")] = commands
    return True


def get_commands(bot: Bot, fields: Fields) -> list[Body]:
    return bot.commands.get(fields.get("language_code", ""), [])


def delete_commands(bot: Bot, fields: Fields) -> bool:
    bot.commands.pop(fields.get("language_code", ""), None)
    return True


def set_description(bot: Bot, fields: Fields) -> bool:
    description = fields.get("description", "")
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(400, "Bad Request: description is too long")
    bot.descriptions[fields.get("language_code", "")] = description
    return True


def get_description(bot: Bot, fields: Fields) -> Body:
    said = bot.descriptions
    return {"description": said.get(fields.get("language_code", "")) or said.get("", "")}


def set_menu_button(bot: Bot, fields: Fields) -> bool:
    button = json.loads(fields.get("menu_button") or "{}") or DEFAULT_MENU
    if button.get("type") not in MENU_BUTTONS:
        raise Refusal(400, "Bad Request: MenuButton has unsupported type")
    if "chat_id" in fields:
        _chat(bot, fields).menu_button = button
    else:
        bot.menu_button = button
    return True


def get_menu_button(bot: Bot, fields: Fields) -> Body:
    own = _chat(bot, fields).menu_button if "chat_id" in fields else None
    return own or bot.menu_button or DEFAULT_MENU


def send_message(bot: Bot, fields: Fields) -> Body:
    return _sent(bot, fields, **_text(fields))


def edit_text(bot: Bot, fields: Fields) -> Body:
    chat = _chat(bot, fields)
    message = _message(chat, fields, "Bad Request: message to edit not found")
    if message["from"]["id"] != bot.id or "text" not in message:
        raise Refusal(400, "Bad Request: message can't be edited")
    content, markup = _text(fields), keyboard(fields)
    after = {**content, **({"reply_markup": markup} if markup else {})}
    if after == {name: message[name] for name in ("text", "entities", "reply_markup") if name in message}:
        raise Refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message",
        )
    for name in ("text", "entities", "reply_markup"):
        message.pop(name, None)
    message.update(after, edit_date=int(bot.clock().timestamp()))
    return message


def delete_message(bot: Bot, fields: Fields) -> bool:
    """What is deleted keeps its place in the chat, and shows nothing."""
    message = _message(_chat(bot, fields), fields, "Bad Request: message to delete not found")
    number = message["message_id"]
    message.clear()
    message["deleted"] = number
    return True


def send_photo(bot: Bot, fields: Fields) -> Body:
    if not fields.get("photo"):
        raise Refusal(400, "Bad Request: there is no photo in the request")
    size = {"file_id": fields["photo"], "file_unique_id": fields["photo"], "width": 90, "height": 90}
    return _sent(bot, fields, photo=[size], **_caption(fields))


def send_document(bot: Bot, fields: Fields) -> Body:
    given = fields.get("document")
    if not given:
        raise Refusal(400, "Bad Request: there is no document in the request")
    path, content = bot.files.get(given, (given, b""))
    name = path.rpartition("/")[2]
    document = {"file_id": given, "file_unique_id": given[-16:], "file_name": name, "file_size": len(content)}
    return _sent(bot, fields, document=document, **_caption(fields))


def send_location(bot: Bot, fields: Fields) -> Body:
    try:
        latitude, longitude = float(fields.get("latitude", "")), float(fields.get("longitude", ""))
    except ValueError:
        latitude = longitude = math.inf
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Refusal(400, "Bad Request: wrong latitude or longitude specified")
    return _sent(bot, fields, location={"latitude": latitude, "longitude": longitude})


def send_action(bot: Bot, fields: Fields) -> bool:
    _chat(bot, fields)
    if fields.get("action") not in ACTIONS:
        raise Refusal(400, "Bad Request: wrong parameter action in request")
    return True


def get_chat(bot: Bot, fields: Fields) -> Body:
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    return {**_chat(bot, fields).shown(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


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
    "deleteMyCommands": delete_commands,
    "setMyDescription": set_description,
    "getMyDescription": get_description,
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
    "getChat": get_chat,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendLocation": send_location,
    "sendChatAction": send_action,
    "editMessageText": edit_text,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback,
    "getFile": get_file,
    "getUpdates": get_updates,
}


def _sent(bot: Bot, fields: Fields, **content: Any) -> Body:
    markup = keyboard(fields)
    chat = _chat(bot, fields)
    for bucket in (bot.bucket, chat.bucket):
        if wait := bucket.wait():
            seconds = math.ceil(wait)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    return bot.message(chat, bot.me(), **content, **({"reply_markup": markup} if markup else {}))


def _text(fields: Fields) -> Body:
    text, entities = marked_up(fields.get("text", "").strip(), fields)
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > LONGEST_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    return {"text": text, **({"entities": entities} if entities else {})}


def _caption(fields: Fields) -> Body:
    caption, entities = marked_up(fields.get("caption", ""), fields)
    if units(caption) > LONGEST_CAPTION:
        raise Refusal(400, "Bad Request: message caption is too long")
    return {"caption": caption, **({"caption_entities": entities} if entities else {})}


def _message(chat: Chat, fields: Fields, missing: str) -> Body:
    number = fields.get("message_id", "")
    found = next((one for one in chat.messages if str(one.get("message_id", "")) == number), None)
    if found is None:
        raise Refusal(400, missing)
    return found


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
