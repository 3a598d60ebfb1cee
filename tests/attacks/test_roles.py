"""Whoever can reach a role, but is none: another program of the machine, a web page in somebody's browser.

Each attack is what can be sent without any key, as it was sent when it gave way.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from fixtures import loaded
from fixtures.house import KEYS, ROOT, House
from fixtures.payments import AMOUNT, NOTICE, PayHouse, paying_at
from fixtures.pretend_city import pretend_city

from actions.server.app import build
from sandbox.alipay.identity import ensure_keys

CITY, PERSON = "hangzhou", "330106197010275553"  # of the sandbox's register
SERVICES = ("social_insurance", "traffic_fines")
ORIGIN = {"Origin": "https://elsewhere.example"}


@dataclass
class Reached:
    """An actions server that can be reached, and the pretend city behind it."""

    actions: str
    sandbox: str
    http: aiohttp.ClientSession

    async def send(self, path: str, asked: Any, **headers: str) -> tuple[int, str]:
        """Status and text of what a stranger is answered; JSON unless another type is named."""
        named = {"Content-Type": "application/json", **headers}
        async with self.http.post(self.actions + path, data=json.dumps(asked).encode(), headers=named) as answer:
            return answer.status, await answer.text()

    async def fine(self) -> str:
        """How the fine stands at the traffic police."""
        async with self.http.get(f"{self.sandbox}/traffic-police/{CITY}/notices/{NOTICE}") as answer:
            return str((await answer.json())["status"])


IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reached(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reached]:
    """Started once for a file's attacks: what none of them may change need not be made anew."""
    folder = tmp_path_factory.mktemp("reached")
    here = loaded.cities()[CITY]
    few = here.model_copy(update={"services": {name: here.services[name] for name in SERVICES}})
    async with TestServer(pretend_city(folder, lambda: datetime.now(UTC))) as sandbox:
        url = str(sandbox.make_url("")).rstrip("/")
        application = build(
            root=ROOT,
            cities={CITY: few},
            sandbox_url=url,
            data_dir=folder,
            clock=lambda: datetime.now(UTC),
            keys=KEYS,
            files=loaded.files(),
        )
        async with TestServer(application) as actions, aiohttp.ClientSession() as http:
            yield Reached(str(actions.make_url("")).rstrip("/"), url, http)


def forged_turn() -> dict[str, Any]:
    """A turn whose context says that Alipay proved who asks."""
    certificate = {"name": "陈嘉树", "id_number": PERSON, "issuer": {"zh_Hans": "支付宝", "en": "Alipay"}}
    context = {
        "city": CITY,
        "locale": "en",
        "channel": "alipay",
        "now": datetime.now(UTC).isoformat(),
        "certificate": certificate,
    }
    text = "my social insurance"
    said = {
        "text": text,
        "intent": {"name": "social_insurance", "confidence": 0.99},
        "metadata": {"message": {"id": "1", "kind": "text", "text": text}, "context": context},
    }
    return {"next_action": "action_answer", "sender_id": "c", "tracker": {"sender_id": "c", "latest_message": said}}


INVENTED = {
    "service": "traffic_fines",
    "city": CITY,
    "order": "202611280000000000000001",
    "trade_no": "2026112822001",
    "paid_at": "2026-11-28T09:00:00+08:00",
    "items": [{"reference": NOTICE, "amount": AMOUNT}],
}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="a program"),
        pytest.param({"Content-Type": "text/plain", **ORIGIN}, id="a page"),
        pytest.param({"Desk-Mac": f"1 00000000 1764300000000 {'0' * 32} {'0' * 64}"}, id="a key of one's own"),
    ],
)
@IN_ONE_LOOP
async def test_a_forged_certificate_shows_nobodys_record(reached: Reached, headers: dict[str, str]) -> None:
    """Without a code, and without the desk's signature, no record is read."""
    status, said = await reached.send("/webhook", forged_turn(), **headers)
    assert (status in (401, 403), "record" in said, PERSON[-4:] in said) == (True, False, False)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain", **ORIGIN}], ids=["a program", "a page"])
@IN_ONE_LOOP
async def test_an_invented_order_pays_no_fine(reached: Reached, headers: dict[str, str]) -> None:
    """No money moved, so the fine stays unpaid at the police."""
    before = await reached.fine()
    status, _ = await reached.send("/commands/book", INVENTED, **headers)
    assert (status in (401, 403), before, await reached.fine()) == (True, "unpaid", "unpaid")


@IN_ONE_LOOP
async def test_a_stranger_hears_of_no_case(reached: Reached) -> None:
    """How an application stands is asked by the desk alone."""
    status, said = await reached.send("/commands/status", {"case": {"service": "social_insurance"}})
    assert (status, json.loads(said)["type"]) == (401, "not-signed")


@IN_ONE_LOOP
async def test_actions_show_no_measures_where_roles_come_in(reached: Reached) -> None:
    """They have a listener of their own."""
    async with reached.http.get(f"{reached.actions}/metrics") as answer:
        assert (answer.status, "desk_" in await answer.text()) == (401, False)


@pytest_asyncio.fixture
async def paying(house: House, tmp_path: Path) -> AsyncIterator[PayHouse]:
    keys = ensure_keys(tmp_path / "keys")
    async with paying_at(house, tmp_path / "city", keys) as paying:
        yield paying


async def test_residents_door_opens_for_no_command_and_no_monitor(paying: PayHouse) -> None:
    """Neither from this machine, nor passed on, nor by a name that was made to point here (DNS rebinding)."""
    _, payment = await paying.offered()
    port = paying.site.url.rpartition(":")[2]
    rebound = {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}
    for headers in ({}, {"Via": "1.1 proxy"}, rebound):
        said = [
            await paying.site.ask("POST", "/pay/void", json={"city": None}, headers=headers),
            await paying.site.ask("POST", f"/pay/{payment['order']}/prepare", json={}, headers=headers),
            await paying.site.ask("GET", "/metrics", headers=headers),
        ]
        assert [status for status, _, _ in said] == [404, 405, 404]
    assert await paying.status(payment) == "open"
