"""Figures of tickets: the timelines that were worked out by hand, as rows, on the page and as CSV. Real PostgreSQL."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text
from unit.test_ticket_clocks import TABLE, TOWN, happenings

from desk.console import ticket_figures
from desk.console.ticket_figures import clock
from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from desk.tickets.clocks import ENDS, Happening
from desk.tickets.figures import DIMENSIONS, REASONS, USUAL, Dimension, Figures, Row, Wanted
from desk.tickets.history import keep_clocks
from desk.tickets.part import ERASE

HEAD_OF_DAY = "Day (Asia/Shanghai, UTC+08:00)"
HEADS_OF_TIMES = (
    "First answer, median",
    "First answer, 90th percentile",
    "Until settled, median",
    "Until settled, 90th percentile",
)
SINCE, UNTIL = date(2026, 9, 1), date(2026, 10, 31)
MANAGER = Grant(Role.ANALYST)
MAKE = text("""
    INSERT INTO tickets (city, agency, opened_by, reason, state, urgency, opened_at)
    VALUES (:city, :agency, 'resident', :reason, :state, :urgency, :opened_at) RETURNING id
""")
HAPPENED = text("""
    INSERT INTO ticket_events (ticket_id, at, kind, actor, agency, detail)
    VALUES (:id, :at, :kind, 'tests', :agency, CAST(:detail AS jsonb))
""")
WANTS = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id, created_at)
    SELECT id, 'hangzhou', 'water', :district, account_id, now() FROM conversations WHERE id = :id
""")
TIMES = text("SELECT first_answer_seconds, resolution_seconds FROM tickets WHERE id = :id")
STATES = {"claimed": "claimed", "reopened": "open", "returned": "open", "assigned": "claimed"}


def state_of(happened: list[Happening]) -> str:
    """The state in which a timeline leaves its ticket."""
    state = "open"
    for one in happened:
        state = one.kind if one.kind in ENDS else STATES.get(one.kind, state)
    return state


async def lived(house: House, row: dict[str, Any], number: int) -> int:
    """A ticket to which a timeline has happened; answers its id."""
    happened = happenings(row["happens"])
    values = {
        "city": TOWN.slug,
        "agency": happened[-1].agency,
        "reason": ("asked", "anger", "emergency_fire", "strange")[number % 4],
        "state": state_of(happened),
        "urgency": row.get("urgency", "usual"),
        "opened_at": happened[0].at,
    }
    async with transaction(house.engine) as connection:
        ticket_id = int((await connection.execute(MAKE, values)).scalar_one())
        for one in happened:
            detail = {"clock": one.clock, "percent": one.percent} if one.clock else {}
            about = {"id": ticket_id, "at": one.at, "kind": one.kind, "agency": one.agency}
            await connection.execute(HAPPENED, {**about, "detail": json.dumps(detail)})
        await keep_clocks(connection, {TOWN.slug: TOWN}, ticket_id, happened[-1].at)
    return ticket_id


def percentile(values: list[int], part: float) -> int | None:
    """The smallest value that so large a part of all does not exceed."""
    ranked = sorted(values)
    return next((one for at, one in enumerate(ranked, 1) if at >= part * len(ranked)), None)


async def test_figures_are_what_was_worked_out_by_hand(house: House) -> None:
    """Times in rows of tickets, medians and percentiles by agency and day; page and CSV say the same to the second."""
    by_day: dict[tuple[str, date], dict[str, list[int]]] = {}
    for number, row in enumerate(TABLE):
        ticket_id = await lived(house, row, number)
        async with house.engine.connect() as connection:
            first, resolution = (await connection.execute(TIMES, {"id": ticket_id})).one()
        wanted = {name: row.get(name, {}) for name in ("first_answer", "resolution")}
        if "own_answer" in row:
            wanted["first_answer"] = {"met": True, "seconds": row["own_answer"]}
        for name, kept in (("first_answer", first), ("resolution", resolution)):
            if wanted[name].get("met"):
                assert kept == wanted[name]["seconds"], row["label"]
        happened = happenings(row["happens"])
        key = (happened[-1].agency, TOWN.local(happened[0].at).date())
        times = by_day.setdefault(key, {"first": [], "resolution": [], "all": []})
        times["all"].append(ticket_id)
        times["first"] += [first] if first else []  # 0: no office time has passed
        times["resolution"] += [resolution] if state_of(happened) in ("closed", "handed_back") else []
    rows = await Figures(house.engine).rows(actor("an", MANAGER), Wanted(SINCE, UNTIL))
    assert {(row.agency, row.day): row.opened for row in rows} == {key: len(one["all"]) for key, one in by_day.items()}
    for row in rows:
        times = by_day[row.agency, row.day]
        said = (row.first_answer_median, row.first_answer_p90, row.resolution_median, row.resolution_p90)
        assert said == tuple(percentile(times[name], part) for name in ("first", "resolution") for part in (0.5, 0.9))
        assert row.waiting + row.in_work + row.settled + row.withdrawn == row.opened == sum(row.reasons.values())
    await page_is_csv(house, rows)


async def page_is_csv(house: House, rows: list[Row]) -> None:
    """The page shows of each row what the CSV has, and the CSV what the rows have."""
    ann = await hire(house.engine, "ann", MANAGER)
    path = f"/console/figures/tickets?since={SINCE}&until={UNTIL}"
    async with desks_at(house) as desks, desks.chair(ann) as chair:
        page = await chair.get(path)
        downloaded = await chair.get(path.replace("tickets?", "tickets.csv?"))
    lines = list(csv.DictReader(io.StringIO(downloaded.text.removeprefix("\ufeff"))))
    counts = ("Opened", "Waiting", "In work", "Settled", "Withdrawn")
    reasons = [[str(row.reasons.get(one, 0)) for one in (*REASONS, "other")] for row in rows]
    assert (page.status, [list(line.values())[-len(REASONS) - 1 :] for line in lines]) == (200, reasons)
    shown = [re.findall(r"<div>(.*?)</div>", one, re.DOTALL) for one in page.text.split('<tr role="row">')[2:]]
    assert len(shown) == len(lines) == len(rows) > 10
    for cells, line in zip(shown, lines, strict=True):
        times = [line[f"{name} (seconds)"] for name in HEADS_OF_TIMES]
        assert cells[0] == line[HEAD_OF_DAY]
        assert cells[2:7] == [line[name] for name in counts]
        assert cells[7:11] == [clock(int(one) if one else None) for one in times]


async def test_page_shows_the_newest_rows_and_the_csv_all(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more rows than anybody reads, the page says so; its plot counts them all."""
    for number, row in enumerate(TABLE):
        await lived(house, row, number)
    figures = Figures(house.engine)
    manager, wanted = actor("an", MANAGER), Wanted(SINCE, UNTIL)
    rows, opened = await figures.rows(manager, wanted), await figures.opened(manager, wanted)
    assert await figures.rows(manager, wanted, most=1) == rows[:1]
    assert sum(opened.values()) == sum(row.opened for row in rows) == len(TABLE)
    assert len(rows) > 1
    monkeypatch.setattr(ticket_figures, "MOST", len(rows) - 1)
    analyst = await hire(house.engine, "an", MANAGER)
    asked = f"since={SINCE}&until={UNTIL}"
    async with desks_at(house) as desks, desks.chair(analyst) as chair:
        page = (await chair.get(f"/console/figures/tickets?{asked}")).text
        file = (await chair.get(f"/console/figures/tickets.csv?{asked}")).text
    assert f"Only the newest {len(rows) - 1} rows are shown" in page
    assert page.count('<tr role="row">') < file.count("\n")


async def test_who_may_see_figures_sees_those_of_their_agencies(house: House) -> None:
    """Others are not counted; who may see none has no page."""
    await lived(house, TABLE[0], 0)
    here, elsewhere = Grant(Role.ANALYST, TOWN.slug), Grant(Role.ANALYST, "ningbo")
    figures = Figures(house.engine)
    assert len(await figures.rows(actor("an", here), Wanted(SINCE, UNTIL))) == 1
    assert await figures.rows(actor("an", elsewhere), Wanted(SINCE, UNTIL)) == []
    clerk = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    async with desks_at(house) as desks, desks.chair(clerk) as chair:
        assert (await chair.get("/console/figures/tickets")).status == 403


HEADS = {"day": HEAD_OF_DAY, "city": "City", "agency": "Agency", "district": "District", "channel": "Channel"}
SLUGS = {
    "Hangzhou Government Service Center": "city_hall",
    "Hangzhou Traffic Police": "traffic_police",
    "web page": "webchat",
    "Telegram": "telegram",
    "Xihu District": "xihu",
    "unknown": "",
}
PLACES = text("""
    INSERT INTO tickets (city, agency, opened_by, reason, channel, district, opened_at)
    VALUES ('hangzhou', :agency, 'resident', 'asked', :channel, :district, '2026-09-03 10:00+08')
""")
KINDS = (
    *(("city_hall", "webchat", "xihu"), ("city_hall", "webchat", "xihu"), ("city_hall", "telegram", "")),
    *(("traffic_police", "telegram", "xihu"), ("traffic_police", "", "")),
)


@pytest.mark.parametrize("by", [one for count in range(5) for one in combinations(DIMENSIONS, count)])
async def test_figures_are_told_apart_by_what_is_chosen(house: House, by: tuple[Dimension, ...]) -> None:
    """By each set of agency, district, channel and day: page = CSV = rows, and nothing is counted twice."""
    async with transaction(house.engine) as connection:
        for agency, channel, district in KINDS:
            await connection.execute(PLACES, {"agency": agency, "channel": channel, "district": district})
    chosen = frozenset(by) or USUAL
    names = {"agency": 0, "channel": 1, "district": 2}
    counted = Counter(tuple(kind[names[one]] for one in DIMENSIONS if one in chosen and one != "day") for kind in KINDS)
    ann = await hire(house.engine, "ann", MANAGER)
    asked = "&".join([f"since={SINCE}&until={UNTIL}", *(f"by_{one}=yes" for one in by)])
    async with desks_at(house) as desks, desks.chair(ann) as chair:
        page = await chair.get(f"/console/figures/tickets?{asked}")
        downloaded = await chair.get(f"/console/figures/tickets.csv?{asked}")
        unknown = await chair.get(f"/console/figures/tickets.csv?{asked}&district=unknown")
    lines = list(csv.DictReader(io.StringIO(downloaded.text.removeprefix("\ufeff"))))
    apart = [head for name, head in HEADS.items() if name == "city" or name in chosen]
    assert list(lines[0])[: len(apart)] == apart
    told = [HEADS[one] for one in DIMENSIONS if one in chosen and one != "day"]
    assert {tuple(SLUGS[line[one]] for one in told): int(line["Opened"]) for line in lines} == dict(counted)
    unknown_lines = csv.DictReader(io.StringIO(unknown.text.removeprefix("\ufeff")))
    assert sum(int(line["Opened"]) for line in unknown_lines) == 2
    cells = re.findall(r'data-label="Opened"[^>]*><div>(\d+)</div>', page.text)
    assert [int(one) for one in cells] == [int(line["Opened"]) for line in lines]
    assert page.text.count("<rect") == page.text.count('<text class="value"') == 61
    assert re.search(r'<text class="value"[^>]*>5</text>\s*<text class="day"[^>]*>09-03</text>', page.text)


async def test_a_ticket_knows_its_channel_and_the_one_district(house: House) -> None:
    """Of several that a resident wants to hear of none is theirs; erased, the district is gone."""
    kept = "SELECT channel || '/' || district FROM tickets WHERE conversation_id = :id"
    got = []
    for districts in ((), ("xihu",), ("xihu", "gongshu"), ("xihu", "")):
        conversation = await house.open()
        async with transaction(house.engine) as connection:
            for one in districts:
                await connection.execute(WANTS, {"id": conversation.id, "district": one})
            hand_over = house.hand_over()
            await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        got.append(await house.scalar(kept, id=conversation.id))
        async with transaction(house.engine) as connection:
            await connection.execute(ERASE, {"id": conversation.id})
        assert await house.scalar(kept, id=conversation.id) == "webchat/"
    assert got == ["webchat/", "webchat/xihu", "webchat/", "webchat/xihu"]
