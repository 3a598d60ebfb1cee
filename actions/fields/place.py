"""A shared place as a value of the type `place`."""

from actions.transit.geo import gcj02_to_wgs84
from desk.messages import Location
from values.types.place import GEO


def written(location: Location) -> str:
    """A shared place as a value: degrees of WGS 84, whatever datum it came in."""
    lat, lon = location.lat, location.lon
    if location.datum == "gcj02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    return f"{GEO}{lat:.6f},{lon:.6f}"
