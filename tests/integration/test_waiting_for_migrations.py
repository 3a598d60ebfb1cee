"""Roles that wait until another process has migrated. Real PostgreSQL."""

import asyncio

import pytest
from fixtures.patience import HANG_SECONDS

from desk.app.migrate import wait_for
from desk.contract.errors import StartError
from desk.store.migrations import downgrade, pending, upgrade


async def test_where_nothing_is_missing_nobody_waits(database_url: str) -> None:
    """As at each start but the first of a release."""
    await asyncio.wait_for(wait_for(database_url, HANG_SECONDS, look_seconds=HANG_SECONDS), HANG_SECONDS / 2)


async def test_it_goes_on_when_another_has_migrated_and_migrates_nothing(database_url: str) -> None:
    """It looks, and changes nothing by itself."""
    await asyncio.to_thread(downgrade, database_url)
    missing = pending(database_url)
    waiting = asyncio.create_task(wait_for(database_url, HANG_SECONDS, look_seconds=0.05))
    await asyncio.sleep(0.3)
    assert (waiting.done(), pending(database_url)) == (False, missing)
    await asyncio.to_thread(upgrade, database_url)
    await waiting


async def test_who_has_waited_for_too_long_says_what_is_missing(database_url: str) -> None:
    """And what to do."""
    await asyncio.to_thread(downgrade, database_url)
    with pytest.raises(StartError, match=r"lacks \d+ migrations.*Run 'desk migrate'"):
        await wait_for(database_url, 0.5, look_seconds=0.05)


async def test_a_database_that_is_away_is_waited_for_and_named() -> None:
    """It may be started after the roles."""
    with pytest.raises(StartError, match="cannot be reached"):
        await wait_for("postgresql://desk@127.0.0.1:1/desk", 1.0, look_seconds=0.05)
