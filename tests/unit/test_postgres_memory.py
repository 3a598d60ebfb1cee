"""How much memory the embedded PostgreSQL keeps pages in."""

import pytest

from tools.engines.postgres import buffers_of


@pytest.mark.parametrize(("gigabytes", "kept"), [(0.5, "128MB"), (2, "256MB"), (4, "512MB"), (64, "512MB")])
def test_it_keeps_an_eighth_of_the_memory_within_bounds(gigabytes: float, kept: str) -> None:
    """Little on a small machine, and no more than a million residents take on a large one."""
    assert buffers_of(int(gigabytes * (1 << 30))) == kept
