"""The chat component in a real browser, over a real store and a bot that says everything back."""

import asyncio

import pytest
from fixtures import loaded
from fixtures.house import House
from fixtures.resident import Resident, resident
from fixtures.street import street
from fixtures.web import SERVICES
from playwright.async_api import Browser, Route, expect

from desk.contract.messages import Text
from desk.web.parts import words_of


@pytest.mark.parametrize("lang", ["zh_Hans", "zh_Hant", "en"])
async def test_the_page_has_no_barrier(house: House, browser: Browser, lang: str) -> None:
    """axe-core finds nothing against WCAG 2.2 AA, in each language, light and dark, with messages and buttons."""
    offered = words_of(loaded.services())
    async with street(house, services=offered) as there, resident(browser) as someone:
        await someone.open(there.url, lang=lang)
        await someone.say("offer=/affirm hello")
        faults = list(someone.faults)  # before axe-core adds its own, of styles that the policy forbids it
        barriers = await someone.barriers_by_scheme()
        await someone.pictures("chat", [360, 1440], lang)
    assert (barriers, faults) == ([], [])


async def test_who_wishes_the_chat_larger_has_all_pages_larger(house: House, browser: Browser) -> None:
    """At once around the chat, on the next page, and no longer once it is ended; the chat does not grow twice."""
    root = "getComputedStyle(document.documentElement).fontSize"
    async with street(house) as there, resident(browser) as someone:
        chat = someone.page.locator("city-chat")
        size = "element => getComputedStyle(element).getPropertyValue('--chat-rem')"
        await someone.open(there.url, lang="en")
        plain = await someone.theirs.first.evaluate("row => parseFloat(getComputedStyle(row).fontSize)")
        for wished, wanted in (("Larger and simpler", "20px"), ("Larger and simpler", "16px")):
            await chat.get_by_role("button", name="More options").click()
            await chat.get_by_role("button", name=wished).click()
            await expect(someone.theirs).to_have_count(1)
            assert await someone.page.evaluate(root) == wanted
            if wanted == "20px":
                larger = await someone.theirs.first.evaluate("row => parseFloat(getComputedStyle(row).fontSize)")
                assert await chat.evaluate(size) == ".8rem"
                await someone.page.goto(f"{there.url}/hangzhou/guides/id_card_lost?lang=en")
                assert await someone.page.evaluate(root) == wanted
                await someone.open(there.url, lang="en")
        assert round(larger / plain, 2) == 1.3
        assert someone.faults == []


async def test_choices_in_large_letters_cover_no_answer(house: House, browser: Browser) -> None:
    """On a telephone what is said can be read: nothing stands upon it, and it begins in sight."""
    title = {"key": "test.echo", "args": {"text": "a choice"}}
    offered = [{"title": title, "payload": f"/{name}"} for name in ("next_bus", "bus_route", "traffic_fines")]
    reply = {"key": "test.echo", "args": {"text": "Take the card to any counter. " * 6}, "buttons": offered}
    upon = """bubble => {
        const { left, top, width } = bubble.getBoundingClientRect();
        return bubble.getRootNode().elementFromPoint(left + width / 2, top + 20).closest('.bubble') === bubble;
    }"""
    async with street(house) as there, resident(browser, width=390, height=844, has_touch=True) as someone:
        there.bot.answers = [{"replies": [reply]}]
        await someone.page.goto(there.url + "/problems/not-found")
        await someone.page.evaluate("localStorage.setItem('city-chat:elderly', '1')")
        await someone.open(there.url, lang="en")
        await someone.say("I lost my card")
        await expect(someone.theirs.last.locator(".choices button")).to_have_count(3)
        answer = someone.theirs.last.locator(".bubble")
        await expect(answer).to_be_in_viewport()
        assert await answer.evaluate(upon)


@pytest.mark.parametrize(
    "path", ["/", "/problems/not-found", "/hangzhou/guides", "/hangzhou/guides/id_card_lost?lang=en"]
)
async def test_other_pages_have_no_barrier(house: House, browser: Browser, path: str) -> None:
    """axe-core finds nothing on the list of cities, the page of a problem, and pages of guides."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.goto(there.url + path)
        barriers = await someone.barriers()
    assert barriers == []


@pytest.mark.parametrize("typed", ["吕梁", "呂梁市", "Lǚliáng", "lvl"])
async def test_a_city_is_found_as_it_is_written(house: House, browser: Browser, typed: str) -> None:
    """The list narrows to what is typed, in any script; Enter opens the only city left; nothing found is said."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.goto(there.url + "/?lang=en")
        await expect(someone.page.locator(".cities a:visible")).to_have_count(len(house.cities))
        find = someone.page.get_by_label("Find your city")
        await find.fill("atlantis")
        await expect(someone.page.locator(".cities a:visible")).to_have_count(0)
        await expect(someone.page.get_by_role("status")).to_have_text(
            "We cannot find that city here. Try another spelling."
        )
        barriers = await someone.barriers()
        await find.fill(typed)
        await expect(someone.page.locator(".cities a:visible")).to_have_count(1)
        await find.press("Enter")
        await expect(someone.page).to_have_url(f"{there.url}/lvliang?lang=en")
    assert barriers == []


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(320, 640, id="320 px"),
        pytest.param(640, 430, id="200 % zoom of a laptop"),
        pytest.param(390, 844, id="phone"),
    ],
)
async def test_small_windows_need_no_sideways_scrolling(
    house: House, browser: Browser, width: int, height: int
) -> None:
    """The page fits from 320 px on; log and input stay in sight of each other."""
    async with street(house) as there, resident(browser, width=width, height=height) as someone:
        await someone.open(there.url, lang="en")
        await someone.say("offer=/affirm " + "W" * 60)
        overflow = await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        inside = await someone.log.evaluate("log => log.scrollWidth - log.clientWidth")
        await someone.input.scroll_into_view_if_needed()
        await expect(someone.log).to_be_in_viewport()
        await someone.screenshot(f"small-{width}")
    assert (overflow, inside) == (0, 0)


async def test_everything_works_by_keyboard(house: House, browser: Browser) -> None:
    """Tab reaches input, buttons and menu; Enter sends; focus stays in the input; Esc closes the menu."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        keyboard = someone.page.keyboard
        await tab_to(someone, "TEXTAREA")
        await keyboard.type("offer=/affirm one")
        await keyboard.press("Enter")
        await someone.hear(1)
        stayed = await focused(someone)
        await keyboard.press("Shift+Tab")
        await tab_to(someone, "BUTTON", within=".theirs:last-child .choices", back=True)
        await keyboard.press("Enter")
        await someone.hear(2)
        after_button = await focused(someone)
        menu = someone.page.locator("city-chat .menu")
        await tab_to(someone, "BUTTON", within=".head", back=True)
        await keyboard.press("Enter")
        await expect(menu).to_be_visible()
        await keyboard.press("Escape")
        await expect(menu).to_be_hidden()
    assert (stayed, after_button) == ("TEXTAREA", "TEXTAREA")


async def test_enter_while_composing_chinese_does_not_send(house: House, browser: Browser) -> None:
    """The Enter that ends an input method's composition is not the Enter that sends."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.input.fill("wo")
        await someone.input.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        await expect(someone.mine).to_have_count(0)
        assert await someone.input.input_value() == "wo"


async def test_reload_keeps_the_transcript(house: House, browser: Browser) -> None:
    """After a reload everything said stands there in the same order, once, and the conversation goes on."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("one")
        await someone.say("two")
        before = await someone.transcript()
        await someone.page.reload()
        await expect(someone.page.locator("city-chat .bubble")).to_have_count(5)
        after = await someone.transcript()
        answer = await someone.say("three")
    assert after == before
    assert "3:three" in answer


async def test_a_server_that_restarts_costs_nothing(house: House, browser: Browser) -> None:
    """What is said while the server is away is sent once it is back; each message is there once, and in order."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("one")
        await there.down()
        await someone.input.fill("two")
        await someone.input.press("Enter")
        await expect(someone.mine.last).to_have_attribute("data-state", "waiting")
        await expect(someone.page.locator("city-chat .connection")).not_to_be_empty()
        await someone.screenshot("server-away")
        await there.up()
        await someone.hear(2)
        await expect(someone.page.locator("city-chat .connection")).to_be_empty()
        said = await someone.transcript()
    assert said[1:] == ["one", "1:one", "two", "2:two"]


async def test_a_page_closed_before_sending_sends_on_return(house: House, browser: Browser) -> None:
    """A message that was not acknowledged is kept, shown and sent when the page is opened again."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("one")
        await someone.page.route("**/chat/v1/messages", lambda route: route.abort())
        await someone.input.fill("two")
        await someone.input.press("Enter")
        await expect(someone.mine.last).to_have_attribute("data-state", "waiting")
        await someone.page.unroute_all()
        await someone.page.reload()
        await someone.hear(2)
        said = await someone.transcript()
    assert said[1:] == ["one", "1:one", "two", "2:two"]


async def test_an_answer_lost_on_the_way_doubles_nothing(house: House, browser: Browser) -> None:
    """A post whose acknowledgement is lost is sent again and answered once."""
    lost: list[str] = []

    async def lose(route: Route) -> None:
        if not lost:
            lost.append((await route.fetch()).status_text)
            await route.abort()
        else:
            await route.continue_()

    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.page.route("**/chat/v1/messages", lose)
        await someone.say("one")
        await expect(someone.mine.last).to_have_attribute("data-state", "sent")
        said = await someone.transcript()
    assert lost
    assert said[1:] == ["one", "1:one"]


async def test_where_streams_do_not_get_through_long_polls_do(house: House, browser: Browser) -> None:
    """With event streams blocked on the way the chat falls back to long polls."""

    async def block(route: Route) -> None:
        if "text/event-stream" in route.request.headers.get("accept", ""):
            await route.abort()
        else:
            await route.continue_()

    async with street(house) as there, resident(browser) as someone:
        await someone.page.route("**/chat/v1/events*", block)
        await someone.open(there.url)
        answer = await someone.say("one")
    assert "1:one" in answer


async def test_a_place_is_shared_after_an_explanation(house: House, browser: Browser) -> None:
    """The button explains why, then asks the browser, then sends WGS 84 degrees once."""
    place = {"latitude": 30.27415, "longitude": 120.15515}
    async with street(house) as there, resident(browser, geolocation=place, permissions=["geolocation"]) as someone:
        await someone.open(there.url)
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="发送我的位置").click()
        await expect(chat.get_by_role("dialog")).to_be_visible()
        await someone.screenshot("place")
        await chat.get_by_role("button", name="继续").click()
        await someone.hear(1)
        (body,) = await house.bodies()
    assert body == {"location": {"lat": 30.27415, "lon": 120.15515, "datum": "wgs84"}}


async def test_a_place_that_is_refused_is_explained(house: House, browser: Browser) -> None:
    """Without permission the chat says what to do instead, and sends nothing."""
    async with street(house) as there, resident(browser, permissions=[]) as someone:
        await someone.open(there.url)
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="发送我的位置").click()
        await chat.get_by_role("button", name="继续").click()
        await expect(chat.locator(".notice")).to_contain_text("您可以直接输入站名或地点")
        await expect(someone.mine).to_have_count(0)


async def test_language_before_the_first_word_begins_anew(house: House, browser: Browser) -> None:
    """A conversation in which nothing was said yet greets again in the chosen language, and the page follows."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.page.get_by_role("link", name="English").click()
        await someone.page.wait_for_url("**/hangzhou?lang=en")
        await expect(someone.theirs.first).to_contain_text("the automatic assistant of Hangzhou")
        await expect(someone.theirs).to_have_count(1)
        await expect(someone.page.get_by_role("heading", name="All services")).to_be_visible()


async def test_language_later_is_told_to_the_conversation(house: House, browser: Browser) -> None:
    """A conversation that has begun is kept, and told to go on in the chosen language."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("one")
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="更多选项").click()
        await someone.screenshot("menu")
        await chat.get_by_role("button", name="English").click()
        await someone.page.wait_for_url("**/hangzhou?lang=en")
        await expect(someone.mine.last).to_contain_text("Please speak English")
        await expect(someone.theirs.last).to_contain_text("2:Please speak English")
        await expect(someone.input).to_have_attribute("placeholder", "Your message")


@pytest.mark.parametrize("among", [".frequent", ".services"])
async def test_a_service_of_the_page_starts_in_the_chat(house: House, browser: Browser, among: str) -> None:
    """A service sends its payload, as its button in the chat would: among the frequent ones, and among all."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        service = someone.page.locator(f"{among} [data-start='/next_bus']")
        await expect(service).to_contain_text(house.catalogs.text(Text(key=SERVICES["next_bus"].title), "zh_Hans"))
        await service.click()
        answer = await someone.hear(1)
    assert "1:/next_bus" in answer


async def test_answers_to_a_question_are_used_up(house: House, browser: Browser) -> None:
    """Buttons that answer one question cannot be pressed again once something else was said."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("offer=/affirm really?")
        button = someone.page.locator("city-chat .choices button").last
        await expect(button).to_be_enabled()
        await someone.say("no")
        await expect(button).to_be_disabled()


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "/restart", "😀 👨‍👩‍👧", "a\nb", "字" * 4000]
)
async def test_whatever_is_written_is_text(house: House, browser: Browser, text: str) -> None:
    """Markup, commands, emoji, lines and long texts come back as they are, and nothing is executed."""
    async with street(house) as there, resident(browser) as someone:
        someone.page.on("dialog", lambda dialog: someone.faults.append(dialog.message))
        await someone.open(there.url)
        answer = await someone.say(text)
        images = await someone.page.locator("city-chat .bubble img").count()
    assert f"1:{text}" in answer
    assert (images, someone.faults) == (0, [])


async def test_a_hand_over_is_shown_while_it_lasts(house: House, browser: Browser) -> None:
    """The chat says that a person will answer, and shows who speaks."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("ticket")
        await expect(someone.page.locator("city-chat .person")).to_be_visible()
        await someone.screenshot("handed-over")


async def test_a_picture_is_sent(house: House, browser: Browser) -> None:
    """A chosen picture is uploaded, shown and sent."""
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        chooser = someone.page.locator("city-chat input[type=file]")
        await chooser.set_input_files({"name": "photo.png", "mimeType": "image/png", "buffer": png})
        await someone.input.press("Enter")
        answer = await someone.hear(1)
        await expect(someone.mine.locator("img")).to_be_visible()
    assert "1:media" in answer


async def test_erasing_leaves_the_confirmation_alone(house: House, browser: Browser) -> None:
    """After a confirmed erasure only its confirmation stands there, and nothing comes back on reload."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("my secret")
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="更多选项").click()
        await chat.get_by_role("button", name="删除我的数据").click()
        await chat.get_by_role("button", name="确认删除").click()
        await expect(someone.theirs.last).to_contain_text("已全部删除")
        now = await someone.transcript()
        await someone.page.reload()
        await expect(someone.theirs.last).to_contain_text("已全部删除")
        later = await someone.transcript()
        stored = await someone.page.evaluate("JSON.stringify({...localStorage})")
    assert (len(now), later) == (1, now)
    assert "secret" not in stored


BEFORE = """async () => {
    const body = JSON.stringify({ city: "hangzhou", locale: "zh_Hans" });
    const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const opened = await (await fetch("/chat/v1/sessions", asked)).json();
    localStorage.setItem("city-chat:hangzhou:session", JSON.stringify({ ...opened, seq: 0, spoken: true }));
    return opened.token;
}"""
"""Keeps a session as the chat did before there were cookies; its token."""
READABLE = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"


async def test_no_script_can_read_what_opens_the_conversation(house: House, browser: Browser) -> None:
    """The token is in a cookie that goes to the chat alone; the page goes on by it after a reload."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        await someone.say("hello")
        readable = await someone.page.evaluate(READABLE)
        (cookie,) = await someone.context.cookies(there.url + "/chat/v1/messages")
        elsewhere = await someone.context.cookies(there.url + "/hangzhou")
        now = await someone.transcript()
        await someone.page.reload()
        await expect(someone.theirs.nth(1)).to_be_visible()
        later = await someone.transcript()
        faults = someone.faults
    assert cookie["value"] not in readable
    assert (cookie["httpOnly"], cookie["sameSite"], elsewhere) == (True, "Strict", [])
    assert (later, faults) == (now, [])


async def test_token_that_a_script_could_read_goes_into_a_cookie(house: House, browser: Browser) -> None:
    """A conversation that was begun before the update goes on, and its token is not readable any more."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.goto(there.url + "/problems/not-found")
        token = await someone.page.evaluate(BEFORE)
        await someone.open(there.url)
        await someone.say("hello")
        readable = await someone.page.evaluate(READABLE)
        opened = await house.scalar("SELECT count(*) FROM conversations")
    assert (token in readable, opened) == (False, 1)


async def test_tabs_go_on_with_one_conversation(house: House, browser: Browser) -> None:
    """One tab ends the conversation: the other goes on with the new one, and neither opens a third."""
    async with street(house) as there, resident(browser) as one:
        await one.open(there.url)
        await one.say("first")
        two = Resident(await one.context.new_page(), one.context)
        await two.open(there.url)
        chat = one.page.locator("city-chat")
        await chat.get_by_role("button", name="更多选项").click()
        await chat.get_by_role("button", name="退出这次对话").click()
        await chat.get_by_role("button", name="退出", exact=True).click()
        await expect(one.theirs).to_have_count(1)
        await expect(two.theirs).to_have_count(1)
        said = await two.say("second")
        conversations = await house.scalar("SELECT count(*) FROM conversations")
    assert "second" in said
    assert conversations == 2


async def test_a_tab_that_hears_of_the_end_first_waits_for_the_one_that_ends_it(house: House, browser: Browser) -> None:
    """The answer to the tab that ends the conversation is long on its way: the other one begins none of its own."""
    heard = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await heard.wait()
        await route.fulfill(response=answer)

    async with street(house) as there, resident(browser) as one:
        await one.open(there.url)
        await one.say("first")
        two = Resident(await one.context.new_page(), one.context)
        await two.open(there.url)
        two.page.on("response", lambda answer: heard.set() if answer.status == 401 else None)
        await one.page.route("**/chat/v1/session", late)
        chat = one.page.locator("city-chat")
        await chat.get_by_role("button", name="更多选项").click()
        await chat.get_by_role("button", name="退出这次对话").click()
        await chat.get_by_role("button", name="退出", exact=True).click()
        await expect(one.theirs).to_have_count(1)
        await expect(two.theirs).to_have_count(1)
        said = await two.say("second")
        conversations = await house.scalar("SELECT count(*) FROM conversations")
    assert "second" in said
    assert conversations == 2


@pytest.mark.parametrize("says_so", [True, False])
async def test_page_keeps_the_token_where_there_are_no_cookies(house: House, browser: Browser, says_so: bool) -> None:
    """A browser that takes none, whether or not it says so, still speaks: the page keeps the token, as elsewhere."""
    refused: list[str] = []

    async def forgotten(route: Route) -> None:
        if "authorization" in route.request.headers:
            return await route.continue_()
        refused.append(route.request.url)
        return await route.fulfill(status=401, json={"type": "/problems/not-authenticated"})

    async with street(house) as there, resident(browser) as someone:
        if says_so:
            await someone.page.add_init_script(
                "Object.defineProperty(Navigator.prototype, 'cookieEnabled', { value: false })"
            )
        await someone.page.route("**/chat/v1/events*", forgotten)
        await someone.open(there.url)
        said = await someone.say("hello")
    assert "hello" in said
    assert bool(refused) != says_so


@pytest.mark.parametrize(
    ("lang", "menu", "leave", "yes", "left"),
    [
        ("zh_Hans", "更多选项", "退出这次对话", "退出", "已经退出"),
        ("zh_Hant", "更多選項", "在所有裝置上退出", "退出", "已經退出"),
        ("en", "More options", "End it on all devices", "End it", "Ended."),
    ],
)
async def test_the_conversation_is_ended_here_and_everywhere(
    house: House, browser: Browser, lang: str, menu: str, leave: str, yes: str, left: str
) -> None:
    """After a question the session is over, nothing of it is shown or kept, and a new conversation stands there."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url, lang=lang)
        await someone.say("my secret")
        (before,) = await someone.context.cookies(there.url + "/chat/v1/messages")
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name=menu).click()
        await someone.screenshot(f"leave-menu-{lang}")
        await chat.get_by_role("button", name=leave, exact=True).click()
        await someone.screenshot(f"leave-ask-{lang}")
        barriers = await someone.barriers()
        await chat.get_by_role("button", name=yes, exact=True).click()
        await expect(chat.locator(".notice")).to_contain_text(left)
        await expect(someone.theirs).to_have_count(1)
        await someone.screenshot(f"leave-left-{lang}")
        (after,) = await someone.context.cookies(there.url + "/chat/v1/messages")
        log = await someone.transcript()
        tokens = await house.scalar("SELECT count(*) FROM access_tokens")
        await someone.say("still here")
    assert barriers == []
    assert "secret" not in str(log)
    assert (before["value"] == after["value"], tokens) == (False, 1)


async def test_reduced_motion_is_respected(house: House, browser: Browser) -> None:
    """Nothing moves for whoever asked for less motion."""
    async with street(house) as there, resident(browser, reduced_motion="reduce") as someone:
        await someone.open(there.url)
        moving = await someone.theirs.first.evaluate("row => getComputedStyle(row).animationName")
    assert moving == "none"


FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
}"""


async def focused(someone: Resident) -> str:
    """The tag of what has the focus, also inside the component."""
    return str(await someone.page.evaluate(f"({FOCUSED})().tagName"))


async def tab_to(someone: Resident, tag: str, *, within: str = "*", back: bool = False) -> None:
    """Press Tab until the focus is on a tag inside `within`; fails after 40 times."""
    script = f"([tag, within]) => {{ const e = ({FOCUSED})(); return e.tagName === tag && e.closest(within) !== null }}"
    for _ in range(40):
        if await someone.page.evaluate(script, [tag, within]):
            return
        await someone.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not reach {tag} {within}")


async def test_the_page_follows_the_conversation_to_another_city(house: House, browser: Browser) -> None:
    """Head, agency, colour, services and title are the new city's without a reload, and after one."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        head, brand = someone.page.locator("city-chat .head"), someone.page.locator(".masthead .brand")
        await someone.say("city=ningbo hello")
        await expect(head).to_contain_text("宁波政务服务")
        await expect(head).to_contain_text("宁波市行政服务中心")
        await expect(brand).to_contain_text("宁波")
        await expect(someone.page).to_have_title("宁波政务服务")
        await expect(someone.page.locator(".agencies")).to_contain_text("宁波")
        colour = house.cities["ningbo"].colour
        for one in (someone.page.locator("city-chat"), someone.page.locator("html")):
            await expect(one).to_have_css("--city-colour", colour)
        await someone.screenshot("city-moved")
        await someone.page.reload()
        await expect(head).to_contain_text("宁波政务服务")
        await expect(brand).to_contain_text("宁波")
        for one in (someone.page.locator("city-chat"), someone.page.locator("html")):
            await expect(one).to_have_css("--city-colour", colour)
        said = someone.page.locator("city-chat .bubble")
        await expect(said).to_have_count(3)  # greeting, what was said, its answer
        await someone.say("city=hangzhou back")
        await expect(brand).to_contain_text("杭州")
        await expect(head).not_to_contain_text("宁波")
        faults = list(someone.faults)  # before axe-core adds its own
        barriers = await someone.barriers()
    assert (barriers, faults) == ([], [])
