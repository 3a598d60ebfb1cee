"""China's shifted datum: what its maps and phones give (GCJ-02), and what everything here is kept in (WGS 84)."""

import math

_GCJ_AXIS = 6_378_245.0  # Krasovsky 1940, which the shift is defined on
_GCJ_ECCENTRICITY = 0.00669342162296594323


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Shift a WGS 84 point to GCJ-02, the datum of Chinese maps and phones. Outside China nothing is shifted.

    The formula is public knowledge since 2013 (eviltransform); it is defined in this direction only.
    """
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    wave = 20.0 * math.sin(6 * x * math.pi) + 20.0 * math.sin(2 * x * math.pi)
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave * 2 / 3
    dlat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3 * math.pi)) * 2 / 3
    dlat += (160.0 * math.sin(y / 12 * math.pi) + 320.0 * math.sin(y * math.pi / 30)) * 2 / 3
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave * 2 / 3
    dlon += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3 * math.pi)) * 2 / 3
    dlon += (150.0 * math.sin(x / 12 * math.pi) + 300.0 * math.sin(x / 30 * math.pi)) * 2 / 3
    slope = 1 - _GCJ_ECCENTRICITY * math.sin(math.radians(lat)) ** 2
    dlat = math.degrees(dlat / (_GCJ_AXIS * (1 - _GCJ_ECCENTRICITY) / slope**1.5))
    dlon = math.degrees(dlon / (_GCJ_AXIS / math.sqrt(slope) * math.cos(math.radians(lat))))
    return lat + dlat, lon + dlon


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """Undo the shift of GCJ-02, to a few centimetres, by correcting a guess three times."""
    guess = (lat, lon)
    for _ in range(3):
        shifted = wgs84_to_gcj02(*guess)
        guess = (guess[0] + lat - shifted[0], guess[1] + lon - shifted[1])
    return guess
