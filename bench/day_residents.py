"""Residents of a day: each opens a session, asks for a person in the midst of other wishes, and talks until it is over.

What each of them hears is kept whole: the day is judged by it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

from desk.tickets.notices import ALLOW_TRANSFER, REFUSE_TRANSFER, REOPEN, WITHDRAW
from desk.web.client import ChatClient, ChatUnreachable
from values.lexicon import lexicon

LOCALE = "zh_Hans"
PAUSE_SECONDS = 0.5  # before a server that stayed away is asked again
WITHDRAWS, REOPENS, MEETS_EMERGENCY, WISHES_FIRST, REFUSES = 0.06, 0.08, 0.03, 0.3, 0.3
"""By chance: who goes on without a clerk, who reopens what was closed, and so on."""
OVER = frozenset({"closed", "handed_back", "withdrawn"})
_WORDS = lexicon(__file__)
PERSON, WISHES, TO_CLERK = _WORDS["person"], _WORDS["wishes"], _WORDS["to_clerk"]
EMERGENCY, THANKS = _WORDS.text("emergency"), _WORDS.text("thanks")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was accepted. `words` is its text or payload."""

    id: str
    words: str


@dataclass
class Resident:
    """A resident: what they said, in the order in which it was accepted, and all that they heard, in its order."""

    number: int
    client: ChatClient
    chance: Random
    session: str = ""
    said: list[Said] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)  # state by reference, as heard
    offered: list[str] = field(default_factory=list)  # payloads
    accepted_at: dict[str, int] = field(default_factory=dict)  # what was heard last when a message was accepted
    something: asyncio.Event = field(default_factory=asyncio.Event)
    speaking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear everything from where it was left, while the block lasts."""
        hearing = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing

    async def _listen(self) -> None:
        """Hear, until cancelled; a server that stays away is waited for."""
        while True:
            after = self.heard[-1]["seq"] if self.heard else 0
            with suppress(ChatUnreachable):
                async for event in self.client.events(after=after):
                    self._hear(event)
            await asyncio.sleep(PAUSE_SECONDS)

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)
        if event["type"] == "ticket":
            self.tickets[event["ticket"]["reference"]] = event["ticket"]["state"]
        if event["type"] == "message":
            self.offered = [one["payload"] for one in event["message"]["buttons"]] or self.offered
        self.something.set()

    async def say(self, *, text: str | None = None, payload: str | None = None) -> None:
        """Say something, until it is accepted: under the same name each time."""
        words = text if text is not None else str(payload)
        body = {"client_msg_id": uuid4().hex, **({"payload": payload} if text is None else {"text": text})}
        async with self.speaking:
            accepted = ""
            while not accepted:
                with suppress(ChatUnreachable):
                    accepted = await self.client.post(body)
            self.said.append(Said(accepted, words))
            self.accepted_at[accepted] = self.heard[-1]["seq"] if self.heard else 0

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of what was heard."""
        while not holds():
            self.something.clear()
            await self.something.wait()

    @property
    def is_answered(self) -> bool:
        """Whether every message's turn is done."""
        done = [event for event in self.heard if event["type"] == "turn_done"]
        return len(self.said) <= len(done)

    @property
    def is_claimed(self) -> bool:
        """Whether a clerk has the conversation."""
        return "claimed" in self.tickets.values()

    @property
    def is_over(self) -> bool:
        """Whether there was a ticket, and every one has ended."""
        return bool(self.tickets) and set(self.tickets.values()) <= OVER

    async def live(self) -> None:
        """Go through the day: from the first word to the end of the ticket."""
        chance = self.chance
        if chance.random() < WISHES_FIRST:
            await self.say(text=chance.choice(WISHES))
        await self.say(text=chance.choice(PERSON))
        await self.until(lambda: bool(self.tickets))
        if chance.random() < WITHDRAWS:
            await self.say(payload=WITHDRAW)
            await self.until(lambda: self.is_over or self.is_claimed)
        await self._talk()
        await self.until(lambda: self.is_over and self.is_answered)
        if chance.random() < REOPENS and REOPEN in self.offered:
            await self.say(payload=REOPEN)
            await self.until(lambda: self.is_answered)
        elif chance.random() < 0.5:
            await self.say(text=THANKS)
        await self.until(lambda: self.is_over and self.is_answered)

    async def wait_in_vain(self) -> None:
        """Ask for a person when nobody is there any more."""
        await self.say(text=self.chance.choice(PERSON))
        await self.until(lambda: bool(self.tickets) and self.is_answered)

    async def _talk(self) -> None:
        """Say what there is to be said while a ticket lives, without waiting for answers: a claim comes between.

        What is wished of the bot is said on, whoever has the conversation.
        """
        answering = asyncio.create_task(self._answer_questions())
        try:
            for _ in range(self.chance.randint(1, 4)):
                if self.is_over:
                    return
                lines = TO_CLERK if self.is_claimed or self.chance.random() < 0.5 else WISHES
                await self.say(text=self.chance.choice((*lines, self.chance.choice(WISHES))))
                await asyncio.sleep(self.chance.random() * 0.6)
            await self.until(lambda: self.is_claimed or self.is_over)
            if self.is_claimed and self.chance.random() < MEETS_EMERGENCY:
                await self.say(text=EMERGENCY)
            await self.until(lambda: self.is_over)
        finally:
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering

    async def _answer_questions(self) -> None:
        """Answer whether another agency may have the ticket, each time that it is asked."""
        asked = 0
        while True:
            questions = [one for one in self._questions() if one]
            for question in questions[asked:]:
                await self.say(payload=self.chance.choices(question, (1 - REFUSES, REFUSES))[0])
            asked = len(questions)
            self.something.clear()
            await self.something.wait()

    def _questions(self) -> list[list[str]]:
        """The buttons of questions for a transfer, in the order in which they were asked: yes and no."""
        return [
            [one["payload"] for one in event["message"]["buttons"] if one["payload"].startswith(words)]
            for event in self.heard
            if event["type"] == "message"
            for words in [(ALLOW_TRANSFER, REFUSE_TRANSFER)]
        ]
