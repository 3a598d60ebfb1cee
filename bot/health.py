"""`GET /health` on a listener of its own, for monitors: 200 once the model is warm, else 503."""

import asyncio
import json
from http import HTTPStatus
from typing import Any, Callable, Dict, Optional, Tuple

from roles.private import is_of_the_house

_HEAD_BYTES = 8 * 1024
_HEAD_SECONDS = 5.0

Health = Tuple[int, Dict[str, Any]]


def health_of(agent: Any) -> Health:
    """Status and document: whether turns are served, and the fingerprint of the loaded model."""
    if agent is None:
        return 503, {"status": "not-ready"}
    return 200, {"status": "ready", "model": (agent.model_name or "").partition(".")[0]}


async def listen(host: str, port: int, health: Callable[[], Health]) -> asyncio.AbstractServer:
    """Answers one request a connection, and nothing but `/health`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
            writer.write(_answer(head, health))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=_HEAD_BYTES)


def _answer(head: bytes, health: Callable[[], Health]) -> bytes:
    line, headers = _read(head.decode("latin-1"))
    method, path = line if line is not None else ("", "")
    if not is_of_the_house(method, headers):
        status, document = 403, {"status": "refused"}
    elif path != "/health":
        status, document = 404, {"status": "not-found"}
    else:
        status, document = health()
    body = json.dumps(document).encode()
    said = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return said.encode() + (b"" if method == "HEAD" else body)


def _read(head: str) -> "Tuple[Optional[Tuple[str, str]], Dict[str, str]]":
    first, *rest = head.split("\r\n")
    words = first.split(" ")
    headers = {name.strip().title(): value.strip() for name, _, value in (line.partition(":") for line in rest) if name}
    return ((words[0], words[1]) if len(words) == 3 else None), headers
