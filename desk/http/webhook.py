"""A signed POST to somebody's program: `Desk-Signature: t=<seconds>,v1=<HMAC-SHA-256 of "t.body">`."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientSession

TIMEOUT_SECONDS = 5.0


async def post(http: ClientSession, url: str, secret: bytes, said: Mapping[str, Any]) -> None:
    """Hand a document on, signed; no redirect is followed and no answer read.

    Raises:
        ClientError, OSError, TimeoutError: it was not taken; perhaps it was, and the answer was lost.
    """
    body = json.dumps(said, ensure_ascii=False).encode()
    at = str(int(time.time()))
    seal = hmac.digest(secret, f"{at}.".encode() + body, hashlib.sha256).hex()
    headers = {"Content-Type": "application/json", "Desk-Signature": f"t={at},v1={seal}"}
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        if not 200 <= answer.status < 300:
            raise ClientError(f"The program answers {answer.status}.")
