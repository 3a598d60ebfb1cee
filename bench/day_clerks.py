"""Clerks of a day, at the console: each takes the next ticket and does with it what clerks do, until it is done.

What the console has confirmed is kept. Where an answer is lost with its server, a clerk looks at the page and does it
again if it was not done, as a person would.
"""

import asyncio
import html
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from aiohttp import ClientError

from bench.staff import Answer, Browser
from values.lexicon import lexicon

TICKETS = "/console/tickets"
MINE = re.compile(rf'href="{TICKETS}/(T-[0-9]+-[0-9])"')
ONE = re.compile(rf"{TICKETS}/(T-[0-9]+-[0-9])")
OWNS = 'name="message"'  # the page of a ticket has the field of a reply for whoever has it
LOST_SECONDS = 1.0  # until a lost answer is looked for: what a dead server had begun is rolled back by then
IDLE_SECONDS, AGAIN_SECONDS = 1.5, 0.3  # before the queue is looked at again, and a page that did not come
ANSWER_SECONDS = 8.0  # so long a resident is waited for who is asked about a transfer
HOLDS, NOTES, TRANSFERS, PUTS_BACK, ASSIGNS = 0.15, 0.15, 0.1, 0.05, 0.05
ENDS = ("close solved", "close no_answer", "hand_back")
_WORDS = lexicon(__file__)
REPLY, NOTE, REASON = _WORDS.text("reply"), _WORDS.text("note"), _WORDS.text("reason")


async def until(holds: Callable[[], Awaitable[bool]], *, each_seconds: float) -> None:
    """Wait until something holds of a product that tells nobody when it does: it is asked again and again."""
    while not await holds():  # noqa: ASYNC110 - it is in other processes
        await asyncio.sleep(each_seconds)


@dataclass
class Ledger:
    """What the clerks did: confirmed replies by ticket in their order, and how often each act was done."""

    replies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0  # answers that a killed server did not give
    number: int = 0

    def next_reply(self) -> str:
        """Words that nobody else says."""
        self.number += 1
        return REPLY.format(number=self.number)


@dataclass
class Clerk:
    """One clerk at one browser."""

    login: str
    browser: Browser
    chance: Random
    ledger: Ledger
    colleagues: Sequence[str]
    agencies: Sequence[str]

    async def work(self, closing: asyncio.Event) -> None:
        """Take one ticket after the other until it is time to go and nothing is left on the desk."""
        while True:
            reference = await self._on_desk()
            if reference is None and closing.is_set():
                return
            reference = reference or await self._next()
            if reference is None:
                await asyncio.sleep(IDLE_SECONDS)
            else:
                await self._handle(reference)

    async def _on_desk(self) -> str | None:
        """A ticket of one's own, if there is any: also one that a colleague gave, or whose claim's answer was lost."""
        page = await self._get(f"{TICKETS}?show=mine")
        found = MINE.findall(page.text)
        return found[0] if found else None

    async def _next(self) -> str | None:
        """Claim the next ticket; None: none waits, or the answer was lost (then it is on the desk)."""
        answer = await self._send(f"{TICKETS}/next")
        found = None if answer is None else ONE.fullmatch(answer.path)
        if found is None:
            return None
        self.ledger.acts["claim"] += 1
        return found[1]

    async def _handle(self, reference: str) -> None:
        """Do with a ticket what clerks do."""
        chance, at = self.chance, f"{TICKETS}/{reference}"
        for _ in range(chance.randint(1, 3)):
            if not await self._reply(reference):
                return
            await asyncio.sleep(chance.random() * 0.3)
        if chance.random() < NOTES:
            await self._sure("note", at, f"{at}/note", note=NOTE)
        if chance.random() < HOLDS:
            await self._sure("hold", at, f"{at}/hold", reason=REASON, **{"for": "1h"})
            await self._sure("resume", at, f"{at}/resume")
        if chance.random() < TRANSFERS and await self._transferred(at):
            return
        if chance.random() < PUTS_BACK:
            await self._sure("put_back", at, f"{at}/put_back")
        elif chance.random() < ASSIGNS:
            await self._sure("assign", at, f"{at}/assign", login=chance.choice(self.colleagues))
        else:
            act, _, why = chance.choices(ENDS, (5, 1, 3))[0].partition(" ")
            await self._sure(act, at, f"{at}/{act}", **({"why": why} if why else {}))

    async def _reply(self, reference: str) -> bool:
        """Reply once. Answers whether the ticket is still one's own."""
        at, words = f"{TICKETS}/{reference}", self.ledger.next_reply()
        while True:
            page = await self._get(at)
            if words in html.unescape(page.text):
                break  # the answer was lost, the reply was not
            if OWNS not in page.text:
                return False
            answer = await self._send(f"{at}/reply", message=words)
            if answer is None:
                await asyncio.sleep(LOST_SECONDS)
            elif answer.status == 200:
                break
            else:
                self.ledger.refused["reply"] += 1
                return False
        self.ledger.replies[reference].append(words)
        self.ledger.acts["reply"] += 1
        return True

    async def _transferred(self, at: str) -> bool:
        """Ask the resident whether another agency may have it, and wait. Answers whether it is gone."""
        await self._sure("transfer", at, f"{at}/transfer", agency=self.chance.choice(self.agencies), reason=REASON)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await until(partial(self._is_gone, at), each_seconds=AGAIN_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _is_gone(self, at: str) -> bool:
        return OWNS not in (await self._get(at)).text

    async def _sure(self, act: str, of: str, path: str, **fields: str) -> None:
        """Do something once it is known that it is still to be done; what is refused was no longer possible."""
        while True:
            page = await self._get(of)
            if OWNS not in page.text:
                return
            answer = await self._send(path, **fields)
            if answer is not None:
                counted = self.ledger.acts if answer.status == 200 else self.ledger.refused
                counted[act] += 1
                return
            await asyncio.sleep(LOST_SECONDS)

    async def _get(self, path: str) -> Answer:
        """Open a page, again until it is there: one of a server that dies is none."""
        while True:
            try:
                page = await self.browser.get(path)
                if page.status < 500:
                    return page
            except (ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(AGAIN_SECONDS)

    async def _send(self, path: str, **fields: str) -> Answer | None:
        """Send a form; None: nothing came back, and whether it was done is not known."""
        try:
            answer = await self.browser.post(path, fields)
        except (ClientError, TimeoutError, OSError):
            self.ledger.lost += 1
            return None
        return answer if answer.status < 500 else None
