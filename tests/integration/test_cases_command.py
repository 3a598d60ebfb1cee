"""`desk cases`, as staff type it, on the store of the test."""

import asyncio
import json
from pathlib import Path

import pytest
from fixtures.cases import appointment, report
from fixtures.desk_command import Typed, run_desk
from fixtures.house import House, turn_of
from fixtures.staffed import StaffKeys

from desk.contract.messages import KeepCase, Text
from desk.store.database import transaction

CITY = "hangzhou"
PHONE = "13858041234"


@pytest.fixture
def typed(house: House, tmp_path: Path) -> Typed:
    """`desk cases …` beside the house: exit code, output, errors."""
    given = {"DESK_DATABASE_URL": house.database_url, "DESK_SECRET_KEY": "0123456789abcdef" * 3}
    keys = StaffKeys(house.database_url)

    async def type_it(*words: str, who: str | None = "wang") -> tuple[int, str, str]:
        settings = given | await keys.setting(who)
        done = await asyncio.to_thread(run_desk, tmp_path, "cases", *words, **settings)
        return done.code, done.stdout, done.stderr

    return type_it


async def kept(house: House) -> None:
    conversation = await house.open()
    agency = house.cities[CITY].agencies[0].slug
    about = Text(key="card.value", args={"value": f"Wedding of {PHONE}"})
    cases = [
        appointment(city=CITY, agency=agency, known_at=None, reference="GH20261203998877", about=about),
        report(city=CITY, agency=agency, known_at=None, over=True),
    ]
    async with transaction(house.engine) as connection:
        effects = [KeepCase.model_validate(case.model_dump()) for case in cases]
        await house.keeper().carry_out(turn_of(connection, conversation, effects))


async def test_cases_are_listed_and_found_by_number(house: House, typed: Typed) -> None:
    """Those in hand; with --all the others too; one by the agency's number, however it is written."""
    await kept(house)
    for words, services in (
        (("list",), ["marriage_registration"]),
        (("list", "--all"), ["report_problem", "marriage_registration"]),
        (("list", "--city", "shanghai"), []),
        (("list", "--reference", "gh2026-1203-998877"), ["marriage_registration"]),
        (("list", "--reference", "GH1"), []),
    ):
        code, out, err = await typed(*words, "--json")
        assert (code, [one["service"] for one in json.loads(out)["cases"]]) == (0, services), err
    code, out, _ = await typed("list")
    assert (code, "booked" in out) == (0, True)


async def test_a_case_is_shown_masked(house: House, typed: Typed) -> None:
    """When it is reminded of and looked at; numbers of persons are masked, and so is the agency's number."""
    await kept(house)
    case_id = await house.scalar("SELECT min(id) FROM cases")
    code, out, err = await typed("show", str(case_id), "--json")
    assert code == 0, err
    shown = json.loads(out)
    assert (shown["status"], shown["revision"], shown["about"]) == ("booked", 1, "Wedding of ****1234")
    assert shown["remind_at"] is not None
    for words in (("show", str(case_id)), ("show", str(case_id), "--json"), ("list",)):
        _, out, err = await typed(*words)
        assert [secret for secret in (PHONE, "GH20261203998877") if secret in out + err] == []


async def test_a_case_that_there_is_not_is_said_in_one_line(typed: Typed) -> None:
    """With what to do."""
    code, out, err = await typed("show", "4711")
    assert (code, out) == (1, "")
    assert "desk cases list" in err
