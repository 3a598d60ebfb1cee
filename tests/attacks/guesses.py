"""A thousand guesses of each kind over a hundred sessions and twenty addresses: how many got through.

`PYTHONPATH=.:tests .venv/bin/python tests/attacks/guesses.py [GUESSES [KIND…]]` from the root, KIND a part of a name;
the figures stand in docs/explanation/limits.md. A guess got through if what was answered says whether it was right.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from fixtures.attacking import Somebody, Street, street, wish
from fixtures.clusters import copied
from fixtures.databases import Databases
from fixtures.house import ROOT, Nursery, house_at

from desk.texts.catalogs import compile_catalogs
from sandbox.alipay.identity import ensure_keys
from tools.engines.valkey import Valkey

SESSIONS, ADDRESSES, AT_ONCE = 100, 20, 8
PLATE = "浙A2E87G"
ID = "11010519491231002X"

type Guess = Callable[[Street, Somebody, int], Awaitable[bool]]


async def vin_tail(_: Street, somebody: Somebody, number: int) -> bool:
    """The end of the VIN of one car."""
    said = await somebody.say(wish("traffic_fines", plate=PLATE, vin_last6=f"{number:06}"))
    if "多次没有对上" in said:  # says so of the third, and of what is not looked at afterwards
        is_third = "rested" not in somebody.marks
        somebody.marks.add("rested")
        return is_third
    return "对不上" in said


async def account(_: Street, somebody: Somebody, number: int) -> bool:
    """Accounts of the water works."""
    said = await somebody.say(wish("utility_bills", utility_type="water", account_number=f"99{number:08}"))
    return "没有查到" in said


async def id_number(_: Street, somebody: Somebody, number: int) -> bool:
    """Whether ids are enrolled for social insurance."""
    said = await somebody.say(wish("social_insurance", id_number=checked(f"110105{1950 + number % 50}0101{number:03}")))
    return "没有查到" in said or "验证码已发到" in said


async def code(there: Street, somebody: Somebody, number: int) -> bool:
    """Codes to the telephone of one person; a new one is asked for when the last is void."""
    if number % 10 == 0:
        await somebody.say(wish("social_insurance", id_number=there.facts["valid_id_number"]))
    said = await somebody.say(wish("inform", one_time_code=f"{number:06}"))
    return "验证码不对" in said or "作废" in said


async def receipt(_: Street, somebody: Somebody, number: int) -> bool:
    """Numbers of agencies."""
    said = await somebody.say(wish("request_status", reference=f"HZ{number:08}"))
    return "先不再查询" not in said


KINDS: dict[str, Guess] = {
    "VIN tails of one plate": vin_tail,
    "water accounts": account,
    "whether an id is enrolled": id_number,
    "one-time codes of one person": code,
    "receipts and numbers": receipt,
}


def checked(seventeen: str) -> str:
    """An id number with its check character (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(int(one) * by for one, by in zip(seventeen, weights, strict=True)) % 11]


async def tried(there: Street, guess: Guess, guesses: int) -> int:
    """How many of so many guesses got through."""
    each, gate, through = guesses // SESSIONS, asyncio.Semaphore(AT_ONCE), 0

    async def session(place: int) -> None:
        nonlocal through
        async with gate:
            somebody = await there.come(f"198.51.100.{place % ADDRESSES + 1}")
            for turn in range(each):
                got = await guess(there, somebody, place * each + turn)
                through += got

    async with asyncio.TaskGroup() as group:
        for place in range(SESSIONS):
            group.create_task(session(place))
    return through


async def main(guesses: int, kinds: Sequence[str]) -> None:
    """Print a line for each kind."""
    folder = Path(tempfile.mkdtemp())
    locales = folder / "locales"
    shutil.copytree(ROOT / "locales", locales, ignore=shutil.ignore_patterns("*.mo"))
    compile_catalogs(locales)
    keys, nursery = ensure_keys(folder / "keys"), Nursery()
    async with (
        await copied(folder / "pg") as postgres,
        Valkey(folder / "valkey") as valkey,
    ):
        databases = Databases(postgres)
        await databases.prepare()
        wanted = [name for name in KINDS if not kinds or any(kind in name for kind in kinds)]
        for place, name in enumerate(wanted):
            async with AsyncExitStack() as stack:
                url = f"{valkey.url.rsplit('/', 1)[0]}/{place}"
                at = house_at(stack.enter_context(databases.lent()), url, locales, nursery, is_furnished=True)
                house = await stack.enter_async_context(at)
                there = await stack.enter_async_context(street(house, folder / f"city{place}", keys))
                began = time.monotonic()
                through = await tried(there, KINDS[name], guesses)
                minutes = (time.monotonic() - began) / 60
                print(f"{name}: {through} of {guesses} within {minutes:.1f} minutes", flush=True)
    nursery.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, sys.argv[2:]))
