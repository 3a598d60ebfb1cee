"""The training command, as `desk train` runs it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bot_process import ROOT


def train(root: Path, out: Path) -> subprocess.CompletedProcess:
    """Runs the command."""
    command = [sys.executable, "-m", "bot.train", "--root", str(root), "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)


def test_progress_rises_to_a_hundred(model: Path, project: Path) -> None:
    """Every line of stdout is `progress <0-100> <what>`, and they rise."""
    lines = (project / "progress.txt").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"progress (\d+) (\S.*)", line) for line in lines]
    assert all(found)
    percents = [int(line[1]) for line in found]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert "training SparseHead" in [line[2] for line in found]


def test_training_leaves_nothing_beside_the_model(model: Path) -> None:
    """Its working folder is gone."""
    assert [path.name for path in model.parent.iterdir()] == ["small.tar.gz"]


def test_a_folder_without_an_assistant_is_a_plain_message(tmp_path: Path) -> None:
    """The reason, and no stack."""
    done = train(tmp_path, tmp_path / "model.tar.gz")
    assert done.returncode == 1
    assert done.stderr.startswith("Training failed: There is no config.yml")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("lines.yml", "nlu:\n- intent: [", "lines.yml", id="lines that are no YAML"),
        pytest.param(
            "rules.yml",
            'version: "3.1"\nrules:\n- rule: long\n  steps: [{intent: greet}, {action: action_answer}, '
            "{intent: greet}, {action: action_answer}]\n",
            "must be one intent and one action",
            id="a rule that is too long",
        ),
    ],
)
def test_bad_words_fail_with_the_reason(project: Path, tmp_path: Path, name: str, content: str, reason: str) -> None:
    """What is wrong, and in which file; no model is left. Words are read before a pipeline is trained, and rules by the
    policy behind it, so that one that only cuts them up is enough."""
    root = tmp_path / "copy"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("models"))
    config = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))
    short = {**config, "pipeline": config["pipeline"][:2]}
    (root / "config.yml").write_text(yaml.safe_dump(short), encoding="utf-8")
    (root / "nlu" / "greet" / name).write_text(content, encoding="utf-8")
    done = train(root, root / "model.tar.gz")
    assert done.returncode == 1
    assert "Training failed: " in done.stderr
    assert reason in done.stderr
    assert not (root / "model.tar.gz").exists()
