"""The grid in which residents' places are kept: squares of a hundredth of a degree (WGS 84), about 1 km at the side.

In China one is 1.1 km from south to north, and 0.8 to 1.1 km from west to east. A square has one number; those of a row
follow each other from west to east, so that an area is a few ranges of numbers.
"""

import math
from dataclasses import dataclass

PER_DEGREE = 100
IN_A_ROW = 360 * PER_DEGREE
MOST_PLACES = 5
"""Near so many places a resident may want notices."""
CELLS = 180 * PER_DEGREE * IN_A_ROW


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the grid, by its borders in degrees."""

    south: float
    west: float
    north: float
    east: float


def cell_at(lat: float, lon: float) -> int:
    """The number of the square in which a point lies."""
    return row_of(lat) * IN_A_ROW + column_of(lon)


def row_of(lat: float) -> int:
    """The row of a latitude, from the south pole."""
    return min(max(math.floor((lat + 90) * PER_DEGREE), 0), 180 * PER_DEGREE - 1)


def column_of(lon: float) -> int:
    """The column of a longitude, from the 180th meridian."""
    return min(max(math.floor((lon + 180) * PER_DEGREE), 0), IN_A_ROW - 1)


def square_of(cell: int) -> Square:
    """Where a square lies."""
    row, column = divmod(cell, IN_A_ROW)
    south, west = row / PER_DEGREE - 90, column / PER_DEGREE - 180
    return Square(round(south, 2), round(west, 2), round(south + 0.01, 2), round(west + 0.01, 2))
