"""A scripted conversation through the public chat API, as docs/reference/conversation-files.md describes it."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import opencc
from fixtures.patience import HANG_SECONDS
from fixtures.slowness import AGAIN, is_slow
from fixtures.web import Caller
from product.doings import Doings

FACT = re.compile(r"\{((?:\w+\.)?\w+)(\|zh_Hant)?\}")
TEXTED = "{texted_code}"
TRADITIONAL = opencc.OpenCC("s2tw")
FILES = {"photo": b"\x89PNG\r\n\x1a\n" + b"0" * 200, "voice": b"OggS" + b"0" * 200}


@dataclass
class Talk:
    """One session, and all that was said in it. `facts` of another city have its slug in front: `ningbo.plate`."""

    caller: Caller
    facts: dict[str, str]
    doings: Doings | None = None
    after: int = 0
    messages: int = 0
    buttons: list[dict[str, str]] = field(default_factory=list)
    payment: dict[str, Any] | None = None
    ticket: str = ""
    unheard: list[dict[str, Any]] = field(default_factory=list)

    def fill(self, text: str) -> str:
        """Put facts in the place of their names."""

        def fact(match: re.Match[str]) -> str:
            value = self.facts[match[1]]
            return TRADITIONAL.convert(value) if match[2] else value

        return FACT.sub(fact, text)

    async def begin(self) -> None:
        """Hear the greeting."""
        for event in await self.caller.page(after=0, wait=5):
            self._heard(event)
        self.unheard = []

    async def turn(self, turn: dict[str, Any]) -> list[dict[str, Any]]:
        """Do one turn; answers its events up to `turn_done`, or what was heard."""
        if self.doings is not None:
            if TEXTED in str(turn):
                self.facts["texted_code"] = await self.doings.texted_code()
            if "fault" in turn:
                await self.doings.upset(turn["fault"])
            if turn.keys() & {"pay", "publish", "clerk", "away", "voice"}:
                await self._done(self.doings, turn)
                return []
        if "hear" in turn:
            return await self._hears([self.fill(part) for part in turn["hear"]])
        if "say" in turn:
            said: dict[str, Any] = {"text": self.fill(turn["say"])}
        elif "tap" in turn:
            said = {"payload": self.button(self.fill(turn["tap"]))}
        elif "send" in turn:
            status, stored, _ = await self.caller.ask("POST", "media", data=FILES[turn["send"]])
            assert status == 201, stored
            said = {"media_id": stored["media_id"]}
        else:
            said = {"location": {key: float(self.fill(str(value))) for key, value in turn["share"].items()}}
        answer = await self._posted(said)
        for _ in range(0 if "fault" in turn else AGAIN):  # on a busy machine: done as it asks for
            if is_slow(words(answer)):
                answer = await self._posted(said)
        return answer

    async def _posted(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        self.messages += 1
        status, receipt = await self.caller.post(f"m{self.messages}", **said)
        assert status == 202, receipt
        return await self.answer_to(receipt["message_id"])

    async def _done(self, doings: Doings, turn: dict[str, Any]) -> None:
        """Do what is not talking."""
        if "pay" in turn:
            assert self.payment is not None, "no payment was offered"
            assert self.payment["amount"] == self.fill(turn["pay"]), self.payment
            await doings.pay(self.payment["order"])
        elif "publish" in turn:
            await doings.publish(turn["publish"])
        elif "clerk" in turn:
            await doings.clerk(self.ticket, turn["clerk"])
        elif "voice" in turn:
            await doings.voice(turn["voice"])
        else:
            await doings.away(self.caller.session, turn["away"]["hours"])

    async def _hears(self, parts: list[str]) -> list[dict[str, Any]]:
        """Wait until messages that nobody asked for say all of this."""
        heard: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(HANG_SECONDS):
                while True:
                    heard += self.unheard
                    self.unheard = []
                    if all(part in words(heard) for part in parts):
                        return heard
                    for event in await self.caller.page(after=self.after, wait=5):
                        self._heard(event)
        except TimeoutError:
            missing = [part for part in parts if part not in words(heard)]
            raise AssertionError(f"{missing} was never heard\n  in: {words(heard)}") from None

    async def answer_to(self, message_id: str) -> list[dict[str, Any]]:
        """Wait for the `turn_done` of a message; answers all events since the last turn."""
        events, self.unheard = self.unheard, []
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                for event in await self.caller.page(after=self.after, wait=5):
                    self._heard(event)
                    events += self.unheard
                    self.unheard = []
                    if event["type"] == "turn_done" and event["in_reply_to"] == message_id:
                        return events

    async def hears(self, part: str) -> str:
        """Wait until something is said that holds a text, unasked; answers it."""
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                for event in await self.caller.page(after=self.after, wait=5):
                    self._heard(event)
                    if event["type"] == "message" and part in event["message"]["text"]:
                        return str(event["message"]["text"])

    def button(self, title: str) -> str:
        """The payload of the latest button whose title holds these words."""
        for button in reversed(self.buttons):
            if title in button["title"]:
                return button["payload"]
        raise AssertionError(f"No button {title!r} was offered, but {[button['title'] for button in self.buttons]}")

    def _heard(self, event: dict[str, Any]) -> None:
        self.after = event["seq"]
        self.unheard.append(event)
        if event["type"] == "turn_done" and event["payment"] is not None:
            self.payment = event["payment"]
        if event["type"] == "ticket":
            self.ticket = event["ticket"]["reference"]
        if event["type"] == "message":
            message = event["message"]
            self.buttons += message["buttons"]
            for card in message["cards"]:
                self.buttons += card.get("buttons", [])


def words(events: list[dict[str, Any]]) -> str:
    """The text of all messages among events."""
    return "\n".join(event["message"]["text"] for event in events if event["type"] == "message")


def titles(events: list[dict[str, Any]]) -> list[str]:
    """The titles of all buttons among events, those on cards too."""
    messages = [event["message"] for event in events if event["type"] == "message"]
    shown = [button for message in messages for part in (message, *message["cards"]) for button in part["buttons"]]
    return [button["title"] for button in shown]


LOOKED_AT = frozenset(
    {"service", "asks_for", "handed_over", "locale", "contains", "matches", "contains_any", "not_contains", "buttons"}
)
"""What a turn may expect."""


def faults(talk: Talk, turn: dict[str, Any], events: list[dict[str, Any]]) -> list[str]:
    """Say where the events are not what the turn expects; empty when all is well."""
    expect = turn.get("expect", {})
    unknown = [f"nobody looks at {name!r}" for name in expect if name not in LOOKED_AT]
    done = next((event for event in reversed(events) if event["type"] == "turn_done"), {})
    messages = [event["message"] for event in events if event["type"] == "message"]
    text = words(events)
    found = unknown + [
        f"{name} is {done[name]!r}, not {expect[name]!r}"
        for name in ("service", "asks_for", "handed_over")
        if name in expect and done[name] != expect[name]
    ]
    if "locale" in expect:
        found += [f"locale {m['locale']}, not {expect['locale']}" for m in messages if m["locale"] != expect["locale"]]
    found += [f"{part!r} is missing" for part in map(talk.fill, expect.get("contains", [])) if part not in text]
    if "matches" in expect and not re.search(expect["matches"], text):
        found.append(f"nothing matches {expect['matches']!r}")
    some = [talk.fill(part) for part in expect.get("contains_any", [])]
    if some and not any(part in text for part in some):
        found.append(f"none of {some} is there")
    found += [f"{part!r} is there" for part in map(talk.fill, expect.get("not_contains", [])) if part in text]
    shown = titles(events)
    wanted = map(talk.fill, expect.get("buttons", []))
    found += [f"no button {part!r} but {shown}" for part in wanted if not any(part in title for title in shown)]
    return [f"{fault}\n  in: {text}" for fault in found]
