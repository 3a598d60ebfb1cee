"""The buses of all cities: timetables kept current, live feeds read when asked."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import aiohttp
import structlog
from prometheus_client import Counter, Gauge

from actions.transit.board import Board, Boards
from actions.transit.editions import Edition, Editions
from actions.transit.live import STALE_ALERTS_SECONDS, Health, Live, LiveFeed, LiveFeeds
from actions.transit.network import Line, Network, Place
from actions.transit.realtime import Alert, Selector
from actions.transit.road import Road

READY_SECONDS = 2.0
"""How long a question waits for the first timetable: with the live feeds' 2 s, within a backend call's 4 s."""

TIMETABLE = Gauge(
    "desk_timetable_end_seconds", "Until a city's timetable is over, in seconds; negative afterwards", ["city"]
)
LIVE = Counter(
    "desk_live_feed_reads_total", "Questions about buses, by how far the live feed was believed", ["city", "health"]
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a city's feeds are: URLs or absolute paths. All but the timetable may be absent."""

    gtfs: str
    trip_updates: str | None = None
    vehicle_positions: str | None = None
    alerts: str | None = None


class View:
    """A city's buses at one moment. For one thread at a time; does no I/O but reading the timetable's file."""

    def __init__(self, city: str, edition: Edition, live: Live, road: Road, now: int) -> None:
        self.city = city
        self.edition = edition
        self.health: Health | None = live.health
        self.now = now
        self._alerts = live.alerts
        self._boards = Boards(edition.timetable, road)

    @property
    def network(self) -> Network:
        """The places and lines."""
        return self.edition.timetable.network

    def board(
        self, place: Place, lines: tuple[Line, ...] = (), towards: Place | None = None, *, soon: bool = False
    ) -> Board:
        """The next buses; see `Boards.board`."""
        return self._boards.board(place, self.now, lines, towards, soon=soon)

    def alerts(self, place: Place, lines: tuple[Line, ...]) -> list[Alert]:
        """The notices that hold now and touch the place or one of the lines."""
        stops = {stop.stop_id for stop in place.platforms} | {place.key}
        routes = {route.route_id: route.mode for line in lines for route in line.routes}

        def touches(about: Selector) -> bool:
            if about.trip_id is not None and about.route_id is None and about.stop_id is None:
                trip = self.edition.timetable.trip(about.trip_id)
                return trip is not None and self.network.routes[trip.route].route_id in routes
            if about.stop_id is None and about.route_id is None:
                return about.mode is None or about.mode in routes.values()
            return (about.stop_id is None or about.stop_id in stops) and (
                about.route_id is None or about.route_id in routes
            )

        return [alert for alert in self._alerts if alert.holds(self.now) and any(touches(s) for s in alert.about)]


class CityBuses:
    """The buses of one city."""

    def __init__(self, city: str, editions: Editions, feeds: LiveFeeds) -> None:
        self._city = city
        self.editions = editions
        self._feeds = feeds
        self._lock = asyncio.Lock()
        self._road: tuple[Edition, Live, Road] | None = None

    @property
    def edition(self) -> Edition | None:
        """The timetable in use, None where there is none yet."""
        return self.editions.current

    def trouble(self, today: date) -> str | None:
        """What is wrong with its timetable, in words without addresses; None: nothing, or it is still being read."""
        edition, problem = self.editions.current, self.editions.problem
        if edition is None:
            return None if problem is None else f"there is no timetable ({type(problem).__name__})"
        ended = edition.timetable.last_day()
        if ended is None or ended < today:
            return f"the timetable ended{'' if ended is None else f' on {ended.isoformat()}'}"
        return None if problem is None else f"the timetable could not be renewed ({type(problem).__name__})"

    def ends_in(self) -> float:
        """Seconds until the last day of its timetable is over, by this machine's date; NaN where there is none."""
        ended = None if self.editions.current is None else self.editions.current.timetable.last_day()
        if ended is None:
            return math.nan
        return (datetime.combine(ended + timedelta(days=1), time(), UTC) - datetime.now(UTC)).total_seconds()

    async def consult[T](self, now: int, question: Callable[[View], T]) -> T:
        """Answer a question about the buses at a Unix time, in a thread.

        Raises:
            BackendError: there is no timetable. Live feeds that fail raise nothing: `View.health` says so.
        """
        edition = await self.editions.ready(READY_SECONDS)
        live = await self._feeds.read(now)
        if live.health is not None:
            LIVE.labels(city=self._city, health=live.health.name.lower()).inc()

        def answer() -> T:
            if self._road is None or self._road[0] is not edition or self._road[1] is not live:
                self._road = (edition, live, Road(edition.timetable, live.buses, now))
            return question(View(self._city, edition, live, self._road[2], now))

        async with self._lock:
            return await asyncio.to_thread(answer)


@asynccontextmanager
async def open_buses(endpoints: Mapping[str, Endpoints], data_dir: Path) -> AsyncIterator[dict[str, CityBuses]]:
    """Open the buses of some cities, by slug, and keep their timetables current while open."""
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        buses = {
            city: CityBuses(city, Editions(feeds.gtfs, data_dir / "transit" / city, session), _live(feeds, session))
            for city, feeds in endpoints.items()
        }
        upkeep = asyncio.create_task(_keep_fresh(list(buses.values())), name="timetables")
        upkeep.add_done_callback(_tell_of_failure)
        for name, one in buses.items():
            TIMETABLE.labels(city=name).set_function(one.ends_in)
        try:
            yield buses
        finally:
            upkeep.cancel()
            await asyncio.wait([upkeep])
            for name, one in buses.items():
                TIMETABLE.remove(name)
                one.editions.close()


async def _keep_fresh(buses: list[CityBuses]) -> None:
    async with asyncio.TaskGroup() as group:
        for city in buses:
            group.create_task(city.editions.keep_fresh())


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        _log.error("timetable_upkeep_stopped", exc_info=failure)


def _live(endpoints: Endpoints, session: aiohttp.ClientSession) -> LiveFeeds:
    """One feed per address: some operators serve all kinds from one."""
    sources = dict.fromkeys(s for s in (endpoints.trip_updates, endpoints.vehicle_positions) if s is not None)
    alerts = [endpoints.alerts] if endpoints.alerts is not None and endpoints.alerts not in sources else []
    return LiveFeeds(
        [LiveFeed(source, session) for source in sources],
        [LiveFeed(source, session, stale_seconds=STALE_ALERTS_SECONDS) for source in alerts],
    )
