"""Asks clamd, the daemon of ClamAV, about files (clamd(8): INSTREAM, VERSION).

A command begins with `z` and ends with a zero byte, and so does the answer. INSTREAM is followed by chunks, each behind
its length (4 bytes, big-endian), the last of length 0. One connection a file. What a file holds stays in the network:
clamd's protocol is not encrypted.
"""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from desk.contract.errors import ConfigurationError
from desk.media.scanning import SCANS, NoScanner, Scanner, Verdict
from desk.media.types import MEDIA_LIMIT

CHUNK = 64 * 1024  # bytes
LONGEST_ANSWER = 4_096  # bytes
PORT = 3310
FOUND, OK = b" FOUND", b"stream: OK"
WRONG = "DESK_MALWARE_SCANNER is tcp://host:3310 or unix:///path/of/clamd.sock, not {given}."
AWAY = "The scanner at {where} does not answer; files are kept back. Start clamd, or mend DESK_MALWARE_SCANNER."
LIMITS = b"stream: Heuristics.Limits.Exceeded"
"""What is found, with `AlertExceedsMax yes`, in a file that clamd has not looked through: it is no malware."""
# In two halves, so that no scanner takes this file for the test file (https://www.eicar.org/download-anti-malware-testfile/).
TEST_FILE = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SETTINGS = "Mend clamd.conf: docs/how-to/secure-an-installation.md, Scanner"
BLIND = f"The scanner at {{where}} passes a test file of the largest size that is taken as clean. {SETTINGS}."
REFUSES = f"The scanner at {{where}} does not look at the largest files that are taken; they stay held. {SETTINGS}."

GOES_WRONG = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at an address (`tcp://host:port` or `unix:///path`), which gets `seconds` for a file.

    A file that it has not looked at is asked about again by a job (`desk.intake.scanning`), not here.
    """

    where: str
    seconds: float
    looks: bool = True

    async def scan(self, content: bytes) -> Verdict:
        """Have a file looked at; what is larger than any that is taken is not sent."""
        verdict = Verdict.UNKNOWN if len(content) > MEDIA_LIMIT else await self._judged(content)
        SCANS.labels(verdict=verdict.value).inc()
        return verdict

    async def version(self) -> str:
        """What clamd calls itself, with the date of its signatures; it finds a test file in the largest that is taken.

        Raises:
            ConfigurationError: it does not answer, or its limits are below ours: it finds nothing, or does not look.
        """
        try:
            said = (await self._ask(b"zVERSION\0")).decode("ascii", "replace")
        except GOES_WRONG as exc:
            raise ConfigurationError(AWAY.format(where=self.where)) from exc
        match (await self._asked(largest_test_file()))[0]:
            case Verdict.MALWARE:
                return said
            case Verdict.CLEAN:
                raise ConfigurationError(BLIND.format(where=self.where))
            case _:
                raise ConfigurationError(REFUSES.format(where=self.where))

    async def _judged(self, content: bytes) -> Verdict:
        verdict, why = await self._asked(content)
        if verdict == Verdict.MALWARE:
            log.warning("malware_found", bytes=len(content))
        elif verdict == Verdict.UNKNOWN:
            log.warning("file_not_scanned", reason=why)
        return verdict

    async def _asked(self, content: bytes) -> tuple[Verdict, str]:
        """What clamd says of a file, and why it has not looked where it has not."""
        try:
            return _verdict_of(await self._ask(b"zINSTREAM\0", content))
        except GOES_WRONG as exc:
            return Verdict.UNKNOWN, type(exc).__name__

    async def _ask(self, command: bytes, content: bytes | None = None) -> bytes:
        """Send a command, and a file after it; the answer without its end."""
        async with asyncio.timeout(self.seconds):
            reader, writer = await self._connected()
            try:
                writer.write(command)
                for chunk in () if content is None else _chunks(content):
                    writer.write(chunk)
                    await writer.drain()
                return (await reader.readuntil(b"\0"))[:-1]
            finally:
                writer.transport.abort()  # nothing is left to be said, and nobody waits for its end

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.where)
        if parts.scheme == "unix":
            return await asyncio.open_unix_connection(parts.path, limit=LONGEST_ANSWER)
        return await asyncio.open_connection(parts.hostname, parts.port or PORT, limit=LONGEST_ANSWER)


def open_scanner(where: str | None, seconds: float) -> Scanner:
    """The scanner of the settings; one that looks at nothing where none is named.

    Raises:
        ConfigurationError: the address is none.
    """
    if where is None:
        return NoScanner()
    parts = urlsplit(where)
    try:
        is_right = bool(parts.hostname and parts.port != 0) if parts.scheme == "tcp" else bool(parts.path)
    except ValueError:  # no number, or none of a port
        is_right = False
    if parts.scheme not in {"tcp", "unix"} or not is_right:
        raise ConfigurationError(WRONG.format(given=where))
    return Clamd(where, seconds)


def largest_test_file() -> bytes:
    """A file of the largest size that is taken (bytes) in which every scanner finds something: EICAR's, and zeros."""
    return _packed(bytes(MEDIA_LIMIT - len(_packed(b""))))


def _packed(zeros: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("eicar.com", TEST_FILE)
        archive.writestr("zeros", zeros)
    return packed.getvalue()


def _verdict_of(answer: bytes) -> tuple[Verdict, str]:
    if answer == OK:
        return Verdict.CLEAN, ""
    if answer.startswith(LIMITS):
        return Verdict.UNKNOWN, "limits"
    if answer.endswith(FOUND):
        return Verdict.MALWARE, ""
    return Verdict.UNKNOWN, "size" if b"size limit" in answer else "answer"


def _chunks(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), CHUNK):
        chunk = content[begin : begin + CHUNK]
        yield len(chunk).to_bytes(4) + chunk
    yield (0).to_bytes(4)
