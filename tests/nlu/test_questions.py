"""Questions: what nlu/README.md promises of them, and what the model makes of those by others.

Floors, just below what was last measured (docs/decisions/0012-questions.md).
"""

import json
from pathlib import Path
from typing import Any, Dict, List

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ROOT / "nlu" / "service_guide" / "tests" / "questions.jsonl"
GUIDES = {path.stem for path in (ROOT / "guides").glob("*.yml")}
ABOUT = {"fee", "papers", "days", "place", "who", "steps", "hours", "what_if", "other"}
FIRST_FLOOR, SILENT_FLOOR, ASKS_FLOOR = 0.76, 0.9, 0.95
TOLD = 0.85
"""So likely a guide is told (`actions.dialogue.reading.inquiry`)."""


def lines(*paths: Path) -> List[Dict[str, Any]]:
    """The lines of JSONL files."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def trained() -> List[Dict[str, Any]]:
    """All questions that are trained on."""
    return lines(*sorted(ROOT.glob("nlu/*/questions/*.jsonl")))


def test_questions_name_guides_that_there_are() -> None:
    """A guide, or one that is only near; and the part that is asked about."""
    for one in [*trained(), *lines(OTHERS)]:
        assert one["guide"] is None or one["guide"] in GUIDES, one
        assert one["near"] is None or (one["near"] in GUIDES and one["guide"] is None), one
        assert one["about"] in ABOUT, one
        assert one["act"] in ("answer", "begin"), one


def test_no_question_of_others_is_trained_on() -> None:
    """Neither a text nor a hand of the test stands in training."""
    apart, learnt = lines(OTHERS), trained()
    assert not {one["ask"] for one in apart} & {one["ask"] for one in learnt}
    hands = {path.stem for path in ROOT.glob("nlu/*/questions/*.jsonl")}
    assert not {one["hand"] for one in apart} & hands


def test_questions_by_others_find_their_guide(pipeline: Any) -> None:
    """The right guide comes first, what is not published is hardly told, and a question is heard as one."""
    asked = lines(OTHERS)
    read = [pipeline.up_to("QuestionHead", one["ask"], without=["EmergencyHead"]) for one in asked]
    for one, lean in zip(asked[::80], read[::80], strict=True):  # whatever is heard of an emergency
        assert pipeline.up_to("QuestionHead", one["ask"])["inquiry"] == lean["inquiry"], one
    found = [one.get("inquiry") or {"asks": 0.0, "matters": []} for one in read]
    best = [next(((name, p) for name, p in one["matters"] if name.startswith("guide:")), ("", 0.0)) for one in found]
    published = [(one["guide"], name) for one, (name, _) in zip(asked, best, strict=True) if one["guide"]]
    missing = [likely for one, (_, likely) in zip(asked, best, strict=True) if not one["guide"]]
    assert sum(f"guide:{guide}" == name for guide, name in published) / len(published) >= FIRST_FLOOR
    assert sum(likely < TOLD for likely in missing) / len(missing) >= SILENT_FLOOR
    assert sum(one["asks"] >= 0.6 for one in found) / len(found) >= ASKS_FLOOR
