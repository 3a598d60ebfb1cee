"""What residents of the bench `trainer` write hastily, so that the bot is unsure of it; what they mean is known.

They are lines of training with words or characters left out: no held-out line, since what is taught here is learnt and
then asked about.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.gate import Learnt, learnt_of
from bench.ground import Tell
from bench.lines import SEED, dressed
from bench.product import LOCALE
from desk.contract.errors import DeskError
from desk.store.database import transaction
from desk.teaching.readings import Readings
from desk.teaching.signals import START
from desk.web.client import ChatClient, Conversation

SCOUTS, ALIKE = 40, 4
"""So many drafts are said at a time; who meets with doubt is followed by so many who say it in other words."""
LEFT_OUT = 0.5  # of words, or of characters where words are not spaced
LEAST_WORDS, LEAST_CHARACTERS = 4, 6
AT_ONCE, READ_AT_ONCE = 8, 200
ANSWER_SECONDS = 60.0
AGO = 16  # minutes: after a quarter of an hour it is known what the resident did next
AGE = text("""
    UPDATE inbound_messages SET received_at = received_at - make_interval(mins => :minutes),
                                answered_at = answered_at - make_interval(mins => :minutes)
""")


class NotUnsureError(DeskError):
    """The bot is surer of hasty lines than the bench needs. Ask for fewer messages."""


@dataclass(frozen=True)
class Draft:
    """A hasty line, and the command that it means."""

    text: str
    command: str
    lang: str


def drafts(root: Path, lot: Random) -> Iterator[Draft]:
    """Hasty lines of all services in turn, each once."""
    lines = [one for one in learnt_of(root) if one.situation is None and one.label.startswith(f"{START}:")]
    lot.shuffle(lines)
    seen: set[str] = set()
    for one in lines:
        said = hasty(one, lot)
        if said and said not in seen:
            seen.add(said)
            yield Draft(said, one.label, one.lang)


def hasty(line: Learnt, lot: Random) -> str:
    """A line with half of it left out; empty: it is too short for that, or holds a number that could be somebody's."""
    words = line.text.split()
    spaced = len(words) >= LEAST_WORDS
    parts = words if spaced else list(line.text)
    if any(map(str.isdigit, line.text)) or (not spaced and len(parts) < LEAST_CHARACTERS):
        return ""
    kept = sorted(lot.sample(range(len(parts)), max(2, round(len(parts) * LEFT_OUT))))
    return (" " if spaced else "").join(parts[place] for place in kept).strip()


async def fill(
    url: str, engine: AsyncEngine, root: Path, cities: Sequence[str], wanted: int, tell: Tell
) -> dict[str, str]:
    """Have residents write until the bot was unsure of so many messages, and let a quarter of an hour pass.

    Answers what was said, with what it means.

    Args:
        url: of the web server.
        engine: of the store, with the keys of conversations.
        root: a checkout.
        cities: where residents live.
        wanted: messages.
        tell: told how far it is.

    Raises:
        NotUnsureError: there are not so many lines that the bot is unsure of.
    """
    lot, street = Random(SEED), _Street(url, engine, cycle(cities))
    waiting, unsure = drafts(root, lot), 0
    while unsure < wanted:
        scouts = list(islice(waiting, min(SCOUTS, wanted)))
        if not scouts:
            raise NotUnsureError
        doubted = await street.doubted({one.text: one.command for one in scouts})
        alike = [one for one in scouts if one.text in doubted for _ in range(ALIKE)]
        unsure += len(doubted)
        unsure += len(await street.doubted({dressed(lot, one.text, one.lang): one.command for one in alike}))
        tell.progress(min(unsure, wanted), wanted)
    async with transaction(engine) as connection:
        await connection.execute(AGE, {"minutes": AGO})
    return street.meant


@dataclass
class _Street:
    """Residents who write; `meant` is what was said, with what it means, `last` the last message that was read."""

    url: str
    engine: AsyncEngine
    cities: Iterator[str]
    meant: dict[str, str] = field(default_factory=dict)
    last: int = 0

    async def doubted(self, lines: Mapping[str, str]) -> set[str]:
        """Have lines said, and answer of which the bot was unsure."""
        self.meant |= lines
        await _say([(next(self.cities), one) for one in lines], self.url)
        readings, found = Readings(self.engine), set[str]()
        while True:
            said, newest = await readings.after(self.last, READ_AT_ONCE)
            if newest == self.last:
                return found
            found |= {one.text for one in said if one.is_unsure}
            self.last = newest


async def _say(lines: Sequence[tuple[str, str]], url: str) -> None:
    """Say each line at the beginning of a conversation of its own, and wait until it is answered."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(city: str, line: str) -> None:
        async with seats, asyncio.timeout(ANSWER_SECONDS), ChatClient(url) as client, asyncio.TaskGroup() as group:
            await client.open(city, LOCALE)
            talk = Conversation(client, lambda _: None)
            listening = group.create_task(talk.listen())
            await talk.say({"text": line})
            listening.cancel()

    async with asyncio.TaskGroup() as all_of_them:
        for city, line in lines:
            all_of_them.create_task(one(city, line))
