"""Completes the trips of a timetable that is being built: missing times, first and last call, patterns.

A pattern is a sequence of stops that trips of one line run in one direction.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby

TRIPS_AT_ONCE = 2_000

type Row = tuple[int, int, int, int | None, int | None]
"""trip, seq, stop, arrival, departure"""


def interpolate(times: Sequence[tuple[int | None, int | None]]) -> list[tuple[int, int]] | None:
    """Fill in the times between timepoints evenly by number of stops.

    Takes and gives (arrival, departure) in seconds. None if the first or last is missing or times run backwards:
    such a trip cannot be used.
    """
    known = [index for index, (arrival, _) in enumerate(times) if arrival is not None]
    if len(times) < 2 or not known or known[0] != 0 or known[-1] != len(times) - 1:
        return None
    filled: list[tuple[int, int]] = []
    for index, (arrival, departure) in enumerate(times):
        if arrival is None or departure is None:
            before = max(place for place in known if place < index)
            after = min(place for place in known if place > index)
            left, right = times[before][1], times[after][0]
            assert left is not None
            assert right is not None  # both stand in `known`
            arrival = departure = left + round((right - left) * (index - before) / (after - before))
        if departure < arrival or (filled and arrival < filled[-1][1]):
            return None
        filled.append((arrival, departure))
    return filled


def complete(db: sqlite3.Connection) -> None:
    """Fill in times, `trips.begins/ends/last_seq/pattern` and the patterns. Unusable trips lose their calls."""
    patterns: dict[bytes, int] = {}
    for trips in _trips(db):
        filled: list[tuple[int, int, int, int]] = []
        done: list[tuple[int, int, int, int, int]] = []
        unusable: list[tuple[int]] = []
        for trip, rows in trips:
            times = interpolate([(row[3], row[4]) for row in rows])
            if times is None:
                unusable.append((trip,))
                continue
            filled += [
                (arrival, departure, trip, row[1])
                for row, (arrival, departure) in zip(rows, times, strict=True)
                if row[3] is None or row[4] is None
            ]
            pattern = _pattern(db, patterns, trip, tuple(row[2] for row in rows))
            done.append((times[0][1], times[-1][0], rows[-1][1], pattern, trip))
        db.executemany("UPDATE stop_times SET arrival = ?, departure = ? WHERE trip = ? AND seq = ?", filled)
        db.executemany("UPDATE trips SET begins = ?, ends = ?, last_seq = ?, pattern = ? WHERE id = ?", done)
        db.executemany("DELETE FROM stop_times WHERE trip = ?", unusable)
        db.executemany("DELETE FROM frequencies WHERE trip = ?", unusable)
    db.execute("UPDATE patterns SET trips = (SELECT count(*) FROM trips WHERE trips.pattern = patterns.id)")
    db.execute(
        "INSERT INTO meta SELECT 'latest_seconds', max("
        "coalesce((SELECT max(ends) FROM trips WHERE NOT frequent), 0),"
        "coalesce((SELECT max(f.last + t.ends - t.begins) FROM frequencies f JOIN trips t ON t.id = f.trip), 0))"
    )


def _trips(db: sqlite3.Connection) -> Iterator[list[tuple[int, list[Row]]]]:
    (count,) = db.execute("SELECT coalesce(max(id), 0) FROM trips").fetchone()
    for start in range(1, count + 1, TRIPS_AT_ONCE):
        rows = db.execute(
            "SELECT trip, seq, stop, arrival, departure FROM stop_times WHERE trip >= ? AND trip < ?"
            " ORDER BY trip, seq",
            (start, start + TRIPS_AT_ONCE),
        ).fetchall()
        yield [(trip, list(calls)) for trip, calls in groupby(rows, key=lambda row: row[0])]


def _pattern(db: sqlite3.Connection, patterns: dict[bytes, int], trip: int, stops: tuple[int, ...]) -> int:
    route, direction = db.execute("SELECT route, direction FROM trips WHERE id = ?", (trip,)).fetchone()
    key = repr((route, direction, stops)).encode()
    if key not in patterns:
        patterns[key] = len(patterns) + 1
        db.execute("INSERT INTO patterns VALUES (?, ?, ?, ?, 0)", (patterns[key], route, direction, trip))
        db.executemany(
            "INSERT INTO pattern_stops VALUES (?, ?)", ((patterns[key], stop) for stop in sorted(set(stops)))
        )
    return patterns[key]
