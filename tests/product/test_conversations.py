"""Every conversation of `nlu/*/tests/conversations.yml`, through the public chat API of the running product."""

import re
from pathlib import Path
from typing import Any

import pytest
from fixtures.product import Product
from product import recording
from product.doings import Doings
from product.talk import Talk, faults, words

from desk.city.yaml_files import parse_yaml

ROOT = Path(__file__).parents[2]
CITY = "hangzhou"
OTHER_CITY = re.compile(r"\{(\w+)\.\w+")
"""A fact of another city than the one that a conversation begins in."""


def conversations() -> list[Any]:
    """All conversations, named by their service and id."""
    return [
        pytest.param(file.parts[-3], conversation, id=f"{file.parts[-3]}: {conversation['id']}")
        for file in sorted(ROOT.glob("nlu/*/tests/conversations.yml"))
        for conversation in parse_yaml(file.read_text(encoding="utf-8"))["conversations"]
    ]


@pytest.mark.parametrize(("service", "conversation"), conversations())
async def test_conversation_goes_as_written(product: Product, service: str, conversation: dict[str, Any]) -> None:
    """Each turn of the conversation brings what the file expects of it."""
    begins_in = conversation.get("city", CITY)
    await product.reset(begins_in)
    caller = await product.site.open(locale=conversation["locale"], city=begins_in)
    facts = await product.facts(begins_in)
    for city in sorted(set(OTHER_CITY.findall(str(conversation["turns"])))):
        facts |= {f"{city}.{name}": value for name, value in (await product.facts(city)).items()}
    talk = Talk(caller, facts, Doings(product, begins_in))
    await talk.begin()
    wrong: list[str] = []
    heard: list[dict[str, Any]] = []
    for number, turn in enumerate(conversation["turns"], 1):
        said = {key: value for key, value in turn.items() if key != "expect"}
        try:
            events = await talk.turn(turn)
        except AssertionError as error:
            error.add_note("\n".join([f"at turn {number} {said}", f"after: {words(heard)}", *wrong]))
            raise
        heard = events
        wrong += [f"turn {number} {said}: {fault}" for fault in faults(talk, turn, events)]
    assert wrong == [], "\n".join(wrong)
    if recording.is_wanted(conversation):
        await recording.record(product, caller.session, service, begins_in, conversation)
