"""What comes from outside is read or refused, whatever it is: no parser ends in an error that nobody expects.

Some cases of each by default; `make fuzz` takes 100,000 and says how long the longest took.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.parsers import LOOP, parsers
from fixtures.wire import MUTE
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("CITYDESK_CASES", "60"))
NAMES = [*parsers(Path())]
SETTINGS = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a seed says all: a smaller one is no simpler
    suppress_health_check=[*HealthCheck],
)
pytestmark = [pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE]  # as in the product


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[None]:
    """The loop of parsers that wait."""
    yield
    LOOP.close()


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_is_read_or_refused(name: str, tmp_path: Path) -> None:
    """Documents that are nearly right, and bytes that are nothing."""
    parser = parsers(tmp_path)[name]
    longest, whose = 0.0, 0

    @SETTINGS
    @given(seed=st.integers(0, 2**64 - 1))
    def holds(seed: int) -> None:
        nonlocal longest, whose
        case = parser.case(random.Random(seed))
        began = time.process_time()
        with suppress(*parser.refuses):
            case()
        took = time.process_time() - began
        if took > longest:
            longest, whose = took, seed

    holds()
    print(f"{name}: {CASES} cases, the longest {longest * 1000:.0f} ms of processor time (seed {whose})")
