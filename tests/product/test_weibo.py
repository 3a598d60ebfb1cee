"""What a resident gets done over Weibo, against its pretend server, with the real bot: words and numbers alone."""

import asyncio
import json
import re
from itertools import count
from typing import Any

from fixtures.desk_command import Done, run_desk
from fixtures.patience import HANG_SECONDS
from fixtures.product import Product
from fixtures.weibo_phone import WeiboPhone

CITY = "hangzhou"
ACCOUNT = f"{CITY}_weibo"
_residents = count(9_007_199_254_740_993)  # beyond what a float holds


def phone(product: Product) -> WeiboPhone:
    """A resident whom nobody knows yet."""
    return WeiboPhone(product, CITY, next(_residents))


def operate(product: Product, *arguments: str, key: str | None = None) -> Done:
    """A command as the desk's operator runs it, or whoever has a key."""
    where = {f"DESK_{name.upper()}_URL": product.state["urls"][name] for name in ("database", "redis")}
    where |= {"DESK_PUBLIC_URL": product.state["urls"]["serve"], "DESK_STAFF_KEY": key or product.key}
    return run_desk(product.data_dir, *arguments, **where)


async def steer(product: Product, method: str, path: str, body: Any = None) -> dict[str, Any]:
    url = f"{product.state['urls']['sandbox']}/_sandbox/weibo/{CITY}/{path}"
    _, answer, _ = await product.site.ask_at(url, method, json=body)
    return dict(answer)


async def test_a_fine_is_looked_up_and_paid_by_a_number(product: Product) -> None:
    """From following to the receipt; the pay link comes as a card with a picture too, and no text speaks of buttons."""
    await product.reset(CITY)
    facts, resident = await product.facts(CITY), phone(product)
    await resident.do("follow")
    await resident.hears("杭州", "回复下面的数字", "1. ")
    await resident.choose("违章")
    await resident.hears("车牌号")
    await resident.say(facts["plate_with_unpaid_fine"])
    await resident.hears("后六位")
    await resident.say(facts["vin_last6"])
    shown = await resident.hears(facts["fine_amount"], facts["plate_with_unpaid_fine"], "回复下面的数字")
    assert facts["owner_of_fined_plate"] not in shown
    await resident.choose("缴纳")
    offer = await resident.hears("/pay/")
    order = re.search(r"/pay/([0-9]{24})", offer)
    assert order is not None
    card = await resident.gets_article()
    assert order[1] in card["url"]
    async with product.site.http.get(card["image"]) as picture:
        assert (picture.status, picture.content_type) == (200, "image/png")
    paid = operate(product, "sandbox", "pay", order[1])
    assert paid.code == 0, paid.stderr
    await resident.hears("已缴清", "/receipt/", facts["fine_amount"])
    assert not [said for said in resident.said if "按钮" in said]


async def test_what_is_public_stays_free_of_persons(product: Product) -> None:
    """A mention is answered in public with an invitation; an announcement stands on the timeline."""
    resident = phone(product)
    await resident.do("mention", text="我叫王芳，13800000000，浙A12345的罚款怎么交？")
    text = (
        "--title",
        "文三路停水",
        "--text",
        "周四停水。",
        "--title-en",
        "No water",
        "--text-en",
        "No water on Thursday.",
    )
    where = ("--city", CITY, "--agency", "city_hall", "--topic", "water")
    published = operate(product, "announce", "publish", *where, *text, "--post", "--json")
    assert published.code == 0, published.stderr
    submitted = json.loads(published.stdout)
    number = submitted["announcement"]
    assert submitted["state"] == "pending"
    another = await product.keys.of("approver")
    approved = operate(product, "announce", "approve", str(number), key=another)
    assert approved.code == 0, approved.stderr
    timeline = await _timeline(product, comments=1, posts=1)
    (answer,) = (one["text"] for one in timeline["comments"])
    assert "私信" in answer
    assert not re.search(r"[0-9]|王芳|浙A", answer)
    (post,) = timeline["posts"]
    assert post["text"].startswith("【文三路停水】周四停水。 http")
    posts = json.loads(operate(product, "announce", "posts", str(number), "--json").stdout)
    assert [one["state"] for one in posts if one["account"] == ACCOUNT] == ["sent"]
    assert f"{CITY}_mastodon" in [one["account"] for one in posts]
    over = operate(product, "announce", "withdraw", str(number), "--reason", "test")  # others ask what is announced
    assert over.code == 0, over.stderr


async def test_menu_is_made_of_the_citys_services(product: Product) -> None:
    """Two levels within Weibo's bounds; each key is what a resident's click brings. Secrets are masked."""
    connected = operate(product, "account", "connect", ACCOUNT)
    assert (connected.code, connected.stderr) == (0, "")
    menu = (await steer(product, "GET", "account"))["menu"]["button"]
    assert [button["name"] for button in menu] == ["查询缴费", "预约办事", "更多"]
    assert all(1 <= len(button["sub_button"]) <= 5 for button in menu)
    resident = phone(product)
    await resident.do("click", key=menu[0]["sub_button"][0]["key"])
    await resident.hears("车牌号")
    shown = operate(product, "account", "show", ACCOUNT, "--json")
    shown_secrets = json.loads(shown.stdout)["secrets"]
    assert set(shown_secrets) == {"app_secret", "access_token", "public_token", "operator_ip"}
    token = (await steer(product, "GET", "account"))["token"]
    assert token not in shown.stdout + connected.stdout


async def _timeline(product: Product, *, comments: int, posts: int) -> dict[str, Any]:
    """What stands in public, once so much does."""
    read: dict[str, Any] = {"comments": [], "posts": []}
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while len(read["comments"]) < comments or len(read["posts"]) < posts:
                await asyncio.sleep(0.1)
                read = await steer(product, "GET", "timeline")
    except TimeoutError:
        raise AssertionError(f"In public stands {read}.") from None
    return read
