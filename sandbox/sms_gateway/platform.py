"""The pretend text-message gateway in one piece: its wire (docs/reference/sms-gateway.md), and telephones to steer by.

Codes of services go by another address of the same gateway, `sandbox/sms.py`. Nothing leaves the machine.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem
from sandbox.sms_gateway.callbacks import Callbacks, signed
from sandbox.sms_gateway.phones import Account, Text, charged

NAME = "sms"
CLOCK_SECONDS = 300  # a request may be so old
LONGEST = 500  # characters
AT_ONCE = 500  # telephones in one request
OF_ALL = frozenset({"throttled", "no-credit"})  # troubles of the account: they refuse the whole request
STATUS = {"no-such-number": 422, "stopped": 409, "refused": 422, "number-busy": 429, "throttled": 429, "no-credit": 402}


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Signed(Wire):
    """What an account asks for."""

    account: str


class Order(Signed):
    """`POST /sms/texts`."""

    to: Annotated[str, Field(pattern=r"^\+?[0-9]{5,15}$")]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Orders(Signed):
    """`POST /sms/texts/batch`: the same for many."""

    to: Annotated[list[Annotated[str, Field(pattern=r"^\+?[0-9]{5,15}$")]], Field(min_length=1, max_length=AT_ONCE)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Binding(Signed):
    """`PUT /sms/callback`."""

    callback: str


class Doing(Wire):
    """`POST /_sandbox/sms/{city}/residents/{number}`: the telephone sends a text; `auto`: a machine answers there."""

    text: str
    auto: bool = False
    times: Annotated[int, Field(ge=1, le=100)] = 1
    id: str | None = None  # the same id again is the same message, brought twice


class Trouble(Wire):
    """`POST /_sandbox/sms/{city}/trouble`: what the next `count` texts meet with, to one number or to all.

    Refused with a `type` of the wire; `lost`: taken, and reported as failed; `expired`; `left`: taken, and reported as
    stopped at the network; `silent`: taken, and never reported.
    """

    what: Literal[
        "no-such-number",
        "stopped",
        "refused",
        "number-busy",
        "throttled",
        "no-credit",
        "lost",
        "expired",
        "left",
        "silent",
    ]
    to: str | None = None
    count: Annotated[int, Field(ge=1)] = 1
    retry_after: Annotated[int, Field(ge=0, le=3600)] = 1


REPORTS = {"lost": "failed", "expired": "expired", "left": "stopped"}


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The account of a city: the number that its messages come from."""
    secrets = {
        "gateway": "https://gateway.invalid",  # never asked: the sandbox's address goes before
        "signing_key": identity.secret(NAME, city, "signing"),
        "sign": "城市服务",
        "at_once": str(AT_ONCE),
    }
    return PlatformAccount(NAME, city, f"{city}_{NAME}", f"1069{identity.number(NAME, city, digits=8)}", secrets)


class Gateway:
    """The platform."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._callbacks = Callbacks()
        self._accounts: dict[str, Account] = {}
        self._troubles: dict[str, list[Trouble]] = {}
        self.reload()

    def reload(self) -> None:
        self._accounts.clear()
        self._troubles.clear()
        for city in self._setting.cities:
            known, desk = account_of(city, self._setting.identity), self._setting.desk_url
            callback = f"{desk}/channels/{NAME}/{known.slug}" if desk else None
            self._accounts[city] = Account(city, known.platform_id, known.secrets["signing_key"], callback)

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        async with self._callbacks.running():
            yield

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        steer = f"/_sandbox/{NAME}/{{city}}"
        yield web.post(f"/{NAME}/texts", self._take)
        yield web.post(f"/{NAME}/texts/batch", self._take_many)
        yield web.put(f"/{NAME}/callback", self._bind)
        yield web.post(f"{steer}/residents/{{number:\\+?\\d+}}", self._do)
        yield web.get(f"{steer}/residents/{{number:\\+?\\d+}}", self._read)
        yield web.post(f"{steer}/trouble", self._upset)

    async def _take(self, request: web.Request) -> web.Response:
        account, order = await self._signed(request, Order)
        if account is None:
            return _not_signed()
        trouble = self._struck(account.city, order.to)
        if trouble is not None and trouble.what in STATUS:
            return _refused(trouble)
        return web.json_response(self._taken(account, order.to, order.text, trouble), status=202)

    async def _take_many(self, request: web.Request) -> web.Response:
        account, orders = await self._signed(request, Orders)
        if account is None:
            return _not_signed()
        troubles = [self._struck(account.city, to) for to in orders.to]
        for trouble in troubles:
            if trouble is not None and trouble.what in OF_ALL:
                return _refused(trouble)
        texts = [
            {"type": trouble.what}
            if trouble is not None and trouble.what in STATUS
            else self._taken(account, to, orders.text, trouble)
            for to, trouble in zip(orders.to, troubles, strict=True)
        ]
        return web.json_response({"texts": texts}, status=202)

    def _taken(self, account: Account, to: str, said: str, trouble: Trouble | None) -> dict[str, object]:
        text = account.take(to, said, self._setting.clock())
        status = "delivered" if trouble is None else REPORTS.get(trouble.what)
        if status is not None:
            self._callbacks.report(account, text, status, self._setting.clock())
        return {"id": text.id, "parts": text.parts}

    async def _bind(self, request: web.Request) -> web.Response:
        account, wish = await self._signed(request, Binding)
        if account is None:
            return _not_signed()
        account.callback = wish.callback
        said = {"account": account.number, "callback": account.callback}
        return web.json_response({**said, "per_second": 100, "per_request": AT_ONCE})

    async def _do(self, request: web.Request) -> web.Response:
        """A resident sends a text. Answers what the desk said to its first bringing, 0 if it was not reached."""
        doing, number = Doing.model_validate_json(await request.read()), request.match_info["number"]
        account = self._of(request)
        if account is None:
            return problem(404, "no-such-city", "The pretend gateway has no account of this city.")
        status = None
        for _ in range(doing.times):
            status = await self._callbacks.received(
                account, number, doing.text, self._setting.clock(), auto=doing.auto, given=doing.id
            )
        return web.json_response({"status": status})

    async def _read(self, request: web.Request) -> web.Response:
        """What a telephone got, the oldest first."""
        account = self._of(request)
        got = [] if account is None else account.got(request.match_info["number"])
        return web.json_response({"messages": [_shown(text) for text in got]})

    async def _upset(self, request: web.Request) -> web.Response:
        trouble = Trouble.model_validate_json(await request.read())
        self._troubles.setdefault(request.match_info["city"], []).append(trouble)
        return web.json_response(trouble.model_dump(), status=201)

    def _struck(self, city: str, to: str) -> Trouble | None:
        troubles = self._troubles.get(city, [])
        for place, trouble in enumerate(troubles):
            if trouble.to in (None, to):
                if trouble.count == 1:
                    del troubles[place]
                else:
                    troubles[place] = trouble.model_copy(update={"count": trouble.count - 1})
                return trouble
        return None

    async def _signed[Body: Signed](self, request: web.Request, kind: type[Body]) -> tuple[Account | None, Body]:
        """A request, and the account that signed it; None where none did."""
        content = await request.read()
        body = kind.model_validate_json(content)
        return self._admitted(request, body.account, content), body

    def _admitted(self, request: web.Request, number: str, body: bytes) -> Account | None:
        account = next((one for one in self._accounts.values() if one.number == number), None)
        at, nonce = request.headers.get("Sms-Timestamp", ""), request.headers.get("Sms-Nonce", "")
        if account is None or not at.isdigit() or not 8 <= len(nonce) <= 64:
            return None
        late = abs(self._setting.clock().timestamp() - int(at)) > CLOCK_SECONDS
        genuine = signed(account.key, "request", at, nonce, body) == request.headers.get("Sms-Signature", "")
        return account if genuine and not late and account.is_fresh(nonce) else None

    def _of(self, request: web.Request) -> Account | None:
        return self._accounts.get(request.match_info["city"])


def _not_signed() -> web.Response:
    return problem(401, "unauthorized", "The signature is not this account's, or its time is not now.")


def _refused(trouble: Trouble) -> web.Response:
    answer = problem(STATUS[trouble.what], trouble.what, "This was asked for.")
    if answer.status == 429:
        answer.headers["Retry-After"] = str(trouble.retry_after)
    return answer


def open_platform(setting: Setting) -> Gateway:
    """Make the platform."""
    return Gateway(setting)


def _shown(text: Text) -> dict[str, object]:
    return {
        "id": text.id,
        "from": {"is_bot": True},
        "text": text.text,
        "parts": charged(text.text),
        "at": text.at.isoformat(),
    }
