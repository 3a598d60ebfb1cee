"""The pretend bus operator: `/bus/<city>/gtfs.zip`, `trip-updates.pb`, `vehicle-positions.pb`, `alerts.pb`.

Buses move by the clock (`transit/movement.py`); nothing is kept but the built zip, by fingerprint.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ETag, web

from sandbox import transit
from sandbox.journeys import only_direct
from sandbox.ports import UsedUpError
from sandbox.seed import Seed
from sandbox.transit import gtfs, network, realtime
from sandbox.transit.network import Line, Network, Stop

FILE = "bus.yml"
YEARS_BEFORE, YEARS_AFTER = 1, 5  # that the calendar reaches back and ahead of the current year

type Feed = Callable[[Network, datetime], bytes]
FEEDS: dict[str, Feed] = {
    "trip-updates.pb": realtime.trip_updates,
    "vehicle-positions.pb": realtime.vehicle_positions,
    "alerts.pb": realtime.alerts,
}


class Bus:
    """The bus networks of all cities that have a `bus.yml`. Zips are kept in `cache`."""

    name = "bus"

    def __init__(self, *, seed: Seed, cache: Path, clock: Callable[[], datetime]) -> None:
        self._seed, self._cache, self._clock = seed, cache, clock
        self._building = asyncio.Lock()
        self._facts: dict[str, dict[str, str]] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/bus/{city}/gtfs.zip", self._static)
        for name in FEEDS:
            yield web.get(f"/bus/{{city}}/{name}", self._realtime)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        if city not in self._facts:  # of the network alone, which stays as it was read
            self._facts[city] = _facts_of(self._network(city))
        return dict(self._facts[city])

    async def static_feed(self, city: str) -> Path:
        """The city's GTFS zip, built if it is not there yet."""
        path = self._cache / f"{city}-{self._fingerprint(city)[:16]}.zip"
        async with self._building:
            if not path.exists():
                await asyncio.to_thread(self._build, city, path)
        return path

    def _build(self, city: str, path: Path) -> None:
        year = self._clock().year
        feed = gtfs.static_feed(
            self._network(city), first_year=year - YEARS_BEFORE, last_year=year + YEARS_AFTER, version=path.stem
        )
        self._cache.mkdir(parents=True, exist_ok=True)
        for old in self._cache.glob(f"{city}-*.zip"):
            old.unlink()
        part = path.with_suffix(".part")
        part.write_bytes(feed)
        part.replace(path)

    def _fingerprint(self, city: str) -> str:
        """Of all that the zip follows from: the data, the year, and the code that makes it."""
        digest = hashlib.sha256(f"{self._seed.fingerprint(city, FILE)} {self._clock().year}".encode())
        for source in sorted(Path(transit.__path__[0]).glob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()

    def _network(self, city: str) -> Network:
        return self._seed.load(city, FILE, network.build)

    async def _static(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        path = await self.static_feed(city)
        tag, changed = ETag(path.stem), datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        since = request.if_modified_since
        if request.if_none_match is not None:
            known = any(other.value in ("*", tag.value) for other in request.if_none_match)
        else:
            known = since is not None and changed <= since
        response = (
            web.Response(status=304)
            if known
            else web.Response(body=await asyncio.to_thread(path.read_bytes), content_type="application/zip")
        )
        response.etag, response.last_modified = tag, changed
        return response

    async def _realtime(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        feed = FEEDS[request.path.rpartition("/")[2]]
        return web.Response(
            body=feed(self._network(city), self._clock()),
            content_type="application/x-protobuf",
            headers={"Cache-Control": "no-store"},
        )


def _facts_of(network: Network) -> dict[str, str]:
    stop, lines = well_served_stop(network)
    way = only_direct(network, without_stop=stop, without_lines=lines[:2])
    return {
        "stop_with_realtime": stop.zh,
        "stop_with_realtime_en": stop.en,
        "stop_with_realtime_lat": f"{stop.at[0]:.6f}",
        "stop_with_realtime_lon": f"{stop.at[1]:.6f}",
        "line_at_that_stop": lines[0].data.line,
        "other_line_at_that_stop": lines[1].data.line,
        "route_from": way.start.zh,
        "route_from_en": way.start.en,
        "route_from_lat": f"{way.start.at[0]:.6f}",
        "route_from_lon": f"{way.start.at[1]:.6f}",
        "route_to": way.goal.zh,
        "route_to_en": way.goal.en,
        "route_line": way.line.data.line,
        "route_alight_stop": way.alight.zh,
        "route_alight_stop_en": way.alight.en,
    }


def well_served_stop(city: Network) -> tuple[Stop, list[Line]]:
    """The first stop that two lines with plain numbers pass round the clock, and those lines.

    Raises:
        UsedUpError: there is no such stop.
    """
    for stop in city.stops.values():
        lines = [
            line
            for line in city.lines.values()
            if line.round_the_clock
            and line.data.line.isdigit()
            and all(stop in [platform.stop for platform in pattern.platforms[1:-1]] for pattern in line.patterns)
        ]
        if len(lines) >= 2:
            return stop, lines
    raise UsedUpError("No stop is passed round the clock by two lines with plain numbers: add one to bus.yml.")
