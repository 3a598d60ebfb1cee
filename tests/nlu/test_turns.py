"""Turns: what nlu/README.md promises of them, and what the model makes of those by others, in their situation.

Floors, just below what was last measured (docs/decisions/).
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Dict, List, Sequence, Set, Tuple

import pytest
import yaml

from bot.components.heads.command_head import OF_INTENTS

NLU = Path(__file__).resolve().parents[2] / "nlu"
FILES = sorted(NLU.glob("*/turns/*.yml"))
OTHERS, DEVELOPMENT = (NLU / "common" / "tests" / f"{name}.jsonl" for name in ("turns_by_others", "turns_development"))
RIGHT_FLOOR, SURE_FLOOR, ASKED_FLOOR = 0.74, 0.88, 0.92
SURE = 0.6
HEAVY = {"confirm", "erase", "pay_all", "withdraw", "person"}
"""Commands that do something which a resident must have meant."""
HEAVY_CEILING = 0.015

Commands = List[Tuple[str, float]]


def turns() -> List[Dict[str, Any]]:
    """All turns that are trained on."""
    return [
        one for file in FILES for one in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["turns"]
    ]


def held(path: Path) -> List[Dict[str, Any]]:
    """The turns of a test file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def names(turn: Dict[str, Any]) -> Set[str]:
    """The commands of a turn, without the service that one is for."""
    return {one.partition(":")[0] for one in turn["commands"]}


def known_commands() -> Set[str]:
    """The commands that the reference page lists."""
    page = NLU.parent / "docs" / "reference" / "dialogue-commands.md"
    return {line.split("`")[1] for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")}


def test_turns_name_situations_and_commands_that_there_are() -> None:
    """And every value that they give stands in their text."""
    known = known_commands()
    for turn in [*turns(), *held(OTHERS), *held(DEVELOPMENT)]:
        assert turn["in"] in situations(), turn
        assert names(turn) <= known, turn
        assert all(value in turn["say"] for _, value in turn.get("values", [])), turn


def test_commands_of_intents_are_commands() -> None:
    """The bot's table and the reference page speak of the same commands."""
    assert set(OF_INTENTS.values()) <= known_commands()


def test_no_turn_of_others_is_trained_on() -> None:
    """Neither a text nor a hand of the tests stands among the turns of training."""
    apart = [*held(OTHERS), *held(DEVELOPMENT)]
    assert not {one["say"] for one in turns()} & {one["say"] for one in apart}
    assert not {one["hand"] for one in turns()} & {one["hand"] for one in apart}


@pytest.fixture(scope="module")
def read(pipeline: Any) -> List[Tuple[Dict[str, Any], Commands]]:
    """The turns by others, with what the model makes of each."""
    return [(turn, commands(pipeline, turn, without=["EmergencyHead"])) for turn in held(OTHERS)]


def commands(pipeline: Any, turn: Dict[str, Any], without: Sequence[str] = ()) -> Commands:
    """Gives what a model makes of a turn in its situation, by all heads before that of commands but some."""
    return pipeline.up_to("CommandHead", turn["say"], situations()[turn["in"]]["situation"], without)["commands"]


@cache
def situations() -> Dict[str, Any]:
    """Gives all situations, by their names."""
    return json.loads((NLU / "situations.json").read_text(encoding="utf-8"))


def test_what_is_left_out_has_no_say(pipeline: Any, read: List[Tuple[Dict[str, Any], Commands]]) -> None:
    """Whatever is heard of an emergency, the commands are the same."""
    for turn, found in read[::50]:
        assert commands(pipeline, turn) == found, turn


def test_commands_are_read_in_their_situation(read: List[Tuple[Dict[str, Any], Commands]]) -> None:
    """Of all turns, and of those of which the model is sure, at least the floors."""
    right = [found[0][0] in names(turn) for turn, found in read if found]
    sure = [found[0][0] in names(turn) for turn, found in read if found and found[0][1] >= SURE]
    assert sum(right) / len(read) >= RIGHT_FLOOR
    assert sum(sure) / len(sure) >= SURE_FLOOR


def test_what_is_taken_for_a_question_is_one(read: List[Tuple[Dict[str, Any], Commands]]) -> None:
    """Questions count together."""
    asked = [turn for turn, found in read if sum(share for name, share in found if name.startswith("ask_")) >= SURE]
    assert sum(any(name.startswith("ask_") for name in names(turn)) for turn in asked) / len(asked) >= ASKED_FLOOR


def test_heavy_commands_are_hardly_heard_where_they_are_not_meant(
    read: List[Tuple[Dict[str, Any], Commands]],
) -> None:
    """Each sure one that was not meant counts, whatever guards stand behind it."""
    wrong = Counter(
        found[0][0] for turn, found in read if found and found[0][1] >= SURE and found[0][0] in HEAVY - names(turn)
    )
    assert sum(wrong.values()) / len(read) <= HEAVY_CEILING, wrong
