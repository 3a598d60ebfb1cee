"""Services as forms: the browser's conversation as pages, one message for each that is sent. Real stores and wire."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, FormData
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.visiting import Looked
from fixtures.web import Site, serving

from desk.web.parts import FieldWords, ServiceWords

CITY, SERVICE = "hangzhou", "traffic_fines"
PATH = f"/{CITY}/services/{SERVICE}/form"
FIELDS = {
    "plate": FieldWords("plate"),
    "date": FieldWords("date"),
    "id_number": FieldWords("id_number"),
    "photo": FieldWords("photo"),
}
SERVICES = {
    SERVICE: ServiceWords("traffic_fines.title", "traffic_fines.description", FIELDS),
    "next_bus": ServiceWords("next_bus.title", "next_bus.description"),
}
CANCEL = {"title": {"key": "button.cancel", "args": {}}, "payload": "/cancel"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def asks(name: str, *, text: str = "test.echo", buttons: tuple[dict[str, Any], ...] = (CANCEL,), **more: Any) -> Any:
    """What the bot answers where the dialogue asks for a field."""
    stated = {"service": SERVICE, "step": "asking", "asks_for": name, "field": name, **more}
    reply = {"key": text, "args": {"text": f"{name}?"}, "buttons": list(buttons)}
    return {"replies": [reply], "service": SERVICE, "asks_for": name, "situation": stated}


@dataclass
class Visitor:
    """A browser with a form. `now` is the page it shows."""

    site: Site
    http: ClientSession
    headers: dict[str, str] = field(default_factory=dict)
    now: Looked | None = None

    @property
    def at(self) -> str:
        found = re.search(r'name="at" value="(\d+)"', self.page.text)
        return "" if found is None else found[1]

    @property
    def page(self) -> Looked:
        assert self.now is not None
        return self.now

    async def look(self, more: str = "", path: str = PATH) -> Looked:
        return await self._ask("GET", f"{path}?lang=zh_Hans{more}")

    async def send(self, *, path: str = PATH, **fields: str) -> Looked:
        """Send the form of the page."""
        given = {"at": self.at} if self.now is not None else {}
        return await self._ask("POST", f"{path}?lang=zh_Hans", data={**given, **fields})

    async def start(self) -> Looked:
        return await self.send(do="start")

    async def picture(self, content: bytes) -> Looked:
        data = FormData()
        data.add_field("photo", content, filename="a.png", content_type="image/png")
        return await self._ask("POST", f"{PATH}/photo?lang=zh_Hans&at={self.at}", data=data)

    async def from_chat(self, token: str) -> int:
        """What the page's script does in a browser in which a chat is open."""
        address = f"{self.site.url}/chat/v1/me/matters?city={CITY}"
        async with self.http.post(address, headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status

    async def _ask(self, method: str, path: str, **options: Any) -> Looked:
        async with self.http.request(method, self.site.url + path, headers=self.headers, **options) as answer:
            self.now = Looked(answer.status, await answer.text(), answer.headers, str(answer.url))
        return self.now


@asynccontextmanager
async def visiting(site: Site) -> AsyncIterator[Visitor]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Visitor(site, http)


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[Visitor]:
    """A browser before a desk."""
    async with serving(house, services=SERVICES) as site, visiting(site) as visitor:
        yield visitor


@pytest.fixture
async def bot(house: House) -> AsyncIterator[FakeBot]:
    """A bot, with a worker that asks it."""
    async with FakeBot() as bot, house.worker(bot.url):
        yield bot


async def test_a_look_keeps_nothing_and_a_start_begins_the_service(
    house: House, visitor: Visitor, bot: FakeBot
) -> None:
    """The page says what is asked for; the press opens a conversation of the browser and begins in it."""
    page = await visitor.look()
    assert (page.status, "Set-Cookie" in page.headers) == (200, False)
    assert page.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert ("开始办理" in page, "车牌" in page) == (True, True)
    assert await house.scalar("SELECT count(*) FROM conversations") == 0
    bot.answers.append(asks("plate"))
    page = await visitor.start()
    assert (page.status, "plate?" in page, 'id="answer"' in page.text) == (200, True, True)
    assert [one["message"]["payload"] for one in bot.requests] == [f"/{SERVICE}"]
    assert await house.scalar("SELECT count(*) FROM conversations") == 1
    assert "plate?" in await visitor.look()


async def test_what_is_written_is_one_message_however_often_it_is_sent(
    house: House, visitor: Visitor, bot: FakeBot
) -> None:
    """A text goes as it is, a command too; the same page sent twice at once is answered once."""
    bot.answers += [asks("plate"), asks("date")]
    await visitor.start()
    at = visitor.at
    first, second = await asyncio.gather(
        visitor.send(text="/affirm"), visitor._ask("POST", f"{PATH}?lang=zh_Hans", data={"at": at, "text": "/affirm"})
    )
    assert {first.status, second.status} == {200}
    assert [one["message"].get("text") for one in bot.requests[1:]] == ["/affirm"]
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 2


async def test_a_page_that_is_over_says_where_things_stand(visitor: Visitor, bot: FakeBot) -> None:
    """What is sent from it is not taken for an answer to the question that came since."""
    bot.answers += [asks("plate"), asks("date"), asks("id_number")]
    await visitor.start()
    old = visitor.at
    await visitor.send(text="浙A12345")
    await visitor.send(text="明天")
    page = await visitor._ask("POST", f"{PATH}?lang=zh_Hans", data={"at": "0", "text": "浙A54321"})
    assert ("id_number?" in page, "有了新进展" in page) == (True, True)
    page = await visitor._ask("POST", f"{PATH}?lang=zh_Hans", data={"at": old, "text": "浙A12345"})
    assert ("id_number?" in page, "有了新进展" in page) == (True, False)
    assert len(bot.requests) == 3


async def test_only_what_is_offered_can_be_pressed(visitor: Visitor, bot: FakeBot) -> None:
    """A button, a free day, a press that stands on no button; nothing that somebody made up reaches the dialogue."""
    further = [{"command": "go_back", "title": {"key": "button.step_back", "args": {}}, "payload": "/go_back"}]
    free = {"free": ["2026-12-03", "2026-12-04"], "further": further}
    bot.answers += [asks("date", **free), asks("date", **free), asks("date", **free), asks("plate")]
    await visitor.start()
    assert ("2026年12月" in visitor.page, visitor.page.text.count('type="radio"')) == (True, 2)
    for made_up in ("/erase", '/inform{"date": "2026-12-09"}', "/traffic_fines"):
        page = await visitor.send(press=made_up)
        assert (page.status, "请选择一项" in page) == (422, True)
    assert len(bot.requests) == 1
    for press in ('/inform{"date": "2026-12-04"}', "/go_back", "/cancel"):
        await visitor.send(press=press)
    assert [one["message"]["payload"] for one in bot.requests[1:]] == [
        '/inform{"date": "2026-12-04"}',
        "/go_back",
        "/cancel",
    ]


async def test_what_was_not_taken_is_said_beside_the_field(visitor: Visitor, bot: FakeBot) -> None:
    """In a summary and at the input, with what was written; a number of a person is masked and does not stand there."""
    wrong = {"key": "test.echo", "args": {"text": "这个号码不对"}, "buttons": []}

    def again(name: str) -> Any:
        answer = asks(name)
        return {**answer, "replies": [wrong, *answer["replies"]]}

    bot.answers += [asks("plate"), again("plate"), asks("id_number"), again("id_number")]
    await visitor.start()
    page = await visitor.send(text="浙A1")
    assert page.text.count("这个号码不对") == 2
    assert ('role="alert"' in page.text, 'aria-invalid="true"' in page.text, 'value="浙A1"' in page.text) == (True,) * 3
    await visitor.send(text="浙A12345")
    assert ('type="password"' in visitor.page.text, 'role="alert"' in visitor.page.text) == (True, False)
    page = await visitor.send(text="110105194912310021")
    assert ("这个号码不对" in page, "110105194912310021" in page.text) == (True, False)
    page = await visitor.send(text=" ")
    assert (page.status, "请填写您的回答" in page) == (422, True)


async def test_going_back_keeps_what_was_given(visitor: Visitor, bot: FakeBot) -> None:
    """Words stand in the input, a day is chosen; a number of a person is typed anew; what ended before is forgotten."""
    further = [{"command": "go_back", "title": {"key": "button.step_back", "args": {}}, "payload": "/go_back"}]
    day = asks("date", free=["2026-12-03", "2026-12-04"], further=further)
    plate, number = asks("plate", further=further), asks("id_number", further=further)
    bot.answers += [plate, day, number, day, plate, day, number, day, number]
    await visitor.start()
    assert 'value=""' in visitor.page.text
    await visitor.send(text="浙A12345")
    assert "checked" not in visitor.page.text
    await visitor.send(press='/inform{"date": "2026-12-04"}')
    page = await visitor.send(press="/go_back")
    [chosen] = re.findall(r'value="([^"]+)" checked', page.text)
    assert "2026-12-04" in chosen
    page = await visitor.send(press="/go_back")
    assert 'value="浙A12345"' in page.text
    await visitor.send(text="浙A12345")
    await visitor.send(press='/inform{"date": "2026-12-03"}')
    await visitor.send(text="110105194912310021")
    page = await visitor.send(press="/go_back")
    assert ("id_number?" in page, "110105194912310021" in page.text) == (True, False)


async def test_a_form_that_is_begun_again_is_empty(visitor: Visitor, bot: FakeBot) -> None:
    """What was given in the one before is not meant for the next."""
    done = {"replies": [{"key": "test.echo", "args": {"text": "done"}}], "situation": {"step": "idle"}}
    bot.answers += [asks("plate"), {**done, "service": None}, asks("plate")]
    await visitor.start()
    await visitor.send(text="浙A12345")
    page = await visitor.start()
    assert ("plate?" in page, "浙A12345" in page.text) == (True, False)


async def test_a_form_of_the_chat_is_gone_on_with(house: House, visitor: Visitor, bot: FakeBot) -> None:
    """The chat's session opens the page; what is answered there is said in the chat."""
    caller = await visitor.site.open()
    bot.answers += [asks("plate"), asks("date")]
    await caller.post("one", text="我要交罚款")
    while not (done := [one for one in await caller.page(wait=5) if one["type"] == "turn_done"]):
        pass
    assert len(done) == 1
    assert await visitor.from_chat(caller.token) == 204
    assert "plate?" in await visitor.look()
    await visitor.send(text="浙A12345")
    said = [one["message"]["text"] for one in await caller.page() if one["type"] == "message"]
    assert any("date?" in one for one in said)
    assert await house.scalar("SELECT count(*) FROM conversations") == 1


async def test_a_turn_that_takes_long_is_told_of(house: House, visitor: Visitor) -> None:
    """The page says that the answer comes, and looks again by itself; looking sends nothing."""
    caller = await visitor.site.open()
    await caller.post("one", text="我要交罚款")
    await visitor.from_chat(caller.token)
    page = await visitor.look()
    assert (page.status, page.headers["Refresh"], "正在处理" in page) == (200, "3", True)
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 1


async def test_a_picture_is_kept_and_given(house: House, visitor: Visitor, bot: FakeBot) -> None:
    """What is no picture is refused beside the field; a picture goes as one message."""
    bot.answers += [asks("photo"), asks("plate")]
    await visitor.start()
    assert 'enctype="multipart/form-data"' in visitor.page.text
    page = await visitor.picture(b"no picture at all")
    assert (page.status, 'role="alert"' in page.text) == (422, True)
    page = await visitor.picture(PNG)
    assert "plate?" in page
    assert bot.requests[-1]["message"]["kind"] == "media"
    assert await house.scalar("SELECT count(*) FROM media_files") == 1


async def test_another_site_cannot_send_a_form(visitor: Visitor, bot: FakeBot) -> None:
    """Neither begin nor answer nor bring a picture, whatever cookies the browser has."""
    bot.answers.append(asks("plate"))
    await visitor.start()
    at = visitor.at
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        visitor.headers = headers
        for data in ({"do": "start"}, {"at": at, "text": "浙A12345"}):
            assert (await visitor._ask("POST", PATH, data=data)).status == 403
        visitor.now = Looked(200, f'name="at" value="{at}"', {}, "")
        assert (await visitor.picture(PNG)).status == 403
    assert len(bot.requests) == 1


@pytest.mark.parametrize("path", [f"/{CITY}/services/atlantis/form", f"/atlantis/services/{SERVICE}/form"])
async def test_there_is_no_form_of_what_there_is_not(visitor: Visitor, path: str) -> None:
    """A city or a service that is not here has none."""
    assert (await visitor.look(path=path)).status == 404


async def test_a_browser_without_cookies_is_told(visitor: Visitor) -> None:
    """Who is led to a page of a conversation that is not this browser's reads why, and where it begins."""
    page = await visitor.look("&turn=5")
    assert ("Cookie" in page, "开始办理" in page) == (True, True)
    page = await visitor.send(text="浙A12345")
    assert "开始办理" in page


async def test_a_form_lasts_as_long_as_it_is_filled_in(house: House, visitor: Visitor, bot: FakeBot) -> None:
    """Half an hour from each page on; a telephone that was proved is not prolonged by it."""
    bot.answers.append(asks("plate"))
    await visitor.start()
    shortly = "UPDATE visits SET good_until = now() + interval '1 minute'"
    left = "SELECT extract(epoch FROM good_until - now())::int FROM visits"
    await _run(house, shortly)
    await visitor.look()
    assert await house.scalar(left) > 1700
    await _run(house, "UPDATE visits SET telephone = '\\x00', good_until = now() + interval '1 minute'")
    await visitor.look()
    assert await house.scalar(left) <= 60


async def _run(house: House, query: str) -> None:
    async with house.engine.begin() as connection:
        await connection.exec_driver_sql(query)


async def test_the_language_of_the_conversation_is_changed_by_saying_so(visitor: Visitor, bot: FakeBot) -> None:
    """A look in another language changes nothing; the button says it in the conversation."""
    bot.answers += [asks("plate"), asks("plate")]
    await visitor.start()
    page = await visitor._ask("GET", f"{PATH}?lang=en")
    assert ('lang="zh-Hans"' in page.text, "Go on in English" in page) == (True, True)
    assert len(bot.requests) == 1
    await visitor._ask("POST", f"{PATH}?lang=en", data={"at": visitor.at, "do": "language"})
    assert bot.requests[-1]["message"]["text"] == "Please speak English"
