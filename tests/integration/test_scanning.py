"""Files that residents send are looked at for malware before anybody opens them. Real PostgreSQL, clamd on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fixtures.desk_command import Typed
from fixtures.house import KEYS, SITE, House, until
from fixtures.web import Caller, Site, serving
from prometheus_client import REGISTRY
from sqlalchemy import text
from structlog.testing import capture_logs

from desk.accounts.register import Register
from desk.cli.held_files import held_said
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.intake.holding import HELD_FILES, Held, count_held
from desk.intake.jobs import Post
from desk.intake.scanning import Scanning
from desk.media.clamd import Clamd
from desk.media.links import MediaLinks
from desk.media.scanning import NoScanner, Scanner
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from sandbox.clamd import EICAR, PretendClamd

LINKS = MediaLinks(KEYS, SITE)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2_000
SECONDS = 0.5
STATES = """
    SELECT string_agg(held::text || ' ' || (scanned_at IS NOT NULL)::text, ', ' ORDER BY created_at) FROM media_files
"""
LOSE = "DELETE FROM conversation_keys WHERE conversation_id = :id"
SAID = "SELECT count(*) FROM outbound_messages WHERE conversation_id = :id AND type = 'message'"


@pytest.fixture
async def daemon() -> AsyncIterator[PretendClamd]:
    async with PretendClamd().listening() as daemon:
        yield daemon


async def send(caller: Caller, content: bytes) -> tuple[int, dict[str, Any]]:
    """Send a file; status and answer."""
    status, body, _ = await caller.ask("POST", "media", data=content)
    return status, body


async def fetched(site: Site, media_id: str) -> tuple[int, str | None]:
    """What an agency gets that was given the address: status, and when it may ask again."""
    code = LINKS.code(UUID(media_id), datetime.now(UTC) + timedelta(days=1))
    async with site.http.get(f"{site.url}/media/{code}") as answer:
        return answer.status, answer.headers.get("Retry-After")


def scanning(house: House, scanner: Scanner) -> Scanning:
    return Scanning(house.engine, Live(house.redis), house.catalogs, scanner)


@pytest.mark.parametrize(("locale", "word"), [("zh_Hans", "病毒"), ("zh_Hant", "病毒"), ("en", "harmful")])
async def test_malware_is_refused_at_the_door(house: House, daemon: PretendClamd, locale: str, word: str) -> None:
    """In the resident's language; nothing of it is kept, and what is clean is taken and given as before."""
    async with serving(house, scanner=Clamd(daemon.address, SECONDS)) as site:
        caller = await site.open(locale)
        status, problem = await send(caller, PNG + EICAR)
        assert (status, problem["type"], word in problem["title"]) == (422, "/problems/malware", True)
        assert await house.scalar("SELECT count(*) FROM media_files") == 0
        status, kept = await send(caller, PNG)
        assert (status, await fetched(site, kept["media_id"])) == (201, (200, None))
    assert await house.scalar(STATES) == "false true"


@pytest.mark.parametrize("fault", ["silent", "cut", "size", "limits", "nonsense", "away"])
async def test_what_could_not_be_looked_at_is_kept_back(house: House, daemon: PretendClamd, fault: Any) -> None:
    """It is taken, and no agency gets it before it was looked at; the job that looks asks again and gives it free."""
    daemon.fault = fault
    looking = scanning(house, Clamd(daemon.address, SECONDS))
    async with serving(house, scanner=looking.scanner) as site:
        status, kept = await send(await site.open(), PNG)
        assert (status, await fetched(site, kept["media_id"])) == (201, (503, "60"))
        assert await looking.look() == 0
        assert await fetched(site, kept["media_id"]) == (503, "60")
        daemon.fault = None
        assert (await looking.look(), await looking.look()) == (1, 0)
        assert await fetched(site, kept["media_id"]) == (200, None)
    assert await house.scalar(STATES) == "false true"


async def test_malware_that_is_found_later_is_deleted_and_told(house: House, daemon: PretendClamd) -> None:
    """The agency's address leads to nothing any more, and the resident reads why, once."""
    daemon.fault = "away"
    looking = scanning(house, Clamd(daemon.address, SECONDS))
    async with serving(house, scanner=looking.scanner) as site:
        caller = await site.open()
        _, kept = await send(caller, PNG + EICAR)
        id = UUID(caller.session)
        before = await house.scalar(SAID, id=id)
        daemon.fault = None
        assert (await looking.look(), await looking.look()) == (1, 0)
        assert (await fetched(site, kept["media_id"]))[0] == 404
        assert await house.scalar(SAID, id=id) == before + 1
        _, body, _ = await caller.ask("GET", "events?after=0", headers={"Accept": "application/json"})
        assert "病毒" in body["events"][-1]["message"]["text"]
    assert await house.scalar("SELECT count(*) FROM media_files") == 0


async def test_files_of_before_there_was_a_scanner_are_looked_at(house: House, daemon: PretendClamd) -> None:
    """They are kept back until it is their turn, and those that cannot be looked at do not hold up the others."""
    async with serving(house) as site:
        caller = await site.open()
        ids = [(await send(caller, PNG + bytes([number])))[1]["media_id"] for number in range(5)]
        assert await fetched(site, ids[0]) == (200, None)
        assert await scanning(house, NoScanner()).look() == 0
        assert await fetched(site, ids[0]) == (200, None)
        daemon.fault = "nonsense"
        assert await scanning(house, Clamd(daemon.address, SECONDS)).look() == 0
        assert await fetched(site, ids[4]) == (503, "60")
        daemon.fault = None
        assert await scanning(house, Clamd(daemon.address, SECONDS)).look() == 5
    assert await house.scalar("SELECT count(*) FROM media_files WHERE held OR scanned_at IS NULL") == 0


async def test_held_files_stay_held_when_no_scanner_is_named_any_more(
    house: House, daemon: PretendClamd, typed: Typed
) -> None:
    """Taking the setting away gives nothing free; it is told how many and what to do, until one looks again."""
    daemon.fault = "away"
    looking = scanning(house, Clamd(daemon.address, SECONDS))
    async with serving(house, scanner=looking.scanner) as site:
        _, kept = await send(await site.open(), PNG)
    assert await scanning(house, NoScanner()).look() == 0
    async with serving(house) as site:
        assert await fetched(site, kept["media_id"]) == (503, "60")
        _, said, _ = await typed("check", "--json")
        [found] = [one for one in json.loads(said[said.index("{\n") :])["findings"] if one["subject"] == "held files"]
        assert ("1, which nobody may open" in found["saw"], "DESK_MALWARE_SCANNER" in found["mend"]) == (True, True)
        post = Post(Register(house.engine, KEYS, {}, SITE), site.http, Bell(house.redis), Live(house.redis))
        HELD_FILES.set(0)
        with capture_logs() as logs:
            async with house.jobs({Post: post}):
                async with transaction(house.engine) as connection:
                    await defer(connection, "intake.scan", lane=UPKEEP, timestamp=0)
                await until(lambda: asyncio.sleep(0, REGISTRY.get_sample_value("desk_files_held")), becomes=1)
        assert (REGISTRY.get_sample_value("desk_files_held_seconds") or 0) > 0
        assert [one["files"] for one in logs if one["event"] == "files_held_without_scanner"] == [1]
        daemon.fault = None
        assert await looking.look() == 1
        assert await fetched(site, kept["media_id"]) == (200, None)
    async with house.engine.connect() as connection:
        assert held_said(await count_held(connection), looks=False).is_well


@pytest.mark.parametrize(
    ("age", "looks", "is_well"),
    [
        (timedelta(minutes=5), True, True),
        (timedelta(hours=2), True, False),
        (timedelta(minutes=5), False, False),
    ],
)
def test_held_files_are_told_of(age: timedelta, looks: bool, is_well: bool) -> None:
    """With a scanner they may wait for an hour; without one nobody ever looks."""
    assert held_said(Held(3, age), looks=looks).is_well == is_well


async def test_what_nobody_can_open_holds_up_nothing(house: House, daemon: PretendClamd) -> None:
    """As after a restore: the key of an erased conversation is gone, its file stays held, and others get their turn."""
    daemon.fault = "away"
    looking = scanning(house, Clamd(daemon.address, SECONDS))
    async with serving(house, scanner=looking.scanner) as site:
        lost, other = await site.open(), await site.open()
        await send(lost, PNG)
        async with transaction(house.engine) as connection:
            await connection.execute(text(LOSE), {"id": UUID(lost.session)})
        _, kept = await send(other, PNG)
        daemon.fault = None
        assert (await looking.look(), await looking.look()) == (1, 0)
        assert await fetched(site, kept["media_id"]) == (200, None)
    assert await house.scalar(STATES) == "true false, false true"
