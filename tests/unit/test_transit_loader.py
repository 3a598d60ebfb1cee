"""Feeds as operators publish them, good and bad."""

import zipfile
from pathlib import Path

import pytest
from fixtures.transit import TABLES, board, edition, moment, zipped

from actions.transit import archive
from actions.transit.archive import BrokenFeed
from actions.transit.board import Source
from actions.transit.loader import build

STOPS = TABLES["stops.txt"]
QUOTED = '﻿"stop_id" , "stop_name","stop_lat","stop_lon","stop_code","stop_desc"\r\n' + "".join(
    f'"{line.split(",")[0]}","{line.split(",")[1]}",{",".join(line.split(",")[2:])},"","one, ""two""\nthree"\r\n'
    for line in STOPS.splitlines()[1:]
)
DATES = "service_id,date,exception_type\n"
PARENTS = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "terminal,东门枢纽,30.0,120.0,1,\neast1,东门一站台,30.0,120.0,0,terminal\neast2,东门二站台,30.02,120.0,0,terminal\n"
    "gate,入口,30.0,120.0,2,terminal\n" + "".join(f"{line},0,\n" for line in STOPS.splitlines()[3:])
)


@pytest.mark.parametrize(
    ("changes", "stop"),
    [
        pytest.param({}, "河桥", id="as it is"),
        pytest.param(
            {"stops.txt": QUOTED}, "河桥", id="BOM, quotes, spaces, line breaks in fields, CRLF, unknown columns"
        ),
        pytest.param({"translations.txt": None, "frequencies.txt": None}, "河桥", id="without optional tables"),
        pytest.param(
            {"calendar.txt": None, "calendar_dates.txt": DATES + "daily,20261124,1\n"}, "河桥", id="days one by one"
        ),
        pytest.param({"stops.txt": PARENTS}, "河桥", id="parent stations and entrances"),
        pytest.param(
            {"translations.txt": "trans_id,lang,translation\n河桥,en,River Bridge\n"},
            "River Bridge",
            id="older translations",
        ),
        pytest.param(
            {"stop_times.txt": TABLES["stop_times.txt"] + "ghost,1:00:00,1:00:00,east1,1\n"}, "河桥", id="a bad row"
        ),
        pytest.param(
            {"stop_times.txt": "\n".join([(lines := TABLES["stop_times.txt"].splitlines())[0], *reversed(lines[1:])])},
            "河桥",
            id="rows in any order",
        ),
        pytest.param(
            {"stop_times.txt": TABLES["stop_times.txt"].replace("08:10:00,08:10:30", ",")},
            "河桥",
            id="times to be filled in",
        ),
    ],
)
def test_loader_reads_any_standard_feed(tmp_path: Path, changes: dict[str, str | None], stop: str) -> None:
    """Line 28 leaves 河桥 at about 8:10 in every one of them."""
    opened = edition(tmp_path, changes)
    first = board(opened, stop, moment("08:01"), lines=("28路",)).arrivals[0]
    assert (first.line.names["zh_Hans"], first.headsign["zh_Hans"], first.source) == ("28路", "北园", Source.TIMETABLE)
    assert abs(first.arrival - moment("08:10")) <= 30
    opened.timetable.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"agency.txt": None}, "no agency.txt", id="a table is missing"),
        pytest.param({"calendar.txt": None}, "neither calendar.txt nor", id="no calendar"),
        pytest.param(
            {"agency.txt": TABLES["agency.txt"].replace("Asia/Shanghai", "Asia/Nowhere")}, "time zone", id="no zone"
        ),
        pytest.param({"stops.txt": STOPS.encode("gbk")}, "stops.txt is not UTF-8", id="another encoding"),
        pytest.param({"trips.txt": "trip,route\n1,2\n"}, "trips.txt has no column route_id", id="a column is missing"),
        pytest.param(
            {"stop_times.txt": "trip_id,stop_id,stop_sequence\nout1,nowhere,1\n"}, "1 of 1 rows", id="rows to nowhere"
        ),
        pytest.param({"stop_times.txt": "trip_id,stop_id,stop_sequence\n"}, "no trip with two", id="no times at all"),
        pytest.param(
            {"calendar_dates.txt": DATES + "daily,2026-11-24,1\n"}, "calendar_dates.txt", id="a malformed date"
        ),
        pytest.param({"stops.txt": STOPS + "x" * 200_000}, "stops.txt has a line of more", id="a line without end"),
    ],
)
def test_loader_refuses_a_broken_feed(tmp_path: Path, changes: dict[str, str | bytes | None], reason: str) -> None:
    """The message names the table and what is wrong with it."""
    with pytest.raises(BrokenFeed, match=reason):
        build(zipped(tmp_path, changes), tmp_path / "feed.sqlite")


def test_loader_refuses_what_is_no_zip(tmp_path: Path) -> None:
    """An error page instead of a feed."""
    path = tmp_path / "feed.zip"
    path.write_text("<html>404</html>")
    with pytest.raises(BrokenFeed, match="not a zip"):
        build(path, tmp_path / "feed.sqlite")


def test_loader_refuses_a_zip_bomb_before_unpacking_it(tmp_path: Path) -> None:
    """A table of 100 MB of nothing, packed a thousandfold."""
    assert archive.RATIO_MATTERS_BYTES < 100 * 1024**2
    path = zipped(tmp_path, {"shapes.txt": b"\0" * (100 * 1024**2)})
    with pytest.raises(BrokenFeed, match="zip bomb"):
        build(path, tmp_path / "feed.sqlite")


def test_loader_finds_the_tables_in_a_folder_of_the_zip(tmp_path: Path) -> None:
    """Some producers pack the folder, and macOS adds files of its own."""
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("__MACOSX/gtfs/._stops.txt", "rubbish")
        for table, text in TABLES.items():
            packed.writestr(f"gtfs/{table}", text)
    build(path, tmp_path / "feed.sqlite")
    assert (tmp_path / "feed.sqlite").stat().st_size > 0


def test_a_line_without_a_short_name_is_called_by_its_long_name(tmp_path: Path) -> None:
    """And a name is sorted into the language that its script is in."""
    routes = TABLES["routes.txt"].replace("R28,bus,28,东门 - 北园", "R28,bus,,Green Campus Loop")
    opened = edition(tmp_path, {"routes.txt": routes})
    (line,) = opened.lines.find("green campus loop")
    assert line.names == {"en": "Green Campus Loop", "zh_Hans": "Green Campus Loop"}
    opened.timetable.close()


def test_each_agency_keeps_its_own_time_zone(tmp_path: Path) -> None:
    """A route of an agency in Urumqi runs two hours later by the same clock."""
    agencies = TABLES["agency.txt"] + "west,西部,https://west.example,Asia/Urumqi\n"
    routes = TABLES["routes.txt"].replace("RB4,bus", "RB4,west")
    opened = edition(tmp_path, {"agency.txt": agencies, "routes.txt": routes})
    (b4,) = (a for a in board(opened, "河桥", moment("08:00"), lines=("B支4",)).arrivals if a.arrival < moment("12:00"))
    assert b4.arrival == moment("10:15")
    opened.timetable.close()


def test_platforms_of_one_name_are_one_place_only_if_they_lie_together(tmp_path: Path) -> None:
    """Two stops called 河桥 ten kilometres apart are two places; the pair across the street is one."""
    stops = STOPS + "far,河桥,30.1,120.1\n"
    times = TABLES["stop_times.txt"] + "b1,09:00:00,09:00:00,far,3\n"
    opened = edition(tmp_path, {"stops.txt": stops, "stop_times.txt": times})
    found = opened.stops.find("河桥").places
    assert sorted(len(place.platforms) for place in found) == [1, 2]
    opened.timetable.close()
