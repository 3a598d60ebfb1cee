"""A scripted conversation through the public chat API, as `nlu/*/tests/conversations.yml` describes it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import opencc
from fixtures.web import Caller

PATIENCE_SECONDS = 25
FACT = re.compile(r"\{((?:\w+\.)?\w+)(\|zh_Hant)?\}")
TEXTED = "{texted_code}"
TRADITIONAL = opencc.OpenCC("s2tw")
FILES = {"photo": b"\x89PNG\r\n\x1a\n" + b"0" * 200, "voice": b"OggS" + b"0" * 200}


@dataclass
class Talk:
    """One session, and all that was said in it. `facts` of another city have its slug in front: `ningbo.plate`."""

    caller: Caller
    facts: dict[str, str]
    texted: Callable[[], Awaitable[str]] | None = None
    upset: Callable[[dict[str, Any]], Awaitable[None]] | None = None
    after: int = 0
    messages: int = 0
    buttons: list[dict[str, str]] = field(default_factory=list)

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

    async def turn(self, turn: dict[str, Any]) -> list[dict[str, Any]]:
        """Do one turn; answers its events up to `turn_done`."""
        self.messages += 1
        if TEXTED in str(turn) and self.texted is not None:
            self.facts["texted_code"] = await self.texted()
        if "fault" in turn and self.upset is not None:
            await self.upset(turn["fault"])
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
        status, receipt = await self.caller.post(f"m{self.messages}", **said)
        assert status == 202, receipt
        return await self.answer_to(receipt["message_id"])

    async def answer_to(self, message_id: str) -> list[dict[str, Any]]:
        """Wait for the `turn_done` of a message; answers all events since the last turn."""
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for event in await self.caller.page(after=self.after, wait=5):
                    self._heard(event)
                    events.append(event)
                    if event["type"] == "turn_done" and event["in_reply_to"] == message_id:
                        return events

    async def hears(self, part: str) -> str:
        """Wait until something is said that holds a text, unasked; answers it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
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
        if event["type"] == "message":
            message = event["message"]
            self.buttons += message["buttons"]
            for card in message["cards"]:
                self.buttons += card.get("buttons", [])


def faults(talk: Talk, turn: dict[str, Any], events: list[dict[str, Any]]) -> list[str]:
    """Say where the events are not what the turn expects; empty when all is well."""
    expect = turn.get("expect", {})
    done = events[-1]
    messages = [event["message"] for event in events if event["type"] == "message"]
    text = "\n".join(message["text"] for message in messages)
    found = [
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
    return [f"{fault}\n  in: {text}" for fault in found]
