"""The chat API over a real store: what is accepted, refused, repeated and told."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.still import StillLimits
from fixtures.web import Caller, Site, serving

from channels.webchat import Events
from desk.web.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def inbound(house: House) -> int:
    return int(await house.scalar("SELECT count(*) FROM inbound_messages"))


async def test_a_session_opens_with_a_greeting_that_offers_the_services(caller: Caller) -> None:
    """The first event greets in the city's name; its buttons start the services that the city offers."""
    (event,) = await caller.page()
    message = event["message"]
    assert (event["seq"], "杭州" in message["text"], [button["payload"] for button in message["buttons"]]) == (
        1,
        True,
        ["/traffic_fines", "/next_bus"],
    )


async def test_a_message_is_answered_in_the_stream_with_one_turn_done(site: Site, house: House) -> None:
    """Each accepted message gets its replies and then exactly one turn_done, in the documented shape."""
    async with FakeBot() as bot, house.worker(bot.url):
        caller = await site.open()
        status, accepted = await caller.post("a", text="你好")
        events = await collect(caller, turns=1)
    Events.model_validate({"events": events})
    assert (status, [(e["type"], reply_to(e)) for e in events[1:]]) == (
        202,
        [("message", accepted["message_id"]), ("turn_done", accepted["message_id"])],
    )


async def test_the_same_client_msg_id_fifty_times_in_parallel_is_one_turn(site: Site, house: House) -> None:
    """Repeats get the first one's message_id; one is accepted, one turn is taken, and none counts as a new message."""
    async with FakeBot() as bot, house.worker(bot.url):
        caller = await site.open()
        answers = await asyncio.gather(*(caller.post("same", text="一次") for _ in range(50)))
        events = await collect(caller, turns=1)
        await asyncio.sleep(1.2)
        later = await caller.page(after=events[-1]["seq"])
    assert (
        sorted(status for status, _ in answers),
        len({body["message_id"] for _, body in answers}),
        [event["type"] for event in events[1:]],
        later,
    ) == ([200] * 49 + [202], 1, ["message", "turn_done"], [])


async def test_repeats_do_not_count_against_the_limit(house: House) -> None:
    """When a session's tokens are used up a known client_msg_id is still answered, and a new one is refused."""
    async with serving(house, StillLimits(messages_per_minute=2)) as site:
        caller = await site.open()
        first = [await caller.post("a", text="1") for _ in range(5)]
        second = await caller.post("b", text="2")
        status, problem, headers = await caller.ask("POST", "messages", json={"client_msg_id": "c", "text": "3"})
        await house.redis.flushdb()  # what is remembered of counted messages is gone; the bucket is emptied again
        await caller.post("x", text="4")
        await caller.post("y", text="5")
        again = await caller.post("a", text="1")
    assert [status for status, _ in first] == [202, 200, 200, 200, 200]
    assert (second[0], status, problem["type"]) == (202, 429, "/problems/too-many-messages")
    assert int(headers["Retry-After"]) >= 1
    assert again == (200, first[0][1])


async def test_more_new_sessions_than_the_limit_are_refused(house: House) -> None:
    """One address may open twice its rate at once, and is then told when to come again."""
    async with serving(house, StillLimits(new_sessions_per_second=1)) as site:
        asked = [await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou"}) for _ in range(3)]
    assert [status for status, _, _ in asked] == [201, 201, 429]


async def test_without_valkey_the_process_limits_by_itself(house: House) -> None:
    """Messages are taken in as far as the limit allows; what Valkey counted before is not forgotten."""
    async with serving(house, StillLimits(messages_per_minute=3)) as site:
        caller = await site.open()
        before = (await caller.post("before", text="x"))[0]
        await house.redis.config_set("maxmemory", "1")  # every write is refused from now on
        try:
            statuses = [(await caller.post(name, text="x"))[0] for name in "abca"]
        finally:
            await house.redis.config_set("maxmemory", "0")
    assert (before, statuses) == (202, [202, 202, 429, 200])


@pytest.mark.parametrize(
    ("said", "status", "problem"),
    [
        pytest.param({"text": "字" * 10_000}, 202, None, id="10,000 characters"),
        pytest.param({"text": "😀" * 10_000}, 202, None, id="10,000 emoji"),
        pytest.param({"text": "字" * 10_001}, 413, "text-too-long", id="10,001 characters"),
        pytest.param({"text": "x" * 300_000}, 413, "too-large", id="a body of 300 KB"),
        pytest.param({"text": "/restart"}, 202, None, id="a leading slash is text"),
        pytest.param({"text": "<script>alert(1)</script>"}, 202, None, id="HTML is text"),
        pytest.param({"text": "a\x00b"}, 202, None, id="NUL"),
        pytest.param({"text": "\ud800!"}, 202, None, id="half a character"),
        pytest.param({"text": "  \n"}, 422, "not-valid", id="nothing but space"),
        pytest.param({}, 422, "not-valid", id="nothing said"),
        pytest.param({"text": "a", "payload": "/greet"}, 422, "not-valid", id="two things at once"),
        pytest.param({"payload": "/next_bus"}, 202, None, id="payload"),
        pytest.param({"payload": "next_bus"}, 422, "not-valid", id="payload without a slash"),
        pytest.param({"location": {"lat": 30.25, "lon": 120.16}}, 202, None, id="location"),
        pytest.param({"location": {"lat": 30.25, "lon": 120.16, "datum": "gcj02"}}, 202, None, id="location in gcj02"),
        pytest.param({"location": {"lat": 130.0, "lon": 120.16}}, 422, "not-valid", id="no such latitude"),
        pytest.param({"media_id": "0" * 32}, 404, "unknown-file", id="unknown file"),
        pytest.param({"media_id": "../../etc"}, 404, "unknown-file", id="no file's name"),
        pytest.param({"text": "a", "from_the_future": 1}, 202, None, id="unknown fields are ignored"),
    ],
)
async def test_message_is_accepted_or_refused(
    caller: Caller, said: dict[str, object], status: int, problem: str | None
) -> None:
    """What is said is stored, or refused with a stable type and a reason."""
    got, body = await caller.post("id", **said)
    assert (got, body.get("type")) == (status, problem and f"/problems/{problem}")


@pytest.mark.parametrize("multipart", [True, False], ids=["multipart", "raw"])
async def test_a_file_is_stored_and_sent(caller: Caller, house: House, multipart: bool) -> None:
    """A picture comes in either way and counts by its content; a message names it."""
    status, stored, _ = await caller.ask("POST", "media", data={"file": photo()} if multipart else PNG)
    accepted, _ = await caller.post("a", media_id=stored["media_id"])
    body = await house.scalar("SELECT body FROM inbound_messages")
    assert (status, stored["content_type"], accepted, body) == (
        201,
        "image/png",
        202,
        {"media": {"id": stored["media_id"], "content_type": "image/png"}},
    )


def photo():
    from io import BytesIO

    file = BytesIO(PNG)
    file.name = "photo.exe"
    return file


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        pytest.param(b"MZ" + bytes(100), 415, "file-type", id="a program"),
        pytest.param(b"<svg onload=alert(1)>", 415, "file-type", id="SVG"),
        pytest.param(b"", 415, "file-type", id="nothing"),
        pytest.param(PNG + bytes(10 * 1024 * 1024), 413, "too-large", id="over 10 MB"),
    ],
)
async def test_a_file_is_refused(caller: Caller, content: bytes, status: int, problem: str) -> None:
    """What is no picture, PDF or sound, or too large, is not stored."""
    got, body, _ = await caller.ask("POST", "media", data=BytesIO(content))
    assert (got, body["type"]) == (status, f"/problems/{problem}")


async def test_more_files_than_the_limit_are_refused(house: House) -> None:
    """Files have a limit of their own, far below that of messages: each costs up to 10 MB of the store."""
    async with serving(house, StillLimits(files_per_minute=2)) as site:
        caller = await site.open()
        answers = [await caller.ask("POST", "media", data=PNG) for _ in range(3)]
    assert [status for status, _, _ in answers] == [201, 201, 429]
    assert int(answers[-1][2]["Retry-After"]) >= 1


async def test_another_sessions_file_is_unknown(site: Site, caller: Caller) -> None:
    """A file belongs to its conversation."""
    _, stored, _ = await caller.ask("POST", "media", data=PNG)
    other = await site.open()
    assert (await other.post("a", media_id=stored["media_id"]))[0] == 404


async def test_my_data_shows_what_was_said_and_erasing_leaves_the_confirmation(caller: Caller) -> None:
    """What was said is shown, masked; erasing keeps the session, and its stream has the confirmation alone."""
    await caller.post("a", text="浙A12345")
    _, data, _ = await caller.ask("GET", "me/data")
    status, _, _ = await caller.ask("DELETE", "me")
    _, after, _ = await caller.ask("GET", "me/data")
    events = await caller.page()
    assert [message["text"] for message in data["received"]] == ["浙A****5"]
    assert (status, after["received"], [event["type"] for event in events]) == (204, [], ["turn_done", "message"])
    assert "删除" in events[-1]["message"]["text"]


async def test_numbers_of_a_person_are_masked_once_they_are_answered(site: Site, house: House) -> None:
    """The end of the turn says how the words are shown from now on; the data that a record is made of says it too."""
    async with FakeBot() as bot, house.worker(bot.url):
        caller = await site.open()
        for one, said in (("a", "电话13812345678"), ("b", "浙A12345")):
            await caller.post(one, text=said)
            events = await collect(caller, turns=1 if one == "a" else 2)
        _, data, _ = await caller.ask("GET", "me/data")
    done = [event.get("shown") for event in events if event["type"] == "turn_done"]
    assert done == ["电话*******5678", None]
    assert [(one["text"], one.get("shown")) for one in data["received"]] == [
        ("电话****5678", "电话*******5678"),
        ("浙A****5", None),
    ]


async def test_more_posts_at_once_than_the_limit_are_refused(house: House) -> None:
    """The default admits 50; a session with more open at once is told so."""
    async with serving(house, Limits(posts_in_parallel=3)) as site:
        caller = await site.open()
        answers = await asyncio.gather(*(caller.post(f"m{number}", text="x") for number in range(40)))
    statuses = {status for status, _ in answers}
    assert statuses == {202, 429}


async def collect(caller: Caller, *, turns: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(HANG_SECONDS):
        while sum(event["type"] == "turn_done" for event in events) < turns:
            events += await caller.page(after=events[-1]["seq"] if events else 0, wait=5)
    return events


def reply_to(event: dict[str, Any]) -> str | None:
    return event["message"]["in_reply_to"] if event["type"] == "message" else event["in_reply_to"]
