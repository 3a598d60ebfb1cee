"""A conversation goes on on a phone: the same one, once both screens have said yes. Real stores and wire."""

import re
from collections.abc import AsyncIterator

import pytest
import zxingcpp
from fixtures.house import SITE, House
from fixtures.onward import CITY, Onward, going_on
from fixtures.web import Caller, serving
from PIL import Image

from desk.contract.wire import LOCALES
from desk.going_on import jobs
from desk.store.database import transaction
from desk.web.origins import Origins

WORDS = {
    "zh_Hans": ("在手机上继续", "显示二维码", "请用手机扫描"),
    "zh_Hant": ("在手機上繼續", "顯示二維碼", "請用手機掃描"),
    "en": ("Continue on your phone", "Show the code", "Scan this with your phone"),
}
TOLD = "This conversation is now open on one more device."


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Onward]:
    async with going_on(house) as desk:
        yield desk


async def texts(caller: Caller) -> list[str]:
    return [one["message"]["text"] for one in await caller.page() if one["type"] == "message"]


async def test_the_same_conversation_goes_on_on_the_phone(desk: Onward) -> None:
    """Both screens show one number; after the yes the phone reads what was said, and both write."""
    caller, screen, phone = await desk.asks()
    assert screen.state == "asked"
    assert screen.number == phone.number
    await screen.screen("yes", number=screen.number)
    assert screen.state == "allowed"
    await phone.look()
    assert phone.state == "allowed"
    page = await phone.press("come")
    assert (phone.state, f'data-session="{caller.session}"' in page.text) == ("used", True)
    await screen.screen()
    assert screen.state == "used"
    token = phone.kept("chat-city-hangzhou")
    assert token is not None
    came = Caller(desk.site, caller.session, token)
    assert (await came.post("from-the-phone", text="hello"))[0] == 202
    assert TOLD in (await texts(came))[-1]
    assert await texts(came) == await texts(caller)
    assert await desk.sessions() == 2


async def test_a_form_goes_on_as_a_form(desk: Onward) -> None:
    """Where the code was shown beside one, the phone is led to the same."""
    _, screen, phone = await desk.asks(service="traffic_fines")
    await screen.screen("yes", number=screen.number)
    await phone.look()
    page = await phone.press("come")
    assert f'data-there="/{CITY}/services/traffic_fines/form?lang=en"' in page.text
    form = await phone.ask("GET", f"/{CITY}/services/traffic_fines/form?lang=en")
    assert "data-may-open" not in form.text


@pytest.mark.parametrize("lang", LOCALES)
async def test_pages_speak_the_residents_language(desk: Onward, lang: str) -> None:
    """Before the code, with it, and on the phone; nothing is kept by a browser or taken by a search engine."""
    title, show, scan = WORDS[lang]
    caller = await desk.site.open()
    screen, phone = await desk.device(lang=lang), await desk.device(lang=lang)
    await screen.from_chat(caller)
    page = await screen.ask("GET", f"/{CITY}/on-my-phone?lang={lang}")
    assert (title in page, show in page, screen.state) == (True, True, "begin")
    page = await screen.screen("show")
    assert (scan in page, "data:image/svg+xml;base64," in page.text) == (True, True)
    there = await phone.scan(await desk.code())
    assert phone.state == "begin"
    for one in (page, there):
        assert (one.headers["Cache-Control"], one.headers["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
        assert "'unsafe" not in one.headers["Content-Security-Policy"]


async def test_who_has_no_chat_here_reads_how_to_begin(desk: Onward) -> None:
    """Neither without one nor for another city's; nothing is kept of the look."""
    nobody, other = await desk.device(), await desk.device(city="shanghai")
    await nobody.screen()
    caller = await desk.site.open("en")
    await other.from_chat(caller)
    await other.screen("show")
    assert (nobody.state, other.state) == ("nothing", "nothing")
    assert await desk.house.scalar("SELECT count(*) FROM goings_on") == 0


async def test_a_no_lets_nobody_in(desk: Onward) -> None:
    """The phone reads it, and the screen how to show another code."""
    _, screen, phone = await desk.asks()
    await screen.screen("no", number=screen.number)
    await phone.look()
    assert (screen.state, phone.state) == ("refused", "refused")
    await phone.press("come")
    assert (phone.state, await desk.sessions()) == ("refused", 1)
    await screen.screen("show")
    assert screen.state == "shown"


async def test_a_code_that_is_withdrawn_is_none(desk: Onward) -> None:
    """Cancel leads back to where the resident was; the picture of it is worth nothing from then on."""
    _, screen = await desk.shows()
    code = await desk.code()
    page = await screen.screen("stop")
    assert page.url.partition("#")[0] == f"{desk.site.url}/{CITY}?lang=en"
    phone = await desk.device()
    await phone.scan(code)
    await phone.press("ask")
    assert phone.state == "over"


async def test_pressed_twice_it_is_asked_once(desk: Onward) -> None:
    """A slow phone whose resident presses again: the same number, nothing void."""
    _, screen = await desk.shows()
    phone = await desk.device()
    begun = await phone.scan(await desk.code())
    await phone.press("ask")
    first, phone.page = phone.number, begun
    await phone.press("ask")
    await screen.screen()
    assert (phone.state, phone.number, screen.state) == ("asked", first, "asked")


async def test_erasing_takes_the_code_and_leaves_the_phone_in(desk: Onward) -> None:
    """What is shown goes with the conversation; a device that came in before hears that all is erased."""
    caller, screen, phone = await desk.asks()
    await screen.screen("yes", number=screen.number)
    await phone.look()
    await phone.press("come")
    assert (await caller.ask("DELETE", "me"))[0] == 204
    assert await desk.house.scalar("SELECT count(*) FROM goings_on") == 0
    came = Caller(desk.site, caller.session, phone.kept("chat-city-hangzhou") or "")
    assert len(await texts(came)) == 1


async def test_what_is_over_is_deleted(desk: Onward) -> None:
    """Ten minutes after it ended, once both screens have read how."""
    await desk.shows()
    async with transaction(desk.house.engine) as connection:
        await connection.execute(jobs.TIDY)
    assert await desk.house.scalar("SELECT count(*) FROM goings_on") == 1
    async with transaction(desk.house.engine) as connection:
        await connection.exec_driver_sql("UPDATE goings_on SET good_until = now() - interval '11 minutes'")
        await connection.execute(jobs.TIDY)
    assert await desk.house.scalar("SELECT count(*) FROM goings_on") == 0


async def test_the_chat_shows_a_code_too(desk: Onward) -> None:
    """By its session, as a drawing; answered there; the phone comes in as by a page."""
    caller = await desk.site.open("en")
    assert (await caller.ask("GET", "phone"))[1] == {"state": "none", "number": None}
    status, shown, headers = await caller.ask("POST", "phone")
    assert (status, shown["seconds"], headers["Cache-Control"]) == (201, 180, "no-store")
    phone = await desk.device()
    await phone.scan(await desk.code())
    await phone.press("ask")
    said = {"json": {"number": phone.number, "yes": True}}
    assert (await caller.ask("GET", "phone"))[1] == {"state": "asked", "number": phone.number}
    assert (await caller.ask("POST", "phone/answer", **said))[0] == 204
    await phone.look()
    page = await phone.press("come")
    assert f'data-there="/{CITY}?lang=en#talk"' in page.text
    assert (await caller.ask("GET", "phone"))[1]["state"] == "used"
    assert (await caller.ask("DELETE", "phone"))[0] == 204
    assert (await caller.ask("POST", "phone/answer", **said))[0] == 409


async def test_the_drawing_is_the_code(desk: Onward) -> None:
    """What a phone reads off it leads to the phone's page of the city, and to nothing else."""
    caller = await desk.site.open("en")
    _, shown, _ = await caller.ask("POST", "phone")
    picture = Image.new("L", (shown["side"] * 8,) * 2, 255)
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", shown["path"]):
        picture.paste(0, (int(x) * 8, int(y) * 8, (int(x) + int(wide)) * 8, (int(y) + 1) * 8))
    [read] = zxingcpp.read_barcodes(picture)
    assert read.text == f"{SITE}/{CITY}/go-on?lang=en&c={await desk.code()}"


async def test_a_listed_sites_chat_shows_one(house: House) -> None:
    """Another one's does not."""
    listed = "https://www.hangzhou.example"
    async with serving(house, origins=Origins(frozenset({listed}))) as site:
        caller = await site.open()
        statuses = []
        for origin in (listed, "https://evil.example"):
            caller.extra["Origin"] = origin
            statuses.append((await caller.ask("POST", "phone"))[0])
    assert statuses == [201, 403]
