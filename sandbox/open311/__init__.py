"""The pretend hotlines of the cities: Open311 GeoReport v2 in XML and JSON. May not know who reports."""

from sandbox.open311.system import Open311

__all__ = ["Open311"]
