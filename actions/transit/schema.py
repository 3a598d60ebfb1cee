"""The tables of a timetable in SQLite.

Times are seconds of the service day, dates are `date.toordinal()`, names are JSON by language.
"""

VERSION = 1
"""Raised with every change below: files of another version are built anew."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE agencies (id INTEGER PRIMARY KEY, agency_id TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL);
CREATE TABLE stops (
    id INTEGER PRIMARY KEY, stop_id TEXT NOT NULL UNIQUE, code TEXT NOT NULL, names TEXT NOT NULL,
    lat REAL NOT NULL, lon REAL NOT NULL, parent TEXT NOT NULL, station INTEGER NOT NULL
);
CREATE TABLE routes (
    id INTEGER PRIMARY KEY, route_id TEXT NOT NULL UNIQUE, agency INTEGER NOT NULL,
    short TEXT NOT NULL, long TEXT NOT NULL, short_names TEXT NOT NULL, long_names TEXT NOT NULL, mode INTEGER NOT NULL
);
CREATE TABLE services (id INTEGER PRIMARY KEY, service_id TEXT NOT NULL UNIQUE);
CREATE TABLE calendar (service INTEGER NOT NULL, weekdays INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE exceptions (day INTEGER NOT NULL, service INTEGER NOT NULL, added INTEGER NOT NULL,
    PRIMARY KEY (day, service)) WITHOUT ROWID;
CREATE TABLE labels (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
CREATE TABLE trips (
    id INTEGER PRIMARY KEY, trip_id TEXT NOT NULL UNIQUE, route INTEGER NOT NULL, service INTEGER NOT NULL,
    headsign INTEGER, direction INTEGER, begins INTEGER, ends INTEGER, last_seq INTEGER, pattern INTEGER,
    frequent INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE stop_times (
    trip INTEGER NOT NULL, seq INTEGER NOT NULL, stop INTEGER NOT NULL, arrival INTEGER, departure INTEGER,
    board INTEGER NOT NULL, headsign INTEGER, PRIMARY KEY (trip, seq)
) WITHOUT ROWID;
CREATE TABLE frequencies (trip INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    headway INTEGER NOT NULL, exact INTEGER NOT NULL);
CREATE TABLE patterns (id INTEGER PRIMARY KEY, route INTEGER NOT NULL, direction INTEGER, trip INTEGER NOT NULL,
    trips INTEGER NOT NULL);
CREATE TABLE pattern_stops (pattern INTEGER NOT NULL, stop INTEGER NOT NULL, PRIMARY KEY (stop, pattern)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX stop_times_by_stop ON stop_times (stop, departure);
CREATE INDEX trips_by_route ON trips (route, begins);
CREATE INDEX patterns_by_route ON patterns (route);
CREATE INDEX frequencies_by_trip ON frequencies (trip);
ANALYZE;
"""
