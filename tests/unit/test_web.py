"""What the web reads from requests and files, as tables."""

from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from pydantic import SecretStr

from desk.app.settings import Settings
from desk.city.files import load_city
from desk.city.holidays import Calendar
from desk.cli.checking import in_the_clear, pretended, proxy_of, signing_of
from desk.cli.commands.chat import understood
from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES, Locale
from desk.media.types import content_type_of
from desk.web.access import access_of, caller_of, networks, public, require_names, scheme_of, session
from desk.web.greeting import greeting
from desk.web.languages import accepted, requested
from desk.web.limits import Open
from desk.web.parts import ServiceWords
from desk.web.server import ROUTES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", ["zh_Hans", "en"]),
        ("zh-TW", ["zh_Hant"]),
        ("zh-HK,en", ["zh_Hant", "en"]),
        ("zh-Hant-CN", ["zh_Hant"]),
        ("zh-Hans-HK", ["zh_Hans"]),
        ("yue", ["zh_Hant"]),
        ("en;q=0.2, zh;q=0.9", ["zh_Hans", "en"]),
        ("de-DE,fr;q=0.5", []),
        ("en;q=0", []),
        ("en;q=much", []),
        ("", []),
        (",;,", []),
    ],
)
def test_accept_language_names_our_languages_in_order(header: str, expected: list[Locale]) -> None:
    """Tags map to our languages by script and region; the most wanted comes first; nonsense is ignored."""
    assert accepted(header) == expected


@pytest.mark.parametrize(
    ("path", "header", "offered", "expected"),
    [
        ("/?lang=en", "zh-TW", LOCALES, "en"),
        ("/?lang=xx", "zh-TW", LOCALES, "zh_Hant"),
        ("/", "en", ("zh_Hans", "zh_Hant"), "zh_Hans"),
        ("/", "", LOCALES, "zh_Hans"),
    ],
)
def test_requested_language_is_one_that_is_offered(
    path: str, header: str, offered: tuple[Locale, ...], expected: Locale
) -> None:
    """?lang= wins over Accept-Language; what is not offered falls to the first that is."""
    request = make_mocked_request("GET", path, headers={"Accept-Language": header})
    assert requested(request, offered) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n....", "image/png", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0....", "image/jpeg", id="jpeg"),
        pytest.param(b"GIF89a....", "image/gif", id="gif"),
        pytest.param(b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", id="webp"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", id="wav"),
        pytest.param(b"RIFF\x00\x00\x00\x00AVI LIST", None, id="avi"),
        pytest.param(b"%PDF-1.7", "application/pdf", id="pdf"),
        pytest.param(b"OggS....", "audio/ogg", id="ogg"),
        pytest.param(b"#!AMR\n", "audio/amr", id="amr"),
        pytest.param(b"\x00\x00\x00\x20ftypM4A ", "audio/mp4", id="m4a"),
        pytest.param(b"ID3\x04....", "audio/mpeg", id="mp3 with a tag"),
        pytest.param(b"\xff\xfb\x90\x00", "audio/mpeg", id="mp3 without a tag"),
        pytest.param(b"\xff\xf1\x50\x80", "audio/aac", id="aac"),
        pytest.param(b"\xff\xfeh\x00i\x00", None, id="UTF-16 text"),
        pytest.param(b"<svg xmlns=", None, id="svg"),
        pytest.param(b"<html>", None, id="html"),
        pytest.param(b"MZ\x90\x00", None, id="a program"),
        pytest.param(b"\xff", None, id="one byte"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_files_type_is_told_by_its_content(content: bytes, expected: str | None) -> None:
    """Pictures, PDF and audio are known by their first bytes; everything else is refused."""
    assert content_type_of(content) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("我要交违章罚款", {"text": "我要交违章罚款"}),
        (":2", {"payload": "/b"}),
        (":3", {"text": ":3"}),
        (":place 30.25 120.16", {"location": {"lat": 30.25, "lon": 120.16, "datum": "wgs84"}}),
        (":place 30.25,120.16", {"location": {"lat": 30.25, "lon": 120.16, "datum": "wgs84"}}),
        ("/restart", {"text": "/restart"}),
        ("   ", None),
    ],
)
def test_a_line_of_the_terminal_is_read(line: str, expected: dict[str, object] | None) -> None:
    """Buttons and places have their signs; everything else is text, a leading slash too."""
    assert understood(line, ["/a", "/b"]) == expected


def test_every_route_names_its_access() -> None:
    """No route is open by oversight."""
    unnamed = [route.path for route in ROUTES if access_of(route.handler) is None]
    assert unnamed == []


def test_what_belongs_to_a_session_needs_its_token() -> None:
    """All of the chat API needs a token but opening a session, coming in by a platform's proof, counts, texts, city."""
    open_ = {
        route.path for route in ROUTES if route.path.startswith("/chat/") and access_of(route.handler) != "session"
    }
    cities = {f"/chat/v1/cities/{{city}}{of}" for of in ("", "/alerts", "/board")}
    counted = {"/chat/v1/counts", "/chat/v1/helpful"}
    assert open_ == {"/chat/v1/sessions", "/chat/v1/entries", "/chat/v1/texts", *counted, *cities}


def test_a_route_without_access_is_refused_by_name() -> None:
    """An application with a handler that names nothing does not start."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/open-door", handler)
    with pytest.raises(ConfigurationError, match="/open-door"):
        require_names(app)


@pytest.mark.parametrize(("mark", "access"), [(public, "public"), (session, "session")])
def test_a_handler_names_its_access(mark: object, access: str) -> None:
    """Each decorator names one access."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    assert callable(mark)
    assert access_of(mark(handler)) == access


PROXIES = "10.0.0.0/8, 2001:db8:ffff::1"


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        pytest.param("203.0.113.9", None, "203.0.113.9", id="nobody between"),
        pytest.param("203.0.113.9", "198.51.100.1", "203.0.113.9", id="a stranger's word"),
        pytest.param("10.0.0.2", "198.51.100.1", "198.51.100.1", id="our proxy's word"),
        pytest.param("10.0.0.2", "192.0.2.66, 198.51.100.1", "198.51.100.1", id="what the caller wrote before"),
        pytest.param("10.0.0.2", "198.51.100.1, 10.0.0.3", "198.51.100.1", id="two proxies of ours"),
        pytest.param("10.0.0.2", "nonsense", "nonsense", id="no address"),
        pytest.param("10.0.0.2", None, "10.0.0.2", id="the proxy itself"),
        pytest.param("::ffff:10.0.0.2", "198.51.100.1", "198.51.100.1", id="IPv4 on a socket for both"),
        pytest.param("2001:db8:ffff::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64", id="IPv6 by its household"),
        pytest.param(None, None, "", id="no address at all"),
    ],
)
def test_a_caller_is_known_by_what_our_proxies_say(remote: str | None, forwarded: str | None, expected: str) -> None:
    """X-Forwarded-For counts as far as proxies of ours wrote it; nobody chooses the address they are counted by."""
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("POST", "/chat/v1/sessions", headers=headers).clone(remote=remote)
    assert caller_of(request, networks(PROXIES)) == expected


@pytest.mark.parametrize(
    ("remote", "forwarded", "schemes", "expected"),
    [
        pytest.param("203.0.113.9", None, ["https"], "http", id="a stranger's word"),
        pytest.param("203.0.113.9", "10.0.0.2", ["https"], "http", id="a stranger's, with a proxy of ours before"),
        pytest.param("10.0.0.2", "198.51.100.1", ["https"], "https", id="our proxy's word"),
        pytest.param("10.0.0.2", None, ["HTTPS"], "https", id="our proxy's, that tells no address"),
        pytest.param("10.0.0.2", "198.51.100.1", ["https, http"], "http", id="what the caller wrote before"),
        pytest.param("10.0.0.2", "198.51.100.1", ["https", "http"], "http", id="and in a line of its own"),
        pytest.param("10.0.0.2", "198.51.100.1, 10.0.0.3", ["https, http"], "https", id="two proxies of ours"),
        pytest.param("10.0.0.2", "198.51.100.1, 10.0.0.3", ["https"], "https", id="two, of which one says it"),
        pytest.param("10.0.0.2", "198.51.100.1", [], "http", id="a proxy that says nothing"),
    ],
)
def test_a_scheme_is_known_by_what_our_proxies_say(
    remote: str, forwarded: str | None, schemes: list[str], expected: str
) -> None:
    """X-Forwarded-Proto counts as far as X-Forwarded-For does: nobody has cookies marked by what they claim."""
    headers = CIMultiDict([("X-Forwarded-Proto", scheme) for scheme in schemes])
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    request = make_mocked_request("POST", "/chat/v1/sessions", headers=headers).clone(remote=remote, scheme="http")
    assert scheme_of(request, networks(PROXIES)) == expected


def test_https_behind_nobody_is_told() -> None:
    """`desk check` refuses an address by HTTPS whose proxy nobody named: all residents would count as one."""
    with pytest.raises(ConfigurationError, match="DESK_TRUSTED_PROXIES"):
        proxy_of(Settings(public_url="https://city.example"))
    assert "1 network" in proxy_of(Settings(public_url="https://city.example", trusted_proxies="10.0.0.2"))
    assert "whoever connects" in proxy_of(Settings(public_url="http://127.0.0.1:8080"))


def test_a_key_of_alerts_for_each_serve_is_told() -> None:
    """Beside servers there may be several serves: who verifies alerts is given one certificate."""
    servers = Settings(database_url=SecretStr("postgresql://db/desk"))
    with pytest.raises(ConfigurationError, match="DESK_ALERTS_KEY_FILE"):
        signing_of(servers)
    assert "DESK_ALERTS_KEY_FILE" in signing_of(servers.model_copy(update={"alerts_key_file": ROOT / "alerts.pem"}))
    assert "data directory" in signing_of(Settings())


def test_addresses_of_the_sandbox_are_named_where_none_runs() -> None:
    """Beside servers nobody pretends to be an agency: `desk check` says which addresses are left."""
    cities = [load_city(path) for path in sorted((ROOT / "cities").glob("*.yml"))]
    servers = Settings(database_url=SecretStr("postgresql://db/desk"))
    with pytest.raises(ConfigurationError, match=rf"addresses stand for the sandbox.*{cities[0].slug}: "):
        pretended(servers, cities)
    assert "stand for the sandbox" in pretended(Settings(), cities)
    assert "stand for" in pretended(servers.model_copy(update={"sandbox_url": "http://sandbox"}), cities)
    assert pretended(servers, []) == "0 stand for the sandbox"


@pytest.mark.parametrize(
    ("address", "is_read"),
    [("http://police.example/v1", True), ("https://police.example/v1", False), ("http://127.0.0.1:9000", False)],
)
def test_agencies_that_are_asked_in_the_clear_are_named(address: str, *, is_read: bool) -> None:
    """`desk check` refuses what can be read on its way to another machine, and names it."""
    [city] = [load_city(path) for path in sorted((ROOT / "cities").glob("hangzhou.yml"))]
    fines = city.services["traffic_fines"]
    asked = fines.model_copy(update={"endpoints": {**fines.endpoints, "police": address}})
    changed = city.model_copy(update={"services": {**city.services, "traffic_fines": asked}})
    assert in_the_clear([city]).startswith("none")
    if is_read:
        with pytest.raises(ConfigurationError, match=r"hangzhou: traffic_fines\.police"):
            in_the_clear([changed])
    else:
        assert in_the_clear([changed]).startswith("none")


def test_a_wrong_network_of_proxies_is_refused() -> None:
    """The message quotes it and shows how to write it."""
    with pytest.raises(ConfigurationError, match=r"proxy\.local.*10\.0\.0\.0/8"):
        networks("10.0.0.1, proxy.local")


def test_requests_open_at_once_are_bounded_for_one_and_for_all() -> None:
    """One session has its limit, all together have another, and what ended no longer counts."""
    one, other, third = uuid4(), uuid4(), uuid4()
    open_ = Open(2, 3)
    with (
        open_.admit(one) as first,
        open_.admit(one) as second,
        open_.admit(other) as others,
        open_.admit(third) as beyond_all,
    ):
        pass
    with open_.admit(one) as again, open_.admit(one), open_.admit(one) as beyond_one:
        pass
    assert (first, second, others, beyond_all, again, beyond_one) == (True, True, True, False, True, False)


def test_the_greeting_offers_what_the_city_offers() -> None:
    """The city's services are buttons, in the order of its file; services of others are not."""
    city = load_city(ROOT / "cities" / "hangzhou.yml")
    words = {
        name: ServiceWords(f"{name}.title", f"{name}.description") for name in ("next_bus", "traffic_fines", "other")
    }
    reply = greeting(city, words, month=3)
    assert [button.payload for button in reply.buttons] == [f"/{name}" for name in city.services if name in words]


@pytest.mark.parametrize(("colour", "good"), [("#0b6757", True), ("#ffd700", False), ("teal", False)])
def test_a_citys_colour_must_carry_white_text(tmp_path: Path, colour: str, good: bool) -> None:
    """A colour on which white text cannot be read is refused, with the reason."""
    source = (ROOT / "cities" / "hangzhou.yml").read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if not line.startswith("colour:")]
    path = tmp_path / "hangzhou.yml"
    path.write_text("\n".join([*lines, f'colour: "{colour}"']), encoding="utf-8")
    if good:
        assert load_city(path, Calendar()).colour == colour
    else:
        with pytest.raises(ConfigurationError, match="colour"):
            load_city(path, Calendar())
