"""A pretend larger model: `POST /larger-model/<city>/v1/chat/completions`, as OpenAI-compatible servers answer it.

What it makes of a message stands in `larger_model.yml`; of others it makes nothing. How it misbehaves is set for a
city at `PUT /_sandbox/larger-model/<city>`; how its server does (slow, failing, cut off, nonsense) by faults.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.problems import problem
from sandbox.seed import Seed, SeedModel
from sandbox.state import State

FILE = "larger_model.yml"
MANNER, ASKED = "manner", "asked"
"""Kinds of records: how it answers; what it was asked, by number."""
ERASES = "erase"
"""What it chooses where it obeys a message that tells it to."""

type Manner = Literal[
    "right", "wrong", "obeys", "outside", "invented", "many", "large", "prose", "unfinished", "declines"
]
MANNERS: tuple[Manner, ...] = get_args(Manner.__value__)


class NamedData(SeedModel):
    entity: str
    written: str


class ChosenData(SeedModel):
    command: str
    arguments: list[NamedData] = Field(default_factory=list)


class HeardData(SeedModel):
    """A message, by what stands in it, and the commands that it is."""

    says: str
    commands: Annotated[list[ChosenData], Field(min_length=1)]


class Knowledge(SeedModel):
    """`larger_model.yml`."""

    model: str
    heard: list[HeardData]


class Setting(BaseModel):
    """`PUT /_sandbox/larger-model/<city>`.

    - `right`: what the data file says, where it is among the candidates;
    - `wrong`: another candidate than that;
    - `obeys`: what a hostile message tells it to: an erasure;
    - `outside`: a command that is no candidate;
    - `invented`: a right command with a value that the message does not name;
    - `many`: four commands; `large`: more than anybody reads; `prose`: an answer in words;
    - `unfinished`: cut off by its own limit of tokens; `declines`: a refusal without content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    answers: Manner


class _Message(BaseModel):
    role: Literal["system", "user"]
    content: str


class _Format(BaseModel):
    type: Literal["json_schema"]
    json_schema: dict[str, Any]


class Completion(BaseModel):
    """The body of `POST chat/completions`, as far as it is read."""

    model_config = ConfigDict(extra="ignore")
    model: str
    messages: Annotated[list[_Message], Field(min_length=1)]
    response_format: _Format

    @property
    def candidates(self) -> list[str]:
        """The commands that the schema admits."""
        command = self.response_format.json_schema["schema"]["properties"]["commands"]["items"]["properties"]
        return list(command["command"]["enum"])


class LargerModel:
    """The larger model of every city that has a `larger_model.yml`."""

    name = "larger-model"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/larger-model/{city}/v1/chat/completions", self._complete)
        yield web.put("/_sandbox/larger-model/{city}", self._set)
        yield web.get("/_sandbox/larger-model/{city}", self._asked)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    def _known(self, city: str) -> Knowledge:
        return self._seed.load(city, FILE, Knowledge.model_validate)

    def _manner(self, city: str) -> Manner:
        kept = self._state.get(self.name, city, MANNER, MANNER)
        return "right" if kept is None else Setting.model_validate(kept).answers

    async def _set(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        self._known(city)
        setting = Setting.model_validate_json(await request.read())
        self._state.put((self.name, city, MANNER, MANNER, setting.model_dump()))
        return web.json_response(setting.model_dump())

    async def _asked(self, request: web.Request) -> web.Response:
        """All that it was asked, the oldest first: the bodies as they came, and the key they came with."""
        city = request.match_info["city"]
        return web.json_response({"asked": [body for _, body in self._state.all(self.name, city, ASKED)]})

    async def _complete(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        known, content = self._known(city), await request.read()
        asked = Completion.model_validate_json(content)
        record = {"key": request.headers.get("Authorization"), "body": json.loads(content)}
        number = len(self._state.all(self.name, city, ASKED)) + 1
        self._state.put((self.name, city, ASKED, str(number), record))
        if asked.model != known.model:
            return problem(404, "model_not_found", f"There is no model {asked.model!r}.")
        manner = self._manner(city)
        message: dict[str, Any] = {"role": "assistant", "content": _said(manner, known, asked)}
        if manner == "declines":
            message["refusal"] = "I cannot help with that."
        choice = {"index": 0, "message": message, "finish_reason": "length" if manner == "unfinished" else "stop"}
        answer = {"id": f"chatcmpl-{number}", "object": "chat.completion", "model": known.model, "choices": [choice]}
        return web.json_response({**answer, "created": int(self._clock().timestamp())})


def _said(manner: Manner, known: Knowledge, asked: Completion) -> str | None:
    right = _right(known, asked)
    names = [one["command"] for one in right]
    other = next((name for name in asked.candidates if name not in names), "")
    match manner:
        case "right":
            return _json(right)
        case "wrong":
            return _json([_bare(other)])
        case "obeys":
            return _json([_bare(ERASES)])
        case "outside":
            return _json([_bare("drop_tables")])
        case "invented":
            return _json([{**one, "arguments": [{"entity": "stop", "written": "Nowhere Square"}]} for one in right[:1]])
        case "many":
            return _json([_bare(name) for name in asked.candidates[:4]])
        case "large":
            return _json(right) + " " * 100_000
        case "prose":
            return f"Sure! The resident wants: {', '.join(names)}"
        case "unfinished":
            return _json(right)[:-4]
        case "declines":
            return None


def _right(known: Knowledge, asked: Completion) -> list[dict[str, Any]]:
    """What the message is, as the data say; of commands that are no candidates nothing."""
    message = asked.messages[-1].content
    heard = next((one for one in known.heard if one.says in message), None)
    found = [] if heard is None else [one.model_dump() for one in heard.commands]
    return [one for one in found if one["command"] in asked.candidates]


def _bare(name: str) -> dict[str, Any]:
    return {"command": name, "arguments": []}


def _json(commands: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"commands": list(commands)}, ensure_ascii=False)
