"""Inputs that nobody types by accident, through the public API: no error, no hang, nothing executed, and a next step.

`CITYDESK_FUZZ` says how many (10,000 once: docs/how-to/run-the-tests.md), `CITYDESK_SEED` from which seed.
"""

import asyncio
import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.fuzz import CANARY, PRODUCT, Input, inputs
from fixtures.patience import HANG_SECONDS
from fixtures.product import Product
from fixtures.product_logs import faults_of
from fixtures.web import Caller

COUNT = int(os.environ.get("CITYDESK_FUZZ", "300"))
SEED = int(os.environ.get("CITYDESK_SEED", "20261125"))
AT_ONCE = 8
SHARE_WITH_NEXT_STEP = 0.9

OPENINGS = (
    (),
    ("查违章",),
    ("下一班车",),
    ("文三路有个井盖坏了",),
    ("想预约领证",),
    ("交水费",),
    ("what papers for a passport",),
)
"""What was said before: fuzz meets an empty conversation, and forms that ask for something."""


@dataclass
class Seen:
    """What came of all inputs."""

    wrong: list[str] = field(default_factory=list)
    words: Counter[bool] = field(default_factory=Counter)  # of inputs with words: whether a next step was named
    kinds: Counter[str] = field(default_factory=Counter)
    dead_ends: list[str] = field(default_factory=list)
    slowest: float = 0.0


async def test_no_input_breaks_hangs_or_commands(product: Product) -> None:
    """Each accepted input gets its one turn_done without a fault of ours; nine in ten with words get a next step."""
    for left in Path("/tmp").glob(f"{CANARY}*"):
        left.unlink()
    seen, began, started = Seen(), time.monotonic(), Counter(faults_of(product.data_dir))
    waiting = list(enumerate(inputs(SEED, COUNT)))

    async def resident() -> None:
        while waiting:
            taken = [waiting.pop() for _ in range(min(2, len(waiting)))]  # a second failure in a row is a person's
            await _talk(product, taken, seen)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(resident())
    share = seen.words[True] / max(1, seen.words.total())
    print(
        f"\n{COUNT} inputs, seed {SEED}: {time.monotonic() - began:.0f} s, slowest {seen.slowest:.1f} s;"
        f" with words {seen.words.total()}, next step {share:.1%}; {dict(seen.kinds)}"
    )
    assert seen.wrong == [], "\n".join(seen.wrong[:20])
    broken = Counter(faults_of(product.data_dir)) - started
    assert not broken, "\n".join(broken)[:10_000]
    assert list(Path("/tmp").glob(f"{CANARY}*")) == []
    assert share >= SHARE_WITH_NEXT_STEP, "\n".join(seen.dead_ends[:20])


async def _talk(product: Product, taken: list[tuple[int, Input]], seen: Seen) -> None:
    number = taken[0][0]
    caller = await product.site.open(locale=("zh_Hans", "zh_Hant", "en")[number % 3], city="hangzhou")
    after = 0
    for place, said in enumerate(OPENINGS[number // 2 % len(OPENINGS)]):
        _, receipt = await caller.post(f"opening{place}", text=said)
        after = (await _answer(caller, after, receipt["message_id"]))[-1]["seq"]
    for index, one in taken:
        seen.kinds[one.kind] += 1
        fault, after = await _one(caller, index, one, after, seen)
        if fault is not None:
            seen.wrong.append(f"{index} {one.kind} {str(one.body)[:200]!r}: {fault}")


async def _one(caller: Caller, index: int, one: Input, after: int, seen: Seen) -> tuple[str | None, int]:
    """Post one input and judge what comes of it."""
    if one.raw is not None:
        headers = {"Content-Type": "application/json"}
        status, _, _ = await caller.ask("POST", "messages", data=one.raw, headers=headers)
        known = status in (400, 422) or (status == 202 and b"client_msg_id" in one.raw)
        return (None if known else f"raw bytes are answered {status}"), after
    began = time.monotonic()
    body = json.dumps({"client_msg_id": f"fuzz{index}", **one.body})
    headers = {"Content-Type": "application/json"}
    status, receipt, _ = await caller.ask("POST", "messages", data=body.encode(), headers=headers)
    if status == 422 and ("payload" in one.body or not one.body["text"].strip()):  # no payload at all; nothing said
        return None, after
    if status != 202:
        return f"answered {status} {receipt}", after
    try:
        events = await _answer(caller, after, receipt["message_id"])
    except TimeoutError:
        return f"no turn_done in {HANG_SECONDS:g} s", after
    seen.slowest = max(seen.slowest, time.monotonic() - began)
    done, messages = events[-1], [event["message"] for event in events if event["type"] == "message"]
    if one.has_words:
        steps = _names_next_step(done, messages)
        seen.words[steps] += 1
        if not steps:
            seen.dead_ends.append(f"{one.kind} {str(one.body)[:120]!r}: {[one['text'][:120] for one in messages]}")
    said = "\n".join(message["text"] for message in messages)
    if PRODUCT in said or "root:x:" in said:
        return f"something was executed: {said[:200]!r}", done["seq"]
    if not messages:
        return "nothing is said", done["seq"]
    return None, done["seq"]


def _names_next_step(done: dict[str, Any], messages: list[dict[str, Any]]) -> bool:
    """Whether an answer asks for something, offers buttons, or says which person has it."""
    offers = any(message["buttons"] or message["cards"] for message in messages)
    return bool(messages) and (offers or done["asks_for"] is not None or done["handed_over"])


async def _answer(caller: Caller, after: int, message_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            for event in await caller.page(after=after, wait=5):
                after = event["seq"]
                events.append(event)
                if event["type"] == "turn_done" and event["in_reply_to"] == message_id:
                    return events
