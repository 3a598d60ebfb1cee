"""The service `next_bus`: when the next bus comes, and where it is. May not know GTFS, only the board of a stop."""

from actions.next_bus.handler import NextBus

__all__ = ["NextBus"]
