"""What is said of a city's timetable where something is wrong with it: for whoever runs the installation."""

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from fixtures.transit import zipped
from prometheus_client import REGISTRY

from actions.transit.buses import CityBuses, Endpoints, open_buses
from actions.transit.editions import Editions
from actions.transit.live import LiveFeeds
from desk.contract.errors import BackendError


async def test_a_timetable_that_is_read_and_current_is_no_trouble(tmp_path: Path) -> None:
    """Until its last day; from the next on it is over."""
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path)), tmp_path / "kept", session)
        buses = CityBuses("testville", editions, LiveFeeds([], []))
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
        buses = CityBuses("testville", editions, LiveFeeds([], []))
        with pytest.raises(BackendError) as raised:
            await editions.refresh()
        editions.problem = raised.value
        assert buses.trouble(date(2026, 1, 1)) == "there is no timetable (BackendUnavailable)"


async def test_monitors_see_when_a_timetable_ends(tmp_path: Path) -> None:
    """In seconds until its last day is over; no number where there is none, and none of a city that was closed."""
    source = str(zipped(tmp_path))
    cities = {"here": Endpoints(source), "there": Endpoints(str(tmp_path / "none.zip"))}
    async with open_buses(cities, tmp_path / "data") as buses:
        await buses["here"].editions.ready(30.0)
        edition = buses["here"].edition
        assert edition is not None
        last = edition.timetable.last_day()
        assert last is not None
        days = (last + timedelta(days=1) - datetime.now(UTC).date()).days
        seconds = REGISTRY.get_sample_value("desk_timetable_end_seconds", {"city": "here"})
        assert seconds is not None
        assert days - 1 <= seconds / 86_400 <= days
        none = REGISTRY.get_sample_value("desk_timetable_end_seconds", {"city": "there"})
        assert none is not None
        assert math.isnan(none)
    assert REGISTRY.get_sample_value("desk_timetable_end_seconds", {"city": "here"}) is None
