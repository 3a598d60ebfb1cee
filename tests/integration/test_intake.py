"""Taking in: everything once, whatever is repeated, out of order or forged. Real stores, the real webhook."""

import asyncio
import base64
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.files import kept_file
from fixtures.house import House, until
from fixtures.patience import HANG_SECONDS
from fixtures.post import PostOffice, post_office
from sqlalchemy import text

from desk.conversations.service import store_media
from desk.intake.quota import FILES_A_DAY
from desk.media.clamd import Clamd
from desk.media.scanning import Verdict
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from sandbox.clamd import EICAR, PretendClamd

GENUINE = int(os.environ.get("CITYDESK_WEBHOOKS", "300"))
AT_ONCE = int(os.environ.get("CITYDESK_AT_ONCE", "16"))
SEED = int(os.environ.get("CITYDESK_SEED", "20261124"))
SECRET = "X-Telegram-Bot-Api-Secret-Token"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


def update(number: int, resident: int, said: str) -> dict[str, Any]:
    """An update of Telegram."""
    author = {"id": resident, "is_bot": False, "first_name": "王", "language_code": "zh-hans"}
    chat = {"id": resident, "type": "private", "first_name": "王"}
    message = {"message_id": number, "from": author, "chat": chat, "date": int(time.time()), "text": said}
    return {"update_id": 700_000 + number, "message": message}


LARGE = {"document": {"file_id": "f", "file_unique_id": "f", "file_name": "f.pdf", "file_size": 11_000_000}}


async def rows(office: PostOffice, query: str) -> list[Any]:
    async with office.house.engine.connect() as connection:
        return list(await connection.execute(text(query)))


async def test_each_genuine_webhook_is_handled_once_and_each_forgery_refused(office: PostOffice) -> None:
    """Repeated, shuffled, a quarter forged; `CITYDESK_WEBHOOKS` sets how many are genuine (10,000 is the full run)."""
    chance = random.Random(SEED)
    secret = office.register.opened(office.account).secrets.model_dump()["webhook_secret"].get_secret_value()
    genuine = [update(number, 8000 + number % 97, f"第{number}句") for number in range(GENUINE)]
    posts = [(one, secret) for one in genuine] + [(one, secret) for one in chance.choices(genuine, k=GENUINE)]
    forged = [
        (update(10**6 + number, 8000 + number % 97, "我是市长"), f"guess-{number:040}")
        for number in range(GENUINE // 2)
    ]
    posts += forged
    chance.shuffle(posts)
    took: list[float] = []
    statuses: Counter[tuple[bool, int]] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def post(body: dict[str, Any], word: str) -> None:
        async with gate:
            began = time.perf_counter()
            async with office.http.post(office.webhook, json=body, headers={SECRET: word}) as response:
                await response.read()
                took.append(time.perf_counter() - began)
                statuses[word == secret, response.status] += 1

    async with asyncio.TaskGroup() as group:
        for body, word in posts:
            group.create_task(post(body, word))
    took.sort()
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    print(f"{len(posts)} webhooks, {AT_ONCE} at once, no bot: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    assert {status for (is_genuine, status) in statuses if is_genuine} == {200}
    assert {status for (is_genuine, status) in statuses if not is_genuine} <= {403, 429}
    stored = await office.house.bodies()
    assert Counter(body["text"] for body in stored) == Counter(f"第{number}句" for number in range(GENUINE))
    residents = await rows(office, f"SELECT count(*) FROM residents WHERE account_id = {office.account.id}")
    assert residents[0][0] == min(97, GENUINE)


async def test_what_came_while_the_bot_was_away_is_answered_in_order(office: PostOffice) -> None:
    """Webhooks are answered at once without a bot; when it is back every message is answered, in order."""
    for number in range(5):
        done = await office.do(5001, say=f"句{number}")
        assert done["status"] == 200
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        texts = await office.hears(5001, 6)
    assert [one for one in texts[1:] if "句" in one] == texts[1:]
    assert [next(str(n) for n in range(5) if f"句{n}" in one) for one in texts[1:]] == ["0", "1", "2", "3", "4"]


async def test_residents_are_kept_sealed(office: PostOffice) -> None:
    """Neither the platform's name of a resident nor of a message stands in the store."""
    await office.do(5077123, say="你好")
    for table in ("residents", "conversations", "inbound_messages", "channel_events", "channel_accounts"):
        dumped = str(await rows(office, f"SELECT to_jsonb(one) FROM {table} AS one"))
        assert "5077123" not in dumped
    secrets = office.register.opened(office.account).secrets.model_dump()
    dumped = str(await rows(office, "SELECT encode(secrets, 'escape') FROM channel_accounts WHERE secrets IS NOT NULL"))
    assert [name for name, value in secrets.items() if value.get_secret_value() in dumped] == []


async def test_a_photo_waits_for_its_file_and_holds_up_what_follows(office: PostOffice) -> None:
    """The words beside it come first, then the file once it is loaded, then what was said later."""
    done = await office.do(5001, photo=base64.b64encode(PICTURE).decode(), caption="路灯坏了")
    assert done["status"] == 200
    await office.do(5001, say="在文三路")
    kinds = [row[0] for row in await rows(office, "SELECT kind FROM inbound_messages ORDER BY id")]
    assert kinds == ["text", "media", "text"]
    async with FakeBot() as bot, office.house.worker(bot.url), office.jobs():

        async def answered() -> list[str]:
            found = await rows(
                office, "SELECT kind FROM inbound_messages WHERE answered_at IS NOT NULL ORDER BY answered_at"
            )
            return [row[0] for row in found]

        await until(answered, becomes=["text", "media", "text"])
    (kept,) = await rows(office, "SELECT id, conversation_id, content FROM media_files")
    assert PICTURE not in bytes(kept.content)
    async with office.house.engine.connect() as connection:
        media = await kept_file(connection, kept.conversation_id, kept.id)
    assert media is not None
    assert (media.content_type, media.content) == ("image/png", PICTURE)
    assert await rows(office, "SELECT * FROM channel_files") == []


@pytest.mark.parametrize(
    ("doing", "words"),
    [
        ({"document": base64.b64encode(b"MZ" + b"0" * 100).decode()}, "打不开"),
        (
            {"update": {**update(1, 5001, ""), "message": {**update(1, 5001, "")["message"], "text": None, **LARGE}}},
            "太大",
        ),
    ],
    ids=["a program", "eleven megabytes"],
)
async def test_a_file_that_is_not_taken_is_said_to_be_so(office: PostOffice, doing: dict[str, str], words: str) -> None:
    """By its content and size, not by its name; what follows goes on."""
    await office.do(5001, language="zh-hans", **doing)
    async with office.jobs(), office.sender():
        texts = await office.hears(5001, 2)
    assert words in texts[1]
    assert await rows(office, "SELECT * FROM media_files") == []


URGENT = """
    INSERT INTO emergencies (conversation_id, city, kind, kinds, beside, told_by)
    SELECT conversation_id, 'hangzhou', 'fire', '["fire"]', '[]', id FROM inbound_messages LIMIT 1
"""


async def fill(office: PostOffice, *, hours: int) -> None:
    """As many files of a day, sent so many hours ago."""
    [conversation] = await office.conversations()
    async with transaction(office.house.engine) as connection:
        for _ in range(FILES_A_DAY):
            await store_media(
                connection,
                conversation_id=conversation,
                content_type="image/png",
                content=PICTURE,
                verdict=Verdict.CLEAN,
            )
        await connection.exec_driver_sql(
            f"UPDATE media_files SET created_at = clock_timestamp() - interval '{hours} hours'"
        )


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "上限"), ("zh-hant", "上限"), ("en", "reached the limit")])
async def test_a_resident_sends_so_many_files_a_day(office: PostOffice, language: str, words: str) -> None:
    """One more is not kept, and is said so in their language; what was said beside it and after it is taken in."""
    await office.do(5001, language=language, say="你好")
    await fill(office, hours=1)
    await office.do(5001, language=language, photo=base64.b64encode(PICTURE).decode(), caption="路灯坏了")
    await office.do(5001, language=language, say="在文三路")
    async with office.jobs(), office.sender():
        texts = await office.hears(5001, 2)
    assert words in texts[1]
    kept = await rows(office, "SELECT kind, outcome FROM inbound_messages ORDER BY id")
    assert [(row.kind, row.outcome) for row in kept] == [
        ("text", None),
        ("text", None),
        ("media", "file_refused"),
        ("text", None),
    ]
    assert await office.house.scalar("SELECT count(*) FROM media_files") == FILES_A_DAY


@pytest.mark.parametrize(("hours", "urgent"), [(25, False), (1, True)], ids=["yesterday", "emergency"])
async def test_files_of_yesterday_or_in_an_emergency_are_not_counted(
    office: PostOffice, hours: int, urgent: bool
) -> None:
    """A day later there is room again; who told of an emergency is not held to it."""
    await office.do(5001, say="着火了")
    await fill(office, hours=hours)
    if urgent:
        async with office.house.engine.begin() as connection:
            await connection.exec_driver_sql(URGENT)
    await office.do(5001, photo=base64.b64encode(PICTURE).decode())
    async with office.jobs():
        await until(lambda: office.house.scalar("SELECT count(*) FROM media_files"), becomes=FILES_A_DAY + 1)


async def test_malware_from_a_channel_is_refused_and_said_to_be_so(office: PostOffice) -> None:
    """Nothing of it is kept, and what follows goes on."""
    async with PretendClamd().listening() as daemon:
        office.scanner = Clamd(daemon.address, HANG_SECONDS)
        await office.do(5001, language="zh-hans", document=base64.b64encode(b"%PDF-1.7 " + EICAR).decode())
        async with office.jobs(), office.sender():
            texts = await office.hears(5001, 2)
    assert "病毒" in texts[1]
    assert await rows(office, "SELECT * FROM media_files") == []


async def test_a_file_from_a_channel_that_nobody_could_look_at_is_kept_back(office: PostOffice) -> None:
    """The message goes on with it, so that no turn waits for a scanner; the worker's job gives it free."""
    async with PretendClamd("away").listening() as daemon:
        office.scanner = Clamd(daemon.address, HANG_SECONDS)
        await office.do(5001, language="zh-hans", document=base64.b64encode(b"%PDF-1.7 " + b"0" * 99).decode())
        async with office.jobs():
            await until(lambda: office.house.scalar("SELECT count(*) = 1 FROM media_files WHERE held"))
            assert await rows(office, "SELECT * FROM channel_files") == []
            ready = "SELECT id FROM inbound_messages WHERE next_try_at IS NULL AND body -> 'media' IS NOT NULL"
            assert len(await rows(office, ready)) == 1
            daemon.fault = None
            async with transaction(office.house.engine) as connection:
                await defer(connection, "intake.scan", lane=UPKEEP, timestamp=0)
            await until(lambda: office.house.scalar("SELECT count(*) = 1 FROM media_files WHERE NOT held"))


async def test_an_edit_is_kept_and_not_answered(office: PostOffice) -> None:
    """History, not a new message; given out and erased with the rest."""
    await office.do(5001, say="我要交电费")
    await office.do(5001, edit="我要交水费")
    (event,) = await rows(office, "SELECT kind FROM channel_events")
    (body,) = await office.house.bodies("channel_events", "happening")
    assert (event.kind, body["text"]) == ("edited", "我要交水费")
    assert len(await rows(office, "SELECT * FROM inbound_messages")) == 1


async def test_leaving_that_is_told_late_does_not_count(office: PostOffice) -> None:
    """What happened before the resident came back is known to be old."""
    left = (await office.do(5001, start=""))["update"]
    member = {"user": {"id": 1, "is_bot": True, "first_name": "bot"}}
    old = {
        "update_id": left["update_id"] + 50,
        "my_chat_member": {
            "chat": {"id": 5001, "type": "private", "first_name": "王"},
            "from": {"id": 5001, "is_bot": False, "first_name": "王"},
            "date": int(time.time()) - 3600,
            "old_chat_member": {**member, "status": "member"},
            "new_chat_member": {**member, "status": "kicked", "until_date": 0},
        },
    }
    assert (await office.steer("POST", "push", {"update": old}))["status"] == 200
    (resident,) = await rows(office, f"SELECT state FROM residents WHERE account_id = {office.account.id}")
    assert resident.state == "reachable"


async def test_a_pressed_token_is_the_payload_that_was_offered(office: PostOffice) -> None:
    """A payload too long for a button travels as its token; one that was never offered stays a token."""
    await office.do(5001, start="")
    (conversation,) = await office.conversations()
    payload = '/inform{"office": "' + "婚姻登记处" * 8 + '"}'
    from desk.contract.channel import token_of
    from desk.conversations import stream
    from desk.store.database import transaction

    async with transaction(office.house.engine) as connection:
        await stream.offer(connection, conversation, [payload])
    for number, data in enumerate((token_of(payload), token_of("/other"))):
        query = {
            "id": f"q{number}",
            "from": {"id": 5001, "is_bot": False, "first_name": "王"},
            "message": {"message_id": 1, "date": 1, "chat": {"id": 5001, "type": "private", "first_name": "王"}},
            "chat_instance": "1",
            "data": data,
        }
        pushed = {"update": {"update_id": 10**9 + number, "callback_query": query}}
        assert (await office.steer("POST", "push", pushed))["status"] == 200
    said = [body["payload"] for body in await office.house.bodies()]
    assert said == [payload, token_of("/other")]


async def test_old_secrets_are_believed_for_a_while(office: PostOffice) -> None:
    """A rotation loses nothing that is on its way; a third word is refused."""
    secrets = {
        name: value.get_secret_value()
        for name, value in office.register.opened(office.account).secrets.model_dump().items()
    }
    await office.register.rotate(office.account.slug, {**secrets, "webhook_secret": "n" * 40})
    assert (await office.do(5001, say="你好"))["status"] == 200
    async with office.http.post(
        office.webhook, data=json.dumps(update(1, 5002, "x")), headers={SECRET: "n" * 40}
    ) as new:
        assert new.status == 200
    async with office.http.post(
        office.webhook, data=json.dumps(update(2, 5002, "y")), headers={SECRET: "o" * 40}
    ) as bad:
        assert bad.status == 403
