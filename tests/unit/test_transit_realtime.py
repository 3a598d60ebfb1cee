"""Messages of live feeds."""

from contextlib import suppress

import pytest
from fixtures.transit import message
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from actions.transit.realtime import Fate, merge, parse
from desk.contract.errors import BackendNonsense

AT = 1_790_000_000
ALERT = (
    'entity { id: "a" alert { active_period { start: 100 end: 200 } informed_entity { route_id: "R28" }'
    ' header_text { translation { text: "绕行" language: "zh" } translation { text: "Diverted" language: "en" } } } }'
)


def differential() -> bytes:
    feed = message("", AT)
    feed.header.incrementality = pb.FeedHeader.DIFFERENTIAL
    return feed.SerializeToString()


@given(st.binary(max_size=300))
def test_parse_takes_or_refuses_any_bytes(body: bytes) -> None:
    """Nonsense is refused as nonsense, and nothing else happens."""
    with suppress(BackendNonsense):
        assert (parse(body).at or 1) > 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>502 Bad Gateway</html>", id="an error page"),
        pytest.param(message("", AT).SerializeToString()[:-3], id="cut"),
        pytest.param(differential(), id="differential, which the standard does not define"),
    ],
)
def test_parse_refuses_what_is_no_complete_message(body: bytes) -> None:
    """The reason is told."""
    with pytest.raises(BackendNonsense):
        parse(body)


def test_a_message_without_a_moment_takes_that_of_its_newest_entity() -> None:
    """Version 1.0 feeds may leave the header's timestamp out."""
    feed = message('entity { id: "v" vehicle { timestamp: 1790000000 } }', 0)
    assert parse(feed.SerializeToString()).at == AT


def test_an_alert_holds_within_its_periods_and_in_our_languages() -> None:
    """From the start on, until the end, which is no longer in."""
    (alert,) = parse(message(ALERT, AT).SerializeToString()).alerts
    assert [alert.holds(moment) for moment in (99, 100, 199, 200)] == [False, True, True, False]
    assert alert.header == {"zh_Hans": "绕行", "en": "Diverted"}


def test_deleted_entities_are_left_out() -> None:
    """`is_deleted` takes an entity back."""
    feed = message('entity { id: "v" is_deleted: true vehicle { vehicle { id: "1" } } }', AT)
    assert parse(feed.SerializeToString()).vehicles == ()


def test_merging_keeps_each_entity_once() -> None:
    """One address may serve all kinds, and be named three times."""
    news = 'entity { id: "t" trip_update { trip { trip_id: "x" schedule_relationship: CANCELED } } }'
    first, second = (parse(message(news, at).SerializeToString()) for at in (AT, AT + 5))
    merged = merge([first, second])
    assert (merged.at, [update.trip.fate for update in merged.updates]) == (AT + 5, [Fate.CANCELLED])
