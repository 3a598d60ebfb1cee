"""What is said of a city's timetable where something is wrong with it: for whoever runs the installation."""

from datetime import date
from pathlib import Path

import aiohttp
import pytest
from fixtures.transit import zipped

from actions.transit.buses import CityBuses
from actions.transit.editions import Editions
from actions.transit.live import LiveFeeds
from desk.contract.errors import BackendError


async def test_a_timetable_that_is_read_and_current_is_no_trouble(tmp_path: Path) -> None:
    """Until its last day; from the next on it is over."""
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path)), tmp_path / "kept", session)
        buses = CityBuses(editions, LiveFeeds([], []))
        assert buses.trouble(date(2026, 1, 1)) is None  # it is still being read
        await editions.refresh()
        assert editions.current is not None
        last = editions.current.timetable.last_day()
        assert last is not None
        assert buses.trouble(last) is None
        assert buses.trouble(date(2999, 1, 1)) == f"the timetable ended on {last.isoformat()}"
        editions.close()


async def test_a_timetable_that_cannot_be_had_is_trouble(tmp_path: Path) -> None:
    """Also while an older one is still in use; never with its address, which may hold a key."""
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(tmp_path / "secret.zip"), tmp_path / "kept", session)
        buses = CityBuses(editions, LiveFeeds([], []))
        with pytest.raises(BackendError) as raised:
            await editions.refresh()
        editions.problem = raised.value
        assert buses.trouble(date(2026, 1, 1)) == "there is no timetable (BackendUnavailable)"
