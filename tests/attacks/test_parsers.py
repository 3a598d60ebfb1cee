"""What comes from outside is read or refused, whatever it is: no parser ends in an error that nobody expects.

Some cases of each by default; `make fuzz` takes 100,000, says how long the longest took, and fails where one takes
longer than a second of processor time also when it is read alone. `CITYDESK_SECONDS` bounds each parser's time; how
many cases were taken within it is said. A failure names its seed, which makes the case again.
"""

import os
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.lasting import MANY, insist_on_a_second, took
from fixtures.parsers import parsers
from fixtures.parsing import LOOP, Case, Parser
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
        try:
            lasted, taken = took(lambda case=case: read(parser, case)), taken + 1
        except Exception as exc:
            exc.add_note(f"{name}: CITYDESK_SEED={seed}")
            raise
        if lasted > longest:
            longest, whose = lasted, seed
    print(f"{name}: {taken} cases, the longest {longest * 1000:.0f} ms of processor time (seed {whose})")
    if CASES >= MANY:
        insist_on_a_second(longest, lambda: again(parser, whose), f"{name}: CITYDESK_SEED={whose}")


def read(parser: Parser, case: Case) -> None:
    """Read it, or refuse it as the parser may."""
    with suppress(*parser.refuses):
        case()


def again(parser: Parser, seed: int) -> float:
    """The seconds of processor time that one case takes by itself."""
    case = parser.case(random.Random(seed))
    return took(lambda: read(parser, case))


def test_a_long_case_fails_only_where_it_is_long_alone() -> None:
    """What the machine did meanwhile is not the parser's: the least of some readings decides."""
    insist_on_a_second(2.1, iter([1.4, 0.2]).__next__, "noise")
    insist_on_a_second(0.4, lambda: 9.0, "short")  # and is not read again
    with pytest.raises(AssertionError, match="slow: 1200 ms"):
        insist_on_a_second(2.1, iter([1.4, 1.2, 1.3]).__next__, "slow")
