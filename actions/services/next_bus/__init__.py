"""The service `next_bus`: when the next bus comes, and where it is. May not know GTFS, only the board of a stop."""

from actions.server.surroundings import Opened, Surroundings
from actions.services.next_bus.handler import NextBus

__all__ = ["NextBus", "open_service"]


def open_service(_: Surroundings, opened: Opened) -> NextBus:
    """The handler of all cities, over their buses."""
    return NextBus(opened.buses)
