"""Logging in with the city's own identity provider: OpenID Connect, authorization code with PKCE (RFC 7636).

The provider answers for who it is and for the second factor; what somebody may do is decided by the roles that they
hold here. Whoever has no account here is not let in. https://openid.net/specs/openid-connect-core-1_0.html, 3.1.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

import structlog
from aiohttp import ClientError, ClientSession
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import record
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.http.reach import is_loopback
from desk.staff.authentication import Authentication, LoginRefused
from desk.staff.register import find
from desk.staff.rows import StaffRow
from desk.store.database import transaction
from desk.store.keys import Keys, Unsealable

log = structlog.get_logger(__name__)

SCOPE = "openid profile"
ASKED_ANEW = {"prompt": "login", "max_age": "0"}  # 3.1.2.1; with max_age the token says when somebody was asked
DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
ATTEMPT_SECONDS, TRIES, PAUSE_SECONDS = 4.0, 2, 0.2  # of a question that changes nothing there
LONGEST_ANSWER, PART = 200_000, 16_384  # bytes
REMEMBERED_SECONDS = 3600.0  # of what the provider says of itself
GOOD_SECONDS = 600  # between leaving for the provider and coming back
LEEWAY_SECONDS = 60  # between its clock and ours
LOGIN = re.compile(r"[a-z0-9._-]{2,32}")
ERROR = re.compile(r"[a-z_]{1,40}")
LONG_AGO = datetime.fromtimestamp(0, UTC)
SAID = {"account": "no_account", "stale": "stale"}  # why somebody is not let in: the rest of the text's key
FAR = 10**11  # seconds: what is later is no time
PURPOSE = "coming back from an OpenID provider"

CAME = text("""
    UPDATE staff SET openid_at = clock_timestamp(), openid_subject = :subject
    WHERE id = :id AND (openid_subject IS NULL OR openid_subject = :subject)
      AND NOT EXISTS (SELECT FROM staff AS other WHERE other.openid_subject = :subject AND other.id <> :id)
    RETURNING id
""")

type Address = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=1000)]


class ProviderAway(DeskError):
    """The identity provider cannot be reached, or does not answer as one. Log in by passkey or password."""

    retryable = True


class _Described(BaseModel):
    """The part of the provider's description that is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    userinfo_endpoint: Address | None = None


class _Tokens(BaseModel):
    """The part of a token answer that is read."""

    model_config = ConfigDict(extra="ignore")
    id_token: str
    access_token: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is remembered of somebody who left for the provider, sealed in their browser until they come back."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    at: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """What this installation is at the provider. `claim` is the claim that holds the login of an account here."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    claim: str = "preferred_username"

    def headers(self) -> dict[str, str]:
        """What tells the provider that it is this client; nothing where it has no secret (RFC 6749, 2.3.1)."""
        if self.client_secret is None:
            return {}
        said = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}


@dataclass
class OpenId:
    """Sends people to the provider and takes them back. `now` is the clock of what was sealed and of tokens.

    `pause` is how long it waits before it asks again, in seconds.
    """

    client: Client
    http: ClientSession
    door: Authentication
    keys: Keys
    now: Callable[[], datetime]
    pause: float = PAUSE_SECONDS
    _described: tuple[float, _Described] | None = field(default=None, init=False)
    _known: tuple[float, KeySet] | None = field(default=None, init=False)

    async def leave(self, back: str, wanted: str, *, again: bool = False) -> tuple[str, str]:
        """Where somebody is sent, and what their browser keeps until they come back to `back`, to go to `wanted`.

        With `again` the provider is to ask anew who it is, whatever session there is.

        Raises:
            ProviderAway: it cannot be reached.
        """
        described = await self._describe()
        left = Left(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            wanted=wanted,
            at=self.now().timestamp(),
            again=again,
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(left.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": left.state,
            "nonce": left.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **(ASKED_ANEW if again else {}),
        }
        joined = "&" if "?" in described.authorization_endpoint else "?"
        sealed = self.keys.seal(json.dumps(asdict(left)).encode(), purpose=PURPOSE, of=self.client.issuer)
        address = f"{described.authorization_endpoint}{joined}{urlencode(query)}"
        return address, base64.urlsafe_b64encode(sealed).decode()

    async def come_back(
        self, kept: str, query: Mapping[str, str], back: str, *, address: str
    ) -> tuple[Actor, str, str]:
        """Let in who comes back. Answers actor, session and where they wanted to go.

        Args:
            kept: what the browser kept.
            query: of the address that they came back to.
            back: that address, without the query.
            address: from where they come.

        Raises:
            LoginRefused: they come not from there, too late, were not asked anew as was wanted, or have no account.
            ProviderAway: it cannot be reached.
        """
        left = self._opened(kept)
        same = left is not None and secrets.compare_digest(query.get("state", "").encode(), left.state.encode())
        if left is None or not same or "code" not in query:
            return await self._refused("", address, "strange" if left is None else _error_in(query))
        claims = await self._claims(query["code"], left, back)
        proved_at = self._proved_at(claims) if claims else LONG_AGO
        if claims and left.again and proved_at.timestamp() < left.at - LEEWAY_SECONDS:
            return await self._refused("", address, "stale")
        login, subject = (str(claims.get(name) or "") if claims else "" for name in (self.client.claim, "sub"))
        async with transaction(self.door.engine) as connection:
            found = await find(connection, login) if login else None
            if found is not None and await self._is_theirs(connection, found, login, subject):
                actor, token = await self.door.enter(
                    connection, found.login, "console", address, "staff.log_in", way="openid", proved_at=proved_at
                )
                return actor, token, left.wanted
        return await self._refused(login, address, "token" if claims is None else "account")

    async def _is_theirs(self, connection: AsyncConnection, found: StaffRow, login: str, subject: str) -> bool:
        """Whether an account is of the person whom the provider names: the first who came with its login, and no other.

        A provider may give a login to somebody else; it never gives their subject (OpenID Connect Core, 5.7).
        """
        if found.login != login or found.disabled_at is not None or not found.grants or found.keys:
            return False
        return (await connection.execute(CAME, {"id": found.id, "subject": subject})).one_or_none() is not None

    async def _refused(self, login: str, address: str, why: str) -> tuple[Actor, str, str]:
        async with transaction(self.door.engine) as connection:
            nobody = Actor(login="", via="console", address=address)
            details = {"way": "openid", "why": why}
            subject = login if LOGIN.fullmatch(login) else ""
            await record(connection, nobody, "staff.log_in_failed", subject=subject, details=details)
        raise LoginRefused(said=Text(key=f"console.openid_{SAID.get(why, 'refused')}"))

    def _proved_at(self, claims: Mapping[str, Any]) -> datetime:
        """When the provider asked who it is; it need not say so, and then it may have been at any time (2)."""
        said = claims.get("auth_time")
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < FAR:
            return LONG_AGO
        return min(datetime.fromtimestamp(said, UTC), self.now())

    def _opened(self, kept: str) -> Left | None:
        try:
            sealed = base64.urlsafe_b64decode(kept.encode())
            left = Left(**json.loads(self.keys.open(sealed, purpose=PURPOSE, of=self.client.issuer)))
        except (Unsealable, ValueError, TypeError):
            return None
        return left if self.now().timestamp() - left.at < GOOD_SECONDS else None

    async def _claims(self, code: str, left: Left, back: str) -> dict[str, Any] | None:
        """What the provider says of who comes back with a code; None: nothing that can be believed."""
        described = await self._describe()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": left.verifier}
        headers = self.client.headers()
        if not headers:
            form["client_id"] = self.client.client_id
        status, answer = await self._asked(described.token_endpoint, form=form, headers=headers)
        if status != 200:
            log.warning("openid_code_refused", status=status)
            return None
        try:
            tokens = _Tokens.model_validate(answer)
        except ValidationError as exc:
            raise ProviderAway from exc
        claims = await self._verified(tokens.id_token, left.nonce)
        if claims is None or self.client.claim in claims or described.userinfo_endpoint is None:
            return claims
        return await self._told(described.userinfo_endpoint, tokens.access_token, claims)

    async def _told(self, url: str, token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with what the provider says apart of the token, if it is of the same person (5.3.2)."""
        status, answer = await self._asked(url, headers={"Authorization": f"Bearer {token}"})
        same = status == 200 and isinstance(answer, dict) and answer.get("sub") == claims.get("sub")
        return {**answer, **claims} if same else claims

    async def _verified(self, token: str, nonce: str) -> dict[str, Any] | None:
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        for_us = jwt.JWTClaimsRegistry(azp={"essential": True, "value": self.client.client_id})
        for fresh in (False, True):  # the provider may have new keys
            try:
                claims = jwt.decode(token, await self._keys_there(fresh=fresh), algorithms=list(ALGORITHMS)).claims
                registry.validate(claims)
                if isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
                    for_us.validate(claims)
            except (JoseError, ValueError) as exc:
                log.warning("openid_token_refused", error=type(exc).__name__)
            else:
                return dict(claims)
        return None

    async def _describe(self) -> _Described:
        if self._described is None or time.monotonic() - self._described[0] > REMEMBERED_SECONDS:
            status, answer = await self._asked(self.client.issuer.rstrip("/") + DISCOVERY)
            try:
                described = _Described.model_validate(answer)
            except ValidationError as exc:
                raise ProviderAway from exc
            addresses = (described.authorization_endpoint, described.token_endpoint, described.jwks_uri)
            if not all(
                self._is_as_safe(one) for one in (*addresses, described.userinfo_endpoint or described.jwks_uri)
            ):
                raise ProviderAway(f"{self.client.issuer} names addresses that are not https.")
            if status != 200 or described.issuer != self.client.issuer:
                raise ProviderAway(f"{self.client.issuer} describes itself as {described.issuer!r}.")
            self._described = time.monotonic(), described
        return self._described[1]

    def _is_as_safe(self, address: str) -> bool:
        """Whether an address that the provider names is as safe as its own: only one on this machine names others."""
        return is_safe(address) and (not is_loopback(address) or is_loopback(self.client.issuer))

    async def _keys_there(self, *, fresh: bool) -> KeySet:
        if self._known is None or fresh or time.monotonic() - self._known[0] > REMEMBERED_SECONDS:
            described = await self._describe()
            status, answer = await self._asked(described.jwks_uri)
            try:
                keys = KeySet.import_key_set(answer)
            except (JoseError, ValueError, KeyError, TypeError) as exc:
                raise ProviderAway from exc
            if status != 200:
                raise ProviderAway
            self._known = time.monotonic(), keys
        return self._known[1]

    async def _asked(
        self, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Ask the provider; what changes nothing there, twice. A code is good once: its question is asked once."""
        for left in reversed(range(1 if form is not None else TRIES)):
            try:
                async with (
                    asyncio.timeout(ATTEMPT_SECONDS),
                    self.http.request(
                        "GET" if form is None else "POST", url, data=form, headers=headers, allow_redirects=False
                    ) as answer,
                ):
                    body = bytearray()
                    async for part in answer.content.iter_chunked(PART):
                        body += part
                        if len(body) > LONGEST_ANSWER:
                            break
                    if answer.status < 500 and len(body) <= LONGEST_ANSWER:
                        return answer.status, json.loads(body)
                    log.warning("openid_strange", status=answer.status, bytes=len(body))
            except (ClientError, OSError, TimeoutError, ValueError, RecursionError) as exc:
                log.warning("openid_away", error=type(exc).__name__)
            if left:
                await asyncio.sleep(self.pause)
        raise ProviderAway


def _error_in(query: Mapping[str, str]) -> str:
    """Why the provider sends somebody back without a code, as far as it is one of its words (RFC 6749, 4.1.2.1)."""
    said = query.get("error", "state")
    return said if ERROR.fullmatch(said) else "strange"


def is_safe(address: str) -> bool:
    """Whether nobody on the way reads or changes what is said there: https, or this machine."""
    try:
        scheme = urlsplit(address).scheme
    except ValueError:  # no address
        return False
    return scheme == "https" or (scheme == "http" and is_loopback(address))
