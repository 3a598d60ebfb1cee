"""The timetable as a GTFS zip. The same network and years give the same bytes.

Specification: https://gtfs.org/documentation/schedule/reference/
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from sandbox.transit.network import Network, Pattern

SERVICE_ID = "daily"
BUS = 3  # route_type
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every member, so that equal content is equal bytes

type Cell = str | int | float


def static_feed(network: Network, *, first_year: int, last_year: int, version: str) -> bytes:
    """The zip with agency, stops, routes, trips, stop_times, calendar, shapes, feed_info and translations.

    It serves every day from 1 January of `first_year` to 31 December of `last_year`.
    """
    agency = network.data.agency
    patterns = [pattern for line in network.lines.values() for pattern in line.patterns]
    starts, ends = f"{first_year}0101", f"{last_year}1231"
    files: dict[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]] = {
        "agency.txt": (
            ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang", "agency_phone"),
            [("bus", agency.names.zh_Hans, agency.url, network.data.timezone, "zh", agency.phone)],
        ),
        "feed_info.txt": (
            ("feed_publisher_name", "feed_publisher_url", "feed_lang", "default_lang",
             "feed_start_date", "feed_end_date", "feed_version", "feed_contact_url"),
            [(agency.names.zh_Hans, agency.url, "zh", "zh", starts, ends, version, agency.url)],
        ),
        "stops.txt": (
            ("stop_id", "stop_name", "stop_lat", "stop_lon"),
            ((p.id, p.stop.zh, *p.at) for p in network.platforms.values()),
        ),
        "routes.txt": (
            ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
            ((line.data.route_id, "bus", name, _long_name(line.patterns[0])[0], BUS)
             for name, line in network.lines.items()),
        ),
        "calendar.txt": (
            ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
             "start_date", "end_date"),
            [(SERVICE_ID, *[1] * 7, starts, ends)],
        ),
        "trips.txt": (
            ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id"),
            ((p.route_id, SERVICE_ID, p.trip_id(n), p.headsign.zh, p.direction, p.id)
             for p in patterns for n in range(len(p.departures))),
        ),
        "stop_times.txt": (
            ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
            (row for pattern in patterns for row in _stop_times(pattern)),
        ),
        "shapes.txt": (
            ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
            ((pattern.id, *platform.at, number)
             for pattern in patterns for number, platform in enumerate(pattern.platforms, 1)),
        ),
        "translations.txt": (
            ("table_name", "field_name", "language", "translation", "record_id", "field_value"),
            _translations(network),
        ),
    }  # fmt: skip
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, (header, rows) in files.items():
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(rows)
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text.getvalue().encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def clock(seconds: int) -> str:
    """HH:MM:SS of the service day; hours may pass 24."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _stop_times(pattern: Pattern) -> Iterable[Sequence[Cell]]:
    for number, departure in enumerate(pattern.departures):
        trip = pattern.trip_id(number)
        for sequence, (platform, offset) in enumerate(zip(pattern.platforms, pattern.offsets, strict=True), 1):
            time = clock(departure + offset)
            yield trip, time, time, platform.id, sequence


def _long_name(pattern: Pattern) -> tuple[str, str]:
    first, last = pattern.platforms[0].stop, pattern.platforms[-1].stop
    return f"{first.zh} - {last.zh}", f"{first.en} - {last.en}"


def _translations(network: Network) -> Iterable[Sequence[Cell]]:
    """English for every name: by record where there is one record, by value for the headsigns of many trips."""
    yield "agency", "agency_name", "en", network.data.agency.names.en, "bus", ""
    for platform in network.platforms.values():
        yield "stops", "stop_name", "en", platform.stop.en, platform.id, ""
    for line in network.lines.values():
        yield "routes", "route_long_name", "en", _long_name(line.patterns[0])[1], line.data.route_id, ""
        if line.data.en:
            yield "routes", "route_short_name", "en", line.data.en, line.data.route_id, ""
    headsigns = {pattern.headsign for line in network.lines.values() for pattern in line.patterns}
    for stop in sorted(headsigns, key=lambda stop: stop.key):
        yield "trips", "trip_headsign", "en", stop.en, "", stop.zh
