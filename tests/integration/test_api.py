"""What programs of agencies do with a key: announcements over HTTP. Real PostgreSQL and a real server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.announcing import CITY, TOPICS, Room, lists_of
from fixtures.desks import hire
from fixtures.drawn import drawn, telling
from fixtures.house import KEYS, House
from fixtures.papers import locked, opening, printed, script
from fixtures.posted import posted
from fixtures.staffed import actor
from fixtures.web import application

from desk.announcements.programs.callbacks import Callbacks
from desk.announcements.service import Announcements
from desk.announcements.trials import Trials
from desk.api.access import needs_of
from desk.api.announcements import PATH
from desk.api.openapi import ACTS, describe
from desk.api.server import adding
from desk.contract.staff import PERMITS, Grant, Role
from desk.staff.authentication import Authentication
from desk.staff.mail import Mail, MailServer
from desk.staff.sessions import SessionLimits, make_key, open_session
from desk.staff.wanted import AlertWishes
from desk.store.database import transaction
from desk.web.limits import Limits

DRAFT = {
    "city": CITY,
    "agency": "city_hall",
    "topic": "water",
    "titles": {"zh_Hans": "停水", "en": "No water"},
    "texts": {"zh_Hans": "周四停水。", "en": "Thursday."},
}
ALERT = {**DRAFT, "kind": "alert", "audience": {"whom": "everybody"}}


@dataclass
class Api:
    """The server, and programs in front of it."""

    house: House
    http: ClientSession
    url: str

    async def key(self, login: str, *grants: Grant) -> str:
        known = await hire(self.house.engine, login, *grants)
        async with transaction(self.house.engine) as connection:
            return await make_key(connection, known.id, name="tests", days=1)

    async def ask(
        self, key: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, f"{self.url}{path}", json=body, headers=sent) as response:
            return response.status, await response.json()

    async def bring(self, key: str, content: bytes, kind: str = "image/jpeg") -> tuple[int, dict[str, Any]]:
        url = f"{self.url}/api/v1/images?city={CITY}&agency=city_hall"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        async with self.http.post(url, data=BytesIO(content), headers=headers) as response:
            return response.status, await response.json()

    async def bring_document(
        self, key: str, content: bytes, kind: str = "application/pdf", name: str = "notice.pdf"
    ) -> tuple[int, dict[str, Any]]:
        url = f"{self.url}/api/v1/documents?city={CITY}&agency=city_hall&name={name}"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        async with self.http.post(url, data=BytesIO(content), headers=headers) as response:
            return response.status, await response.json()

    async def document(self, key: str, sha256: str) -> tuple[int, bytes]:
        url, headers = f"{self.url}/api/v1/documents/{sha256}", {"Authorization": f"Bearer {key}"}
        async with self.http.get(url, headers=headers) as response:
            return response.status, await response.read() if response.status == 200 else b""

    async def image(self, key: str, sha256: str) -> tuple[int, str]:
        """The status, and what kind of image came."""
        url, headers = f"{self.url}/api/v1/images/{sha256}", {"Authorization": f"Bearer {key}"}
        async with self.http.get(url, headers=headers) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            return response.status, response.content_type if response.status == 200 else ""

    async def upload(self, key: str, of: str, content: bytes, name: str = "one") -> tuple[int, dict[str, Any]]:
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
        query = {"city": CITY, "agency": "city_hall", "name": name, "of": of}
        url = f"{self.url}/api/v1/lists"
        async with self.http.post(url, params=query, data=BytesIO(content), headers=sent) as response:
            return response.status, await response.json()

    async def create(self, key: str, body: Any, name: str = "one") -> tuple[int, dict[str, Any]]:
        return await self.ask(key, "POST", PATH, body, Idempotency_Key=name)


class Post:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        """Keep it."""
        self.sent.append(mail)


@asynccontextmanager
async def programs(house: House, limits: Limits | None = None, post: "Post | None" = None) -> AsyncIterator[Api]:
    """What programs call, while the block lasts."""

    def now() -> datetime:
        return datetime.now(UTC)

    room = Announcements(house.engine, house.catalogs, house.cities, TOPICS, now)
    door = Authentication(house.engine, KEYS, now, SessionLimits())
    called = Callbacks(house.engine, KEYS, "https://desk.example")
    trials = Trials(room, AlertWishes(house.engine, KEYS), cast("MailServer", post))
    added = adding(room, called, lists_of(house), door, trials)
    async with TestServer(application(house, limits, additions=[added])) as server, ClientSession() as http:
        yield Api(house, http, str(server.make_url("")).rstrip("/"))


@pytest.fixture
async def api(house: House) -> AsyncIterator[Api]:
    async with programs(house) as found:
        yield found


async def test_from_a_draft_to_an_approval(api: Api) -> None:
    """One program writes and submits, another approves; nobody their own."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    approver = await api.key("approver", Grant(Role.APPROVER, CITY))
    status, made = await api.create(editor, {"draft": ALERT, "submit": True})
    assert (status, made["state"]) == (201, "pending")
    one = f"{PATH}/{made['announcement']}"
    read = {"version": 1, "languages": ["zh_Hans", "en"]}
    status, refused = await api.ask(editor, "POST", f"{one}/approve", read)
    assert (status, refused["type"]) == (403, "/problems/not-permitted")
    status, begun = await api.ask(approver, "POST", f"{one}/approve", read)
    assert (status, begun["state"]) == (200, "sending")
    status, shown = await api.ask(approver, "GET", one)
    assert (status, shown["recipients"], shown["told"], shown["waits_for"]) == (200, 0, 0, [])
    status, page = await api.ask(editor, "GET", f"{PATH}?state=sending")
    assert [found["announcement"] for found in page["announcements"]] == [made["announcement"]]
    pages = [(await api.ask(key, "GET", f"{PATH}?approved=true"))[1] for key in (approver, editor)]
    assert [len(page["announcements"]) for page in pages] == [1, 0]
    status, stopped = await api.ask(editor, "POST", f"{one}/cancel", {"reason": "Called off."})
    assert (status, stopped["state"]) == (200, "cancelled")
    assert (await api.ask(editor, "POST", f"{one}/cancel", {"reason": "Again."}))[0] == 409


async def test_a_program_tells_few_a_day_by_itself(api: Api) -> None:
    """However it divides them; it reads how many are left, and why what is more waits for another."""
    room = Room(api.house)
    room.alone_up_to(1)
    await room.reader()
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    wanted = {"draft": DRAFT, "submit": True}
    states = [(await api.create(editor, wanted, name))[1]["state"] for name in ("one", "other")]
    assert states == ["sending", "pending"]
    _, shown = await api.ask(editor, "GET", f"{PATH}/2")
    assert (shown["alone"]["most"], shown["alone"]["left"]) == (1, 0)
    assert shown["alone"]["says"].endswith("It goes to more, so a second person has to approve it.")


async def test_asked_again_nothing_new_is_made(api: Api) -> None:
    """By one key one announcement, also by eight requests at once; another body under it is refused."""
    editor = await api.key("editor", Grant(Role.EDITOR))
    body = {"draft": DRAFT, "submit": True}
    answers = await asyncio.gather(*(api.create(editor, body) for _ in range(8)))
    assert len({made["announcement"] for _, made in answers}) == 1
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert await api.house.scalar("SELECT count(*) FROM announcements") == 1
    assert (await api.create(editor, {"draft": {**DRAFT, "topic": "power"}}))[0] == 409
    assert (await api.ask(editor, "POST", PATH, body))[0] == 422
    other = await api.key("other", Grant(Role.EDITOR))
    assert (await api.create(other, body))[0] == 201


async def test_what_is_wrong_is_said_by_field(api: Api) -> None:
    """By the schema and by the room, without a word of what was given."""
    editor = await api.key("editor", Grant(Role.EDITOR))
    status, problem = await api.create(editor, {"draft": {**DRAFT, "city": 7}})
    assert (status, problem["errors"][0]["field"]) == (422, "draft.city")
    wrong = {**DRAFT, "texts": {"zh_Hans": "{name}", "en": "x"}}
    status, problem = await api.create(editor, {"draft": wrong, "submit": True}, "two")
    assert (status, problem["errors"][0]["field"]) == (422, "text")
    assert (await api.create(editor, {"draft": {**DRAFT, "agency": "nobody"}}, "three"))[0] == 404
    assert (await api.ask(editor, "GET", f"{PATH}?state=lost"))[0] == 422
    assert (await api.ask(editor, "GET", f"{PATH}/{10**17}"))[0] == 404


async def test_changes_do_not_overwrite_each_other(api: Api) -> None:
    """Who changes an older version is told so."""
    editor = await api.key("editor", Grant(Role.EDITOR))
    _, made = await api.create(editor, {"draft": DRAFT})
    one = f"{PATH}/{made['announcement']}"
    changed = {"version": 1, "draft": {**DRAFT, "topic": "power"}}
    assert (await api.ask(editor, "PUT", one, changed))[1]["version"] == 2
    assert (await api.ask(editor, "PUT", one, changed))[0] == 409


async def test_what_failed_in_public_is_published_again(api: Api) -> None:
    """By an approver's program; of what is unknown it says that somebody looked."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    approver = await api.key("approver", Grant(Role.APPROVER, CITY))
    _, made = await api.create(editor, {"draft": ALERT, "submit": True})
    one = f"{PATH}/{made['announcement']}"
    await api.ask(approver, "POST", f"{one}/approve", {"version": 1, "languages": ["zh_Hans", "en"]})
    await posted(api.house, made["announcement"], "hangzhou-web", "unknown", "unknown", "no answer")
    status, shown = await api.ask(editor, "GET", f"{one}/posts")
    [post] = shown["posts"]
    assert (status, post["state"], post["attempts"][0]["outcome"]) == (200, "unknown", "unknown")
    asked = {"account": "hangzhou-web", "looked": True}
    assert (await api.ask(editor, "POST", f"{one}/republish", asked))[0] == 403
    assert (await api.ask(approver, "POST", f"{one}/republish", {"account": "hangzhou-web"}))[0] == 409
    status, shown = await api.ask(approver, "POST", f"{one}/republish", asked)
    assert (status, shown["posts"][0]["state"]) == (200, "waiting")
    assert (await api.ask(approver, "POST", f"{one}/republish", asked))[0] == 409


async def test_a_browser_session_is_no_key(api: Api) -> None:
    """Nor is nothing, nor a key that is over, nor one sent any other way."""
    known = await hire(api.house.engine, "editor", Grant(Role.EDITOR))
    async with transaction(api.house.engine) as connection:
        session = await open_session(connection, known.id, via="console", address="", limits=SessionLimits())
    for key in (None, session, "x" * 43):
        assert (await api.ask(key, "GET", PATH))[0] == 401


@pytest.mark.parametrize("role", list(Role))
async def test_each_act_needs_its_permission(api: Api, role: Role) -> None:
    """Every route by every role: whoever does not hold its permission is refused before anything is read."""
    place = () if role in {Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR, Role.TRAINER} else (CITY, "city_hall")
    key = await api.key(f"a_{role}", Grant(role, *place))
    for method, path, handler, _, _ in ACTS:
        needs = needs_of(handler)
        assert needs is not None
        address = path.replace("{number:[0-9]{1,18}}", "7").replace("{sha256:[0-9a-f]{64}}", "0" * 64)
        status, _ = await api.ask(key, method, address, {} if method != "get" else None)
        assert (status == 403) == (needs.permission not in PERMITS[role]), (method, path)


async def test_another_agencys_are_not_there(api: Api) -> None:
    """Neither seen nor touched; what is not there and what is another's look the same."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    stranger = await api.key("stranger", Grant(Role.EDITOR, CITY, "water"), Grant(Role.APPROVER, "shanghai"))
    _, made = await api.create(editor, {"draft": ALERT, "submit": True})
    one = f"{PATH}/{made['announcement']}"
    assert (await api.ask(stranger, "GET", one))[0] == 404
    assert (await api.ask(stranger, "POST", f"{one}/cancel", {"reason": "x"}))[0] == 404
    assert (await api.ask(stranger, "POST", f"{one}/approve", {"version": 1, "languages": ["en"]}))[0] == 404
    assert (await api.ask(stranger, "GET", PATH))[1]["announcements"] == []
    assert (await api.create(stranger, {"draft": DRAFT}))[0] == 403


CALLBACKS = "/api/v1/callbacks"
WANTED = {"url": "https://water.example/heard", "city": CITY, "agency": "city_hall"}


async def test_a_program_registers_where_it_hears_of_changes(api: Api) -> None:
    """Its secret is shown once and kept sealed; each account sees and drops its own, and no other."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    other = await api.key("other", Grant(Role.EDITOR, CITY))
    status, made = await api.ask(editor, "POST", CALLBACKS, WANTED)
    assert (status, made["waiting"], len(made["secret"])) == (201, 0, 43)
    assert (await api.ask(editor, "POST", CALLBACKS, WANTED))[0] == 409
    status, page = await api.ask(editor, "GET", CALLBACKS)
    assert page == {"callbacks": [{name: given for name, given in made.items() if name != "secret"}]}
    assert made["secret"].encode() not in await api.house.scalar("SELECT secret FROM announcement_callbacks")
    one = f"{CALLBACKS}/{made['callback']}"
    assert (await api.ask(other, "GET", CALLBACKS))[1] == {"callbacks": []}
    assert (await api.ask(other, "DELETE", one))[0] == 404
    assert (await api.ask(editor, "DELETE", one))[0] == 200
    assert (await api.ask(editor, "DELETE", one))[0] == 404
    acts = "SELECT array_agg(act ORDER BY number) FROM audit_records WHERE act LIKE 'announcement.callback%'"
    assert await api.house.scalar(acts) == ["announcement.callback_add", "announcement.callback_drop"]


@pytest.mark.parametrize(
    "url",
    [
        "http://water.example/heard",
        "https://localhost/heard",
        "https://127.0.0.1/",
        "http://[::1]:9000/",
        "https://user:word@water.example/",
        "https://water.example/#x",
        "https:///heard",
        "https://water.example:0/",
        "https://water.example/a b",
        "ftp://water.example/",
        "https://[::1/",
        f"https://water.example/{'x' * 500}",
    ],
)
async def test_an_address_that_must_not_be_called_is_refused(api: Api, url: str) -> None:
    """Only https, and nothing of this machine."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    status, problem = await api.ask(editor, "POST", CALLBACKS, {**WANTED, "url": url})
    assert (status, problem["errors"][0]["field"]) == (422, "url")


async def test_who_does_not_read_an_agency_does_not_hear_of_it(api: Api) -> None:
    """Nor does one account fill the store with addresses."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "water"))
    assert (await api.ask(editor, "POST", CALLBACKS, WANTED))[0] == 403
    for number in range(10):
        wanted = {"url": f"https://water.example/{number}", "city": CITY, "agency": "water"}
        assert (await api.ask(editor, "POST", CALLBACKS, wanted))[0] == 201
    wanted = {"url": "https://water.example/more", "city": CITY, "agency": "water"}
    assert (await api.ask(editor, "POST", CALLBACKS, wanted))[0] == 409


async def test_a_program_sends_a_trial_to_colleagues(house: House) -> None:
    """By login, who read its agency's announcements and left an address; nobody else, and not without end."""
    post = Post()
    async with programs(house, Limits(trials_per_hour=4), post) as api:
        editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
        await hire(house.engine, "wang", Grant(Role.APPROVER, CITY))
        await AlertWishes(house.engine, KEYS).keep(actor("wang"), "wang@city.example", ())
        _, made = await api.create(editor, {"draft": DRAFT})
        one = f"{PATH}/{made['announcement']}/trial"
        assert await api.ask(editor, "POST", one, {"to": ["wang"]}) == (200, {"to": ["wang"]})
        assert (await api.ask(editor, "POST", one, {"to": ["editor"]}))[0] == 409
        assert (await api.ask(editor, "POST", one, {"to": []}))[0] == 422
        water = await api.key("water", Grant(Role.EDITOR, CITY, "water"))
        assert (await api.ask(water, "POST", one, {"to": ["wang"]}))[0] == 404
        statuses = [(await api.ask(editor, "POST", one, {"to": ["editor"]}))[0] for _ in range(3)]
    assert statuses[-1] == 429
    assert ({mail.to for mail in post.sent}, len(post.sent)) == ({"wang@city.example"}, 3)


async def test_a_list_becomes_an_audience(api: Api) -> None:
    """Of whom its agency then tells; another agency's program cannot name it."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    water = await api.key("water", Grant(Role.EDITOR, CITY, "water"))
    status, made = await api.upload(editor, "telephones", b"13800001111\n13800002222\n")
    assert (status, made["lines"], made["known"], made["unknown"]) == (201, 2, 0, 2)
    listed = {**DRAFT, "audience": {"whom": "list", "list": made["list"]}}
    assert (await api.create(editor, {"draft": listed}))[0] == 201
    assert (await api.create(water, {"draft": {**listed, "agency": "water"}}))[0] == 404
    assert (await api.create(editor, {"draft": {**DRAFT, "audience": {"whom": "list"}}}, "two"))[0] == 422


async def test_a_program_names_a_kept_audience_and_reads_how_it_reads(api: Api) -> None:
    """In each language, what is not written yet as an ellipsis; a name of nothing is not found."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    await api.upload(editor, "telephones", b"13800001111\n", "Road works")
    status, made = await api.create(editor, {"draft": DRAFT, "audience": "Road works"})
    assert (status, made["draft"]["audience"]["whom"]) == (201, "list")
    status, shown = await api.ask(editor, "GET", f"{PATH}/{made['announcement']}")
    assert (status, shown["recipients"]) == (200, 0)
    assert ("停水" in shown["rendered"]["zh_Hant"], "Thursday." in shown["rendered"]["en"]) == (True, True)
    empty = {**DRAFT, "titles": {}, "texts": {"en": "Thursday."}}
    _, made = await api.create(editor, {"draft": empty}, "two")
    _, shown = await api.ask(editor, "GET", f"{PATH}/{made['announcement']}")
    assert ("…" in shown["rendered"]["zh_Hans"], "Thursday." in shown["rendered"]["en"]) == (True, True)
    assert (await api.create(editor, {"draft": DRAFT, "audience": "Nobody"}, "three"))[0] == 404


async def test_examples_say_what_each_would_read_and_name_nobody(api: Api) -> None:
    """By language and channel; all of them where they are few; another agency's are not there."""
    room = Room(api.house)
    for locale in ("en", "zh_Hans"):
        await room.reader(locale=locale)
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    _, made = await api.create(editor, {"draft": DRAFT})
    path = f"{PATH}/{made['announcement']}/examples"
    status, shown = await api.ask(editor, "GET", path)
    assert (status, shown["are_all"]) == (200, True)
    assert {one["language"]: "Thursday." in one["text"] for one in shown["examples"]} == {"en": True, "zh_Hans": False}
    assert {name for one in shown["examples"] for name in one} == {"language", "channel", "text"}
    water = await api.key("water", Grant(Role.EDITOR, CITY, "water"))
    assert (await api.ask(water, "GET", path))[0] == 404


async def test_a_program_leaves_out_what_the_agency_keeps(api: Api) -> None:
    """By name, of a new one and of a change; it stands in the draft from then on; a name of nothing is not found."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    _, made = await api.upload(editor, "telephones", b"13800001111\n", "Told by letter")
    status, drafted = await api.create(editor, {"draft": DRAFT, "leave_out": ["Told by letter"]})
    without = drafted["draft"]["audience"]["without"]
    assert (status, [(one["list"], one["name"]) for one in without]) == (201, [(made["list"], "Told by letter")])
    one = f"{PATH}/{drafted['announcement']}"
    changed = {"draft": DRAFT, "version": 1, "leave_out": ["Told by letter"]}
    status, saved = await api.ask(editor, "PUT", one, changed)
    assert (status, saved["draft"]["audience"]["without"]) == (200, without)
    assert (await api.create(editor, {"draft": DRAFT, "leave_out": ["Nobody"]}, "two"))[0] == 404
    nested = {**DRAFT, "audience": {"without": [{"without": []}]}}
    assert (await api.create(editor, {"draft": nested}, "three"))[0] == 422


@pytest.mark.parametrize(
    ("of", "content", "status"),
    [
        ("numbers", b"1", 422),
        ("telephones", b"", 409),
        ("telephones", b"telephone\n", 409),
        ("telephones", b"\x00\x01", 409),
        ("telephones", b"\xff\xff\xff", 409),
        ("telephones", b"anna\nbob\n", 409),
        ("telephones", b"1" * 2_000_001, 413),
    ],
)
async def test_a_list_that_is_none_is_refused(api: Api, of: str, content: bytes, status: int) -> None:
    """Neither read in part nor kept."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    assert (await api.upload(editor, of, content))[0] == status
    assert await api.house.scalar("SELECT count(*) FROM announcement_lists") == 0


async def test_an_image_is_brought_and_then_named(api: Api) -> None:
    """By the hash that was answered; who approves may fetch it, who has nothing there may not."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    approver = await api.key("approver", Grant(Role.APPROVER, CITY))
    stranger = await api.key("stranger", Grant(Role.EDITOR, "ningbo"))
    status, kept = await api.bring(editor, telling())
    assert (status, list(kept)) == (201, ["sha256"])
    image = {**kept, "alternatives": {"en": "A map"}}
    status, made = await api.create(editor, {"draft": {**ALERT, "image": image}, "submit": True})
    assert (status, made["draft"]["image"]) == (201, image)
    assert [await api.image(key, kept["sha256"]) for key in (approver, stranger)] == [(200, "image/jpeg"), (404, "")]
    read = {"version": 1, "languages": ["zh_Hans", "en"]}
    status, begun = await api.ask(approver, "POST", f"{PATH}/{made['announcement']}/approve", read)
    assert (status, begun["state"], begun["draft"]["image"]) == (200, "sending", image)


async def test_what_is_wrong_with_an_image_is_said(api: Api) -> None:
    """By the file, by its size, by its description, by the hash that nothing is kept of."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    fields = {}
    for name, content in (("kind", b"<svg/>"), ("large", drawn() + b"0" * 5_000_000), ("broken", drawn()[:900])):
        status, problem = await api.bring(editor, content)
        fields[name] = (status, problem["errors"][0]["field"], f"image_{name}" in problem["errors"][0]["reason"])
    assert set(fields.values()) == {(422, "image", True)}
    assert (await api.bring(editor, b"0" * 12_000_000))[0] == 413
    assert (await api.bring(editor, drawn(), kind="text/html"))[0] == 400
    assert (await api.bring(await api.key("reader", Grant(Role.APPROVER, CITY)), drawn()))[0] == 403
    _, kept = await api.bring(editor, drawn())
    for image, field in ((kept, "alt"), ({"sha256": "0" * 64, "alternatives": {"en": "A map"}}, "image")):
        status, problem = await api.create(editor, {"draft": {**DRAFT, "image": image}, "submit": True}, field)
        assert (status, problem["errors"][0]["field"]) == (422, field)


async def test_documents_are_brought_and_then_named(api: Api) -> None:
    """As they were answered, with their names; who approves may fetch them, who has nothing there may not."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    approver = await api.key("approver", Grant(Role.APPROVER, CITY))
    stranger = await api.key("stranger", Grant(Role.EDITOR, "ningbo"))
    status, kept = await api.bring_document(editor, printed(), name="a%2Fnotice.PDF")
    size = len(printed())
    assert (status, kept["file"], kept["size"]) == (201, "notice.pdf", size)
    document = {**kept, "names": {"en": "A permit"}}
    status, made = await api.create(editor, {"draft": {**ALERT, "documents": [document]}, "submit": True})
    assert (status, made["draft"]["documents"]) == (201, [document])
    found = [await api.document(key, kept["sha256"]) for key in (approver, stranger)]
    assert found == [(200, printed()), (404, b"")]
    read = {"version": 1, "languages": ["zh_Hans", "en"]}
    status, begun = await api.ask(approver, "POST", f"{PATH}/{made['announcement']}/approve", read)
    assert (status, begun["state"], begun["draft"]["documents"]) == (200, "sending", [document])


async def test_what_is_wrong_with_a_document_is_said(api: Api) -> None:
    """By the file, by its size, by its name, by the hash that nothing is kept of, by their number."""
    editor = await api.key("editor", Grant(Role.EDITOR, CITY, "city_hall"))
    wrong = {"kind": drawn(), "encrypted": locked(""), "active": opening(script()), "broken": printed()[:-300]}
    for why, content in wrong.items():
        status, problem = await api.bring_document(editor, content)
        [error] = problem["errors"]
        assert (status, error["field"], f"document_{why}" in error["reason"]) == (422, "documents", True)
    assert (await api.bring_document(editor, b"0" * 12_000_000))[0] == 413
    assert (await api.bring_document(editor, printed(), kind="text/html"))[0] == 400
    assert (await api.bring_document(editor, printed(), name=""))[0] == 422
    assert (await api.bring_document(await api.key("reader", Grant(Role.APPROVER, CITY)), printed()))[0] == 403
    _, kept = await api.bring_document(editor, printed())
    gone, long = {**kept, "sha256": "0" * 64}, {**kept, "names": {"en": "a" * 61}}
    for documents, field in (([gone], "documents"), ([long], "documents.0.names")):
        body = {"draft": {**DRAFT, "documents": documents}, "submit": True}
        status, problem = await api.create(editor, body, field)
        assert (status, problem["errors"][0]["field"]) == (422, field)
    status, _ = await api.create(editor, {"draft": {**DRAFT, "documents": [kept] * 4}}, "many")
    assert status == 422


async def test_the_document_describes_every_act(api: Api) -> None:
    """Each address and method, and only these; references lead somewhere."""
    status, document = await api.ask(None, "GET", "/api/v1/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    described = {(method, path) for path, acts in document["paths"].items() for method in acts}
    assert described == {(method, re.sub(r":[^/]*\}", "}", path)) for method, path, _, _, _ in ACTS}
    assert document["webhooks"]["changed"]["post"]["requestBody"]["required"]
    schemas = describe()["components"]["schemas"]
    assert {"New", "Draft", "Announcement", "Details", "Problem"} <= set(schemas)
