"""What counts as a fault in the logs of a product that is tested."""

from pathlib import Path

import pytest
from fixtures.product_logs import faults_in, faults_of

BEFORE = "2026-11-30T00:14:32.000001Z [info     ] Starting worker on queues replies [procrastinate.worker]\n"
AT = "2026-11-30T00:14:33.218059Z"
STACK = 'Traceback (most recent call last):\n  File "desk/x.py", line 5, in x\n    return await y()\n'
LATE = (
    STACK
    + "asyncio.exceptions.CancelledError\n\nThe above exception was the direct cause of the following:\n\n"
    + STACK
)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(f"{AT} [error    ] action_failed [actions.server.app] error=KeyError stack='x'\n", id="action"),
        pytest.param(f"{AT} [error    ] action_failed [actions.server.app] error=TimeoutError\n", id="late action"),
        pytest.param(f"{AT} [error    ] text_fault [desk.texts.catalogs] key=a.b\n", id="text"),
        pytest.param(f"{AT} [error    ] turn_broke [desk.conversations] error=KeyError trace='x'\n", id="broke"),
        pytest.param(f"{AT} [error    ] turn_broke_twice [desk.conversations] error=KeyError\n", id="broke twice"),
        pytest.param(f"{AT} [warning  ] turn_failed [desk] detail='The bot answered 500: turn-failed.'\n", id="failed"),
        pytest.param(f"{AT} [warning  ] turn_failed [desk] detail='The connection to the bot broke: X.'\n", id="cut"),
        pytest.param(f"{AT} [error    ] Error handling request [aiohttp]\n{STACK}KeyError: 'a'\n", id="traceback"),
        pytest.param(f"{STACK}KeyError: 'a'\n", id="traceback without a record"),
        pytest.param(f"{AT} UTC [7] LOG:  server process (PID 9) was terminated by signal 11\n", id="database"),
    ],
)
def test_a_fault_of_ours_is_told(record: str) -> None:
    """Whatever stands around it."""
    assert len(faults_in(BEFORE + record + BEFORE)) == 1
    assert len(faults_in(record)) == 1


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(f"{AT} [error    ] action_too_slow [actions.server.app] intent=greet\n", id="action"),
        pytest.param(f"{AT} [warning  ] turn_broke [desk] error=OperationalError\n", id="database"),
        pytest.param(
            f"{AT} [warning  ] turn_failed [d] detail='The bot did not answer within 8.0 s.'\n", id="late bot"
        ),
        pytest.param(f"{AT} [warning  ] turn_failed [d] detail='The bot at http://x is frozen.'\n", id="frozen bot"),
        pytest.param(f"{AT} [warning  ] turn_failed [d] detail='The bot answered 504: actions-timeout.'\n", id="504"),
        pytest.param(f"{AT} [error    ] failed [desk]\n{LATE}TimeoutError\n", id="traceback of a time-out"),
        pytest.param(BEFORE, id="anything else"),
    ],
)
def test_what_only_time_is_the_cause_of_is_not(record: str) -> None:
    """A machine that stands still makes a product write it."""
    assert faults_in(BEFORE + record + BEFORE) == []


def test_all_logs_of_a_product_are_read(tmp_path: Path) -> None:
    """Of each role, and of who keeps them running."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "worker.log").write_text(f"{BEFORE}{AT} [error    ] text_fault [desk] key=a.b\n")
    (tmp_path / "logs" / "serve.log").write_text(BEFORE)
    (tmp_path / "run.log").write_text("Citydesk is ready.\nbot was ended by signal 11.\n")
    died, fault = faults_of(tmp_path)
    assert died == "bot was ended by signal 11."
    assert fault.startswith(f"worker.log: {AT}")
