"""The pretend Telegram on the wire, as libraries of others speak to it: forms, JSON, uploads, bounds and refusals."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from aiohttp.test_utils import TestServer
from fixtures.pretend_city import pretend_city

from sandbox.platforms import accounts

CITY, RESIDENT = "hangzhou", 5001


@dataclass
class Wire:
    """A bot, and the phone of a resident who has written to it."""

    http: ClientSession
    url: str
    token: str

    async def call(self, method: str, **fields: Any) -> Any:
        """Call a method by JSON; its result, or what it is refused with."""
        async with self.http.post(f"{self.url}/telegram/bot{self.token}/{method}", json=fields) as answer:
            said = await answer.json()
        return said["result"] if said["ok"] else said["description"]

    async def shown(self) -> list[dict[str, Any]]:
        """What the bot wrote, as the phone has it."""
        async with self.http.get(f"{self.url}/_sandbox/telegram/{CITY}/residents/{RESIDENT}") as answer:
            messages = (await answer.json())["messages"]
        return [one for one in messages if one.get("from", {}).get("is_bot")]


@asynccontextmanager
async def wire(folder: Path) -> AsyncIterator[Wire]:
    application = pretend_city(folder, lambda: datetime.now(UTC))
    async with TestServer(application) as server, ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        token = next(one for one in accounts(folder, [CITY]) if one.platform == "telegram").secrets["token"]
        one = Wire(http, url, token)
        say = {"say": "你好"}
        async with http.post(f"{url}/_sandbox/telegram/{CITY}/residents/{RESIDENT}", json=say) as answer:
            assert answer.status == 200
        yield one


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Wire]:
    async with wire(tmp_path) as one:
        yield one


async def test_a_webhook_is_removed_by_an_empty_address(bot: Wire) -> None:
    """As well as by its own method."""
    assert await bot.call("setWebhook", url="http://127.0.0.1:1/hook") is True
    assert (await bot.call("getWebhookInfo"))["url"] == "http://127.0.0.1:1/hook"
    assert await bot.call("setWebhook", url="") is True
    assert (await bot.call("getWebhookInfo"))["url"] == ""


async def test_a_call_is_a_form_or_json(bot: Wire) -> None:
    """With objects as they are, or written as text."""
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    sent = await bot.call("sendMessage", chat_id=RESIDENT, text="by JSON", reply_markup=markup)
    form = {"chat_id": str(RESIDENT), "text": "by a form", "reply_markup": json.dumps(markup)}
    async with bot.http.post(f"{bot.url}/telegram/bot{bot.token}/sendMessage", data=form) as answer:
        other = (await answer.json())["result"]
    assert (sent["reply_markup"], other["reply_markup"]) == (markup, markup)
    headers = {"Content-Type": "application/json"}
    async with bot.http.post(f"{bot.url}/telegram/bot{bot.token}/getMe", data="[", headers=headers) as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    ("given", "text", "entities"),
    [
        ("a <b>bold</b> word", "a bold word", [("bold", 2, 4)]),
        ("😀 <i>x</i> &lt;y&gt;", "😀 x <y>", [("italic", 3, 1)]),
        (
            '<a href="https://x.example/">x</a><b><u>y</u></b>',
            "xy",
            [("text_link", 0, 1), ("bold", 1, 1), ("underline", 1, 1)],
        ),
    ],
    ids=["one", "counted in UTF-16", "a link, and one in another"],
)
async def test_html_becomes_entities(bot: Wire, given: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    """What a message shows has no tags."""
    sent = await bot.call("sendMessage", chat_id=RESIDENT, text=given, parse_mode="HTML")
    found = {(one["type"], one["offset"], one["length"]) for one in sent["entities"]}
    assert (sent["text"], found) == (text, {*entities})


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"text": "<b>open", "parse_mode": "HTML"}, "Can't find end tag"),
        ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, "Unmatched end tag"),
        ({"text": "<div>x</div>", "parse_mode": "HTML"}, "Unsupported start tag"),
        ({"text": "*x*", "parse_mode": "Words"}, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "Text buttons are unallowed"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "url": "nowhere"}]]}}, "Wrong HTTP URL"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "b" * 65}]]}},
            "BUTTON_DATA_INVALID",
        ),
        ({"text": "x", "reply_markup": "{"}, "object expected"),
    ],
)
async def test_what_cannot_be_read_is_refused(bot: Wire, fields: dict[str, Any], refused: str) -> None:
    """Nothing of it reaches the phone."""
    assert refused in await bot.call("sendMessage", chat_id=RESIDENT, **fields)
    assert await bot.shown() == []


async def test_a_button_may_lead_to_an_address_and_a_reply_keyboard_is_no_part_of_a_message(bot: Wire) -> None:
    """As in what the real one answers."""
    leads = {"inline_keyboard": [[{"text": "page", "url": "https://city.example/"}]]}
    assert (await bot.call("sendMessage", chat_id=RESIDENT, text="x", reply_markup=leads))["reply_markup"] == leads
    keys = {"keyboard": [[{"text": "yes"}]], "resize_keyboard": True}
    assert "reply_markup" not in await bot.call("sendMessage", chat_id=RESIDENT, text="x", reply_markup=keys)


async def test_commands_descriptions_and_the_menu_are_kept(bot: Wire) -> None:
    """By language; names are checked."""
    commands = [{"command": "menu", "description": "Menu"}]
    assert await bot.call("setMyCommands", commands=commands, language_code="en") is True
    assert await bot.call("getMyCommands", language_code="en") == commands
    assert "BOT_COMMAND_INVALID" in await bot.call("setMyCommands", commands=[{"command": "No", "description": "x"}])
    assert await bot.call("setMyDescription", description="Services") is True
    assert await bot.call("getMyDescription", language_code="zh") == {"description": "Services"}
    assert await bot.call("setChatMenuButton", menu_button={"type": "commands"}) is True
    assert await bot.call("getChatMenuButton", chat_id=RESIDENT) == {"type": "commands"}


async def test_a_message_is_changed_and_deleted(bot: Wire) -> None:
    """Of its own alone, and not into what it is already."""
    number = (await bot.call("sendMessage", chat_id=RESIDENT, text="one"))["message_id"]
    where = {"chat_id": RESIDENT, "message_id": number}
    assert (await bot.call("editMessageText", **where, text="two"))["text"] == "two"
    assert "not modified" in await bot.call("editMessageText", **where, text="two")
    assert [one["text"] for one in await bot.shown()] == ["two"]
    assert await bot.call("deleteMessage", **where) is True
    assert await bot.shown() == []
    assert "not found" in await bot.call("deleteMessage", **where)


async def test_other_messages_and_chats(bot: Wire) -> None:
    """Documents that are uploaded can be fetched; places, what a bot does, who a chat is with."""
    form = FormData({"chat_id": str(RESIDENT), "caption": "a <b>form</b>", "parse_mode": "HTML"})
    form.add_field("document", b"%PDF", filename="form.pdf")
    async with bot.http.post(f"{bot.url}/telegram/bot{bot.token}/sendDocument", data=form) as answer:
        sent = (await answer.json())["result"]
    assert (sent["document"]["file_name"], sent["caption"]) == ("form.pdf", "a form")
    path = (await bot.call("getFile", file_id=sent["document"]["file_id"]))["file_path"]
    async with bot.http.get(f"{bot.url}/telegram/file/bot{bot.token}/{path}") as answer:
        assert await answer.read() == b"%PDF"
    placed = await bot.call("sendLocation", chat_id=RESIDENT, latitude=30.25, longitude=120.17)
    assert placed["location"] == {"latitude": 30.25, "longitude": 120.17}
    assert "wrong" in await bot.call("sendLocation", chat_id=RESIDENT, latitude=300, longitude=0)
    assert await bot.call("sendChatAction", chat_id=RESIDENT, action="typing") is True
    assert "wrong parameter action" in await bot.call("sendChatAction", chat_id=RESIDENT, action="dancing")
    assert (await bot.call("getChat", chat_id=RESIDENT))["id"] == RESIDENT
    assert "chat not found" in await bot.call("getChat", chat_id=1)
