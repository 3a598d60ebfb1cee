"""What was understood wrongly, put together by meaning, for people who mend it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from desk.contract.errors import StartError
from tools.evaluation import figures, turns
from tools.evaluation.groups import Vector, grouped

TESTS, DEVELOPMENT = "tests", "development"
NOT_SHOWN = (
    "{file} is a test that nobody reads, or it would be one no more: only `desk nlu evaluate` may tell totals of it."
    " Errors are looked at by the files that are called development."
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A message that was understood wrongly; `situation` is empty where none was known."""

    text: str
    meant: str
    understood: str
    confidence: float
    lang: str
    situation: str = ""
    hand: str = ""


def may_be_read(files: Sequence[Path]) -> None:
    """Checks that none of the files is a test whose lines stay unread.

    Raises:
        StartError: one is.
    """
    for file in files:
        if file.resolve().parent.name == TESTS and DEVELOPMENT not in file.name:
            raise StartError(NOT_SHOWN.format(file=file))


def of_lines(pairs: Sequence[figures.Pair]) -> list[Wrong]:
    """Lines whose intent is wrong after the gate."""
    return [
        Wrong(line.text, line.intent, found.gated, round(found.confidence, 4), line.lang)
        for line, found in pairs
        if line.intent != found.gated
    ]


def of_turns(results: Sequence[turns.Result]) -> list[Wrong]:
    """Turns of which the likeliest command is not meant."""
    return [
        Wrong(
            one.line.say,
            " ".join(one.line.commands),
            one.likeliest,
            one.confidence,
            one.line.lang,
            one.line.situation,
            one.line.hand,
        )
        for one in results
        if not one.is_right
    ]


def document(of: int, wrong: Sequence[Wrong], rows: Sequence[Vector]) -> dict[str, Any]:
    """The groups, the largest first: what is typical of each, what was meant and understood, and all its errors."""
    groups = [[wrong[place] for place in places] for places in grouped(rows)]
    return {
        "of": of,
        "errors": len(wrong),
        "groups": [
            {
                "typical": group[0].text,
                "errors": len(group),
                "taken": [
                    {"meant": meant, "understood": understood, "errors": count}
                    for (meant, understood), count in Counter(
                        (one.meant, one.understood) for one in group
                    ).most_common()
                ],
                "lines": [asdict(one) for one in group],
            }
            for group in groups
        ],
    }
