"""What residents do on their phones, as updates of the Bot API."""

import base64
import hashlib
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.telegram.chats import Body, Bot, Chat

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)  # a PNG of one pixel


class NothingThereError(Exception):
    """There is no such button or message to act on."""


class Doing(BaseModel):
    """`POST /_sandbox/telegram/{city}/residents/{id}`: exactly one thing that the resident does.

    `press` is a button's title, else its payload. `photo`, `voice` and `document` are base64; "" is a small picture.
    `update` is sent as it stands, with the resident as author where it has none.
    """

    model_config = ConfigDict(extra="forbid")

    say: str | None = None
    start: str | None = None
    press: str | None = None
    location: tuple[float, float] | None = None
    contact: str | None = None
    photo: str | None = None
    voice: str | None = None
    document: str | None = None
    caption: str = ""
    edit: Annotated[str, Field(description="the new text of the last message")] | None = None
    block: bool | None = None
    update: dict[str, Any] | None = None
    language: str | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if len(self.model_fields_set - {"caption", "language"}) != 1:
            raise ValueError("a resident does one thing at a time")
        return self


def do(bot: Bot, resident: int, doing: Doing) -> Body:
    """Let a resident do something; answers the update that tells of it.

    Raises:
        NothingThereError: there is no such button, or nothing was said that could be edited.
    """
    chat = bot.chat(resident)
    if doing.language is not None:
        chat.language = doing.language
    return {"update_id": bot.number(), **_happening(bot, chat, doing)}


def _happening(bot: Bot, chat: Chat, doing: Doing) -> Body:
    author = chat.sender()
    if doing.update is not None:
        return doing.update
    if doing.block is not None:
        return {"my_chat_member": _member(bot, chat, blocked=doing.block)}
    if doing.press is not None:
        return {"callback_query": _pressed(bot, chat, doing.press)}
    if doing.edit is not None:
        return {"edited_message": _edited(bot, chat, doing.edit)}
    return {"message": bot.message(chat, author, **_content(bot, chat, doing))}


def _content(bot: Bot, chat: Chat, doing: Doing) -> Body:
    caption = {"caption": doing.caption} if doing.caption else {}
    if doing.say is not None:
        return {"text": doing.say}
    if doing.start is not None:
        text = f"/start {doing.start}".strip()
        return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len("/start")}]}
    if doing.location is not None:
        return {"location": {"latitude": doing.location[0], "longitude": doing.location[1]}}
    if doing.contact is not None:
        return {"contact": {"phone_number": doing.contact, "first_name": "居民", "user_id": chat.resident}}
    if doing.photo is not None:
        file = _file(bot, doing.photo, "photos", ".png")
        small = {**file, "file_id": f"small-{file['file_id']}", "file_size": 1, "width": 90, "height": 90}
        return {"photo": [small, {**file, "width": 1280, "height": 960}], **caption}
    if doing.voice is not None:
        return {"voice": {**_file(bot, doing.voice, "voice", ".oga"), "duration": 3, "mime_type": "audio/ogg"}}
    file = _file(bot, doing.document or "", "documents", ".pdf")
    return {"document": {**file, "file_name": "file.pdf", "mime_type": "application/pdf"}, **caption}


def _file(bot: Bot, content: str, folder: str, ending: str) -> Body:
    given = base64.b64decode(content) if content else PIXEL
    name = f"{bot.number()}-{hashlib.sha256(given).hexdigest()[:16]}"
    bot.files[name] = (f"{folder}/{name}{ending}", given)
    return {"file_id": name, "file_unique_id": name[-16:], "file_size": len(given)}


def _pressed(bot: Bot, chat: Chat, wanted: str) -> Body:
    for message in reversed(chat.messages):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if "callback_data" in button and wanted in (button["text"], button["callback_data"]):
                    query = str(bot.number())
                    chat.messages.append({"query": query, "pressed": button["text"]})
                    return {
                        "id": query,
                        "from": chat.sender(),
                        "message": message,
                        "chat_instance": str(chat.resident),
                        "data": button["callback_data"],
                    }
    raise NothingThereError(f"There is no button {wanted!r} in this chat.")


def _edited(bot: Bot, chat: Chat, text: str) -> Body:
    for message in reversed(chat.messages):
        if message.get("from", {}).get("id") == chat.resident and "text" in message:
            message.update(text=text, edit_date=int(bot.clock().timestamp()))
            return dict(message)
    raise NothingThereError("This resident has said nothing that could be edited.")


def _member(bot: Bot, chat: Chat, *, blocked: bool) -> Body:
    chat.blocked = blocked
    now, member = "kicked" if blocked else "member", {"user": bot.me()}
    before = {**member, "status": "member" if blocked else "kicked"}
    kicked = {"until_date": 0}
    return {
        "chat": chat.shown(),
        "from": chat.sender(),
        "date": int(bot.clock().timestamp()),
        "old_chat_member": {**before, **({} if blocked else kicked)},
        "new_chat_member": {**member, "status": now, **(kicked if blocked else {})},
    }
