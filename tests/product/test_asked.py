"""Questions about announcements find them, and nothing else does: a set of sentences, said to the running product."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fixtures.patience import HANG_SECONDS
from fixtures.product import Product

from desk.city.yaml_files import parse_yaml
from desk.contract.messages import Text
from desk.contract.wire import LOCALES
from desk.texts.catalogs import Catalogs, traditional

SET = parse_yaml((Path(__file__).parent / "asked.yml").read_text(encoding="utf-8"))
TEXTS = Catalogs(Path(__file__).parents[2] / "locales")
WHICH = {TEXTS.text(Text(key="announcements.which"), locale) for locale in LOCALES}
CITY, AT_ONCE = "hangzhou", 4
FOUND, TAKEN = {"a": 34, "b": 25}, {"a": 5, "b": 6}
"""So many questions of each half are answered at least, and so many other sentences at most (measured: see
docs/explanation/dialogue.md)."""


@dataclass(frozen=True)
class Came:
    """What came of a sentence: announcements that were quoted, and those that were offered."""

    told: frozenset[str]
    offered: frozenset[str]


def titles() -> dict[str, str]:
    """The name of an announcement by its title in each language."""
    found = {}
    for name, one in SET["announcements"].items():
        chinese, english = one["zh_Hans"]["title"], one["en"]["title"]
        found |= {chinese: name, traditional(chinese): name, english: name}
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def published(product: Product) -> AsyncIterator[dict[str, str]]:
    """All announcements of the set, in force together; withdrawn afterwards."""
    numbers = []
    for one in SET["announcements"].values():
        words = {
            "agency": "city_hall",
            **one["publish"],
            "title": one["zh_Hans"]["title"],
            "text": one["zh_Hans"]["text"],
            "title-en": one["en"]["title"],
            "text-en": one["en"]["text"],
        }
        options = [word for name, value in words.items() for word in (f"--{name}", value)]
        done = await product.desk(
            "announce", "publish", "--city", CITY, "--at-any-hour", "--json", *options, who="wang"
        )
        numbers.append(str(json.loads(done.stdout)["announcement"]))
    yield titles()
    for number in numbers:
        await product.desk("announce", "withdraw", number, "--reason", "test", who="wang")


async def came_of(product: Product, sentence: str, by_title: dict[str, str]) -> Came:
    """Say it as the first words of a conversation."""
    locale = "en" if sentence.isascii() else "zh_Hans"
    caller = await product.site.open(locale=locale, city=CITY)
    greeted = await caller.page(after=0, wait=5)
    status, stored = await caller.post("1", text=sentence)
    assert status == 202, stored
    after, messages = max(one["seq"] for one in greeted), []
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            events = await caller.page(after=after, wait=5)
            messages += [one["message"] for one in events if one["type"] == "message"]
            after = max([after, *(one["seq"] for one in events)])
            if any(one["type"] == "turn_done" for one in events):
                break
    said = " ".join(one["text"] for one in messages if one["text"] not in WHICH)
    buttons: list[dict[str, Any]] = [button for one in messages for button in one["buttons"]]
    offered = frozenset(by_title[one["title"]] for one in buttons if one["title"] in by_title)
    return Came(frozenset(name for title, name in by_title.items() if title in said), offered)


@pytest.mark.parametrize("half", ["a", "b"])
async def test_questions_find_what_they_are_about_and_nothing_else_does(
    product: Product, published: dict[str, str], half: str
) -> None:
    """Each sentence begins a conversation; the figures of each half are printed."""
    asked = [(text, name) for name, texts in SET[half]["asked"].items() for text in texts]
    others = [(text, None) for texts in SET[half]["others"].values() for text in texts]
    limit = asyncio.Semaphore(AT_ONCE)

    async def came(text: str) -> Came:
        async with limit:
            return await came_of(product, text, published)

    all_came = await asyncio.gather(*(came(text) for text, _ in [*asked, *others]))
    found = offered = wrong = taken = tempted = 0
    for (text, name), one in zip([*asked, *others], all_came, strict=True):
        if name is None:
            taken, tempted = taken + (len(one.told) == 1), tempted + (bool(one.offered) and not one.told)
        else:
            found, offered = found + (one.told == {name}), offered + (not one.told and name in one.offered)
            wrong += bool(one.told - {name})
        if (name and one.told != {name}) or (name is None and len(one.told) == 1):
            print(f"{half} {name or '-':9} {text}: told {sorted(one.told)}, offered {sorted(one.offered)}")
    print(f"half {half}: of {len(asked)} questions {found} answered, {offered} offered, {wrong} with another;")
    print(f"  of {len(others)} other sentences {taken} answered by an announcement, {tempted} offered one")
    assert (found >= FOUND[half], taken <= TAKEN[half]) == (True, True)
