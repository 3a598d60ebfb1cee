"""The images: no root, nothing of the network that is not locked, a model and files of one release."""

import re
import subprocess
from pathlib import Path

import pytest
from deploy.files import DEPLOY, PRODUCT_USER, ROOT, SETTING, SETTINGS, stages

from desk.app.model import inputs

FINAL = [
    ("Dockerfile", "product"),
    ("Dockerfile", "trainer"),
    ("bot.Dockerfile", "without-model"),
    ("bot.Dockerfile", "bot"),
]
START_BOT = DEPLOY / "image" / "start-bot"


@pytest.mark.parametrize(("file", "stage"), FINAL)
def test_an_image_runs_as_a_user_without_rights(file: str, stage: str) -> None:
    """The last word on the user is a number, so that runAsNonRoot can see that it is not 0."""
    users = [line for line in stages(file)[stage] if line.startswith("USER ")]
    assert users[-1:] == [f"USER {PRODUCT_USER}:{PRODUCT_USER}"]


@pytest.mark.parametrize(("file", "stage"), FINAL)
def test_an_image_says_whether_it_is_well_and_what_it_is(file: str, stage: str) -> None:
    """Health of the role, and labels of OCI."""
    said = " ".join(stages(file)[stage])
    wanted = ("HEALTHCHECK", "healthy.py", "STOPSIGNAL SIGTERM", "image.version=", "image.revision=", "image.licenses=")
    assert [one for one in wanted if one not in said] == []


@pytest.mark.parametrize("file", ["Dockerfile", "bot.Dockerfile"])
def test_a_base_is_named_by_its_digest_and_can_be_another(file: str) -> None:
    """No tag that moves; and no registry is needed where there is a base already."""
    text = (DEPLOY / "image" / file).read_text(encoding="utf-8")
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"${BASE}", *stages(file)}


@pytest.mark.parametrize("file", ["Dockerfile", "bot.Dockerfile"])
def test_only_what_is_locked_is_installed(file: str) -> None:
    """By hash: uv by its list, all else by the locks. Nothing of development."""
    runs = [line for name in stages(file) for line in stages(file)[name] if line.startswith("RUN")]
    pip = [line for line in runs if "pip install" in line]
    sync = [one for line in runs for one in re.findall(r"uv sync[^&]*", line)]
    assert [line for line in pip if "--require-hashes" not in line] == []
    assert [line for line in sync if "--locked --no-default-groups" not in line] == []
    assert (bool(pip), bool(sync)) == (True, True)


def test_the_bot_holds_neither_settings_nor_the_desk() -> None:
    """Of the product it has what both environments import, and no DESK_ setting."""
    said = stages("bot.Dockerfile")["bot"]
    built = stages("bot.Dockerfile")["built"]
    copied = {words[-1] for line in built if line.startswith("COPY") and "--from" not in (words := line.split())}
    assert [line for line in said if line.startswith("ENV") and SETTING.search(line)] == []
    assert copied == {"/tmp/uv.txt", "bot/", "bot", "roles", "values"}


def test_what_images_set_are_settings() -> None:
    """A misspelled one is refused at the start: of every container."""
    said = " ".join(
        line for name in stages("Dockerfile") for line in stages("Dockerfile")[name] if line.startswith("ENV")
    )
    assert set(SETTING.findall(said)) <= SETTINGS


def test_files_that_a_model_is_made_of_come_into_the_product() -> None:
    """Else its fingerprint is another than the model's, and no bot would start."""
    copied = {line.split()[-1] for line in stages("Dockerfile")["built"] if line.startswith("COPY")}
    needed = {path.relative_to(ROOT).parts[0] for path in inputs(ROOT)} | {"cities"}
    assert needed - copied - {"./"} == {"config.yml", "domain.yml"}
    assert "COPY config.yml domain.yml ./" in stages("Dockerfile")["built"]


def test_secrets_and_data_stay_outside_images() -> None:
    """What may come in is listed; of the data directory that is models."""
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    named = [line for line in allowed if line and not line.startswith("#")]
    assert named[0] == "*"
    assert [line for line in named if line.startswith("!.")] == ["!.desk/models/*.tar.gz"]


def prepared(folder: Path, model: str) -> dict[str, str]:
    """The environment of a bot for which this model was prepared, in a folder with one other."""
    (folder / "role_keys").write_text("{}")
    (folder / "model").write_text(model)
    (folder / "right.tar.gz").touch()
    return {
        "PREPARED": str(folder),
        "MODELS": str(folder),
        "ACTIONS_URL": "http://actions:5055",
        "PATH": "/usr/bin:/bin",
    }


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("ACTIONS_URL", "ACTIONS_URL"),
        ("role_keys", "desk bot --prepare"),
        ("right.tar.gz", "both images of one release"),
    ],
)
def test_a_bot_without_what_it_needs_says_what_to_do(tmp_path: Path, missing: str, said: str) -> None:
    """And does not start."""
    environment = prepared(tmp_path, "right.tar.gz")
    environment.pop(missing, None)
    (tmp_path / missing).unlink(missing_ok=True)
    done = subprocess.run(
        ["sh", str(START_BOT)], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode != 0, said in done.stderr) == (True, True)


def test_a_bot_starts_with_the_keys_and_the_model_that_were_prepared(tmp_path: Path) -> None:
    """A small program in its place shows what it was given."""
    python = tmp_path / "bot" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$ROLE_KEYS $*"\n')
    python.chmod(0o755)
    environment = prepared(tmp_path, "right.tar.gz")
    done = subprocess.run(
        ["sh", str(START_BOT)], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    words = done.stdout.split()
    assert words[:3] == ["{}", "-m", "bot.serve"]
    assert words[-4:] == ["--model", f"{tmp_path}/right.tar.gz", "--actions-url", "http://actions:5055"]
