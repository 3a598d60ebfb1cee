"""How long a platform wants to be left alone, by the header of its answer."""

from typing import Any

import pytest
from fixtures.answering import Answering, Said
from multidict import CIMultiDict

from desk.platforms.calls import Asked, call


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(None, None), ("17", 17), ("0", 1), ("000", 1), ("9" * 40, 3600), ("Tue, 24 Nov 2026 10:59:58 GMT", 3600)],
)
async def test_a_wait_is_a_second_at_least_and_an_hour_at_most(given: str | None, seconds: float | None) -> None:
    """Who says "in 0 seconds" and takes nothing is not asked again at once, and no wait is without end."""
    headers = CIMultiDict({} if given is None else {"Retry-After": given})
    http: Any = Answering([Said(429, b"", headers)])
    assert (await call(http, Asked("POST", "https://platform.example/"))).retry_after == seconds
