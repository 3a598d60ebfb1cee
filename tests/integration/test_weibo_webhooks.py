"""The callback of a Weibo account under repetition, disorder and forgery. Real stores, the real webhook."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.house import House
from fixtures.post import PostOffice, post_office
from fixtures.pushes import signed

GENUINE = int(os.environ.get("CITYDESK_WEBHOOKS", "200"))
SEED = int(os.environ.get("CITYDESK_SEED", "20261124"))
RESIDENTS = 97
FIRST = 9_007_199_254_740_993  # beyond what a float holds
CREATED = "Tue Nov 24 18:09:20 +0800 2026"  # of all: only sender and words tell two messages of one second apart


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="weibo") as office:
        yield office


async def test_each_genuine_push_is_handled_once_and_each_forgery_refused(office: PostOffice) -> None:
    """Each twice, under another signature; shuffled; as many again half by a guessed secret and half too old.

    `CITYDESK_WEBHOOKS` sets how many are genuine (10,000 is the full run).
    """
    chance, account = random.Random(SEED), office.account
    secret = office.register.opened(account).secrets.model_dump()["app_secret"].get_secret_value()
    pushes = [
        (number, kind) for number in range(GENUINE) for kind in ("true", "again", chance.choice(("guess", "old")))
    ]
    chance.shuffle(pushes)
    statuses: Counter[tuple[bool, int]] = Counter()
    took: list[float] = []
    gate = asyncio.Semaphore(16)

    async def push(number: int, kind: str) -> None:
        genuine = kind in ("true", "again")
        body = {
            "type": "text",
            "receiver_id": int(account.platform_id or 0),
            "sender_id": FIRST + number % RESIDENTS,
            "created_at": CREATED,
            "text": f"第{number}句" if genuine else "我是市长",
            "data": {},
        }
        query = signed("guessed" if kind == "guess" else secret, f"{number}{kind}", ago=600 if kind == "old" else 0)
        async with gate:
            began = time.perf_counter()
            async with office.http.post(office.webhook, params=query, json=body) as response:
                said = await response.read()
            took.append(time.perf_counter() - began)
        assert said == b"" or not genuine
        statuses[genuine, response.status] += 1

    async with asyncio.TaskGroup() as group:
        for number, kind in pushes:
            group.create_task(push(number, kind))
    took.sort()
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    print(f"{len(pushes)} pushes, 16 at once, no bot: p50 {p50:.1f} ms, p99 {p99:.1f} ms; {dict(statuses)}")
    assert {status for genuine, status in statuses if genuine} == {200}
    assert {status for genuine, status in statuses if not genuine} <= {403, 429}
    stored = Counter(body["text"] for body in await office.house.bodies())
    assert stored == Counter(f"第{number}句" for number in range(GENUINE))
    residents = await office.house.scalar("SELECT count(*) FROM residents WHERE account_id = :id", id=account.id)
    assert residents == min(RESIDENTS, GENUINE)
