"""Announcements on a public account, comments, and the account's token: real PostgreSQL, the pretend Weibo."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded
from fixtures.announcing import Room
from fixtures.desk_command import run_desk
from fixtures.drawn import drawn
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, turn_of, until
from fixtures.post import PostOffice, post_office
from fixtures.posted import posted
from fixtures.staffed import StaffKeys, actor, start_voice
from sqlalchemy import text
from structlog.testing import capture_logs

from desk.announcements import arming
from desk.announcements.board import Board
from desk.announcements.content import Draft
from desk.announcements.service import Announcements
from desk.contract.channel import Sent
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Subscribe
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.kill_switch.service import KillSwitch, Scope
from desk.publicity.attempts import Post, Republishing
from desk.publicity.inviting import Inviting
from desk.publicity.planning import PublicAccounts
from desk.publicity.ports import Public, Unfit
from desk.publicity.posting import Posting
from desk.publicity.watching import CHECK, LOOK, Watching, known_standing
from desk.store.database import transaction
from sandbox.platforms import identity_in
from sandbox.weibo.platform import account_of

ROOT = Path(__file__).parents[2]
TOPICS = loaded.topics()
CITY = "hangzhou"
APPROVER = actor("approver", Grant(Role.APPROVER))
EDITOR = actor("editor")
AGENCY = "city_hall"
RESIDENT = 5001
MOVED = text("UPDATE announcement_arming SET store = 'another/1'")
ALERT = {"zh_Hans": "暴雨", "en": "Rainstorm"}
POST = text("SELECT id FROM public_posts ORDER BY id")
STATES = text("SELECT state, tries, why FROM public_posts ORDER BY id")


@dataclass
class Desk:
    """The rooms over a post office at the pretend Weibo, on a clock."""

    office: PostOffice
    folder: Path
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def posting(self) -> Posting:
        office = self.office
        return Posting(office.house.engine, office.register, office.http, KEYS, self.now)

    @property
    def watching(self) -> Watching:
        office = self.office
        return Watching(office.house.engine, office.register, office.http, office.channels.intake, self.now)

    async def publish(self, *kinds: Public, **changes: Any) -> int:
        """Publish with what is said in public queued; nothing is carried out yet."""
        room = self.room
        values = {
            "city": CITY,
            "agency": AGENCY,
            "topic": "water",
            "titles": {"zh_Hans": "文三路停水", "en": "No water in Wensan Road"},
            "texts": {"zh_Hans": "周四8时至17时检修。", "en": "Thursday, 8 am to 5 pm."},
            "public": kinds,
        }
        number = await room.publish(actor("editor"), Draft(**{**values, **changes}))
        row = await room.approve(APPROVER, number, 1, ["zh_Hans", "en"])
        assert row.published_at is not None
        return number

    @property
    def room(self) -> Announcements:
        house = self.office.house
        return Announcements(house.engine, house.catalogs, house.cities, TOPICS, self.now, self.in_public)

    async def told(self, number: int) -> list[Post]:
        """What became of an announcement in public."""
        return [post for one in await Republishing(self.room).on_accounts(APPROVER, number) for post in one.posts]

    async def tried(self, number: int) -> list[str]:
        """How each attempt ended."""
        return [one.outcome for post in await self.told(number) for one in post.attempts]

    async def again(self, number: int, who: Actor = APPROVER, **seen: Any) -> int:
        """Somebody presses."""
        return await Republishing(self.room).again(who, number, self.office.account.slug, **seen)

    @property
    def in_public(self) -> PublicAccounts:
        page = f"{self.office.desk_url}/{CITY}"
        return PublicAccounts(self.office.register, self.office.house.cities, lambda _: page)

    async def posts(self) -> list[int]:
        async with self.office.house.engine.connect() as connection:
            return [row.id for row in await connection.execute(POST)]

    async def carry_out(self) -> None:
        """All that is queued, as the jobs would; also what that queues."""
        done: set[int] = set()
        while left := [post for post in await self.posts() if post not in done]:
            for post in left:
                await self.posting.carry_out(post)
                done.add(post)

    async def states(self) -> list[str]:
        async with self.office.house.engine.connect() as connection:
            return [row.state for row in await connection.execute(STATES)]

    async def timeline(self) -> list[dict[str, Any]]:
        return list((await self.office.steer("GET", "timeline"))["posts"])

    async def weibo(self, method: str, path: str, body: Any = None) -> None:
        """Steer the platform as a whole."""
        url = f"{self.office.sandbox_url}/_sandbox/weibo/{path}"
        async with self.office.http.request(method, url, json=body) as response:
            assert response.status < 300, await response.text()

    @property
    def inviting(self) -> Inviting:
        office, house = self.office, self.office.house
        return Inviting(house.engine, office.register, office.http, house.catalogs, house.cities, self.now)

    async def invite(self) -> None:
        """What the jobs of all mentions would do."""
        async with self.office.house.engine.connect() as connection:
            events = [row.id for row in await connection.execute(text("SELECT id FROM channel_events ORDER BY id"))]
        for event in events:
            await self.inviting.invite(event)

    async def invitations(self) -> list[str]:
        """What the account said below posts and comments."""
        comments = (await self.office.steer("GET", "timeline"))["comments"]
        return [one["text"] for one in comments if one["by"] == self.office.account.platform_id]

    async def subscribed(self, *residents: int) -> None:
        """Residents who wrote, subscribed at Weibo, and asked here for the topic."""
        for resident in residents:
            await self.office.do(resident, does="say", text="您好")
            await self.office.do(resident, does="subscribe")
        house = self.office.house
        board = Board(house.cities, TOPICS, self.now)
        async with transaction(house.engine) as connection:
            for conversation in await self.office.conversations():
                here = replace(await house.open(), id=conversation, city=CITY)
                await board.carry_out(turn_of(connection, here, [Subscribe(topic="water")]))

    async def fresh_token(self) -> str:
        return str((await self.office.steer("POST", "token", {}))["token"])

    async def masses(self) -> Sequence[dict[str, Any]]:
        return list((await self.office.steer("GET", "masses"))["masses"])


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> AsyncIterator[Desk]:
    async with post_office(house, tmp_path, channel="weibo") as office:
        yield Desk(office, tmp_path)


async def test_announcement_is_posted_once(desk: Desk) -> None:
    """Title, text and link, however often the job is done; what became of it can be asked."""
    number = await desk.publish("post")
    await desk.carry_out()
    await desk.carry_out()
    (post,) = await desk.timeline()
    assert post["text"] == f"【文三路停水】周四8时至17时检修。 {desk.office.desk_url}/{CITY}"
    [told] = await desk.told(number)
    assert (told.state, told.platform_id, told.kind) == ("sent", str(post["id"]), "post")
    assert [(one.outcome, one.why, one.platform_id) for one in told.attempts] == [("taken", None, str(post["id"]))]


async def test_a_hub_hears_at_once_of_what_is_published(desk: Desk) -> None:
    """With the announcement a job is queued that tells it."""
    await desk.publish("post")
    queued = "SELECT args ->> 'city' FROM procrastinate_jobs WHERE task_name = 'publicity.ping'"
    assert await desk.office.house.scalar(queued) == CITY


async def test_what_a_platform_forbids_is_not_published_at_all(desk: Desk) -> None:
    """The editor hears why; neither conversations nor the timeline have it."""
    with pytest.raises(Unfit, match="#"):
        await desk.publish("post", titles={"zh_Hans": "#停水#", "en": "No water"})
    with pytest.raises(Conflict, match="account list"):
        await desk.publish("post", agency="traffic_police")
    assert await desk.office.house.scalar("SELECT count(*) FROM announcements") == 0


async def test_post_in_the_hands_of_somebody_who_died_is_not_repeated(desk: Desk) -> None:
    """It may have been said: it is unknown, for a person to look."""
    await desk.publish("post")
    (post,) = await desk.posts()
    async with transaction(desk.office.house.engine) as connection:
        await connection.execute(text("UPDATE public_posts SET state = 'sending'"))
    await desk.posting.carry_out(post)
    await desk.posting.carry_out(post)
    assert await desk.states() == ["unknown"]
    assert await desk.timeline() == []


async def test_platform_that_is_busy_is_tried_again(desk: Desk) -> None:
    """Later, and then once."""
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10009})
    await desk.publish("post")
    (post,) = await desk.posts()
    await desk.posting.carry_out(post)
    assert await desk.states() == ["waiting"]
    await desk.posting.carry_out(post)
    assert await desk.states() == ["sent"]
    assert len(await desk.timeline()) == 1


async def test_withdrawn_announcement_is_not_posted(desk: Desk) -> None:
    """Nor one that is out of date."""
    number = await desk.publish("post")
    house = desk.office.house
    room = Announcements(house.engine, house.catalogs, house.cities, TOPICS, desk.now)
    await room.withdraw(actor("editor"), number)
    await desk.carry_out()
    assert await desk.states() == ["rejected"]
    assert await desk.timeline() == []


async def test_a_withdrawal_is_posted_once_where_it_stands(desk: Desk) -> None:
    """In the desk's own words, with the link to the page that says the same, and with states of its own."""
    number = await desk.publish("post")
    await desk.carry_out()
    await desk.room.withdraw(EDITOR, number)
    await desk.carry_out()
    await desk.carry_out()
    said = [one["text"] for one in await desk.timeline()]
    assert len(said) == 2
    assert said[1].startswith("【通知撤回：文三路停水】我们")
    assert said[1].endswith(f"发布的这条通知不再有效。 {desk.office.desk_url}/{CITY}")
    told = [(one.withdraws, one.state, [tried.outcome for tried in one.attempts]) for one in await desk.told(number)]
    assert told == [(False, "sent", ["taken"]), (True, "sent", ["taken"])]


async def test_a_withdrawal_that_broke_off_is_posted_again_if_somebody_looked(desk: Desk) -> None:
    """Not by itself; and what it takes back is not."""
    number = await desk.publish("post")
    await desk.carry_out()
    await desk.room.withdraw(EDITOR, number)
    post = (await desk.posts())[-1]
    assert await desk.posting._take(post) is not None  # and then nothing more
    await desk.carry_out()
    assert (await desk.states(), len(await desk.timeline())) == (["sent", "unknown"], 1)
    with pytest.raises(Conflict, match="Look at the account"):
        await desk.again(number)
    assert await desk.again(number, looked=True) == 1
    await desk.carry_out()
    assert (await desk.states(), len(await desk.timeline())) == (["sent", "sent"], 2)


async def test_a_withdrawal_waits_for_what_it_takes_back(desk: Desk) -> None:
    """While that is being posted; where nothing of it was, nothing is taken back."""
    number = await desk.publish("post")
    (post,) = await desk.posts()
    assert await desk.posting._take(post) is not None
    await desk.room.withdraw(EDITOR, number)
    _, withdrawal = await desk.posts()
    await desk.posting.carry_out(withdrawal)
    assert (await desk.states(), await desk.timeline()) == (["sending", "waiting"], [])
    async with transaction(desk.office.house.engine) as connection:
        await connection.execute(text("UPDATE public_posts SET state = 'rejected' WHERE id = :id"), {"id": post})
    await desk.posting.carry_out(withdrawal)
    assert (await desk.states(), await desk.timeline()) == (["rejected", "rejected"], [])


@pytest.mark.parametrize("how", ["as asked", "never posted", "long over"])
async def test_no_withdrawal_is_posted(desk: Desk, how: str) -> None:
    """Where somebody says so, where nothing stands, and of what had ended by itself."""
    number = await desk.publish("post", until=desk.now() + timedelta(hours=1))
    if how != "never posted":
        await desk.carry_out()
    if how == "long over":
        desk.ahead = timedelta(hours=2)
    await desk.room.withdraw(EDITOR, number, post=False if how == "as asked" else None)
    await desk.carry_out()
    assert [one.withdraws for one in await desk.told(number)] == [False]
    assert len(await desk.timeline()) == (0 if how == "never posted" else 1)


async def test_subscribers_at_the_platform_are_told_of_a_withdrawal(desk: Desk) -> None:
    """Those who can no longer be written to singly were told there: so they hear there that it no longer holds."""
    await desk.subscribed(1, 2)
    desk.ahead = timedelta(hours=49)
    await desk.weibo("PUT", "clock", {"ahead_seconds": 49 * 3600})
    number = await desk.publish("mass")
    await desk.carry_out()
    await desk.room.withdraw(EDITOR, number)
    await desk.carry_out()
    told = [(one.kind, one.withdraws, one.state, one.residents) for one in await desk.told(number)]
    assert told == [("mass", False, "sent", 2), ("mass", True, "sent", 2)]


async def test_refused_token_pauses_the_account(desk: Desk) -> None:
    """And the post waits until somebody has put it right."""
    await desk.office.steer("POST", "token", {"revoke": True})
    await desk.publish("post")
    (post,) = await desk.posts()
    await desk.posting.carry_out(post)
    account = await desk.office.register.find(desk.office.account.slug)
    assert (account.state, account.reason) == ("paused", "error 21332")
    await desk.posting.carry_out(post)
    assert await desk.states() == ["waiting"]
    known = account_of(CITY, identity_in(desk.folder))
    await desk.office.register.rotate(account.slug, known.secrets | {"access_token": await desk.fresh_token()})
    await desk.office.register.set_state(account.slug, "active", None)
    await desk.posting.carry_out(post)
    assert await desk.states() == ["sent"]


async def test_a_right_to_post_that_is_lacking_stops_no_answers(desk: Desk) -> None:
    """The post is refused and says why; the account goes on."""
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10014})
    await desk.publish("post")
    await desk.carry_out()
    assert await desk.states() == ["rejected"]
    account = await desk.office.register.find(desk.office.account.slug)
    assert (account.state, account.reason) == ("active", None)


async def test_a_mass_send_to_nobody_is_not_shown_as_sent(desk: Desk) -> None:
    """It was sent to nobody, and says so."""
    await desk.publish("mass")
    await desk.carry_out()
    assert await desk.states() == ["rejected"]
    why = await desk.office.house.scalar("SELECT why FROM public_posts")
    assert why == "nobody subscribed who is not told singly"


async def test_silent_subscribers_get_it_from_the_platform(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts; who wrote lately gets it in the conversation alone."""
    monkeypatch.setattr(type(desk.office.register.channels["weibo"]), "subscribers_at_once", 2)
    await desk.subscribed(1, 2, 3, 4)
    desk.ahead = timedelta(hours=49)
    await desk.weibo("PUT", "clock", {"ahead_seconds": 49 * 3600})
    async with transaction(desk.office.house.engine) as connection:  # one wrote a moment ago
        await connection.execute(
            text(
                "UPDATE residents SET heard_at = :now"
                " WHERE id = (SELECT id FROM residents WHERE account_id = :account ORDER BY id LIMIT 1)"
            ),
            {"now": desk.now(), "account": desk.office.account.id},
        )
    await desk.publish("mass")
    await desk.carry_out()
    masses = await desk.masses()
    reached = sorted(resident for mass in masses for resident in mass["delivered"])
    assert [len(mass["to"]) for mass in masses] == [2, 1]
    assert len(set(reached)) == 3
    assert set(await desk.states()) == {"sent"}


async def test_each_attempt_is_kept(desk: Desk) -> None:
    """When, what became of it, and why: not taken for now, refused, taken."""
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10009})
    number = await desk.publish("post")
    await desk.carry_out()
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10014})
    await desk.carry_out()
    assert await desk.tried(number) == ["later", "refused"]
    assert await desk.again(number) == 1
    await desk.carry_out()
    [post] = await desk.told(number)
    assert [one.outcome for one in post.attempts] == ["later", "refused", "taken"]
    assert [one.why for one in post.attempts] == ["error 10009", "error 10014", None]
    assert all(one.ended_at is not None and one.began_at <= one.ended_at for one in post.attempts)
    assert len(await desk.timeline()) == 1


async def test_what_failed_is_published_again_once(desk: Desk) -> None:
    """In the same words, by an approver, however often it is pressed; it stands in the history and the audit."""
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10014})
    number = await desk.publish("post")
    await desk.carry_out()
    with pytest.raises(NotPermitted):
        await desk.again(number, actor("editor"))
    pressed = await asyncio.gather(*[desk.again(number, seen=0) for _ in range(5)])
    assert sorted(pressed) == [0, 0, 0, 0, 1]
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'publicity.carry_out'"
    assert await desk.office.house.scalar(queued) == 2
    await desk.carry_out()
    await desk.carry_out()
    [post] = await desk.timeline()
    assert post["text"].startswith("【文三路停水】周四8时至17时检修。")
    assert await desk.again(number, seen=0) == 0
    with pytest.raises(Conflict, match="failed"):
        await desk.again(number)
    with pytest.raises(NotFound):
        await Republishing(desk.room).again(APPROVER, number, "nobody")
    history = (await desk.room.standing(APPROVER, number)).history
    assert (history[-1].act, history[-1].actor, history[-1].reason) == (
        "republish",
        "approver",
        desk.office.account.slug,
    )
    assert (
        await desk.office.house.scalar("SELECT count(*) FROM audit_records WHERE act = 'announcement.republish'") == 1
    )


async def test_what_is_unknown_is_published_again_after_somebody_looked(desk: Desk) -> None:
    """It may stand there; whoever was at it when it died is kept as interrupted."""
    number = await desk.publish("post")
    (post,) = await desk.posts()
    assert await desk.posting._take(post) is not None  # and then nothing more
    assert await desk.tried(number) == ["sending"]
    await desk.posting.carry_out(post)
    assert await desk.tried(number) == ["interrupted"]
    with pytest.raises(Conflict, match="Look at the account"):
        await desk.again(number)
    assert await desk.again(number, looked=True) == 1
    await desk.carry_out()
    assert (await desk.tried(number), await desk.states()) == (["interrupted", "taken"], ["sent"])
    assert len(await desk.timeline()) == 1


async def test_who_was_only_slow_is_believed(desk: Desk) -> None:
    """What another took for interrupted was taken after all: it is not published again, though it was asked for."""
    number = await desk.publish("post")
    (post,) = await desk.posts()
    taken = await desk.posting._take(post)
    assert taken is not None
    await desk.posting.carry_out(post)
    assert await desk.again(number, looked=True) == 1
    row, account, _, attempt = taken
    await desk.posting._end(row, account, attempt, Sent("7"))
    await desk.carry_out()
    assert (await desk.states(), await desk.tried(number), await desk.timeline()) == (["sent"], ["taken"], [])


async def test_commands_show_attempts_and_publish_again(house: House, tmp_path: Path) -> None:
    """What failed on an account; of what is unknown only with the word that somebody looked."""
    keys = StaffKeys(house.database_url, {"wang": (Grant(Role.APPROVER, CITY),)})
    given = {"DESK_DATABASE_URL": house.database_url, "DESK_REDIS_URL": house.redis_url}
    given |= {"DESK_SECRET_KEY": "0123456789abcdef" * 3, "DESK_PUBLIC_URL": "https://desk.example"}
    given |= await keys.setting("wang")

    async def typed(*words: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(run_desk, tmp_path, *words, **given)
        return done.code, done.stdout, done.stderr

    room = Room(house)
    number = await room.publish()
    await posted(house, number, "hangzhou-web", "unknown", "interrupted", "interrupted")
    code, out, errors = await typed("announce", "posts", str(number))
    assert errors == ""
    assert (code, "interrupted" in out, "--looked" in out) == (0, True, True)
    again = ("announce", "republish", str(number), "--account", "hangzhou-web")
    code, _, errors = await typed(*again)
    assert (code, "Look at the account" in errors) == (1, True)
    code, out, errors = await typed(*again, "--looked", "--json")
    assert (code, errors, json.loads(out)["again"]) == (0, "", 1)
    code, out, _ = await typed("announce", "posts", str(number), "--json")
    [post] = json.loads(out)
    assert (code, post["state"], post["attempts"][0]["outcome"]) == (0, "waiting", "interrupted")


async def test_a_restored_store_posts_nothing_until_somebody_armed_it(desk: Desk) -> None:
    """Then what waited is posted, once; alerts wait, too. Its staff read why."""
    async with transaction(desk.office.house.engine) as connection:
        number = await desk.publish("post")
        alert = await desk.publish("post", kind="alert", audience={"whom": "everybody"}, titles=ALERT)
        await connection.execute(MOVED)
    await desk.carry_out()
    await desk.carry_out()
    assert await desk.timeline() == []
    for one in (number, alert):
        [waiting] = await desk.told(one)
        assert (waiting.state, waiting.why, waiting.attempts) == ("waiting", "this store is not armed", ())
    await arming.arm(desk.office.house.engine, actor("operator", Grant(Role.OPERATOR)))
    await desk.carry_out()
    await desk.carry_out()
    assert sorted("预警" in said["text"] for said in await desk.timeline()) == [False, True]
    assert await desk.tried(alert) == ["taken"]


async def test_its_image_is_posted_with_it(desk: Desk) -> None:
    """As it is kept."""
    content = drawn()
    image = await desk.room.keep_image(actor("editor"), CITY, AGENCY, content)
    await desk.publish("post", image=image.model_copy(update={"alternatives": {"zh_Hans": "地图"}}))
    await desk.carry_out()
    [said] = await desk.timeline()
    assert said["pic"].startswith("image/jpeg ")


async def test_a_posted_correction_says_first_what_was_wrong(desk: Desk) -> None:
    """Behind the word that it is one."""
    editor = actor("editor")
    first = await desk.room.find(editor, await desk.publish("post"))
    said = {"zh_Hans": "是20时，不是17时。", "en": "8 pm, not 5 pm."}
    right = await desk.room.correct(editor, first.id, first.draft.model_copy(update={"mistake": said}))
    [composed] = await desk.room.in_public.composed(right)
    title, text_of = first.titles["zh_Hans"], first.texts["zh_Hans"]
    places = [composed.text.index(one) for one in ("更正", title, said["zh_Hans"], text_of)]
    assert places == sorted(places)


@pytest.mark.parametrize("how", ["withdraw", "cancel", "correct", "expire"])
async def test_what_is_over_is_not_published_again(desk: Desk, how: str) -> None:
    """Neither asked for, nor if it ended after that."""
    await desk.weibo("POST", "trouble", {"call": "/2/statuses/share.json", "code": 10014})
    number = await desk.publish("post", until=desk.now() + timedelta(hours=1))
    await desk.carry_out()
    assert await desk.again(number) == 1
    editor = actor("editor")
    match how:
        case "withdraw":
            await desk.room.withdraw(editor, number)
        case "cancel":
            await desk.room.cancel(editor, number, "The works are called off.")
        case "correct":
            wrong = await desk.room.find(editor, number)
            right = (await desk.room.correct(editor, number, wrong.draft.model_copy(update={"public": ()}))).id
            await desk.room.submit(editor, right)
            if (await desk.room.find(editor, right)).published_at is None:
                await desk.room.approve(APPROVER, right, 1, ["zh_Hans", "en"])
        case _:
            desk.ahead = timedelta(hours=2)
    await desk.carry_out()
    assert (await desk.states(), await desk.timeline()) == (["rejected"], [])
    with pytest.raises(Conflict, match="out of date"):
        await desk.again(number)


async def test_a_part_that_is_sent_again_takes_none_of_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody of it has left meanwhile."""
    monkeypatch.setattr(type(desk.office.register.channels["weibo"]), "subscribers_at_once", 2)
    await desk.subscribed(1, 2, 3, 4)
    desk.ahead = timedelta(hours=49)
    await desk.weibo("PUT", "clock", {"ahead_seconds": 49 * 3600})
    number = await desk.publish("mass")
    first = (await desk.posts())[0]
    assert await desk.posting._take(first) is not None  # and then nothing more
    await desk.carry_out()
    assert (await desk.states())[:2] == ["unknown", "sent"]
    async with transaction(desk.office.house.engine) as connection:
        await connection.execute(
            text(
                "UPDATE residents SET state = 'gone' WHERE id = (SELECT id FROM residents"
                " WHERE account_id = :account ORDER BY id LIMIT 1)"
            ),
            {"account": desk.office.account.id},
        )
        await connection.execute(text("UPDATE public_posts SET created_at = :now"), {"now": desk.now()})
    assert await desk.again(number, looked=True) == 1
    await desk.carry_out()
    reached = [resident for mass in await desk.masses() for resident in mass["to"]]
    assert (len(reached), len(set(reached))) == (3, 3)


async def test_comments_are_answered_once_with_an_invitation(desk: Desk) -> None:
    """In public, without a name or number; what was pushed and found is one; what was there before is past."""
    await desk.publish("post")
    await desk.carry_out()
    (post,) = await desk.timeline()
    account = desk.office.account.id
    assert await desk.watching.look(account) == 0
    await desk.office.do(RESIDENT, does="mention", text="我叫王芳，电话13800000000，什么时候来水？", status=post["id"])
    await desk.office.do(5002, does="comment", text="浙A12345要交罚款", status=post["id"])
    assert await desk.watching.look(account) == 2
    assert await desk.watching.look(account) == 0
    for _ in range(2):
        await desk.invite()
    said = await desk.invitations()
    assert (len(said), len(set(said))) == (2, 1)
    assert "私信" in said[0]
    assert not any(digit in said[0] for digit in "0123456789")


async def test_resident_is_invited_once_a_day(desk: Desk) -> None:
    """However often they mention the account; the next day again."""
    for _ in range(3):
        await desk.office.do(RESIDENT, does="mention", text="路灯不亮")
    await desk.office.do(5002, does="mention", text="路灯不亮")
    await desk.invite()
    assert len(await desk.invitations()) == 2
    desk.ahead = timedelta(hours=25)
    await desk.office.do(RESIDENT, does="mention", text="路灯还不亮")
    await desk.invite()
    assert len(await desk.invitations()) == 3


async def test_stopped_voice_says_nothing_in_public(desk: Desk) -> None:
    """Neither later: what was asked meanwhile is for people to answer."""
    voice, scope = KillSwitch(desk.office.house.engine), Scope("city", CITY)
    await voice.stop(scope, reason="test", actor=actor("tester"))
    await desk.office.do(RESIDENT, does="mention", text="路灯不亮")
    await desk.invite()
    await start_voice(desk.office.house.engine, scope, reason="test")
    await desk.invite()
    assert await desk.invitations() == []


async def test_invitation_waits_for_the_platform(desk: Desk) -> None:
    """Too many posts in an hour: it is said later, once."""
    await desk.weibo("PUT", "limits", {"posts_an_hour": 1})
    for resident in (1, 2):
        await desk.office.do(resident, does="mention", text="路灯不亮")
    await desk.invite()
    assert len(await desk.invitations()) == 1
    await desk.weibo("PUT", "limits", {})
    await desk.invite()
    await desk.invite()
    assert len(await desk.invitations()) == 2


async def test_token_that_ends_is_called_for(desk: Desk) -> None:
    """How it stands is kept for whoever shows the account; two weeks before its end the log calls."""
    account = desk.office.account.id
    good = await desk.watching.check(account)
    assert good is not None
    assert good.good
    await desk.weibo("PUT", "clock", {"ahead_seconds": 355 * 86400})
    with capture_logs() as logs:
        await desk.watching.check(account)
    assert [one["event"] for one in logs] == ["account_expires"]
    await desk.weibo("PUT", "clock", {"ahead_seconds": 366 * 86400})
    with capture_logs() as logs:
        await desk.watching.check(account)
    assert [(one["event"], one["log_level"]) for one in logs] == [("account_refused", "error")]
    async with desk.office.house.engine.connect() as connection:
        known = await known_standing(connection, account)
    assert known is not None
    assert (known["good"], "authorise" in known["why"]) == (False, True)
    await desk.weibo("POST", "trouble", {"call": "/oauth2/get_token_info", "code": 10002})
    assert await desk.watching.check(account) is None


async def test_only_accounts_that_need_it_are_looked_after(desk: Desk) -> None:
    """A channel without these abilities is asked nothing."""
    assert (await desk.watching.queue(LOOK), await desk.watching.queue(CHECK)) == (1, 1)
    await desk.office.register.set_state(desk.office.account.slug, "stopped", "test")
    assert (await desk.watching.queue(LOOK), await desk.watching.queue(CHECK)) == (0, 0)


async def test_a_resident_is_answered_over_weibo(desk: Desk) -> None:
    """Greeted, answered, within the window; a duplicate and a forgery change nothing."""
    office = desk.office
    for rule in ({"what": "duplicate", "times": 2}, {"what": "forge"}):
        await desk.weibo("POST", "mischief", rule)
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        done = await office.do(RESIDENT, does="say", text="你好")
        assert done["answer"] == "200"

        async def enough() -> bool:
            return len((await office.steer("GET", f"residents/{RESIDENT}"))["messages"]) >= 2

        await until(enough)
    messages = (await office.steer("GET", f"residents/{RESIDENT}"))["messages"]
    assert [one["how"] for one in messages] == ["reply", "reply"]
    assert "杭州" in messages[0]["data"]["text"]
    assert await office.house.scalar("SELECT count(*) FROM inbound_messages") == 1
