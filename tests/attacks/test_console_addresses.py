"""Addresses that lead elsewhere: the desk's own questions to inner services, browsers to other sites, files outside."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, AbstractStreamWriter, ResolveResult
from aiohttp.test_utils import TestServer
from aiohttp.web_request import BaseRequest
from fixtures.certificates import signed_by_itself
from fixtures.desks import console_of, desks_at, hire
from fixtures.house import KEYS, House
from fixtures.wire import request, send
from integration.test_alerts import SECRET, an_office
from integration.test_console_forms import filled

from desk.console.server import ALL
from desk.contract.staff import Grant, Role
from desk.http.reach import is_reached, reaching
from desk.staff.authentication import LoginRefused
from desk.staff.openid import DISCOVERY, Client, OpenId, ProviderAway
from desk.staff.telling import AlertsWait, Webhook

HERE = ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.9.9.9", "0.0.0.0")
INNER = (
    *("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
    *("0.0.0.0", "::", "224.0.0.1", "ff02::1", "169.254.169.254", "::ffff:169.254.169.254", "fe80::1%eth0"),
    *("64:ff9b::a9fe:a9fe", "100.100.100.200", "fd00:ec2::254"),
)
OUTER = ("203.0.113.7", "2001:db8::7", "10.1.2.3", "192.168.1.1", "fd12:3456::1")


@pytest.mark.parametrize("address", INNER)
def test_inner_services_are_out_of_reach(address: str) -> None:
    """This machine's own in every form, its cloud's credentials, and what is no machine."""
    assert not is_reached(address, own=False)


@pytest.mark.parametrize("address", OUTER)
def test_other_machines_are_reached(address: str) -> None:
    """A city's own network, too: its systems are there."""
    assert is_reached(address, own=False)


@dataclass
class Inner:
    """A service that is this machine's alone, and who asked it."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def take(self, asked: web.Request) -> web.Response:
        self.asked.append(asked.path_qs)
        return web.Response(text="inner")


@asynccontextmanager
async def inner() -> AsyncIterator[Inner]:
    """It listens while the block lasts."""
    service, app = Inner(), web.Application()
    app.router.add_route("*", "/{path:.*}", service.take)
    async with TestServer(app) as server:
        service.port = server.port or 0
        yield service


@pytest.mark.parametrize("host", HERE)
async def test_a_name_of_this_machine_is_followed_only_where_it_was_named(host: str) -> None:
    """However it is written, and whatever it is looked up as."""
    async with inner() as service:
        async with ClientSession(connector=reaching("https://login.city.example", None)) as http:
            with pytest.raises(ClientError):
                await http.get(f"http://{host}:{service.port}/")
        assert service.asked == []
        async with ClientSession(connector=reaching(f"http://127.0.0.1:{service.port}")) as http:
            if host != "0.0.0.0":
                assert (await http.get(f"http://127.0.0.1:{service.port}/{host}")).status == 200


class Town(AbstractResolver):
    """Names of a town's machines that all lead to this one."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)
        return [found]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def provider(house: House, folder: Path, answer: Callable[[str], web.StreamResponse]) -> AsyncIterator[OpenId]:
    """An identity provider under https, which describes itself by `answer` of its own address."""

    async def describe(asked: web.Request) -> web.StreamResponse:
        return answer(f"https://login.city.example:{asked.url.port}")

    app = web.Application()
    app.router.add_get(DISCOVERY, describe)
    server = TestServer(app)
    await server.start_server(
        ssl=signed_by_itself(folder, until=datetime.now(UTC) + timedelta(days=1), name="login.city.example")
    )
    try:
        async with ClientSession(connector=TCPConnector(resolver=Town(), ssl=False)) as http:
            issuer = f"https://login.city.example:{server.port}"
            yield OpenId(Client(issuer, "citydesk"), http, console_of(house).door, KEYS, lambda: datetime.now(UTC))
    finally:
        await server.close()


def described(issuer: str, **changed: str) -> dict[str, str]:
    """What a provider says of itself."""
    named = {"authorization_endpoint": "ask", "token_endpoint": "token", "jwks_uri": "keys"}
    return {"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in named.items()}, **changed}


async def test_a_provider_names_no_service_of_this_machine(house: House, tmp_path: Path) -> None:
    """Else whoever runs it has the desk ask inner services, with what it likes; each of its addresses is looked at."""
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    wrong = ("http://127.0.0.1:5432/", "https://localhost/x", "http://login.city.example/x", "https://[::1]/x")
    chosen: dict[str, str] = {}
    async with provider(house, tmp_path, lambda issuer: web.json_response(described(issuer, **chosen))) as there:
        for name in names:
            for address in wrong:
                chosen = {name: address}
                with pytest.raises(ProviderAway):
                    await there.leave("https://desk.example/back", "")
        chosen = {}
        address, _ = await there.leave("https://desk.example/back", "")
    assert address.startswith(f"{there.client.issuer}/ask?")


async def test_a_provider_leads_the_desk_nowhere_else(house: House, tmp_path: Path) -> None:
    """A redirect is not followed, whatever it leads to."""
    async with inner() as service:
        led = web.Response(status=302, headers={"Location": f"http://127.0.0.1:{service.port}/secrets"})
        async with provider(house, tmp_path, lambda _: led) as there:
            with pytest.raises(ProviderAway):
                await there.leave("https://desk.example/back", "")
    assert service.asked == []


@pytest.mark.parametrize("said", ["\x00", "x" * 5000, "\ud800", "access_denied", "<b>"])
async def test_what_a_provider_says_of_a_refusal_is_one_of_its_words(house: House, tmp_path: Path, said: str) -> None:
    """Whoever comes back may write anything there; it is kept, if at all, in the audit."""
    async with provider(house, tmp_path, lambda issuer: web.json_response(described(issuer))) as there:
        _, kept = await there.leave("https://desk.example/back", "")
        with pytest.raises(LoginRefused):
            await there.come_back(kept, {"state": "x", "error": said}, "https://desk.example/back", address="")
    why = await house.scalar("SELECT details ->> 'why' FROM audit_records WHERE act = 'staff.log_in_failed'")
    assert why == (said if said == "access_denied" else "strange")


async def test_an_answer_that_unpacks_to_very_much_is_not_read(house: House, tmp_path: Path) -> None:
    """Forty kilobytes that are forty megabytes."""
    packed = gzip.compress(bytes(40_000_000))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with provider(house, tmp_path, lambda _: web.Response(body=packed, headers=headers)) as there:
        with pytest.raises(ProviderAway):
            await there.leave("https://desk.example/back", "")


async def test_an_answer_in_pieces_is_read_whole(house: House, tmp_path: Path) -> None:
    """As it comes over a wide network."""

    class Slow(web.StreamResponse):
        async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
            writer = await super().prepare(request)
            said = json.dumps(described(f"https://login.city.example:{request.url.port}")).encode()
            for piece in (said[:40], said[40:90], said[90:]):
                await self.write(piece)
                await asyncio.sleep(0.05)
            return writer

    async with provider(house, tmp_path, lambda _: Slow()) as there:
        address, _ = await there.leave("https://desk.example/back", "")
    assert address.startswith(f"{there.client.issuer}/ask?")


async def test_the_webhook_of_alerts_leads_nowhere_else(house: House) -> None:
    """Nor is what is told of an alert sent on to where it redirects."""
    async with inner() as service, an_office(house) as office:

        async def lead(_: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{service.port}/secrets"})

        app = web.Application()
        app.router.add_post("/alerts", lead)
        async with TestServer(app) as hooks:
            told = replace(office.telling, webhook=Webhook(str(hooks.make_url("/alerts")), SECRET))
            await office.alert()
            await told.tell(int(await house.scalar("SELECT max(id) FROM staff_alerts")))
            with pytest.raises(AlertsWait):
                await told.deliver(None)
    assert service.asked == []


EVIL = (
    *(
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "/console/..//evil.example",
    ),
    *(
        "/console@evil.example",
        "/console.evil.example",
        "javascript:alert(1)",
        "/console\r\nLocation: https://evil.example",
    ),
    *(
        "/%2fevil.example",
        "/console/%0d%0aSet-Cookie:x=1",
        "\thttps://evil.example",
        "/console/login?next=//evil.example",
    ),
)


async def test_nobody_is_led_to_another_site(house: House) -> None:
    """By no `next` of any form or link: what comes is a page of the console, in one header, with no cookie more."""
    lin = await hire(house.engine, "lin", Grant(Role.CLERK))
    led = []
    async with desks_at(house) as desks:
        for wanted in EVIL:
            async with desks.chair() as chair:
                led.append((wanted, "login", await chair.log_in(lin, wanted=wanted, follow=False)))
                led.append((wanted, "page", await chair.get(f"/console/login?next={quote(wanted)}", follow=False)))
            async with desks.chair(lin) as chair:
                for form in ("account/language", "stay", "tickets/bulk", "logout"):
                    fields = {"next": wanted, "locale": "en", "do": "close", "why": "solved"}
                    answer = await chair.post(f"/console/{form}", fields, follow=False)
                    led.append((wanted, form, answer))
            await house.redis.flushdb()  # who tries this often is slowed
    for wanted, form, answer in led:
        where = urlsplit(answer.headers.get("Location", "/console"))
        assert (where.scheme, where.netloc, where.path.startswith("/console")) == ("", "", True), (wanted, form)
        assert "evil" not in where.path.partition("%")[0], (wanted, form)
        assert not [one for one in answer.headers.getall("Set-Cookie", []) if one.startswith("x=")]


OUTSIDE = (
    *("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cetc%5cpasswd"),
    *("....//....//etc/passwd", "%252e%252e%252fetc%252fpasswd", "/etc/passwd", "%00", "..%c0%af..%c0%afetc/passwd"),
    *("shell.py", "../shell.py", "..%2fshell.py", "../templates/login.html"),
)
FILES = (b"root:x:", b"from aiohttp import", b"{% extends")


async def test_no_path_leads_to_a_file_outside(house: House) -> None:
    """In place of any part of any path of the console; as bytes, which no client makes tidy."""
    paths = sorted({filled(one.path) for section in ALL for one in section.routes} | {"/console/static/x"})
    given = {f"{path.rpartition('/')[0]}/{outside}" for path in paths for outside in OUTSIDE}
    lin = await hire(house.engine, "lin", *map(Grant, (Role.CLERK, Role.SECURITY_ADMIN)))
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        cookie = "; ".join(f"{one.key}={one.value}" for one in chair.http.cookie_jar).encode()
        answers = {
            one: await send(desks.url, request(b"GET", one.encode(), [(b"Cookie", cookie)])) for one in sorted(given)
        }
    assert len(answers) > 200
    assert {
        one: answer.status for one, answer in answers.items() if answer.status not in (200, 303, 400, 403, 404)
    } == {}
    assert [one for one, answer in answers.items() if any(inside in answer.content for inside in FILES)] == []
