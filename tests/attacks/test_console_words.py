"""What residents and colleagues write is text on every page: no markup, no script, no header, no formula."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from uuid import UUID

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.web import Caller, serving
from integration.test_alerts import an_office
from integration.test_console_forms import ALL_ROLES
from integration.test_console_tickets import waits
from integration.test_pictures import code
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.store.database import transaction

WORDS = """"'><svg/onload=alert(1)></textarea><script>alert(2)</script><a href=javascript:alert(3)>{{7*7}}"""
SHORT = WORDS[:38]
LINKS = ("href", "src", "action", "formaction", "hx-get", "hx-post", "content")


LEADS = re.compile(r"[\s\x00-\x1f]*(\d+;\s*url=)?['\"]?\s*(javascript|data|vbscript):", re.IGNORECASE)


class Markup(HTMLParser):
    """What a browser would run of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_ours = tag != "script" or (given.get("src") or "").startswith("/console/static/")
        handlers = [name for name in given if name.startswith(("on", "hx-on"))]
        led = [one for name in LINKS if LEADS.match(one := given.get(name) or "")]
        if not is_ours or handlers or led or tag in {"iframe", "object", "embed", "base", "style"}:
            self.runs.append(self.get_starttag_text() or tag)
        self.said += [value for value in given.values() if value]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def read(page: str) -> Markup:
    """Read a page as a browser does."""
    markup = Markup()
    markup.feed(page)
    return markup


def forms(reference: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Everything that staff write, as they send it."""
    ticket = f"/console/tickets/{reference}"
    place = {"place": "hangzhou/city_hall"}
    yield f"{ticket}/claim", {}
    yield f"{ticket}/reply", {"message": WORDS}
    yield f"{ticket}/note", {"note": f"@lin {WORDS}"}
    yield f"{ticket}/tag", {"tags": SHORT[:20]}
    yield f"{ticket}/hold", {"for": "1d", "reason": WORDS}
    yield f"{ticket}/transfer", {"agency": "traffic_police", "reason": WORDS}
    yield "/console/tickets/views", {"name": SHORT, "next": "/console/tickets?show=all"}
    yield "/console/answers", {**place, "name": SHORT, "text_zh_Hans": WORDS, "text_en": WORDS}
    yield "/console/staff", {**place, "login": "zhang", "name": WORDS[:60], "role": "clerk", "reason": WORDS}
    yield "/console/staff/mei/disable", {"reason": WORDS}
    yield "/console/staff/mei/recover", {"reason": WORDS}
    yield "/console/account/alerts", {"mail": WORDS}


PLACES = (
    *("/console", "/console/tickets?show=mine", "/console/tickets?show=all", "/console/answers", "/console/requests"),
    *(
        "/console/requests?show=mine",
        "/console/requests/1",
        "/console/staff",
        "/console/staff/zhang",
        "/console/staff/mei",
    ),
    *("/console/account", "/console/audit", "/console/figures/tickets"),
    *("/console/figures/announcements", "/console/inspection"),
)
ASKED = (
    "q",
    "reference",
    "tag",
    "clerk",
    "actor",
    "act",
    "subject",
    "since",
    "until",
    "city",
    "agency",
    "name",
    "done",
    "next",
    "lang",
)


async def test_what_was_written_runs_on_no_page(house: House) -> None:
    """Each text of a resident and of staff, on every page that shows it, and where a form or a search gives it back."""
    conversation, ticket = await waits(house)
    lin = await hire(house.engine, "lin", *ALL_ROLES, name=WORDS[:100])
    await hire(house.engine, "mei", Grant(Role.CLERK, "hangzhou"), name=WORDS[:100])
    await house.say(conversation, WORDS)
    pages: dict[str, str] = {}
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        csrf = (await chair.get("/console/account")).csrf
        for path, fields in forms(ticket.reference):
            answer = await chair.send(path, {"csrf": csrf, **fields})
            assert answer.status in (200, 422), (path, answer.status, answer.text)
            pages[f"{path} {answer.status}"] = answer.text
        here = f"/console/tickets/{ticket.reference}"
        revealed = await chair.send(f"{here}/reveal", {"csrf": csrf, "reason": WORDS})
        pages["revealed"] = revealed.text
        for path in (*PLACES, here):
            pages[path] = (await chair.get(path)).text
        for path in (*PLACES, "/console/no/such/page", "/console/login"):
            for name in ASKED:
                answer = await chair.get(f"{path.partition('?')[0]}?{name}={WORDS.replace('&', '%26')}")
                pages[f"{path}?{name}"] = answer.text
        wrong = await chair.send("/console/login", {"csrf": csrf, "login": WORDS, "password": "x", "code": "1"})
        pages["login"] = wrong.text
    ran = {path: markup.runs for path, page in pages.items() if (markup := read(page)).runs}
    assert ran == {}
    assert not [path for path, page in pages.items() if "<svg/onload" in page]
    showing = [path for path, page in pages.items() if any("<svg/onload" in one for one in read(page).said)]
    assert {here, "revealed", "/console/staff", "/console/answers", "/console/audit", "/console/requests/1"} <= {
        *showing
    }


POLYGLOTS = {
    "SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415),
    "SVG after a mark": (b"\xef\xbb\xbf<svg onload=alert(1)>", 415),
    "HTML": (b"<!doctype html><script>alert(1)</script>", 415),
    "a packed file": (b"PK\x03\x04" + bytes(200), 415),
    "a packed stream": (b"\x1f\x8b\x08" + bytes(200), 415),
    "a GIF that is a script": (b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//<script>alert(1)</script>", 201),
    "a JPEG that is a page": (b"\xff\xd8\xff\xe0<html><script>alert(1)</script></html>", 201),
    "a PNG that unpacks to gigabytes": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00<svg onload=alert(1)>",
        201,
    ),
    "a PDF with a script": (
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj" + bytes(50),
        201,
    ),
}


async def sent(caller: Caller, content: bytes) -> tuple[int, str]:
    """Send a file: status, and its id where it was taken."""
    status, body, _ = await caller.ask("POST", "media", data=BytesIO(content))
    return status, str(body.get("media_id", ""))


async def test_files_that_are_two_things_are_one(house: House) -> None:
    """What could run is not taken; what is taken is never unpacked, is given out as the picture that it begins as,
    runs nothing there, and clerks see its kind and size alone."""
    async with serving(house) as site:
        caller = await site.open()
        got = {name: await sent(caller, content) for name, (content, _) in POLYGLOTS.items()}
        assert {name: status for name, (status, _) in got.items()} == {
            name: status for name, (_, status) in POLYGLOTS.items()
        }
        for name, (status, media_id) in got.items():
            if status != 201:
                continue
            async with site.http.get(f"{site.url}/media/{code(UUID(media_id), days=1)}") as answer:
                if "PDF" in name:
                    assert answer.status == 404
                    continue
                assert (answer.status, await answer.read()) == (200, POLYGLOTS[name][0])
                assert answer.content_type in {"image/gif", "image/jpeg", "image/png"}
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    conversation = await house.scalar("SELECT conversation_id FROM media_files LIMIT 1")
    async with transaction(house.engine) as connection:
        made = text(
            "INSERT INTO tickets (city, conversation_id, opened_by, reason) VALUES ('hangzhou', :id, 'r', 'asked')"
        )
        await connection.execute(made, {"id": conversation})
    lin = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        queue = (await chair.get("/console/tickets")).text
        [reference] = {one.split('"')[0] for one in queue.split('href="/console/tickets/T-')[1:]}
        page = (await chair.get(f"/console/tickets/T-{reference}")).text
    assert page.count("image/gif") == 1
    assert not [one for one in ("/media/", "<img", "alert(1)") if one in page]
    assert read(page).runs == []


LINES = ("T-1001-7\r\nBcc: evil@evil.example", "T-1\n\nhello", "T-1\x0b\x0cX: y", "T-1\u2028Bcc: evil@evil.example")


@pytest.mark.parametrize("subject", LINES)
async def test_a_mail_has_the_headers_that_we_write(house: House, subject: str) -> None:
    """Whatever is in what it is about: one mail to one person, and its words in one line."""
    async with an_office(house) as office:
        await office.staff("lin", Grant(Role.CLERK, "hangzhou", "city_hall"))
        await office.alert(subject=subject, detail="a\r\nBcc: evil@evil.example")
        number = int(await house.scalar("SELECT max(id) FROM staff_alerts"))
        await office.telling.tell(number)
        await office.telling.deliver(await house.scalar("SELECT id FROM staff WHERE login = 'lin'"))
        [mail] = office.server.taken
    assert (str(mail["To"]), mail["Bcc"], mail["X"]) == ("lin@city.example", None, None)
    assert len(str(mail["Subject"]).splitlines()) == 1


HEADERS = (
    "x\r\nSet-Cookie: a=b",
    "x\nX-Evil: 1",
    "x%0d%0aX-Evil: 1",
    "\u560d\u560aX-Evil: 1",
    "2026-01-01\r\nX-Evil: 1",
)


async def test_an_answer_has_the_headers_that_we_write(house: House) -> None:
    """What stands in addresses and forms comes into no header of any page or file."""
    lin = await hire(house.engine, "lin", *ALL_ROLES, Grant(Role.ANALYST))
    got = []
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        csrf = (await chair.get("/console/account")).csrf
        for words in HEADERS:
            asked = "&".join(f"{name}={words}" for name in (*ASKED, "day")).replace("\r", "%0D").replace("\n", "%0A")
            paths = (
                "/console/figures/tickets.csv",
                "/console/figures/announcements.csv",
                "/console/audit/day",
                "/console/login",
                "/console/tickets",
            )
            got += [await chair.get(f"{path}?{asked}", follow=False) for path in paths]
            fields = {"csrf": csrf, "next": words, "locale": words, "name": words}
            paths = ("/console/account/language", "/console/stay", "/console/tickets/views")
            got += [await chair.send(path, fields, follow=False) for path in paths]
    for answer in got:
        assert "X-Evil" not in answer.headers
        assert not [one for one in answer.headers.getall("Set-Cookie", []) if one.startswith("a=")]
        assert all("\r" not in value and "\n" not in value for value in answer.headers.values())


async def test_no_cell_of_figures_is_a_formula(house: House) -> None:
    """Whatever a ticket says of itself: a spreadsheet computes nothing of it."""
    async with transaction(house.engine) as connection:
        for words in ("=HYPERLINK(1)", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1"):
            made = text(
                "INSERT INTO tickets (city, agency, opened_by, reason) VALUES ('hangzhou', :words, 'r', :words)"
            )
            await connection.execute(made, {"words": words})
    ann = await hire(house.engine, "ann", Grant(Role.ANALYST))
    async with desks_at(house) as desks, desks.chair(ann) as chair:
        rows = list(
            csv.reader(io.StringIO((await chair.get("/console/figures/tickets.csv")).text.removeprefix("\ufeff")))
        )
    assert len(rows) == 7
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
