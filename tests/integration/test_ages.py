"""What monitors see of what waits: each age from the store, no number where nothing can be seen."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from fixtures.house import KEYS, House, until
from fixtures.post import PostOffice, post_office
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from desk.app.ages import Ages, add_ages, copied_at
from desk.app.rehearsal import FORM, Report, write
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK
from desk.http.serving import measures
from desk.store.database import create_engine, transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.jobs import LANES
from desk.web.health import Effect, Faulty, Health, Part, add_readiness

RESIDENT = 5001


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def seen(engine: object) -> dict[str, float]:
    """All `desk_…` samples of the page, by name and labels, after one look."""
    await Ages(engine, list(LANES)).look()  # type: ignore[arg-type]
    async with TestClient(TestServer(measures())) as monitor:
        return samples(await (await monitor.get("/metrics")).text())


def samples(page: str) -> dict[str, float]:
    """Values by name and values of labels, in the order of their names."""
    return {
        f"{one.name}{{{','.join(one.labels.values())}}}": one.value
        for family in text_string_to_metric_families(page)
        for one in family.samples
        if one.name.startswith("desk_")
    }


async def run(house: House, statement: str) -> None:
    async with transaction(house.engine) as connection:
        await connection.execute(text(statement))


async def test_what_waits_to_be_sent_has_its_age_by_lane(office: PostOffice) -> None:
    """Of an account that staff have paused nothing is counted: that is their will, and has a measure of its own."""
    await office.do(RESIDENT, start="")
    (conversation,) = await office.conversations()
    async with transaction(office.house.engine) as connection:
        message = RenderedMessage(text="water", locale="en")
        await stream.append(connection, conversation, [message_event(message, author="bot")], lane=BULK)
    await run(office.house, "UPDATE deliveries SET due_at = now() - interval '10 minutes' WHERE lane = 1")
    found = await seen(office.house.engine)
    assert 600 <= found["desk_outbox_oldest_seconds{bulk}"] < 900
    assert found["desk_outbox_oldest_seconds{replies}"] < 600
    assert found["desk_outbox_oldest_seconds{urgent}"] == 0
    await run(office.house, "UPDATE channel_accounts SET state = 'paused', reason = 'for the night'")
    found = await seen(office.house.engine)
    assert (found["desk_outbox_oldest_seconds{bulk}"], found["desk_paused_accounts{staff,telegram}"]) == (0, 1)


async def test_a_job_has_its_age_once_it_is_due(house: House) -> None:
    """A job for tomorrow waits for nothing."""
    async with transaction(house.engine) as connection:
        await defer(connection, "audit.keep", lane=UPKEEP, timestamp=0)
    await run(house, "UPDATE procrastinate_events SET at = now() - interval '20 minutes'")
    found = await seen(house.engine)
    assert 1200 <= found["desk_jobs_oldest_seconds{upkeep}"] < 1500
    assert found["desk_jobs_oldest_seconds{replies}"] == 0
    await run(house, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day'")
    assert (await seen(house.engine))["desk_jobs_oldest_seconds{upkeep}"] == 0


async def test_credentials_and_refusals_of_accounts(office: PostOffice) -> None:
    """Until the first ends; refused ones apart from platforms that fail."""
    await run(
        office.house,
        "INSERT INTO account_watches (account_id, good, expires_at) SELECT id, true, now() + interval '3 days'"
        " FROM channel_accounts",
    )
    await run(office.house, "UPDATE channel_accounts SET state = 'paused', reason = 'refused: 401'")
    found = await seen(office.house.engine)
    assert 2.9 * 86_400 < found["desk_credentials_end_seconds{telegram}"] <= 3 * 86_400
    assert found["desk_paused_accounts{refused,telegram}"] == 1


async def test_backups_and_rehearsals_have_their_age(house: House, tmp_path: Path) -> None:
    """By the names of the newest; one that is being made is none, and where there is no folder there is no age.

    Where none was ever rehearsed, since the store began to send: else nobody would hear that none is.
    """
    await run(house, "UPDATE announcement_arming SET armed_at = now() - interval '12 days'")
    for made in ("base/2026-01-01T00-00-00Z", "base/2026-01-02T00-00-00Z", "base/2026-01-03T00-00-00Z.unfinished"):
        (tmp_path / made).mkdir(parents=True)
    since = datetime.now(UTC) - datetime(2026, 1, 2, tzinfo=UTC)
    await Ages(house.engine, [], tmp_path).look()
    age = REGISTRY.get_sample_value("desk_backup_age_seconds", {"kind": "base"})
    assert age == pytest.approx(since.total_seconds(), abs=60)
    age = REGISTRY.get_sample_value("desk_backup_age_seconds", {"kind": "rehearsal"})
    assert age == pytest.approx(12 * 86_400, abs=60)
    await Ages(house.engine, []).look()
    for kind in ("base", "rehearsal"):
        assert REGISTRY.get_sample_value("desk_backup_age_seconds", {"kind": kind}) is None


def test_a_rehearsal_that_found_a_fault_is_not_the_newest(tmp_path: Path) -> None:
    """Else one that fails each week would keep the alarm silent. Where all failed, since the first."""
    (tmp_path / "rehearsals").mkdir()

    def rehearsed(name: str, *faults: str) -> datetime:
        at = datetime.strptime(name, FORM).replace(tzinfo=UTC)
        report = Report(at=at, backup="db:5432", until=at, seconds=1, revision="0001", rows={}, faults=faults)
        write(tmp_path / "rehearsals", report, KEYS)
        return copied_at(tmp_path)["rehearsal"]

    assert rehearsed("2026-01-02T00-00-00Z", "a key is missing").day == 2
    assert rehearsed("2026-01-03T00-00-00Z", "a key is missing").day == 2
    assert rehearsed("2026-01-04T00-00-00Z").day == 4
    assert rehearsed("2026-01-05T00-00-00Z", "it is armed").day == 4


async def test_without_the_database_there_is_no_age(house: House) -> None:
    """An old number would say that all is well."""
    assert "desk_jobs_oldest_seconds{upkeep}" in await seen(house.engine)
    away = create_engine(house.database_url.rsplit("/", 1)[0] + "/nowhere", pool_size=1)
    found = await seen(away)
    await away.dispose()
    assert [name for name in found if "oldest_seconds" in name and "waiting" not in name] == []


async def test_serve_tells_each_part_and_the_ages_without_being_asked(house: House) -> None:
    """By name, 1 where it is faulty; of what cannot be looked at nothing is said."""

    async def well() -> str:
        return "well"

    async def ill() -> str:
        raise Faulty("It is ill.", "Mend it.")

    health = Health(
        [
            Part("database", Effect.INTAKE, ill, "Mend it."),
            Part("schema", Effect.INTAKE, well, "Mend it.", needs="database"),
            Part("valkey", Effect.BESIDE, well, "Mend it."),
        ]
    )
    application = measures()
    add_readiness(application, health)
    add_ages(application, Ages(house.engine, list(LANES)), health)
    async with TestClient(TestServer(application)) as monitor:

        async def told() -> dict[str, float]:
            return samples(await (await monitor.get("/metrics")).text())

        async def is_told() -> bool:
            return "desk_part_faulty{intake,database}" in await told()

        await until(is_told)
        found = await told()
    parts = {name: value for name, value in found.items() if name.startswith("desk_part_faulty")}
    assert parts == {"desk_part_faulty{intake,database}": 1, "desk_part_faulty{beside,valkey}": 0}
