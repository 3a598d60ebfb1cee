"""A store that was restored answers, and sends nothing until somebody arms it; a failover is no restoring."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import VAULT, House, until
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.arming import arm, is_armed
from desk.app.health import Store, of_store
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.contract.staff import Grant, NotPermitted, Permission, Role, system
from desk.store.arming import LONGEST_SECONDS, Sight, Witness, warn_unless_armed
from desk.store.database import create_engine, transaction
from desk.store.deferring import UPKEEP, defer
from desk.web.health import Health
from tools.running import armed as armed_for_run

RESIDENT = 5001
OPERATOR = actor("operator", Grant(Role.OPERATOR))
RESTORED = "UPDATE announcement_arming SET store = 'another/1'"
LEFT = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'audit.keep' AND status = 'todo'")


async def run(house: House, statement: str) -> None:
    async with transaction(house.engine) as connection:
        await connection.execute(text(statement))


async def armed(house: House) -> bool:
    async with house.engine.connect() as connection:
        return await is_armed(connection)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def test_channels_hear_nothing_until_it_is_armed(office: PostOffice) -> None:
    """Neither replies nor anything else; then all that waits, once."""
    await run(office.house, RESTORED)
    await office.do(RESIDENT, start="")
    async with office.sender():
        assert await _told(office.house)
        assert (await office.steer("GET", "bot"))["calls"].count("sendMessage") == 0
        await arm(office.house.engine, OPERATOR)
        assert len(await office.hears(RESIDENT, 1)) == 1


async def test_who_starts_says_that_nothing_is_sent_and_how_that_ends(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, in the log; where it is armed nothing is said."""
    assert await warn_unless_armed(house.engine)
    assert capsys.readouterr().out.count("store_not_armed") == 0
    await run(house, RESTORED)
    assert not await warn_unless_armed(house.engine)
    said = capsys.readouterr().out
    assert (said.count("store_not_armed"), "desk arm" in said) == (1, True)
    assert not await armed_for_run(house.database_url)


async def test_residents_on_the_web_are_answered_meanwhile(house: House) -> None:
    """They look by themselves: nothing is sent to anybody."""
    await run(house, RESTORED)
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        await house.say(conversation, "hello")

        async def is_answered() -> bool:
            async with house.engine.connect() as connection:
                query = text("SELECT count(*) FROM inbound_messages WHERE outcome = 'answered'")
                return bool((await connection.execute(query)).scalar_one())

        await until(is_answered)
    assert not await armed(house)


async def test_no_job_runs_until_it_is_armed(house: House) -> None:
    """Refunds, mails, posts, text messages and what programs hear are jobs; none is lost."""
    await run(house, RESTORED)
    async with transaction(house.engine) as connection:
        await defer(connection, "audit.keep", lane=UPKEEP, timestamp=0)

    async def left() -> int:
        async with house.engine.connect() as connection:
            return int((await connection.execute(LEFT)).scalar_one())

    async with house.jobs():
        await until(partial(_told, house))
        assert await left() == 1
        await arm(house.engine, OPERATOR)
        await until(left, becomes=0)


async def _told(house: House) -> bool:
    """Whether as much time has gone by as jobs need to begin where they may."""
    async with house.engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(1)"))
    return True


async def test_doctor_and_monitors_name_it(house: House, tmp_path: Path) -> None:
    """By what to do; workers, whose jobs do not run, are not called dead meanwhile."""
    engine = create_engine(house.database_url, pool_size=2, vault=VAULT)
    at = Runtime(Settings(_env_file=None), tmp_path, tmp_path, {})  # type: ignore[call-arg]
    wanted = [one for one in of_store(Store(engine, at)) if one.name in ("database", "schema", "arming", "workers")]
    try:
        await run(house, RESTORED)
        found = {one.name: one for one in await Health(wanted).findings()}
        assert [name for name, one in found.items() if one.is_faulty] == ["arming"]
        assert str(found["arming"].mend).endswith("desk arm")
        await arm(house.engine, OPERATOR)
        assert [one.name for one in await Health(wanted).findings() if one.is_faulty] == ["workers"]
    finally:
        await engine.dispose()


async def test_only_who_manages_sending_arms_it(house: House) -> None:
    """And it stands in the audit."""
    await run(house, RESTORED)
    with pytest.raises(NotPermitted):
        await arm(house.engine, actor("clerk", Grant(Role.CLERK)))
    assert not await armed(house)


BEFORE = """
    UPDATE announcement_arming
    SET store = split_part(store, '/', 1) || '/0', seen_at = clock_timestamp() - make_interval(secs => {})
"""
"""The store as it is, an earlier timeline armed, and last seen so many seconds ago."""


async def witness(house: House, *, stale: float = 0.0, ago: float = 0.0, fresh: bool = False) -> Witness:
    """One that saw the store `ago` seconds before; what it wrote then is missing where it is `stale`."""
    await run(house, BEFORE.format(stale))
    async with house.engine.connect() as connection:
        row = (await connection.execute(text("SELECT store, seen_at FROM announcement_arming"))).one()
    last = None if fresh else Sight(row.store, row.seen_at + timedelta(seconds=stale), 0.0)
    rearm = partial(arm, house.engine, system("failover", Permission.SENDING_MANAGE))
    return Witness(house.engine, rearm, lambda: ago, last)


async def test_a_failover_is_armed_by_who_saw_the_store_until_then(house: House) -> None:
    """A standby that was promoted has what the worker wrote some seconds before."""
    await (await witness(house, stale=5, ago=20)).look()
    assert await armed(house)


@pytest.mark.parametrize(
    "saw",
    [{"stale": 3_600}, {"ago": LONGEST_SECONDS + 1}, {"fresh": True}],
    ids=["an hour of changes is missing", "nobody saw it for ten minutes", "a process that has just begun"],
)
async def test_a_backup_that_was_restored_is_not(house: House, saw: dict[str, float]) -> None:
    """Neither beneath a worker that runs, nor before it begins."""
    await (await witness(house, **saw)).look()  # type: ignore[arg-type]
    assert not await armed(house)


async def test_a_dump_that_was_loaded_elsewhere_is_not(house: House) -> None:
    """It is another system, whatever it holds."""
    one = await witness(house)
    await run(house, RESTORED)
    await one.look()
    assert not await armed(house)


async def test_what_is_armed_is_seen_all_the_time(house: House) -> None:
    """So that a standby has it."""
    rearm = partial(arm, house.engine, system("failover", Permission.SENDING_MANAGE))
    await Witness(house.engine, rearm).look()
    async with house.engine.connect() as connection:
        query = text("SELECT seen_at > clock_timestamp() - interval '1 minute' FROM announcement_arming")
        assert (await connection.execute(query)).scalar_one()
