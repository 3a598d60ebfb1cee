"""Calendar pages: an appointment that any calendar takes in. Read back by a library that is not ours (vobject)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import vobject
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.cases import appointment, report
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, SITE, House, turn_of
from fixtures.still import keep_still
from fixtures.web import Site, application

from desk.cases.links import Links
from desk.contract.messages import CaseNote, KeepCase, Reply
from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.web import calendar

LINKS = Links(KEYS, SITE)
CITY = "hangzhou"


@dataclass
class Office:
    """A house with its web, where appointments are kept."""

    house: House
    site: Site

    async def keep(self, conversation: ConversationRow, case: CaseNote) -> str:
        """Keep a case; answers the path of its calendar page."""
        agency = self.house.cities[CITY].agencies[0].slug
        kept = KeepCase.model_validate(case.model_dump() | {"city": CITY, "agency": agency, "known_at": None})
        async with transaction(self.house.engine) as connection:
            await self.house.keeper().carry_out(turn_of(connection, conversation, [kept]))
        return urlsplit(LINKS.calendar(conversation.id, case.case)).path

    async def entry(self, path: str) -> Any:
        """The event of a page, as another program reads it."""
        status, body, _ = await self.site.ask("GET", path)
        assert status == 200, body
        return vobject.readOne(body).vevent


@pytest_asyncio.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with TestServer(application(house)) as server, ClientSession() as http:
        yield Office(house, Site(str(server.make_url("/")).rstrip("/"), http))


async def test_an_appointment_is_read_by_another_program(office: Office) -> None:
    """What, where, from when to when in the city's time, whom to call, and an alarm the day before."""
    conversation = await office.house.open(locale="en")
    path = await office.keep(conversation, appointment(facts={"minutes": 45}))
    status, body, headers = await office.site.ask("GET", path)
    assert status == 200
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert headers["Cache-Control"] == "no-store"
    calendar = vobject.readOne(body)
    event = calendar.vevent
    assert (event.summary.value, event.location.value, event.status.value) == ("结婚登记1", "Registry 1", "CONFIRMED")
    assert event.dtstart.value == datetime.fromisoformat("2026-12-03T09:30:00+08:00")
    assert event.dtend.value - event.dtstart.value == timedelta(minutes=45)
    assert "DTSTART;TZID=Asia/Shanghai:20261203T093000" in body
    assert calendar.vtimezone.tzid.value == "Asia/Shanghai"
    assert event.valarm.trigger.value == timedelta(days=-1)
    assert office.house.cities[CITY].agencies[0].phone in event.description.value
    assert "MR2026" not in body


async def test_a_change_moves_the_same_entry(office: Office) -> None:
    """The UID stays, the SEQUENCE grows; what was called off says so and rings no more."""
    conversation = await office.house.open()
    path = await office.keep(conversation, appointment())
    first = await office.entry(path)
    await office.keep(conversation, appointment(at="2026-12-08T14:00:00+08:00"))
    moved = await office.entry(path)
    await office.keep(conversation, appointment(at="2026-12-08T14:00:00+08:00", over=True, status="cancelled"))
    called_off = await office.entry(path)
    assert first.uid.value == moved.uid.value == called_off.uid.value
    assert [int(one.sequence.value) for one in (first, moved, called_off)] == [0, 1, 2]
    assert moved.dtstart.value == datetime.fromisoformat("2026-12-08T14:00:00+08:00")
    assert (called_off.status.value, hasattr(called_off, "valarm")) == ("CANCELLED", False)


async def test_an_appointment_that_took_place_stays_in_the_calendar(office: Office) -> None:
    """Over, and not called off."""
    conversation = await office.house.open()
    path = await office.keep(conversation, appointment(over=True, status="kept"))
    assert (await office.entry(path)).status.value == "CONFIRMED"


async def test_nothing_else_has_a_page(office: Office) -> None:
    """A code that is none, a report, and what was erased: not found, without a word on which it is."""
    conversation = await office.house.open()
    path = await office.keep(conversation, appointment())
    of_report = await office.keep(conversation, report())
    other = urlsplit(LINKS.calendar((await office.house.open()).id, appointment().case)).path
    assert [(await office.site.ask("GET", one))[0] for one in (path, of_report, other)] == [200, 404, 404]
    erased = RenderedMessage(text="erased", locale="zh_Hans")
    await service.erase(office.house.engine, Live(office.house.redis), conversation.id, erased, office.house.parts())
    assert (await office.site.ask("GET", path))[0] == 404


async def test_who_guesses_is_slowed_down(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a minute's worth of pages from one address: 429, with the seconds to wait."""
    keep_still(monkeypatch, calendar, "RATE")
    path = urlsplit(LINKS.calendar((await office.house.open()).id, "x")).path
    answers = [await office.site.ask("GET", path) for _ in range(75)]
    assert {status for status, _, _ in answers} == {404, 429}
    assert int(next(headers["Retry-After"] for status, _, headers in answers if status == 429)) >= 1


async def test_a_reply_has_the_address(office: Office) -> None:
    """`{"calendar_page": case}` becomes an address of this installation, also inside of a text in a text."""
    conversation = await office.house.open()
    inner = {"key": "card.value", "args": {"value": {"calendar_page": "marriage_registration-1"}}}
    reply = Reply(key="card.value", args={"value": {"text": inner}})
    filled = office.house.keeper().filled(conversation.id, reply)
    said = office.house.catalogs.render(filled, "en").text
    assert said == LINKS.calendar(conversation.id, "marriage_registration-1")


async def test_a_turn_keeps_and_gives_the_address(office: Office) -> None:
    """The bot's effect in its own turn: kept with the replies, and the page is there when they are read."""
    conversation = await office.house.open()
    agency = office.house.cities[CITY].agencies[0].slug
    kept = KeepCase.model_validate(
        appointment().model_dump() | {"city": CITY, "agency": agency, "known_at": None}
    ).model_dump(mode="json")
    reply = {"key": "test.echo", "args": {"text": {"calendar_page": kept["case"]}}}
    async with FakeBot() as bot, office.house.worker(bot.url):
        bot.answers.append({"replies": [reply], "effects": [kept]})
        await office.house.say(conversation, "book it")
        await office.house.settle(conversation)
    [said] = await office.house.texts(conversation)
    assert said.startswith(f"{SITE}/cases/")
    assert (await office.entry(urlsplit(said).path)).summary.value == "结婚登记1"
