"""What becomes of messages at each channel's sandbox server: every outcome that the desk knows."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.pretend_city import give_keys, pretend_city

from desk.contract.channel import Account, Channel, RetryAfter
from desk.contract.rendered import RenderedButton, RenderedImage, RenderedMessage
from sandbox.platforms import accounts
from tests.contract.channels.tables import (
    OUTCOMES,
    ChannelTable,
    SendCase,
    account_of,
    channels,
    outcome_shown,
    table_of,
)

TABLES = {name: table_of(name) for name in channels()}
CASES = [
    pytest.param(channels()[name], table, case, id=f"{name}: {case.name}")
    for name, table in TABLES.items()
    for case in table.sends
]
EACH = [pytest.param(channels()[name], table, id=name) for name, table in TABLES.items()]


@dataclass
class World:
    """A sandbox, and a session to speak with it."""

    http: ClientSession
    data_dir: Path
    stack: AsyncExitStack
    url: str = ""

    async def start(self) -> None:
        """Start the sandbox, where a case needs it."""
        built = pretend_city(self.data_dir, lambda: datetime.now(UTC))
        self.url = str((await self.stack.enter_async_context(TestServer(built))).make_url("")).rstrip("/")

    def account(self, channel: Channel, table: ChannelTable, instead: dict[str, str]) -> Account:
        """The sandbox's account of the table's city."""
        found = next(
            one for one in accounts(self.data_dir, [table.account.city]) if one.platform == channel.name
        )  # fmt: skip
        return Account(
            id=1,
            channel=channel.name,
            slug=found.slug,
            city=found.city,
            secrets=channel.Secrets.model_validate({**found.secrets, **instead}),
            platform_id=found.platform_id,
            base_url=f"{self.url}/{channel.name}",
            public_url="https://desk.example",
        )

    async def steer(self, method: str, address: str, body: Any) -> dict[str, Any]:
        async with self.http.request(method, f"{self.url}/_sandbox/{address}", json=body) as response:
            assert response.status < 300, await response.text()
            return dict(await response.json())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    give_keys(tmp_path)
    async with ClientSession() as http, AsyncExitStack() as stack:
        yield World(http, tmp_path, stack)


def scripted(case: SendCase) -> web.Application:
    """A server that gives the answers of a case, one after the other."""
    answers = iter(case.answers)

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        said = next(answers)
        body = said.body if said.body is not None else json.dumps(said.content)
        return web.Response(status=said.status, text=body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@pytest.mark.parametrize(("channel", "table", "case"), CASES)
async def test_a_message_meets_with_its_outcome(
    world: World, channel: Channel, table: ChannelTable, case: SendCase
) -> None:
    """Each refusal and failure of the platform is named as what it means."""
    if not case.answers:
        await world.start()
    for method, address, body in case.before:
        await world.steer(method, address, body)
    message = RenderedMessage(
        text=case.text,
        locale="zh_Hans",
        buttons=[RenderedButton.model_validate(one) for one in case.buttons],
        image=None if case.image is None else RenderedImage.model_validate(case.image),
    )
    outcome = None
    async with AsyncExitStack() as stack:
        if case.answers:
            server = await stack.enter_async_context(TestServer(scripted(case)))
            account = replace(account_of(channel, table), base_url=str(server.make_url("")).rstrip("/"))
        else:
            account = world.account(channel, table, case.secrets)
        for piece in channel.render(message):
            outcome = await channel.send(world.http, account, case.resident, piece)
    assert outcome is not None
    seen = outcome_shown(outcome)
    assert {"outcome": case.outcome, **case.fields} == {"outcome": seen["outcome"], **{k: seen[k] for k in case.fields}}
    if case.arrived is not None:
        read = await world.steer("GET", case.arrived["at"], None)
        assert case.arrived["contains"] in str(read)


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_every_outcome_has_a_case(channel: Channel, table: ChannelTable) -> None:
    """Or the table says why the platform has none of it."""
    if channel.abilities.pushes == "nothing":
        return
    assert set(OUTCOMES) - {case.outcome for case in table.sends} - set(table.lacks) == set()


@pytest.mark.parametrize(("channel", "table"), EACH)
async def test_a_platform_that_cannot_be_reached_is_an_outage(
    world: World, channel: Channel, table: ChannelTable
) -> None:
    """Nothing was sent, and it will be: the account waits, and counts how often."""
    if channel.abilities.pushes == "nothing":
        return
    away = replace(account_of(channel, table), base_url="http://127.0.0.1:9")
    piece = channel.render(RenderedMessage(text="您好", locale="zh_Hans"))[0]
    outcome = await channel.send(world.http, away, "5001", piece)
    assert isinstance(outcome, RetryAfter)
    assert outcome.outage
