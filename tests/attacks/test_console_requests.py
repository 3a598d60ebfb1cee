"""Requests for the console that no page of ours makes: packed bodies, endless forms, links that would act."""

import gzip
import zlib

import structlog
from fixtures.desks import Chair, Desks, desks_at, hire
from fixtures.house import House
from fixtures.wire import request, send
from integration.test_console_forms import ALL_ROLES, POSTS, filled

from desk.console.server import ALL

GETS = sorted(one.path for section in ALL for one in section.routes if one.method == "GET")
READING = {"audit.search", "audit.export", "ticket.export", "ticket.read"}
"""What opening a page may leave in the audit."""
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


def cookies(chair: Chair) -> bytes:
    """What a browser sends along."""
    return "; ".join(f"{one.key}={one.value}" for one in chair.http.cookie_jar).encode()


async def answered(desks: Desks, chair: Chair, path: str, body: bytes, *headers: tuple[bytes, bytes]) -> int:
    """Post a body as it is: what was answered."""
    sent = request(b"POST", path.encode(), [(b"Cookie", cookies(chair)), *headers], body)
    return (await send(desks.url, sent)).status


async def test_no_form_is_unpacked(house: House) -> None:
    """Forty kilobytes that would be forty megabytes are refused before they are looked at, whatever packed them."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        plain = f"csrf={(await chair.get('/console')).csrf}&message=".encode() + b"a" * 40_000_000
        packed = {
            b"gzip": gzip.compress(plain),
            b"GZIP": gzip.compress(plain),
            b"deflate": zlib.compress(plain),
            b"br": b"junk",
            b"zstd": b"junk",
            b"gzip, identity": gzip.compress(plain),
        }
        got = {
            (path, name): await answered(desks, chair, filled(path), body, FORM, (b"Content-Encoding", name))
            for path in POSTS
            for name, body in packed.items()
        }
        assert {one: status for one, status in got.items() if status != 400} == {}


async def test_endless_forms_are_refused(house: House) -> None:
    """More than a form of ours can hold: in bytes, in chunks, in fields, in parts."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    chunked = (b"Transfer-Encoding", b"chunked")
    parts = (b"Content-Type", b"multipart/form-data; boundary=x")
    long = b"40000\r\n" + b"a" * 0x40000 + b"\r\n"
    with structlog.testing.capture_logs() as logged:
        async with desks_at(house) as desks, desks.chair(lin) as chair:
            path = "/console/account/alerts"
            assert await answered(desks, chair, path, b"a" * 300_000, FORM) == 413
            sent = request(
                b"POST",
                path.encode(),
                [(b"Cookie", cookies(chair)), FORM, chunked],
                long * 3 + b"0\r\n\r\n",
                length=False,
            )
            assert (await send(desks.url, sent)).status == 413
            assert await answered(desks, chair, path, b"a&" * 120_000, FORM) in (403, 413)
            assert await answered(desks, chair, path, b"%" * 250_000, FORM) in (403, 413)
            part = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n1\r\n'
            assert await answered(desks, chair, path, part * 4000 + b"--x--\r\n", parts) in (403, 413)
    assert [line for line in logged if line["log_level"] == "error"] == []


async def test_no_link_does_anything(house: House) -> None:
    """Whatever another site's page leads a browser to changes nothing: only forms do."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        before = await house.scalar("SELECT last_number FROM audit_chain")
        for path in GETS:
            for asked in (filled(path), f"{filled(path)}?do=close&csrf=x&reason=x&day=2026-11-28&login=lin"):
                await chair.get(asked, follow=False)
        acts = await house.scalar(
            "SELECT array_agg(DISTINCT act) FROM audit_records WHERE number > :before", before=before
        )
        assert {*(acts or [])} <= READING
        assert (await chair.get("/console/account")).status == 200
