"""`intake`: messages acknowledged while our bot is stopped, against what stock Rasa acknowledges with its bot running.

Stock Rasa cannot acknowledge without processing: its webhook answers when the turn is over. So its figure is that of
its ordinary work, and ours that of a desk whose bot is frozen. Afterwards the bot goes on, and every message must be
answered once and in order.
"""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from bench.figures import Round, figures, ratio, rounds_within
from bench.ground import Ground, Models, Tell, standing
from bench.lines import Script
from bench.load import talk_all
from bench.machine import machine
from bench.product import LOCALE
from desk.contract.errors import DeskError

ROUNDS = 8  # at most
LEAST_ROUNDS = 1
BUDGET_SECONDS = 240.0  # no further round is begun that would end later
CLIENTS = 16
CONVERSATIONS, MESSAGES = 32, 10  # in each round: 320 messages, acknowledged before the worker gives up on the bot
ANSWERED_SECONDS = 120.0
PAGE_SECONDS = 20.0


class IntakeError(DeskError):
    """A message that was acknowledged was not answered once and in order."""


@dataclass
class Mailbox:
    """A resident's session: what was posted, and how far its stream was read."""

    token: str
    script: Script
    posted: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    seq: int = 0


@dataclass(frozen=True)
class Outage:
    """One round of ours: acknowledgements, answers while the bot was stopped, and how long the rest then took."""

    posted: Round
    answered_meanwhile: int
    caught_up_seconds: float


async def measure(models: Models, tell: Tell) -> dict[str, Any]:
    """Measure all sides and answer the result's document.

    Raises:
        StartError: a side does not come up.
        IntakeError: something acknowledged was lost, doubled or out of order.
    """
    async with standing(models, tell, same_model=True) as ground:
        outages: list[Outage] = []
        rounds: dict[str, list[Round]] = {peer.name: [] for peer in ground.peers}
        tell.step(f"{ROUNDS} rounds")
        for number in rounds_within(ROUNDS, LEAST_ROUNDS, models.seconds_left(BUDGET_SECONDS)):
            scripts = ground.speaker.scripts(CONVERSATIONS, MESSAGES)
            outages.append(await _outage(ground, scripts))
            for place, peer in enumerate(ground.peers):
                rounds[peer.name].append(await talk_all(peer, scripts, CLIENTS))
                tell.progress(number + (place + 1) / len(ground.peers), ROUNDS)
    ours = _side(ground.ours.name, [outage.posted for outage in outages]) | {
        "bot": "stopped",
        "answered_while_stopped": sum(outage.answered_meanwhile for outage in outages),
        "answered_afterwards_once_and_in_order": len(outages) * CONVERSATIONS * MESSAGES,
        "caught_up_seconds": max(round(outage.caught_up_seconds, 1) for outage in outages),
    }
    peers = [_side(name, measured) | {"bot": "running"} for name, measured in rounds.items()]
    ratios = [ratio(ours["messages_per_second"], peer["messages_per_second"]) for peer in peers]
    return {
        "name": "intake",
        "ours": ours,
        "peer": peers[0],
        "ratio": ratios[0],
        "other_peers": [peer | {"ratio": by} for peer, by in zip(peers[1:], ratios[1:], strict=True)],
        "machine": machine(models.load_before),
        "method": {"rounds": len(outages), "clients": CLIENTS, "messages_in_a_round": CONVERSATIONS * MESSAGES},
    }


def check(posted: Sequence[str], answered: Sequence[str]) -> None:
    """Checks one conversation.

    Raises:
        IntakeError: not each message was answered once, in the order of posting.
    """
    if list(posted) != list(answered):
        raise IntakeError(f"Posted {len(posted)}, answered {len(answered)}, not the same in the same order.")


async def _outage(ground: Ground, scripts: list[Script]) -> Outage:
    timeout = ClientTimeout(total=PAGE_SECONDS + 10)
    async with ClientSession(f"{ground.ours.url}/chat/v1/", timeout=timeout) as http:
        boxes = [await _open(http, script) for script in scripts]
        bot = ground.ours.pid("bot")
        os.kill(bot, signal.SIGSTOP)
        try:
            posted = await _post_all(http, boxes)
            for box in boxes:
                await _read(http, box, wait=0.0)
            meanwhile = sum(len(box.answered) for box in boxes)
        finally:
            os.kill(bot, signal.SIGCONT)
        began = time.perf_counter()
        async with asyncio.timeout(ANSWERED_SECONDS), asyncio.TaskGroup() as group:
            for box in boxes:
                group.create_task(_read_to_the_end(http, box))
    for box in boxes:
        check(box.posted, box.answered)
    return Outage(posted, meanwhile, time.perf_counter() - began)


async def _open(http: ClientSession, script: Script) -> Mailbox:
    async with http.post("sessions", json={"city": script.city, "locale": LOCALE}, raise_for_status=True) as answer:
        return Mailbox((await answer.json())["token"], script)


async def _post_all(http: ClientSession, boxes: list[Mailbox]) -> Round:
    waiting = deque(boxes)
    latencies: list[float] = []

    async def resident() -> None:
        while waiting:
            box = waiting.popleft()
            for number, line in enumerate(box.script.lines):
                began = time.perf_counter()
                said = {"client_msg_id": f"{number}", "text": line}
                async with http.post("messages", json=said, headers=_bearer(box), raise_for_status=True) as answer:
                    box.posted.append((await answer.json())["message_id"])
                latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(resident())
    return Round(tuple(latencies), 0, time.perf_counter() - began)


async def _read_to_the_end(http: ClientSession, box: Mailbox) -> None:
    while len(box.answered) < len(box.posted):
        await _read(http, box, wait=PAGE_SECONDS)


async def _read(http: ClientSession, box: Mailbox, wait: float) -> None:
    """Read one page of a stream."""
    asked = {"after": str(box.seq), "wait": str(wait)}
    headers = _bearer(box) | {"Accept": "application/json"}
    async with http.get("events", params=asked, headers=headers, raise_for_status=True) as answer:
        for event in (await answer.json())["events"]:
            box.seq = event["seq"]
            if event["type"] == "turn_done":
                box.answered.append(event["in_reply_to"])


def _bearer(box: Mailbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {box.token}"}


def _side(name: str, rounds: list[Round]) -> dict[str, Any]:
    found = figures(rounds)
    return {
        "name": name,
        "messages_per_second": found.per_second,
        "p50_ms": found.p50_ms,
        "p95_ms": found.p95_ms,
        "messages": found.completed + found.failed,
        "failed": found.failed,
        "rounds": list(found.rounds),
    }
