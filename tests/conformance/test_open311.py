"""Samples of GeoReport v2 that others wrote, read by our client.

They are not part of the repository: `CITYDESK_CONFORMANCE` names the folder that holds them. Without it these tests
fail, since a conformance run that looked at nothing proves nothing.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from actions.backends.http import Endpoint, open_session
from actions.backends.open311 import Open311, Protocol, Report
from desk.contract.errors import BackendRefused

FIXTURES = "open311-fixtures/spec/fixtures"
REPORT = Report(service_code="006", description="A tree", address="8TH AVE and JUDAH ST")
NOW = datetime(2010, 4, 19, tzinfo=UTC)


@pytest.fixture(scope="session")
def samples() -> Path:
    named = os.environ.get("CITYDESK_CONFORMANCE")
    folder = Path(named or "") / FIXTURES
    if not named or not folder.is_dir():
        pytest.fail(
            "Set CITYDESK_CONFORMANCE to the folder of samples (docs/how-to/connect-an-open311-server.md says which)."
        )
    return folder


@asynccontextmanager
async def answering(sample: Path, status: int = 200) -> AsyncIterator[Open311]:
    """A client of a server that answers one sample to everything. A sample may begin with the status line."""
    body = sample.read_text(encoding="utf-8")
    if body.startswith("HTTP/"):
        body = body.partition("\n\n")[2]

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body.encode(), content_type="text/xml", charset="utf-8")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(application) as server, open_session() as session:
        yield Open311(Endpoint("sample", str(server.make_url("")), session), Protocol(format="xml"))


async def test_services_are_read(samples: Path) -> None:
    """All services, with their groups."""
    async with answering(samples / "services.xml") as client:
        categories = await client.categories("en")
    assert len(categories) == (samples / "services.xml").read_text(encoding="utf-8").count("<service>")
    assert (categories[0].service_code, categories[0].group) == ("001", "Litter Receptacles")
    assert {one.type for one in categories} == {"realtime"}
    assert not any(one.metadata for one in categories)


async def test_a_definition_is_read(samples: Path) -> None:
    """An attribute that stands without the list around it, with its values."""
    async with answering(samples / "service_definition.xml") as client:
        definition = await client.definition("DMV66", "en")
    [asked] = definition.asked
    assert (definition.service_code, asked.code, asked.is_list) == ("DMV66", "WHISHETN", True)
    assert [(one.key, one.name) for one in asked.values] == [("123", "Ford"), ("124", "Chrysler")]


async def test_a_request_is_read(samples: Path) -> None:
    """Status, notes and times; empty elements say nothing."""
    async with answering(samples / "get_service_request.xml") as client:
        request = await client.request("638344", "zh-CN")
    assert request is not None
    assert (request.is_closed, request.status_notes, request.description) == (True, "Duplicate request.", "")
    assert request.updated_datetime == datetime.fromisoformat("2010-04-14T06:37:38-08:00")


@pytest.mark.parametrize(
    ("sample", "status"), [("get_service_request_not_found.xml", 404), ("service_requests_empty.xml", 200)]
)
async def test_an_unknown_request_is_none(samples: Path, sample: str, status: int) -> None:
    """Not found, or an empty list."""
    async with answering(samples / sample, status) as client:
        assert await client.request("not-an-id", "zh-CN") is None


async def test_a_token_is_read(samples: Path) -> None:
    """The id that it has become."""
    async with answering(samples / "request_id_from_token.xml") as client:
        assert await client.id_of("12345") == "638344"


async def test_a_receipt_is_read(samples: Path) -> None:
    """Id and notice, without the white space around them."""
    async with answering(samples / "post_service_request.xml") as client:
        receipt = await client._send(REPORT, "key")
    assert (receipt.service_request_id, receipt.token) == ("293944", "")
    assert receipt.service_notice.startswith("The City will inspect")


async def test_requests_without_our_mark_are_none_of_ours(samples: Path) -> None:
    """A list of others' reports holds none of ours."""
    async with answering(samples / "service_requests.xml") as client:
        assert await client.find("key", "006", NOW) is None


async def test_a_refusal_in_other_words_is_a_refusal(samples: Path) -> None:
    """403 with its text in an element that the specification does not know so."""
    async with answering(samples / "403.xml", 403) as client:
        with pytest.raises(BackendRefused, match="Invalid api_key") as refused:
            await client.categories("en")
    assert refused.value.status == 403
