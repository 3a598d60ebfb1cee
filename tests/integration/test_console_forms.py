"""No form of another page does anything in the console, and every answer says what a browser may do with it."""

import re

import pytest
from aiohttp import FormData
from fixtures.desks import Chair, Desks, Known, console_of, desks_at, hire
from fixtures.house import House
from fixtures.web import application

from desk.console.access import needs_of
from desk.console.server import ALL, adding
from desk.contract.staff import Grant, Role

POSTS = sorted(one.path for section in ALL for one in section.routes if one.method == "POST")
PAGES = ("/console", "/console/requests", "/console/staff", "/console/staff/lin", "/console/account", "/console/audit")
ALL_ROLES = tuple(map(Grant, (Role.SECURITY_ADMIN, Role.AGENCY_ADMIN, Role.CLERK, Role.AUDITOR, Role.OPERATOR)))


def filled(path: str) -> str:
    """A path with something in place of each part that may be anything."""
    for name, value in {
        "login": "lin",
        "number": "1",
        "announcement": "1",
        "token": "t" * 43,
        "session": "s" * 43,
    }.items():
        path = re.sub(rf"\{{{name}(:[^/]*)?\}}(?=/|$)", value, path)
    return re.sub(r"\{[^/]*\}(?=/|$)", "T-1-8", path)


async def tries(desks: Desks, chair: Chair, known: Known) -> list[tuple[str, str, int]]:
    """Forms that none of our pages sent to this visitor, to every route that takes any: what was answered."""
    theirs = (await chair.get("/console/account")).csrf
    async with desks.chair(known) as other:
        others = (await other.get("/console/account")).csrf
    bad: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("nothing", {}, {}),
        ("another session's", {"csrf": others}, {}),
        ("made up", {"csrf": "A" * 40}, {}),
        ("another site", {"csrf": theirs}, {"Origin": "https://evil.example"}),
        ("no origin", {"csrf": theirs}, {"Origin": "null"}),
        ("another site, as the browser says", {"csrf": theirs}, {"Sec-Fetch-Site": "cross-site"}),
        ("another host of ours", {"csrf": theirs}, {"Sec-Fetch-Site": "same-site"}),
        ("header alone", {}, {"X-CSRF-Token": theirs, "HX-Request": "true"}),
    ]
    return [
        (path, kind, (await chair.send(filled(path), fields, follow=False, **headers)).status)
        for path in POSTS
        for kind, fields, headers in bad
    ]


async def test_every_form_without_its_code_is_refused(house: House) -> None:
    """Each route that changes anything, for each way in which a form is not ours; nothing has changed."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        before = await house.scalar("SELECT last_number FROM audit_chain")
        got = await tries(desks, chair, lin)
        assert len(got) >= 8 * 20
        assert [one for one in got if one[2] != 403] == []
        assert await house.scalar("SELECT last_number FROM audit_chain") == before
        assert (await chair.get("/console")).status == 200


async def test_a_visitors_form_is_theirs_alone(house: House) -> None:
    """Also before anybody is logged in, so that nobody is logged in as somebody else."""
    async with desks_at(house) as desks, desks.chair() as chair, desks.chair() as other:
        await chair.get("/console/login")
        code = (await other.get("/console/login")).csrf
        answer = await chair.send("/console/login", {"csrf": code, "login": "lin", "password": "x", "code": "1"})
        assert (answer.status, "This page is out of date" in answer.text) == (403, True)


async def test_a_form_of_another_kind_is_refused(house: House) -> None:
    """Forms of ours hold fields alone: one in parts is looked into no further, whatever code is in it."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        form = FormData({"csrf": (await chair.get("/console")).csrf}, default_to_multipart=True)
        async with chair.http.post(f"{desks.url}/console/logout", data=form) as answer:
            assert answer.status == 403
        assert (await chair.get("/console")).path == "/console"


@pytest.mark.parametrize("path", PAGES)
async def test_pages_may_run_nothing_but_ours_and_are_kept_nowhere(house: House, path: str) -> None:
    """Policy, no caching; neither script nor style stands in a page, also where it is an error."""
    lin = await hire(house.engine, "lin", *ALL_ROLES)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        for asked in (path, f"{path}/no/such/page"):
            page = await chair.get(asked)
            assert (page.status, page.headers["Cache-Control"]) == (200 if asked == path else 404, "no-store")
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert "unsafe" not in policy
            assert (
                re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals", page.text)
                == []
            )
            assert len(re.findall(r'<form method="post"', page.text)) == page.text.count('name="csrf"')


def test_every_route_of_the_console_says_who_may_call_it(house: House) -> None:
    """The gate asks the same at start; nothing below /console is anybody's but what is listed."""
    app = application(house, additions=[adding(console_of(house))])
    open_to_all = {
        route.resource.canonical
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/console")
        if needs_of(route.handler) is None
    }
    assert open_to_all == {"/console/static/{name}"}
