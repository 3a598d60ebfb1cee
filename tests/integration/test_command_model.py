"""`desk model`: what it says and does."""

import json
from pathlib import Path

from fixtures.desk_command import Typed
from fixtures.house import House

from desk.teaching.course import Course
from desk.teaching.gate import Finding, Verdict, Why

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
    assert "not compared yet" in (await typed("model", "compare", "1"))[1]
    code, _, said = await typed("model", "release", "1", "--reason", "better")
    assert (code, "not yet compared with the one that answers now" in said) == (1, True)
    await course.answers("before", "before.tar.gz", 1)
    stop = Finding(why=Why.COMMAND, about="confirm", messages=30, before=0.9, after=0.5, lost=12, stops=True)
    await course.judged(1, Verdict(against="before", passes=False, findings=(stop,), replayed=300, changed=7))
    code, said, _ = await typed("model", "compare", "1")
    assert (code, "confirm" in said, "7 of 300" in said) == (1, True, True)
    assert "command" in (await typed("model", "show", "1"))[1]
    await course.judged(1, Verdict(against="before", passes=True))
    assert json.loads((await typed("model", "compare", "1", "--json"))[1])["gate"]["passes"]
    assert (await typed("model", "shadow", "1", "--reason", "look"))[1] == "Model 1 is tried: desk model trials 1\n"
    assert (await typed("model", "stop", "1"))[1] == "Model 1 is tried no more.\n"
    assert (await typed("model", "canary", "1", "--percent", "5", "--city", "nowhere", "--reason", "x"))[0] == 1
    tried = await typed("model", "canary", "1", "--percent", "5", "--city", "hangzhou", "--reason", "x", "--json")
    assert (tried[0], json.loads(tried[1])["state"]) == (0, "done")
    trials = json.loads((await typed("model", "trials", "1", "--json"))[1])["trials"]
    assert [(one["stage"], one["cities"], one["percent"]) for one in trials] == [
        ("canary", ["hangzhou"], 5),
        ("shadow", [], 0),
    ]
    code, said, _ = await typed("model", "release", "1", "--reason", "better", "--json")
    assert (code, json.loads(said)["state"]) == (0, "done")
    wanted = json.loads((await typed("model", "show", "1", "--json"))[1])
    assert (wanted["state"], wanted["wanted"]) == ("ready", True)
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
