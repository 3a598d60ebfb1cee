"""Logging in to the console by an identity provider that others wrote: oidc-provider of npm, certified."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer, unused_port
from fixtures.desks import Desks, console_of, hire
from fixtures.house import KEYS, House
from fixtures.patience import RESTART_SECONDS
from fixtures.web import application

from desk.console.openid import BACK
from desk.console.server import adding
from desk.contract.staff import Grant, Role
from desk.staff.openid import Client, OpenId

PROGRAM = Path(__file__).parent / "peers" / "openid_provider.mjs"
PACKAGE = "oidc-provider@9.13.3"


@asynccontextmanager
async def peer(folder: Path, port: int, back: str) -> AsyncIterator[str]:
    """The provider while the block lasts; answers its issuer."""
    assert shutil.which("npm"), "npm is not here. As root: apt-get install nodejs npm"
    shutil.copy(PROGRAM, folder)
    install = await asyncio.create_subprocess_exec(
        *("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE)
    )
    assert await install.wait() == 0
    process = await asyncio.create_subprocess_exec(
        *("node", PROGRAM.name, str(port), back), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(RESTART_SECONDS):
            while b"ready" not in (line := await process.stdout.readline()):
                assert line, "the provider ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def come_back(address: str, login: str) -> str:
    """Log in at the provider and agree to all that it asks; answers where it sends one back to."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        page, at = "", address
        for _ in range(12):
            form = re.search(r'<form[^>]*action="([^"]+)"', page)
            if form is None:
                asked = http.get(at, allow_redirects=False)
            else:
                fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
                names = {"login": login, "password": "any"} if fields.get("prompt") == "login" else {}
                asked = http.post(unescape(form[1]), data=fields | names, allow_redirects=False)
            async with asked as answer:
                page = await answer.text() if answer.status == 200 else ""
                at = str(answer.headers.get("Location", at))
                at = at if at.startswith("http") else f"{answer.url.origin()}{at}"
            if BACK in at:
                return at
    raise AssertionError(f"The provider did not send anybody back: {page[:2000]}")


async def test_a_provider_of_others_lets_in_who_has_an_account(house: House, tmp_path: Path) -> None:
    """With PKCE, a secret and the login told apart of the token; a stranger there is a stranger here."""
    await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    served, port = unused_port(), unused_port()
    back = f"http://127.0.0.1:{served}{BACK}"
    async with peer(tmp_path, port, back) as issuer, ClientSession() as http:
        console = console_of(house)
        client = Client(issuer, "citydesk", "a-secret-of-the-peer")
        console = replace(console, openid=OpenId(client, http, console.door, KEYS, lambda: datetime.now(UTC)))
        async with TestServer(application(house, additions=[adding(console)]), port=served) as server:
            desks = Desks(str(server.make_url("/")).rstrip("/"), house, console)
            for login, status, again in (("lin", 200, ""), ("lin", 200, "?again=yes"), ("stranger", 422, "")):
                async with desks.chair() as chair:
                    left = await chair.get(f"/console/login/openid{again}", follow=False)
                    returned = await come_back(left.headers["Location"], login)
                    answer = await chair.get(returned.removeprefix(desks.url))
                    assert (answer.status, answer.errors == "") == (status, status == 200), answer.errors
