"""What every channel reads, refuses and answers: the cases of its table."""

import contextlib
import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from desk.contract.channel import Channel, Delivery, Forged, Malformed
from tests.contract.channels.tables import (
    EVENTS,
    Case,
    ChannelTable,
    account_of,
    channels,
    kind_of,
    shown,
    table_of,
)

TABLES = {name: table_of(name) for name in channels()}
CASES = [
    pytest.param(channels()[name], table, case, id=f"{name}: {case.name}")
    for name, table in TABLES.items()
    for case in table.cases
]
GENUINE = [parameter for parameter in CASES if not (parameter.values[2].forged or parameter.values[2].malformed)]
EACH = [pytest.param(channels()[name], table, id=name) for name, table in TABLES.items()]

NAMES = st.sampled_from(["update_id", "message", "type", "data", "text", "from", "chat", "id", "sender_id", "event"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(("channel", "table", "case"), CASES)
def test_a_request_is_read_as_the_table_says(channel: Channel, table: ChannelTable, case: Case) -> None:
    """A genuine request gives exactly what happened; a forged or malformed one is refused as such."""
    account, delivery = account_of(channel, table), case.request.delivery(table.headers)
    if case.forged:
        with pytest.raises(Forged):
            channel.verify(account, delivery)
        return
    channel.verify(account, delivery)
    if case.malformed:
        with pytest.raises(Malformed):
            channel.parse(account, delivery)
        return
    happened = channel.parse(account, delivery)
    read = [shown(one) for one in happened]
    assert [
        {key: one.get(key) for key in wanted} for one, wanted in zip(read, case.happens, strict=True)
    ] == case.happens
    if case.answer is not None:
        answer = channel.answer(account, delivery, happened)
        assert {"status": answer.status, "body": answer.body.decode()} == {"status": 200, "body": "", **case.answer}


@pytest.mark.parametrize(("channel", "table", "case"), GENUINE)
def test_the_same_request_gives_the_same_ids(channel: Channel, table: ChannelTable, case: Case) -> None:
    """What a platform sends twice is known by its id: also later, and after a restart."""
    account, delivery = account_of(channel, table), case.request.delivery(table.headers)
    again = Delivery(delivery.method, delivery.query, delivery.headers, delivery.body, delivery.at)
    first = [one.id for one in channel.parse(account, delivery)]
    assert first == [one.id for one in channel.parse(account, again)]
    assert len(set(first)) == len(first)
    assert all(0 < len(one) <= 200 for one in first)


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_different_requests_have_different_ids(channel: Channel, table: ChannelTable) -> None:
    """No two cases of a table are taken for one."""
    account, seen = account_of(channel, table), dict[str, str]()
    for case in table.cases:
        if not (case.forged or case.malformed):
            for one in channel.parse(account, case.request.delivery(table.headers)):
                assert one.id not in seen, f"{case.name} has the id of {seen[one.id]}"
                seen[one.id] = case.name


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_every_kind_of_happening_has_a_case(channel: Channel, table: ChannelTable) -> None:
    """Or the table says why the platform has none of it. A forged and a malformed request are there too."""
    account = account_of(channel, table)
    shown_kinds = {
        kind_of(one.what)
        for case in table.cases
        if not (case.forged or case.malformed)
        for one in channel.parse(account, case.request.delivery(table.headers))
    }
    assert set(EVENTS) - shown_kinds - set(table.lacks) == set()
    assert any(case.forged for case in table.cases) or "forged" in table.lacks
    assert any(case.malformed for case in table.cases) or "malformed" in table.lacks


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_a_request_without_its_proof_is_refused(channel: Channel, table: ChannelTable) -> None:
    """Whatever a genuine request says: without headers and query nothing shows that it is the platform's."""
    if "forged" in table.lacks:
        return
    account = account_of(channel, table)
    for case in table.cases:
        genuine = case.request.delivery(table.headers)
        with pytest.raises(Forged):
            channel.verify(account, Delivery(genuine.method, {}, {}, genuine.body, genuine.at))


@pytest.mark.parametrize(("channel", "table"), EACH)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300) | JSON)
def test_no_body_breaks_a_channel(channel: Channel, table: ChannelTable, body: object) -> None:
    """Whatever stands in a request is read, or refused as malformed: no other error comes out."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    genuine = table.cases[0].request.delivery(table.headers)
    with contextlib.suppress(Malformed, Forged):
        channel.parse(account_of(channel, table), Delivery("POST", genuine.query, genuine.headers, raw, genuine.at))


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_an_oversize_body_is_no_trouble(channel: Channel, table: ChannelTable) -> None:
    """As much as the web server lets pass is read or refused."""
    genuine = table.cases[0].request.delivery(table.headers)
    huge = Delivery("POST", genuine.query, genuine.headers, b"[" + b"[" * 250_000, genuine.at)
    with pytest.raises((Malformed, Forged)):
        channel.parse(account_of(channel, table), huge)


@pytest.mark.parametrize(("channel", "table", "case"), CASES)
def test_nothing_personal_or_secret_is_logged(
    channel: Channel,
    table: ChannelTable,
    case: Case,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither by a channel nor by the library it stands on: no secret, no resident, no word."""
    account, delivery = account_of(channel, table), case.request.delivery(table.headers)
    happened = []
    with caplog.at_level(logging.DEBUG), contextlib.suppress(Forged, Malformed):
        channel.verify(account, delivery)
        happened = list(channel.parse(account, delivery))
    written = caplog.text + "".join(capfd.readouterr())
    secrets = [value.get_secret_value() for _, value in account.secrets if isinstance(value, SecretStr)]
    residents = [one.resident for one in happened if one.resident]
    texts = [text for one in happened if len(text := getattr(one.what, "text", "")) > 3]
    assert [value for value in [*secrets, *residents, *texts] if value in written] == []


@pytest.mark.parametrize(("channel", "table"), EACH)
def test_secrets_are_not_shown(channel: Channel, table: ChannelTable) -> None:
    """An account that is printed, in an error say, shows no secret; and every field is described for operators."""
    account = account_of(channel, table)
    secrets = [value.get_secret_value() for _, value in account.secrets if isinstance(value, SecretStr)]
    assert secrets
    assert [secret for secret in secrets if secret in repr(account)] == []
    assert [name for name, field in channel.Secrets.model_fields.items() if not field.description] == []
