"""The part `certificate`: seen over TLS, whoever issued it, and named two weeks before its end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.certificates import signed_by_itself
from pydantic import SecretStr

from desk.app.health import Certificate, of_certificate
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.http.sockets import free_port
from desk.web.health import Faulty


@asynccontextmanager
async def site(folder: Path, *, days: float) -> AsyncIterator[str]:
    """A server of HTTPS whose certificate, signed by itself, ends in so many days; its address."""
    context = signed_by_itself(folder, until=datetime.now(UTC) + timedelta(days=days))

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_one_that_holds_is_well(tmp_path: Path) -> None:
    """Sixty days are enough."""
    async with site(tmp_path, days=60) as url:
        assert (await Certificate(url).holds()).startswith("holds until ")


@pytest.mark.parametrize("days", [13, -1], ids=["ends soon", "has ended"])
async def test_one_that_was_not_renewed_is_named(tmp_path: Path, days: int) -> None:
    """Before browsers refuse it, and after."""
    async with site(tmp_path, days=days) as url:
        with pytest.raises(Faulty, match=r"ends on|has ended on"):
            await Certificate(url).holds()


async def test_a_clock_decides(tmp_path: Path) -> None:
    """Today's good one is over next year."""
    async with site(tmp_path, days=60) as url:
        with pytest.raises(Faulty, match="has ended on"):
            await Certificate(url, lambda: time.time() + 366 * 86_400).holds()


async def test_what_cannot_be_reached_from_here_is_not_called_faulty() -> None:
    """Many networks do not lead back to their own public address."""
    assert (await Certificate(f"https://127.0.0.1:{free_port()}").holds()).startswith("not seen")


@pytest.mark.parametrize(("url", "names"), [("https://city.example", ["certificate"]), ("http://127.0.0.1:8080", [])])
def test_it_is_a_part_where_residents_come_by_https(tmp_path: Path, url: str, names: list[str]) -> None:
    """And nowhere else."""
    given = {"public_url": url, "secret_key": SecretStr("0" * 48)}
    at = Runtime(Settings(_env_file=None, **given), tmp_path, tmp_path, {})  # type: ignore[call-arg, arg-type]
    assert [one.name for one in of_certificate(at)] == names
