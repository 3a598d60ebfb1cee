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


async def test_operators_see_accounts_without_their_secrets(product: Product) -> None:
    """Every city has an account on the pretend platforms at once; secrets are masked; setting it up works."""
    where = {f"DESK_{name.upper()}_URL": product.state["urls"][name] for name in ("database", "redis")}
    where |= {"DESK_PUBLIC_URL": product.state["urls"]["serve"], "DESK_STAFF_KEY": product.key}
    listed = run_desk(product.data_dir, "account", "list", "--city", CITY, "--json", **where)
    accounts = {one["channel"]: one for one in json.loads(listed.stdout)}
    assert accounts["telegram"]["state"] == "active"
    shown = run_desk(product.data_dir, "account", "show", f"{CITY}_telegram", "--json", **where)
    assert set(json.loads(shown.stdout)["secrets"]) == {"token", "webhook_secret"}
    assert not re.search(r"[0-9]{8,10}:[A-Za-z0-9_-]{30}", shown.stdout)
    connected = run_desk(product.data_dir, "account", "connect", f"{CITY}_telegram", **where)
    assert (connected.code, connected.stderr) == (0, "")
    assert f"/channels/telegram/{CITY}_telegram" in connected.stdout
