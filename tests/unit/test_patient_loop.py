"""The clock of the tests' own event loops."""

import asyncio
import time

import pytest
from fixtures import patient_loop


@pytest.fixture(autouse=True)
def standstills_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of a second is a wait, a tenth a standstill."""
    monkeypatch.setattr(patient_loop, "SLICE_SECONDS", 0.01)
    monkeypatch.setattr(patient_loop, "STANDSTILL_SECONDS", 0.1)


async def test_in_a_standstill_no_time_passes() -> None:
    """A time-out is not over because of it."""
    async with asyncio.timeout(0.2):
        time.sleep(0.3)  # noqa: ASYNC251 - it stands still
        await asyncio.sleep(0)


async def test_what_is_waited_for_takes_its_time() -> None:
    """Also where the wait is longer than any standstill."""
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.25):
            await asyncio.Event().wait()
    assert time.monotonic() - began >= 0.25
