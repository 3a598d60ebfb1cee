"""`desk model`: what it says and does."""

import json
from pathlib import Path

from fixtures.desk_command import Typed
from fixtures.house import House

from desk.teaching.course import Course

FIGURES = {
    "turns": 1000,
    **dict.fromkeys(("right", "sure", "right_where_sure"), 0.912),
    "asked_back": {"share": 0.1},
    "calibration": {"error": 0.02},
}


async def test_a_model_is_asked_for_released_and_gone_back_from(house: House, typed: Typed, tmp_path: Path) -> None:
    """By one where there is nobody else; the list has the one that answers first."""
    for name in ("domain.yml", "bot/uv.lock", "nlu/greet/en.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was", encoding="utf-8")
    assert "There is none yet" in (await typed("model", "list"))[1]
    assert (await typed("model", "train", "--reason", "new words"))[:2] == (
        0,
        "Model 1 waits for its training: desk model show 1\n",
    )
    code, _, said = await typed("model", "train", "--reason", "once more")
    assert (code, "model 1 is made of the same files, and is queued" in said) == (1, True)
    course = Course(house.engine)
    assert await course.begin() is not None
    await course.finish(1, path="jobs/x.tar.gz", size=101_000_000, figures=FIGURES, said="a line of the log")
    shown = (await typed("model", "show", "1"))[1]
    assert all(one in shown for one in ("ready", "91.2%", "wang: new words", "a line of the log"))
    code, said, _ = await typed("model", "release", "1", "--reason", "better", "--json")
    assert (code, json.loads(said)["state"]) == (0, "done")
    wanted = json.loads((await typed("model", "show", "1", "--json"))[1])
    assert (wanted["state"], wanted["wanted"]) == ("ready", True)
    await course.answers("before", "before.tar.gz", 1)
    await course.answers(wanted["fingerprint"], None, None)
    listed = json.loads((await typed("model", "list", "--json"))[1])["models"]
    assert [(one["fingerprint"], one["state"]) for one in listed] == [
        (wanted["fingerprint"], "live"),
        ("before", "earlier"),
    ]
    number = str(listed[1]["model"])
    assert (await typed("model", "rollback", number))[:2] == (0, f"Model {number} takes over: desk model list\n")
    code, _, said = await typed("model", "cancel", "1", "--reason", "too late")
    assert (code, "Model 1 is live" in said) == (1, True)
