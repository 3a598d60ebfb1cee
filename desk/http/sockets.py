"""Ports of this machine: which are free."""

import random
import socket

from desk.contract.errors import StartError

LOOPBACK = "127.0.0.1"
LISTENED = range(10_240, 32_768)
"""Below what Linux gives to outgoing connections (`ip_local_port_range`): none of those takes such a port meanwhile."""
TRIES = 200


def free_port() -> int:
    """A port of the loopback address that nobody listens on just now, and that no connection is given by itself.

    Raises:
        StartError: none was found.
    """
    for port in random.sample(LISTENED, TRIES):
        if is_free(LOOPBACK, port):
            return port
    raise StartError(f"No port of {LOOPBACK} between {LISTENED.start} and {LISTENED.stop} is free.")


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
