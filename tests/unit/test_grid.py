"""The grid in which residents' places are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.contract.grid import CELLS, cell_at, square_of


@given(lat=st.floats(-90, 90), lon=st.floats(-180, 180))
def test_a_square_holds_its_points(lat: float, lon: float) -> None:
    """Every point of the earth lies in one square, which says where it is."""
    cell = cell_at(lat, lon)
    assert 0 <= cell < CELLS
    square = square_of(cell)
    assert square.south - 1e-6 <= lat <= square.north + 1e-6
    assert square.west - 1e-6 <= lon <= square.east + 1e-6


def test_a_square_is_told_in_hundredths() -> None:
    """What residents read of it are its borders."""
    square = square_of(cell_at(30.27412, 120.15515))
    assert (square.south, square.north, square.west, square.east) == (30.27, 30.28, 120.15, 120.16)


@pytest.mark.parametrize(("first", "second"), [((30.2741, 120.1551), (30.2799, 120.1501))])
def test_neighbours_cannot_be_told_apart(first: tuple[float, float], second: tuple[float, float]) -> None:
    """Whoever lives in one square has one number."""
    assert cell_at(*first) == cell_at(*second)
