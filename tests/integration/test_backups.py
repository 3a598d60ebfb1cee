"""Backups of the embedded database: made while it works, restored to a moment, looked at; they hold no key."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures import loaded
from fixtures.clusters import HASTY, copied
from fixtures.desk_command import run_desk
from fixtures.house import KEYS, SECRET, VAULT, until
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts import service as accounts
from desk.app import rehearsal
from desk.contract.errors import ConfigurationError, NotFound, StartError
from desk.conversations import service
from desk.store.arming import is_armed
from desk.store.database import create_engine, transaction
from desk.store.keys import Keys
from desk.store.migrations import upgrade
from tools.backups import rehearsing
from tools.backups.archive import Archive, named, number_of
from tools.backups.base_backups import Base, Source, base_named, bases, create, prune, verify
from tools.backups.restoring import restore
from tools.engines.postgres import Postgres

SWITCH = "SELECT pg_switch_wal()"


@dataclass
class Town:
    """A database that is archived."""

    server: Postgres
    archive: Archive
    engine: AsyncEngine

    async def write(self, *words: str) -> None:
        """Commit one line each."""
        for one in words:
            async with transaction(self.engine) as connection:
                await connection.execute(text("INSERT INTO kept VALUES (:one)"), {"one": one})

    async def copied(self) -> None:
        """Wait until all that was committed is in the archive: in a minute by itself, now because it is asked for."""
        segment = await self._superuser("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        await self._superuser(SWITCH)

        async def is_here() -> bool:
            return segment in self.archive.segments()

        await until(is_here)

    async def _superuser(self, statement: str) -> str:
        """Who makes backups may switch segments; the role of the desk may not."""
        where = f"host=127.0.0.1 port={self.server.port} user=desk_backup dbname=desk"
        password = self.server.copier_file.read_text(encoding="ascii")
        async with await psycopg.AsyncConnection.connect(where, password=password, autocommit=True) as connection:
            row = await (await connection.execute(statement)).fetchone()
            assert row is not None
            return str(row[0])

    async def backed_up(self) -> Base:
        source = Source(self.server.port, self.server.copier_file, self.engine, VAULT, KEYS)
        return await create(self.archive, source)


@asynccontextmanager
async def town_at(folder: Path) -> AsyncIterator[Town]:
    """An installation's database with its schema: what is in the folder, or else a new one."""
    data, archive = folder / "data", Archive(folder / "备份 backups")
    begun = Postgres(data, archive=archive) if data.exists() else await copied(data, archive)
    async with begun as server:
        await asyncio.to_thread(upgrade, server.url)
        engine = create_engine(server.url, pool_size=2, vault=VAULT)
        try:
            async with transaction(engine) as connection:
                await accounts.sync(connection, loaded.cities())
                await connection.execute(text("CREATE TABLE kept (words text)"))
            yield Town(server, archive, engine)
        finally:
            await engine.dispose()


async def kept(data_dir: Path) -> tuple[list[str], bool]:
    """What a restored database holds, and whether it may send."""
    async with Postgres(data_dir, settings=HASTY) as server:
        engine = create_engine(server.url, pool_size=1, vault=VAULT)
        try:
            async with engine.connect() as connection:
                rows = (await connection.execute(text("SELECT words FROM kept ORDER BY words"))).scalars()
                return list(rows), await is_armed(connection)
        finally:
            await engine.dispose()


async def test_a_backup_is_restored_as_far_as_the_archive_goes_and_sends_nothing(tmp_path: Path) -> None:
    """What was committed after the base backup is there, too; the original stays armed, the copy is not."""
    async with town_at(tmp_path) as town:
        await town.write("before")
        base = await town.backed_up()
        await town.write("after")
        await town.copied()
        async with town.engine.connect() as connection:
            assert await is_armed(connection)
        assert await verify(town.archive, base, VAULT, KEYS) == []
        done = await restore(town.archive, base, tmp_path / "restored", None)
    assert done.until is not None
    assert await kept(tmp_path / "restored") == (["after", "before"], False)


async def test_it_is_restored_to_a_moment(tmp_path: Path) -> None:
    """What was committed after it is not there: a mistake of ten seconds ago is undone."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        await town.write("good")
        await asyncio.sleep(1)
        moment = datetime.now(UTC)
        await asyncio.sleep(1)
        await town.write("mistake")
        await town.copied()
        await restore(town.archive, base, tmp_path / "restored", moment)
        with pytest.raises(StartError, match="ends before that moment"):
            await restore(town.archive, base, tmp_path / "later", datetime(2999, 1, 1, tzinfo=UTC))
        with pytest.raises(StartError, match="was made after"):
            await restore(town.archive, base, tmp_path / "earlier", datetime(2020, 1, 1, tzinfo=UTC))
        assert not (tmp_path / "later" / "postgres").exists()
    assert await kept(tmp_path / "restored") == (["good"], False)


async def test_a_database_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    """Whatever folder is named."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        with pytest.raises(StartError, match="is there already"):
            await restore(town.archive, base, tmp_path / "data", None)


async def test_a_rehearsal_reads_what_it_restored_and_signs_what_it_saw(tmp_path: Path) -> None:
    """A report that somebody changed, or that another installation wrote, is none."""
    async with town_at(tmp_path) as town:
        async with transaction(town.engine) as connection:
            account = await accounts.find_account(connection, channel="webchat", city="hangzhou")
            assert account is not None
            opening = {"account": account, "city": "hangzhou", "locale": "zh_Hans", "greeting": ()}
            await service.open_conversation(connection, **opening)  # type: ignore[arg-type]
        base = await town.backed_up()
        await town.copied()
        report, path = await rehearsing.rehearse(town.archive, base, VAULT, KEYS)
    assert (report.faults, report.backup) == ((), base.name)
    assert report.rows["conversations"] == 1
    assert rehearsal.read(path, KEYS) == report
    assert list(town.archive.folder.glob(".rehearsal-*")) == []
    with pytest.raises(ConfigurationError, match="changed, or signed by another"):
        rehearsal.read(path, Keys("another secret of as many characters as are wanted"))
    signed = json.loads(path.read_text(encoding="utf-8"))
    signed["report"] = signed["report"].replace('"seconds":', '"seconds":1')
    path.write_text(json.dumps(signed), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        rehearsal.read(path, KEYS)


async def test_a_copy_that_a_servers_own_means_restored_is_looked_at(tmp_path: Path) -> None:
    """Its report is signed, too; what could send is no copy, and a copy without its keys is none that can be read."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        await town.copied()
        await restore(town.archive, base, tmp_path / "restored", None)
        armed, _ = await rehearsal.look_at("itself", town.server.url, tmp_path / "reports", VAULT, KEYS)
        async with Postgres(tmp_path / "restored", settings=HASTY) as copy:
            given = {
                "DESK_DATABASE_URL": copy.url.replace(f":{copy.port}/", f":{town.server.port}/"),
                "DESK_BACKUP_DIR": str(tmp_path / "reports"),
                "DESK_SECRET_KEY": SECRET,
            }
            words = ("rehearsal", "look", f"127.0.0.1:{copy.port}", "--json")
            done = await asyncio.to_thread(run_desk, tmp_path / "server", *words, **given)
            listed = await asyncio.to_thread(run_desk, tmp_path / "server", "rehearsal", "last", "--json", **given)
    assert armed.faults == ("It is armed: a restored copy would send.",)
    said = json.loads(done.stdout)
    assert (done.code, said["good"], said["backup"]) == (0, True, f"127.0.0.1:{copy.port}"), done.stderr
    assert said["rows"].keys() == rehearsal.read(Path(said["file"]), KEYS).rows.keys()
    assert json.loads(listed.stdout)["rehearsal"]["good"]


def test_a_copy_that_ends_long_ago_is_no_good_one() -> None:
    """An installation writes each minute by itself: what is missing was not archived."""
    now = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
    ends = [now - timedelta(hours=1), now - timedelta(days=3), None]
    assert [len(rehearsal.ends_too_soon(one, now)) for one in ends] == [0, 1, 0]


async def test_a_backup_names_the_keys_that_it_needs_and_holds_none(tmp_path: Path) -> None:
    """Without them it is said before anybody needs it."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        needed = replace(base, about=base.about.model_copy(update={"masters": {"lost": 3}}))
        [fault] = await verify(town.archive, needed, VAULT, KEYS)
        assert "lost" in fault.what
        [fault] = await verify(town.archive, base, VAULT, Keys("another secret of as many characters as are wanted"))
        assert fault.what == "It was made with another secret."
        secrets = [KEYS.derived("backups"), *(key.line.encode() for key in VAULT.masters.all)]
        assert [one for one in secrets if one in (base.folder / "citydesk.json").read_bytes()] == []
        inside = {path.name for path in base.folder.iterdir()}
        assert inside == {"base.tar.gz", "backup_manifest", "citydesk.json"}


async def test_what_is_damaged_or_missing_is_named(tmp_path: Path) -> None:
    """A segment that is gone, a file that was cut, a backup that there is not."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        for one in "abc":
            await town.write(one)
            await town.copied()
        second = named(base.about.first_segment[:8], number_of(base.about.first_segment) + 1)
        (town.archive.wal / f"{second}.gz").unlink()
        [fault] = await verify(town.archive, base, VAULT, KEYS)
        assert second in fault.what
        packed = base.folder / "base.tar.gz"
        packed.write_bytes(packed.read_bytes()[:-1])
        assert any("damaged" in one.what for one in await verify(town.archive, base, VAULT, KEYS))
        with pytest.raises(NotFound):
            base_named(town.archive, "2020-01-01T00-00-00Z")


async def test_old_ones_are_removed_with_the_log_that_only_they_needed(tmp_path: Path) -> None:
    """The newest can still be restored."""
    async with town_at(tmp_path) as town:
        first = await town.backed_up()
        await town.write("one")
        await town.copied()
        await asyncio.sleep(1.1)  # names are of a second
        second = await town.backed_up()
        await town.write("two")
        await town.copied()
        assert prune(town.archive, 1) == [first.name]
        assert [one.name for one in bases(town.archive)] == [second.name]
        assert min(town.archive.segments()) == second.about.first_segment
        await restore(town.archive, second, tmp_path / "restored", None)
    assert (await kept(tmp_path / "restored"))[0] == ["one", "two"]


async def test_a_database_that_was_begun_without_backups_has_them_after_its_next_start(tmp_path: Path) -> None:
    """Nobody has to begin anew."""
    async with Postgres(tmp_path / "data"):
        pass
    async with town_at(tmp_path) as town:
        assert (await town.backed_up()).about.bytes > 0


async def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    """By a person's hands: verified, restored, rehearsed, listed; each with its JSON."""
    async with town_at(tmp_path) as town:
        base = await town.backed_up()
        await town.copied()
        given = {"DESK_BACKUP_DIR": str(town.archive.folder), "DESK_SECRET_KEY": SECRET}

        async def said(*words: str) -> tuple[int, dict[str, Any]]:
            done = await asyncio.to_thread(run_desk, tmp_path / "data", "backup", *words, "--json", **given)
            assert done.stdout, done.stderr
            return done.code, json.loads(done.stdout)

        assert await said("verify") == (0, {"name": base.name, "faults": []})
        code, restored = await said("restore", "--to", str(tmp_path / "restored"))
        assert (code, restored["name"], Path(restored["data_dir"])) == (0, base.name, tmp_path / "restored")
        code, report = await said("rehearse")
        assert (code, report["good"], report["faults"]) == (0, True, [])
        code, listed = await said("list")
        assert [one["name"] for one in listed["backups"]] == [base.name]
        assert (code, listed["rehearsal"]["backup"]) == (0, base.name)
    assert await kept(tmp_path / "restored") == ([], False)


@pytest.mark.parametrize(
    ("given", "why"),
    [({}, "Set DESK_BACKUP_DIR"), ({"DESK_DATABASE_URL": "postgresql://desk@db/desk"}, "by its own means")],
    ids=["no folder", "a server of one's own"],
)
def test_a_command_without_backups_says_what_to_do(tmp_path: Path, given: dict[str, str], why: str) -> None:
    """In one line."""
    done = run_desk(tmp_path, "backup", "create", **given)
    assert (done.code, why in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)


def test_segments_are_counted_over_the_end_of_a_log() -> None:
    """256 of them are one log."""
    last = "0000000100000000000000FF"
    assert named("00000001", number_of(last) + 1) == "000000010000000100000000"
