"""The pretend mail server as it runs: taken by SMTP, shown to whoever is at this machine."""

import re
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.pretend_city import pretend_city

from desk.http.sockets import free_port
from desk.staff.mail import Mail, mail_server


async def test_mail_is_taken_and_shown(tmp_path: Path) -> None:
    """The newest first, as text, to no page of another site; and nothing is sent on."""
    port = free_port()
    application = pretend_city(tmp_path, lambda: datetime.now(UTC), mail_port=port)
    async with TestServer(application) as server, ClientSession() as http:
        sends = mail_server(f"smtp://127.0.0.1:{port}", "desk@city.example")
        for number in (1, 2):
            await sends.send(Mail("lin@city.example", f"<b>Alert {number}</b>", "您好 <script>", f"key{number}"))
        url = server.make_url("/_sandbox/mail")
        async with http.get(url, headers={"Accept": "application/json"}) as answer:
            [newest, oldest] = (await answer.json())["mails"]
        async with http.get(url) as answer:
            page = await answer.text()
        async with http.get(url, headers={"Origin": "https://evil.example"}) as answer:
            refused = answer.status
    assert (newest["subject"], newest["to"]) == ("<b>Alert 2</b>", "lin@city.example")
    assert oldest["text"].strip() == "您好 <script>"
    assert re.findall("&lt;b&gt;Alert (.)", page) == ["2", "1"]
    assert ("<script>" in page, refused) == (False, 403)
