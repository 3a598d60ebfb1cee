"""A pretend identity provider of a city's own (OpenID Connect, authorization code with PKCE), for staff.

Whoever comes types a login, and is believed. Nothing is kept: a start makes new keys, and codes are good for a minute.
"""

import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, JsonValue

CLIENT_ID, CLIENT_SECRET = "citydesk", "a-secret-of-the-pretend-provider"
PATH = "/openid"
KEY_BITS = 2048
CODE_GOOD = timedelta(minutes=1)
TOKEN_GOOD = timedelta(minutes=5)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pretend identity provider</title>
<h1>Pretend identity provider</h1><form method="post"><label>Login <input name="login" autofocus></label>
<input type="hidden" name="query" value="{query}"><button>Log in</button></form></html>"""


class Steering(BaseModel):
    """`PUT /_sandbox/openid`."""

    model_config = ConfigDict(extra="forbid")
    claims: dict[str, JsonValue] = {}
    rotate: bool = False
    apart: bool = False
    told: dict[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class Code:
    """What was agreed on when a code was given out."""

    login: str
    nonce: str
    challenge: str
    back: str
    until: datetime


class OpenId:
    """The provider; it serves no city, and everybody."""

    name = "openid"

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._key: RSAKey | None = None
        self._codes: dict[str, Code] = {}
        self._claims: dict[str, JsonValue] = {}
        self._persons: dict[str, dict[str, JsonValue]] = {}
        self._told: dict[str, JsonValue] = {}
        self._apart = False

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/openid/.well-known/openid-configuration", self._describe)
        yield web.get("/openid/keys", self._keys)
        yield web.get("/openid/authorize", self._ask)
        yield web.post("/openid/authorize", self._answer)
        yield web.post("/openid/token", self._token)
        yield web.get("/openid/person", self._person)
        yield web.put("/_sandbox/openid", self._steer)

    def cities(self) -> list[str]:
        return []

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing is in it that works by itself
        return {}

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self._key = _new_key()

    @property
    def key(self) -> RSAKey:
        """The key that signs; made when it is first wanted."""
        if self._key is None:
            self._key = _first_key()
        return self._key

    async def _steer(self, request: web.Request) -> web.Response:
        """Claims that tokens have from now on, whatever is true; a new key; names told apart of the token, and how."""
        body = Steering.model_validate_json(await request.read())
        self._claims, self._apart, self._told = body.claims, body.apart, body.told
        if body.rotate:
            self.rotate()
        return web.json_response(body.model_dump())

    async def _describe(self, request: web.Request) -> web.Response:
        issuer = _issuer(request)
        return web.json_response(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "userinfo_endpoint": f"{issuer}/person",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def _ask(self, request: web.Request) -> web.Response:
        page = PAGE.format(query=html.escape(request.query_string, quote=True))
        return web.Response(text=page, content_type="text/html")

    async def _answer(self, request: web.Request) -> web.Response:
        """Send somebody back as whoever they say they are."""
        form, query = await request.post(), request.query
        if query.get("client_id") != CLIENT_ID or query.get("code_challenge_method") != "S256":
            raise web.HTTPBadRequest(text="The client, or its challenge, is not known.")
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(
            str(form.get("login", "")),
            query.get("nonce", ""),
            query.get("code_challenge", ""),
            query["redirect_uri"],
            self._clock() + CODE_GOOD,
        )
        back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        return web.Response(status=303, headers={"Location": back})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = self._codes.pop(str(form.get("code", "")), None)
        expected = f"Basic {base64.b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}"
        if not hmac.compare_digest(request.headers.get("Authorization", ""), expected):
            return web.json_response({"error": "invalid_client"}, status=401)
        verifier = str(form.get("code_verifier", "")).encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        now = self._clock()
        if (
            given is None
            or given.until < now
            or given.back != form.get("redirect_uri")
            or not hmac.compare_digest(given.challenge, challenge)
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims: dict[str, JsonValue] = {
            "iss": _issuer(request),
            "aud": CLIENT_ID,
            "sub": hashlib.sha256(given.login.encode()).hexdigest()[:16],
            "preferred_username": given.login,
            "nonce": given.nonce,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_GOOD).timestamp()),
            "auth_time": int(now.timestamp()),
            **self._claims,
        }
        access = secrets.token_urlsafe(16)
        self._persons[access] = {name: claims[name] for name in ("sub", "preferred_username")}
        if self._apart:
            del claims["preferred_username"]
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        return web.json_response({"access_token": access, "token_type": "Bearer", "id_token": token})

    async def _person(self, request: web.Request) -> web.Response:
        found = self._persons.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if found is None:
            return web.json_response({"error": "invalid_token"}, status=401)
        return web.json_response(found | self._told)


@cache
def _first_key() -> RSAKey:
    """That of all providers of a process until they rotate: to make one takes a tenth of a second."""
    return _new_key()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(KEY_BITS, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})


def _issuer(request: web.Request) -> str:
    return f"{request.url.origin()}{PATH}"
