"""The one way in: `POST /turn`, `POST /understand`, `GET /health`. Translates; never decides."""

import asyncio
import json
import logging
from typing import Any, Dict, List, Optional, Sequence, Tuple

from aiohttp import web
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT

from bot import actions, contract
from bot.components import COMMANDS, EMERGENCY, INQUIRY, LANGUAGE, POSSIBLE, TYPED
from bot.components.encoders.encoder import ahead
from bot.components.encoders.meaning import likeness
from bot.components.heads.emergency_head import NO_WISHES, SURE_OF_A_WISH, denial, follows, wished_after
from bot.contract import BadRequest, TurnRequest, UnderstandRequest
from bot.health import health_of
from bot.parts import parts
from bot.problem import Problem
from bot.state import Carried, StateUnreadable, carried, read, write
from roles.trace import HEADER, passed_on
from values.writing import normalised

TIMEOUT_SECONDS = 6.5  # contracts.md, "Time, from the inside out"
TURNS_AT_ONCE = 200
NAME = "turn"
"""The name that Rasa's events give the channel by."""
RANKING_LENGTH = 5
_OF_A_PART = ("intent", "entities", "intent_ranking", COMMANDS, INQUIRY)

log = logging.getLogger("bot")


class _Collected(OutputChannel):
    """Collects what the action says, in order."""

    def __init__(self) -> None:
        self.replies: List[Dict[str, Any]] = []
        self.effects: List[Dict[str, Any]] = []
        self.situation: Optional[Dict[str, Any]] = None
        self.foreign = False

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Takes one response. Anything but a reply, an effect or the situation is foreign: the bot speaks in keys."""
        custom = message.get("custom") or {}
        if "reply" in custom:
            self.replies.append(custom["reply"])
        elif "effect" in custom:
            self.effects.append(custom["effect"])
        elif "situation" in custom:
            self.situation = custom["situation"]
        else:
            self.foreign = True


class TurnChannel:
    """The bot as a function. `model` in `/health` is the fingerprint of the loaded model.

    Answers 503 `not-ready` until it is given an agent that can take turns.
    """

    def __init__(self) -> None:
        self.agent: Any = None
        self._running = 0

    def ready_agent(self) -> Any:
        """The agent, once it can take turns; else None."""
        return self.agent if self.agent is not None and self.agent.is_ready() else None

    def routes(self) -> List[web.RouteDef]:
        """Where it is asked."""
        return [
            web.get("/health", self._health, allow_head=False),
            web.post("/understand", self._understand),
            web.post("/turn", self._turn),
        ]

    async def _health(self, _: web.Request) -> web.Response:
        agent = self._needed_agent()
        return _json(health_of(agent)[1])

    async def _understand(self, request: web.Request) -> web.Response:
        agent = self._needed_agent()
        try:
            asked = contract.read_text(await request.read())
            return _json(_understand(asked, agent))
        except BadRequest as exc:
            raise Problem("bad-request", str(exc)) from exc

    async def _turn(self, request: web.Request) -> web.Response:
        try:
            agent = self._needed_agent()
            if self._running >= TURNS_AT_ONCE:
                raise Problem("overloaded", f"{TURNS_AT_ONCE} turns are running.")
            self._running += 1
            actions.trace.set(passed_on(request.headers.get(HEADER)))
            try:
                return _json(await _take_turn(await request.read(), agent))
            finally:
                self._running -= 1
        except Problem as problem:
            log.warning("turn failed: %s", problem)
            raise

    def _needed_agent(self) -> Any:
        agent = self.ready_agent()
        if agent is None:
            raise Problem("not-ready", "The model is being loaded.")
        return agent


def _understand(asked: UnderstandRequest, agent: Agent) -> Dict[str, Any]:
    """Understands a text without a turn: nothing is remembered, no action is asked."""
    parsed = meant = _parse(contract.shielded(contract.clean(asked.text)), agent)
    text = parsed[TEXT]
    after, last = follows(text), wished_after(text)
    if last is not None and _wants(wish := _parse(last, agent)):  # it is over, and something else is wanted
        meant, after = wish, follows(last)
    return {
        "intent": _intent(meant["intent"]),
        "language": parsed.get(LANGUAGE),
        "emergency": parsed.get(EMERGENCY),
        "possible": bool(meant.get(POSSIBLE)),
        "follows": after,
        "denial": denial(text),
        "likeness": likeness(text, asked.compared),
        **(_asked_about(parsed, agent) if asked.asked else {}),
    }


def _asked_about(parsed: Dict[str, Any], agent: Agent) -> Dict[str, Any]:
    """Gives what a text asks about, with what its parts ask: how likely each part of a guide is, and what is near."""
    text = parsed[TEXT]
    cut = parts(text, parsed["entities"])
    alone = agent.processor.parse_all([_message_of(text[start:end]) for start, end in cut]) if len(cut) > 1 else []
    found = [asked for one in (parsed, *alone) if (asked := one.get(INQUIRY))]
    about: Dict[str, float] = {}
    near: Dict[Tuple[str, str, int], float] = {}
    for asked in found:
        for name, likely in asked["about"]:
            about[name] = max(likely, about.get(name, 0.0))
        for *passage, likeness_of in asked["passages"]:
            near[tuple(passage)] = max(likeness_of, near.get(tuple(passage), -1.0))
    return {
        "about": sorted(about.items(), key=lambda one: -one[1]),
        "passages": [[*passage, likely] for passage, likely in sorted(near.items(), key=lambda one: -one[1])],
    }


def _wants(parsed: Dict[str, Any]) -> bool:
    intent = parsed["intent"]
    sure = intent["confidence"] >= SURE_OF_A_WISH and intent["name"] not in NO_WISHES
    return sure and not parsed.get(POSSIBLE) and not parsed.get(EMERGENCY)


def _parse(text: str, agent: Agent) -> Dict[str, Any]:
    parsed: Dict[str, Any] = agent.processor.parse_all([_message_of(text)])[0]
    return parsed


def _message_of(text: str, context: Optional[Dict[str, Any]] = None) -> UserMessage:
    message = UserMessage(metadata=None if context is None else {"context": context})
    message.text = text  # given to the constructor it would be stripped, and every offset be wrong
    return message


def _read(message: UserMessage, agent: Agent, compared: Sequence[str]) -> Dict[str, Any]:
    """What a message means and how near it is to some texts; and beside it what its parts would mean alone.

    The first encoder sees all of them at once, cut as they are where no value is in the way.
    """
    cut = parts(message.text)
    if len(cut) > 1:
        ahead([normalised(message.text[start:end]) for start, end in ((0, None), *cut)])
    parsed: Dict[str, Any] = agent.processor.parse_all([message])[0]
    if compared:
        parsed["likeness"] = [round(near, 4) for near in likeness(parsed[TEXT], compared)]
    context = message.metadata["context"]
    text = parsed[TEXT]
    found = parts(text, parsed["entities"])
    if len(found) > 1:
        parsed["parts"] = _alone([text[start:end] for start, end in found], context, agent)
    return parsed


def _alone(texts: Sequence[str], context: Dict[str, Any], agent: Agent) -> List[Dict[str, Any]]:
    """What each of the parts of a message would mean alone; they are read together."""
    read = zip(texts, agent.processor.parse_all([_message_of(text, context) for text in texts]), strict=True)
    return [{"text": text, **{name: meant.get(name) for name in _OF_A_PART}} for text, meant in read]


async def _take_turn(body: bytes, agent: Agent) -> Dict[str, Any]:
    try:
        turn = contract.read_request(body)
        call = Carried(read(turn.state))
        output = _Collected()
        message = _message(turn, agent, output)
    except BadRequest as exc:
        raise Problem("bad-request", str(exc)) from exc
    except StateUnreadable as exc:
        raise Problem("state-unreadable", str(exc)) from exc
    failures: List[Problem] = []
    carried.set(call)
    actions.failure.set(failures)

    async def answered() -> None:
        if turn.message.kind == "text":
            message.parse_data = _read(message, agent, turn.compared)
        await agent.handle_message(message)

    try:
        await asyncio.wait_for(answered(), TIMEOUT_SECONDS)
    except TimeoutError as exc:
        raise Problem("actions-timeout", f"The turn took longer than {TIMEOUT_SECONDS:g} s.") from exc
    except Exception as exc:  # the channel is the HTTP error middleware of this process
        log.error("turn_failed", exc_info=_without_message(exc))
        raise Problem("turn-failed", type(exc).__name__) from exc
    if failures:
        raise failures[0]
    if not call.restored or call.tracker is None:
        raise Problem("turn-failed", "The state was lost on its way through Rasa.")
    if output.foreign or not (output.replies or output.effects):
        raise Problem("turn-failed", "The action said nothing that is a reply.")
    return _result(turn, call.tracker, output)


def _message(turn: TurnRequest, agent: Agent, output: OutputChannel) -> UserMessage:
    message = turn.message
    said = message.model_dump(exclude_none=True)
    text, parse_data = "", None
    if message.kind == "text":
        said["text"] = contract.clean(message.text or "")
        text = contract.shielded(said["text"])
    elif message.kind == "payload":
        text = message.payload or ""
        parse_data = contract.read_payload(text)
        if agent.domain is not None and parse_data["intent"]["name"] not in agent.domain.intents:
            raise BadRequest("message.payload names an intent that this bot does not have.")
    else:
        intent = {"name": "inform", "confidence": 1.0}
        parse_data = {"text": "", "intent": intent, "intent_ranking": [intent], "entities": []}
    user_message = UserMessage(
        output_channel=output,
        sender_id=turn.conversation,
        parse_data=parse_data,
        input_channel=NAME,
        message_id=message.id,
        metadata={
            "message": said,
            "context": turn.context.model_dump(exclude_unset=True),
            "signature": turn.signature,
        },
    )
    user_message.text = text  # given to the constructor it would be stripped, and every offset be wrong
    return user_message


def _result(turn: TurnRequest, tracker: DialogueStateTracker, output: _Collected) -> Dict[str, Any]:
    parse_data = tracker.latest_message.parse_data
    written = turn.message.text or ""
    return {
        "replies": output.replies,
        "state": write(tracker),
        "nlu": {
            "intent": _intent(parse_data["intent"]),
            "entities": [_entity(found, written, parse_data.get(TYPED)) for found in parse_data["entities"]],
            "ranking": [_intent(ranked) for ranked in parse_data.get("intent_ranking", [])[:RANKING_LENGTH]],
            "commands": [{"name": name, "confidence": likely} for name, likely in parse_data.get(COMMANDS) or []],
            "language": parse_data.get("language"),
        },
        "service": tracker.get_slot("service"),
        "asks_for": tracker.get_slot("asks_for"),
        "locale": tracker.get_slot("reply_locale") or turn.context.locale,
        "city": tracker.get_slot("reply_city"),
        "effects": output.effects,
        "situation": output.situation,
    }


def _intent(found: Dict[str, Any]) -> Dict[str, Any]:
    return {"name": found["name"], "confidence": round(float(found["confidence"]), 4)}


def _entity(found: Dict[str, Any], written: str, typed: Optional[List[List[int]]]) -> Dict[str, Any]:
    """The entity as it stands in the message; of one in pinyin, what was typed for it."""
    if typed:
        start, end = typed[found["start"]][0], typed[found["end"] - 1][1]
        found = {**found, "start": start, "end": end, "value": written[start:end]}
    names = ("entity", "value", "start", "end", "role")
    return {name: found[name] for name in names if found.get(name) is not None}


def _without_message(exc: Exception) -> Tuple[Any, Any, Any]:
    """Gives the stack without the exception's text, which may quote a resident."""
    return (type(exc), type(exc), exc.__traceback__)


def _json(document: Dict[str, Any]) -> web.Response:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return web.Response(body=body, content_type="application/json")
