"""Whoever holds something: the bot taken over, the port of a role that is down, a request that was overheard."""

import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attacks.test_roles import CITY, IN_ONE_LOOP, INVENTED, Reached, forged_turn
from attacks.test_roles import reached as reached
from fixtures import loaded
from fixtures.as_roles import signed
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS

from desk.app.actions import require_nothing_at_stake
from desk.app.bot_process import environment
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.contract.agency_commands import BookAnswer, BookCommand
from desk.contract.errors import BackendTimeout, BotUnreachable, ConfigurationError
from desk.contract.messages import Context, Message
from desk.contract.turns import TurnRequest
from desk.conversations.bot import BotClient
from desk.http.agencies import command
from desk.http.peers import ask, key_of, signer
from desk.http.serving import measures
from desk.http.signatures import NotSigned, Signatures
from desk.store.keys import Keys
from roles.mac import BOT_TO_ACTIONS, DESK_TO_ACTIONS, DESK_TO_BOT, HEADER, Refused, Signer, Verifier

KEY, OTHER = b"k" * 32, b"o" * 32
ROOT = Path(__file__).parents[2]


async def post(reached: Reached, pair: str, path: str, asked: Any) -> tuple[int, str]:
    """What a request with the key of a pair is answered."""
    async with reached.http.post(reached.actions + path, **signed(KEYS, pair, path, asked)) as answer:
        return answer.status, await answer.text()


# a bot that was taken over


@IN_ONE_LOOP
async def test_the_bot_may_not_book(reached: Reached) -> None:
    """Its key opens `/webhook` alone: commands are the desk's."""
    status, said = await post(reached, BOT_TO_ACTIONS, "/commands/book", INVENTED)
    assert (status, json.loads(said)["type"], await reached.fine()) == (401, "other-key", "unpaid")


@IN_ONE_LOOP
async def test_the_bot_may_not_invent_a_certificate(reached: Reached) -> None:
    """It passes on what the desk signed for this turn; anything else is refused, also another turn's signature."""
    turn = forged_turn()
    given = turn["tracker"]["latest_message"]["metadata"]
    honest = {name: value for name, value in given["context"].items() if name != "certificate"}
    for signature in ("", "0 " + "0" * 64, Signatures(KEYS).of_turn("c", "1", honest)):
        given["signature"] = signature
        status, said = await post(reached, BOT_TO_ACTIONS, "/webhook", turn)
        assert (status, json.loads(said)["type"]) == (403, "not-signed")


@IN_ONE_LOOP
async def test_what_the_desk_signed_is_believed(reached: Reached) -> None:
    """The same turn, signed: the record is shown. So those above are refused for want of the signature alone."""
    turn = forged_turn()
    given = turn["tracker"]["latest_message"]["metadata"]
    given["signature"] = Signatures(KEYS).of_turn("c", "1", given["context"])
    status, said = await post(reached, BOT_TO_ACTIONS, "/webhook", turn)
    assert (status, "record.certified" in said) == (200, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda turn: turn["tracker"].update(sender_id="another"), id="another conversation"),
        pytest.param(lambda turn: metadata(turn)["message"].update(id="2"), id="another message"),
        pytest.param(lambda turn: metadata(turn)["context"].update(channel="weibo"), id="another channel"),
        pytest.param(lambda turn: metadata(turn)["context"]["certificate"].update(name="x"), id="another name"),
    ],
)
@IN_ONE_LOOP
async def test_a_certificate_is_of_its_own_turn(reached: Reached, change: Callable[[dict[str, Any]], object]) -> None:
    """What was signed for one turn proves nothing in another."""
    turn = forged_turn()
    metadata(turn)["signature"] = Signatures(KEYS).of_turn("c", "1", metadata(turn)["context"])
    change(turn)
    assert (await post(reached, BOT_TO_ACTIONS, "/webhook", turn))[0] == 403


def metadata(turn: dict[str, Any]) -> dict[str, Any]:
    """What the bot passes on of the desk's."""
    found: dict[str, Any] = turn["tracker"]["latest_message"]["metadata"]
    return found


def test_a_signed_turn_counts_for_a_minute() -> None:
    """Not for ever: a certificate that was overheard once is worth nothing later."""
    now = [time.time()]
    signatures = Signatures(KEYS, lambda: now[0])
    signature = signatures.of_turn("c", "1", {"city": CITY})
    signatures.check_turn(signature, "c", "1", {"city": CITY})
    now[0] += 61
    with pytest.raises(NotSigned):
        signatures.check_turn(signature, "c", "1", {"city": CITY})


def test_the_bot_is_given_its_own_keys_and_no_other_secret() -> None:
    """Neither settings nor keys of a city's systems reach its environment, nor the secret that keys follow from."""
    city = loaded.cities()[CITY]
    keyed = {name: one.model_copy(update={"key_env": {"x": "HANGZHOU_KEY"}}) for name, one in city.services.items()}
    here = {"PATH": "/bin", "DESK_SECRET_KEY": "s" * 48, "DESK_DATABASE_URL": "…", "HANGZHOU_KEY": "k"}
    given = environment(here, KEYS, [city.model_copy(update={"services": keyed})])
    assert set(given) == {"PATH", "ROLE_KEYS"}
    assert set(json.loads(given["ROLE_KEYS"])) == {DESK_TO_BOT, BOT_TO_ACTIONS}
    assert key_of(KEYS, DESK_TO_ACTIONS).hex() not in given["ROLE_KEYS"]


# an order that was paid, told of as another


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"order": "202611280000000000000002"}, id="another order"),
        pytest.param({"trade_no": "1"}, id="another trade"),
        pytest.param({"items": [{"reference": INVENTED["items"][0]["reference"], "amount": "1.00"}]}, id="an amount"),  # type: ignore[index]
        pytest.param({"signature": ""}, id="no signature"),
        pytest.param({"signature": "0" * 64}, id="a signature of one's own"),
        pytest.param({}, id="as it was signed"),  # the last: the fine is paid then
    ],
)
@IN_ONE_LOOP
async def test_a_booking_is_bound_to_its_order(reached: Reached, change: dict[str, Any]) -> None:
    """Also who holds the desk's way to the actions cannot say of another order that it was paid."""
    bare = BookCommand.model_validate(INVENTED).model_dump(mode="json")
    told = bare | {"signature": Signatures(KEYS).of_command(bare)} | change
    status, _ = await post(reached, DESK_TO_ACTIONS, "/commands/book", told)
    assert (status, await reached.fine()) == ((403, "unpaid") if change else (200, "paid"))


# a request that was overheard

NOW = 1_764_300_000.0


def overheard(**change: Any) -> tuple[str, str, dict[str, str], bytes]:
    """A request as it came by, changed."""
    body = b'{"a":1}'
    header = Signer("a>b", change.pop("key", KEY), lambda: change.pop("at", NOW)).sign("POST", "/turn", body).header
    headers = {HEADER: header, "Content-Type": "application/json", **change.pop("headers", {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    return change.get("method", "POST"), change.get("path", "/turn"), headers, change.get("body", body)


def checked(verifier: Verifier, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """Why a request is refused; nothing: it is not."""
    try:
        verifier.check(verifier.admit(method, path, headers), body)
    except Refused as refused:
        return refused.kind
    return ""


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param({}, "", id="as it was"),
        pytest.param({"headers": {"Origin": "https://a.example"}}, "from-a-page", id="from a page"),
        pytest.param({"headers": {"Origin": "null"}}, "from-a-page", id="from a page without a name"),
        pytest.param({"headers": {"Content-Type": "text/plain"}}, "not-json", id="text"),
        pytest.param({"headers": {"Content-Type": "application/x-www-form-urlencoded"}}, "not-json", id="a form"),
        pytest.param({"headers": {"Content-Encoding": "gzip"}}, "not-json", id="compressed"),
        pytest.param({"headers": {HEADER: None}}, "not-signed", id="unsigned"),
        pytest.param({"headers": {HEADER: "2 x"}}, "not-signed", id="another version"),
        pytest.param({"key": OTHER}, "other-key", id="another key"),
        pytest.param({"at": NOW - 31}, "stale", id="old"),
        pytest.param({"at": NOW + 31}, "stale", id="of the future"),
        pytest.param({"at": NOW - 29}, "", id="a clock that is behind"),
        pytest.param({"path": "/commands/book"}, "forged", id="another path"),
        pytest.param({"method": "PUT"}, "forged", id="another method"),
        pytest.param({"body": b'{"a":2}'}, "forged", id="another body"),
    ],
)
def test_a_request_counts_as_it_was_signed_and_now(change: dict[str, Any], kind: str) -> None:
    """Method, path, time and body are one; pages and other types are refused whatever they carry."""
    assert checked(Verifier("a>b", [KEY], lambda: NOW), *overheard(**change)) == kind


def test_a_key_of_another_pair_is_none() -> None:
    """The same bytes, signed for another pair of roles, are forged."""
    body, headers = b"{}", {"Content-Type": "application/json"}
    headers[HEADER] = Signer("c>b", KEY, lambda: NOW).sign("POST", "/turn", body).header
    assert checked(Verifier("a>b", [KEY], lambda: NOW), "POST", "/turn", headers, body) == "forged"


def test_a_request_counts_once() -> None:
    """Repeated within its time it is refused, also after thousands of others; afterwards it is too old."""
    now = [NOW]
    verifier = Verifier("a>b", [KEY], lambda: now[0])
    first = overheard()
    assert checked(verifier, *first) == ""
    for second in range(0, 30, 5):
        now[0] = NOW + second
        assert checked(verifier, *overheard(at=now[0])) == ""
        assert checked(verifier, *first) == "replayed"
    now[0] = NOW + 31
    assert checked(verifier, *first) == "stale"


def test_what_came_is_not_remembered_for_ever() -> None:
    """Memory follows the rate of two minutes, not the days that a process runs."""
    now = [NOW]
    verifier = Verifier("a>b", [KEY], lambda: now[0])
    for second in range(0, 3_600, 10):
        now[0] = NOW + second
        assert checked(verifier, *overheard(at=now[0])) == ""
    assert len(verifier._seen) + len(verifier._seen_before) <= 2 * 7


def test_several_keys_may_be_valid() -> None:
    """So that a secret can be changed while everything runs."""
    verifier = Verifier("a>b", [OTHER, KEY], lambda: NOW)
    assert [checked(verifier, *overheard(key=key)) for key in (KEY, OTHER)] == ["", ""]


# a program on the port of a role that is down


def turn() -> TurnRequest:
    now = "2026-11-24T15:00:00+08:00"
    context = Context.model_validate({"city": CITY, "locale": "en", "channel": "webchat", "now": now})
    return TurnRequest(conversation="c", message=Message(id="1", kind="text", text="hello"), context=context)


@pytest_asyncio.fixture
async def thief() -> AsyncIterator[str]:
    """Answers as a bot and as the actions would, without their keys, and repeats what it once heard."""
    order = {"type": "open_order", "order": "202611280000000000000009"}

    async def answer(_: web.Request) -> web.Response:
        said = {"replies": [{"key": "common.hello"}], "effects": [order], "bookings": []}
        return web.json_response(said, headers={HEADER: f"1 {'0' * 64}"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_who_is_no_bot_says_nothing_to_a_resident(thief: str) -> None:
    """The turn waits, as for a bot that is away, and the log says what stands there."""
    async with BotClient(thief, 1.0, KEYS) as client:
        with pytest.raises(BotUnreachable, match="did not prove"):
            await client.turn(turn())


async def test_who_is_not_the_actions_books_nothing(thief: str) -> None:
    """What it says of an order counts as not known."""
    asked = BookCommand.model_validate(INVENTED)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(BackendTimeout, match="did not prove"):
            await command(http, signer(KEYS, DESK_TO_ACTIONS), thief, "/commands/book", asked, BookAnswer, seconds=2)


async def test_an_answer_belongs_to_its_request() -> None:
    """An answer that was overheard is none to the next request."""
    verifier, signing = Verifier("a>b", [KEY]), Signer("a>b", KEY)
    first, second = (signing.sign("POST", "/turn", b"{}") for _ in range(2))
    headers = {"Content-Type": "application/json", HEADER: first.header}
    ticket = verifier.admit("POST", "/turn", headers)
    answered = verifier.answer(ticket, 200, b"yes")
    asked = [(first, 200, b"yes"), (second, 200, b"yes"), (first, 500, b"yes"), (first, 200, b"no")]
    assert [signing.is_answer(one, status, answered, body) for one, status, body in asked] == [True, *[False] * 3]


async def test_secrets_that_differ_are_said_so() -> None:
    """The operator reads which setting to mend, and the turn waits for it."""
    async with FakeBot(keys=Keys("another secret, long enough for it")) as bot, BotClient(bot.url, 1.0, KEYS) as client:
        with pytest.raises(BotUnreachable, match="DESK_SECRET_KEY"):
            await client.turn(turn())
    assert bot.requests == []


@IN_ONE_LOOP
async def test_an_address_that_is_none_is_answered_to_roles_alone(reached: Reached) -> None:
    """Signed like any other answer; a stranger does not learn what there is."""
    by = signer(KEYS, DESK_TO_ACTIONS)
    assert (await ask(reached.http, by, reached.actions, "/nothing"))[0] == 404
    async with reached.http.get(f"{reached.actions}/nothing") as answer:
        assert answer.status == 401


# the listener of measures


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("GET", {}, 200, id="a monitor here"),
        pytest.param("GET", {"Host": "worker-1:9100"}, 200, id="by its name in this network"),
        pytest.param("GET", {"Host": "[::1]:9100"}, 200, id="by its IPv6 address"),
        pytest.param("GET", {"Host": "evil.example:9100"}, 403, id="a name that points here"),
        pytest.param("GET", {"Host": "127.0.0.1.evil.example"}, 403, id="a name that looks like an address"),
        pytest.param("GET", {"Origin": "https://evil.example"}, 403, id="a page"),
        pytest.param("GET", {"Via": "1.1 proxy"}, 403, id="passed on"),
        pytest.param("GET", {"X-Forwarded-For": "192.0.2.1"}, 403, id="passed on for somebody"),
        pytest.param("POST", {}, 403, id="what does not read"),
    ],
)
async def test_measures_are_for_monitors(method: str, headers: dict[str, str], status: int) -> None:
    """By address or by a name without a dot, directly."""
    async with TestClient(TestServer(measures())) as client:
        assert (await client.request(method, "/metrics", headers=headers)).status == status


# the door for developers


@pytest.mark.parametrize(
    ("settings", "sandbox", "says"),
    [
        pytest.param({}, "http://127.0.0.1:1", "", id="a developer's machine"),
        pytest.param({"bind_host": "0.0.0.0"}, "http://127.0.0.1:1", "DESK_BIND_HOST", id="reached from outside"),
        pytest.param({"secret_key": "s" * 48}, "http://127.0.0.1:1", "DESK_SECRET_KEY", id="a secret of servers"),
        pytest.param({}, None, "sandbox", id="no sandbox"),
        pytest.param({}, "http://sandbox.example", "sandbox", id="a sandbox elsewhere"),
    ],
)
def test_anybodys_rasa_is_answered_on_a_developers_machine_alone(
    settings: dict[str, str], sandbox: str | None, says: str
) -> None:
    """It cannot be on by accident on a server: no setting turns it on, and there it refuses to start."""
    given = Settings.model_validate({**settings, "sandbox_url": sandbox})
    at = Runtime(settings=given, root=ROOT, data_dir=ROOT, running={})
    if not says:
        require_nothing_at_stake(at)
        return
    with pytest.raises(ConfigurationError, match=says):
        require_nothing_at_stake(at)
