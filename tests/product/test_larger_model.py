"""The product in a city that has a larger model: what it makes sure, and what it cannot do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fixtures.grown import linked
from fixtures.product import ROOT, Product, running
from product.conftest import until_buses_are_known
from product.doings import Doings
from product.talk import Talk, faults

from desk.city.yaml_files import parse_yaml

CITY = "hangzhou"
NAMED = f"""
larger_model:
  url: sandbox:/larger-model/{CITY}/v1
  model: pretend-32b
"""
FILE = Path(__file__).with_name("larger_model.yml")


def conversations() -> list[Any]:
    """All conversations, named by their id."""
    said = parse_yaml(FILE.read_text(encoding="utf-8"))["conversations"]
    return [pytest.param(one, id=one["id"]) for one in said]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A running product of a root whose one city file names the pretend larger model; the trained model is shared."""
    root = linked(tmp_path_factory.mktemp("asking"))
    with (root / "cities" / f"{CITY}.yml").open("a", encoding="utf-8") as file:
        file.write(NAMED)
    (root / "data").mkdir()
    (root / "data" / "models").symlink_to(ROOT / ".desk" / "models", target_is_directory=True)
    bot = ROOT / "bot" / ".venv" / "bin" / "python"
    async with running(root / "data", root=root, PYTHONPATH=str(root), DESK_BOT_PYTHON=str(bot)) as product:
        await until_buses_are_known(product, (CITY,))
        yield product


@pytest.mark.parametrize("conversation", conversations())
async def test_conversation_goes_as_written(asking: Product, conversation: dict[str, Any]) -> None:
    """Each turn of the conversation brings what the file expects of it."""
    await asking.reset(CITY)
    url = f"{asking.state['urls']['sandbox']}/_sandbox/larger-model/{CITY}"
    assert (await asking.site.ask_at(url, "PUT", json={"answers": conversation["answers"]}))[0] == 200
    caller = await asking.site.open(locale=conversation["locale"], city=CITY)
    talk = Talk(caller, await asking.facts(CITY), Doings(asking, CITY))
    await talk.begin()
    wrong: list[str] = []
    for turn in conversation["turns"]:
        wrong += [f"{turn.get('say')}: {fault}" for fault in faults(talk, turn, await talk.turn(turn))]
    assert wrong == []


async def test_what_it_was_asked_holds_nothing_of_the_resident(asking: Product) -> None:
    """Plate and telephone stay in the house, also beside words that nobody understands."""
    await asking.reset(CITY)
    facts = await asking.facts(CITY)
    talk = Talk(await asking.site.open(locale="en", city=CITY), facts)
    await talk.begin()
    await talk.turn({"say": "my name is Wang Wei {phone} and the usual big one, how much longer till it rolls up"})
    _, told, _ = await asking.site.ask_at(f"{asking.state['urls']['sandbox']}/_sandbox/larger-model/{CITY}")
    sent = str(told)
    assert "[phone]" in sent
    assert not [value for value in (facts["phone"], "Wang Wei") if value in sent]


@pytest.mark.parametrize(
    ("locale", "fire", "then"),
    [
        ("zh_Hans", "厨房着火了怎么办", "那啥我这会儿该往哪儿躲"),
        ("zh_Hant", "廚房着火呀點算", "咁我而家匿去邊"),
        ("en", "my kitchen is on fire", "uhh where do i even hide now"),
    ],
)
async def test_nothing_of_an_emergency_reaches_it(asking: Product, locale: str, fire: str, then: str) -> None:
    """Neither the cry nor what is written after it, understood or not."""
    await asking.reset(CITY)
    talk = Talk(await asking.site.open(locale=locale, city=CITY), await asking.facts(CITY))
    await talk.begin()
    said = [str(await talk.turn({"say": text})) for text in (fire, then)]
    assert "119" in said[0]
    _, told, _ = await asking.site.ask_at(f"{asking.state['urls']['sandbox']}/_sandbox/larger-model/{CITY}")
    assert told["asked"] == []
