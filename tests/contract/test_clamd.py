"""Files are looked at by clamd's protocol, on the wire: TCP and Unix sockets, and what goes wrong."""

import asyncio
import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.patience import HANG_SECONDS

from desk.contract.errors import ConfigurationError
from desk.http.sockets import free_port
from desk.media.clamd import CHUNK, Clamd, largest_test_file, open_scanner
from desk.media.scanning import NoScanner, Verdict
from desk.media.types import MEDIA_LIMIT
from sandbox.clamd import EICAR, Fault, PretendClamd

SECONDS = 0.5
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2_000


@pytest.mark.parametrize("over", ["tcp", "unix"])
async def test_what_is_malware_is_found_and_nothing_else(over: str, tmp_path: Path) -> None:
    """Also behind the first chunk, in the largest file that is taken, and in an empty one; whole, as it was sent."""
    files = [b"", PNG, PNG + EICAR, b"x" * CHUNK * 2 + EICAR, b"x" * MEDIA_LIMIT]
    async with PretendClamd().listening(tmp_path / "clamd" if over == "unix" else None) as daemon:
        scanner = open_scanner(daemon.address, HANG_SECONDS)
        verdicts = [await scanner.scan(file) for file in files]
        version = await scanner.version()
    clean, bad = Verdict.CLEAN, Verdict.MALWARE
    assert verdicts == [clean, clean, bad, bad, clean]
    assert daemon.taken[: len(files)] == files
    assert version.startswith("ClamAV 1.4")


@pytest.mark.parametrize("fault", ["silent", "cut", "size", "limits", "nonsense", "away"])
async def test_what_could_not_be_looked_at_is_not_clean(fault: Fault) -> None:
    """Whatever clamd does instead of answering; the next file is looked at again."""
    async with PretendClamd(fault).listening() as daemon:
        scanner = Clamd(daemon.address, SECONDS if fault == "silent" else HANG_SECONDS)
        verdict = await scanner.scan(PNG)
        daemon.fault = None
        again = await replace(scanner, seconds=HANG_SECONDS).scan(PNG)
    assert (verdict, again) == (Verdict.UNKNOWN, Verdict.CLEAN)


async def test_a_scanner_that_is_not_there_is_said_to_be_away(tmp_path: Path) -> None:
    """Nobody at a port or socket: no file is clean, and `desk check` says the mend."""
    for where in (f"tcp://127.0.0.1:{free_port()}", f"unix://{tmp_path}/none"):
        scanner = open_scanner(where, HANG_SECONDS)
        assert await scanner.scan(PNG) == Verdict.UNKNOWN
        with pytest.raises(ConfigurationError, match="Start clamd"):
            await scanner.version()


async def test_a_file_larger_than_any_that_is_taken_is_not_sent() -> None:
    """It is not looked at, and so not clean."""
    async with PretendClamd().listening() as daemon:
        assert await Clamd(daemon.address, HANG_SECONDS).scan(b"x" * (MEDIA_LIMIT + 1)) == Verdict.UNKNOWN
    assert daemon.taken == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        pytest.param({}, "ClamAV 1.4", id="as it should be"),
        pytest.param({"stream_max_length": MEDIA_LIMIT - 1}, "stay held", id="StreamMaxLength is too small"),
        pytest.param({"max_file_size": MEDIA_LIMIT - 1}, "passes a test file", id="what is large is passed unseen"),
        pytest.param(
            {"max_file_size": MEDIA_LIMIT - 1, "alert_exceeds_max": True}, "stay held", id="what is large is told of"
        ),
    ],
)
async def test_limits_of_the_daemon_are_those_of_files(limits: Mapping[str, Any], said: str) -> None:
    """`desk check` has it find a test file in one of the largest size; a file that it refuses or skips is not clean."""
    async with PretendClamd(**limits).listening() as daemon:
        scanner = Clamd(daemon.address, HANG_SECONDS)
        try:
            answer = await scanner.version()
        except ConfigurationError as exc:
            answer = str(exc)
        assert said in answer
        looked = await scanner.scan(bytes(MEDIA_LIMIT))
    assert (looked == Verdict.UNKNOWN) == ("stay held" in said)


def test_the_test_file_is_as_large_as_any_that_is_taken() -> None:
    """So large that a smaller limit shows, and no larger; whole, as an archive is."""
    packed = largest_test_file()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert (len(packed), archive.testzip(), archive.read("eicar.com")) == (MEDIA_LIMIT, None, EICAR)


async def test_an_answer_without_end_is_no_answer() -> None:
    """It is read so far and no further."""

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"stream: OK" * 10_000)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await Clamd(f"tcp://127.0.0.1:{port}", HANG_SECONDS).scan(PNG) == Verdict.UNKNOWN


@pytest.mark.parametrize("wrong", ["clamd", "http://host:3310", "tcp://", "tcp://host:none", "unix://", ""])
def test_a_wrong_address_is_refused_at_the_start(wrong: str) -> None:
    """The message shows a right one."""
    with pytest.raises(ConfigurationError, match=r"tcp://host:3310"):
        open_scanner(wrong, SECONDS)


async def test_without_a_setting_nobody_looks() -> None:
    """And it is said."""
    scanner = open_scanner(None, SECONDS)
    assert isinstance(scanner, NoScanner)
    assert await scanner.scan(EICAR) == Verdict.UNSCANNED
    assert "not scanned" in await scanner.version()
