"""`desk sandbox` beside a running sandbox, and without one."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from fixtures.desk_command import ROOT, Done, run_desk
from fixtures.patience import HANG_SECONDS
from fixtures.sandbox_process import SandboxProcess

from sandbox.facts import facts

CITY = "hangzhou"


def desk(data_dir: Path, *arguments: str, sandbox_url: str | None = None) -> Done:
    """Run `desk sandbox …` over a data directory of the test's own."""
    return run_desk(data_dir, "sandbox", *arguments, **({"DESK_SANDBOX_URL": sandbox_url} if sandbox_url else {}))


def pay_fact_plate(url: str) -> None:
    """Pay the one fine of the plate that the facts begin with."""
    found = facts(CITY)
    proof = {"plate": found["plate_with_unpaid_fine"], "vin_last6": found["vin_last6"]}
    base = f"{url}/traffic-police/{CITY}"
    with urllib.request.urlopen(
        f"{base}/violations/query", json.dumps(proof).encode(), timeout=HANG_SECONDS
    ) as response:
        fine = json.load(response)["violations"][0]
    body = {"order": "1", "trade_no": "1", "amount": fine["amount"], "paid_at": "2026-11-24T10:00:00+08:00"}
    request = urllib.request.Request(
        f"{base}/notices/{fine['notice']}/payment",
        json.dumps(body).encode(),
        {"Idempotency-Key": "12345678", "Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=HANG_SECONDS) as response:
        assert response.status == 200


def test_facts_without_a_sandbox_are_those_of_the_beginning(tmp_path: Path) -> None:
    """With --json, stdout is exactly one JSON document: a flat object of strings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    environment |= {"DESK_DATA_DIR": str(tmp_path), "DESK_ROOT_DIR": str(ROOT)}
    command = [sys.executable, "-m", "desk", "sandbox", "facts", "--city", CITY, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == facts(CITY)


def test_facts_follow_the_running_sandbox_and_reset_restores_them(tmp_path: Path) -> None:
    """A plate paid meanwhile is replaced; `reset` beside the running sandbox brings it back."""
    with SandboxProcess(tmp_path) as sandbox:
        pay_fact_plate(sandbox.url)
        after = json.loads(desk(tmp_path, "facts", "--city", CITY, "--json", sandbox_url=sandbox.url).stdout)
        done = desk(tmp_path, "reset", "--city", CITY, "--json", sandbox_url=sandbox.url)
        again = json.loads(desk(tmp_path, "facts", "--city", CITY, "--json", sandbox_url=sandbox.url).stdout)
    assert after["plate_with_unpaid_fine"] != facts(CITY)["plate_with_unpaid_fine"]
    assert json.loads(done.stdout) == {"reset": [CITY], "voided": [], "forgotten": 0}
    assert again == facts(CITY)


def test_facts_and_reset_work_on_what_a_stopped_sandbox_left(tmp_path: Path) -> None:
    """When the sandbox has ended, facts follow its state, and `reset` clears it."""
    with SandboxProcess(tmp_path) as sandbox:
        pay_fact_plate(sandbox.url)
    after = json.loads(desk(tmp_path, "facts", "--city", CITY, "--json").stdout)
    assert after["plate_with_unpaid_fine"] != facts(CITY)["plate_with_unpaid_fine"]
    assert desk(tmp_path, "reset").code == 0
    assert json.loads(desk(tmp_path, "facts", "--city", CITY, "--json").stdout) == facts(CITY)


def test_facts_of_an_unknown_city_say_which_there_are(tmp_path: Path) -> None:
    """One line on stderr that names the cities, nothing on stdout, exit code 1."""
    done = desk(tmp_path, "facts", "--city", "atlantis", "--json")
    assert (done.code, done.stdout) == (1, "")
    assert CITY in done.stderr
    assert "Traceback" not in done.stderr


def test_facts_of_a_sandbox_that_does_not_answer_say_so(tmp_path: Path) -> None:
    """With an address where nothing listens the error names the address."""
    sandbox = SandboxProcess(tmp_path)  # never started
    done = desk(tmp_path, "facts", "--city", CITY, sandbox_url=sandbox.url)
    assert (done.code, done.stdout) == (1, "")
    assert sandbox.url in done.stderr
    assert "Traceback" not in done.stderr
