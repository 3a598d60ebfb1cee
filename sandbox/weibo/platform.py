"""The pretend Weibo in one piece: what its parts are, and the addresses that tests and people steer it by."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem
from sandbox.state import State
from sandbox.weibo.book import NAME, Account, Book
from sandbox.weibo.gate import Gate, Trouble
from sandbox.weibo.inbox import Inbox
from sandbox.weibo.messages import Messages
from sandbox.weibo.posts import Posts
from sandbox.weibo.pushes import Mischief, Pushes
from sandbox.weibo.residents import Act, Residents
from sandbox.weibo.rules import Limits, WeiboError


class Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Binding(Wish):
    """`PUT /_sandbox/weibo/<city>/callback`."""

    url: str


class Renewal(Wish):
    """`POST /_sandbox/weibo/<city>/token`: a new token, or with `revoke` none that is good."""

    seconds: Annotated[int, Field(ge=1)] | None = None
    revoke: bool = False


class Ahead(Wish):
    """`PUT /_sandbox/weibo/clock`: windows and tokens end by it; pushes are signed by the true time."""

    ahead_seconds: Annotated[int, Field(ge=0, le=800 * 86400)] = 0


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The account of a city, with the token that it begins with."""
    secrets = {
        "app_secret": identity.secret(NAME, city, "app"),
        "access_token": identity.secret(NAME, city, "token"),
        "operator_ip": "203.0.113.7",
    }
    return PlatformAccount(NAME, city, f"{city}_{NAME}", str(identity.number(NAME, city)), secrets)


class Weibo:
    """The platform: an account a city. All but the counts of calls is kept."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._state = State(setting.data_dir / "sandbox" / "weibo.sqlite3")
        self._book = Book(self._state, setting.clock)
        self._inbox = Inbox(self._book)
        self._gate = Gate(self._book)
        self._pushes = Pushes(self._book, self._inbox)
        self._residents = Residents(self._book, self._pushes)
        self._messages = Messages(self._book, self._inbox, self._gate)
        self._posts = Posts(self._book, self._gate)
        self._open_accounts()

    def reload(self) -> None:
        """All is as at the beginning."""
        self._state.clear(None)
        self._gate.reload()
        self._open_accounts()

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        """Pushes are sent while the application runs."""
        async with self._pushes.running():
            yield
        self._state.close()

    def _open_accounts(self) -> None:
        kept, changed = {one.uid: one for one in self._book.accounts()}, []
        for city in self._setting.cities:
            known, desk = account_of(city, self._setting.identity), self._setting.desk_url
            callback = f"{desk}/channels/{NAME}/{known.slug}" if desk else None
            account = kept.get(known.platform_id)
            if account is None:
                changed.append(self._book.new_account(known.platform_id, city, known.secrets, callback))
            elif callback is not None and account.callback != callback:
                changed.append(account.model_copy(update={"callback": callback}))
        self._book.keep_accounts(*changed)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        steer = f"/_sandbox/{NAME}"
        yield from self._messages.routes()
        yield from self._posts.routes()
        yield web.put(f"{steer}/clock", self._set_clock)
        yield web.put(f"{steer}/limits", self._set_limits)
        yield web.post(f"{steer}/mischief", self._make_mischief)
        yield web.delete(f"{steer}/mischief", self._lift_mischief)
        yield web.post(f"{steer}/trouble", self._make_trouble)
        yield web.delete(f"{steer}/trouble", self._lift_trouble)
        yield web.get(f"{steer}/{{city}}/account", self._show)
        yield web.put(f"{steer}/{{city}}/callback", self._bind)
        yield web.post(f"{steer}/{{city}}/token", self._renew)
        yield web.get(f"{steer}/{{city}}/pushes", self._list_pushes)
        yield web.get(f"{steer}/{{city}}/timeline", self._timeline)
        yield web.get(f"{steer}/{{city}}/masses", self._masses)
        yield web.post(f"{steer}/{{city}}/residents/{{resident:[0-9]+}}", self._act)
        yield web.get(f"{steer}/{{city}}/residents/{{resident:[0-9]+}}", self._read)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._account(request)))

    async def _set_clock(self, request: web.Request) -> web.Response:
        self._book.set("clock", Ahead.model_validate_json(await request.read()).model_dump())
        return web.json_response({"now": self._book.now().isoformat()})

    async def _set_limits(self, request: web.Request) -> web.Response:
        limits = Limits.model_validate_json(await request.read() or b"{}")
        self._book.set("limits", limits.model_dump())
        return web.json_response(limits.model_dump())

    async def _make_mischief(self, request: web.Request) -> web.Response:
        rule = Mischief.model_validate_json(await request.read())
        rules = [*self._pushes.mischief(), rule]
        self._book.set("mischief", {"rules": [one.model_dump() for one in rules]})
        return web.json_response({"rules": [one.model_dump() for one in rules]}, status=201)

    async def _lift_mischief(self, _: web.Request) -> web.Response:
        lifted = len(self._pushes.mischief())
        self._book.set("mischief", {"rules": []})
        return web.json_response({"lifted": lifted})

    async def _make_trouble(self, request: web.Request) -> web.Response:
        trouble = Trouble.model_validate_json(await request.read())
        self._gate.troubles.append(trouble)
        return web.json_response(trouble.model_dump(), status=201)

    async def _lift_trouble(self, _: web.Request) -> web.Response:
        lifted = len(self._gate.troubles)
        self._gate.troubles.clear()
        return web.json_response({"lifted": lifted})

    async def _bind(self, request: web.Request) -> web.Response:
        """Enter the callback on the account's page: it counts once it has proved itself."""
        account, wish = self._account(request), Binding.model_validate_json(await request.read())
        why = await self._pushes.bind(account, wish.url)
        if why is not None:
            return problem(409, "not-proved", "The address did not answer with the echo.", why)
        self._book.keep_accounts(account.model_copy(update={"callback": wish.url}))
        return web.json_response({"callback": wish.url})

    async def _renew(self, request: web.Request) -> web.Response:
        account, wish = self._account(request), Renewal.model_validate_json(await request.read() or b"{}")
        account = self._book.renewed(account, None if wish.seconds is None else timedelta(seconds=wish.seconds))
        return web.json_response({} if wish.revoke else _shown(account))

    async def _list_pushes(self, request: web.Request) -> web.Response:
        """Every push with the answers to its tries, the oldest first."""
        return web.json_response({"pushes": self._book.rows("push", account=self._account(request).uid)})

    async def _timeline(self, request: web.Request) -> web.Response:
        """The account's posts, and all comments on posts, the oldest first."""
        posts = self._book.rows("status", by=self._account(request).uid)
        return web.json_response({"posts": posts, "comments": self._book.rows("comment")})

    async def _masses(self, request: web.Request) -> web.Response:
        return web.json_response({"masses": self._book.rows("mass", account=self._account(request).uid)})

    async def _act(self, request: web.Request) -> web.Response:
        act = Act.model_validate_json(await request.read())
        try:
            done = await self._residents.act(self._account(request), request.match_info["resident"], act)
        except WeiboError as exc:
            return problem(409, "weibo", str(exc))
        return web.json_response(done, status=201)

    async def _read(self, request: web.Request) -> web.Response:
        """All that a resident got in private, the oldest first, and how they stand with the account."""
        account, resident = self._account(request).uid, request.match_info["resident"]
        tie = self._book.tie(account, resident).model_dump(mode="json")
        return web.json_response({"messages": self._inbox.of(account, resident), "tie": tie})

    def _account(self, request: web.Request) -> Account:
        city = request.match_info["city"]
        account = next((one for one in self._book.accounts() if one.city == city), None)
        if account is None:
            raise web.HTTPNotFound(text=f"The pretend Weibo has no account of {city}.")
        return account


def open_platform(setting: Setting) -> Weibo:
    """Make the platform."""
    return Weibo(setting)


def _shown(account: Account) -> dict[str, Any]:
    """An account for tests and people: with its secrets, which are pretended too."""
    return account.model_dump(mode="json")
