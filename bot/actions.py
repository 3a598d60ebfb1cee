"""The way to the actions server: one kept session, one time limit, one place where its answers are checked.

Rasa's own endpoint opens a session for every call, waits 300 s, and its processor swallows every failure ("Bot will
continue, but the actions events are lost"). This one remembers the failure in the call it belongs to, so that the
channel can answer it as what it is.
"""

import json
import logging
from contextvars import ContextVar
from typing import Any, Dict, FrozenSet, List, Optional

import aiohttp
from pydantic import ValidationError
from rasa.utils.endpoints import EndpointConfig

from bot.components import CAUTION, EMERGENCY
from bot.contract import Reply
from bot.problem import Problem
from roles.mac import CONTENT_TYPE, HEADER, Signer
from roles.trace import HEADER as TRACE

TIMEOUT_SECONDS = 5.0  # contracts.md, "Time, from the inside out"
_WEBHOOK = "/webhook"
_STRANGER = (
    "What answers at the actions server's address did not prove to be it. Was it started with the same DESK_SECRET_KEY?"
)
log = logging.getLogger("bot")

failure: ContextVar[List[Problem]] = ContextVar("failure")
trace: ContextVar[Optional[str]] = ContextVar("trace", default=None)
"""The `traceparent` that the desk sent with the turn: passed on, so that it reaches whom the actions ask."""


class ActionsEndpoint(EndpointConfig):
    """Rasa's action endpoint, for `url` (`http://host:port`; actions answer at `/webhook`)."""

    def __init__(self, url: str, signer: Signer, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        # the domain is never posted: the actions read nlu/*/service.yml themselves
        super().__init__(url.rstrip("/") + _WEBHOOK, enable_selective_domain=True)
        self._signer = signer
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: Optional[aiohttp.ClientSession] = None
        self.slots: FrozenSet[str] = frozenset()

    async def request(self, *_: Any, **kwargs: Any) -> Dict[str, Any]:
        """Posts one action call.

        An emergency is not the dialogue's: the desk answers it, and the actions server need not even be there.

        Raises:
            Problem: unreachable, too late, or an answer that is none. It is also put into `failure`.
        """
        latest = kwargs["json"]["tracker"]["latest_message"]
        heard = latest.get(EMERGENCY)
        if heard is not None and not latest["metadata"]["message"].get("harmless"):
            return {"events": [], "responses": [{"custom": {"effect": {"type": "emergency", **heard}}}]}
        try:
            answer = _checked(await self._post(kwargs["json"]), self.slots)
        except Problem as problem:
            failure.get().append(problem)
            raise
        if latest.get(CAUTION):
            answer["responses"].append({"custom": {"effect": {"type": "caution", "kind": latest[CAUTION]}}})
        return answer

    async def _post(self, call: Any) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, connector=aiohttp.TCPConnector(limit=0))
        body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            try:
                return await self._post_once(self._session, body)
            except aiohttp.ServerDisconnectedError:
                # the server closed a kept connection while it was idle; a repeated action finds its first result
                return await self._post_once(self._session, body)
        except TimeoutError as exc:
            seconds = self._timeout.total
            raise Problem("actions-timeout", f"The actions server did not answer in {seconds:g} s.") from exc
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as exc:
            raise Problem("actions-unreachable", f"{type(exc).__name__} at the actions server.") from exc

    async def _post_once(self, session: aiohttp.ClientSession, body: bytes) -> bytes:
        signed = self._signer.sign("POST", _WEBHOOK, body)
        headers = {"Content-Type": CONTENT_TYPE, HEADER: signed.header}
        along = trace.get()
        if along is not None:
            headers[TRACE] = along
        async with session.post(self.url, data=body, headers=headers) as response:
            answer = await response.read()
            if not self._signer.is_answer(signed, response.status, response.headers.get(HEADER), answer):
                log.error("%s Status %s.", _STRANGER, response.status)
                raise Problem("actions-unreachable", _STRANGER)
            if response.status != 200:
                raise Problem("turn-failed", f"The actions server answered {response.status}.")
            return answer

    async def close(self) -> None:
        """Closes the kept session."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _checked(answer: bytes, slots: FrozenSet[str]) -> Dict[str, Any]:
    """Gives the events and responses of an answer, or raises Problem("turn-failed") with what is wrong."""
    try:
        document = json.loads(answer)
    except ValueError as exc:
        raise Problem("turn-failed", "The action's answer is not JSON.") from exc
    events = document.get("events") if isinstance(document, dict) else None
    responses = document.get("responses") if isinstance(document, dict) else None
    if not isinstance(events, list) or not isinstance(responses, list):
        raise Problem("turn-failed", "The action's answer has no lists `events` and `responses`.")
    for event in events:
        known = isinstance(event, dict) and event.get("event") == "slot" and event.get("name") in slots
        if not known or "value" not in event:
            raise Problem("turn-failed", "The action's answer has an event that sets no slot of the domain.")
    for response in responses:
        _check_response(response)
    return {"events": events, "responses": responses}


def _check_response(response: Any) -> None:
    custom = response.get("custom") if isinstance(response, dict) and set(response) == {"custom"} else None
    if not isinstance(custom, dict) or len(custom) != 1:
        raise Problem(
            "turn-failed", 'A response of the action is not {"custom": {"reply", "effect" or "situation": …}}.'
        )
    kind, content = next(iter(custom.items()))
    if kind == "reply":
        try:
            Reply.model_validate(content)
        except ValidationError as exc:
            raise Problem("turn-failed", "A reply of the action is not of the contract's shape.") from exc
    elif kind == "situation":
        if not isinstance(content, dict):
            raise Problem("turn-failed", "The action's situation is no object.")
    elif kind != "effect" or not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise Problem("turn-failed", "A response of the action is neither a reply nor an effect.")
