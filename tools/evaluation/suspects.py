"""Lines of training that are probably mislabelled: heads that have not learnt one say surely something else of it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desk.teaching.editing.corpus import Line, Suspect
from desk.teaching.marks import unmarked
from tools.evaluation.fitting import fitted

FOLDS = 5
SEED = 1


def suspects(lines: Sequence[Line], python: Path, folder: Path) -> list[Suspect]:
    """Those of some lines, the surest first.

    Raises:
        StartError: the bot's Python failed.
    """
    texts = list(dict.fromkeys(unmarked(one.text) for one in lines))
    places = {text: place for place, text in enumerate(texts)}
    job = {
        "rows": [places[unmarked(one.text)] for one in lines],
        "labels": [one.intent for one in lines],
        "seed": SEED,
        "folds": FOLDS,
    }
    [found] = fitted(python, folder, {"learnt": [(text, ["step=idle"]) for text in texts], "asked": []}, [job])
    return [Suspect(**asdict(lines[place]), rather=rather, sure=sure) for place, rather, sure in found["suspects"]]


def as_document(found: Sequence[Suspect]) -> list[dict[str, Any]]:
    """As they are kept for the console."""
    return [asdict(one) for one in found]
