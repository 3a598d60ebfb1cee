"""Requests that nobody's browser sends. Each was answered 500 once, or held up everybody: now it is refused at once."""

import json
from pathlib import Path

import pytest
import structlog
from fixtures.house import House
from fixtures.payments import paying_at
from fixtures.post import post_office
from fixtures.web import serving
from fixtures.wire import MUTE, request, send

pytestmark = [pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE]  # as in the product

JSON = (b"Content-Type", b"application/json")
LONG = b"a" * 300
OPENING = b'{"city": "hangzhou"}'

STRANGE = {
    "an origin that is no address": (request(b"GET", b"/", [(b"Origin", b"http://[::1")]), 200),
    "such an origin at the chat": (request(b"POST", b"/chat/v1/sessions", [(b"Origin", b"http://[")], OPENING), 403),
    "an origin that is no text": (request(b"GET", b"/", [(b"Origin", b"http://\xff\xfe")]), 200),
    "a zero byte in a file's name": (request(b"GET", b"/static/%00.css"), 404),
    "a file's name of 300 characters": (request(b"GET", b"/static/" + LONG + b".css"), 404),
    "a file's path of 5,000 characters": (request(b"GET", b"/static/" + b"a/" * 2500 + b"a.css"), 404),
    "a file outside": (request(b"GET", b"/static/..%2f..%2f__init__.css"), 404),
    "a body that says it is packed": (
        request(b"POST", b"/chat/v1/sessions", [JSON, (b"Content-Encoding", b"gzip")], b"junk"),
        400,
    ),
    "a body packed in no known way": (
        request(b"POST", b"/chat/v1/sessions", [JSON, (b"Content-Encoding", b"what")], OPENING),
        400,
    ),
    "a body in chunks that are none": (
        request(b"POST", b"/chat/v1/sessions", [JSON, (b"Transfer-Encoding", b"chunked")], b"zz\r\n", length=False),
        400,
    ),
    "a body in an unknown charset": (
        request(b"POST", b"/chat/v1/sessions", [(b"Content-Type", b"application/json; charset=x")], OPENING),
        400,
    ),
    "a language that is no text": (request(b"GET", b"/", [(b"Accept-Language", b"\xff\xfe;q=\xff")]), 200),
    "a query that is no text": (request(b"GET", b"/?lang=%ff%00&%ed%a0%80=1"), 200),
    "an address that is none": (request(b"GET", b"http://[/", []), 400),
}


async def test_strange_requests_are_no_failures(house: House) -> None:
    """Each is answered for what it is."""
    with structlog.testing.capture_logs() as logged:
        async with serving(house) as site:
            answered = {name: (await send(site.url, asked)).status for name, (asked, _) in STRANGE.items()}
    assert answered == {name: wanted for name, (_, wanted) in STRANGE.items()}
    assert [line for line in logged if line["log_level"] == "error"] == []


UPLOADS = {
    "without a boundary": (b"multipart/form-data", b"junk"),
    "with a boundary that never comes": (b"multipart/form-data; boundary=x", b"junk"),
    "of a kind that has none": (b"multipart/", b"junk"),
    "with a boundary of 200 characters": (b"multipart/form-data; boundary=" + b"x" * 200, b"junk"),
    "broken off in a header": (b"multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; na"),
    "broken off in a file": (
        b"multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n\x89PNG',
    ),
    "with a length that is none": (
        b"multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\nContent-Length: what\r\n\r\n1\r\n--x--\r\n',
    ),
    "with a thousand headers": (
        b"multipart/form-data; boundary=x",
        b"--x\r\n" + b"".join(b"a%d: b\r\n" % one for one in range(1000)) + b"\r\n1\r\n--x--\r\n",
    ),
    "nested": (
        b"multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed\r\n\r\n--y\r\n\r\n1\r\n--y--\r\n--x--\r\n",
    ),
}


async def test_uploads_that_are_no_forms_are_malformed(house: House) -> None:
    """A form of files that is none, or broken off."""
    answered = {}
    with structlog.testing.capture_logs() as logged:
        async with serving(house) as site:
            caller = await site.open()
            authorization = (b"Authorization", f"Bearer {caller.token}".encode())
            for name, (content_type, body) in UPLOADS.items():
                asked = request(b"POST", b"/chat/v1/media", [authorization, (b"Content-Type", content_type)], body)
                answered[name] = (await send(site.url, asked)).status
    assert {name: status for name, status in answered.items() if status not in (400, 415)} == {}
    assert [line for line in logged if line["log_level"] == "error"] == []


async def test_packed_notification_of_a_payment_is_refused(house: House, tmp_path: Path, pay_keys: Path) -> None:
    """Alipay packs nothing; a body that says so is not read."""
    async with paying_at(house, tmp_path, pay_keys) as paying:
        body = request(b"POST", b"/pay/alipay/notify", [(b"Content-Encoding", b"gzip")], b"junk")
        answered = await send(paying.site.url, body)
    assert answered.status == 400


PROOFS = {"no text": b"\xff\xfe", "not of ASCII": "密".encode(), "another": b"x" * 40}
MESSAGE = {"message_id": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5, "is_bot": False, "first_name": "a"}}
PLACE = {"latitude": 1e308, "longitude": 1}
UPDATES = {
    "in 30 milliards of years": ({"message": {**MESSAGE, "date": 10**18, "text": "a"}}, 400),
    "at the end of all calendars": ({"message": {**MESSAGE, "date": 253_402_300_799, "text": "a"}}, 400),
    "before all of them": ({"message": {**MESSAGE, "date": -62_135_596_800, "text": "a"}}, 400),
    "at a time that is no number": ({"message": {**MESSAGE, "date": float("nan"), "text": "a"}}, 400),
    "changed in 30 milliards of years": ({"edited_message": {**MESSAGE, "date": 1, "edit_date": 10**18}}, 400),
    "at a place that is none": ({"message": {**MESSAGE, "date": 1, "location": PLACE}}, 400),
    "with half a character": ({"message": {**MESSAGE, "date": 1_790_000_000, "text": "\ud83d"}}, 200),
}


async def test_webhook_takes_nothing_strange(house: House, tmp_path: Path) -> None:
    """A secret word that is no text is a wrong one; what has no time, or no place, is malformed and not stored."""
    async with post_office(house, tmp_path) as office:
        target, header = f"/channels/telegram/{office.account.slug}".encode(), b"X-Telegram-Bot-Api-Secret-Token"
        secret = office.register.opened(office.account).secrets.model_dump()["webhook_secret"].get_secret_value()

        async def post(word: bytes, body: bytes) -> int:
            return (await send(office.desk_url, request(b"POST", target, [(header, word)], body))).status

        proofs = {name: await post(word, b"{}") for name, word in PROOFS.items()}
        updates = {
            name: await post(secret.encode(), json.dumps({"update_id": 1, **update}).encode())
            for name, (update, _) in UPDATES.items()
        }
    assert proofs == dict.fromkeys(PROOFS, 403)
    assert updates == {name: wanted for name, (_, wanted) in UPDATES.items()}
