"""A pretend WebSub hub, at `/hub`: it hears that feeds changed, fetches them and hands them on to who subscribed.

By https://www.w3.org/TR/websub/: it asks each subscriber whether it wants to, and signs what it hands on. What it heard
and did is at `GET /_sandbox/hub`. It serves loopback only, and keeps nothing.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

TIMEOUT = ClientTimeout(total=5)
LEASE_SECONDS = 864_000
MOST_PINGS = 1_000  # that are remembered


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants a topic: an address, and the secret that signs what comes there."""

    topic: str
    callback: str
    secret: str


class Hub:
    """The hub; it serves no city, and everybody."""

    name = "hub"

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._pings: list[dict[str, Any]] = []
        self._subscriptions: dict[tuple[str, str], Subscription] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/hub", self._hear)
        yield web.get("/_sandbox/hub", self._shown)
        yield web.delete("/_sandbox/hub", self._forget)

    def cities(self) -> list[str]:
        return []

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    async def _hear(self, request: web.Request) -> web.Response:
        form = await request.post()
        match form.get("hub.mode"):
            case "publish":
                topics = [str(one) for one in form.getall("hub.url", [])]
                if not topics:
                    return web.Response(status=400, text="hub.url is missing")
                async with ClientSession(timeout=TIMEOUT) as http:
                    for topic in topics:
                        await self._publish(http, topic)
                return web.Response(status=204)
            case "subscribe" | "unsubscribe" as mode:
                topic, callback = str(form.get("hub.topic", "")), str(form.get("hub.callback", ""))
                if not topic or not callback:
                    return web.Response(status=400, text="hub.topic and hub.callback are missing")
                wanted = Subscription(topic, callback, str(form.get("hub.secret", "")))
                if not await self._is_meant(mode, wanted):
                    return web.Response(status=404, text="the subscriber does not want it")
                if mode == "subscribe":
                    self._subscriptions[topic, callback] = wanted
                else:
                    self._subscriptions.pop((topic, callback), None)
                return web.Response(status=202)
            case _:
                return web.Response(status=400, text="hub.mode is none")

    async def _is_meant(self, mode: str, wanted: Subscription) -> bool:
        """Ask the subscriber: whoever subscribes another's address finds out."""
        challenge = secrets.token_hex(16)
        asked = {
            "hub.mode": mode,
            "hub.topic": wanted.topic,
            "hub.challenge": challenge,
            "hub.lease_seconds": str(LEASE_SECONDS),
        }
        try:
            async with (
                ClientSession(timeout=TIMEOUT) as http,
                http.get(wanted.callback, params=asked) as answer,
            ):
                return answer.status == 200 and (await answer.text()).strip() == challenge
        except (ClientError, TimeoutError):
            return False

    async def _publish(self, http: ClientSession, topic: str) -> None:
        ping: dict[str, Any] = {"topic": topic, "at": self._clock().isoformat(), "status": None, "handed_on": 0}
        self._pings = [*self._pings, ping][-MOST_PINGS:]
        try:
            async with http.get(topic) as answer:
                content, links = await answer.read(), answer.links
                ping["status"], kind = answer.status, answer.headers.get("Content-Type", "")
        except (ClientError, TimeoutError) as exc:
            ping["error"] = type(exc).__name__
            return
        ping["links"] = {relation: str(link["url"]) for relation, link in links.items()}
        if ping["status"] != 200:
            return
        for one in [one for one in self._subscriptions.values() if one.topic == topic]:
            headers = {"Content-Type": kind, "Link": f'<{topic}>; rel="self"'}
            if one.secret:
                digest = hmac.digest(one.secret.encode(), content, hashlib.sha256).hex()
                headers["X-Hub-Signature"] = f"sha256={digest}"
            try:
                async with asyncio.timeout(5), http.post(one.callback, data=content, headers=headers) as answer:
                    ping["handed_on"] += answer.status < 300
            except (ClientError, TimeoutError):
                continue

    async def _shown(self, _: web.Request) -> web.Response:
        """What it heard, the oldest first, and who subscribed."""
        wanted = [{"topic": one.topic, "callback": one.callback} for one in self._subscriptions.values()]
        return web.json_response({"pings": self._pings, "subscriptions": wanted})

    async def _forget(self, _: web.Request) -> web.Response:
        self._pings, self._subscriptions = [], {}
        return web.json_response({"pings": 0, "subscriptions": 0})
