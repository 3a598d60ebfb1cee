"""What a stranger learns of the product by asking, and what more than it may say a request has counted."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientConnectorCertificateError, web
from aiohttp.test_utils import TestServer
from fixtures.certificates import signed_by_itself
from fixtures.house import KEYS, SECRET, House
from fixtures.web import Site, application, serving
from fixtures.wire import MUTE, request, send, serving_as_started
from pydantic import BaseModel

from actions.backends.http import Endpoint, open_session
from channels import webchat
from desk.contract.errors import BackendUnavailable

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PURPOSES = ("attempts", "one-time code", "message key")
pytestmark = [pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE]  # as in the product
MADE_OF = (b"aiohttp", b"python", b"x-powered-by")


@pytest_asyncio.fixture
async def site(house: House) -> AsyncIterator[Site]:
    async with serving(house) as site:
        yield site


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request(b"GET", b"/hangzhou"), id="a page"),
        pytest.param(request(b"GET", b"/atlantis"), id="no page"),
        pytest.param(request(b"PUT", b"/chat/v1/messages"), id="no method"),
        pytest.param(request(b"GET", b"/chat/v1/events"), id="no token"),
        pytest.param(request(b"POST", b"/chat/v1/sessions", body=b"{"), id="no JSON"),
        pytest.param(b"HELLO\r\n\r\n", id="no HTTP"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", id="no length"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nx" + b"x" * 20_000 + b": 1\r\n\r\n", id="too long a header"),
    ],
)
async def test_no_answer_names_what_it_is_made_of(house: House, asked: bytes) -> None:
    """Neither library nor version, also where what came is no HTTP and no code of ours answers it."""
    async with serving_as_started(application(house)) as url:
        answered = await send(url, asked)
    assert answered.status >= 200
    head = answered.content.partition(b"\r\n\r\n")[0].lower()
    assert [one for one in MADE_OF if one in head] == []


@pytest.mark.parametrize("path", ["/", "/hangzhou", "/chat.js", "/openapi.json", "/problems/failed"])
async def test_what_a_browser_is_given_holds_no_secret(site: Site, path: str) -> None:
    """Pages and scripts are the same for everybody: no key of the installation, nor one that follows from it."""
    status, page, headers = await site.ask("GET", path)
    keys = [SECRET, *(key.hex() for purpose in PURPOSES for key in KEYS.signing(purpose))]
    given = f"{page} {dict(headers)}"
    assert status == 200
    assert [one for one in keys if one in given] == []


async def test_a_client_holds_its_sessions_token_and_nothing_else(site: Site) -> None:
    """One value, of 256 bits, for each session another; a page of ours has it in its one cookie."""
    opened = [(await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou"})) for _ in range(8)]
    tokens = {body["token"] for _, body, _ in opened}
    assert {frozenset(body) for _, body, _ in opened} == {frozenset({"session", "token", "city", "locale"})}
    assert {len(base64.urlsafe_b64decode(one + "=")) for one in tokens} == {32}
    assert len(tokens) == len(opened)
    assert not any("Set-Cookie" in headers for _, _, headers in opened)
    own = {"city": "hangzhou", "cookie": "city-hangzhou"}
    async with site.http.post(f"{site.url}/chat/v1/sessions", json=own) as answer:
        body = await answer.json()
        assert (body["token"], list(answer.cookies)) == (None, ["chat-city-hangzhou"])


@pytest.mark.parametrize("name", ["token", "access_token", "session", "authorization", "Authorization", "bearer"])
async def test_a_token_in_an_address_opens_nothing(site: Site, name: str) -> None:
    """Addresses stand in histories and logs; and nothing that is said to its owner has the token in it."""
    caller = await site.open()
    for value in (caller.token, f"Bearer {caller.token}"):
        status, _, _ = await site.ask("GET", "/chat/v1/events", params={"wait": "0", name: value})
        assert status == 401
    await caller.post("1", text="你好")
    assert caller.token not in str(await caller.page())


async def test_a_request_says_what_its_model_names_and_no_more(site: Site, house: House) -> None:
    """What else is sent along sets no column: nobody makes their own message a clerk's, answered or wished."""
    caller = await site.open()
    more = {
        "kind": "media", "wished": True, "outcome": "answered", "author": "clerk", "caller": "x", "id": 1, "body": {},
        "conversation_id": "x", "account_id": 99, "answered_at": "2026-11-30T00:00:00Z", "understanding": {},
    }  # fmt: skip
    status, _ = await caller.post("1", text="你好", **more)
    assert status == 202
    assert await house.bodies() == [{"text": "你好"}]
    row = "SELECT kind, wished, outcome, answered_at FROM inbound_messages"
    assert await house.scalar(f"SELECT row_to_json(one) FROM ({row}) AS one") == {
        "kind": "text",
        "wished": False,
        "outcome": None,
        "answered_at": None,
    }


def test_a_page_sends_few_things() -> None:
    """Each is needed for what it does: one more is looked at before it stands here."""
    sent = {name: set(one.model_fields) for name, one in vars(webchat).items() if _is_received(one)}
    assert sent == {
        "SessionRequest": {"city", "locale", "manner", "cookie", "context"},  # of the site's page, as the site wrote it
        "MessageRequest": {"client_msg_id", "text", "payload", "location", "media_id"},
        "CountRequest": {"city", "what"},  # of a site's day; of nobody
        "HelpfulRequest": {"city", "guide", "locale", "answer"},
        "LooksRequest": {"page", "looks"},  # kept for seconds: no device is told of what is looked at
        "PushRequest": {"endpoint", "keys", "key", "announcements"},  # as the browser has it, sealed
        "PushKeys": {"p256dh", "auth"},
        "PhoneAnswer": {"number", "yes"},  # the number that the screen shows: no other is answered
    }


def _is_received(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, webchat.Received) and one is not webchat.Received


NAMES = (
    'filename="../../etc/cron.d/x.sh"',
    "filename*=UTF-8''..%2F..%2Fetc%2Fcron.d%2Fx.sh",
    "filename*=UTF-8''x.sh%0D%0ASet-Cookie%3A%20a=b",
    'filename="C:\\\\x.sh"',
    'filename="图x.sh"',
)


@pytest.mark.parametrize("name", NAMES)
async def test_the_name_of_a_file_is_read_by_nobody(site: Site, house: House, name: str) -> None:
    """Nothing is stored, looked for or answered under a name that came along."""
    caller = await site.open()
    head = f'--x\r\nContent-Disposition: form-data; name="file"; {name}\r\nContent-Type: image/png\r\n\r\n'
    form = {
        "data": head.encode() + PNG + b"\r\n--x--\r\n",
        "headers": {"Content-Type": "multipart/form-data; boundary=x"},
    }
    status, stored, headers = await caller.ask("POST", "media", **form)
    assert (status, set(stored)) == (201, {"media_id", "content_type"})
    kept = str(await house.scalar("SELECT to_jsonb(one) - 'content' FROM media_files AS one"))
    assert "x.sh" not in kept
    assert "Set-Cookie" not in headers


class Told(BaseModel):
    """What the agency would tell."""

    told: bool


async def test_an_agency_whose_certificate_nobody_knows_is_told_nothing(tmp_path: Path) -> None:
    """The connection is not made: the system counts as away, and no request reaches who is in its place."""
    asked = []

    async def answer(there: web.Request) -> web.Response:
        asked.append(there.path)
        return web.json_response({"told": True})

    stands_in = web.Application()
    stands_in.router.add_get("/records", answer)
    server = TestServer(stands_in, scheme="https", host="localhost")
    await server.start_server(ssl=signed_by_itself(tmp_path, until=datetime.now(UTC) + timedelta(days=30)))
    try:
        async with open_session() as session:
            agency = Endpoint("records", f"https://localhost:{server.port}", session)
            with pytest.raises(BackendUnavailable) as away:
                await agency.call("GET", "/records", Told)
    finally:
        await server.close()
    assert isinstance(away.value.__cause__, ClientConnectorCertificateError)
    assert asked == []
