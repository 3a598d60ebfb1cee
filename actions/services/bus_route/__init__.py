"""The service `bus_route`: which buses lead from one place to another, and what a line does. May not know GTFS."""

from actions.server.surroundings import Opened, Surroundings
from actions.services.bus_route.handler import BusRoute

__all__ = ["BusRoute", "open_service"]


def open_service(_: Surroundings, opened: Opened) -> BusRoute:
    """The handler of all cities, over their buses."""
    return BusRoute(opened.buses)
