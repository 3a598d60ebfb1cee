"""When a role is held to be frozen: by looks that it left unanswered while it had a processor to answer with."""

import asyncio
import itertools
import os
from typing import Any, cast

import pytest
from fixtures.patience import HANG_SECONDS

from desk.contract.errors import DeskError
from tools.supervisor.keeper import Keeper
from tools.supervisor.process import waited_seconds
from tools.supervisor.role import Role


class Lived(DeskError):
    """The looks are over, and it was left to live."""


class Mute:
    """A role that answers none of some looks, and its process, which waited for a processor a share of the time."""

    name = "serve"
    pid = os.getpid()
    is_stopped = False

    def __init__(self, looks: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen, self._looks = 0, looks
        seconds = itertools.count(0.0, 2.0)
        self._waited = itertools.count(0.0, 2.0 * share)
        monkeypatch.setattr("tools.supervisor.keeper.monotonic", lambda: next(seconds))
        monkeypatch.setattr("tools.supervisor.keeper.waited_seconds", lambda _: 0.0)

    @property
    def waited_seconds(self) -> float:
        return next(self._waited)

    def trim_log(self) -> None:
        """Has none."""

    async def is_alive(self) -> bool:
        if self.seen == self._looks:
            raise Lived("It lives.")
        self.seen += 1
        return False


async def looks_until_frozen(mute: Mute) -> int:
    keeper = Keeper(cast(Role, mute), started=lambda *_: None, noticed=lambda *_: None, look_seconds=0.0)
    await keeper._frozen(cast(Any, mute))
    return mute.seen


@pytest.mark.parametrize(("share", "looks"), [(0.0, 3), (0.1, 3), (0.5, 5), (0.75, 10)])
async def test_a_look_counts_as_far_as_it_could_be_answered(
    share: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third on a machine with processors to give; a later one where it waits for one."""
    assert await looks_until_frozen(Mute(50, share, monkeypatch)) == looks


async def test_what_gets_no_processor_is_left_to_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """To end it would only have it begin anew, slower than what it was at."""
    with pytest.raises(Lived):
        await looks_until_frozen(Mute(50, 1.0, monkeypatch))


async def test_how_long_a_process_waited_is_read_of_linux() -> None:
    """It grows while others want the same processor; of a process that is gone it is none."""
    spinners = [
        await asyncio.create_subprocess_exec("sh", "-c", "while :; do :; done")
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    try:
        pid = spinners[0].pid
        before = waited_seconds(pid)
        async with asyncio.timeout(HANG_SECONDS):
            while waited_seconds(pid) <= before:
                await asyncio.sleep(0.01)
    finally:
        for one in spinners:
            one.kill()
            await one.wait()
    assert waited_seconds(pid) == 0.0
