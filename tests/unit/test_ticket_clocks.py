"""The clocks of tickets, on timelines that were worked out by hand (`ticket_timelines.yml`)."""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixtures.dialogue import city
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk.city.answering import Answering
from desk.city.yaml_files import parse_yaml
from desk.tickets.clocks import Clocks, Happening, Reading
from desk.tickets.office_time import OfficeTime, Span

TABLE = parse_yaml(Path(__file__).with_name("ticket_timelines.yml").read_text(encoding="utf-8"))
WEEK = [1, 2, 3, 4, 5]
QUICK = {"first_answer": "30min", "resolution": {"usual": "8h"}}
HOURS: dict[str, list[dict[str, Any]]] = {
    "hall": [
        {"days": WEEK, "opens": "13:30", "closes": "17:30"},
        {"days": WEEK, "opens": "09:00", "closes": "12:00"},
    ],
    "early": [{"days": WEEK, "opens": "08:00", "closes": "12:00"}],
    "quick": [{"days": WEEK, "opens": "08:30", "closes": "17:30"}],
    "duty": [{"days": [*WEEK, 6, 7], "opens": "00:00", "closes": "23:59"}],
    "shut": [],
}
AGENCIES = [
    {
        "slug": slug,
        "names": {"zh_Hans": "局", "en": slug},
        "phone": "12345",
        "hours": hours,
        "answering": QUICK if slug == "quick" else {},
    }
    for slug, hours in HOURS.items()
]
TOWN = city(
    "testville",
    "试城",
    "Testville",
    [],
    agencies=AGENCIES,
    holidays=["2026-09-25", "2026-09-26", "2026-09-27", *(f"2026-10-0{day}" for day in range(1, 8))],
    working_weekends=["2026-09-20", "2026-10-10"],
)
OFFICE = OfficeTime(TOWN)
LATEST = "12-31 12:00"


def moment(said: str) -> datetime:
    """A local time of 2026."""
    return datetime.fromisoformat(f"2026-{said}").replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def happenings(lines: list[str]) -> list[Happening]:
    """A timeline as the table writes it; an agency stands where it changes."""
    made: list[Happening] = []
    agency = ""
    for line in lines:
        day, time, kind, *more = line.split()
        clock, percent = (more[0], int(more[1])) if kind == "escalated" else (None, None)
        agency = more[0] if more and kind != "escalated" else agency
        made.append(Happening(moment(f"{day} {time}"), kind, agency, clock, percent))
    return made


def shown(reading: Reading) -> dict[str, Any]:
    """A reading, in the table's words."""
    return {
        "seconds": reading.seconds,
        "met": reading.met,
        "runs": reading.runs,
        "due": reading.due_at,
        "next_step": reading.next_step_at,
        "to_tell": list(reading.to_tell),
    }


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["label"])
@pytest.mark.parametrize("clock", ["first_answer", "next_answer", "resolution"])
def test_clocks_show_what_was_worked_out_by_hand(row: dict[str, Any], clock: str) -> None:
    """Office time, due time and the steps to tell of, to the second."""
    expected = row.get(clock, {})
    happened = happenings(row["happens"])
    at = moment(row.get("at", row["happens"][-1][:11].strip()))
    reading = Clocks(happened).read(OFFICE, max(at, happened[-1].at), row.get("urgency", "usual"))[clock]  # type: ignore[index]
    wanted = {
        name: moment(value) if name in ("due", "next_step") and value else value for name, value in expected.items()
    }
    assert {name: shown(reading)[name] for name in wanted} == wanted


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["label"])
def test_an_agency_answers_from_when_it_got_the_ticket(row: dict[str, Any]) -> None:
    """What figures count: of a ticket that was never given away the first answer, else the own one of who has it."""
    expected = row.get("first_answer", {})
    if "own_answer" in row or expected.get("met") is True:
        wanted = row["own_answer"] if "own_answer" in row else expected["seconds"]
        assert Clocks(happenings(row["happens"])).own_answer_seconds(OFFICE) == wanted


def test_there_are_thirty_timelines() -> None:
    """Each with a name of its own."""
    assert len({row["label"] for row in TABLE}) == len(TABLE) >= 30


MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2026, 10, 20)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    MOMENTS,
    st.sampled_from(["hall", "early", "quick", "duty"]),
    st.sampled_from(["30min", "2h", "7d", "2h around the clock"]),
)
def test_at_a_due_time_all_of_the_limit_has_passed_and_not_before(begins: datetime, agency: str, limit: str) -> None:
    """Looking ahead and measuring back agree."""
    due = OFFICE.reaches(limit, agency, begins, Fraction(1))
    assert due is not None
    assert 1 <= OFFICE.used(limit, agency, Span(begins, due)) < 1 + 1e-6


@given(MOMENTS, MOMENTS, MOMENTS)
def test_office_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    """A span is as long as its parts."""
    first, middle, last = sorted((one, two, three))
    parts = OFFICE.used("7d", "hall", Span(first, middle)) + OFFICE.used("7d", "hall", Span(middle, last))
    assert parts == OFFICE.used("7d", "hall", Span(first, last))


@pytest.mark.parametrize("limit", ["0h", "2", "2 h", "h", "-1h", "2h at night", "1w"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    """With what one looks like."""
    with pytest.raises(ValidationError, match="30min, 2h or 7d"):
        Answering.model_validate({"first_answer": limit})
