"""What `desk new` makes: one city and one service of each kind, trained and walked through the public chat API."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
import pytest_asyncio
from fixtures.desk_command import run_desk
from fixtures.grown import CITY, NAMES, copied, example
from fixtures.markers import Markers
from fixtures.product import ROOT, Product, running
from product.doings import Doings
from product.talk import Talk, faults
from product.test_sealed import readable

from desk.city.yaml_files import parse_yaml
from tools.scaffold.city import make_city
from tools.scaffold.service import make_service

WORDS = frozenset({"common", "moves", "inform", "safety"})
"""The folders of words that every assistant needs; of the others only those that were made are trained."""
RARE = "翀熠琰珩瑾璟蕤蘅甯鄞"
"""Characters of words that stand nowhere else; digits could be masked for who reads their own data."""
BOOKING, CARD = NAMES["appointment"], NAMES["application"]
WALKS: dict[str, list[dict[str, Any]]] = {
    "appointment": [
        {"say": "帮我办考驾照", "expect": {"service": BOOKING, "asks_for": "office"}},
        {"say": f"{{{BOOKING}_office}}", "expect": {"asks_for": "date"}},
        {"say": f"{{{BOOKING}_closed_date}}", "expect": {"asks_for": "date"}},
        {"say": f"{{{BOOKING}_date}}", "expect": {"asks_for": "time"}},
        {"say": f"{{{BOOKING}_time}}", "expect": {"asks_for": "person_name"}},
        {"say": "{person_name}", "expect": {"asks_for": "id_number"}},
        {"say": "{valid_id_number}", "expect": {"asks_for": "phone"}},
        {"say": "{phone}", "expect": {"asks_for": None, "contains": [f"{{{BOOKING}_office}}"]}},
        {"tap": "确认", "expect": {"service": None, "contains": ["YY", f"{{{BOOKING}_time}}"]}},
    ],
    "application": [
        {"say": "senior citizen card please", "expect": {"service": CARD, "asks_for": "request_type"}},
        {"tap": "Renewal", "expect": {"asks_for": "person_name"}},
        {"say": "{person_name}", "expect": {"asks_for": "id_number"}},
        {"say": "{valid_id_number}", "expect": {"asks_for": "phone"}},
        {"say": "{phone}", "expect": {"asks_for": None, "not_contains": ["{valid_id_number}", "{phone}"]}},
        {"tap": "Confirm", "expect": {"service": None, "contains": ["SC"]}},
    ],
    "bill": [
        {"say": "街道代收费在这里办吗", "expect": {"service": NAMES["bill"], "asks_for": "account_number"}},
        {"say": "{neighbourhood_charges_account_number}", "expect": {"contains": ["{neighbourhood_charges_amount}"]}},
        {
            "tap": "缴纳",
            "expect": {"contains": ["{neighbourhood_charges_amount}"], "matches": "/pay/[0-9]{24}"},
        },
    ],
    "code": [
        {"say": "library borrowing rules please", "expect": {"service": None, "contains": ["0570-12345"]}},
    ],
    "guide": [
        {"say": "想問下非遗传承人點搞", "expect": {"service": None, "contains": ["主管部門", "0570-12345"]}},
        {"say": "多少錢", "expect": {"service": None, "contains": ["沒有"]}},
    ],
    "record": [
        {"say": "献血记录在这里办吗", "expect": {"service": NAMES["record"], "asks_for": "id_number"}},
        {"say": "{valid_id_number}", "expect": {"asks_for": "one_time_code"}},
        {"say": "{texted_code}", "expect": {"service": None, "contains": ["累计月数"]}},
    ],
    "report": [
        {"say": "about the food safety complaint", "expect": {"service": NAMES["report"], "asks_for": "category"}},
        {"tap": "Garbage collection", "expect": {"asks_for": "place"}},
        {"say": "8 Jianshe Road", "expect": {"asks_for": "phone"}},
        {"say": "{phone}", "expect": {"asks_for": None, "contains": ["Jianshe Road"], "not_contains": ["{phone}"]}},
        {"tap": "Confirm", "expect": {"service": None, "matches": "Number: [A-Z0-9-]{4,}"}},
    ],
}
"""From the wish to the result, by kind. The locale is that of the first sentence."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A running product of a root in which a city and a service of each kind were made; its own model is trained."""
    root = copied(tmp_path_factory.mktemp("made"))
    make_city(root, CITY)
    for kind in NAMES:
        make_service(root, example(kind, CITY.slug))
    for folder in (root / "nlu").iterdir():
        if folder.is_dir() and folder.name not in WORDS | set(NAMES.values()):
            rmtree(folder)
    bot = ROOT / "bot" / ".venv" / "bin" / "python"
    async with running(root / "data", root=root, PYTHONPATH=str(root), DESK_BOT_PYTHON=str(bot)) as product:
        yield product


async def begun(product: Product, locale: str) -> Talk:
    """A conversation in the city that was made, whose pretend systems are as new."""
    await product.reset(CITY.slug)
    caller = await product.site.open(locale=locale, city=CITY.slug)
    talk = Talk(caller, await product.facts(CITY.slug), Doings(product, CITY.slug))
    await talk.begin()
    return talk


async def walk(product: Product, locale: str, turns: list[dict[str, Any]]) -> list[str]:
    """Talk in the city that was made; what was not as expected."""
    talk = await begun(product, locale)
    return [f"{turn}: {fault}" for turn in turns for fault in faults(talk, turn, await talk.turn(turn))]


async def test_every_kind_is_walked() -> None:
    """No kind that can be made is left out."""
    assert sorted(WALKS) == sorted(NAMES)


@pytest.mark.parametrize("kind", WALKS)
async def test_a_made_service_is_walked_to_its_result(made: Product, kind: str) -> None:
    """Understood by the lines that it was made with, asked as its file says, and done at its pretend agency."""
    said = WALKS[kind][0]["say"]
    locale = "en" if said.isascii() else "zh_Hant" if "想問" in said else "zh_Hans"
    assert await walk(made, locale, WALKS[kind]) == []


async def test_a_made_bill_is_paid_to_its_receipt(made: Product) -> None:
    """Paid at the gateway, booked at the pretend agency, told of with a receipt that everybody can look at."""
    talk = await begun(made, "zh_Hans")
    said = [json.dumps(await talk.turn(turn), ensure_ascii=False) for turn in WALKS["bill"]]
    order = re.findall(r"/pay/([0-9]{24})", said[-1])[0]
    paid = await asyncio.to_thread(
        run_desk, made.data_dir, "sandbox", "pay", order, DESK_ROOT_DIR=str(made.data_dir.parent)
    )
    assert paid.code == 0, paid.stderr
    told = await talk.hears("/receipt/")
    status, page, _ = await made.site.ask("GET", re.findall(r"(/receipt/\S+)", told)[0])
    assert status == 200
    assert [part for part in (talk.facts["neighbourhood_charges_amount"], CITY.name_zh) if part not in page] == []


async def test_a_made_report_is_followed_by_its_number(made: Product) -> None:
    """What was submitted is at the pretend hotline, by the number that the resident was told."""
    talk = await begun(made, "en")
    said = [json.dumps(await talk.turn(turn), ensure_ascii=False) for turn in WALKS["report"]]
    number = re.findall(r"Number: ([A-Z0-9-]+)", said[-1])[0]
    url = f"{made.state['urls']['sandbox']}/open311/{CITY.slug}/v2/requests/{number}.json"
    status, kept, _ = await made.site.ask_at(url)
    assert status == 200, kept
    assert (str(kept[0]["service_request_id"]), kept[0]["status"]) == (number, "open")


async def test_what_is_typed_in_made_services_is_sealed_and_gone_once_erased(made: Product) -> None:
    """No service has to do anything for it: not the generic ones, charges that are paid among them, nor their city.

    Its resident reads each word before and nobody else does, in no dump, file, log of changes, line or Valkey.
    """
    words = {name: "".join(secrets.choice(RARE) for _ in range(8)) for name in NAMES.values()}
    talks: dict[str, Talk] = {}
    for kind, turns in WALKS.items():
        talk = talks[NAMES[kind]] = await begun(made, "en" if turns[0]["say"].isascii() else "zh_Hans")
        for turn in [*turns, {"say": f"我在{words[NAMES[kind]]}"}]:
            await talk.turn(turn)
    facts = talks[NAMES["bill"]].facts
    typed = ("neighbourhood_charges_account_number", "person_name", "valid_id_number", "phone")
    markers = Markers({**words, **{name: facts[name] for name in typed}})
    assert await readable(made, markers) == {}
    before = {name: words[name] in str((await talk.caller.ask("GET", "me/data"))[1]) for name, talk in talks.items()}
    for talk in talks.values():
        assert (await talk.caller.ask("DELETE", "me"))[0] < 300
    after = {name: words[name] in str((await talk.caller.ask("GET", "me/data"))[1]) for name, talk in talks.items()}
    assert (set(before.values()), set(after.values())) == ({True}, {False})
    assert await readable(made, markers) == {}


@pytest.mark.parametrize("kind", NAMES)
async def test_conversations_that_were_made_pass(made: Product, kind: str) -> None:
    """The conversations that stand in the made folder, in three languages, go as written."""
    path: Path = made.data_dir.parent / "nlu" / NAMES[kind] / "tests" / "conversations.yml"
    wrong: list[str] = []
    for talk in parse_yaml(path.read_text(encoding="utf-8"))["conversations"]:
        wrong += [f"{talk['id']}: {fault}" for fault in await walk(made, talk["locale"], talk["turns"])]
    assert wrong == []
