"""Faults of the sandbox really happen on the wire, and are survived by what was done before."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fixtures.patience import HANG_SECONDS
from fixtures.sandbox_process import SandboxProcess
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from sandbox.facts import facts

CITY = "hangzhou"
BUS, POLICE = "bus", "traffic-police"
FACTS = facts(CITY)
PROOF = {"plate": FACTS["plate_with_unpaid_fine"], "vin_last6": FACTS["vin_last6"]}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


class Sandbox:
    """A client that keeps no connection, so that each request meets its own fate."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self._session = url, session

    async def json(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self._session.request(method, self.url + path, json=body) as response:
            return response.status, await response.json(content_type=None)

    async def bytes(self, path: str, **headers: str) -> tuple[int, Any, bytes]:
        async with self._session.get(self.url + path, headers=headers) as response:
            return response.status, response.headers, await response.read()

    async def fault(self, system: str, **what: object) -> int:
        return (await self.json("POST", "/_sandbox/faults", {"system": system, "city": CITY, **what}))[0]

    async def query(self) -> tuple[int, Any]:
        return await self.json("POST", f"/{POLICE}/{CITY}/violations/query", PROOF)


@pytest.fixture
async def sandbox(process: SandboxProcess) -> Any:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=HANG_SECONDS)) as session:
        client = Sandbox(process.url, session)
        assert (await client.json("POST", "/_sandbox/reset"))[0] == 200
        yield client


async def test_status_answers_instead_of_the_system(sandbox: Sandbox) -> None:
    """A status fault answers problem+json with that status, until it is lifted."""
    assert await sandbox.fault(POLICE, status=503) == 201
    assert (await sandbox.query())[0] == 503
    assert await sandbox.json("DELETE", "/_sandbox/faults") == (200, {"lifted": 1})
    assert (await sandbox.query())[0] == 200


async def test_fault_of_one_system_spares_the_other(sandbox: Sandbox) -> None:
    """While the traffic police fails, buses run and control answers."""
    await sandbox.fault(POLICE, status=500)
    assert (await sandbox.bytes(f"/bus/{CITY}/trip-updates.pb"))[0] == 200
    assert (await sandbox.json("GET", f"/_sandbox/facts/{CITY}"))[0] == 200


async def test_fault_without_a_city_strikes_every_city(sandbox: Sandbox) -> None:
    """And is lifted by its system's name."""
    assert (await sandbox.json("POST", "/_sandbox/faults", {"system": POLICE, "status": 503}))[0] == 201
    assert (await sandbox.query())[0] == 503
    assert await sandbox.json("DELETE", f"/_sandbox/faults?system={POLICE}") == (200, {"lifted": 1})


async def test_fault_with_a_query_spares_what_has_another(sandbox: Sandbox) -> None:
    """Only requests with these in their query string are struck."""
    await sandbox.fault(BUS, status=503, query={"edition": "2"})
    statuses = [(await sandbox.bytes(f"/bus/{CITY}/alerts.pb{query}"))[0] for query in ("", "?edition=1", "?edition=2")]
    assert statuses == [200, 200, 503]


async def test_count_strikes_so_many_requests(sandbox: Sandbox) -> None:
    """A count of two fails twice, then the fault is gone."""
    await sandbox.fault(POLICE, status=502, count=2)
    assert [(await sandbox.query())[0] for _ in range(4)] == [502, 502, 200, 200]
    assert await sandbox.json("GET", "/_sandbox/faults") == (200, {"faults": []})


async def test_rate_strikes_some_requests(sandbox: Sandbox) -> None:
    """At a rate of one half, of 60 requests some fail and some do not."""
    await sandbox.fault(POLICE, status=500, rate=0.5)
    assert {(await sandbox.query())[0] for _ in range(60)} == {200, 500}


async def test_latency_lets_a_client_time_out(sandbox: Sandbox) -> None:
    """With a minute of latency a client that waits half a second has no answer."""
    await sandbox.fault(BUS, latency_ms=60_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await sandbox.bytes(f"/bus/{CITY}/alerts.pb")


async def test_who_hangs_up_early_is_no_fault_of_the_sandbox(tmp_path: Path) -> None:
    """A caller that gives up while its words are still to be read leaves no trace in the log."""
    log = tmp_path / "sandbox.log"
    with SandboxProcess(tmp_path / "state", log=log) as process:
        _, writer = await asyncio.open_connection("127.0.0.1", process.port)
        head = f"POST /{POLICE}/{CITY}/violations/query HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{{"
        writer.write(head.encode())
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.transport.abort()
        async with aiohttp.ClientSession() as session:
            assert (await Sandbox(process.url, session).query())[0] == 200
    assert "Traceback" not in log.read_text(encoding="utf-8")


async def test_latency_answers_in_the_end(sandbox: Sandbox) -> None:
    """A slow answer is the right answer."""
    await sandbox.fault(POLICE, latency_ms=50, count=1)
    assert (await sandbox.query())[0] == 200


async def test_cut_breaks_the_connection_in_the_middle(sandbox: Sandbox) -> None:
    """Headers and half of the body arrive, then the connection ends: no client takes it for whole."""
    await sandbox.fault(BUS, cut=True)
    with pytest.raises(aiohttp.ClientPayloadError):
        await sandbox.bytes(f"/bus/{CITY}/gtfs.zip")


async def test_cut_raw_bytes_are_fewer_than_promised(sandbox: Sandbox, process: SandboxProcess) -> None:
    """On the bare socket: a Content-Length, some of the body, and the end."""
    await sandbox.fault(BUS, cut=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(f"GET /bus/{CITY}/trip-updates.pb HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head, _, body = (await asyncio.wait_for(reader.read(-1), HANG_SECONDS)).partition(b"\r\n\r\n")
    writer.close()
    promised = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    assert 0 < len(body) < promised


async def test_nonsense_is_neither_json_nor_protobuf(sandbox: Sandbox) -> None:
    """A 200 with the usual content type, and a body that nobody can read."""
    await sandbox.fault(POLICE, nonsense=True)
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        await sandbox.query()
    await sandbox.fault(BUS, nonsense=True)
    status, headers, body = await sandbox.bytes(f"/bus/{CITY}/trip-updates.pb")
    assert (status, headers["Content-Type"]) == (200, "application/x-protobuf")
    with pytest.raises(DecodeError):
        gtfs_rt.FeedMessage().ParseFromString(body)


@pytest.mark.parametrize("fault", ["cut", "nonsense"])
async def test_spoiling_an_answer_without_a_body(sandbox: Sandbox, fault: str) -> None:
    """What would have been a 304 is no answer at all, or nonsense: never a 304, never a 500."""
    path = f"/bus/{CITY}/gtfs.zip"
    known = {"If-None-Match": (await sandbox.bytes(path))[1]["ETag"]}
    await sandbox.fault(BUS, **{fault: True})
    if fault == "cut":
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await sandbox.bytes(path, **known)
    else:
        status, _, body = await sandbox.bytes(path, **known)
        assert (status, body[:2] == b"PK") == (200, False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"system": BUS, "city": CITY}, 422),
        ({"system": BUS, "city": CITY, "status": 200}, 422),
        ({"system": BUS, "city": CITY, "cut": True, "status": 500}, 422),
        ({"system": BUS, "city": CITY, "cut": True, "rate": 2}, 422),
        ({"system": BUS, "city": CITY, "explode": True}, 422),
        ({"system": BUS, "city": "atlantis", "cut": True}, 404),
        ({"system": "trams", "city": CITY, "cut": True}, 404),
    ],
)
async def test_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, body: dict[str, object], status: int) -> None:
    """The answer is an error, and no fault is set."""
    assert (await sandbox.json("POST", "/_sandbox/faults", body))[0] == status
    assert await sandbox.json("GET", "/_sandbox/faults") == (200, {"faults": []})


async def test_lifting_by_system_leaves_the_others(sandbox: Sandbox) -> None:
    """DELETE with a system removes its faults only."""
    await sandbox.fault(POLICE, status=500)
    await sandbox.fault(BUS, status=500)
    assert await sandbox.json("DELETE", f"/_sandbox/faults?system={BUS}") == (200, {"lifted": 1})
    _, left = await sandbox.json("GET", "/_sandbox/faults")
    assert [fault["system"] for fault in left["faults"]] == [POLICE]


async def test_unknown_city_is_not_found(sandbox: Sandbox) -> None:
    """Facts, reset and feeds of a city that is none answer 404 as problem+json."""
    answers = [
        await sandbox.json("GET", "/_sandbox/facts/atlantis"),
        await sandbox.json("POST", "/_sandbox/reset", {"city": "atlantis"}),
        await sandbox.json("GET", "/bus/atlantis/gtfs.zip"),
        await sandbox.json("GET", "/bus/atlantis/alerts.pb"),
    ]
    assert [(status, answer["type"]) for status, answer in answers] == [(404, "no-such-city")] * 4


async def test_timetable_is_sent_once_to_those_who_have_it(sandbox: Sandbox) -> None:
    """With the ETag or the date of the last answer the zip is a 304; with another it comes again."""
    path = f"/bus/{CITY}/gtfs.zip"
    _, headers, body = await sandbox.bytes(path)
    assert body.startswith(b"PK")
    known = [{"If-None-Match": headers["ETag"]}, {"If-Modified-Since": headers["Last-Modified"]}]
    assert [(await sandbox.bytes(path, **known_by))[0] for known_by in known] == [304, 304]
    assert (await sandbox.bytes(path, **{"If-None-Match": '"other"'}))[0] == 200


def test_killed_sandbox_has_lost_nothing(tmp_path: Path) -> None:
    """After kill -9 a paid notice is still paid, and a fault still set with what is left of its count."""

    async def before(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            client = Sandbox(url, session)
            _, record = await client.query()
            notice, amount = record["violations"][0]["notice"], record["violations"][0]["amount"]
            payment = {"order": "1", "amount": amount, "trade_no": "1", "paid_at": "2026-11-24T10:00:00+08:00"}
            async with session.put(
                f"{url}/{POLICE}/{CITY}/notices/{notice}/payment", json=payment, headers={"Idempotency-Key": "12345678"}
            ) as response:
                assert response.status == 200
            await client.fault(BUS, status=503, count=5)
            assert (await client.bytes(f"/bus/{CITY}/gtfs.zip"))[0] == 503
            return str(notice)

    async def after(url: str, notice: str) -> tuple[str, list[Any]]:
        async with aiohttp.ClientSession() as session:
            client = Sandbox(url, session)
            _, paid = await client.json("GET", f"/{POLICE}/{CITY}/notices/{notice}")
            return paid["status"], (await client.json("GET", "/_sandbox/faults"))[1]["faults"]

    sandbox = SandboxProcess(tmp_path)
    with sandbox:
        notice = asyncio.run(before(sandbox.url))
        sandbox.kill()
        sandbox.start()
        status, faults = asyncio.run(after(sandbox.url, notice))
    assert status == "paid"
    assert [(fault["status"], fault["count"]) for fault in faults] == [(503, 4)]


def test_damaged_state_says_what_to_do(tmp_path: Path) -> None:
    """A state file that is none ends the sandbox with one line that says to delete it."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "state.sqlite3").write_bytes(b"no database at all" * 100)
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert done.returncode == 1
    assert "delete it" in done.stderr
    assert "Traceback" not in done.stderr


def test_busy_port_says_what_to_do(tmp_path: Path) -> None:
    """On a port that is taken the sandbox ends with one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "sandbox", "--port", port, "--data-dir", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_it_listens_where_it_is_told(tmp_path: Path) -> None:
    """For roles on other machines, while an installation is tried: an address that is not here is refused."""
    command = [sys.executable, "-m", "sandbox", "--host", "192.0.2.1", "--port", "0", "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert (done.returncode, "192.0.2.1" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


async def test_a_fault_of_a_method_strikes_no_other(sandbox: Sandbox) -> None:
    """Reading goes on while writing fails."""
    await sandbox.fault(POLICE, method="PUT", status=503)
    assert (await sandbox.query())[0] == 200
    await sandbox.json("DELETE", "/_sandbox/faults")
    await sandbox.fault(POLICE, method="POST", status=503)
    assert (await sandbox.query())[0] == 503
