"""Ports of this machine: which are free."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from random import SystemRandom

from desk.contract.errors import StartError

LOOPBACK = "127.0.0.1"
LISTENED = range(10_240, 32_768)
"""Below what Linux gives to outgoing connections (`ip_local_port_range`): none of those takes such a port meanwhile."""
TRIES = 200
CHANCE = SystemRandom()
"""Not the process's own generator: two processes whose tests seed theirs would ask for the same ports."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on or reserves now, and that no connection gets by itself.

    Raises:
        StartError: none was found.
    """
    for port in CHANCE.sample(LISTENED, TRIES):
        if _bound(port, shared=False):
            return port
    raise StartError(f"No port of {LOOPBACK} between {LISTENED.start} and {LISTENED.stop} is free.")


@contextmanager
def reserved_port(wanted: int = 0) -> Iterator[int]:
    """A port that no other `free_port` answers while the block lasts; a server may listen on it meanwhile.

    It is the `wanted` one where a server could listen there, else any that is free.

    Raises:
        StartError: none was found.
    """
    first = [wanted] if wanted and is_free(LOOPBACK, wanted) else []
    for port in chain(first, (free_port() for _ in range(TRIES))):
        with socket.socket() as held:  # bound and not listening: it does not keep a server from the port
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                held.bind((LOOPBACK, port))
            except OSError:
                continue
            yield port
            return
    raise StartError(f"No port of {LOOPBACK} could be reserved.")


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    return _bound(port, host=host)


def _bound(port: int, *, host: str = LOOPBACK, shared: bool = True) -> bool:
    """Whether a port can be bound; `shared`: also one that is reserved, or was left a moment ago."""
    with socket.socket() as probe:
        if shared:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
