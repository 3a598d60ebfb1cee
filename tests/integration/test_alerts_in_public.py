"""Emergency alerts on the city's public accounts: real PostgreSQL, the pretend Weibo."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fixtures import cap as given
from fixtures.alerted import EDITOR, TEN, Alerted
from fixtures.house import KEYS, House
from fixtures.loaded import topics
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.service import Announcements
from desk.announcements.telling.emergencies import AlertDelivery
from desk.contract.staff import Grant, Role
from desk.publicity.attempts import OnAccount, Republishing
from desk.publicity.planning import PublicAccounts
from desk.publicity.posting import Posting

APPROVER = actor("approver", Grant(Role.APPROVER))
POSTS = text("SELECT id FROM public_posts ORDER BY id")


@dataclass
class City:
    """A city whose alerts are told, and posted by its first agency."""

    alerted: Alerted
    office: PostOffice

    @property
    def room(self) -> Announcements:
        house, cities = self.office.house, self.alerted.cities
        public = PublicAccounts(self.office.register, cities, lambda row: f"{self.office.desk_url}/hangzhou/{row.id}")
        return Announcements(house.engine, house.catalogs, cities, topics(), lambda: self.alerted.now, public)

    async def carry_out(self, *, posts: bool = True) -> None:
        """What was queued, each twice: a job may be."""
        house, clock = self.office.house, lambda: self.alerted.now
        delivery = AlertDelivery(house.engine, self.room, self.alerted.cities, clock)
        queued, self.alerted.told[:] = [*self.alerted.told], []
        for number in queued * 2:
            await delivery.carry_out(number)
        posting = Posting(house.engine, self.office.register, self.office.http, KEYS, clock)
        if posts:
            async with house.engine.connect() as connection:
                found = list((await connection.execute(POSTS)).scalars())
            for post in found:
                await posting.carry_out(post)

    async def said(self) -> list[str]:
        """What stands on the account."""
        return [one["text"].split(" ")[0] for one in (await self.office.steer("GET", "timeline"))["posts"]]

    async def update(self) -> None:
        later = (TEN + timedelta(minutes=5)).isoformat()
        await self.alerted.take(identifier="u", msgType="Update", references=given.reference(), sent=later)

    async def on_accounts(self) -> list[OnAccount]:
        [first, *_] = (await self.room.all(APPROVER))[::-1]
        return await Republishing(self.room).on_accounts(APPROVER, first.id)


@pytest.fixture
async def city(house: House, tmp_path: Path) -> AsyncIterator[City]:
    async with post_office(house, tmp_path, channel="weibo") as office:
        yield City(Alerted(house), office)


async def test_an_alert_is_posted_once(city: City) -> None:
    """With its attempts, by the first agency where the source's own has no account that posts."""
    await city.alerted.take()
    await city.carry_out()
    await city.carry_out()
    [said] = await city.said()
    assert said.startswith("【预警：杭州市气象台发布暴雨红色预警信号】")
    [one] = await city.on_accounts()
    assert [post.state for post in one.posts] == ["sent"]
    assert [tried.outcome for tried in one.posts[0].attempts] == ["taken"]


async def test_an_update_says_so_and_a_cancel_that_it_is_over(city: City) -> None:
    """Each as a post of its own."""
    taken = await city.alerted.take()
    await city.carry_out()
    await city.update()
    await city.carry_out()
    [second] = await city.alerted.shown()
    await city.alerted.room.end(EDITOR, second, "the storm has passed")
    await city.carry_out()
    assert taken.is_new
    assert [one[:6] for one in await city.said()] == ["【预警：杭州", "【预警更新：", "【预警解除："]


async def test_what_never_stood_there_is_not_over_there(city: City) -> None:
    """An alert that is ended before it was posted is not posted, nor that it is over."""
    taken = await city.alerted.take()
    await city.carry_out(posts=False)
    await city.alerted.room.end(EDITOR, taken.alert.id, "issued by mistake")
    await city.carry_out()
    assert await city.said() == []


async def test_what_failed_is_published_again(city: City) -> None:
    """As of any announcement."""
    url = f"{city.office.sandbox_url}/_sandbox/weibo/trouble"
    trouble = {"call": "/2/statuses/share.json", "code": 10014}
    async with city.office.http.post(url, json=trouble) as answer:
        assert answer.status < 300
    await city.alerted.take()
    await city.carry_out()
    [one] = await city.on_accounts()
    assert (one.may_be_again, await city.said()) == (True, [])
    [row] = await city.room.all(APPROVER)
    assert await Republishing(city.room).again(APPROVER, row.id, one.account) == 1
    await city.carry_out()
    assert len(await city.said()) == 1


@pytest.mark.parametrize("changes", [{"status": "Exercise"}, {"status": "Test"}, {"scope": "Restricted"}])
async def test_exercises_and_tests_are_posted_nowhere(city: City, changes: dict[str, str]) -> None:
    """Nor what is not for the public."""
    extra = {"restriction": "for staff"} if "scope" in changes else {}
    await city.alerted.take(**changes, **extra)
    await city.carry_out()
    assert await city.said() == []


async def test_a_city_in_training_posts_nothing(city: City) -> None:
    """Also what says that it is actual."""
    city.alerted.mode = "training"
    await city.alerted.take()
    await city.carry_out()
    assert await city.said() == []


async def test_what_a_platform_would_refuse_is_written_so_that_it_takes_it(city: City) -> None:
    """A topic, and a headline that is too long: an alert waits for no editor."""
    await city.alerted.take(info=[given.info(headline="#暴雨#" + "红" * 200)])
    await city.carry_out()
    [said] = await city.said()
    assert said.startswith("【预警：")
