"""Calls of Alipay's gateway: signed, verified, read.

Source: Alipay's open-platform documents.

Every call raises one of these:

- `BackendUnavailable`: not reached, nothing was done;
- `BackendTimeout`: no answer, or one that says that it does not know: whether it acted must be asked;
- `BackendNonsense`: an answer that is not Alipay's: whether it acted must be asked;
- `BackendRefused`: refused, with the gateway's own code in `code`, such as `ACQ.TRADE_HAS_SUCCESS`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import ValidationError
from yarl import URL

from desk.alipay import signing
from desk.alipay.answers import CHINA, Answer
from desk.alipay.credentials import Credentials
from desk.contract.errors import BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable

CALL = aiohttp.ClientTimeout(total=8, sock_connect=2)
SUCCESS, UNKNOWN, BUSINESS = "10000", "20000", "40004"
UNKNOWN_OUTCOME = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}  # of a business failure: query before doing it again
LARGEST = 64 * 2**20  # bytes of any answer: bills are the largest


class NotKnown(BackendTimeout):
    """Alipay says that it does not know, or answers with a 5xx: what moves no money may be asked for again."""


class Gateway:
    """Speaks to the gateway. The session is opened once and owned by the caller; `now` gives the time, aware."""

    def __init__(
        self, credentials: Credentials, session: aiohttp.ClientSession, *, now: Callable[[], datetime]
    ) -> None:
        self._credentials = credentials
        self._session = session
        self._now = now

    async def call(
        self, method: str, content: Mapping[str, Any] | None, further: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Call a method: `content` is its `biz_content`, `further` are its parameters beside it."""
        params = self.signed(method, content, further)
        body = {"biz_content": params.pop("biz_content")} if content is not None else None
        url = f"{self._credentials.gateway}?{urlencode(params)}"
        return self._verified(method, (await self.fetch("POST", url, data=body)).decode("utf-8", "replace"))

    def signed(
        self, method: str, content: Mapping[str, Any] | None, further: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """All parameters of a call, with our signature."""
        params = {
            "app_id": self._credentials.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": wire_time(self._now()),
            "version": "1.0",
        }
        if content is not None:
            params["biz_content"] = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        params |= further or {}
        return params | {"sign": signing.sign(signing.request_text(params), self._credentials.key)}

    def _verified(self, method: str, raw: str) -> dict[str, Any]:
        """Read an answer. What is not signed is neither a success nor a statement about a trade."""
        name = method.replace(".", "_") + "_response"
        try:
            envelope = json.loads(raw)
            name = name if name in envelope else "error_response"
            node = signing.response_node(raw, name)
            answer = json.loads(node or "null")
        except (TypeError, ValueError, RecursionError) as exc:
            raise BackendNonsense(f"{method}: the gateway's answer is not JSON.") from exc
        if node is None or not isinstance(answer, dict) or not isinstance(envelope, dict):
            raise BackendNonsense(f"{method}: the gateway's answer has no {name}.")
        # the oldest methods, such as the one that gives tokens, have no code when they succeed
        code = str(answer.get("code", "" if name == "error_response" else SUCCESS))
        sub_code = str(answer.get("sub_code") or code)
        is_signed = signing.verify(node, str(envelope.get("sign", "")), self._credentials.alipay_key)
        if code in (SUCCESS, BUSINESS) and not is_signed:
            raise BackendNonsense(f"{method}: the gateway's answer is not signed by Alipay.")
        if code == UNKNOWN or sub_code in UNKNOWN_OUTCOME:
            raise NotKnown(f"{method}: the gateway does not know ({sub_code}).")
        if code != SUCCESS:
            raise BackendRefused(f"{method}: the gateway refused with {code} {sub_code}.", code=sub_code)
        return answer

    def read[T: Answer](self, model: type[T], answer: dict[str, Any]) -> T:
        """Read an answer as what it should be."""
        try:
            return model.model_validate(answer)
        except ValidationError as exc:
            raise BackendNonsense(f"The gateway's answer is no {model.__name__}.") from exc

    async def fetch(
        self, verb: str, url: str, *, data: dict[str, str] | None = None, within: aiohttp.ClientTimeout = CALL
    ) -> bytes:
        """Load what an address answers, of at most `LARGEST` bytes."""
        try:
            async with self._session.request(
                verb, URL(url, encoded=True), data=data, timeout=within, allow_redirects=False
            ) as response:
                if response.status >= 500:
                    raise NotKnown(f"Alipay answered with {response.status}.")
                if response.status != 200:
                    raise BackendRefused(f"Alipay answered with {response.status}.", status=response.status)
                return await _all_of(response)
        except aiohttp.ClientConnectorError as exc:
            raise BackendUnavailable("Alipay cannot be reached.") from exc
        except TimeoutError as exc:
            raise BackendTimeout("Alipay did not answer in time.") from exc
        except aiohttp.ClientError as exc:
            raise BackendTimeout(f"Alipay broke off its answer: {type(exc).__name__}.") from exc


async def _all_of(response: aiohttp.ClientResponse) -> bytes:
    """The body, unless it is larger than any bill."""
    read = bytearray()
    async for piece in response.content.iter_any():
        read += piece
        if len(read) > LARGEST:
            raise BackendNonsense("Alipay's answer is larger than any bill.")
    return bytes(read)


def wire_time(at: datetime) -> str:
    """Write a time as the gateway does: China's, without a zone."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
