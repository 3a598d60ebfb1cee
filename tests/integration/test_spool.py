"""An outage of the database: what Weibo brings meanwhile is kept on disk, since it gives up after seconds."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

from fixtures.house import House, Mortal, until
from fixtures.post import KEYS, PostOffice, post_office
from fixtures.pushes import signed

from desk.accounts.memory import FIND_SECONDS
from desk.intake.spool import Spool, open_spool
from desk.web.webhooks import STORE_SECONDS, take_kept

RESIDENT = 9_007_199_254_740_993
PLATFORM_WAITS_SECONDS = 5.0
_nonces = count()


@asynccontextmanager
async def office_of(house: House, folder: Path) -> AsyncIterator[tuple[PostOffice, Spool]]:
    """Weibo's account of the house, with a spool; what is kept is taken in as `desk serve` does it."""
    spool = open_spool(folder / "spool", KEYS, 1_000_000)
    async with (
        post_office(house, folder, channel="weibo", spool=spool) as office,
        spool.draining(partial(take_kept, office.channels)),
    ):
        yield office, spool


async def push(office: PostOffice, words: str) -> int:
    """Push a message as Weibo does; the status."""
    account = office.account
    secret = office.register.opened(account).secrets.model_dump()["app_secret"].get_secret_value()
    body = {
        "type": "text",
        "receiver_id": int(account.platform_id or 0),
        "sender_id": RESIDENT,
        "created_at": "Thu Nov 26 18:09:20 +0800 2026",
        "text": words,
        "data": {},
    }
    query = signed(secret, f"n{next(_nonces)}")
    async with office.http.post(office.webhook, params=query, json=body) as response:
        assert await response.read() == b"" or response.status != 200
    return response.status


async def stored(office: PostOffice) -> list[str]:
    return [body["text"] for body in await office.house.bodies()]


async def test_an_outage_of_the_database_loses_no_push(mortal: Mortal, tmp_path: Path) -> None:
    """Killed and back: all that was pushed meanwhile is stored once and in its order, before what comes later."""
    async with office_of(mortal.house, tmp_path) as (office, spool):
        assert await push(office, "前") == 200
        await mortal.lose_database()
        words = [f"第{number}句" for number in range(20)]
        for said in words:
            assert [await push(office, said), await push(office, said)] == [200, 200]
        assert spool.holds
        await mortal.postgres.start()
        assert await push(office, "后") == 200

        async def empty() -> bool:
            return not spool.holds

        await until(empty)
        assert await push(office, "再后") == 200
        found = await stored(office)
    assert found == ["前", *words, "后", "再后"]


async def test_a_database_that_hangs_is_not_waited_for(house: House, tmp_path: Path) -> None:
    """Weibo is answered in time, though a table cannot be written; later the push is stored once.

    The write itself waits for the table: whoever is answered while it is locked has not waited for that.
    """
    assert STORE_SECONDS + FIND_SECONDS < PLATFORM_WAITS_SECONDS
    async with office_of(house, tmp_path) as (office, spool), house.engine.connect() as other:
        assert await push(office, "前") == 200
        await other.exec_driver_sql("LOCK TABLE inbound_messages IN ACCESS EXCLUSIVE MODE")
        assert await push(office, "中") == 200
        assert spool.holds
        await other.rollback()
        await until(partial(stored, office), becomes=["前", "中"])


async def test_a_forgery_is_refused_though_the_database_is_away(mortal: Mortal, tmp_path: Path) -> None:
    """Accounts are known as they were last; who is not known by then is refused, and comes again."""
    async with office_of(mortal.house, tmp_path) as (office, spool):
        unknown = office.webhook + "_other"
        await mortal.lose_database()
        async with office.http.post(unknown, params=signed("guessed", "n"), json={}) as response:
            assert response.status == 503
        await mortal.postgres.start()
        assert await push(office, "前") == 200
        await mortal.lose_database()
        async with office.http.post(office.webhook, params=signed("guessed", "n"), json={}) as response:
            assert response.status == 403
        assert not spool.holds
        await mortal.postgres.start()


async def test_who_tries_again_by_itself_is_refused_meanwhile(mortal: Mortal, tmp_path: Path) -> None:
    """Telegram brings an update again for a day: nothing of it is kept here."""
    spool = open_spool(tmp_path / "spool", KEYS, 1_000_000)
    async with post_office(mortal.house, tmp_path, spool=spool) as office:
        secret = office.register.opened(office.account).secrets.model_dump()["webhook_secret"].get_secret_value()
        who = {"id": 5, "is_bot": False, "first_name": "R"}
        message = {"message_id": 1, "date": int(time.time()), "chat": {"id": 5, "type": "private"}, "from": who}
        update = {"update_id": 1, "message": message | {"text": "你好"}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with office.http.post(office.webhook, json=update, headers=headers) as response:
            assert response.status == 200
        await mortal.lose_database()
        async with office.http.post(office.webhook, json=update | {"update_id": 2}, headers=headers) as response:
            assert response.status == 503
        assert not spool.holds
        await mortal.postgres.start()
    spool.close()
