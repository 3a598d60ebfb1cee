"""The pretend text-message gateway of every city; its contract is docs/reference/sms.openapi.yaml.

Nothing leaves the machine: what was sent is read at `GET /_sandbox/sms/{city}` (`desk sandbox texts`).
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.persons import FILE
from sandbox.problems import problem
from sandbox.seed import Seed, UnknownCityError
from sandbox.state import State

MESSAGE = "message"  # kind of record: by key
KEY = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")])
LIMITS = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
"""So many codes does one telephone get in a time, as gateways have it."""
TEXTS = {
    "zh_Hans": "【{sign}】您的验证码是{code}，{minutes}分钟内有效。请勿告诉他人。",
    "zh_Hant": "【{sign}】您的驗證碼是{code}，{minutes}分鐘內有效。請勿告訴他人。",
    "en": "[{sign}] Your code is {code}. It is good for {minutes} minutes. Do not tell it to anybody.",
}


class Message(BaseModel):
    """`PUT messages/{key}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    to: Annotated[str, Field(pattern=r"^(1[3-9][0-9]{9}|\+852[4-9][0-9]{7}|\+8536[0-9]{7})$")]
    sign: Annotated[str, Field(min_length=2, max_length=40)]
    template: Literal["one_time_code"]
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    minutes: Annotated[int, Field(ge=1, le=60, strict=False)]  # 5.0 is an integer in JSON
    locale: Literal["zh_Hans", "zh_Hant", "en"]


class Sms:
    """The gateway: it serves every city that there are people in."""

    name = "sms"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.put("/sms/{city}/messages/{key}", self._send)
        yield web.get("/_sandbox/sms/{city}", self._sent)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing is in it that works by itself
        return {}

    async def _send(self, request: web.Request) -> web.Response:
        city, key = self._city(request), KEY.validate_python(request.match_info["key"])
        message = Message.model_validate_json(await request.read())
        digest = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
        before = self._state.get(self.name, city, MESSAGE, key)
        if before is not None:
            if before["digest"] != digest:
                return problem(409, "key-reused", "This key belongs to another message.")
            return web.json_response({"id": digest[:16]})
        if self._too_many(city, message.to):
            return problem(409, "too-many", "This telephone got as many codes as it may for now.")
        body = {**message.model_dump(), "digest": digest, "at": self._clock().isoformat()}
        self._state.put((self.name, city, MESSAGE, key, body))
        return web.json_response({"id": digest[:16]})

    def _too_many(self, city: str, phone: str) -> bool:
        now = self._clock()
        sent = [
            datetime.fromisoformat(body["at"])
            for _, body in self._state.all(self.name, city, MESSAGE)
            if body["to"] == phone
        ]
        return any(sum(now - at < span for at in sent) >= most for span, most in LIMITS)

    async def _sent(self, request: web.Request) -> web.Response:
        """What telephones of the city got, the newest first."""
        texts = [
            {"to": body["to"], "code": body["code"], "at": body["at"], "text": TEXTS[body["locale"]].format(**body)}
            for _, body in reversed(self._state.all(self.name, self._city(request), MESSAGE))
        ]
        return web.json_response({"texts": texts})

    def _city(self, request: web.Request) -> str:
        city = request.match_info["city"]
        if city not in self.cities():
            raise UnknownCityError(f"There is nobody to text in {city!r}.")
        return city
