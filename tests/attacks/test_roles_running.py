"""The same of the whole product as it runs: what another program of the machine finds when it tries every port."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from attacks.test_roles import CITY, INVENTED, forged_turn
from fixtures.product import Product, running

TURN = {
    "conversation": "c",
    "message": {"id": "1", "kind": "text", "text": "我的社保"},
    "state": None,
    "context": forged_turn()["tracker"]["latest_message"]["metadata"]["context"],
}
ATTEMPTS = {
    "a turn with a forged certificate": ("bot", "/turn", TURN),
    "what a text means": ("bot", "/understand", {"text": "hello"}),
    "an action with a forged certificate": ("actions", "/webhook", forged_turn()),
    "an invented order": ("actions", "/commands/book", INVENTED),
    "how a case stands": ("actions", "/commands/status", {"case": {}}),
}
PAGE = {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product, with secrets in the environment that it was started from."""
    secret = {"DESK_SECRET_KEY": "a secret of servers " * 3}
    async with running(tmp_path_factory.mktemp("attacked") / "desk", **secret) as product:
        yield product


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("headers", [{}, PAGE], ids=["a program", "a page"])
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
async def test_no_role_takes_a_stranger_for_one(
    product: Product, attempt: tuple[str, str, Any], headers: dict[str, str]
) -> None:
    """Every way in of every role is refused, whoever sends it."""
    role, path, asked = attempt
    named = {"Content-Type": "application/json", **headers}
    url = product.state["urls"][role] + path
    status, said, _ = await product.site.ask_at(url, "POST", data=json.dumps(asked), headers=named)
    assert status in (401, 403, 404), said


def lines(product: Product, child: str, name: str) -> Iterator[str]:
    """What a process was started with: its arguments, or its environment."""
    yield from Path(f"/proc/{product.pid(child)}/{name}").read_bytes().decode(errors="replace").split("\0")


@pytest.mark.asyncio(loop_scope="module")
async def test_the_bot_holds_no_secret_but_its_own(product: Product) -> None:
    """Whoever takes it over finds neither the installation's secret nor the database's password."""
    held = [line.partition("=")[0] for line in lines(product, "bot", "environ")]
    assert [name for name in held if name.startswith("DESK_")] == []
    assert not [line for line in lines(product, "bot", "cmdline") if "secret" in line]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ["actions", "bot", "serve"])
async def test_monitors_have_a_door_of_their_own(product: Product, role: str) -> None:
    """There they hear of health, and a page whose name points here does not."""
    url = f"{product.state['urls'][f'{role}_health']}/health"
    assert (await product.site.ask_at(url))[0] == 200
    assert (await product.site.ask_at(url, headers={"Host": "evil.example"}))[0] == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_a_resident_is_answered_all_the_same(product: Product) -> None:
    """From serve to the actions and back, each known to the next."""
    caller = await product.site.open(locale="en", city=CITY)
    await caller.post("1", text="my social insurance")
    said: list[dict[str, Any]] = []
    while not any(event["type"] == "turn_done" for event in said):
        said = await caller.page(wait=5)
    assert any(event["type"] == "message" for event in said)
