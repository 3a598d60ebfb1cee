"""Calls of the hosts m.api and upload.api: replies, mass sending, the menu, files that residents sent."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.weibo.book import Account, Book
from sandbox.weibo.gate import Gate, Params, wanted
from sandbox.weibo.inbox import Inbox
from sandbox.weibo.rules import MENU_BUTTONS, MENU_KEY, MENU_NAMES, MENU_SUB_BUTTONS, WeiboError


class MenuItem(BaseModel):
    """A button: one that clicks, or opens an address, or has others below it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    type: Literal["click", "view"] | None = None
    key: str | None = Field(None, min_length=1, max_length=MENU_KEY)
    url: AnyHttpUrl | None = None
    sub_button: list["MenuItem"] | None = Field(None, min_length=1, max_length=MENU_SUB_BUTTONS)

    @model_validator(mode="after")
    def _is_one_thing(self) -> "MenuItem":
        has = (self.type, self.key is not None, self.url is not None, self.sub_button is not None)
        if has not in (("click", True, False, False), ("view", False, True, False), (None, False, False, True)):
            raise ValueError("a button clicks with a key, opens a url, or has buttons below it")
        return self


class Menu(BaseModel):
    model_config = ConfigDict(extra="forbid")

    button: list[MenuItem] = Field(min_length=1, max_length=MENU_BUTTONS)

    @model_validator(mode="after")
    def _names_fit(self) -> "Menu":
        for button in self.button:
            below = button.sub_button or []
            if len(button.name) > MENU_NAMES[0] or any(len(one.name) > MENU_NAMES[1] for one in below):
                raise ValueError("a name is too long")
            if any(one.sub_button for one in below):
                raise ValueError("a menu has two levels")
        return self


class Mass(BaseModel):
    """The body of `sendall`: to uids, or to a group of the account's subscribers."""

    model_config = ConfigDict(extra="forbid")

    touser: list[str] | None = Field(None, min_length=1)
    filter: dict[str, str] | None = None
    msgtype: Literal["text", "articles"]
    text: dict[str, str] | None = None
    articles: list[dict[str, str]] | None = None


@dataclass(frozen=True)
class Messages:
    book: Book
    inbox: Inbox
    gate: Gate

    def routes(self) -> list[web.RouteDef]:
        form = self.gate.form
        return [
            web.post("/weibo/2/messages/reply.json", form(self._reply)),
            web.post("/weibo/2/messages/sendall.json", self.gate.document(self._sendall)),
            web.post("/weibo/2/messages/menu/create.json", form(self._create_menu, token_in_query=True)),
            web.get("/weibo/2/messages/menu/show.json", form(self._show_menu)),
            web.get("/weibo/2/mss/msget", form(self._file)),
        ]

    def _reply(self, account: Account, params: Params) -> dict[str, Any]:
        kind, text, resident = wanted(params, "type", "data", "receiver_id")
        if params.get("save_sender_box", "1") not in ("0", "1"):
            raise WeiboError(10017, "(save_sender_box)")
        try:
            data = json.loads(text)  # encoded once, by the form: what was encoded twice is no JSON
        except ValueError as exc:
            raise WeiboError(10008, "(data)") from exc
        self.inbox.deliver(account, resident, kind, data, how="reply")
        return {"result": True, "receiver_id": int(resident), "sender_id": int(account.uid), "type": kind, "data": text}

    def _sendall(self, account: Account, body: bytes) -> dict[str, Any]:
        """Accepted at once. Whoever did not subscribe gets nothing, and nobody says so."""
        try:
            mass = Mass.model_validate_json(body)
        except ValidationError as exc:
            raise WeiboError(10008) from exc
        if (mass.touser is None) == (mass.filter is None):
            raise WeiboError(10017, "(touser, filter)")
        if mass.msgtype == "text":
            data: dict[str, Any] = {"text": (mass.text or {}).get("content", "")}
        else:
            data = {"articles": mass.articles}
        targets = mass.touser if mass.touser is not None else self.book.subscribers(account.uid)
        number = self.book.add("mass", {"account": account.uid, "to": targets, "delivered": []})
        delivered = []
        for resident in targets:
            if self.book.tie(account.uid, resident).subscribed:
                self.inbox.deliver(account, resident, mass.msgtype, data, how="mass")
                delivered.append(resident)
        self.book.change("mass", number, delivered=delivered)
        return {"result": True, "msg_id": number}

    def _create_menu(self, account: Account, params: Params) -> dict[str, Any]:
        (text,) = wanted(params, "menus")
        try:
            Menu.model_validate_json(text)
        except ValidationError as exc:
            raise WeiboError(26401, str(exc.errors(include_input=False)[0]["msg"])) from exc
        self.book.keep_accounts(account.model_copy(update={"menu": json.loads(text)}))
        return {"result": True}

    def _show_menu(self, account: Account, _: Params) -> dict[str, Any]:
        """As it was made, with what the real one adds to each button."""
        buttons = (account.menu or {}).get("button", [])
        return {"menu": {"button": [{"sub_button": [], **one} for one in buttons]}}

    def _file(self, account: Account, params: Params) -> web.Response:
        """A file by the identifier for its receiver; by the sender's it is somebody else's."""
        (number,) = wanted(params, "fid")
        row = self.book.row("file", number)
        if row is None or row["for"] != account.uid:
            raise WeiboError(10017, "(fid)")
        return web.Response(body=bytes.fromhex(row["content"]), content_type=row["content_type"])
