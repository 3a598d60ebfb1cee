"""A pretend push service of browsers, at `/push/<id>` (RFC 8030): it takes what its browsers are told, and reads it.

`POST /_sandbox/push` subscribes a browser: the pretend service makes its keys too, so that it can decrypt (RFC 8291)
what a real one only carries. It refuses what a real one refuses: no lifetime (400), a signature that is none of the
key that the browser admits (403, RFC 8292), more than 4,096 bytes (413), a browser that is gone (410), one that never
was (404). What it took is at `GET /_sandbox/push/<id>`. That it is busy, away or slow is set by faults of the system
`push`. It keeps nothing beyond its process.
"""

import base64
import json
import secrets
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict

from sandbox.problems import problem

LARGEST = 4_096
LONGEST_TOKEN = timedelta(hours=24)
HEAD = struct.Struct(">16sLB")  # salt, size of a record, length of the key that follows
TAG_BYTES = 16


class Refused(Exception):
    """What came is not taken: the status of the answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Wish(BaseModel):
    """`POST /_sandbox/push`: a browser that admits messages of this key alone; None: of any."""

    model_config = ConfigDict(extra="forbid")
    key: str | None = None


@dataclass
class Browser:
    """A browser with its keys, and what it was told, the oldest first."""

    key: str | None
    private: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    told: list[dict[str, Any]] = field(default_factory=list)
    is_gone: bool = False

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """Decrypt a message of one record.

        Raises:
            Refused: it is none, or not for this browser.
        """
        if len(body) < HEAD.size:
            raise Refused(400, "the body has no head")
        salt, record, length = HEAD.unpack_from(body)
        sender, sealed = body[HEAD.size : HEAD.size + length], body[HEAD.size + length :]
        if len(sealed) > record:
            raise Refused(400, "the body has more than one record")
        try:
            shared = self.private.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
            secret = _derived(shared, self.auth, b"WebPush: info\0" + self.point + sender, 32)
            key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
            nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
            padded = AESGCM(key).decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError) as exc:
            raise Refused(400, "the body is not for this browser") from exc
        content, delimiter = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1:]
        if delimiter != b"\x02":
            raise Refused(400, "the record is not the last one")
        return content


class PushService:
    """The service; it serves no city, and every browser."""

    name = "push"

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._browsers: dict[str, Browser] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/push/{id}", self._take)
        yield web.post("/_sandbox/push", self._subscribe)
        yield web.get("/_sandbox/push/{id}", self._show)
        yield web.delete("/_sandbox/push/{id}", self._leave)

    def cities(self) -> list[str]:
        return []

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    async def _subscribe(self, request: web.Request) -> web.Response:
        """As a browser's PushSubscription says it."""
        wish = Wish.model_validate_json(await request.read() or b"{}")
        name, browser = secrets.token_urlsafe(24), Browser(wish.key)
        self._browsers[name] = browser
        keys = {"p256dh": _encoded(browser.point), "auth": _encoded(browser.auth)}
        return web.json_response(
            {"id": name, "endpoint": f"http://{request.host}/push/{name}", "keys": keys}, status=201
        )

    async def _take(self, request: web.Request) -> web.Response:
        browser = self._browsers.get(request.match_info["id"])
        try:
            if browser is None:
                raise Refused(404, "there is no such browser")
            if browser.is_gone:
                raise Refused(410, "the browser is gone")
            body = await request.read()
            if len(body) > LARGEST:
                raise Refused(413, f"more than {LARGEST} bytes")
            ttl = request.headers.get("TTL", "")
            if not ttl.isdigit() or request.headers.get("Content-Encoding") != "aes128gcm":
                raise Refused(400, "TTL or Content-Encoding is missing")
            self._insist_on_sender(request, browser)
            told = {"content": json.loads(browser.read(body)), "ttl": int(ttl), "bytes": len(body)}
        except Refused as exc:
            return problem(exc.status, "refused", exc.why)
        headers = {name: request.headers.get(name) for name in ("Topic", "Urgency")}
        browser.told.append({**told, "topic": headers["Topic"], "urgency": headers["Urgency"]})
        return web.Response(status=201, headers={"Location": f"/push/message/{secrets.token_urlsafe(8)}"})

    def _insist_on_sender(self, request: web.Request, browser: Browser) -> None:
        """Check who sends (RFC 8292).

        Raises:
            Refused: nobody says so, or not who may.
        """
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        said = dict(one.strip().partition("=")[::2] for one in given.split(","))
        if scheme.lower() != "vapid" or not {"t", "k"} <= said.keys():
            raise Refused(401, "nobody says who sends")
        try:
            head, claims, signature = said["t"].split(".")
            raw = _decoded(signature)
            signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _decoded(said["k"]))
            public.verify(signed, f"{head}.{claims}".encode(), ECDSA(SHA256()))
            read = json.loads(_decoded(claims))
        except (InvalidSignature, ValueError) as exc:
            raise Refused(403, "the signature is none") from exc
        left = datetime.fromtimestamp(read.get("exp", 0), tz=self._clock().tzinfo) - self._clock()
        if read.get("aud") != f"http://{request.host}" or not timedelta() < left <= LONGEST_TOKEN:
            raise Refused(403, "the token is for another service, or another time")
        if not str(read.get("sub", "")).startswith(("https:", "mailto:", "http://127.0.0.1")):
            raise Refused(403, "nobody can be reached")
        if browser.key is not None and said["k"] != browser.key:
            raise Refused(403, "the browser admits another key")

    async def _show(self, request: web.Request) -> web.Response:
        browser = self._browsers.get(request.match_info["id"])
        if browser is None:
            return problem(404, "no-such-browser", "There is no such browser.")
        return web.json_response({"told": browser.told, "gone": browser.is_gone})

    async def _leave(self, request: web.Request) -> web.Response:
        """The resident has taken the permission back, or thrown the browser away."""
        browser = self._browsers.get(request.match_info["id"])
        if browser is None:
            return problem(404, "no-such-browser", "There is no such browser.")
        browser.is_gone = True
        return web.Response(status=204)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
