"""Places on the globe: distances and bearings."""

import math

EARTH_RADIUS_M = 6_371_008.8


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres between two points in degrees, on a great circle."""
    dlat, dlon = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    a = math.sin(dlat / 2) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(dlon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, a)))


def metres(lat: float, lon: float, lat0: float, lon0: float) -> tuple[float, float]:
    """Give a point as metres (east, north) of another: flat, good for some tens of kilometres."""
    dlon = (lon - lon0 + 180) % 360 - 180
    return (
        math.radians(dlon) * EARTH_RADIUS_M * math.cos(math.radians(lat0)),
        math.radians(lat - lat0) * EARTH_RADIUS_M,
    )
