"""The service `bus_route`: which buses lead from one place to another, and what a line does. May not know GTFS."""

from actions.bus_route.handler import BusRoute

__all__ = ["BusRoute"]
