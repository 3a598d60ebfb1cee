"""Devices that are told of news: a browser names the address, which is a door to everywhere; and a way to be noisy."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.house import House
from fixtures.told import Telling, telling, utc
from fixtures.web import Caller

from desk.contract.channel import Rejected
from desk.devices.gateway import Gateway, Message
from desk.devices.service import Device
from desk.devices.services import PushServices
from desk.http.reach import reaching

INWARD = (
    "https://127.0.0.1/push/x",
    "https://localhost/push/x",
    "https://[::1]/push/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://push.example:8443/x",
    "http://push.example/x",
    "https://push.example@127.0.0.1/x",
    "https://push.example.evil.example/x",
    "gopher://push.example/x",
)


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> AsyncIterator[Telling]:
    async with telling(house, tmp_path) as desk:
        yield desk


@pytest.fixture
async def li(desk: Telling) -> Caller:
    return await desk.site.open()


async def refused(desk: Telling, caller: Caller, **wrong: object) -> tuple[int, object]:
    """Wish to be told with something wrong: the answer's status, and its text."""
    made = await desk.browser()
    wished = {"endpoint": made["endpoint"], "keys": made["keys"], "key": desk.signer.public, **wrong}
    status, answer, _ = await caller.ask("POST", "push", json=wished)
    return status, answer


@pytest.mark.parametrize("endpoint", INWARD)
async def test_no_address_inside_is_taken(desk: Telling, li: Caller, endpoint: str) -> None:
    """Nothing is kept, and the answer does not repeat it."""
    status, answer = await refused(desk, li, endpoint=endpoint)
    assert (status, endpoint in str(answer), await desk.devices()) == (422, False, 0)


async def test_a_name_that_leads_inside_is_not_connected_to(house: House, tmp_path: Path) -> None:
    """Though the settings name its host: the address that it leads to is looked at when it is connected to."""
    async with telling(house, tmp_path, hosts=("localhost",)) as desk:
        wang = await desk.site.open()
        status, _ = await refused(desk, wang, endpoint="https://localhost/push/x")
        assert status == 204
        await desk.answer(wang)
        async with desk.sender(services=PushServices(("localhost",))):
            await desk.become(wang, "dropped")
        assert await desk.devices() == 0


async def test_a_redirection_is_not_followed(desk: Telling) -> None:
    """A push service that leads elsewhere has not taken it, and nothing is sent there."""
    asked = list[str]()

    async def lead(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/inside"})

    app = web.Application()
    app.router.add_post("/{path:.*}", lead)
    made = await desk.browser()
    async with TestServer(app) as server, ClientSession(connector=reaching(str(server.make_url("")))) as http:
        pretend = str(server.make_url("")).rstrip("/")
        gateway = Gateway(http, PushServices(("push.example",), pretend), desk.signer, utc)
        device = Device(1, f"{pretend}/push/x", **made["keys"], server_key=desk.signer.public, announcements=False)
        outcome = await gateway.push(device, Message(b"{}", "tag", 60))
    assert (outcome, asked) == (Rejected("the push service answers 307"), ["/push/x"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": {"p256dh": "A" * 87, "auth": "a" * 22}},
        {"keys": {"p256dh": "", "auth": ""}},
        {"key": "B" * 87},
        {"endpoint": ""},
        {"endpoint": "https://push.example/" + "x" * 2_000},
        {"endpoint": "https://push.example/\x00"},
    ],
)
async def test_what_no_browser_says_is_refused(desk: Telling, li: Caller, wrong: dict[str, object]) -> None:
    """Before anything is kept."""
    status, _ = await refused(desk, li, **wrong)
    assert (status, await desk.devices()) == (422, 0)


async def test_nobody_is_told_of_another_conversation(desk: Telling, li: Caller) -> None:
    """A device is its session's, whoever knows the other's name; without a token there is none at all."""
    wang = await desk.site.open()
    of_wang = await desk.wishes(wang)
    stranger = Caller(desk.site, li.session, "x" * 43)
    for method in ("GET", "DELETE"):
        assert (await stranger.ask(method, "push"))[0] == 401
    assert (await li.ask("DELETE", "push"))[0] == 204
    assert await desk.devices() == 1
    await desk.answer(li)
    await desk.answer(wang)
    async with desk.sender():
        await desk.become(wang, "sent")
    assert len(await desk.told(of_wang)) == 1


async def test_devices_are_changed_no_faster_than_people_do(desk: Telling, li: Caller) -> None:
    """A session has one device, and few changes; what it says beyond that is refused."""
    answers = [(await refused(desk, li))[0] for _ in range(14)]
    assert (answers[0], answers[-1], await desk.devices()) == (204, 429, 1)


async def test_another_sites_page_wishes_nothing(desk: Telling, li: Caller) -> None:
    """Its origin is refused, as everywhere."""
    li.extra["Origin"] = "https://evil.example"
    status, _ = await refused(desk, li)
    assert (status, await desk.devices()) == (403, 0)


async def test_a_push_service_learns_nothing_of_the_conversation(desk: Telling, li: Caller) -> None:
    """Neither its id nor who it is with: names of messages are keyed, and all are as long as each other."""
    browser = await desk.wishes(li)
    await desk.answer(li, "您的身份证号码 110101199003078515 已经核对")
    await desk.say(li, "明天 9 点", about="reminder")
    async with desk.sender():
        await desk.become(li, "sent", "sent")
    told = await desk.told(browser)
    assert len({one["bytes"] for one in told}) == 1
    assert UUID(li.session).hex not in str(told)
    assert "110101199003078515" not in str(told)
    assert {one["topic"] for one in told} == {told[0]["content"]["tag"]}
