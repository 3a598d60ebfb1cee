"""For how long things are kept, by city, and what is reported of it. Real PostgreSQL."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fixtures.desk_command import Typed
from fixtures.desks import desks_at, hire
from fixtures.house import House, until
from fixtures.staffed import key_at
from prometheus_client import REGISTRY
from sqlalchemy import text
from structlog.testing import capture_logs

from desk.audit.jobs import AuditKeeping
from desk.audit.keeping import file_of
from desk.city.files import RetentionHere
from desk.contract.staff import Grant, Role
from desk.conversations.erasure import forget_idle
from desk.sealing.opening import let_go_of_traces
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.retention import note_run, report
from desk.store.terms import Category, Retention, Retentions, Stays, Tally, Term

OLDER = text("UPDATE conversations SET created_at = created_at - interval '10 days'")
MOVE = text("UPDATE conversations SET city = 'ningbo' WHERE id = :id")
MESSAGES = text("UPDATE outbound_messages SET created_at = created_at - interval '10 days'")


def test_a_city_keeps_as_its_file_says() -> None:
    """What it does not say is as the settings are; cities that differ alike are one term."""
    default = Retention(30, 30, Stays(30, 3))
    seven = default.here(RetentionHere(conversation_days=7, order_years=15, unpaid_days=60))
    assert (seven.conversation_days, seven.emergency_days, seven.stays) == (7, 30, Stays(15, 3, 60))
    kept = Retentions(default, {"a": default, "b": seven, "c": seven})
    assert kept.terms(Category.CONVERSATIONS) == [Term(30, ["b", "c"]), Term(7, ["b", "c"], all_but=False)]
    assert kept.terms(Category.EMERGENCIES) == [Term(30, [])]
    assert kept.of("elsewhere") == default


KEEPS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'audit.keep' AND status IN ('todo', 'doing')"


async def test_conversations_go_when_their_city_says(house: House) -> None:
    """Of two that are ten days old the one of the city that keeps seven days goes."""
    await house.open()
    elsewhere = await house.open()
    async with transaction(house.engine) as connection:
        await connection.execute(MOVE, {"id": elsewhere.id})
        await connection.execute(OLDER)
        await connection.execute(MESSAGES)
    kept = Retentions(Retention(), {"ningbo": Retention(7)})
    done = [await forget_idle(house.engine, term, parts=house.parts()) for term in kept.terms(Category.CONVERSATIONS)]
    assert done == [Tally({}), Tally({"ningbo": 1})]
    assert await house.scalar("SELECT city FROM conversations") == "hangzhou"


async def test_traces_of_who_read_go_with_the_audit(house: House, tmp_path: Path) -> None:
    """By the worker's job, once they are as old as the audit may be; of the last half year none, whoever asks."""
    now = datetime.now(UTC)
    await readings(house, now, 1, 179, 200, 400, 500)
    left = "SELECT string_agg(reader, ' ' ORDER BY at DESC) FROM openings"
    async with house.jobs({AuditKeeping: AuditKeeping(tmp_path, 365)}):
        await keep_now(house, now)
        await until(lambda: house.scalar("SELECT count(*) < 5 FROM openings"))
    assert await house.scalar(left) == "1 179 200"
    async with transaction(house.engine) as connection:
        assert await let_go_of_traces(connection, now + timedelta(days=1)) == 1
    assert await house.scalar(left) == "1 179"


async def test_who_read_what_is_exported_before_it_is_let_go(house: House, tmp_path: Path) -> None:
    """What was there before any export too: a line of JSON each, without what was read, and each day's file whole."""
    now = datetime.now(UTC)
    conversation = await readings(house, now, 1, 200, 400, 400, 500)
    async with house.jobs({AuditKeeping: AuditKeeping(tmp_path, 365)}):
        await keep_now(house, now)
        await until(lambda: house.scalar("SELECT count(*) FROM openings"), becomes=2)
    written = {}
    for days in (1, 200, 400, 500):
        path = file_of(tmp_path, (now - timedelta(days=days)).date(), "openings")
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        written[days] = [json.loads(line) for line in lines]
    assert {days: len(lines) for days, lines in written.items()} == {1: 1, 200: 0, 400: 2, 500: 1}
    [line] = written[500]
    assert set(line) == {"id", "at", "conversation", "purpose", "reader"}
    assert (line["conversation"], line["purpose"], line["reader"]) == (str(conversation), "transcript", "500")


async def test_what_cannot_be_exported_is_kept_and_told(
    house: House, tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the log and by a gauge at once, by `desk check` once it is days too old; with the folder back it goes."""
    now, folder = datetime.now(UTC), tmp_path / "exports"
    folder.write_text("a file is where the folder should be")
    await readings(house, now, 1, 400)
    parts = {AuditKeeping: AuditKeeping(folder, 365)}
    with capture_logs() as logs:
        async with house.jobs(parts):
            await keep_now(house, now)
            await until(lambda: asyncio.sleep(0, REGISTRY.get_sample_value("desk_audit_export_failing")), becomes=1)
            await until(lambda: house.scalar(KEEPS), becomes=0)  # one that is ended in the middle is put back
    assert {one["log_level"] for one in logs if one["event"] == "audit_not_exported"} == {"error"}
    assert await house.scalar("SELECT count(*) FROM openings") == 2
    monkeypatch.setenv("DESK_AUDIT_DAYS", "365")
    assert "audit_not_exported" in await audit_mend(typed)
    folder.unlink()
    async with house.jobs(parts):
        await keep_now(house, now)
        await until(lambda: house.scalar("SELECT count(*) FROM openings"), becomes=1)
    assert REGISTRY.get_sample_value("desk_audit_export_failing") == 0
    assert await audit_mend(typed) == ""


async def audit_mend(typed: Typed) -> str:
    """What `desk check` says is to be done about the audit."""
    _, said, _ = await typed("check", "--json")
    [found] = [one for one in json.loads(said[said.index("{\n") :])["findings"] if one["subject"] == "audit"]
    return str(found["mend"] or "")


async def readings(house: House, now: datetime, *days: int) -> UUID:
    """Traces of so many days ago, of one conversation, by readers who are called so."""
    conversation = await house.open()
    add = text("INSERT INTO openings (at, conversation_id, purpose, reader) VALUES (:at, :id, 'transcript', :reader)")
    async with transaction(house.engine) as connection:
        for one in days:
            values = {"at": now - timedelta(days=one), "id": conversation.id, "reader": str(one)}
            await connection.execute(add, values)
    return conversation.id


async def keep_now(house: House, now: datetime) -> None:
    """Have the worker do its hourly upkeep of the audit; it may have it in hand, ten minutes of each hour."""
    async with transaction(house.engine) as connection:
        waits = (await connection.execute(text(KEEPS))).scalar_one()
        if not waits:
            await defer(connection, "audit.keep", lane=UPKEEP, timestamp=int(now.timestamp()))


async def test_a_role_that_may_not_delete_traces_lets_go_of_them(house: House) -> None:
    """The function has its owner's rights and its own search path, so that nobody lends it another table."""
    found = "SELECT prosecdef::text || ' ' || proconfig::text FROM pg_proc WHERE proname = 'let_go_of_openings'"
    assert await house.scalar(found) == 'true {"search_path=public, pg_temp"}'


async def test_every_run_is_reported_nothing_included(house: House) -> None:
    """A line for each city; runs of a day are one sum; who is of a city sees its line alone."""
    kept = Retentions(Retention(), {"hangzhou": Retention(), "ningbo": Retention(7)})
    today = datetime.now(UTC) + timedelta(hours=8)
    for done in (Tally({"ningbo": 2}), Tally({"ningbo": 3}, {"ningbo": 1})):
        async with transaction(house.engine) as connection:
            await note_run(connection, Category.CONVERSATIONS, kept, [done])
    async with house.engine.connect() as connection:
        lines = await report(connection, today.date(), cities=[], everywhere=True)
        own = await report(connection, today.date(), cities=["ningbo"], everywhere=False)
    said = [(one.city, one.length, one.unit, one.today, one.deleted, one.held) for one in lines]
    assert said == [("hangzhou", 30, "days", 0, 0, 0), ("ningbo", 7, "days", 5, 5, 1)]
    assert [one.city for one in own] == ["ningbo"]
    assert not own[0].is_overdue(datetime.now(UTC))
    assert own[0].is_overdue(datetime.now(UTC) + timedelta(hours=27))


async def test_the_console_reports_of_ones_own_city(house: House) -> None:
    """An administrator of an agency sees their city; who has no such permission sees no page."""
    kept = Retentions(Retention(), {"hangzhou": Retention(), "ningbo": Retention(7)})
    async with transaction(house.engine) as connection:
        await note_run(connection, Category.ORDERS, kept, [])
    admin = await hire(house.engine, "mei", Grant(Role.AGENCY_ADMIN, "ningbo", "city_hall"))
    clerk = await hire(house.engine, "lin", Grant(Role.CLERK, "ningbo"))
    async with desks_at(house) as desks, desks.chair(admin) as chair, desks.chair(clerk) as other:
        page = await chair.get("/console/retention")
        assert ("Ningbo" in page.text, "Hangzhou" in page.text, "30 years" in page.text) == (True, False, True)
        assert (await other.get("/console/retention")).status == 403


async def test_the_command_reports_it(house: House, typed: Typed) -> None:
    """What is kept for how long, what went, and when it ran; who holds no such permission gets no report."""
    async with transaction(house.engine) as connection:
        await note_run(connection, Category.CONVERSATIONS, Retentions(), [Tally({"ningbo": 2})])
    code, output, errors = await typed("retention", "--json")
    assert (code, errors) == (0, "")
    assert '"city": "ningbo", "kind": "conversations", "kept": "30 days", "today": 2' in output
    clerk = await key_at(house.database_url, "lin", Grant(Role.CLERK))
    assert (await typed("retention", who=None, key=clerk))[0] == 1
