"""How the pretend Weibo pushes, and what our channel makes of it."""

import asyncio
import json
from urllib.parse import quote

import pytest
from fixtures.patience import HANG_SECONDS
from fixtures.weibo import CITY, RESIDENT, World

from desk.contract.channel import (
    CommandUsed,
    EventIgnored,
    FileReceived,
    LocationReceived,
    Mentioned,
    Subscribed,
    TextReceived,
    Unsubscribed,
)


async def test_address_that_does_not_echo_is_not_bound(weibo: World) -> None:
    """The callback counts only once it has answered with the echo."""
    refused = await weibo.steer("PUT", f"{CITY}/callback", {"url": f"{weibo.url}/weibo/2/nowhere"}, status=409)
    assert refused["type"] == "not-proved"
    assert (await weibo.steer("GET", f"{CITY}/account"))["callback"].startswith("http://127.0.0.1")
    assert (await weibo.act("say", text="您好"))["answer"] == "200"


async def test_everything_a_resident_does_is_read(weibo: World) -> None:
    """All kinds arrive as what they are; numbers beyond 2^53 keep every digit."""
    for does in ("follow", "subscribe", "say", "image", "voice", "sticker", "unsubscribe", "unfollow"):
        await weibo.act(does, text="您好" if does == "say" else "")
    await weibo.act("position", lat=30.274, lon=120.155)
    await weibo.act("click", key="/traffic_fines")
    await weibo.act("view", key="https://www.example.com/")
    await weibo.act("scan", key="poster_7")
    await weibo.act("mention", text="路灯不亮")
    kinds = [type(one.what) for one in weibo.callback.happened]
    assert kinds == [
        Subscribed, Subscribed, TextReceived, FileReceived, FileReceived, EventIgnored, CommandUsed, Unsubscribed,
        LocationReceived, CommandUsed, EventIgnored, Subscribed, Mentioned,
    ]  # fmt: skip
    assert {one.resident for one in weibo.callback.happened} == {RESIDENT}


async def test_push_that_is_not_answered_in_time_comes_three_times(weibo: World) -> None:
    """And is one message: the same id each time. What is refused is tried again too, until it is taken."""
    await weibo.steer("PUT", "limits", {"answer_seconds": 0.2})
    weibo.callback.answers = [1.0, 1.0, 1.0]
    await weibo.act("say", text="您好")
    happened = await weibo.eventually(3)
    assert len({one.id for one in happened}) == 1
    await weibo.steer("PUT", "limits", {"answer_seconds": 60})
    weibo.callback.answers = [(500, ""), (403, "")]
    await weibo.act("say", text="还在吗")
    await weibo.eventually(6)
    async with asyncio.timeout(HANG_SECONDS):
        while len((await weibo.pushes())[-1]["answers"]) < 3:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)  # a fourth does not come
    answers = [push["answers"] for push in await weibo.pushes()]
    assert answers == [["TimeoutError"] * 3, ["500", "403", "200"]]


async def test_duplicates_are_one_and_forgeries_are_refused(weibo: World) -> None:
    """Of each push two more, one with a wrong signature and one with an old one: only the true ones are read."""
    for rule in (
        {"what": "duplicate", "times": 2},
        {"what": "forge"},
        {"what": "replay", "seconds": 600},
    ):
        await weibo.steer("POST", "mischief", rule)
    for number in range(10):
        await weibo.act("say", text=f"第{number}条")
    happened = await weibo.eventually(30)
    async with asyncio.timeout(HANG_SECONDS):
        while len(weibo.callback.refused) < 60:  # each forgery is tried three times
            await asyncio.sleep(0.05)
    texts = {one.id: one.what.text for one in happened if isinstance(one.what, TextReceived)}
    assert sorted(texts.values()) == [f"第{number}条" for number in range(10)]
    assert set(weibo.callback.refused) == {"Forged"}
    assert len(happened) == 30


async def test_passive_reply_is_delivered_only_in_its_form(weibo: World) -> None:
    """Identifiers exchanged, and the data a text of encoded JSON. The product answers empty and uses the other way."""
    said = quote(json.dumps({"text": "中文消息"}, ensure_ascii=False, separators=(",", ":")), safe="")
    good = {
        "result": True,
        "sender_id": weibo.account.platform_id,
        "receiver_id": RESIDENT,
        "type": "text",
        "data": said,
    }
    wrong = [good | {"sender_id": RESIDENT}, good | {"data": '{"text":"a"}'}, good | {"result": False}]
    weibo.callback.answers = [(200, json.dumps(one)) for one in (good, *wrong)]
    answers = [(await weibo.act("say", text="您好"))["answer"] for _ in range(4)]
    assert ["no passive reply" in answer for answer in answers] == [False, True, True, True]
    assert [(one["data"], one["how"]) for one in await weibo.got()] == [({"text": "中文消息"}, "passive")]
    assert said == "%7B%22text%22%3A%22%E4%B8%AD%E6%96%87%E6%B6%88%E6%81%AF%22%7D"


async def test_what_is_late_is_overtaken(weibo: World) -> None:
    """No order is promised: a later message may come first."""
    await weibo.steer("POST", "mischief", {"what": "late", "seconds": 0.5})
    await weibo.act("say", text="一")
    await weibo.steer("DELETE", "mischief")
    await weibo.act("say", text="二")
    happened = await weibo.eventually(2)
    assert [one.what for one in happened] == [TextReceived("二"), TextReceived("一")]


@pytest.mark.parametrize("does", ["image", "voice"])
async def test_file_is_read_by_the_receivers_number_alone(weibo: World, does: str) -> None:
    """`tovfid` is ours, `vfid` the sender's."""
    await weibo.act(does)
    data = (await weibo.pushes())[-1]["body"]["data"]
    status, refused = await weibo.call("GET", "/2/mss/msget", params={"fid": str(data["vfid"])})
    assert (status, refused["error_code"]) == (400, 10017)
    (happened,) = weibo.callback.happened
    assert isinstance(happened.what, FileReceived)
    assert happened.what.reference == str(data["tovfid"])
