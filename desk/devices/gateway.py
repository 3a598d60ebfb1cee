"""Hands a message to a device's push service (RFC 8030), and says what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from desk.contract.channel import Outcome, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.devices.encryption import encrypt
from desk.devices.service import Device
from desk.devices.services import PushServices, origin_of
from desk.devices.signing import Signer
from desk.http.reach import OutOfReach

TIMEOUT = ClientTimeout(total=10, connect=5)
BUSY_SECONDS, AWAY_SECONDS = 30.0, 5.0  # where it does not say how long
LONGEST_WAIT = 3_600.0
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed on. `topic`: a later one takes the place of one that waits there; `ttl` in seconds."""

    content: bytes
    topic: str
    ttl: int
    urgent: bool = False


@dataclass(frozen=True)
class Gateway:
    """The way to push services. `http` reaches no address of one's own network."""

    http: ClientSession
    services: PushServices
    signer: Signer
    now: Callable[[], datetime]

    async def push(self, device: Device, message: Message) -> Outcome:
        """Hand it on. `Stopped`: the device takes nothing any more. Never raises for what the service does."""
        if not self.services.takes(device.endpoint):
            return Stopped("its push service is none that the settings name")
        if not self.signer.knows(device.server_key):
            return Stopped("it admits a key that is not valid any more")
        origin = origin_of(device.endpoint)
        headers = {
            "TTL": str(message.ttl),
            "Urgency": "high" if message.urgent else "normal",
            "Topic": message.topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self.signer.authorization(device.server_key, origin, self.now()),
        }
        body = await asyncio.to_thread(encrypt, message.content, device.p256dh, device.auth)
        try:
            async with self.http.post(
                device.endpoint, data=body, headers=headers, allow_redirects=False, timeout=TIMEOUT
            ) as answer:
                return self._outcome(answer.status, answer.headers.get("Retry-After"))
        except OutOfReach:
            return Stopped("its push service is at no public address")
        except ClientConnectorError as exc:
            if isinstance(exc.os_error, OutOfReach):
                return Stopped("its push service is at no public address")
            return RetryAfter(AWAY_SECONDS, "the push service is not reached", account=False)
        except (ClientError, TimeoutError, OSError) as exc:
            return Unknown(f"the push service's answer was lost: {type(exc).__name__}")

    def _outcome(self, status: int, retry_after: str | None) -> Outcome:
        why = f"the push service answers {status}"
        if 200 <= status < 300:
            return Sent()
        if status in GONE:
            return Stopped("the browser is not there any more")
        if status == 429 or status >= 500:
            usual = BUSY_SECONDS if status == 429 else AWAY_SECONDS
            return RetryAfter(min(self._seconds(retry_after) or usual, LONGEST_WAIT), why, account=False)
        return Rejected(why)

    def _seconds(self, retry_after: str | None) -> float | None:
        """As `Retry-After` says it: seconds, or a time (RFC 9110, 10.2.3)."""
        if retry_after is None:
            return None
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after[:9])
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        return max(0.0, (aware - self.now()).total_seconds())
