"""Updates and ends of emergency alerts reach whoever was told of what they are about, wherever they hold themselves."""

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
from desk.announcements.service import Announcements
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

    async def heard(self, district: str) -> list[str]:
        """What somebody was told, by its first word."""
        texts = await self.alerted.house.texts(self.readers[district])
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
