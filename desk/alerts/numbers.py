"""Numbers of alerts in China: 31 characters of region, agency, time and serial.

GB/T 35965.1-2018 writes the identifier of an early warning `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`: the region (GB/T 2260),
the kind of agency (GB/T 4657), the office within it, two digits that extend it; the time in China; a serial from 0 to 9
of what one office issues in one second. The systems of GB/T 34283 leave the serial out where it is 0: 29 characters.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
NUMBER = re.compile(r"([1-9]\d{5})(\d{3})(\d{3})(\d{2})_(\d{14})(?:_(\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class WarningNumber:
    """A number, taken apart. `issued` is aware, in the time of China."""

    region: str
    agency: str
    office: str
    extension: str
    issued: datetime
    serial: int = 0

    def __str__(self) -> str:
        at = self.issued.astimezone(CHINA)
        return f"{self.region}{self.agency}{self.office}{self.extension}_{at:%Y%m%d%H%M%S}_{self.serial}"


def read_number(identifier: str) -> WarningNumber | None:
    """Take an identifier apart; None: it is not one of China's."""
    found = NUMBER.fullmatch(identifier)
    if found is None:
        return None
    try:
        issued = datetime.strptime(found[5], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return WarningNumber(found[1], found[2], found[3], found[4], issued, int(found[6] or 0))


def number_of(region: str, office: str, issued: datetime, serial: int) -> str:
    """The number of an alert of our own; `office` is the eight digits after the region's six."""
    assert 0 <= serial <= 9
    return str(WarningNumber(region, office[:3], office[3:6], office[6:], issued, serial))
