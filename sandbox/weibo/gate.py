"""What every call to the pretend Weibo goes through: troubles asked for, limits, the token, and the form of errors."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.weibo.book import Account, Book
from sandbox.weibo.rules import FORBIDDEN, WeiboError

type Params = Mapping[str, str]
type Handler = Callable[[Account, Params], dict[str, Any] | web.Response]


class Trouble(BaseModel):
    """`POST /_sandbox/weibo/trouble`: the next `count` calls to `call` are answered with an error of Weibo's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: str = Field(pattern=r"^/(2|oauth2)/")
    code: Annotated[int, Field(ge=10_000, le=99_999)]
    count: Annotated[int, Field(ge=1)] = 1


@dataclass
class Gate:
    """Counts calls: limits begin anew with the hour and the day, and with a restart."""

    book: Book
    troubles: list[Trouble] = field(default_factory=list)
    _hours: Counter[tuple[str, datetime]] = field(default_factory=Counter)
    _days: Counter[tuple[str, str]] = field(default_factory=Counter)

    def reload(self) -> None:
        self.troubles.clear()
        self._hours.clear()
        self._days.clear()

    def form(
        self, handler: Handler, *, limited: bool = False, posts: bool = False, token_in_query: bool = False
    ) -> Callable[..., Awaitable[web.Response]]:
        """A call with its parameters in query and form; a file is its type and its size in bytes.

        `limited` calls count for the day, `posts` for the hour too.

        `token_in_query`: a token in the form is none.
        """

        async def handle(request: web.Request) -> web.Response:
            sent = await request.post()
            form = {name: value for name, value in sent.items() if isinstance(value, str)}
            if token_in_query:
                form.pop("access_token", None)
            brought = {name: one for name, one in sent.items() if isinstance(one, web.FileField)}
            files = {name: f"{one.content_type} {len(one.file.read())}" for name, one in brought.items()}
            params = dict(request.query) | form | files
            return self._answered(request, params, handler, limited=limited, posts=posts)

        return handle

    def document(self, handler: Callable[[Account, bytes], dict[str, Any]]) -> Callable[..., Awaitable[web.Response]]:
        """A call with a JSON body, whose errors have other names."""

        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            return self._answered(request, dict(request.query), lambda account, _: handler(account, body), names=False)

        return handle

    def _answered(
        self,
        request: web.Request,
        params: Params,
        handler: Handler,
        *,
        limited: bool = False,
        posts: bool = False,
        names: bool = True,
    ) -> web.Response:
        call = request.path.removeprefix("/weibo")
        try:
            self._strike(call)
            self._count_address(request.remote or "")
            account = self.book.account_of(self._token(request, params))
            if limited:
                self._count_account(account, posts=posts)
            answer = handler(account, params)
        except WeiboError as exc:
            if not names:
                said = {"request": str(request.url.with_query(None)), "errcode": str(exc.code), "errmsg": str(exc)}
                return web.json_response(said)
            code = str(exc.code) if exc.code >= 20_000 else exc.code  # the real one writes now this, now that
            status = 403 if exc.code in FORBIDDEN else 400
            return web.json_response({"request": call, "error_code": code, "error": str(exc)}, status=status)
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    def _token(self, request: web.Request, params: Params) -> str:
        header = request.headers.get("Authorization", "")
        return params.get("access_token") or (header.removeprefix("OAuth2 ") if header.startswith("OAuth2 ") else "")

    def _strike(self, call: str) -> None:
        for number, trouble in enumerate(self.troubles):
            if trouble.call == call:
                left = trouble.model_copy(update={"count": trouble.count - 1})
                self.troubles[number : number + 1] = [left] if left.count else []
                raise WeiboError(trouble.code)

    def _count_address(self, address: str) -> None:
        hour = self._hour()
        self._hours[address, hour] += 1
        if self._hours[address, hour] > self.book.limits().calls_an_hour:
            raise WeiboError(10022)

    def _count_account(self, account: Account, *, posts: bool) -> None:
        day, hour, limits = f"{self.book.now():%Y-%m-%d}", self._hour(), self.book.limits()
        if self._days[account.uid, day] >= limits.calls_a_day:
            raise WeiboError(10023)
        if posts and self._hours[account.uid, hour] >= limits.posts_an_hour:
            raise WeiboError(10024)
        self._days[account.uid, day] += 1
        self._hours[account.uid, hour] += posts

    def _hour(self) -> datetime:
        now = self.book.now()
        return now - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)


def wanted(params: Params, *names: str) -> list[str]:
    """Parameters that must be there.

    Raises:
        WeiboError: one is not.
    """
    for name in names:
        if not params.get(name):
            raise WeiboError(10016, f"({name})")
    return [params[name] for name in names]
