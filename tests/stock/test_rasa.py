"""Rasa's own commands at the root of a checkout: its data are valid, a model is trained and tested, and it talks.

Of all services two are kept, and what is trained on is thinned, so that training takes a minute.
"""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy, rmtree
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from fixtures.grown import ROOT, copied
from fixtures.thinned import thin

from desk.http.sockets import free_port
from desk.store.keys import make as make_secret

KEPT = {"account", "common", "inform", "moves", "next_bus", "out_of_scope", "safety", "traffic_fines"}
WHOLE = frozenset({"account", "traffic_fines"})
"""Folders whose lines are all trained on: what the conversation is held with."""
RASA = ROOT / "bot" / "stock" / ".venv"
COMMAND_SECONDS, START_SECONDS = 2700, 720  # guards against a hang


def checkout(root: Path) -> Path:
    """A checkout with two services, Rasa's files, and the environment of Rasa as it comes."""
    assert RASA.exists(), "Set it up with: make setup-stock"
    copied(root)
    for folder in (root / "nlu").iterdir():
        if folder.is_dir() and folder.name not in KEPT:
            rmtree(folder)
    for name in ("endpoints.yml", "credentials.yml"):
        copy(ROOT / name, root)
    (root / "scripts").mkdir()
    copy(ROOT / "scripts" / "rasa", root / "scripts")
    (root / "data").symlink_to("nlu")
    (root / "bot" / "stock" / ".venv").symlink_to(RASA)
    return root


def rasa(root: Path, *arguments: str) -> str:
    """Run a command of Rasa to its end; what it wrote."""
    command = [str(root / "scripts" / "rasa"), *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of which some lines are kept, with a model that `rasa train` made. It need not validate them before:
    `test_data_are_valid` does."""
    root = checkout(tmp_path_factory.mktemp("trained"))
    thin(root, whole=WHOLE)
    rasa(root, "train", "--skip-validation", "--fixed-model-name", "tried")
    assert (root / "models" / "tried.tar.gz").exists()
    return root


def test_data_are_valid(tmp_path: Path) -> None:
    """No error, no conflict, nothing said of old libraries. `CITYDESK_LINES=all` reads all lines of two services."""
    root = checkout(tmp_path)
    if os.environ.get("CITYDESK_LINES") != "all":
        thin(root, whole=WHOLE)
    said = rasa(root, "data", "validate")
    assert "No story structure conflicts found" in said
    assert [line for line in said.split("\n") if "ERROR" in line or "DeprecationWarning" in line] == []


def test_a_model_understands_its_own_lines_and_walks_its_stories(trained: Path) -> None:
    """`rasa test`: on the lines of moves, which are of several intents, what it reports is written and read; every
    story ends as it says."""
    told = ("--nlu", "nlu/moves/en.yml", "--stories", "data", "--model", "models/tried.tar.gz", "--no-plot")
    rasa(trained, "test", *told)
    report = json.loads((trained / "results" / "intent_report.json").read_text("utf-8"))
    assert report["accuracy"] > 0.9
    assert "stories:" not in (trained / "results" / "failed_test_stories.yml").read_text("utf-8")


@asynccontextmanager
async def started(url: str, *command: str, folder: Path, **environment: str) -> AsyncIterator[None]:
    """A program that answers at an address while the block lasts."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**own, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(START_SECONDS), ClientSession() as http:
            while not await _answers(http, url):
                assert process.returncode is None, f"{command[-1]} ended"
                await asyncio.sleep(0.2)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _answers(http: ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status < 500
    except ClientError:
        return False


async def test_a_whole_conversation_is_held_in_text(trained: Path) -> None:
    """`rasa run` with the pretend city and the actions server: a fine is looked up in Hangzhou, in English."""
    python, data = str(ROOT / ".venv" / "bin" / "python"), trained / "data-of-the-desk"
    data.mkdir()
    make_secret(data)
    sandbox_port, actions_port, rasa_port = (free_port() for _ in range(3))
    sandbox, actions, talks = (f"http://127.0.0.1:{port}" for port in (sandbox_port, actions_port, rasa_port))
    facts_at = f"{sandbox}/_sandbox/facts/hangzhou"
    (trained / "endpoints.yml").write_text(f"action_endpoint:\n  url: {actions}/webhook\n", encoding="utf-8")
    serving = {
        "DESK_DATA_DIR": str(data), "DESK_ROOT_DIR": str(trained), "DESK_SANDBOX_URL": sandbox,
        "DESK_ACTIONS_PORT": str(actions_port),
    }  # fmt: skip
    async with (
        started(facts_at, python, "-m", "sandbox", "--port", str(sandbox_port), folder=ROOT),
        started(f"{actions}/health", python, "-m", "desk", "actions", "--for-rasa", folder=ROOT, **serving),
        started(
            talks, str(trained / "scripts" / "rasa"), "run", "-i", "127.0.0.1", "-p", str(rasa_port), "--model",
            "models/tried.tar.gz", folder=trained,
        ),
        ClientSession() as http,
    ):  # fmt: skip
        async with http.get(f"{sandbox}/_sandbox/facts/hangzhou") as answer:
            facts = await answer.json()
        lines = (
            "English please",
            "I live in Hangzhou",
            "I want to pay my traffic fine",
            facts["plate_with_unpaid_fine"],
        )
        said = [await _say(http, talks, line) for line in (*lines, facts["vin_last6"])]
    assert "English" in said[0]
    assert "Hangzhou" in said[1]
    assert "plate" in said[2]
    assert "vehicle" in said[3].lower()
    assert "¥200.00" in said[4]


async def _say(http: ClientSession, talks: str, line: str) -> str:
    async with http.post(f"{talks}/webhooks/rest/webhook", json={"sender": "one", "message": line}) as answer:
        responses: list[dict[str, Any]] = await answer.json()
    return "\n".join(one["text"] for one in responses if "text" in one)
