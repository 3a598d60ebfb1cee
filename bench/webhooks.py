"""`webhooks`: how soon platforms are answered while the bot is stopped, under repetition, disorder and forgery.

Of the webhooks of a channel two fifths are genuine, two fifths the same again, one fifth forged; all are shuffled. Then
the bot goes on: each genuine one must be answered once, in each conversation in the order in which it was stored.

They arrive by chance at a mean rate (a Poisson process), whether or not those before were answered, and each is timed
from the moment when it was due: what the bench itself is late counts too. Or so many are under way all the time, each
sent when one before it was answered: that shows how many a second are taken, and how long one of so many waits.
"""

import asyncio
import hashlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import product
from bench.figures import percentile
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.product import Product
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.city.files import load_cities
from desk.contract.errors import DeskError
from desk.conversations.outcomes import Outcome
from desk.platforms.loading import load_channels
from desk.sealing.opening import Purpose, keys_of
from desk.store.database import create_engine, transaction
from values.lexicon import lexicon

SIZE, PER_SECOND = 10_000, 100.0
RESIDENTS = 97
WARM_UP, FRESH = 100, 1_000_000  # webhooks before the measurement, and their first number: of other residents
SETTLE_SECONDS = 10.0  # what a start leaves to be done is done, timetables say
FIRST = 9_007_199_254_740_993  # beyond what a float holds
SEED = 2026
CREATED = "Tue Nov 24 18:09:20 +0800 2026"
ANSWERED_SECONDS = 900.0
_WORDS = lexicon(__file__)
GENUINE, FORGED, WARMS_UP = _WORDS.text("genuine"), _WORDS.text("forged"), _WORDS.text("warm_up")

STORED = text("""
    SELECT body, conversation_id, id, outcome FROM inbound_messages
    WHERE account_id = :account AND kind = 'text' ORDER BY answered_at, id
""")
WAITING = text("SELECT count(*) FROM inbound_messages WHERE account_id = :account AND answered_at IS NULL")


class WebhooksError(DeskError):
    """A genuine webhook was lost, doubled, apologised for or answered out of order, or a forged one was taken."""


@dataclass(frozen=True)
class Hook:
    """One request."""

    genuine: bool
    json: dict[str, Any]
    headers: dict[str, str]
    query: dict[str, str]


type Maker = Callable[[AccountRow, dict[str, str], int, str, bool], Hook]


def _resident(number: int) -> int:
    return number % RESIDENTS + number // FRESH * RESIDENTS


def telegram(account: AccountRow, secrets: dict[str, str], number: int, line: str, genuine: bool) -> Hook:  # noqa: ARG001
    """An update of the Bot API."""
    resident = 8_000 + _resident(number)
    who = {"id": resident, "is_bot": False, "first_name": "R", "language_code": "zh-hans"}
    chat = {"id": resident, "type": "private"}
    message = {"message_id": number + 1, "date": int(time.time()), "chat": chat, "from": who, "text": line}
    word = secrets["webhook_secret"] if genuine else f"guess-{number:040}"
    update = {"update_id": number + 1 if genuine else 10**7 + number, "message": message}
    return Hook(genuine, update, {"X-Telegram-Bot-Api-Secret-Token": word}, {})


def weibo(account: AccountRow, secrets: dict[str, str], number: int, line: str, genuine: bool) -> Hook:
    """A push of the fan service: signed over secret, time and nonce."""
    stamp, nonce = str(int(time.time() * 1000)), os.urandom(6).hex()
    secret = secrets["app_secret"] if genuine else "guessed"
    digest = hashlib.sha1("".join(sorted([secret, stamp, nonce])).encode(), usedforsecurity=False).hexdigest()
    push = {
        "type": "text",
        "receiver_id": int(account.platform_id or 0),
        "sender_id": FIRST + _resident(number),
        "created_at": CREATED,
        "text": line,
        "data": {},
    }
    return Hook(genuine, push, {}, {"signature": digest, "timestamp": stamp, "nonce": nonce})


def arrivals(per_second: float, chance: Random) -> Iterator[float]:
    """Seconds after which one webhook after the other falls due, without end: a Poisson process."""
    after = 0.0
    while True:
        after += chance.expovariate(per_second)
        yield after


MAKERS: dict[str, Maker] = {"telegram": telegram, "weibo": weibo}


async def measure(
    ours: OurModel, tell: Tell, *, size: int = SIZE, per_second: float = PER_SECOND, at_once: int | None = None
) -> dict[str, Any]:
    """Measure, and answer the result's document. With `at_once` so many are under way, and no rate is kept.

    Raises:
        StartError: the product does not come up.
        WebhooksError: not each genuine webhook was handled once and in order, or a forgery was taken.
    """
    city = next(iter(load_cities(ours.root / "cities")))
    sides: list[dict[str, Any]] = []
    tell.step("starting Citydesk")
    async with (
        product.started(ours.root, ours.model.parent) as running,
        ClientSession(timeout=ClientTimeout(total=60), connector=TCPConnector(limit=0)) as http,
    ):
        keys, vault = product.secrets_of(Path(running.data_dir))
        engine = create_engine(running.state.urls["database"], pool_size=2, vault=vault)
        try:
            register = Register(engine, keys, load_channels(), running.url)
            for channel in MAKERS:
                account = await register.find(f"{city}_{channel}")
                opened = register.opened(account).secrets
                secrets = {name: _plain(value) for name, value in opened}
                tell.step(f"warming up {channel}")
                street = Street(running, engine, http, account, secrets, tell)
                sides.append(await _channel(street, size, per_second, at_once))
        finally:
            await engine.dispose()
    return {
        "name": "webhooks",
        "ours": sides[0],
        "peer": sides[1],
        "ratio": round(sides[0]["p99_ms"] / sides[1]["p99_ms"], 2),
        "other_peers": [],
        "machine": machine(ours.load_before),
        "method": {
            "per_second": None if at_once else per_second,
            "at_once": at_once,
            "timed_from": "sending" if at_once else "the moment when it was due",
            "residents": RESIDENTS,
            "seed": SEED,
        },
    }


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


@dataclass(frozen=True)
class Street:
    """One account, and how to reach it. `took` are seconds until each webhook was answered."""

    running: Product
    engine: AsyncEngine
    http: ClientSession
    account: AccountRow
    secrets: dict[str, str]
    tell: Tell
    took: list[float] = field(default_factory=list)
    statuses: Counter[tuple[bool, int]] = field(default_factory=Counter)

    async def bring(self, number: int, is_genuine: bool, due: float, size: int) -> None:
        """Bring one webhook that was due at a time of the performance clock."""
        said = GENUINE.format(number=number) if number < FRESH else WARMS_UP
        line = said if is_genuine else FORGED
        hook = MAKERS[self.account.channel](self.account, self.secrets, number, line, is_genuine)
        url = f"{self.running.url}/channels/{self.account.channel}/{self.account.slug}"
        async with self.http.post(url, json=hook.json, headers=hook.headers, params=hook.query) as answer:
            await answer.read()
        self.took.append(time.perf_counter() - due)
        self.statuses[is_genuine, answer.status] += 1
        self.tell.progress(len(self.took), size)

    async def warm_up(self) -> None:
        """Let other residents write, and wait until they are answered and the machine has settled."""
        await self.in_turn([(FRESH + number, True) for number in range(WARM_UP)], at_once=4)
        await _answered(self.engine, self.account, self.tell, WARM_UP)
        await asyncio.sleep(SETTLE_SECONDS)
        self.took.clear()
        self.statuses.clear()

    async def at_rate(self, plan: Sequence[tuple[int, bool]], per_second: float, chance: Random) -> None:
        """Bring all as they fall due, whatever becomes of those before."""
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for (number, is_genuine), after in zip(plan, arrivals(per_second, chance), strict=False):
                due = began + after
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(self.bring(number, is_genuine, due, len(plan)))

    async def in_turn(self, plan: Sequence[tuple[int, bool]], at_once: int) -> None:
        """Bring all, so many under way."""
        waiting = iter(plan)

        async def platform() -> None:
            for number, is_genuine in waiting:
                await self.bring(number, is_genuine, time.perf_counter(), len(plan))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(platform())


async def _channel(street: Street, size: int, per_second: float, at_once: int | None) -> dict[str, Any]:
    running, account, took = street.running, street.account, street.took
    genuine, chance = size * 2 // 5, Random(SEED)
    plan = [(number, True) for number in range(genuine)] * 2
    plan += [(number, False) for number in range(size - len(plan))]
    chance.shuffle(plan)
    await street.warm_up()
    street.tell.step(f"{size:,} webhooks of {account.channel}, bot stopped")
    bot = running.pid("bot")
    os.kill(bot, signal.SIGSTOP)
    try:
        began = time.perf_counter()
        await (street.in_turn(plan, at_once) if at_once else street.at_rate(plan, per_second, chance))
        seconds = time.perf_counter() - began
    finally:
        os.kill(bot, signal.SIGCONT)
    _check_statuses(street.statuses)
    caught_up = await _answered(street.engine, account, street.tell, genuine)
    async with transaction(street.engine) as connection:
        rows = (await connection.execute(STORED, _of(account))).all()
        opening = await keys_of(connection, {row.conversation_id for row in rows}, Purpose.UPKEEP)
    apologised = sum(row.outcome == Outcome.APOLOGISED for row in rows)
    if apologised:
        raise WebhooksError(f"{apologised} messages were apologised for, though nothing was wrong with them.")
    said = [(opening[row.conversation_id].open(row.body, "message")["text"], row) for row in rows]
    begins, _, _ = GENUINE.partition("{")
    stored = [(words, row.conversation_id, row.id) for words, row in said if words.startswith(begins)]
    check(stored, [GENUINE.format(number=number) for number in range(genuine)])
    return {
        "name": account.channel,
        "bot": "stopped",
        "webhooks": size,
        "webhooks_per_second": round(size / seconds, 1),
        "p50_ms": round(percentile(took, 0.5) * 1000, 1),
        "p99_ms": round(percentile(took, 0.99) * 1000, 1),
        "slowest_ms": round(max(took) * 1000, 1),
        "genuine": genuine,
        "forged": size - 2 * genuine,
        "answered_afterwards_seconds": round(caught_up, 1),
    }


async def _answered(engine: AsyncEngine, account: AccountRow, tell: Tell, genuine: int) -> float:
    """Wait until all that came in is answered; in how many seconds it was."""
    tell.step(f"{genuine:,} answers of {account.channel}")
    began = time.perf_counter()
    async with asyncio.timeout(ANSWERED_SECONDS):
        while left := await _waiting(engine, account):
            tell.progress(genuine - left, genuine)
            await asyncio.sleep(0.5)
    return time.perf_counter() - began


async def _waiting(engine: AsyncEngine, account: AccountRow) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(WAITING, _of(account))).scalar_one())


def _of(account: AccountRow) -> dict[str, int]:
    return {"account": account.id}


def _check_statuses(statuses: Counter[tuple[bool, int]]) -> None:
    refused = {status for is_genuine, status in statuses if not is_genuine}
    taken = {status for is_genuine, status in statuses if is_genuine}
    if taken != {200} or not refused <= {403, 429}:
        raise WebhooksError(f"Genuine ones were answered {sorted(taken)}, forged ones {sorted(refused)}.")


def check[C](stored: Sequence[tuple[str, C, int]], genuine: Sequence[str]) -> None:
    """Check what was stored, in the order in which it was answered: text, conversation, number.

    Raises:
        WebhooksError: not each genuine message once, or not in the order of its conversation.
    """
    if Counter(one[0] for one in stored) != Counter(genuine):
        raise WebhooksError(f"Of {len(genuine)} genuine messages {len(stored)} were stored, or others.")
    newest: dict[C, int] = {}
    for _, conversation, number in stored:
        if number < newest.get(conversation, 0):
            raise WebhooksError("A message was answered before an older one of its conversation.")
        newest[conversation] = number
