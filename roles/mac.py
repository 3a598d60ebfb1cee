"""Requests between two roles, signed by the key of that pair, and their answers.

A request carries `Desk-Mac: 1 <key id> <time> <nonce> <mac>`: HMAC-SHA-256 (RFC 2104) over the pair, method, path, time
in milliseconds, nonce and body, in hexadecimal. An answer carries `Desk-Mac: 1 <mac>` over the pair, the request's
nonce, the status and the body. The key id tells a key that differs from a request that was forged. Standard library
only.
"""

import hashlib
import hmac
import re
import secrets
import time
from typing import Callable, Dict, Iterable, Mapping, NamedTuple, Optional, Set

HEADER = "Desk-Mac"
CONTENT_TYPE = "application/json"
WINDOW_SECONDS = 30.0
"""So far apart the clocks of two machines may be, the way included."""

DESK_TO_BOT = "desk>bot"
BOT_TO_ACTIONS = "bot>actions"
DESK_TO_ACTIONS = "desk>actions"

_VERSION = "1"
_ASKED = re.compile(r"1 (?P<key>[0-9a-f]{8}) (?P<time>[0-9]{1,15}) (?P<nonce>[0-9a-f]{32}) (?P<mac>[0-9a-f]{64})")
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})

# kind: (status, what it means)
_REFUSALS: Dict[str, "tuple[int, str]"] = {
    "from-a-page": (403, "It comes from a web page: it has an Origin."),
    "not-json": (415, "Its body is not application/json, or is encoded."),
    "not-signed": (401, "It is not signed."),
    "other-key": (401, "It is signed with another key: these two roles were started with different secrets."),
    "stale": (401, "Its time is too far from this machine's clock."),
    "forged": (401, "Its signature is not over this method, path, time and body."),
    "replayed": (401, "It has come before."),
}


class Refused(Exception):
    """A request is none of a role's. `kind` is the stable name, `status` the answer's, `detail` says more."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.status, self.detail = _REFUSALS[kind]
        super().__init__(f"{kind}: {self.detail}")

    def document(self) -> Dict[str, object]:
        """The problem document (RFC 9457) to answer with."""
        return {"type": self.kind, "title": "Refused.", "status": self.status, "detail": self.detail}


class Ticket(NamedTuple):
    """A request that may be read: what its signature is checked against."""

    key: bytes
    signed: bytes
    nonce: str
    mac: str


class Signed(NamedTuple):
    """The signature of a request: the header's value, and the nonce that its answer belongs to."""

    header: str
    nonce: str


def key_id(key: bytes) -> str:
    """The name of a key, which says nothing of it."""
    return hmac.new(key, b"id", hashlib.sha256).hexdigest()[:8]


class Signer:
    """Signs requests of one role to another, and checks the answers. `clock` gives seconds since 1970."""

    def __init__(self, pair: str, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self.pair = pair
        self._key = key
        self._id = key_id(key)
        self._clock = clock

    def sign(self, method: str, path: str, body: bytes = b"") -> Signed:
        """Signs a request; each sending is signed anew. `path` is the one that the other role serves."""
        nonce = secrets.token_hex(16)
        at = str(int(self._clock() * 1000))
        mac = _mac(self._key, _asked(self.pair, method, path, at, nonce), body)
        return Signed(f"{_VERSION} {self._id} {at} {nonce} {mac}", nonce)

    def is_answer(self, signed: Signed, status: int, header: Optional[str], body: bytes) -> bool:
        """Whether an answer to a request is the other role's own."""
        mac = _mac(self._key, _answered(self.pair, signed.nonce, status), body)
        return hmac.compare_digest(header or "", f"{_VERSION} {mac}")


class Verifier:
    """Checks requests of one role to another; several keys may be valid. Remembers what came, so that it comes once."""

    def __init__(self, pair: str, keys: Iterable[bytes], clock: Callable[[], float] = time.time) -> None:
        self.pair = pair
        self._keys = {key_id(key): key for key in keys}
        self._clock = clock
        self._seen: Set[str] = set()
        self._seen_before: Set[str] = set()
        self._since = clock()

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> Ticket:
        """Checks what can be checked before the body is read. `headers` ignore case.

        Raises:
            Refused: it comes from a page, is no JSON, not signed, signed with another key, or too old.
        """
        if "Origin" in headers:
            raise Refused("from-a-page")
        if method in _WITH_A_BODY and not _is_json(headers):
            raise Refused("not-json")
        read = _ASKED.fullmatch(headers.get(HEADER, ""))
        if read is None:
            raise Refused("not-signed")
        key = self._keys.get(read["key"])
        if key is None:
            raise Refused("other-key")
        if abs(self._clock() - int(read["time"]) / 1000) > WINDOW_SECONDS:
            raise Refused("stale")
        return Ticket(key, _asked(self.pair, method, path, read["time"], read["nonce"]), read["nonce"], read["mac"])

    def check(self, ticket: Ticket, body: bytes) -> None:
        """Checks a request's signature over its body, and that it has not come before.

        Raises:
            Refused: it is forged, or a repetition.
        """
        if not hmac.compare_digest(ticket.mac, _mac(ticket.key, ticket.signed, body)):
            raise Refused("forged")
        self._forget()
        if ticket.nonce in self._seen or ticket.nonce in self._seen_before:
            raise Refused("replayed")
        self._seen.add(ticket.nonce)

    def answer(self, ticket: Ticket, status: int, body: bytes) -> str:
        """Signs the answer to a request that was checked; the header's value."""
        return f"{_VERSION} {_mac(ticket.key, _answered(self.pair, ticket.nonce, status), body)}"

    def _forget(self) -> None:
        """Forgets nonces whose requests are too old by now: those of the generation before the last."""
        now = self._clock()
        if now - self._since > 2 * WINDOW_SECONDS:
            is_recent = now - self._since <= 4 * WINDOW_SECONDS
            self._seen_before, self._seen = self._seen if is_recent else set(), set()
            self._since = now


def _is_json(headers: Mapping[str, str]) -> bool:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == CONTENT_TYPE and headers.get("Content-Encoding", "identity") == "identity"


def _asked(pair: str, method: str, path: str, at: str, nonce: str) -> bytes:
    return "\n".join((_VERSION, "request", pair, method, path, at, nonce, "")).encode("utf-8", "surrogateescape")


def _answered(pair: str, nonce: str, status: int) -> bytes:
    return "\n".join((_VERSION, "answer", pair, nonce, str(status), "")).encode()


def _mac(key: bytes, signed: bytes, body: bytes) -> str:
    mac = hmac.new(key, signed, hashlib.sha256)
    mac.update(body)
    return mac.hexdigest()
