"""Requests of platforms that were seen on their way, and are brought again: later, or after everything was erased."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from fixtures.house import House
from fixtures.post import DECLARED, PostOffice, post_office
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


async def erase(office: PostOffice) -> None:
    """Erase the one conversation."""
    (conversation,) = await office.conversations()
    farewell = RenderedMessage(text="已删除", locale="zh_Hans")
    live = Live(office.house.redis)
    await service.erase(office.house.engine, live, conversation, farewell, office.house.parts())


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
    await erase(office)
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


def of_the_app(number: int, said: str, at: datetime) -> bytes:
    """What the declared app brings: one text."""
    who = {"user": "u-5001", "nickname": "小陈", "language": "zh-CN"}
    event = {"id": f"e-{number}", "type": "text", "from": who, "at": int(at.timestamp() * 1000)}
    return json.dumps({"events": [{**event, "content": {"text": said}}]}).encode()


async def brought(office: PostOffice, body: bytes, signed_at: datetime | None) -> int:
    """Bring it as the app signs it, or as one does whose signature holds no time; answers the status."""
    key = office.register.opened(office.account).secrets.model_dump()["signing_key"].get_secret_value()
    at = "" if signed_at is None else str(int(signed_at.timestamp()))
    before = b"" if signed_at is None else f"{at}.nonce-0001.".encode()
    headers = {"X-App-Signature": f"sha256={hmac.digest(key.encode(), before + body, hashlib.sha256).hex()}"}
    if signed_at is not None:
        headers |= {"X-App-Timestamp": at, "X-App-Nonce": "nonce-0001"}
    async with office.http.post(office.webhook, data=body, headers=headers) as answer:
        return answer.status


async def test_request_of_a_declared_channel_is_good_for_its_minutes_and_what_it_tells_once(
    house: House, tmp_path: Path
) -> None:
    """The declaration says five minutes: within them the same request is known by its ids, also after erasing."""
    async with post_office(house, tmp_path, channel="city_app") as office:
        now = datetime.now(UTC)
        body = of_the_app(1, "我的秘密", now)
        assert [await brought(office, body, now) for _ in range(3)] == [200] * 3
        assert await received(office) == 1
        await erase(office)
        assert await brought(office, body, now) == 200
        assert await brought(office, of_the_app(2, "从前说的", now), now - 6 * MINUTE) == 403
        assert await received(office) == 1


@pytest.mark.parametrize(("minutes", "taken"), [(34, 1), (36, 0)])
async def test_declared_channel_whose_signature_holds_no_time_is_good_for_its_tries(
    house: House, tmp_path: Path, minutes: int, taken: int
) -> None:
    """It brings again for 30 minutes; what happened five minutes before that is told by somebody else."""
    said = yaml.safe_load((DECLARED / "city_app.yml").read_text(encoding="utf-8"))
    said["signature"] = {"header": "X-App-Signature", "prefix": "sha256=", "key": "signing_key"}
    declared = tmp_path / "channels"
    declared.mkdir()
    (declared / "city_app.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    async with post_office(house, tmp_path, channel="city_app", declared=declared) as office:
        assert await brought(office, of_the_app(1, "你好", datetime.now(UTC)), None) == 200
        known = await received(office)
        old = of_the_app(2, "从前说的", datetime.now(UTC) - minutes * MINUTE)
        assert [await brought(office, old, None) for _ in range(2)] == [200] * 2
        assert await received(office) == known + taken
