"""Another model takes over while residents write: nobody waits, nothing is lost, no conversation begins anew."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from fixtures.product import Product
from product.talk import Talk

OTHER = "feedfacefeedface"
READY = """
    INSERT INTO models (fingerprint, state, asked_by, reason, path, ended_at, gate, gated_at)
    VALUES (%s, 'ready', 'mei', 'new words', %s, clock_timestamp(),
            jsonb_build_object('against', %s::text, 'passes', true), clock_timestamp())
    RETURNING id
"""
SECONDS = 240  # a bot loads its model: on a busy machine that takes a while
SAID = "查违章 {plate_with_unpaid_fine}"


@asynccontextmanager
async def trained(product: Product) -> AsyncIterator[int]:
    """A model that waits for its release: the one that answers, by another name. Answers its number."""
    models = product.data_dir / "models"
    own = (await live(product))["fingerprint"]
    path = models / "jobs" / f"{OTHER}.tar.gz"
    path.parent.mkdir(exist_ok=True)
    os.link(models / f"{own}.tar.gz", path)
    try:
        database = product.state["urls"]["database"]
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            row = await (await connection.execute(READY, (OTHER, f"jobs/{OTHER}.tar.gz", own))).fetchone()
        assert row is not None
        yield int(row[0])
    finally:
        path.unlink()


async def models(product: Product) -> list[dict[str, Any]]:
    """What `desk model list` says."""
    done = await product.desk("model", "list", "--json", who="wang")
    assert done.code == 0, done.stderr
    return list(json.loads(done.stdout)["models"])


async def live(product: Product, fingerprint: str = "") -> dict[str, Any]:
    """The model that answers, once there is one, or once it is this one."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = [one for one in await models(product) if one["state"] == "live"]
            if found and fingerprint in ("", found[0]["fingerprint"]):
                return found[0]
            await asyncio.sleep(1)


async def talking(talk: Talk, answered: list[str]) -> None:
    """Ask again and again; keeps what each turn came to."""
    while True:
        events = await talk.turn({"say": SAID})
        assert [one["type"] for one in events].count("turn_done") == 1
        answered.append(str(events[-1]["asks_for"]))


async def asked_for(product: Product, *words: str) -> None:
    """Ask for something that takes two, as one, and allow it, as another."""
    asked = await product.desk("model", *words, "--json", who="wang")
    assert asked.code == 0, asked.stderr
    wish = json.loads(asked.stdout)
    if wish["state"] == "open":
        allowed = await product.desk("request", "allow", str(wish["request"]), who="li")
        assert allowed.code == 0, allowed.stderr


async def counted(product: Product, number: int) -> dict[str, Any]:
    """What a canary has answered, once it has answered anything."""
    async with asyncio.timeout(SECONDS):
        while True:
            listed = await product.desk("model", "trials", str(number), "--json", who="wang")
            counts = json.loads(listed.stdout)["trials"][0]["counts"]
            if counts.get("canary", {}).get("messages"):
                return dict(counts)
            await asyncio.sleep(0.5)


def processes(product: Product) -> dict[str, int]:
    """The bots that run, by their names."""
    return {name: child["pid"] for name, child in product.state["children"].items() if name.startswith("bot")}


async def test_a_model_is_tried_released_and_gone_back_from(product: Product) -> None:
    """By two, and by one; turns are answered all the time, each once, in the conversation that goes on."""
    facts = await product.facts("hangzhou")
    talk = Talk(await product.site.open(locale="zh_Hans", city="hangzhou"), facts)
    await talk.begin()
    before, answered = await live(product), list[str]()
    async with trained(product) as number, asyncio.TaskGroup() as group:
        residents = group.create_task(talking(talk, answered))
        await asked_for(product, "canary", str(number), "--city", "hangzhou", "--reason", "first residents")
        assert (await counted(product, number))["canary"]["failed"] == 0
        bots = processes(product)
        assert len(bots) == 2
        tried = len(answered)
        await asked_for(product, "release", str(number), "--reason", "better")
        assert (await live(product, OTHER))["model"] == number
        taken = len(answered)
        back = await product.desk("model", "rollback", str(before["model"]), who="wang")
        assert back.code == 0, back.stderr
        await live(product, before["fingerprint"])
        assert processes(product) == bots  # nothing had to be started
        residents.cancel()
    assert 0 < tried <= taken < len(answered)
    assert set(answered) == {"vin_last6"}
