"""A pretend clamd: takes files by INSTREAM over TCP or a Unix socket, and finds the test file of EICAR in them.

Faults, from now on: `silent` reads and never answers, `cut` closes in the middle of a file, `size` says that the file
is too large, `limits` that it was not looked through, `nonsense` answers what is no verdict, `away` closes at once.

Its limits are those of clamd.conf(5): a file beyond `StreamMaxLength` is refused, one beyond `MaxFileSize` passed as
clean without a look, or with `AlertExceedsMax` reported.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

type Fault = Literal["silent", "cut", "size", "limits", "nonsense", "away"]

# In two halves, so that no scanner takes this file for the test file (https://www.eicar.org/download-anti-malware-testfile/).
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
VERSION = b"ClamAV 1.4.3/27800/Sat Nov 28 08:00:00 2026"
CLEAN, REFUSED = b"stream: OK", b"INSTREAM size limit exceeded. ERROR"
ANSWERS: Mapping[Fault | None, bytes] = {
    "size": REFUSED,
    "limits": b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
    "nonsense": b"stream: OK, or so",
}
SHORT = 1_000  # bytes after which `cut` closes


@dataclass
class PretendClamd:
    """The daemon. `taken` are the files that came whole, oldest first; `fault` is what goes wrong.

    `stream_max_length` and `max_file_size` are bytes.
    """

    fault: Fault | None = None
    taken: list[bytes] = field(default_factory=list)
    stream_max_length: int = 100_000_000
    max_file_size: int = 100_000_000
    alert_exceeds_max: bool = False
    address: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self, socket: Path | None = None) -> AsyncIterator["PretendClamd"]:
        """Listens while the block lasts: at a Unix socket, else at a free port of this machine."""
        if socket is None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        else:
            server = await asyncio.start_unix_server(self._serve, socket)
            self.address = f"unix://{socket}"
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.fault != "away":
                answer = await self._answer(reader)
                if answer is not None:
                    writer.write(answer + b"\0")
                    await writer.drain()
        except (OSError, EOFError):
            pass  # who asked has gone
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes | None:
        command = await reader.readuntil(b"\0")
        if command == b"zVERSION\0":
            return VERSION
        if command != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(size)
            if self.fault == "cut" and len(content) >= SHORT:
                return None
            if len(content) > self.stream_max_length:
                return REFUSED
        if self.fault == "silent":
            await reader.read()  # until who asked goes
            return None
        return ANSWERS[self.fault] if self.fault in ANSWERS else self._looked(content)

    def _looked(self, content: bytes) -> bytes:
        self.taken.append(content)
        if len(content) > self.max_file_size:
            return ANSWERS["limits"] if self.alert_exceeds_max else CLEAN
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else CLEAN
