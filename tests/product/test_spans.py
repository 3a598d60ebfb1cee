"""The whole product with a collector: a message that reaches an agency is one tree, and says nothing of a resident."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fixtures.house import until
from fixtures.markers import Markers
from fixtures.product import Product, running
from product.talk import Talk

from desk.http.sockets import free_port
from roles.trace import trace_of

CITY = "hangzhou"
LOOK_UP = "POST /violations/query"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def traced(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A running product whose roles export to the pretend collector of its own sandbox."""
    port = free_port()
    collector = f"http://127.0.0.1:{port}/collector"
    settings = {"DESK_SANDBOX_PORT": str(port), "OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    async with running(tmp_path_factory.mktemp("traced") / "desk", **settings) as product:
        yield product


async def spans_of(product: Product) -> list[dict[str, Any]]:
    """All that the collector took."""
    _, kept, _ = await product.site.ask_at(f"{product.state['urls']['sandbox']}/_sandbox/collector")
    return list(kept["spans"])


async def test_a_message_is_one_tree_through_all_roles(traced: Product) -> None:
    """From serve over the worker, and the bot that keeps none, to the actions and the agency's host."""
    facts = await traced.facts(CITY)
    talk = Talk(await traced.site.open(city=CITY), facts)
    await talk.begin()
    await talk.turn({"say": "我要交违章罚款"})
    await talk.turn({"say": facts["plate_with_unpaid_fine"]})
    done = (await talk.turn({"say": facts["vin_last6"]}))[-1]
    trace = trace_of(talk.caller.session, done["in_reply_to"])

    async def mine() -> list[dict[str, Any]]:
        return [one for one in await spans_of(traced) if one["trace"] == trace]

    async def is_whole() -> bool:
        return {"send messages", "process messages", LOOK_UP} <= {one["name"] for one in await mine()}

    await until(is_whole)
    spans = {one["name"]: one for one in await mine()}
    names = ("send messages", "process messages", "POST /turn", "POST /webhook", LOOK_UP)
    chain = [spans[name] for name in names]
    assert [one["parent"] for one in chain] == ["", *(one["span"] for one in chain[:-1])]
    roles = ["citydesk-serve", "citydesk-worker", "citydesk-worker", "citydesk-actions", "citydesk-actions"]
    assert [one["service"] for one in chain] == roles
    assert chain[-1]["attributes"]["http.response.status_code"] == 200
    who = {"session": talk.caller.session, "token": talk.caller.token}
    personal = {name: facts[name] for name in ("plate_with_unpaid_fine", "vin_last6", "owner_of_fined_plate")}
    everything = json.dumps(await spans_of(traced), ensure_ascii=False).encode()
    assert Markers({**personal, **who}).found(everything) == set()
