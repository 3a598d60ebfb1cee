"""Errors, documents and pages of the web over a real store."""

from datetime import datetime

import pytest
from fixtures.house import House
from fixtures.web import Site, application, serving
from openapi_spec_validator import validate
from prometheus_client import REGISTRY

from desk.web.openapi import DOCUMENT

CALLS = (
    "session",
    "sessions",
    "entries",
    "messages",
    "events",
    "media",
    "me/data",
    "me/matters",
    "me",
    "typing",
    "read",
    "texts",
    "cities/{city}",
    "cities/{city}/alerts",
    "cities/{city}/board",
    "orders/{order}/trade",
    "helpful",
    "counts",
    "looks",
    "phone",
    "phone/answer",
    "push",
)
NO_LOCALE = {"city": "hangzhou", "locale": "fr"}
WRONG_TOKEN = {"headers": {"Authorization": "Bearer " + "x" * 43}}
WRONG_SCHEME = {"headers": {"Authorization": "Basic eDp5"}}
ODD = {"Content-Type": "application/json; charset=klingon"}
COUNTED = "desk_requests_refused_total"
FORWARDED = {"headers": {"X-Forwarded-For": "203.0.113.9"}}


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "problem"),
    [
        pytest.param("POST", "/chat/v1/sessions", {"json": {"city": "atlantis"}}, 404, "unknown-city", id="city"),
        pytest.param("POST", "/chat/v1/sessions", {"json": NO_LOCALE}, 422, "not-valid", id="locale"),
        pytest.param("POST", "/chat/v1/sessions", {"json": []}, 400, "malformed", id="no object"),
        pytest.param("POST", "/chat/v1/sessions", {"data": "{"}, 400, "malformed", id="no JSON"),
        pytest.param("POST", "/chat/v1/sessions", {"data": b"\xff\xfe"}, 400, "malformed", id="no UTF-8"),
        pytest.param("POST", "/chat/v1/sessions", {"data": "{}", "headers": ODD}, 400, "malformed", id="odd charset"),
        pytest.param("POST", "/chat/v1/sessions", {"data": "[" * 100_000}, 400, "malformed", id="too deep"),
        pytest.param("POST", "/chat/v1/sessions", {"data": "9" * 5_000}, 400, "malformed", id="too long a number"),
        pytest.param("POST", "/chat/v1/messages", {"json": {}}, 401, "not-authenticated", id="no token"),
        pytest.param("GET", "/chat/v1/events", WRONG_TOKEN, 401, "not-authenticated", id="wrong token"),
        pytest.param("GET", "/chat/v1/events", WRONG_SCHEME, 401, "not-authenticated", id="wrong scheme"),
        pytest.param("GET", "/chat/v1/nothing", {}, 404, "not-found", id="no such path"),
        pytest.param("PUT", "/chat/v1/messages", {}, 405, "method-not-allowed", id="no such method"),
        pytest.param("GET", "/static/../server.py", {}, 404, "not-found", id="no way out of static"),
        pytest.param("GET", "/static/%2e%2e/server.py", {}, 404, "not-found", id="no encoded way out of static"),
        pytest.param("GET", "/atlantis", {}, 404, "unknown-city", id="page of no city"),
        pytest.param("GET", "/metrics", {}, 404, "unknown-city", id="no metrics where residents come in"),
        pytest.param("GET", "/readyz", {}, 404, "unknown-city", id="no readiness where residents come in"),
        pytest.param(
            "POST", "/chat/v1/sessions", {"json": {"city": "hangzhou"}, "headers": {"Origin": "https://elsewhere.example"}},
            403, "origin-not-allowed", id="another site",
        ),
    ],
)  # fmt: skip
async def test_errors_are_problem_documents(
    site: Site, method: str, path: str, options: dict[str, object], status: int, problem: str
) -> None:
    """Every error is problem+json with a stable type, whose page exists."""
    got, body, headers = await site.ask(method, path, **options)
    page, _, _ = await site.ask("GET", body["type"])
    assert (got, body["status"], body["type"], headers["Content-Type"].split(";")[0], page) == (
        status,
        status,
        f"/problems/{problem}",
        "application/problem+json",
        200,
    )


@pytest.mark.parametrize(
    ("path", "status", "way", "phone"),
    [
        pytest.param("/atlantis", 404, '"/?lang=', False, id="no city"),
        pytest.param("/hangzhou/guides/atlantis", 404, '"/hangzhou?lang=', True, id="no guide"),
        pytest.param("/hangzhou/announcements/999999", 404, '"/hangzhou?lang=', True, id="no announcement"),
        pytest.param("/nothing/at/all", 404, '"/?lang=', False, id="nothing"),
        pytest.param("/problems/none", 404, '"/?lang=', False, id="no problem"),
    ],
)
@pytest.mark.parametrize("language", ["zh-CN", "zh-HK", "en"])
async def test_a_person_reads_what_went_wrong(
    site: Site, path: str, status: int, way: str, phone: bool, language: str
) -> None:
    """In a browser an error is a page in the person's language, with a way on; a city's names its telephone."""
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": language}
    got, page, headers = await site.ask("GET", path, headers=browser)
    _, document, _ = await site.ask("GET", path, headers={"Accept-Language": language})
    assert (got, headers["Content-Type"].split(";")[0]) == (status, "text/html")
    assert (document["title"] in page, way in page, 'href="tel:' in page) == (True, True, phone)
    assert headers["Content-Language"] in {"zh-Hans", "zh-Hant", "en"}


async def test_a_fault_of_ours_is_said_with_the_way_to_try_again(house: House) -> None:
    """While something is away a page says so, in the language of the browser, and when to come again."""

    def away() -> datetime:
        raise ConnectionError

    async with serving(house, now=away) as site:
        browser = {"Accept": "text/html", "Accept-Language": "en"}
        status, page, headers = await site.ask("GET", "/hangzhou", headers=browser)
    assert (status, headers["Retry-After"], "Try again" in page, 'href="tel:' in page) == (503, "1", True, True)


async def test_answers_to_programs_are_shown_in_no_browser(site: Site) -> None:
    """JSON of the API, problems too, is kept as a file by whoever is led to its address; what people look at is not."""
    for path in ("/chat/v1/events", "/chat/v1/nothing", "/api/v1/announcements"):
        _, _, headers = await site.ask("GET", path)
        assert (path, headers.get("Content-Disposition")) == (path, 'attachment; filename="answer.json"')
    for path in ("/openapi.json", "/hangzhou", "/atlantis"):
        _, _, headers = await site.ask("GET", path)
        assert (path, headers.get("Content-Disposition")) == (path, None)


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [("PUT", "/chat/v1/messages", "method_not_allowed"), ("GET", "/chat/v1/events", "not_authenticated"),
     ("GET", "/chat/v1/nothing", "not_found")],
)  # fmt: skip
async def test_what_is_refused_is_counted(site: Site, method: str, path: str, problem: str) -> None:
    """By what it is answered with: whoever tries methods, tokens and addresses shows."""
    before = REGISTRY.get_sample_value(COUNTED, {"problem": problem}) or 0
    await site.ask(method, path)
    assert REGISTRY.get_sample_value(COUNTED, {"problem": problem}) == before + 1


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh-TW,zh;q=0.9", "沒有這個城市"), ("zh-CN", "没有这个城市"), ("en-GB", "No such city"), ("de", "没有这个城市")],
)
async def test_problems_speak_the_callers_language(site: Site, language: str, title: str) -> None:
    """Title and detail follow Accept-Language."""
    _, body, _ = await site.ask("GET", "/atlantis", headers={"Accept-Language": language})
    assert body["title"] == title


async def test_problems_speak_the_sessions_language(site: Site) -> None:
    """With a token, the conversation's language counts."""
    caller = await site.open("zh_Hant")
    _, body = await caller.post("a")
    assert body["title"] == "請求內容有誤"


async def test_openapi_is_valid_and_describes_every_call(site: Site, house: House) -> None:
    """/openapi.json is OpenAPI 3 and names the API's paths with their access."""
    _, document, _ = await site.ask("GET", "/openapi.json")
    validate(document)
    paths = {path for path in document["paths"] if path.startswith("/chat/v1/")}
    assert document == application(house)[DOCUMENT]
    assert paths == {f"/chat/v1/{path}" for path in CALLS}
    assert document["paths"]["/chat/v1/messages"]["post"]["security"] == [{"session": []}]


@pytest.mark.parametrize(
    "path",
    ["/", "/hangzhou", "/hangzhou/guides", "/static/icon.svg", "/problems/failed"],
)
async def test_pages_carry_strict_headers(site: Site, path: str) -> None:
    """Every page, and what can be one by itself, forbids inline script, framing and sniffing."""
    status, _, headers = await site.ask("GET", path)
    policy = headers["Content-Security-Policy"]
    assert status == 200
    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/chat.js", "/static/page.css", "/hangzhou/theme.css"])
async def test_what_pages_load_is_what_it_says(site: Site, path: str) -> None:
    """No document, so nothing is said of how one behaves; and nothing else than its type."""
    status, _, headers = await site.ask("GET", path)
    assert status == 200
    assert "Content-Security-Policy" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] in ("same-origin", "cross-origin")


@pytest.mark.parametrize(
    ("lang", "tag", "text"),
    [("zh_Hans", "zh-Hans", "服务事项"), ("zh_Hant", "zh-Hant", "服務事項"), ("en", "en", "Services")],
)
async def test_the_city_page_speaks_the_chosen_language(site: Site, lang: str, tag: str, text: str) -> None:
    """?lang= chooses the page's language, and the page says which it is."""
    _, page, headers = await site.ask("GET", f"/hangzhou?lang={lang}")
    assert (f'<html lang="{tag}">' in page, text in page, headers["Content-Language"]) == (True, True, tag)


@pytest.mark.parametrize(
    ("locale", "title", "agency"),
    [
        ("zh_Hans", "宁波政务服务", "宁波市行政服务中心"),
        ("zh_Hant", "寧波政務服務", "寧波市行政服務中心"),
        ("en", "Ningbo public services", "Ningbo"),
    ],
)
async def test_a_city_is_shown_in_each_language(site: Site, locale: str, title: str, agency: str) -> None:
    """What the head of a chat shows: title, agency of the account, colour."""
    status, shown, _ = await site.ask("GET", f"/chat/v1/cities/ningbo?locale={locale}")
    assert (status, shown["city"], shown["title"], shown["locale"]) == (200, "ningbo", title, locale)
    assert agency in shown["agency"]
    assert shown["colour"].startswith("#")


async def test_a_city_that_there_is_not_is_not_shown(site: Site) -> None:
    """An unknown city is the problem that names those there are."""
    status, problem, _ = await site.ask("GET", "/chat/v1/cities/atlantis")
    assert (status, problem["type"], "ningbo" in problem["cities"]) == (404, "/problems/unknown-city", True)
