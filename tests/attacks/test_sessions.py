"""Sessions that never end, entries of others, signatures and exports used for more than they are meant for."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.post import PostOffice, post_office
from fixtures.pushes import signed
from fixtures.web import Caller, serving
from sqlalchemy import text

from desk.web.limits import Limits

ID = "11010519491231002X"


async def moved(house: House, column: str, by: timedelta) -> None:
    """Let time pass for all sessions."""
    async with house.engine.begin() as connection:
        await connection.execute(text(f"UPDATE access_tokens SET {column} = {column} - :by"), {"by": by})


async def status(caller: Caller) -> int:
    return (await caller.ask("GET", "events?wait=0", headers={"Accept": "application/json"}))[0]


@pytest.mark.parametrize("column", ["good_until", "idle_until"])
async def test_session_is_over_in_time(house: House, column: str) -> None:
    """Used or not: after its time, and after a while without use."""
    async with serving(house, Limits(session_days=30, session_idle_days=7)) as site:
        caller = await site.open()
        fresh = await status(caller)
        await moved(house, column, timedelta(days=31))
        over = await status(caller)
    assert (fresh, over) == (200, 401)


async def test_use_keeps_a_session_but_not_beyond_its_time(house: House) -> None:
    """The idle end moves with use, the other does not."""
    async with serving(house) as site:
        caller = await site.open()
        for _ in range(3):
            await moved(house, "idle_until", timedelta(days=6))
            assert await status(caller) == 200
        within = await house.scalar("SELECT bool_and(idle_until <= good_until) FROM access_tokens")
    assert within


async def test_session_is_ended_here_and_everywhere(house: House) -> None:
    """A token that was ended, or replaced, opens nothing."""
    async with serving(house) as site:
        one = await site.open()
        _, rotated, _ = await one.ask("POST", "session")
        two = Caller(site, one.session, rotated["token"])
        assert (await status(one), await status(two)) == (200, 200)
        await moved(house, "good_until", timedelta(seconds=31))
        assert (await status(one), await status(two)) == (401, 200)
        _, again, _ = await two.ask("POST", "session")
        three = Caller(site, one.session, again["token"])
        assert (await three.ask("DELETE", "session"))[0] == 204
        assert (await status(three), await status(two)) == (401, 200)
        assert (await two.ask("DELETE", "sessions"))[0] == 204
        assert await status(two) == 401
    assert await house.scalar("SELECT count(*) FROM access_tokens") == 0


async def test_export_hides_numbers_until_it_is_proved_whose_they_are(house: House) -> None:
    """Whoever has a token alone learns no id; after a one-time code they are whole."""
    async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
        caller = await site.open()
        await said(caller, "1", f"我的身份证{ID}")
        _, before, _ = await caller.ask("GET", "me/data")
        tried = {"type": "tried", "what": "code", "service": "social_insurance", "subject": ID, "right": True}
        bot.answers.append({"effects": [tried]})
        await said(caller, "2", "482917")
        _, after, _ = await caller.ask("GET", "me/data")
    assert (before["masked"], ID in str(before)) == (True, False)
    assert (after["masked"], ID in str(after)) == (False, True)


async def said(caller: Caller, name: str, words: str) -> None:
    _, receipt = await caller.post(name, text=words)
    after = 0
    while True:
        for event in await caller.page(after=after, wait=5):
            after = event["seq"]
            if event["type"] == "turn_done" and event["in_reply_to"] == receipt["message_id"]:
                return


async def enter(office: PostOffice, entry: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"account": office.account.slug, "entry": entry, **more}
    async with office.http.post(f"{office.desk_url}/chat/v1/entries", json=body) as answer:
        return answer.status, await answer.json()


async def test_link_of_somebody_else_opens_nothing_unasked(house: House, tmp_path: Path) -> None:
    """Login CSRF: a victim who opens an attacker's link is asked first; only the yes opens the conversation."""
    async with post_office(house, tmp_path, channel="taobao") as office:
        entry = str((await office.steer("POST", "entries", {"resident": "attacker"}))["entry"])
        unasked, problem = await enter(office, entry)
        opened = await house.scalar("SELECT count(*) FROM conversations")
        confirmed, _ = await enter(office, entry, confirmed=True)
        replayed, _ = await enter(office, entry, confirmed=True)
    assert (unasked, problem["type"], opened) == (409, "/problems/entry-unconfirmed", 0)
    assert "attacker" not in str(problem)
    assert (confirmed, replayed) == (201, 403)


async def test_weibo_signature_is_good_for_one_body(house: House, tmp_path: Path) -> None:
    """A signature that was seen on its way carries nothing else; brought again as it was it is the platform's retry."""
    async with post_office(house, tmp_path, channel="weibo") as office:
        account = office.account
        secret = office.register.opened(account).secrets.model_dump()["app_secret"].get_secret_value()
        query = signed(secret, "once")

        async def push(words: str) -> int:
            body = {
                "type": "text",
                "receiver_id": int(account.platform_id or 0),
                "sender_id": 12345,
                "created_at": "Tue Nov 24 18:09:20 +0800 2026",
                "text": words,
                "data": {},
            }
            async with office.http.post(office.webhook, params=query, json=body) as answer:
                return answer.status

        statuses = [await push("真的"), await push("真的"), await push("假的")]
        stored = [body["text"] for body in await house.bodies()]
    assert (statuses, stored) == ([200, 200, 403], ["真的"])
