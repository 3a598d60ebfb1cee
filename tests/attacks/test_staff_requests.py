"""Requests to every route of the console and of programs that no page or program sends: none is a failure of ours.

Whoever sends them is logged in, holds a key, or is nobody. Those by chance are a few by default; `make fuzz` takes
100,000.
"""

import asyncio
import json
import os
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import structlog
from fixtures import cap, mutations
from fixtures.alerted import AT_ONCE, KEY, SOURCE, Alerted
from fixtures.announcing import CITY, lists_of
from fixtures.desks import Known, console_of, hire
from fixtures.house import HOME, KEYS, House
from fixtures.web import application
from fixtures.wire import MUTE, insist_on_answers, request, send, serving_as_started
from integration.test_api import ALERT, DRAFT
from sqlalchemy import text

from desk.announcements.content import Draft
from desk.announcements.programs.callbacks import Callbacks
from desk.announcements.trials import Trials
from desk.api.openapi import ACTS
from desk.api.server import adding as adding_api
from desk.console import server as console
from desk.console.visits import FORM_COOKIE, FORM_FIELD, PURPOSE, SESSION_COOKIE
from desk.contract.staff import Actor, Grant, Role
from desk.staff.sessions import SessionLimits, make_key, open_session
from desk.store.database import transaction
from desk.web.limits import Limits

CASES = int(os.environ.get("CITYDESK_CASES", "300"))
SEED = int(os.environ.get("CITYDESK_SEED", "20261129"))
LIMITS = Limits(body_seconds=0.5, upload_seconds=1.0)
EVERYWHERE = tuple(map(Grant, Role))
TEMPLATES = Path(console.__file__).with_name("templates")
FIELDS = sorted({
    name for page in TEMPLATES.rglob("*.html") for name in re.findall(r'name="([a-z_]+)"', page.read_text("utf-8"))
})  # fmt: skip
VALUES = (
    "1", "2", "yes", "on", "", "en", "lin", "close", "solved", "hangzhou/city_hall", "hangzhou", "city_hall", "water",
    "2026-11-28", "2026-11-28T10:00", "10:00", "T-1-8", "/console/tickets", "clerk", "everybody", "followers", "day",
    "停水了", "a reason", "0" * 64,
)  # fmt: skip
HEADERS = (
    (b"Referer", b"http://city.example/console/tickets?q=1"), (b"HX-Request", b"true"),
    (b"HX-Current-URL", b"http://city.example/console"), (b"Sec-Fetch-Site", b"same-origin"),
    (b"Accept-Language", b"zh-CN,en;q=0.5"), (b"Accept", b"text/event-stream"), (b"Console-Background", b"1"),
    (b"X-Forwarded-For", b"192.0.2.1, 127.0.0.1"), (b"Origin", b"http://city.example"),
    (b"Cookie", b"desk-language=en"),
    (b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8"), (b"Last-Event-ID", b"12"),
    (b"Content-Type", b"multipart/form-data; boundary=x"), (b"Content-Encoding", b"gzip"), (b"Host", b"other.example"),
    (b"If-None-Match", b'"abc", W/"d"'), (b"Expect", b"100-continue"), (b"Range", b"bytes=0-1"),
)  # fmt: skip
WHY = {"reason": "a reason"}
LIVE = text("UPDATE alerts SET state = 'live', expires = clock_timestamp() + interval '1 day' WHERE id = 1")
BODIES: tuple[object, ...] = (
    {"draft": DRAFT, "submit": True}, {"draft": ALERT, "corrects": 1}, {"draft": DRAFT, "version": 1}, WHY,
    {"version": 1, "languages": ["zh_Hans", "en"]}, {"account": "hangzhou-web", "looked": True},
    {"url": "https://water.example/heard", "city": CITY, "agency": "city_hall"},
)  # fmt: skip
QUERIES = (
    "", "", "?lang=en", "?before=1&state=draft&city=hangzhou&agency=city_hall", "?q=a&page=2&sort=due",
    "?next=/console&again=yes", "?day=2026-11-28&until=2026-11-29&by=agency",
    "?city=hangzhou&agency=city_hall&name=one&of=telephones", "?state=x&error=y&code=z",
)  # fmt: skip
ANYWHERE = {
    "login": "lin", "number": "1", "announcement": "1", "alert": "1", "team": "1", "reference": "T-1-8",
    "token": "t" * 43, "session": "s" * 43, "sha256": "0" * 64, "name": "console.css", "city": HOME,
}  # fmt: skip
PLACE = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
ROUTES = [
    *((one.method, one.path, "page") for section in console.ALL for one in section.routes),
    *((method.upper(), path, "program") for method, path, *_ in ACTS),
    ("POST", f"/alerts/{HOME}", "source"),
]
pytestmark = [pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE]  # as in the product


@dataclass
class Hands:
    """What whoever sends requests holds: a session of the console, and a key."""

    house: House
    known: Known
    key: str
    session: str = ""

    async def renew(self) -> None:
        """Open a session: some requests end it. Who asks this often is slowed; that is forgotten."""
        await self.house.redis.flushdb()
        async with transaction(self.house.engine) as connection:
            self.session = await open_session(
                connection, self.known.id, via="console", address="203.0.113.7", limits=SessionLimits()
            )

    def form(self, chance: random.Random) -> bytes:
        """Fields as forms of ours have them, of which some are not what they were."""
        fields = {name: chance.choice(VALUES) for name in chance.sample(FIELDS, chance.choice([1, 4, 12, len(FIELDS)]))}
        for name in chance.sample([*fields], min(len(fields), chance.choice([0, 1, 3]))):
            fields[name] = str(mutations.odd(chance))[:30_000]
        bound_to = self.session if chance.random() < 0.9 else "x" * 43
        fields[FORM_FIELD] = KEYS.code(bound_to, purpose=PURPOSE, length=40)
        written = "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in fields.items()).encode()
        return mutations.raw(chance, written) if chance.random() < 0.1 else written


@asynccontextmanager
async def staffed(house: House) -> AsyncIterator[tuple[str, Hands]]:
    """Everything that staff, programs and sources call, with something in it, and somebody who may do all."""
    lin = await hire(house.engine, "lin", *EVERYWHERE)
    async with transaction(house.engine) as connection:
        key = await make_key(connection, (await hire(house.engine, "program", *EVERYWHERE)).id, name="tests", days=1)
    room, alerted = console_of(house), Alerted(house)
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        hand_over = house.hand_over()
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    await room.announcements.create(Actor("lead", grants=EVERYWHERE), Draft.model_validate(DRAFT))
    await alerted.take(source=SOURCE)
    programs = adding_api(
        room.announcements,
        Callbacks(house.engine, KEYS, "https://desk.example"),
        lists_of(house),
        room.door,
        Trials(room.announcements, room.alerts, room.mail),
    )
    made = application(
        house,
        LIMITS,
        additions=[console.adding(room), programs],
        emergency_alerts=alerted.parts(),
        cities=alerted.cities,
    )
    async with serving_as_started(made) as url:
        yield url, Hands(house, lin, key)


KINDS = {"lists": "text/csv", "images": "image/png", "documents": "application/pdf"}
"""What programs bring, by the last part of the address."""


def by_chance(chance: random.Random, hands: Hands) -> bytes:
    """A request that is nearly right, to any route."""
    method, path, of = chance.choice(ROUTES)
    address = (PLACE.sub(lambda found: ANYWHERE.get(found[1], "a"), path) + chance.choice(QUERIES)).encode()
    if chance.random() < 0.3:
        address = mutations.raw(chance, address)
    headers, body = [], b""
    cookies = f"{SESSION_COOKIE}={hands.session}; {FORM_COOKIE}={hands.session}".encode()
    if of == "page":
        headers.append((b"Cookie", cookies))
        if method == "POST":
            headers.append((b"Content-Type", b"application/x-www-form-urlencoded"))
            body = hands.form(chance)
    elif of == "program":
        headers += [(b"Authorization", f"Bearer {hands.key}".encode()), (b"Idempotency-Key", b"one")]
        kind = KINDS.get(path.rpartition("/")[2], "application/json")
        headers.append((b"Content-Type", kind.encode()))
        if method != "GET":
            body = mutations.written(chance, chance.choice(BODIES))
    else:
        headers.append((b"Authorization", f"Bearer {AT_ONCE}-{KEY}".encode()))
        body = cap.by_chance(chance)
    if chance.random() < 0.2:  # what says who it is, or what kind of body, is strange
        place = chance.randrange(len(headers))
        headers[place] = (headers[place][0], mutations.raw(chance, headers[place][1]))
    for name, value in chance.sample(HEADERS, chance.choice([0, 0, 1, 2])):
        headers.append((name, mutations.raw(chance, value) if chance.random() < 0.6 else value))
    return request(method.encode(), address or b"/", headers, body)


async def test_no_request_of_staff_is_a_failure_of_ours(house: House) -> None:
    """Every answer is below 500, and no error is logged."""
    async with staffed(house) as (url, hands):

        async def asked(number: int, chance: random.Random) -> bytes:
            if number % 25 == 0:
                await hands.renew()
            return by_chance(chance, hands)

        await insist_on_answers(url, CASES, SEED, asked)


FORM = b"application/x-www-form-urlencoded"
JSON = (b"Content-Type", b"application/json")
CSV = (b"Content-Type", b"text/csv")
LISTED, LISTS = b"/api/v1/announcements", b"/api/v1/lists?city=hangzhou&agency=city_hall&of=telephones&name="


def bearing(word: bytes) -> tuple[bytes, bytes]:
    """The header that says who it is."""
    return b"Authorization", b"Bearer " + word


NOBODYS = {
    "a session that is no text": (request(b"GET", b"/console", [(b"Cookie", b"desk-staff=\xff\xfe")]), 303),
    "a visitor's forms bound to no text": (
        request(b"GET", b"/console/login", [(b"Cookie", b"desk-staff-form=\xff\xfe")]),
        200,
    ),
    "a key that is no text": (request(b"GET", LISTED, [bearing(b"\xff")]), 401),
    "a source's key that is no text": (request(b"POST", b"/alerts/hangzhou", [bearing(b"\xff")], b"<a/>"), 401),
    "a page of no address": (request(b"POST", b"/console/requests", [(b"Referer", b"http://[")], b"a=b"), 303),
    "a page that is no text": (
        request(b"POST", b"/console/requests", [(b"Referer", b"http://x/console/\xff")], b"a=b"),
        303,
    ),
    "a script's page of no address": (
        request(b"GET", b"/console", [(b"HX-Request", b"true"), (b"HX-Current-URL", b"http://[")]),
        401,
    ),
    "a form in an unknown charset": (
        request(b"POST", b"/console/login", [(b"Content-Type", FORM + b"; charset=x")], b"a=b"),
        400,
    ),
    "a form in half a charset": (
        request(b"POST", b"/console/login", [(b"Content-Type", FORM + b"; charset=utf-16")], b"abc"),
        400,
    ),
    "a form that is no text": (request(b"POST", b"/console/login", [(b"Content-Type", FORM)], b"csrf=\xff"), 400),
}
"""Requests that need no session and no key, each with its answer. Most were answered 500 once."""

DRAFTS = {
    "a zero byte": {**DRAFT, "titles": {"zh_Hans": "a\x00b"}},
    "a zero byte in a link": {**DRAFT, "link": "a\x00b"},
    "a text without end": {**DRAFT, "texts": {"zh_Hans": "a" * 200_000}},
    "a day before all calendars": {**DRAFT, "until": "0001-01-01T00:00:00+14:00"},
    "a day after all calendars": {**DRAFT, "until": "9999-12-31T23:59:59-14:00"},
}
PROGRAMS = {
    "a city of a zero byte": (b"GET", LISTED + b"?city=%00", b""),
    "a number that is too large": (b"GET", LISTED + b"?before=" + b"9" * 30, b""),
    "an account of a zero byte": (b"POST", LISTED + b"/1/republish", b'{"account": "\\u0000"}'),
    "a reason of a zero byte": (b"POST", LISTED + b"/1/cancel", b'{"reason": "\\u0000"}'),
    "what it corrects too large": (b"POST", LISTED, json.dumps({"draft": DRAFT, "corrects": 10**30}).encode()),
    "a list's name of a zero byte": (b"POST", LISTS + b"a%00b", b"13800001111\n"),
    **{f"{name} in a draft": (b"POST", LISTED, json.dumps({"draft": one}).encode()) for name, one in DRAFTS.items()},
}


async def test_who_is_nobody_causes_no_failure(house: House) -> None:
    """Each is answered for what it is."""
    with structlog.testing.capture_logs() as logged:
        async with staffed(house) as (url, _):
            answered = {name: (await send(url, asked)).status for name, (asked, _) in NOBODYS.items()}
    assert answered == {name: wanted for name, (_, wanted) in NOBODYS.items()}
    assert [line for line in logged if line["log_level"] == "error"] == []


async def test_what_the_store_cannot_hold_is_refused(house: House) -> None:
    """Of a program that has a key: by field, and nothing is written."""
    answered = {}
    with structlog.testing.capture_logs() as logged:
        async with staffed(house) as (url, hands):
            for name, (method, target, body) in PROGRAMS.items():
                headers = [
                    bearing(hands.key.encode()),
                    (b"Idempotency-Key", b"one"),
                    CSV if b"lists" in target else JSON,
                ]
                answered[name] = (await send(url, request(method, target, headers, body))).status
    assert answered == dict.fromkeys(PROGRAMS, 422)
    assert [line for line in logged if line["log_level"] == "error"] == []


async def test_pictures_of_one_account_are_few_at_once_and_come_within_seconds(house: House) -> None:
    """Each takes memory until it is decoded, one after the other; others' places stay free."""

    async def begun(url: str, key: str) -> int:
        """An image of which only the head comes."""
        headers = [bearing(key.encode()), (b"Content-Type", b"image/png"), (b"Content-Length", b"1000000")]
        asked = request(b"POST", b"/api/v1/images?city=hangzhou&agency=city_hall", headers, b"", length=False)
        return (await send(url, asked, head=True)).status

    async with staffed(house) as (url, hands), asyncio.TaskGroup() as group:
        tasks = [group.create_task(begun(url, hands.key)) for _ in range(LIMITS.uploads_of_staff + 2)]
    answers = sorted(one.result() for one in tasks)
    assert answers == [408] * LIMITS.uploads_of_staff + [429] * 2


async def test_a_decision_that_is_none_ends_no_alert(house: House) -> None:
    """What a form says that is no page's of ours is refused; it is not taken for the last of what can be decided."""
    async with staffed(house) as (url, hands):
        await hands.renew()
        async with transaction(house.engine) as connection:
            await connection.execute(LIVE)
        code = KEYS.code(hands.session, purpose=PURPOSE, length=40)
        headers = [
            (b"Cookie", f"{SESSION_COOKIE}={hands.session}".encode()),
            (b"Content-Type", b"application/x-www-form-urlencoded"),
        ]
        body = f"{FORM_FIELD}={code}&decision=x&reason=a".encode()
        answered = await send(url, request(b"POST", b"/console/alerts/1", headers, body))
    assert (answered.status, await house.scalar("SELECT state FROM alerts WHERE id = 1")) == (400, "live")
