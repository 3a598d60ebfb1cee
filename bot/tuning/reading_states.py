"""The first step for what is written to the account: `python -m bot.tuning.reading_states OUT.npz`, as `states` does.

Turns in their situation, lines of intents, questions with whose matter they are, and how guides are asked for.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, List, Sequence  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import INTENT, TEXT  # noqa: E402

from bot.components.heads.situation_signs import coverage, signs  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from bot.questions import ABOUT, ASKS, HAND, MATTER, UNSAID  # noqa: E402
from bot.tuning.states import of_texts  # noqa: E402
from bot.turns import COMMAND, EMPTY, GIVEN, SITUATION  # noqa: E402
from values.writing import normalised  # noqa: E402

LINES_OF_AN_INTENT = 250
NAMES_NO_MATTER = 12
"""A question in the middle of something of no more characters is one that names no matter."""
_SEED = 5


@dataclass(frozen=True)
class Line:
    """A line; what it does not tell is empty, or -1."""

    text: str
    command: str = ""
    intent: str = ""
    matter: str = ""
    about: str = ""
    asks: int = -1
    hand: str = ""
    situation: Any = field(default_factory=lambda: EMPTY)
    given: Sequence[Sequence[str]] = ()


def main(out: Path) -> int:
    """Collects lines, computes their states, writes both."""
    data = ServiceImporter("config.yml").get_nlu_data()
    lines = [*_turns(data.training_examples), *_of_intents(data.intent_examples), *_questions(data.training_examples)]
    known = sorted({sign for line in lines if line.command for sign in signs(line.situation)} | set(signs(EMPTY)))
    states, lengths = of_texts([line.text for line in lines])
    arrays = {
        name: np.array([getattr(line, name) for line in lines])
        for name in ("command", "intent", "matter", "about", "asks", "hand")
    }
    extra = np.array([_extra(line, known) for line in lines], np.float32)
    np.savez_compressed(out, states=states, lengths=lengths, extra=extra, signs=np.array(known), **arrays)
    print(f"{len(lines)} lines, {lengths.sum()} tokens, {len(known)} signs")
    return 0


def _turns(lines: Sequence[Any]) -> List[Line]:
    return [
        Line(
            normalised(one.get(TEXT)),
            command=one.get(COMMAND),
            matter=UNSAID if _names_no_matter(one) else "",
            hand=one.get("hand") or "",
            situation=one.get(SITUATION),
            given=one.get(GIVEN),
        )
        for one in lines
        if one.get(COMMAND)
    ]


def _names_no_matter(turn: Any) -> bool:
    at = turn.get(SITUATION) or {}
    in_the_middle = at.get("service") is not None or bool(at.get("shown"))
    return in_the_middle and turn.get(COMMAND).startswith("ask_") and len(turn.get(TEXT)) <= NAMES_NO_MATTER


def _of_intents(lines: Sequence[Any]) -> List[Line]:
    """Some lines of each intent, by lot: what is wished, and not asked, but of the guides'."""
    random, of_intent = np.random.default_rng(_SEED), {}
    for line in lines:
        of_intent.setdefault(line.get(INTENT), []).append(line)
    drawn = [
        lines_of_one[place]
        for _, lines_of_one in sorted(of_intent.items())
        for place in random.permutation(len(lines_of_one))[:LINES_OF_AN_INTENT]
    ]
    return [
        Line(
            normalised(one.get(TEXT)),
            intent=one.get(INTENT),
            matter="" if one.get(INTENT) == "service_guide" else one.get(INTENT),
            asks=-1 if one.get(INTENT) in ("service_guide", "out_of_scope") else 0,
        )
        for one in drawn
    ]


def _questions(lines: Sequence[Any]) -> List[Line]:
    return [
        Line(
            normalised(one.get(TEXT)),
            matter=one.get(MATTER),
            about=one.get(ABOUT) or "",
            asks=-1 if one.get(ASKS) is None else int(one.get(ASKS)),
            hand=one.get(HAND),
        )
        for one in lines
        if one.get(MATTER)
    ]


def _extra(line: Line, known: Sequence[str]) -> List[float]:
    found = set(signs(line.situation))
    return [float(sign in found) for sign in known] + coverage(line.text, line.given, line.situation)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
