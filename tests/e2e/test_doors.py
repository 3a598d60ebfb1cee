"""Residents of Taobao and Alipay: the page behind a signed link, and the mini program's own code, over a real store."""

import json
from pathlib import Path

from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.mini_program import FOLDER, visiting
from fixtures.post import post_office
from fixtures.resident import resident
from playwright.async_api import Browser, expect

from desk.contract.rendered import RenderedImage, RenderedMessage
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK
from desk.store.database import transaction


async def test_from_taobao_to_the_chat_and_back_again(house: House, browser: Browser, tmp_path: Path) -> None:
    """The link, once confirmed, opens the chat; a reload goes on, a new link too; a used one is explained."""
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        post_office(house, tmp_path, channel="taobao") as office,
        resident(browser, width=390, height=844, locale="zh-CN") as someone,
    ):
        page = someone.page
        app = f"{office.sandbox_url}/_sandbox/taobao/hangzhou?desk={office.desk_url}"
        await page.goto(app)
        used = await page.get_by_role("link", name="城市服务").get_attribute("href")
        someone.faults.clear()  # the pretend app has no icon
        await page.get_by_role("link", name="城市服务").click()
        await page.locator("#yes").click()
        someone.faults.clear()  # nor is it a fault that the link is not admitted before it is confirmed
        await expect(someone.theirs.first).to_contain_text("杭州政务服务")
        assert "#" not in page.url
        answer = await someone.say("one")
        await someone.screenshot("taobao")
        faults, barriers = list(someone.faults), await someone.barriers()
        await page.reload()
        await expect(page.locator("city-chat .bubble")).to_have_count(3)
        assert used is not None
        await page.evaluate("sessionStorage.clear()")
        await page.goto("about:blank")
        await page.goto(used)
        await expect(page.get_by_role("status").first).to_contain_text("这个链接已经失效")
        await someone.screenshot("taobao-used")
        await page.goto(app)
        await page.get_by_role("link", name="城市服务").click()
        await expect(page.locator("city-chat .bubble")).to_have_count(3)
        last = await someone.say("two")
    assert "1:one" in answer
    assert "2:two" in last
    assert (faults, barriers) == ([], [])


async def test_the_mini_program_talks_shares_and_sends(house: House, browser: Browser, tmp_path: Path) -> None:
    """Text, button, place and picture arrive in their order; its files are all there; who agreed is certified."""
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        post_office(house, tmp_path, channel="alipay") as office,
        visiting(browser, office, name="王明", id_number="11010519491231002X") as visit,
    ):
        await visit.shows("data.rows.length === 1 && data.rows[0].buttons.length > 0")
        await visit.do("onInput", detail={"value": "offer=/affirm one"})
        await visit.do("onSend")
        await visit.shows("data.rows.length === 3 && !data.dots")
        button = (await visit.rows())[2]["buttons"][0]
        await visit.do("onChoose", target={"dataset": button})
        await visit.shows("data.rows.length === 5 && !data.dots")
        await visit.do("onPlace")
        await visit.shows("data.rows.length === 7 && !data.dots")
        await visit.do("onPicture")
        await visit.shows("data.rows.length === 9 && !data.dots")
        rows = await visit.rows()
        bodies = await house.bodies()
    assert [row["mine"] for row in rows] == [False, True, False, True, False, True, False, True, False]
    assert rows[2]["buttons"] == []  # used up
    assert bodies[1] == {"payload": "/affirm"}
    assert bodies[2] == {"location": {"lat": 30.27415, "lon": 120.15515, "datum": "gcj02"}}
    assert bodies[3]["media"]["content_type"] == "image/png"
    assert bot.requests[-1]["context"]["certificate"]["name"] == "王明"
    declared = json.loads((FOLDER / "app.json").read_text(encoding="utf-8"))["pages"]
    for page in declared:
        assert all((FOLDER / f"{page}.{kind}").is_file() for kind in ("axml", "acss", "js", "json"))


async def test_the_mini_program_shows_images_of_announcements(house: House, browser: Browser, tmp_path: Path) -> None:
    """Above the text, with what is to be seen on it for who does not see it."""
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        post_office(house, tmp_path, channel="alipay") as office,
        visiting(browser, office) as visit,
    ):
        await visit.shows("data.rows.length === 1")
        conversation = (await office.conversations())[0]
        image = RenderedImage(url="https://city.example/map.jpg", text="停水范围地图", width=320, height=200)
        message = RenderedMessage(text="文三路停水。", locale="zh_Hans", image=image)
        async with transaction(house.engine) as connection:
            await stream.append(connection, conversation, [message_event(message, author="bot")], lane=BULK)
        await Live(house.redis).publish(conversation)
        await visit.shows("data.rows.length === 2")
        rows = await visit.rows()
    assert [(row["image"] or {}).get("text") for row in rows] == [None, "停水范围地图"]
    page = (FOLDER / "pages" / "chat" / "chat.axml").read_text(encoding="utf-8")
    assert 'src="{{item.image.url}}"' in page
    assert 'aria-label="{{item.image.text}}"' in page


async def test_the_mini_program_says_what_came_of_a_payment_and_of_messages(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    """Paid, left, refused or not known yet: nobody pays twice for want of a word. Messages too."""
    said = {}
    async with post_office(house, tmp_path, channel="alipay") as office, visiting(browser, office) as visit:
        await visit.shows("data.rows.length === 1")
        for result in ("9000", "6001", "4000", "8000", "6002", "6004"):
            await visit.page.evaluate("result => { page.desk.pay = async () => result; window.toast = null; }", result)
            await visit.do("onPay", target={"dataset": {"order": "1"}})
            await visit.page.wait_for_function("window.toast !== null")
            said[result] = await visit.page.evaluate("window.toast")
        for agrees in (True, False):
            visit.agrees = agrees
            await visit.page.evaluate("window.toast = null")
            await visit.do("onNews")
            await visit.page.wait_for_function("window.toast !== null")
            said[str(agrees)] = await visit.page.evaluate("window.toast")
    assert "已收到付款" in said["9000"]
    assert "没有扣款" in said["6001"]
    assert "没有扣款" in said["4000"]
    assert "请勿重复支付" in said["8000"]
    assert said["8000"] == said["6002"] == said["6004"]
    assert "已开启" in said["True"]
    assert "设置" in said["False"]


async def test_the_mini_program_goes_on_at_the_next_visit(house: House, browser: Browser, tmp_path: Path) -> None:
    """Who does not agree to the name still has the same conversation, in which both sides are shown, and no proof."""
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        post_office(house, tmp_path, channel="alipay") as office,
    ):
        async with visiting(browser, office, agrees=False) as visit:
            await visit.shows("data.rows.length === 1")
            await visit.do("onInput", detail={"value": "one"})
            await visit.do("onSend")
            await visit.shows("data.rows.length === 3 && !data.dots")
            assert visit.asked.count("getAuthCode") == 2  # with the name, then without
        async with visiting(browser, office, agrees=False) as again:
            await again.shows("data.rows.length === 3")
            texts = [row["text"] for row in await again.rows()]
    assert texts[1:] == ["one", "1:one"]
    assert bot.requests[-1]["context"]["certificate"] is None


async def test_the_mini_program_shows_alerts_while_they_hold(house: House, browser: Browser, tmp_path: Path) -> None:
    """Above the conversation, of the city that it is with; what was shown stays while the desk does not answer."""
    one = {"number": "1", "grade": "Severe", "severity": "严重", "headline": "暴雨", "areas": "", "instruction": ""}
    async with post_office(house, tmp_path, channel="alipay") as office, visiting(browser, office) as visit:
        await visit.shows("data.rows.length === 1")
        assert await visit.page.evaluate("page.data.alerts") == []
        asked = await visit.page.evaluate(
            """async shown => {
            const asked = [], answers = [{ alerts: [shown] }, null, { alerts: [] }], found = [];
            const request = page.platform.request;
            page.platform.request = async (method, url) => {
                asked.push(`${method} ${url.split("/chat/v1/")[1]}`);
                const answer = answers.shift();
                if (!answer) throw new Error("away");
                return answer;
            };
            for (let times = 0; times < 3; times += 1) {
                await page.look();
                found.push(page.data.alerts.map(({ headline }) => headline));
            }
            page.platform.request = request;
            return [asked, found];
        }""",
            one,
        )
    assert asked == [[f"GET cities/{house.account.city}/alerts?locale=zh_Hans"] * 3, [["暴雨"], ["暴雨"], []]]
