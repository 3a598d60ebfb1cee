"""Every CSV of the console: in the reader's language, for a spreadsheet that opens it by a double click."""

import csv
import io
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.console import shell
from desk.texts.cells import cells
from desk.web.parts import PARTS

MARK = "\ufeff"
"""UTF-8's byte-order mark: without it Excel takes Chinese for another encoding."""


def csv_of(name: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> web.Response:
    """A table as a file to keep, `name` without its ending.

    What is None is an empty cell; a time is written as it stands, so its head says of which zone it is (`zone_of`); and
    no text is taken for a formula.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(cells(heads))
    writer.writerows(cells(_said(value) for value in row) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return web.Response(text=MARK + out.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


def zone_of(request: web.Request, cities: Collection[str]) -> tuple[ZoneInfo, str]:
    """The zone of cities, and as a head says it: `Asia/Shanghai, UTC+08:00`. Of several zones: the country's."""
    known = request.app[PARTS].cities
    names = {known[one].timezone for one in cities if one in known}
    zone = ZoneInfo(names.pop()) if len(names) == 1 else shell.ZONE
    return zone, f"{zone.key}, UTC{datetime.now(zone):%:z}"


def _said(value: object) -> object:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
