"""Residents of the web chat are told on their devices that there is news: by their wish, once, and never what."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import SECRET, House, until
from fixtures.staffed import actor
from fixtures.told import Telling, telling
from fixtures.web import Caller

from desk.conversations import sessions, stream
from desk.conversations.erasure import erase_held
from desk.conversations.live import Live
from desk.conversations.stream import URGENT
from desk.devices.services import PushServices
from desk.store.database import transaction
from desk.store.keys import Keys

LI = actor("li")
PRIVATE = "您的退款 86.40 元已经退回尾号 8000 的卡"


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> AsyncIterator[Telling]:
    async with telling(house, tmp_path) as desk:
        yield desk


@pytest.fixture
async def li(desk: Telling) -> Caller:
    return await desk.site.open()


async def told(desk: Telling, browser: str, times: int) -> list[str]:
    """Wait until a browser was told so often; answers the lines."""

    async def enough() -> int:
        return len(await desk.told(browser))

    await until(enough, becomes=times)
    return [one["content"]["line"] for one in await desk.told(browser)]


async def test_a_clerks_answer_is_told_without_its_words(desk: Telling, li: Caller) -> None:
    """Title, one line, language and a tag of the conversation: nothing of what was said, nor who anybody is."""
    browser = await desk.wishes(li)
    await desk.answer(li, PRIVATE)
    async with desk.sender():
        await told(desk, browser, 1)
        await desk.become(li, "sent")
    [one] = await desk.told(browser)
    tag = one["content"].pop("tag")
    assert one["content"] == {
        "title": "杭州政务服务",
        "line": "工作人员已回复您，请打开对话查看。",
        "lang": "zh-Hans",
        "city": "hangzhou",
    }
    assert (one["topic"], one["urgency"]) == (tag, "normal")
    assert 0 < one["ttl"] <= 24 * 3600
    assert li.session not in json.dumps(one)


async def test_a_clerk_answers_a_ticket_and_the_device_is_told(desk: Telling, li: Caller) -> None:
    """By the console's own way, also while a page that nobody looks at holds its stream open."""
    browser = await desk.wishes(li)
    async with FakeBot() as bot, desk.house.worker(bot.url):
        await li.ask("POST", "messages", json={"client_msg_id": "1", "text": "ticket"})
        await until(lambda: desk.house.scalar("SELECT count(*) FROM tickets"), becomes=1)
    [ticket] = await desk.house.clerks.waiting(LI)
    await desk.house.clerks.claim(LI, ticket.id)
    await Live(desk.house.redis).watched(UUID(li.session), "a page in the background")
    await desk.house.clerks.reply(LI, ticket.id, "您好，请补交一张照片。")
    async with desk.sender():
        assert "工作人员已回复您，请打开对话查看。" in await told(desk, browser, 1)


@pytest.mark.parametrize(
    ("about", "line"),
    [
        ("reminder", "您有一项预约提醒，请打开对话查看。"),
        ("progress", "您办理的事项有新进展，请打开对话查看。"),
    ],
)
async def test_reminders_and_progress_are_told(desk: Telling, li: Caller, about: str, line: str) -> None:
    """Each by its own line."""
    browser = await desk.wishes(li)
    await desk.say(li, PRIVATE, about="reminder" if about == "reminder" else "progress")
    async with desk.sender():
        assert await told(desk, browser, 1) == [line]


async def test_announcements_are_told_to_who_asked_for_them(desk: Telling, li: Caller) -> None:
    """Of two devices of two residents that one which wished it; an urgent one comes at once."""
    wang = await desk.site.open()
    asked, other = await desk.wishes(li, announcements=True), await desk.wishes(wang)
    for caller in (li, wang):
        await desk.say(caller, "今晚停水", about="announcement", lane=URGENT)
    async with desk.sender():
        await desk.become(li, "sent")
        await desk.become(wang, "dropped")
    assert [one["urgency"] for one in await desk.told(asked)] == ["high"]
    assert await desk.told(other) == []


async def test_what_nobody_wished_to_be_told_of_is_not_told(desk: Telling, li: Caller) -> None:
    """Replies, and unasked messages of no such kind."""
    browser = await desk.wishes(li)
    await desk.say(li, "您对这次服务满意吗？")
    async with desk.sender():
        await desk.become(li, "dropped")
    assert await desk.told(browser) == []


async def test_nothing_is_told_while_a_page_is_looked_at(desk: Telling, li: Caller) -> None:
    """Once it is not any more, what comes then is told."""
    browser, page = await desk.wishes(li), "0" * 32
    looks = {"json": {"page": page, "looks": True}}
    assert (await li.ask("POST", "looks", **looks))[0] == 204
    await desk.answer(li)
    async with desk.sender():
        await desk.become(li, "dropped")
        assert (await li.ask("POST", "looks", json={"page": page, "looks": False}))[0] == 204
        await desk.answer(li)
        await told(desk, browser, 1)
    assert "looked at" in str((await desk.states(li))[0][1])


@pytest.mark.parametrize("gone", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(desk: Telling, li: Caller, gone: int) -> None:
    """And then nothing is to be sent in the conversation at all."""
    browser = await desk.wishes(li)
    if gone == 410:
        await desk.leave(browser)
    else:
        await desk.fault(status=404, count=1)
    await desk.answer(li)
    async with desk.sender():
        await desk.become(li, "dropped")
    assert (await desk.devices(), await desk.pushes(li)) == (0, "nothing")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_service_is_asked_again(desk: Telling, li: Caller, status: int) -> None:
    """As it says when; the browser is told once."""
    browser = await desk.wishes(li)
    await desk.fault(status=status, count=1)
    await desk.answer(li)
    async with desk.sender():
        await told(desk, browser, 1)
        await desk.become(li, "sent")
    tries = "SELECT tries FROM deliveries WHERE conversation_id = :id"
    assert await desk.house.scalar(tries, id=UUID(li.session)) == 1


@pytest.mark.parametrize(("fault", "state"), [({"status": 413}, "dead"), ({"cut": True}, "unknown")])
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(
    desk: Telling, li: Caller, fault: dict[str, object], state: str
) -> None:
    """As of every channel; operators see it, and the next one goes on."""
    browser = await desk.wishes(li)
    await desk.fault(**fault, count=1)
    await desk.answer(li)
    async with desk.sender():
        await desk.become(li, state)
        await desk.answer(li)
        await desk.become(li, state, "sent")
    assert len(await desk.told(browser)) == (2 if state == "unknown" else 1)


async def test_a_slow_service_holds_nobody_else_up(desk: Telling, li: Caller) -> None:
    """Others are told meanwhile."""
    wang = await desk.site.open()
    first = await desk.wishes(li)
    await desk.fault(latency_ms=1_500, count=1)
    await desk.answer(li)
    async with desk.sender():
        await until(lambda: desk.house.scalar("SELECT count(*) FROM deliveries WHERE state = 'sending'"), becomes=1)
        second = await desk.wishes(wang)
        await desk.answer(wang)
        await told(desk, second, 1)
        await told(desk, first, 1)


async def test_each_of_two_devices_is_told_once(desk: Telling, li: Caller) -> None:
    """Where one is busy, the other is not told again with it."""
    phone = Caller(li.site, li.session, await second_token(desk, li))
    browsers = [await desk.wishes(li), await desk.wishes(phone)]
    await desk.fault(status=503, count=1)
    await desk.answer(li)
    async with desk.sender():
        for browser in browsers:
            await told(desk, browser, 1)
        await desk.become(li, "sent")
    assert [len(await desk.told(browser)) for browser in browsers] == [1, 1]


async def second_token(desk: Telling, caller: Caller) -> str:
    """Another session of the same conversation."""
    token = "t" * 43
    async with transaction(desk.house.engine) as connection:
        await sessions.keep(connection, UUID(caller.session), token)
    return token


async def test_a_device_ends_with_its_session(desk: Telling, li: Caller) -> None:
    """Logging out here; the other device goes on until sessions end everywhere."""
    phone = Caller(li.site, li.session, await second_token(desk, li))
    await desk.wishes(li)
    await desk.wishes(phone)
    assert await desk.devices() == 2
    await li.ask("DELETE", "session")
    assert await desk.devices() == 1
    await phone.ask("DELETE", "sessions")
    assert await desk.devices() == 0
    await desk.answer(li)
    async with desk.sender():
        await desk.become(li, "dropped")
    assert await desk.pushes(li) == "nothing"


async def test_a_device_stays_with_a_token_that_is_rotated(desk: Telling, li: Caller) -> None:
    """And goes with the new one."""
    browser = await desk.wishes(li)
    _, rotated, _ = await li.ask("POST", "session")
    await desk.answer(li)
    async with desk.sender():
        await told(desk, browser, 1)
    fresh = Caller(li.site, li.session, rotated["token"])
    _, state, _ = await fresh.ask("GET", "push")
    assert (state["here"], state["devices"]) == (True, 1)


async def test_stop_ends_all_devices(desk: Telling, li: Caller) -> None:
    """Whoever writes it is told nothing unasked any more."""
    await desk.wishes(li)
    async with FakeBot() as bot, desk.house.worker(bot.url):
        await li.ask("POST", "messages", json={"client_msg_id": "1", "text": "退订"})
        await until(desk.devices, becomes=0)
    assert await desk.pushes(li) == "nothing"


async def test_who_ends_it_is_told_no_more(desk: Telling, li: Caller) -> None:
    """By the page's own button."""
    await desk.wishes(li)
    assert (await li.ask("DELETE", "push"))[0] == 204
    _, state, _ = await li.ask("GET", "push")
    assert state == {"key": desk.signer.public, "here": False, "announcements": False, "devices": 0, "texts": False}


async def test_erasing_forgets_devices_and_they_are_sealed_before(desk: Telling, li: Caller) -> None:
    """The address opens the browser: it stands nowhere readable, and in no export."""
    browser = await desk.wishes(li)
    rows = await desk.house.scalar("SELECT string_agg(device::text, ' ') FROM push_devices AS device")
    assert browser not in rows
    _, data, _ = await li.ask("GET", "me/data")
    assert [sorted(one) for one in data["devices"]] == [["announcements", "made_at"]]
    assert browser not in json.dumps(data)
    assert [one["field"] for one in data["consents"]] == ["device"]
    async with transaction(desk.house.engine) as connection:
        await stream.lock(connection, UUID(li.session))
        await erase_held(connection, UUID(li.session), desk.house.parts())
    assert await desk.devices() == 0


async def test_a_message_is_signed_by_the_key_that_its_browser_admits(desk: Telling, li: Caller) -> None:
    """While the secret is rotated; once the old one is retired the device is forgotten, and asked anew."""
    browser = await desk.wishes(li)
    secret = "another secret of this installation"
    rotated, retired = Keys(secret, valid=[SECRET], data=SECRET), Keys(secret, data=SECRET)
    await desk.answer(li)
    async with desk.sender(rotated):
        await told(desk, browser, 1)
    await desk.answer(li)
    async with desk.sender(retired):
        await desk.become(li, "sent", "dropped")
    assert await desk.devices() == 0


async def test_nobody_is_asked_where_no_service_is_named(house: House, tmp_path: Path) -> None:
    """And what was to be told before is dropped."""
    async with telling(house, tmp_path, hosts=()) as desk:
        li = await desk.site.open()
        _, state, _ = await li.ask("GET", "push")
        assert state["key"] is None
        made = await desk.browser()
        wished = {"endpoint": made["endpoint"], "keys": made["keys"], "key": desk.signer.public}
        assert (await li.ask("POST", "push", json=wished))[0] == 404


async def test_a_service_that_is_named_no_more_is_not_called(desk: Telling, li: Caller) -> None:
    """The device is forgotten."""
    browser = await desk.wishes(li)
    await desk.answer(li)
    async with desk.sender(services=PushServices(("other.example",))):
        await desk.become(li, "dropped")
    assert (await desk.told(browser), await desk.devices()) == ([], 0)


async def test_a_clerk_sees_no_delivery_of_it(desk: Telling, li: Caller) -> None:
    """The message stands in the chat, whatever becomes of the hint: nothing in a transcript alarms."""
    await desk.wishes(li)
    await desk.say(li, "您对这次服务满意吗？")
    async with desk.sender():
        await desk.become(li, "dropped")
    _, data, _ = await li.ask("GET", "me/data")
    assert {one["delivery"] for one in data["said"]} == {None}
