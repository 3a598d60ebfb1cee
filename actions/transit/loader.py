"""Builds a timetable file from a GTFS zip.

Run as a child process (`python -m actions.transit.loader FEED.zip NEW.sqlite`), so that millions of rows neither hold
up the actions server nor stay in its memory. Memory is bounded: rows go straight to SQLite, ids are looked up there.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.transit.archive import Archive, BrokenFeed
from actions.transit.naming import locale_of, names_of
from actions.transit.schema import INDEXES, TABLES, VERSION
from actions.transit.sequences import complete
from actions.transit.service_day import day, number, seconds

REFUSED = 3
"""Exit code when the feed is broken; the reason stands on stdout."""
BATCH = 10_000
MAX_BAD_SHARE = 0.1
"""A feed in which more than this share of the calls is unusable is refused: it is more likely damaged than careless."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STATION = "1"
_NOT_FOR_BOARDING = {"2", "3", "4"}  # entrances, generic nodes, boarding areas


def build(feed: Path, target: Path) -> None:
    """Read a GTFS zip into a new SQLite file.

    Raises:
        BrokenFeed: the feed breaks the standard so far that it cannot be used. The target may then exist, incomplete.
    """
    with Archive(feed) as archive:
        for table in ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"):
            if table not in archive.tables:
                raise BrokenFeed(f"The feed has no {table}; it has {', '.join(sorted(archive.tables)) or 'no tables'}.")
        if not archive.tables & {"calendar.txt", "calendar_dates.txt"}:
            raise BrokenFeed("The feed has neither calendar.txt nor calendar_dates.txt.")
        db = sqlite3.connect(target)
        try:
            db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {TABLES}")
            Loader(archive, db).load()
            db.executescript(INDEXES)
            db.commit()
        finally:
            db.close()


class Loader:
    """Fills the tables of one timetable, in the order in which they refer to each other."""

    def __init__(self, archive: Archive, db: sqlite3.Connection) -> None:
        self._archive = archive
        self._db = db
        self._labels: dict[str, int] = {}
        self._stop = lru_cache(100_000)(self._finder("SELECT id FROM stops WHERE stop_id = ? AND station = 0"))
        self._trip = lru_cache(10_000)(self._finder("SELECT id FROM trips WHERE trip_id = ?"))
        self._route = lru_cache(10_000)(self._finder("SELECT id FROM routes WHERE route_id = ?"))

    def load(self) -> None:
        """Fill every table."""
        self._translations()
        self._agencies()
        self._stops()
        self._routes()
        self._calendar()
        self._trips()
        self._stop_times()
        self._frequencies()
        complete(self._db)
        (usable,) = self._db.execute("SELECT count(*) FROM trips WHERE pattern IS NOT NULL").fetchone()
        if not usable:
            raise BrokenFeed("The feed has no trip with two or more stops and times.")
        self._db.execute("DROP TABLE translations")
        self._db.execute("INSERT INTO meta VALUES ('version', ?)", (str(VERSION),))

    def _finder(self, statement: str) -> Callable[[str], int | None]:
        def find(key: str) -> int | None:
            row = self._db.execute(statement, (key,)).fetchone()
            return None if row is None else row[0]

        return find

    def _many(self, statement: str, rows: Iterator[tuple[object, ...]]) -> None:
        while batch := list(islice(rows, BATCH)):
            self._db.executemany(statement, batch)

    def _translations(self) -> None:
        """Keep the translations into our languages, by record and by value; also the older form (trans_id, lang)."""
        self._db.execute("CREATE TABLE translations (kind TEXT, key TEXT, locale TEXT, text TEXT)")

        def rows() -> Iterator[tuple[object, ...]]:
            for row in self._archive.rows("translations.txt"):
                locale = locale_of(row.get("language") or row.get("lang", ""))
                if locale is None or not row.get("translation"):
                    continue
                field = row.get("field_name", "")
                if row.get("record_id"):
                    yield f"{field}#", row["record_id"], locale, row["translation"]
                elif row.get("field_value") or row.get("trans_id"):
                    yield field, row.get("field_value") or row["trans_id"], locale, row["translation"]

        self._many("INSERT INTO translations VALUES (?, ?, ?, ?)", rows())
        self._db.execute("CREATE INDEX translations_by_key ON translations (key, kind)")
        self._locale = next((locale_of(r.get("feed_lang", "")) for r in self._archive.rows("feed_info.txt")), None)

    def _names(self, field: str, record: str, text: str) -> str:
        by_locale: dict[str, str] = {}
        for key, kinds in ((text, (field, "")), (record, (f"{field}#", f"{field}#"))):  # a record's own wins
            found = self._db.execute(
                "SELECT locale, text FROM translations WHERE key = ? AND kind IN (?, ?)", (key, *kinds)
            )
            by_locale.update(found.fetchall())
        return json.dumps(names_of(text, by_locale, self._locale), ensure_ascii=False, sort_keys=True)

    def _agencies(self) -> None:
        for row in self._archive.rows("agency.txt", needs=("agency_name", "agency_timezone")):
            try:
                zone = ZoneInfo(row["agency_timezone"]).key
            except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
                raise BrokenFeed(f"agency.txt: there is no time zone {row['agency_timezone']!r}.") from exc
            self._locale = self._locale or locale_of(row.get("agency_lang", ""))
            self._db.execute(
                "INSERT INTO agencies (agency_id, name, zone) VALUES (?, ?, ?)",
                (row.get("agency_id", ""), row["agency_name"], zone),
            )
        if self._db.execute("SELECT count(*) FROM agencies").fetchone() == (0,):
            raise BrokenFeed("agency.txt has no agency.")

    def _stops(self) -> None:
        def rows() -> Iterator[tuple[object, ...]]:
            for row in self._archive.rows("stops.txt", needs=("stop_id",)):
                kind = row.get("location_type", "")
                point = _point(row)
                if kind in _NOT_FOR_BOARDING or not row["stop_id"] or point is None or not row.get("stop_name"):
                    continue
                names = self._names("stop_name", row["stop_id"], row["stop_name"])
                code, parent = row.get("stop_code", ""), row.get("parent_station", "")
                yield row["stop_id"], code, names, *point, parent, kind == _STATION

        self._many(
            "INSERT OR IGNORE INTO stops (stop_id, code, names, lat, lon, parent, station) VALUES (?,?,?,?,?,?,?)",
            rows(),
        )

    def _routes(self) -> None:
        agencies: dict[str, int] = dict(self._db.execute("SELECT agency_id, id FROM agencies").fetchall())

        def rows() -> Iterator[tuple[object, ...]]:
            for row in self._archive.rows("routes.txt", needs=("route_id",)):
                route, short, long = row["route_id"], row.get("route_short_name", ""), row.get("route_long_name", "")
                short = short or ("" if long else route)
                mode = number(row.get("route_type", ""))
                yield (
                    route, agencies.get(row.get("agency_id", ""), 1), short, long,
                    self._names("route_short_name", route, short) if short else "{}",
                    self._names("route_long_name", route, long) if long else "{}", 3 if mode is None else mode,
                )  # fmt: skip

        self._many(
            "INSERT OR IGNORE INTO routes (route_id, agency, short, long, short_names, long_names, mode)"
            " VALUES (?,?,?,?,?,?,?)",
            rows(),
        )

    def _calendar(self) -> None:
        services: dict[str, int] = {}

        def service(name: str) -> int:
            return services.setdefault(name, len(services) + 1)

        for row in self._archive.rows("calendar.txt", needs=("service_id", "start_date", "end_date", *_WEEKDAYS)):
            first, last = day(row["start_date"]), day(row["end_date"])
            if first is None or last is None:
                raise BrokenFeed(f"calendar.txt: service {row['service_id']!r} has no valid start_date and end_date.")
            weekdays = sum(1 << index for index, name in enumerate(_WEEKDAYS) if row[name] == "1")
            self._db.execute(
                "INSERT INTO calendar VALUES (?, ?, ?, ?)",
                (service(row["service_id"]), weekdays, first.toordinal(), last.toordinal()),
            )
        for row in self._archive.rows("calendar_dates.txt", needs=("service_id", "date", "exception_type")):
            date = day(row["date"])
            if date is None or row["exception_type"] not in ("1", "2"):
                raise BrokenFeed(f"calendar_dates.txt: {row['date']!r}, {row['exception_type']!r} is no exception.")
            self._db.execute(
                "INSERT OR REPLACE INTO exceptions VALUES (?, ?, ?)",
                (date.toordinal(), service(row["service_id"]), row["exception_type"] == "1"),
            )
        if not services:
            raise BrokenFeed("The feed's calendar has no service.")
        self._db.executemany(
            "INSERT INTO services VALUES (?, ?)", ((number, name) for name, number in services.items())
        )
        self._services = services

    def _label(self, field: str, record: str, text: str) -> int | None:
        if not text:
            return None
        names = self._names(field, record, text)
        if names not in self._labels:
            self._labels[names] = len(self._labels) + 1
            self._db.execute("INSERT INTO labels VALUES (?, ?)", (self._labels[names], names))
        return self._labels[names]

    def _trips(self) -> None:
        def rows() -> Iterator[tuple[object, ...]]:
            for row in self._archive.rows("trips.txt", needs=("route_id", "service_id", "trip_id")):
                route, service = self._route(row["route_id"]), self._services.get(row["service_id"])
                if route is None or service is None or not row["trip_id"]:
                    continue
                headsign = self._label("trip_headsign", row["trip_id"], row.get("trip_headsign", ""))
                direction = row.get("direction_id", "")
                yield row["trip_id"], route, service, headsign, int(direction) if direction in ("0", "1") else None

        self._many(
            "INSERT OR IGNORE INTO trips (trip_id, route, service, headsign, direction) VALUES (?,?,?,?,?)", rows()
        )

    def _stop_times(self) -> None:
        read = bad = 0

        def rows() -> Iterator[tuple[object, ...]]:
            nonlocal read, bad
            for row in self._archive.rows("stop_times.txt", needs=("trip_id", "stop_id", "stop_sequence")):
                read += 1
                call = self._call(row)
                if call is None:
                    bad += 1
                else:
                    yield call

        self._many("INSERT OR IGNORE INTO stop_times VALUES (?,?,?,?,?,?,?)", rows())
        if bad > read * MAX_BAD_SHARE:
            raise BrokenFeed(
                f"stop_times.txt: {bad} of {read} rows name a trip or stop that is not there, or have no valid time."
            )

    def _call(self, row: Mapping[str, str]) -> tuple[object, ...] | None:
        trip, stop, seq = self._trip(row["trip_id"]), self._stop(row["stop_id"]), number(row["stop_sequence"])
        if trip is None or stop is None or seq is None:
            return None
        texts = row.get("arrival_time", ""), row.get("departure_time", "")
        arrival, departure = (seconds(text) for text in texts)
        if any(text and time is None for text, time in zip(texts, (arrival, departure), strict=True)):
            return None
        arrival, departure = (departure if arrival is None else arrival), (arrival if departure is None else departure)
        headsign = self._label("stop_headsign", "", row.get("stop_headsign", ""))
        return trip, seq, stop, arrival, departure, row.get("pickup_type", "") != "1", headsign

    def _frequencies(self) -> None:
        for row in self._archive.rows("frequencies.txt", needs=("trip_id", "start_time", "end_time", "headway_secs")):
            trip, first, last = self._trip(row["trip_id"]), seconds(row["start_time"]), seconds(row["end_time"])
            headway = number(row["headway_secs"])
            if trip is None or first is None or last is None or not headway:
                continue
            self._db.execute(
                "INSERT INTO frequencies VALUES (?, ?, ?, ?, ?)",
                (trip, first, last, headway, row.get("exact_times") == "1"),
            )
        self._db.execute("UPDATE trips SET frequent = 1 WHERE id IN (SELECT trip FROM frequencies)")


def _point(row: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        lat, lon = float(row.get("stop_lat", "")), float(row.get("stop_lon", ""))
    except ValueError:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def main(arguments: list[str]) -> int:
    """Build one file; say why a feed is refused."""
    feed, target = (Path(argument) for argument in arguments)
    try:
        build(feed, target)
    except BrokenFeed as exc:
        sys.stdout.write(str(exc))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
