"""What comes from outside is read or refused, whatever it is: no parser ends in an error that nobody expects.

Some cases of each by default; `make fuzz` takes 100,000 and says how long the longest took. `CITYDESK_SECONDS` bounds
each parser's time; how many cases were taken within it is said. A failure names its seed, which makes the case again.
"""

import os
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.parsers import parsers
from fixtures.parsing import LOOP
from fixtures.wire import MUTE

CASES = int(os.environ.get("CITYDESK_CASES", "60"))
SECONDS = float(os.environ.get("CITYDESK_SECONDS", "inf"))
SEED = os.environ.get("CITYDESK_SEED", "")
NAMES = [*parsers(Path())]
pytestmark = [  # as in the product
    *(pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE),
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[None]:
    """The loop of parsers that wait."""
    yield
    LOOP.close()


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_is_read_or_refused(name: str, tmp_path: Path) -> None:
    """Documents that are nearly right, and bytes that are nothing."""
    parser = parsers(tmp_path)[name]
    longest, whose, taken, ends = 0.0, 0, 0, time.monotonic() + SECONDS
    while taken < CASES and time.monotonic() < ends:
        seed = int(SEED) + taken if SEED else secrets.randbits(64)
        case = parser.case(random.Random(seed))
        began = time.process_time()
        try:
            with suppress(*parser.refuses):
                case()
        except Exception as exc:
            exc.add_note(f"{name}: CITYDESK_SEED={seed}")
            raise
        took, taken = time.process_time() - began, taken + 1
        if took > longest:
            longest, whose = took, seed
    print(f"{name}: {taken} cases, the longest {longest * 1000:.0f} ms of processor time (seed {whose})")
