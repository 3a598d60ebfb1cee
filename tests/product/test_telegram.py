"""What a resident gets done over Telegram, against its pretend server, with the real bot."""

import json
import re
from itertools import count

from fixtures.desk_command import run_desk
from fixtures.phone import Phone
from fixtures.product import Product

CITY = "hangzhou"
_residents = count(810_001)


def phone(product: Product) -> Phone:
    """A resident whom nobody knows yet."""
    return Phone(product, CITY, next(_residents))


async def test_a_fine_is_looked_up_and_paid(product: Product) -> None:
    """From the first word to the receipt, by text and buttons."""
    await product.reset(CITY)
    facts, resident = await product.facts(CITY), phone(product)
    await resident.do(say="我要交违章罚款")
    await resident.hears("杭州", "车牌号")
    await resident.do(say=facts["plate_with_unpaid_fine"])
    await resident.hears("后六位")
    await resident.do(say=facts["vin_last6"])
    shown = await resident.hears(facts["fine_amount"], facts["plate_with_unpaid_fine"], "点下面的按钮")
    assert facts["owner_of_fined_plate"] not in shown
    await resident.do(press=next(title for title in resident.buttons() if "缴纳" in title))
    offer = await resident.hears("/pay/")
    order = re.search(r"/pay/([0-9]{24})", offer)
    assert order is not None
    paid = run_desk(product.data_dir, "sandbox", "pay", order[1])
    assert paid.code == 0, paid.stderr
    await resident.hears("电子回执", facts["fine_amount"], "/receipt/")


async def test_a_bus_is_found_by_a_shared_place(product: Product) -> None:
    """Where the resident stands is the stop."""
    facts, resident = await product.facts(CITY), phone(product)
    await resident.do(say="下一班车什么时候来")
    await resident.hears("位置")
    await resident.do(location=[float(facts["stop_with_realtime_lat"]), float(facts["stop_with_realtime_lon"])])
    await resident.hears(facts["stop_with_realtime"], facts["line_at_that_stop"])


async def test_an_appointment_is_booked_by_buttons(product: Product) -> None:
    """Office, day, time and the last yes are pressed; what only the couple knows is typed."""
    await product.reset(CITY)
    facts, resident = await product.facts(CITY), phone(product)
    await resident.do(say="我们想预约领证")
    await resident.hears("登记处")
    await resident.do(press=facts["marriage_office"])
    await resident.hears("哪一天")
    day = next(title for title in resident.buttons() if "年" in title)
    await resident.do(press=day)
    await resident.hears("几点")
    time = next(title for title in resident.buttons() if ":" in title)
    await resident.do(press=time)
    for key, asked in (
        ("person_name", "对方的姓名"),
        ("partner_name", "您的身份证号"),
        ("valid_id_number", "对方的身份证号"),
        ("partner_id_number", "手机号"),
    ):
        if key == "person_name":
            await resident.hears("您的姓名")
        await resident.do(say=facts[key])
        await resident.hears(asked)
    await resident.do(say=facts["phone"])
    summary = await resident.hears("请核对", day, time)
    assert facts["valid_id_number"] not in summary
    await resident.do(press="确认")
    await resident.hears(facts["marriage_office"], "YY")


async def test_the_language_is_switched(product: Product) -> None:
    """By the platform's own command and a button; what follows is in that language."""
    resident = phone(product)
    await resident.do(start="", language="en")
    await resident.hears("Hangzhou")
    await resident.do(say="/language")
    await resident.hears("language")
    await resident.do(press="繁體中文")
    await resident.hears("繁體")
    await resident.do(say="/services")
    await resident.hears("罰款")


async def test_a_person_takes_over_and_hands_back(product: Product) -> None:
    """The clerk alone speaks while the ticket is claimed; afterwards the bot answers again."""
    resident = phone(product)
    await resident.do(say="/human")
    reference = re.search(r"T-[0-9]+-[0-9]", await resident.hears("T-"))
    assert reference is not None
    where = {f"DESK_{name.upper()}_URL": product.state["urls"][name] for name in ("database", "redis")}
    for arguments in (("claim", reference[0]), ("reply", reference[0], "您好，我是窗口的小李。")):
        done = run_desk(product.data_dir, "ticket", *arguments, **where)
        assert done.code == 0, done.stderr
    await resident.hears("我是窗口的小李")
    await resident.do(say="我想问一下办公时间")
    done = run_desk(product.data_dir, "ticket", "hand-back", reference[0], **where)
    assert done.code == 0, done.stderr
    await resident.hears(reference[0])
    await resident.do(say="/services")
    await resident.hears("违章")


async def test_operators_see_accounts_without_their_secrets(product: Product) -> None:
    """Every city has an account on the pretend platforms at once; secrets are masked; setting it up works."""
    where = {f"DESK_{name.upper()}_URL": product.state["urls"][name] for name in ("database", "redis")}
    where["DESK_PUBLIC_URL"] = product.state["urls"]["serve"]
    listed = run_desk(product.data_dir, "account", "list", "--city", CITY, "--json", **where)
    accounts = {one["channel"]: one for one in json.loads(listed.stdout)}
    assert accounts["telegram"]["state"] == "active"
    shown = run_desk(product.data_dir, "account", "show", f"{CITY}_telegram", "--json", **where)
    assert set(json.loads(shown.stdout)["secrets"]) == {"token", "webhook_secret"}
    assert not re.search(r"[0-9]{8,10}:[A-Za-z0-9_-]{30}", shown.stdout)
    connected = run_desk(product.data_dir, "account", "connect", f"{CITY}_telegram", **where)
    assert (connected.code, connected.stderr) == (0, "")
    assert f"/channels/telegram/{CITY}_telegram" in connected.stdout
