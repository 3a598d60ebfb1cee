"""The pretend bus feeds by the judgement of two validators that we did not write."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from gtfs_rt_validator import api
from gtfs_validator import cli as gtfs_validator

from sandbox.transit import gtfs, network, realtime

CITIES = loaded.seed().cities("bus.yml")
NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
THINNED = 12  # rules look at trips one by one: of all timetables but one, every twelfth departure is judged
MOMENTS = [NOON + timedelta(hours=hours, seconds=17) for hours in (0, 5.6, 12.01, 14.2, 17.5)]


@pytest.fixture(scope="module", params=CITIES)
def feed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[network.Network, Path]:
    city = loaded.seed().load(request.param, "bus.yml", network.build)
    path = tmp_path_factory.mktemp(request.param) / "gtfs.zip"
    path.write_bytes(static_feed(city))
    return city, path


def static_feed(city: network.Network) -> bytes:
    return gtfs.static_feed(city, first_year=2025, last_year=2031, version="test")


def thinned(city: network.Network, every: int) -> network.Network:
    """The same network with every so-manieth departure only."""
    lines = {
        name: replace(
            line,
            patterns=(
                replace(line.patterns[0], departures=line.patterns[0].departures[::every]),
                replace(line.patterns[1], departures=line.patterns[1].departures[::every]),
            ),
        )
        for name, line in city.lines.items()
    }
    return replace(city, lines=lines)


@pytest.mark.parametrize(("slug", "every"), [(CITIES[0], 1), *[(slug, THINNED) for slug in CITIES[1:]]])
def test_timetable_passes_the_gtfs_validator(slug: str, every: int, tmp_path: Path) -> None:
    """No rule of severity ERROR fires, and none about the files being unreadable."""
    zipped = tmp_path / "gtfs.zip"
    zipped.write_bytes(static_feed(thinned(loaded.seed().load(slug, "bus.yml", network.build), every)))
    gtfs_validator.main(["-i", str(zipped), "-o", str(tmp_path), "-c", "CN", "-d", "2026-11-24"])
    notices = json.loads((tmp_path / "report.json").read_text())["notices"]
    assert [notice for notice in notices if notice["severity"] == "ERROR"] == []
    assert json.loads((tmp_path / "system_errors.json").read_text())["notices"] == []


def test_live_feeds_pass_the_gtfs_rt_validator(feed: tuple[network.Network, Path], tmp_path: Path) -> None:
    """At noon, in the evening, past midnight, in the night and at dawn, no rule fires, not even a warning."""
    city, static = feed
    prepared = api.prepare_feed(static, mode=api.Mode.MODERN)
    found = {}
    for moment in MOMENTS:
        files = {"tu": realtime.trip_updates, "vp": realtime.vehicle_positions, "sa": realtime.alerts}
        for role, make in files.items():
            (tmp_path / role).write_bytes(make(city, moment))
        inputs = api.resolve_roles({role: str(tmp_path / role) for role in files})
        result = api.validate(api.Request(mode=api.Mode.MODERN, gtfs=prepared, inputs=inputs, at=moment))
        report = json.loads(result.write(tmp_path).report.read_text())
        assert report["summary"]["messagesValidated"] == 3
        if report["notices"]:
            found[moment.isoformat()] = report["notices"]
    assert found == {}
