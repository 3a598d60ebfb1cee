"""The app in one piece: its wire (`city_app.yml` says how the desk reads it), and phones to steer by.

    POST /city_app/messages      Bearer token; {"to": {"user"}, "content": {"text", "buttons"?: [{"label", "value"}]}}
                                 200 {"code": 0, "data": {"message"}}, or a code: 4041 4042 4290 5001 4011
    GET  /city_app/files/{file}  Bearer token
    the webhook                  {"events": [{"id", "type", "from": {"user", "nickname", "language"}, "at", "content"}]}
                                 X-App-Signature: sha256=HMAC-SHA256(signing_key, "<timestamp>.<nonce>.<body>")

What happens is brought again, at ever longer pauses, until the webhook takes it.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem

NAME = "city_app"
TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds before each further try; the last repeats
TRIES = 50
LONGEST = 1000  # characters
CODES = {"no-such-user": 4041, "blocked": 4042, "too-many": 4290, "busy": 5001}
PHOTO = b"\x89PNG\r\n\x1a\n"


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class User(Wire):
    user: Annotated[str, Field(min_length=1, max_length=100)]


class Button(Wire):
    label: Annotated[str, Field(min_length=1, max_length=20)]
    value: Annotated[str, Field(min_length=1, max_length=128)]


class Content(Wire):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    buttons: Annotated[list[Button], Field(max_length=6)] = []


class Message(Wire):
    """`POST /city_app/messages`."""

    to: User
    content: Content


class Doing(Wire):
    """`POST /_sandbox/city_app/{city}/residents/{user}`: what somebody does, brought `times` times.

    `forged`: signed with another key; `minutes_ago`: the request is as old as that. Both are brought once.
    """

    type: str = "text"
    content: dict[str, Any] = Field(default_factory=dict)
    times: Annotated[int, Field(ge=1, le=100)] = 1
    id: str | None = None
    forged: bool = False
    minutes_ago: Annotated[int, Field(ge=0, le=1440)] = 0


class Trouble(Wire):
    """`POST /_sandbox/city_app/{city}/trouble`: what the next `count` messages meet with."""

    what: Literal["no-such-user", "blocked", "too-many", "busy", "wrong-token"]
    count: Annotated[int, Field(ge=1)] = 1


@dataclass
class Account:
    """A city's account: its secrets, its webhook, and what phones got."""

    known: PlatformAccount
    webhook: str | None
    got: list[tuple[str, Content]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    events: int = 0

    def trouble(self) -> Trouble | None:
        """The next trouble, if any; it is used up."""
        if not self.troubles:
            return None
        first = self.troubles[0]
        self.troubles[:1] = [first.model_copy(update={"count": first.count - 1})] if first.count > 1 else []
        return first


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The account of a city."""
    made = {name: identity.secret(NAME, city, name) for name in ("token", "signing_key")}
    return PlatformAccount(NAME, city, f"{city}_{NAME}", f"{city}-app", made)


class CityApp:
    """The platform."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._accounts: dict[str, Account] = {}
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.reload()

    def reload(self) -> None:
        for city in self._setting.cities:
            known, desk = account_of(city, self._setting.identity), self._setting.desk_url
            self._accounts[city] = Account(known, f"{desk}/channels/{NAME}/{known.slug}" if desk else None)

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as self._http:
            yield
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        steer = f"/_sandbox/{NAME}/{{city}}"
        yield web.post(f"/{NAME}/messages", self._take)
        yield web.get(f"/{NAME}/files/{{file}}", self._file)
        yield web.post(f"{steer}/residents/{{user}}", self._do)
        yield web.get(f"{steer}/residents/{{user}}", self._read)
        yield web.post(f"{steer}/trouble", self._upset)

    async def _take(self, request: web.Request) -> web.Response:
        account = self._caller(request)
        if account is None:
            return web.json_response({"code": 4011}, status=401)
        message, trouble = Message.model_validate_json(await request.read()), account.trouble()
        if trouble is not None:
            return _refused(trouble)
        account.got.append((message.to.user, message.content))
        return web.json_response({"code": 0, "data": {"message": f"m{len(account.got)}"}})

    async def _file(self, request: web.Request) -> web.Response:
        if self._caller(request) is None:
            return web.json_response({"code": 4011}, status=401)
        return web.Response(body=PHOTO + request.match_info["file"].encode(), content_type="image/png")

    async def _do(self, request: web.Request) -> web.Response:
        """Somebody does something. Answers what the desk said to its first bringing, 0 if it was not reached."""
        doing, account = Doing.model_validate_json(await request.read()), self._of(request)
        if account is None:
            return problem(404, "no-such-city", "The pretend app has no account of this city.")
        account.events += 1
        event = {
            "id": doing.id or f"{account.known.platform_id}-{account.events}",
            "type": doing.type,
            "from": {"user": request.match_info["user"], "nickname": "小陈", "language": "zh-CN"},
            "at": int(self._setting.clock().timestamp() * 1000),
            "content": doing.content,
        }
        body = json.dumps({"events": [event]}, ensure_ascii=False).encode()
        status = 0
        for _ in range(doing.times):
            status = await self._bring(account, body, doing)
            if status >= 500 or status == 0:
                self._again(account, body, doing)
        return web.json_response({"status": status})

    async def _read(self, request: web.Request) -> web.Response:
        """What a phone got, the oldest first."""
        account = self._of(request)
        got = [] if account is None else account.got
        mine = [content for user, content in got if user == request.match_info["user"]]
        shown = [{"from": {"is_bot": True}, **content.model_dump()} for content in mine]
        return web.json_response({"messages": shown})

    async def _upset(self, request: web.Request) -> web.Response:
        trouble, account = Trouble.model_validate_json(await request.read()), self._of(request)
        if account is None:
            return problem(404, "no-such-city", "The pretend app has no account of this city.")
        account.troubles.append(trouble)
        return web.json_response(trouble.model_dump(), status=201)

    def _again(self, account: Account, body: bytes, doing: Doing) -> None:
        async def until_taken() -> None:
            for tries in range(TRIES):
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                if 200 <= await self._bring(account, body, doing) < 500:
                    return

        task = asyncio.get_running_loop().create_task(until_taken())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring(self, account: Account, body: bytes, doing: Doing) -> int:
        if account.webhook is None or self._http is None:
            return 0
        at = str(int(self._setting.clock().timestamp()) - doing.minutes_ago * 60)
        nonce, key = secrets.token_hex(8), "another key" if doing.forged else account.known.secrets["signing_key"]
        signed = hmac.digest(key.encode(), f"{at}.{nonce}.".encode() + body, hashlib.sha256).hex()
        headers = {
            "Content-Type": "application/json",
            "X-App-Timestamp": at,
            "X-App-Nonce": nonce,
            "X-App-Signature": f"sha256={signed}",
        }
        try:
            async with self._http.post(account.webhook, data=body, headers=headers) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _caller(self, request: web.Request) -> Account | None:
        given = request.headers.get("Authorization", "")
        for account in self._accounts.values():
            if hmac.compare_digest(given.encode(), f"Bearer {account.known.secrets['token']}".encode()):
                return account
        return None

    def _of(self, request: web.Request) -> Account | None:
        return self._accounts.get(request.match_info["city"])


def _refused(trouble: Trouble) -> web.Response:
    if trouble.what == "wrong-token":
        return web.json_response({"code": 4011}, status=401)
    if trouble.what == "too-many":
        return web.json_response({"code": CODES[trouble.what]}, status=429, headers={"Retry-After": "7"})
    return web.json_response({"code": CODES[trouble.what]})


def open_platform(setting: Setting) -> CityApp:
    """Make the platform."""
    return CityApp(setting)
