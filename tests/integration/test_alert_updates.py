"""Updates and ends of emergency alerts reach whoever was told of what they are about, wherever they hold themselves."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fixtures import cap as given
from fixtures.alerted import APPROVER, EDITOR, SOURCE, TEN, Alerted
from fixtures.announcing import Room
from fixtures.house import House

from desk.alerts.service import Taken
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.announcements.telling import teller
from desk.announcements.telling.emergencies import AlertDelivery
from desk.contract.errors import Conflict
from desk.conversations.rows import ConversationRow

CITY, XIHU, BINJIANG, ELSEWHERE = "330100", "330106", "330108", "330200"
FIRST, UPDATE, OVER = "预警", "预警更新", "预警解除"


def infos(code: str, **changes: Any) -> list[dict[str, Any]]:
    """What holds in an area by its code, for who follows its topic there."""
    area = given.area(polygon=None, geocode={"valueName": "GB/T 2260", "value": code})
    return [given.info(severity="Minor", area=area, **changes)]


@dataclass
class Warned:
    """A city with its alerts, and who follows weather in which district."""

    alerted: Alerted
    readers: dict[str, ConversationRow] = field(default_factory=dict)

    @property
    def room(self) -> Room:
        return Room(self.alerted.house, now=self.alerted.now)

    async def begin(self) -> None:
        """Residents of two districts."""
        for district in ("xihu", "binjiang"):
            self.readers[district] = await self.alerted.house.open()
            await self.room.wish(self.readers[district], "weather", district)

    async def take(self, identifier: str, code: str, of: str | None = None, **changes: Any) -> Taken:
        """A document of the source, which names another; each comes a minute later than the one before."""
        about: dict[str, Any] = {}
        if of is not None:
            about = {"msgType": "Update", "references": given.reference(of, sent=self.sent[of])}
        self.alerted.now += timedelta(minutes=1)
        self.sent[identifier] = self.alerted.now.isoformat()
        members = {"identifier": identifier, "sent": self.sent[identifier], "info": infos(code), **about, **changes}
        return await self.alerted.take(**members)

    sent: dict[str, str] = field(default_factory=dict)

    async def carry_out(self, *, tells: bool = True) -> None:
        """What was queued, each twice, the last first: jobs of two alerts may run in any order. Then it is told."""
        house, clock = self.alerted.house, lambda: self.alerted.now
        room = Announcements(house.engine, house.catalogs, self.alerted.cities, self.room.announcements.topics, clock)
        queued, self.alerted.told[:] = self.alerted.told[::-1], []
        for number in [*queued, *queued]:
            await AlertDelivery(house.engine, room, self.alerted.cities, clock).carry_out(number)
        if tells:
            await self.room.tell()

    async def carried_out(self, number: int, *, again: bool = False, **stops: Any) -> None:
        """What the job of one alert does on a worker of its own; `again`: as a job that fails is tried again."""
        house, clock = self.alerted.house, lambda: self.alerted.now
        topics = self.room.announcements.topics
        kind = Stopping if stops else Announcements
        room = kind(house.engine, house.catalogs, self.alerted.cities, topics, clock, **stops)
        delivery = AlertDelivery(house.engine, room, self.alerted.cities, clock)
        try:
            await delivery.carry_out(number)
        except Conflict:
            if not again:
                raise
            await delivery.carry_out(number)

    async def heard(self, district: str) -> list[str]:
        """What somebody was told, by its first word."""
        return await self.heard_by(self.readers[district])

    async def heard_by(self, reader: ConversationRow) -> list[str]:
        """The same of anybody."""
        texts = await self.alerted.house.texts(reader)
        return [re.split("[：】]", one.removeprefix("【"))[0] for one in texts]


@pytest.fixture
async def warned(house: House) -> Warned:
    made = Warned(Alerted(house, now=TEN))
    await made.begin()
    return made


@pytest.mark.parametrize(
    ("first", "then", "xihu", "binjiang"),
    [
        pytest.param(CITY, XIHU, [FIRST, UPDATE], [FIRST, UPDATE], id="smaller"),
        pytest.param(XIHU, CITY, [FIRST, UPDATE], [UPDATE], id="larger"),
        pytest.param(XIHU, BINJIANG, [FIRST, UPDATE], [UPDATE], id="another"),
        pytest.param(XIHU, XIHU, [FIRST, UPDATE], [], id="the same"),
        pytest.param(XIHU, ELSEWHERE, [FIRST, OVER], [], id="of another city"),
    ],
)
async def test_an_update_reaches_whom_the_first_reached(
    warned: Warned, first: str, then: str, xihu: Sequence[str], binjiang: Sequence[str]
) -> None:
    """And those of its own area, each once; where it holds here no more, that it is over."""
    await warned.take("a", first)
    await warned.carry_out()
    await warned.take("u", then, of="a")
    await warned.carry_out()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == (xihu, binjiang)


@dataclass
class Gate:
    """Where a worker stops in the middle of a job until it is let on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_through(self) -> None:
        self.reached.set()
        await self.opened.wait()


@dataclass(frozen=True)
class Stopping(Announcements):
    """The room of a worker that stops before it creates what is told, or before it submits that."""

    gate: Gate = field(default_factory=Gate)
    before: str = "create"

    async def create(self, *args: Any, **named: Any) -> AnnouncementRow:
        if self.before == "create":
            await self.gate.pass_through()
        return await super().create(*args, **named)

    async def submit(self, *args: Any, **named: Any) -> AnnouncementRow:
        if self.before == "submit":
            await self.gate.pass_through()
        return await super().submit(*args, **named)


@pytest.mark.parametrize("before", ["create", "submit"])
async def test_an_update_that_comes_while_the_first_is_being_made(warned: Warned, before: str) -> None:
    """By two workers: who hears the first hears the update after it, and nobody hears the first after the update."""
    gate = Gate()
    await warned.take("a", CITY)
    async with asyncio.TaskGroup() as workers:
        workers.create_task(warned.carried_out(1, again=True, gate=gate, before=before))
        await gate.reached.wait()
        await warned.take("u", XIHU, of="a")
        await warned.carried_out(2)
        await warned.room.tell()
        gate.opened.set()
    await warned.room.tell()
    await warned.carried_out(1)
    await warned.room.tell()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == ([UPDATE], [])


async def test_an_update_that_comes_while_the_first_is_told(warned: Warned, monkeypatch: pytest.MonkeyPatch) -> None:
    """By two workers, at whatever moment it comes: one of some residents who had heard the first, and no more."""
    monkeypatch.setattr(teller, "CHUNK", 1)
    house = warned.alerted.house
    readers = [await house.open() for _ in range(6)]
    for one in readers:
        await warned.room.wish(one, "weather", "binjiang")
    await warned.take("a", CITY)
    await warned.carried_out(1)
    for _ in range(3):
        await warned.room.teller.step()
    await warned.take("u", XIHU, of="a")
    async with asyncio.TaskGroup() as workers:
        for job in (1, 2):
            workers.create_task(warned.carried_out(job, again=True))
            workers.create_task(warned.room.tell())
    await warned.room.tell()
    heard = [await warned.heard_by(one) for one in readers]
    told = [one for one in heard if one]
    assert 0 < len(told) < len(readers)
    assert all(one == [FIRST, UPDATE] for one in told)
    assert (await warned.heard("xihu"))[-1:] == [UPDATE]


async def test_updates_that_overtake_each_other_reach_whom_the_first_reached(warned: Warned) -> None:
    """The second comes before the job of the first has run: it knows of those before that all the same."""
    await warned.take("a", XIHU)
    await warned.carry_out()
    await warned.take("u", BINJIANG, of="a")
    await warned.take("v", BINJIANG, of="u")
    await warned.carry_out()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == ([FIRST, UPDATE], [UPDATE])


async def test_it_is_counted_before_it_is_told(warned: Warned) -> None:
    """Whom the first reached is among its recipients, once, and among how they are spread."""
    await warned.take("a", CITY)
    await warned.carry_out()
    await warned.take("u", XIHU, of="a")
    await warned.carry_out(tells=False)
    number = (await warned.room.announcements.all(EDITOR))[0].id
    standing = await warned.room.announcements.standing(EDITOR, number)
    assert (standing.recipients, [one.residents for one in standing.parts]) == (2, [2])


async def test_who_was_not_told_of_an_update_is_told_of_the_next(warned: Warned) -> None:
    """It came while the one before it was told to nobody yet: who heard of the first hears of the last."""
    await warned.take("a", XIHU)
    await warned.carry_out()
    await warned.take("u", BINJIANG, of="a")
    await warned.carry_out(tells=False)
    await warned.take("v", BINJIANG, of="u")
    await warned.carry_out()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == ([FIRST, UPDATE], [UPDATE])


async def test_that_an_update_is_over_reaches_whom_the_first_reached(warned: Warned) -> None:
    """Also who was not told of the update any more."""
    await warned.take("a", XIHU)
    await warned.carry_out()
    await warned.take("u", BINJIANG, of="a")
    await warned.carry_out(tells=False)
    changes = {"msgType": "Cancel", "references": given.reference("u", sent=warned.sent["u"]), "info": None}
    await warned.take("c", BINJIANG, **changes)
    await warned.carry_out()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == ([FIRST, OVER], [])


async def test_what_nobody_was_told_is_not_over(warned: Warned) -> None:
    """An update for another city, of an alert that had reached nobody, is told to nobody."""
    await warned.take("a", XIHU)
    await warned.carry_out(tells=False)
    await warned.take("u", ELSEWHERE, of="a")
    await warned.carry_out()
    assert (await warned.heard("xihu"), await warned.heard("binjiang")) == ([], [])


async def test_an_update_that_has_expired_ends_what_it_updates(warned: Warned) -> None:
    """Its source says of the first in it that it holds no more."""
    await warned.take("a", XIHU)
    await warned.carry_out()
    past = infos(XIHU, expires=TEN.isoformat())
    taken = await warned.take("u", XIHU, of="a", info=past)
    await warned.carry_out()
    assert (taken.alert.state, taken.alert.why) == ("kept", "it had expired when it came")
    assert await warned.heard("xihu") == [FIRST, OVER]
    assert await warned.alerted.shown() == []


async def test_an_update_for_elsewhere_waits_as_every_other(warned: Warned) -> None:
    """Until somebody lets it through the first holds; one that names nothing that holds here waits for nobody."""
    first = await warned.alerted.take(source=SOURCE, identifier="a", info=infos(XIHU))
    await warned.alerted.room.approve(APPROVER, first.alert.id)
    about = {"msgType": "Update", "references": given.reference("a"), "info": infos(ELSEWHERE)}
    waits = await warned.alerted.take(source=SOURCE, identifier="u", **about)
    assert (waits.alert.state, await warned.alerted.shown()) == ("pending", [first.alert.id])
    passed = await warned.alerted.room.approve(APPROVER, waits.alert.id)
    assert (passed.state, await warned.alerted.shown()) == ("kept", [])
    with pytest.raises(Conflict):
        await warned.alerted.room.approve(APPROVER, waits.alert.id)
    other = await warned.alerted.take(source=SOURCE, identifier="n", **{**about, "references": given.reference("no")})
    assert other.alert.state == "kept"
