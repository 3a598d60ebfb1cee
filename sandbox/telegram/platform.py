"""The pretend Telegram in one piece: the Bot API at `/telegram/bot<token>/…`, and residents' phones to steer by."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem
from sandbox.telegram.chats import Body, Bot, Fault, Refusal
from sandbox.telegram.methods import METHODS
from sandbox.telegram.phones import Doing, NothingThereError, do
from sandbox.telegram.pushing import Pusher

NAME = "telegram"
PAGE = Path(__file__).with_name("phone.html")
HANGS_SECONDS = 30.0
LOOK_SECONDS = 0.1


class Trouble(BaseModel):
    """`POST /_sandbox/telegram/{city}/faults`: what calls of a method meet with.

    `error`: a status, or "hang" and "cut" (after the call was carried out), or "migrate" (to the chat `to`).
    """

    model_config = ConfigDict(extra="forbid")
    method: str = "sendMessage"
    error: int | str
    count: int = Field(1, ge=1)
    retry_after: int = 1
    to: int | None = None


class Repetition(BaseModel):
    """`POST /_sandbox/telegram/{city}/push`: an update sent once, with this secret; `true` is the genuine one."""

    model_config = ConfigDict(extra="forbid")
    update: dict[str, Any]
    secret: str | bool = True


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The bot of a city."""
    number = identity.number(NAME, city)
    return PlatformAccount(
        platform=NAME,
        city=city,
        slug=f"{city}_{NAME}",
        platform_id=str(number),
        secrets={
            "token": f"{number}:{identity.secret(NAME, city, 'token', length=35)}",
            "webhook_secret": identity.secret(NAME, city, "webhook"),
        },
    )


class Telegram:
    """The platform."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._pusher = Pusher()
        self._bots: dict[str, Bot] = {}
        self.reload()

    def reload(self) -> None:
        self._bots.clear()
        for city in self._setting.cities:
            account, url = account_of(city, self._setting.identity), self._setting.desk_url
            self._bots[city] = Bot(
                id=int(account.platform_id),
                city=city,
                token=account.secrets["token"],
                username=f"{city}_city_bot",
                webhook=url and f"{url}/channels/{NAME}/{account.slug}",
                secret=account.secrets["webhook_secret"] if url else None,
                clock=self._setting.clock,
            )

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        async with self._pusher.running():
            yield

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        steer = f"/_sandbox/{NAME}/{{city}}"
        yield web.route("*", f"/{NAME}/bot{{token}}/{{method}}", self._call)
        yield web.get(f"/{NAME}/file/bot{{token}}/{{path:.+}}", self._file)
        yield web.get(steer, self._page)
        yield web.post(f"{steer}/residents/{{resident:\\d+}}", self._do)
        yield web.get(f"{steer}/residents/{{resident:\\d+}}", self._read)
        yield web.post(f"{steer}/push", self._push)
        yield web.post(f"{steer}/faults", self._upset)
        yield web.delete(f"{steer}/faults", self._mend)
        yield web.get(f"{steer}/bot", self._bot_as_it_is)

    async def _call(self, request: web.Request) -> web.Response:
        bot, asked = self._by_token(request.match_info["token"]), request.match_info["method"]
        method = next((name for name in METHODS if name.lower() == asked.lower()), asked)
        if bot is None:
            return _refused(Refusal(401, "Unauthorized"))
        handle = METHODS.get(method)
        if handle is None:
            return _refused(Refusal(404, "Not Found"))
        bot.calls.append(method)
        fault = bot.struck(method)
        try:
            fields = {**request.query, **await _given(request, bot)}
            if fault is not None and isinstance(fault.error, int):
                return _struck(fault)
            if fault is not None and fault.error == "migrate":
                raise Refusal(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    migrate_to_chat_id=int(fault.description),
                )
            result = handle(bot, fields)
            if method == "getUpdates" and not result:
                result = await self._updates(bot, fields)
        except Refusal as exc:
            return _refused(exc)
        if fault is not None and fault.error == "hang":
            await asyncio.sleep(HANGS_SECONDS)
        if fault is not None and request.transport is not None:
            request.transport.close()
        return web.json_response({"ok": True, "result": result})

    async def _updates(self, bot: Bot, fields: dict[str, str]) -> list[Body]:
        """Wait as long as the caller wants for something to come."""
        found: list[Body] = []
        for _ in range(math.ceil(min(float(fields.get("timeout", "0")), 50.0) / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            found = METHODS["getUpdates"](bot, fields)
            if found:
                break
        return found

    async def _file(self, request: web.Request) -> web.Response:
        bot = self._by_token(request.match_info["token"])
        files = {} if bot is None else dict(bot.files.values())
        content = files.get(request.match_info["path"])
        if content is None:
            return _refused(Refusal(404, "Not Found"))
        return web.Response(body=content, content_type="application/octet-stream")

    async def _page(self, request: web.Request) -> web.Response:
        """A page to talk as a resident."""
        self._of(request)
        return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html")

    async def _do(self, request: web.Request) -> web.Response:
        """A resident does something. Answers the update, and what the webhook said to it at first."""
        doing = Doing.model_validate_json(await request.read())
        bot, resident = self._of(request), int(request.match_info["resident"])
        try:
            update = do(bot, resident, doing)
        except NothingThereError as exc:
            return problem(409, "nothing-there", str(exc))
        status = await self._pusher.push(bot, resident, update)
        return web.json_response({"update": update, "status": status})

    async def _read(self, request: web.Request) -> web.Response:
        """What the resident's phone shows of the chat, from the `?after=`th message on."""
        chat = self._of(request).chat(int(request.match_info["resident"]))
        after = int(request.query.get("after", "0"))
        return web.json_response(
            {"messages": chat.messages[after:], "acknowledged": chat.acknowledged, "blocked": chat.blocked}
        )

    async def _push(self, request: web.Request) -> web.Response:
        """Send an update once more, or a forged one."""
        wish, bot = Repetition.model_validate_json(await request.read()), self._of(request)
        secret = bot.secret if wish.secret is True else wish.secret or None
        return web.json_response({"status": await self._pusher.once(bot, wish.update, secret)})

    async def _upset(self, request: web.Request) -> web.Response:
        trouble = Trouble.model_validate_json(await request.read())
        self._of(request).faults.append(
            Fault(trouble.method, trouble.error, trouble.count, trouble.retry_after, str(trouble.to))
        )
        return web.json_response(trouble.model_dump(), status=201)

    async def _mend(self, request: web.Request) -> web.Response:
        faults = self._of(request).faults
        gone = len(faults)
        faults.clear()
        return web.json_response({"lifted": gone})

    async def _bot_as_it_is(self, request: web.Request) -> web.Response:
        bot = self._of(request)
        return web.json_response(
            {"webhook": bot.webhook, "commands": bot.commands, "calls": bot.calls, "waiting": len(bot.waiting)}
        )

    def _of(self, request: web.Request) -> Bot:
        city = request.match_info["city"]
        if city not in self._bots:
            raise web.HTTPNotFound(text=json.dumps({"detail": f"There is no bot of {city}."}))
        return self._bots[city]

    def _by_token(self, token: str) -> Bot | None:
        return next((bot for bot in self._bots.values() if bot.token == token), None)


def open_platform(setting: Setting) -> Telegram:
    """Make the platform."""
    return Telegram(setting)


async def _given(request: web.Request, bot: Bot) -> dict[str, str]:
    """The fields of a call, as text: of a form, of an upload, whose files the bot keeps, or of JSON.

    Raises:
        Refusal: the JSON is no object.
    """
    if request.content_type == "application/json":
        try:
            read = json.loads(await request.read() or b"{}")
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise Refusal(400, "Bad Request: can't parse JSON object")
        return {name: one if isinstance(one, str) else json.dumps(one) for name, one in read.items()}
    fields: dict[str, str] = {}
    for name, value in (await request.post()).items():
        fields[name] = bot.keep(value.filename, value.file.read()) if isinstance(value, web.FileField) else str(value)
    return {
        name: fields.get(value.removeprefix("attach://"), value) if value.startswith("attach://") else value
        for name, value in fields.items()
    }


def _refused(refusal: Refusal) -> web.Response:
    body: Body = {"ok": False, "error_code": refusal.status, "description": str(refusal)}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.status)


def _struck(fault: Fault) -> web.Response:
    match fault.error:
        case 429:
            seconds = fault.retry_after
            return _refused(Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))
        case 502:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        case 403:
            return _refused(Refusal(403, "Forbidden: bot was blocked by the user"))
        case 401:
            return _refused(Refusal(401, "Unauthorized"))
        case 500:
            return _refused(Refusal(500, "Internal Server Error"))
    return _refused(Refusal(int(fault.error), "Bad Request: this fault was asked for"))
