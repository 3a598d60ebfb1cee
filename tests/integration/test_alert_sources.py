"""Sources that are asked: with what changed since, within limits, through faults. The pretend warning centre."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures import cap as given
from fixtures.alerted import EDITOR, Alerted
from fixtures.house import HOME, House, until
from fixtures.pretend_city import pretend_city

from desk.alerts.documents import LARGEST
from desk.alerts.listing import Listing
from desk.alerts.polling import Polling
from desk.alerts.service import Alerts
from desk.city.alerting import AlertsHere
from desk.http.reach import reaching

CENTRE = "centre"
SENDER = f"warnings@{HOME}.example"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@dataclass
class Asked:
    """Asks a source at an address, on a clock."""

    house: House
    url: str
    http: ClientSession
    now: datetime = NOW
    senders: list[str] = field(default_factory=lambda: [SENDER, given.SENDER])

    @property
    def polling(self) -> Polling:
        source = {"slug": CENTRE, "agency": "weather", "senders": self.senders, "url": "sandbox:/x", "approval": False}
        here = AlertsHere.model_validate({"sources": [source], "office": "41600000"})
        cities = {**self.house.cities, HOME: self.house.cities[HOME].model_copy(update={"alerts": here})}
        room = Alerts(self.house.engine, cities, lambda: self.now, "alerts@city.example")
        return Polling(self.house.engine, room, self.http, {(HOME, CENTRE): self.url}, lambda: self.now)

    async def ask(self) -> int:
        """Ask, a minute after the last time."""
        self.now += timedelta(minutes=1)
        return await self.polling.poll(HOME, CENTRE)

    async def shown(self) -> list[str]:
        """Headlines that residents see."""
        viewer = Alerted(self.house, now=self.now)
        rows = await Listing(self.house.engine).alerts(EDITOR, state="live")
        shown = set(await viewer.shown())
        return [one.infos[0]["headline"] for one in rows if one.id in shown]

    async def standing(self) -> tuple[int, str]:
        """How often in a row it failed, and what was wrong with the last answer."""
        [row] = await Listing(self.house.engine).polls(EDITOR, HOME)
        return row.failures, row.fault


@dataclass
class Centre:
    """The pretend warning centre, and who asks it."""

    asked: Asked
    root: str

    async def warn(self, number: str, **changes: Any) -> None:
        async with self.asked.http.put(f"{self.root}/_sandbox/alerts/{HOME}/{number}", json=changes) as answer:
            assert answer.status == 201, await answer.text()

    async def fault(self, **fault: Any) -> None:
        body = {"system": "alerts", "city": HOME, **fault}
        async with self.asked.http.post(f"{self.root}/_sandbox/faults", json=body) as answer:
            assert answer.status == 201, await answer.text()

    async def mend(self) -> None:
        async with self.asked.http.delete(f"{self.root}/_sandbox/faults") as answer:
            assert answer.status == 200


@pytest.fixture
async def centre(house: House, tmp_path: Path) -> AsyncIterator[Centre]:
    clock: list[Asked] = []
    application = pretend_city(tmp_path, lambda: clock[0].now if clock else NOW)
    async with TestServer(application) as server, ClientSession() as http:
        root = str(server.make_url("/")).rstrip("/")
        asked = Asked(house, f"{root}/alerts/{HOME}/index.atom", http)
        clock.append(asked)
        yield Centre(asked, root)


@asynccontextmanager
async def answering(
    house: House, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[Asked]:
    """A source that answers as it likes."""
    application = web.Application()
    application.router.add_route("GET", "/{path:.*}", answer)
    async with TestServer(application) as server, ClientSession() as http:
        yield Asked(house, str(server.make_url("/feed")), http)


async def test_what_a_source_lists_is_taken_in_and_ended(centre: Centre) -> None:
    """From the index, through its documents, to what residents see: an alert, its update, its cancel."""
    await centre.warn("a1")
    assert await centre.asked.ask() == 1
    assert await centre.asked.shown() == ["暴雨橙色预警"]
    await centre.warn("a2", kind="Update", headline="暴雨红色预警", severity="Extreme", references=["a1"])
    assert await centre.asked.ask() == 1
    assert await centre.asked.shown() == ["暴雨红色预警"]
    await centre.warn("a3", kind="Cancel", references=["a1", "a2"])
    assert await centre.asked.ask() == 1
    assert await centre.asked.shown() == []


async def test_nothing_new_is_asked_for_twice(centre: Centre) -> None:
    """An index that has not changed is not sent again, and no document is fetched again."""
    await centre.warn("a1")
    assert [await centre.asked.ask() for _ in range(3)] == [1, 0, 0]
    assert await centre.asked.standing() == (0, "")


async def test_two_who_ask_at_once_are_one(centre: Centre) -> None:
    """The claim is a row."""
    await centre.warn("a1")
    centre.asked.now += timedelta(minutes=1)
    polling = centre.asked.polling
    assert [await polling.poll(HOME, CENTRE), await polling.poll(HOME, CENTRE)] == [1, 0]


async def test_a_whole_chain_that_comes_at_once_ends_as_it_should(centre: Centre) -> None:
    """The index lists the newest first."""
    await centre.warn("a1")
    centre.asked.now += timedelta(seconds=5)
    await centre.warn("a2", kind="Update", headline="第二次", references=["a1"])
    assert await centre.asked.ask() == 2
    assert await centre.asked.shown() == ["第二次"]


@pytest.mark.parametrize(
    "said", [{"status": "Exercise"}, {"status": "Test"}, {"status": "System"}, {"scope": "Private"}]
)
async def test_what_is_not_for_the_public_is_not_shown(centre: Centre, said: dict[str, str]) -> None:
    """Also of a source that is trusted."""
    await centre.warn("a1", **said)
    await centre.asked.ask()
    assert await centre.asked.shown() == []


async def test_one_broken_document_stops_no_other(centre: Centre) -> None:
    """It is refused, which is kept; the next is shown."""
    await centre.warn("bad", raw="<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    await centre.warn("good")
    assert await centre.asked.ask() == 1
    assert await centre.asked.shown() == ["暴雨橙色预警"]
    [refusal] = await Listing(centre.asked.house.engine).refusals(EDITOR, HOME)
    assert (refusal.why, refusal.address.endswith("bad.cap")) == ("has_dtd", True)


@pytest.mark.parametrize(
    ("fault", "said"),
    [({"status": 500}, "500"), ({"status": 503}, "503"), ({"cut": True}, "reached"), ({"nonsense": True}, "XML")],
    ids=["500", "503", "cut off", "nonsense"],
)
async def test_a_source_that_fails_is_asked_again(centre: Centre, fault: dict[str, Any], said: str) -> None:
    """Its failures are counted and named; once it answers again everything is there."""
    await centre.warn("a1")
    await centre.fault(**fault)
    assert await centre.asked.ask() == 0
    failures, why = await centre.asked.standing()
    assert (failures, said in why) == (1, True)
    await centre.mend()
    assert await centre.asked.ask() == 1
    assert await centre.asked.standing() == (0, "")


async def test_a_source_that_stays_away_is_asked_less_often(centre: Centre) -> None:
    """But at least every ten minutes."""
    await centre.fault(status=500)
    for _ in range(8):
        centre.asked.now += timedelta(minutes=10)
        await centre.asked.ask()
    assert (await centre.asked.standing())[0] == 8
    assert await centre.asked.ask() == 0
    assert (await centre.asked.standing())[0] == 8
    centre.asked.now += timedelta(minutes=10)
    await centre.asked.ask()
    assert (await centre.asked.standing())[0] == 9


async def test_jobs_ask_every_source(centre: Centre) -> None:
    """Queued each minute, carried out by the worker."""
    await centre.warn("a1")
    centre.asked.now += timedelta(minutes=1)
    polling = centre.asked.polling
    await polling.queue()

    async def is_shown() -> bool:
        return await centre.asked.shown() != []

    async with centre.asked.house.jobs({Polling: polling}):
        await until(is_shown)


async def test_a_source_may_be_a_single_document(house: House) -> None:
    """As some offices publish it: whatever holds now, at one address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=given.document(), content_type="application/cap+xml")

    async with answering(house, answer) as asked:
        assert [await asked.ask(), await asked.ask()] == [1, 0]
        assert len(await asked.shown()) == 1


async def test_an_index_may_be_rss(house: House) -> None:
    """Links of its items."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/one.cap":
            return web.Response(body=given.document(), content_type="application/cap+xml")
        item = "<item><title>x</title><link>/one.cap</link></item>"
        return web.Response(text=f'<rss version="2.0"><channel>{item}</channel></rss>', content_type="text/xml")

    async with answering(house, answer) as asked:
        assert await asked.ask() == 1


async def test_an_index_leads_nowhere_else(house: House) -> None:
    """Not to other hosts or ports, not to files, not by a redirection."""
    fetched: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        fetched.append(request.path)
        if request.path == "/moved.cap":
            raise web.HTTPFound("/secret")
        links = [
            "http://127.0.0.1:1/x.cap",
            "https://elsewhere.example/x.cap",
            "file:///etc/passwd",
            "//[",
            "/moved.cap",
        ]
        entries = "".join(f'<entry><link href="{one}"/></entry>' for one in links)
        return web.Response(text=f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>', content_type="text/xml")

    async with answering(house, answer) as asked:
        assert await asked.ask() == 0
        failures, fault = await asked.standing()
    assert fetched == ["/feed", "/moved.cap"]
    assert failures == 0
    assert "3 documents elsewhere" in fault
    assert "302" in fault


async def test_an_answer_without_end_is_given_up(house: House) -> None:
    """Its size is bounded while it comes, whatever it says; nothing packed is unpacked."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGEST // 100_000 + 10):
            await response.write(b" " * 100_000)
        return response

    async def packed(_: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "br"})

    for answer in (endless, packed):
        async with answering(house, answer) as asked:
            assert await asked.ask() == 0
            failures, why = await asked.standing()
        assert failures > 0
        assert "BackendNonsense" in why


async def test_an_address_on_this_machine_is_not_reached(house: House) -> None:
    """But where the city file says so in as many words."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=given.document(), content_type="application/cap+xml")

    async with answering(house, answer) as asked, ClientSession(connector=reaching("https://feed.example")) as guarded:
        asked.http = guarded
        assert await asked.ask() == 0
        assert "reached" in (await asked.standing())[1]
