"""Emergency alerts told to residents: one announcement of each, approved by who let it through, taken back with it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from fixtures import cap as given
from fixtures.alerted import APPROVER, EDITOR, SOURCE, TEN, Alerted
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.loaded import topics
from fixtures.posted import posted
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.content import Kind, State
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.announcements.telling.emergencies import AlertDelivery
from desk.city.area import ranges_of
from desk.contract.grid import cell_at
from desk.contract.staff import Grant, Role
from desk.store.database import transaction

READER = actor("reader", Grant(Role.EDITOR))


@dataclass
class Delivered:
    """The two rooms, one beside the other."""

    alerted: Alerted

    @property
    def delivery(self) -> AlertDelivery:
        house, clock = self.alerted.house, lambda: self.alerted.now
        room = Announcements(house.engine, house.catalogs, self.alerted.cities, topics(), clock)
        return AlertDelivery(house.engine, room, self.alerted.cities, clock)

    async def carry_out(self) -> None:
        """What was queued, each twice: a job may be."""
        queued, self.alerted.told[:] = [*self.alerted.told], []
        for number in queued:
            await self.delivery.carry_out(number)
            await self.delivery.carry_out(number)

    async def announcements(self) -> list[AnnouncementRow]:
        """All that there are, the oldest first."""
        return (await self.delivery.announcements.all(READER))[::-1]


@pytest.fixture
def delivered(house: House) -> Delivered:
    return Delivered(Alerted(house))


async def test_an_alert_is_told_as_soon_as_it_is_let_through(delivered: Delivered) -> None:
    """Once, to those of its district who follow its topic, in three languages, until it expires."""
    await delivered.alerted.take()
    await delivered.carry_out()
    [row] = await delivered.announcements()
    assert (row.kind, row.state in {State.SENDING, State.DONE}, row.published_at) == (Kind.ALERT, True, TEN)
    assert (row.topic, row.districts, row.audience.whom) == ("weather", ["xihu"], "area")
    assert row.titles["en"] == "Red warning of a rainstorm in Xihu District"
    assert row.texts["zh_Hans"].startswith("范围：杭州市西湖区\n请远离河道")
    assert row.until == TEN + timedelta(hours=6)
    assert row.schedule.quiet is False


async def test_its_polygons_say_who_lives_nearby(delivered: Delivered) -> None:
    """Beside followers of its topic in the districts that its codes name; what lies outside of the city is cut."""
    area = given.area(polygon="30.271,120.151 30.271,120.169 30.279,120.169 30.279,120.151 30.271,120.151")
    await delivered.alerted.take(info=[given.info(severity="Moderate", area=area)])
    await delivered.carry_out()
    [row] = await delivered.announcements()
    assert (row.audience.whom, row.audience.and_followers) == ("area", True)
    assert row.audience.area is not None
    assert cell_at(30.275, 120.155) in {first for first, _ in ranges_of(row.audience.area)}


async def test_an_extreme_one_goes_to_everybody(delivered: Delivered) -> None:
    """Who follows nothing is warned as well."""
    await delivered.alerted.take(info=[given.info(severity="Extreme")])
    await delivered.carry_out()
    [row] = await delivered.announcements()
    assert row.audience.whom == "everybody"


async def test_who_let_it_through_has_approved_it(delivered: Delivered) -> None:
    """The source wrote it; two persons, as for every alert."""
    taken = await delivered.alerted.take(source=SOURCE)
    await delivered.carry_out()
    assert await delivered.announcements() == []
    await delivered.alerted.room.approve(APPROVER, taken.alert.id)
    await delivered.carry_out()
    [row] = await delivered.announcements()
    standing = await delivered.delivery.announcements.standing(READER, row.id)
    assert [one.by for one in standing.approvals] == ["approver"]
    assert standing.authors == {f"alerts:{SOURCE}"}


async def test_one_that_is_ended_is_told_no_more_and_that_it_is_over(delivered: Delivered) -> None:
    """At once, and those who were reached hear that it is over."""
    taken = await delivered.alerted.take()
    await delivered.carry_out()
    await delivered.alerted.room.end(EDITOR, taken.alert.id, "sent by mistake")
    await delivered.carry_out()
    first, lifting = await delivered.announcements()
    assert first.withdrawn_at is not None
    assert (lifting.corrects, lifting.kind) == (first.id, Kind.ALERT)
    assert lifting.titles["en"] == "Alert over: Red warning of a rainstorm in Xihu District"
    assert lifting.published_at is not None
    begins = [words.splitlines()[0] for words in delivered.delivery.announcements.rendered(lifting).values()]
    assert begins == [
        "【预警解除：杭州市气象台发布暴雨红色预警信号】",
        "【警報解除：杭州市氣象臺發佈暴雨紅色預警信號】",
        "Alert over: Red warning of a rainstorm in Xihu District",
    ]


async def test_an_update_is_told_and_its_first_no_more(delivered: Delivered) -> None:
    """Nothing says that it is over: it goes on, in other words."""
    await delivered.alerted.take()
    await delivered.carry_out()
    later = (TEN + timedelta(minutes=5)).isoformat()
    await delivered.alerted.take(identifier="u", msgType="Update", references=given.reference(), sent=later)
    await delivered.carry_out()
    first, second = await delivered.announcements()
    assert first.withdrawn_at is not None
    assert (second.corrects, second.withdrawn_at) == (None, None)
    begins = {
        locale: words.splitlines()[0] for locale, words in delivered.delivery.announcements.rendered(second).items()
    }
    assert begins == {
        "zh_Hans": "【预警更新：杭州市气象台发布暴雨红色预警信号】此前发布的预警已有变化，请以这一条为准。",
        "zh_Hant": "【警報更新：杭州市氣象臺發佈暴雨紅色預警信號】先前發布的警報已有變化，請以這一則為準。",
        "en": "Alert update: Red warning of a rainstorm in Xihu District",
    }


async def test_its_page_says_who_was_told_and_what_was_tried(delivered: Delivered) -> None:
    """By channel and public account, with what failed published again there."""
    house = delivered.alerted.house
    await delivered.alerted.take()
    await delivered.carry_out()
    [row] = await delivered.announcements()
    await posted(house, row.id, "hangzhou-web", "unknown", "interrupted", "interrupted")
    await posted(house, row.id, "beijing-web", "rejected", "refused", "error 10014")
    async with transaction(house.engine) as connection:  # the page is on the clock of the wall
        await connection.execute(text("UPDATE announcements SET until = clock_timestamp() + interval '1 hour'"))
    approver = await hire(house.engine, "wang", Grant(Role.APPROVER, row.city))
    async with desks_at(house) as desks, desks.chair(approver) as reading:
        page = await reading.get("/console/alerts/1")
        assert page.status == 200
        for said in ("Who was told", f'href="/console/announcements/{row.id}"', "error 10014", "Check the account"):
            assert said in page.text, said
        path, fields = f"/console/announcements/{row.id}/republish", {"account": "beijing-web", "seen": "0"}
        done = await reading.post(path, fields, of="/console/alerts/1")
        assert done.path.endswith("done=announcement_republish"), done.errors
    assert await house.scalar("SELECT count(*) FROM public_posts WHERE state = 'waiting'") == 1


async def test_one_that_was_ended_before_it_was_told_is_never_told(delivered: Delivered) -> None:
    """The job looks at how the alert stands."""
    taken = await delivered.alerted.take()
    await delivered.alerted.room.end(EDITOR, taken.alert.id, "sent by mistake")
    await delivered.carry_out()
    assert await delivered.announcements() == []


async def test_an_exercise_is_told_to_nobody(delivered: Delivered) -> None:
    """Nor anything in a city in training."""
    await delivered.alerted.take(status="Exercise")
    delivered.alerted.mode = "training"
    await delivered.alerted.take(identifier="n2")
    await delivered.carry_out()
    assert await delivered.announcements() == []


async def test_what_does_not_fit_is_cut_and_braces_are_none(delivered: Delivered) -> None:
    """Announcements are short, and braces in them stand for facts."""
    await delivered.alerted.take(info=[given.info(headline="水" * 300 + "{until}", description="{x}" + "水" * 5_000)])
    await delivered.carry_out()
    [row] = await delivered.announcements()
    assert len(row.titles["zh_Hans"]) == 80
    assert len(row.texts["zh_Hans"]) == 1_000
    assert "{" not in row.texts["zh_Hans"]
