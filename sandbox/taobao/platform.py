"""The pretend Taobao: a page with the entry of a city's services, whose links are signed as a real entry's must be."""

import base64
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from html import escape
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem

NAME = "taobao"
GOOD_SECONDS = 300

PAGE = """<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>模拟淘宝</title>
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font:18px/1.6 system-ui;margin:2rem auto;max-width:24rem;padding:0 1rem">
<h1 style="font-size:1.3rem">模拟淘宝</h1><p>会员：{resident}</p>
<p><a href="{link}" style="display:block;padding:1rem;border:2px solid #c40;color:#a30">城市服务</a></p>
</body></html>"""


class Wish(BaseModel):
    """`POST /_sandbox/taobao/{city}/entries`: a link, with claims other than the usual ones, or signed by another."""

    model_config = ConfigDict(extra="forbid")
    resident: str = "tb0001"
    claims: dict[str, Any] = Field(default_factory=dict)
    secret: str | None = None


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The entry of a city."""
    return PlatformAccount(
        platform=NAME,
        city=city,
        slug=f"{city}_{NAME}",
        platform_id=f"{city}-entry",
        secrets={"entry_secret": identity.secret(NAME, city, "entry")},
    )


class Taobao:
    """The platform."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/_sandbox/taobao/{city}", self._page)
        yield web.post("/_sandbox/taobao/{city}/entries", self._entry)

    def reload(self) -> None:
        """Nothing is kept here."""

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        yield

    async def _page(self, request: web.Request) -> web.Response:
        """The app as a resident sees it: each time the page is opened, a fresh link."""
        city, resident = request.match_info["city"], request.query.get("resident", "tb0001")
        if city not in self._setting.cities:
            return problem(404, "no-such-city", "The pretend Taobao has no entry for this city.")
        desk = request.query.get("desk") or self._setting.desk_url or ""
        account = account_of(city, self._setting.identity)
        link = f"{desk}/enter/{account.slug}#{self._signed(account, Wish(resident=resident))}"
        text = PAGE.format(resident=escape(resident), link=escape(link, quote=True))
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _entry(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        if city not in self._setting.cities:
            return problem(404, "no-such-city", "The pretend Taobao has no entry for this city.")
        account = account_of(city, self._setting.identity)
        entry = self._signed(account, Wish.model_validate_json(await request.read() or b"{}"))
        return web.json_response({"account": account.slug, "entry": entry}, status=201)

    def _signed(self, account: PlatformAccount, wish: Wish) -> str:
        claims = {
            "sub": wish.resident,
            "account": account.slug,
            "jti": secrets.token_hex(16),
            "exp": int(self._setting.clock().timestamp()) + GOOD_SECONDS,
            "lang": "zh-Hans",
            **wish.claims,
        }
        head = f"v1.{_encoded(json.dumps(claims).encode())}"
        secret = wish.secret or account.secrets["entry_secret"]
        return f"{head}.{_encoded(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def open_platform(setting: Setting) -> Taobao:
    return Taobao(setting)
