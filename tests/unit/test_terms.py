"""What is looked for, as PostgreSQL searches it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.announcements.feeds.terms import query_of


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("停水", "('停水')"),
        ("水", "('水':*)"),
        ("文三路停水", "('文三' & '三路' & '路停' & '停水')"),
        ("停電", "('停電') | ('停电')"),
        ("Wensan road", "('wensan':* & 'road':*)"),
        ("ＢＲＴ 4号线", "('brt':* & '4':* & '号线')"),
        ("停水 停水", "('停水')"),
        ("'; DROP TABLE --", "('drop':* & 'table':*)"),
        ("!!! & | :* ()", None),
        ("", None),
    ],
)
def test_a_search_is_written_for_the_store(written: str, query: str | None) -> None:
    """Words as beginnings, Chinese text by characters side by side, Traditional text in Simplified characters too."""
    assert query_of(written) == query


@given(st.text(max_size=300))
def test_nothing_but_letters_digits_and_operators_comes_out(written: str) -> None:
    """Whatever is typed is a search, or none."""
    query = query_of(written)
    if query is not None:
        assert re.fullmatch(r"[a-z0-9\u3400-\u9fff\U00020000-\U0003ffff'&|:*() ]+", query)
        assert len(query) < 2_000
