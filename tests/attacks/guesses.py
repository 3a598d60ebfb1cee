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
from fixtures.house import ROOT, House, Nursery, house_at
from fixtures.payments import paying_at
from fixtures.web import Site, serving

from desk.texts.catalogs import compile_catalogs
from desk.web.access import networks
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


RECEIPT_CODES = "codes of one receipt"


async def receipt_codes(site: Site, number: str, guesses: int) -> int:
    """How many codes of one receipt are looked at, typed at `/receipt` from twenty addresses. It knows no sessions."""
    gate, through = asyncio.Semaphore(AT_ONCE), 0

    async def typed(place: int) -> None:
        nonlocal through
        code = f"AAAAA{''.join('ABCDEFGHIJ'[int(digit)] for digit in f'{place:05}')}"
        address = {"X-Forwarded-For": f"198.51.100.{place % ADDRESSES + 1}"}
        async with gate:
            status, _, _ = await site.ask("GET", f"/receipt?number={number}&code={code}", headers=address)
        assert status in (200, 429), status
        through += status == 200

    async with asyncio.TaskGroup() as group:
        for place in range(guesses):
            group.create_task(typed(place))
    return through


async def receipts_guessed(house: House, folder: Path, keys: Path, guesses: int) -> int:
    """The same at a desk where receipts are written; of a number that there may be."""
    async with (
        paying_at(house, folder, keys) as paying,
        serving(house, payments=paying.parts, proxies=networks("127.0.0.1")) as site,
    ):
        return await receipt_codes(site, "R1000001-6", guesses)


KINDS: dict[str, Guess] = {
    "VIN tails of one plate": vin_tail,
    "water accounts": account,
    "whether an id is enrolled": id_number,
    "one-time codes of one person": code,
    "numbers of agencies": receipt,
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
        named = [*KINDS, RECEIPT_CODES]
        wanted = [name for name in named if not kinds or any(kind in name for kind in kinds)]
        for place, name in enumerate(wanted):
            async with AsyncExitStack() as stack:
                url = f"{valkey.url.rsplit('/', 1)[0]}/{place}"
                at = house_at(stack.enter_context(databases.lent()), url, locales, nursery, is_furnished=True)
                house = await stack.enter_async_context(at)
                began = time.monotonic()
                if name == RECEIPT_CODES:
                    through = await receipts_guessed(house, folder / f"city{place}", keys, guesses)
                else:
                    there = await stack.enter_async_context(street(house, folder / f"city{place}", keys))
                    through = await tried(there, KINDS[name], guesses)
                minutes = (time.monotonic() - began) / 60
                print(f"{name}: {through} of {guesses} within {minutes:.1f} minutes", flush=True)
    nursery.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, sys.argv[2:]))
