"""Requests of platforms that were seen on their way, and are brought again: later, or after everything was erased."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fixtures.house import House
from fixtures.post import PostOffice, post_office
from sqlalchemy import text

from channels.alipay import CANCELLED
from channels.alipay import REPLAY as ALIPAY
from channels.telegram import REPLAY as TELEGRAM
from desk.alipay import signing
from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.live import Live
from sandbox.alipay.identity import ensure_keys, load_keys, mini_program
from sandbox.alipay.members import open_id

SECRET = "X-Telegram-Bot-Api-Secret-Token"
RESIDENT = 5001
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as opened:
        yield opened


def message(number: int, said: str, ago: timedelta, **more: Any) -> dict[str, Any]:
    """A message of Telegram, written some time ago."""
    who = {"id": RESIDENT, "first_name": "王"}
    at = int(time.time() - ago.total_seconds())
    return {
        "message_id": number,
        "from": {**who, "is_bot": False},
        "chat": {**who, "type": "private"},
        "date": at,
        "text": said,
        **more,
    }


async def push(office: PostOffice, number: int, **what: Any) -> int:
    """Bring an update as Telegram does."""
    secret = office.register.opened(office.account).secrets.model_dump()["webhook_secret"].get_secret_value()
    update = {"update_id": 700_000 + number, **what}
    async with office.http.post(office.webhook, data=json.dumps(update), headers={SECRET: secret}) as answer:
        return answer.status


async def received(office: PostOffice) -> int:
    """How many messages were taken in."""
    return int(await office.house.scalar("SELECT count(*) FROM inbound_messages"))


@pytest.mark.parametrize(("ago", "taken"), [(TELEGRAM - MINUTE, 1), (TELEGRAM + MINUTE, 0)])
async def test_telegram_update_is_good_for_a_day(office: PostOffice, ago: timedelta, taken: int) -> None:
    """Telegram keeps updates for 24 hours; what is older is brought by somebody else, and enters nobody."""
    assert await push(office, 1, message=message(1, "/start", timedelta())) == 200
    known = await received(office)
    assert await push(office, 2, message=message(2, "从前说的", ago)) == 200
    assert await received(office) == known + taken


async def test_nothing_comes_back_after_erasing(office: PostOffice) -> None:
    """Within the day what happened is known by its number, also once it was erased: an edit brings no words back."""
    edited = message(2, "我的秘密", timedelta(), edit_date=int(time.time()))
    sent = [{"message": message(2, "我", timedelta())}, {"edited_message": edited}]
    for number, what in enumerate(sent):
        assert await push(office, number, **what) == 200
    before = await received(office)
    (conversation,) = await office.conversations()
    await service.erase(
        office.house.engine,
        Live(office.house.redis),
        conversation,
        RenderedMessage(text="已删除", locale="zh_Hans"),
        office.house.parts(),
    )
    for number, what in enumerate(sent):
        assert await push(office, number, **what) == 200
    assert await received(office) == before
    assert await office.house.scalar("SELECT count(*) FROM channel_events WHERE kind <> 'erased'") == 0
    assert await office.house.bodies("channel_events", "happening") == [{}]


@pytest.mark.parametrize(("ago", "state"), [(ALIPAY - MINUTE, "left"), (ALIPAY + MINUTE, "reachable")])
async def test_alipay_message_is_good_for_a_day(house: House, tmp_path: Path, ago: timedelta, state: str) -> None:
    """Alipay tries for a day; signed or not, what is older takes nobody out any more."""
    async with post_office(house, tmp_path, channel="alipay") as office:
        async with office.http.post(
            f"{office.sandbox_url}/_sandbox/alipay/auth-codes", json={"app_id": mini_program(office.account.city)}
        ) as answer:
            entered = await answer.json()
        entry = {"account": office.account.slug, "entry": entered["auth_code"]}
        async with office.http.post(f"{office.desk_url}/chat/v1/entries", json=entry) as answer:
            assert answer.status == 201
        at = datetime.now(UTC) - ago
        back = "heard_at = heard_at - interval '3 days', state_at = state_at - interval '3 days'"
        async with house.engine.begin() as connection:
            await connection.execute(text(f"UPDATE residents SET {back}"))
        form = {
            "notify_id": "2026112418000",
            "utc_timestamp": str(int(at.timestamp() * 1000)),
            "msg_method": CANCELLED,
            "app_id": mini_program(office.account.city),
            "biz_content": json.dumps({"open_id": open_id("resident")}),
            "charset": "UTF-8",
        }
        key = load_keys(ensure_keys(tmp_path)).alipay
        form |= {"sign_type": "RSA2", "sign": signing.sign(signing.notification_texts(form)[0], key)}
        async with office.http.post(
            office.webhook,
            data=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ) as answer:
            assert (answer.status, await answer.text()) == (200, "success")
        assert await house.scalar("SELECT state FROM residents") == state
