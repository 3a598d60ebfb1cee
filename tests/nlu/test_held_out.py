"""The model on lines that nobody trained on. Floors, just below what was last measured.

Last measured figures stand in docs/decisions/0008-understanding.md.
"""

import json
from typing import Any, Callable, Dict, List

import pytest

INTENT_FLOORS = {"zh_Hans": 0.945, "zh_Hant": 0.935, "en": 0.95, "mixed": 0.965}
ENTITY_F1_FLOOR = 0.945
OUT_OF_SCOPE_FLOOR = 0.87
FALSE_REFUSALS_CEILING = 0.02
CODES = {"plate", "id_number", "phone", "vin_last6"}
CODE_RECALL_FLOOR = 0.98

Parse = Callable[[str], Dict[str, Any]]


def after_gate(parsed: Dict[str, Any]) -> str:
    """Gives the intent as it is counted: what falls below the gate is out of scope."""
    name = parsed["intent"]["name"]
    return "out_of_scope" if name == "nlu_fallback" else name


def spans(entities: List[Dict[str, Any]]) -> set:
    """Gives what is compared: type, start and end."""
    return {(found["entity"], found["start"], found["end"]) for found in entities}


@pytest.mark.parametrize("lang", INTENT_FLOORS)
def test_intents_are_understood_in_each_language(lang: str, held_out: List[Dict[str, Any]], understand: Parse) -> None:
    """Of the held-out lines of each language at least the floor is understood."""
    lines = [line for line in held_out if line["lang"] == lang]
    right = sum(after_gate(understand(line["text"])) == line["intent"] for line in lines)
    assert right / len(lines) >= INTENT_FLOORS[lang]


def test_entities_are_found_with_exact_spans(held_out: List[Dict[str, Any]], understand: Parse) -> None:
    """F1 over type and exact span of all entities."""
    right = found = wanted = 0
    for line in held_out:
        got, gold = spans(understand(line["text"])["entities"]), spans(line["entities"])
        right, found, wanted = right + len(got & gold), found + len(got), wanted + len(gold)
    assert 2 * right / (found + wanted) >= ENTITY_F1_FLOOR


def test_codes_are_found_nearly_always(held_out: List[Dict[str, Any]], understand: Parse) -> None:
    """Plates, ids, phones and VIN tails have a form, so they are found."""
    right = wanted = 0
    for line in held_out:
        gold = {span for span in spans(line["entities"]) if span[0] in CODES}
        right, wanted = right + len(gold & spans(understand(line["text"])["entities"])), wanted + len(gold)
    assert right / wanted >= CODE_RECALL_FLOOR


def test_out_of_scope_is_refused_and_little_else(held_out: List[Dict[str, Any]], understand: Parse) -> None:
    """What a city account does not do is refused, down to the floor; of what it does, no more than the ceiling."""
    refused = {True: 0, False: 0}
    lines = {True: 0, False: 0}
    for line in held_out:
        foreign = line["intent"] == "out_of_scope"
        lines[foreign] += 1
        refused[foreign] += after_gate(understand(line["text"])) == "out_of_scope"
    assert refused[True] / lines[True] >= OUT_OF_SCOPE_FLOOR
    assert refused[False] / lines[False] <= FALSE_REFUSALS_CEILING


def test_no_clear_language_is_mistaken(held_out: List[Dict[str, Any]], understand: Parse) -> None:
    """A line of one language is told as that language or as none, hardly ever as another."""
    clear = [line for line in held_out if line["lang"] != "mixed"]
    wrong = [line["text"] for line in clear if understand(line["text"]).get("language") not in (None, line["lang"])]
    assert len(wrong) / len(clear) <= 0.01, wrong


def test_what_is_understood_can_be_sent(held_out: List[Dict[str, Any]], pipeline: Any, understand: Parse) -> None:
    """Plain numbers, whatever numpy computes with: a turn goes on to the actions as JSON. The whole pipeline finds the
    intent, the entities and the language that these tests look at."""
    for line in held_out[::40]:
        whole, looked_at = pipeline.whole(line["text"]), understand(line["text"])
        json.dumps(whole)
        for name in ("intent", "intent_ranking", "entities", "language"):
            assert looked_at.get(name) == whole.get(name), (name, line)
