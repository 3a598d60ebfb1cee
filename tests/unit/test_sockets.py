"""Ports that are found free, and kept so."""

import asyncio
import socket

import pytest

from desk.contract.errors import StartError
from desk.http import sockets


async def test_a_reserved_port_is_a_servers_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other search answers it, a server may listen on it, and afterwards it is free again."""
    with sockets.reserved_port() as port:
        monkeypatch.setattr(sockets, "LISTENED", range(port, port + 1))
        monkeypatch.setattr(sockets, "TRIES", 1)
        assert sockets.is_free(sockets.LOOPBACK, port)
        with pytest.raises(StartError):
            sockets.free_port()
        server = await asyncio.start_server(lambda *_: None, sockets.LOOPBACK, port)
        assert not sockets.is_free(sockets.LOOPBACK, port)
        server.close()
        await server.wait_closed()
    assert sockets.free_port() == port


def test_a_wanted_port_is_reserved_where_a_server_could_listen() -> None:
    """Else another is."""
    with sockets.reserved_port() as free:
        pass
    with sockets.reserved_port(free) as port:
        assert port == free
    with (
        socket.create_server((sockets.LOOPBACK, 0)) as taken,
        sockets.reserved_port(taken.getsockname()[1]) as other,
    ):
        assert other != taken.getsockname()[1]
