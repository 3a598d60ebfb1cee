"""The page of one's own matters: what it shows to whom, of each kind, and what leads on. Real stores and wire."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fixtures.cases import appointment, report
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.payments import PayHouse, pay_back
from fixtures.post import post_office
from fixtures.staffed import actor
from fixtures.visiting import CITY, OTHER, PHONE, Hall, browsing, hall_at, session_of
from sqlalchemy import event, text

from desk.contract.messages import CaseNote
from desk.conversations import erasure, sessions
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.payments.refunds import Refunds
from desk.store.database import transaction
from desk.store.terms import Stays
from desk.tickets.reference import reference_of
from desk.visits import jobs

SUBSCRIBE = """
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id, created_at)
    SELECT id, city, 'water', '', account_id, now() FROM conversations WHERE id = :id
"""
ASK = """
    INSERT INTO ticket_asks (ticket_id, agency, what, name, said, asked_by)
    SELECT id, agency, 'document', 'photo', 'a photo of the permit', 'li' FROM tickets WHERE id = :id
"""
ROOMS_WITH_MATTERS = 4
TITLES = {"zh_Hans": "我的事项", "zh_Hant": "我的事項", "en": "My matters"}


async def change(house: House, query: str, **values: Any) -> None:
    """Change rows of the store, of which there are some."""
    async with transaction(house.engine) as connection:
        assert (await connection.execute(text(query), values)).rowcount > 0


def coming(days: float = 3) -> str:
    """A time of an appointment, from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="minutes")


def application(status: str = "in_progress", **more: Any) -> CaseNote:
    given = {"case": f"travel_permit-{status}", "service": "travel_permit", "kind": "application", "status": status}
    return report(7, **(given | more))


@pytest.mark.parametrize("lang", TITLES)
async def test_who_is_unknown_reads_what_it_is_and_types_a_telephone(house: House, hall: Hall, lang: str) -> None:
    """One field; nothing is kept of a look, by the browser or in the store; no search engine takes it."""
    browser = await hall.come(lang=lang)
    page = await browser.look()
    assert page.status == 200
    assert TITLES[lang] in page
    assert (page.text.count('name="phone"'), page.text.count('name="code"'), page.rows) == (1, 0, [])
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers
    assert await house.scalar("SELECT count(*) FROM visits") == 0


async def test_after_a_code_a_telephone_shows_what_it_was_proved_for(hall: Hall) -> None:
    """On any device, of any conversation; what another telephone was proved for, or none, is not there."""
    family, _ = await hall.chat()
    await hall.keep(family, appointment(1, coming()), PHONE)
    await hall.keep(family, appointment(2, coming()), OTHER)
    await hall.keep(family, report(3))
    browser = await hall.come()
    asked = await browser.press("send", phone="138 0013 8000")
    assert "****8000" in asked
    assert PHONE not in asked.text
    [sent] = await hall.texts()
    assert sent["to"] == PHONE
    assert sent["text"].startswith("【杭州市政务服务中心】")  # which has the account, whatever agency the gateway is of
    page = await browser.press("prove", code=sent["code"])
    [(group, row)] = page.rows
    assert group == "to_do"
    assert ("结婚登记1" in row, "MR2026-0001" in row, "已预约" in row) == (True, True, True)
    assert "星期" in row
    assert (await browser.look()).rows == page.rows


async def test_a_report_is_seen_by_the_telephone_that_it_names(hall: Hall) -> None:
    """Whom its agency would ring sees how it stands, on any device; of an appointment a name is not enough."""
    chat, _ = await hall.chat()
    await hall.keep(chat, report(9), contact_phone=PHONE)
    await hall.keep(chat, report(8), contact_phone=OTHER)
    await hall.keep(chat, appointment(1, coming()), contact_phone=PHONE)
    page = await hall.prove(await hall.come())
    [(group, row)] = page.rows
    assert (group, "MR2026-0009" in row) == ("in_progress", True)


@pytest.mark.parametrize("typed", ["+852 9123 4567", "00853 66123456", "852-5123-4567"])
async def test_a_telephone_of_hong_kong_or_macau_gets_a_code(hall: Hall, typed: str) -> None:
    """With its area code, however it is dialled; by it a chat is kept and seen elsewhere, as by any other."""
    chat, token = await hall.chat()
    await hall.keep(chat, report(9))
    mine, elsewhere = await hall.come(), await hall.come()
    await mine.from_chat(token)
    await hall.prove(mine, typed)
    [sent] = await hall.texts()
    digits = "".join(one for one in typed if one.isdigit()).removeprefix("00")
    assert sent["to"] == f"+{digits}"
    assert (await mine.press("keep")).status == 200
    assert (await hall.prove(elsewhere, typed)).groups == ["in_progress"]


@pytest.mark.parametrize("typed", ["9123 4567", "+852 2123 4567 8", "+853 2871 2345"])
async def test_who_leaves_out_the_area_code_reads_how_it_is_written(hall: Hall, typed: str) -> None:
    """Eight digits alone, a digit too many, a landline: with an example, and what was typed stays."""
    page = await (await hall.come()).press("send", phone=typed)
    assert (page.status, "+852 9123 4567" in page, f'value="{typed}"' in page.text) == (422, True, True)


@pytest.mark.parametrize(
    ("case", "group", "state"),
    [
        (appointment(1, coming(2)), "to_do", "已预约"),
        (appointment(1, coming(-2)), "done", "时间已过"),
        (appointment(1, coming(2), status="cancelled", over=True), "done", "已取消"),
        (appointment(1, coming(2), status="unknown"), "in_progress", "等待受理单位确认"),
        (application("in_progress"), "in_progress", "正在办理"),
        (application("ready"), "to_do", "可以领取"),
        (application("issued", over=True), "done", "已发证"),
        (application("of_another_agency"), "in_progress", "办理中"),
        (report(9), "in_progress", "待处理"),
        (report(9, status="closed", over=True), "done", "已处理完毕"),
    ],
)
async def test_each_case_stands_where_it_belongs(hall: Hall, case: CaseNote, group: str, state: str) -> None:
    """In its group, with how it stands, what comes next and its number; what is over or past offers nothing."""
    chat, token = await hall.chat()
    await hall.keep(chat, case)
    browser = await hall.come()
    assert await browser.from_chat(token) == 204
    page = await browser.look()
    [(stands, row)] = page.rows
    assert (stands, state in row, case.reference in row) == (group, True, True)
    assert ("下一步：" in row) == (group != "done")
    assert ('value="begin"' in page.text) == (group != "done")


async def test_an_appointment_leads_to_its_calendar_and_into_its_chat(house: House, hall: Hall) -> None:
    """In its own browser one press begins it in the chat, for that very one: the assistant is told, and asks there."""
    chat, token = await hall.chat()
    await hall.keep(chat, appointment(1, coming()))
    await hall.keep(chat, appointment(2, coming(9)))
    browser = await hall.come()
    await browser.from_chat(token)
    page = await browser.look()
    [calendar, _] = re.findall(r'href="([^"]+\.ics)"', page.text)
    status, body, _ = await hall.site.ask("GET", urlsplit(calendar).path)
    assert (status, "BEGIN:VEVENT" in body) == (200, True)
    [second] = [one for one in re.findall(r'name="matter" value="([^"]+)">', page.text) if one.endswith("-2")][:1]
    async with FakeBot() as bot, house.worker(bot.url):
        there = await browser.press("begin", matter=second, way="give_up")
        await house.settle(chat)
    assert urlsplit(there.url).path == f"/{CITY}"
    payload = bot.requests[-1]["message"]["payload"]
    assert payload == '/change_appointment{"case": "marriage_registration-2", "field": "give_up"}'


async def test_elsewhere_words_stand_ready_and_nothing_is_begun(house: House, hall: Hall) -> None:
    """On another device the link leads to the chat with words; where the agency cannot be asked, that is said."""
    chat, _ = await hall.chat()
    await hall.keep(chat, appointment(1, coming()), PHONE)
    browser = await hall.come()
    page = await hall.prove(browser)
    links = [
        parse_qs(urlsplit(unescape(one)).query) for one in re.findall(r'href="(/[a-z]+\?[^"]*ask=[^"]+)"', page.text)
    ]
    offered = house.cities[CITY].services["marriage_registration"].endpoints
    assert [("MR2026-0001" in one["ask"][0]) for one in links] == ([True, True] if "references" in offered else [])
    assert 'value="begin"' not in page.text
    [matter] = re.findall(r'id="(case-\d+)"', page.text)
    refused = await browser.press("begin", matter=matter, way="give_up")
    assert "这件事已有变化" in refused
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 0


async def test_what_is_followed_asked_for_and_with_staff_stands_there(house: House, hall: Hall) -> None:
    """A ticket in progress, what its agency asks for to do, notices apart; an answer is given in the chat."""
    chat, token = await hall.chat()
    async with transaction(house.engine) as connection:
        await house.hand_over().open(connection, chat, opened_by="resident", reason="asked", service=None)
    [ticket] = await house.clerks.waiting(actor("op"))
    browser = await hall.come()
    await browser.from_chat(token)
    assert (await browser.look()).groups == ["in_progress"]
    await house.clerks.claim(actor("li"), ticket.id)
    await change(house, ASK, id=ticket.id)
    await change(house, SUBSCRIBE, id=chat.id)
    page = await browser.look()
    assert page.groups == ["to_do", "in_progress", "followed"]
    [asked, helped, followed] = [row for _, row in page.rows]
    assert "a photo of the permit" in asked
    assert (reference_of(ticket.id) in helped, "工作人员正在处理" in helped) == (True, True)
    assert "不再接收" in followed
    assert f'href="/{CITY}?lang=zh_Hans#talk"' in page.text
    await house.clerks.close(actor("li"), ticket.id)
    assert (await browser.look()).groups == ["done", "followed"]


async def test_an_order_is_paid_received_and_returned(paying: PayHouse) -> None:
    """Until when it is to be paid, with the way there; then its receipt, also as a file; then that it was returned."""
    chat, payment = await paying.offered()
    token = await session_of(paying.house, chat)
    async with browsing(paying.site) as browser:
        assert await browser.from_chat(token) == 204
        page = await browser.look()
        [(group, row)] = page.rows
        assert (group, "200.00" in row, "等待付款" in row, "前付款" in row) == ("to_do", True, True, True)
        assert "浙A2E87G" not in row
        [pay] = re.findall(r'href="([^"]+/pay/[^"]+)"', page.text)
        assert (await paying.site.ask_at(pay.replace("&amp;", "&")))[0] == 200
        await paying.pay(payment)
        await paying.becomes(payment, "booked")
        page = await browser.look()
        assert page.groups == ["done"]
        receipts = [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+/receipt/[^"]+)"', page.text)]
        kinds = [(await paying.site.ask_at(one))[2]["Content-Type"] for one in receipts if ".pdf" not in one]
        assert (len(receipts), kinds) == (2, ["text/html; charset=utf-8"])
        async with paying.http.get(receipts[1]) as paper:
            assert (paper.status, paper.content_type) == (200, "application/pdf")
        refund = await pay_back(paying.parts.payments.dependencies, payment["order"])
        await Refunds(paying.parts.payments.dependencies).carry_out(refund.id)
        await paying.becomes(payment, "refunded")
        [(group, row)] = (await browser.look()).rows
        assert (group, "已退" in row) == ("done", True)


async def test_an_order_that_expired_is_not_to_be_paid(paying: PayHouse) -> None:
    """It says that nothing was charged, and leads nowhere."""
    chat, _ = await paying.offered()
    token = await session_of(paying.house, chat)
    await change(paying.house, "UPDATE orders SET expires_at = now() - interval '1 minute'")
    async with browsing(paying.site) as browser:
        await browser.from_chat(token)
        page = await browser.look()
    assert page.groups == ["done"]
    assert "/pay/" not in page.text


async def test_a_chat_is_kept_for_a_telephone_and_parted_again(house: House, hall: Hall) -> None:
    """Its resident chooses so in its browser, after a code; it is seen on another device until they choose not."""
    chat, token = await hall.chat()
    await hall.keep(chat, report(9))
    mine, elsewhere = await hall.come(), await hall.come()
    await mine.from_chat(token)
    page = await hall.prove(mine)
    assert page.groups == ["in_progress"]
    assert (await hall.prove(elsewhere)).rows == []
    assert (await mine.press("keep")).status == 200
    assert (await elsewhere.look()).groups == ["in_progress"]
    await mine.press("part")
    assert (await elsewhere.look()).rows == []
    assert await house.scalar("SELECT count(*) FROM kept_conversations") == 0


async def test_signing_out_ends_it_on_this_device_alone(hall: Hall) -> None:
    """The cookie goes, and the token opens nothing; another device goes on."""
    chat, _ = await hall.chat()
    await hall.keep(chat, appointment(1, coming()), PHONE)
    one, other = await hall.come(), await hall.come()
    assert (await hall.prove(one)).groups == ["to_do"]
    await hall.prove(other)
    [kept] = [each.value for each in one.http.cookie_jar if each.key == "my-matters"]
    left = await one.press("leave")
    assert ("已退出" in left, left.rows) == (True, [])
    assert [each for each in one.http.cookie_jar if each.key == "my-matters"] == []
    one.extra["Cookie"] = f"my-matters={kept}"
    assert (await one.look()).rows == []
    assert (await other.look()).groups == ["to_do"]


async def test_who_leaves_the_chat_has_left_the_page(house: House, hall: Hall) -> None:
    """What the chat's session opened ends with it; the telephone that was proved goes on."""
    chat, token = await hall.chat()
    await hall.keep(chat, report(9))
    await hall.keep(chat, appointment(1, coming()), PHONE)
    browser = await hall.come()
    await browser.from_chat(token)
    assert (await browser.look()).groups == ["to_do", "in_progress"]
    await hall.prove(browser)
    async with transaction(house.engine) as connection:
        await sessions.end_all(connection, chat.id)
    assert (await browser.look()).groups == ["to_do"]


async def test_it_lasts_half_an_hour(house: House, hall: Hall) -> None:
    """Then a code is wanted anew, and what was typed is deleted."""
    chat, _ = await hall.chat()
    await hall.keep(chat, appointment(1, coming()), PHONE)
    browser = await hall.come()
    assert (await hall.prove(browser)).groups == ["to_do"]
    hall.clock.jump(minutes=29)
    assert (await browser.look()).groups == ["to_do"]
    hall.clock.jump(minutes=2)
    page = await browser.look()
    assert (page.rows, page.text.count('name="phone"')) == ([], 1)
    await change(house, "UPDATE visits SET good_until = now() - interval '1 second'")
    async with transaction(house.engine) as connection:
        await connection.execute(jobs.TIDY)
    assert await house.scalar("SELECT count(*) FROM visits") == 0


async def test_what_is_erased_is_nowhere(house: House, hall: Hall) -> None:
    """Its matters, that it was kept for a telephone, and visits that it opened."""
    chat, token = await hall.chat()
    await hall.keep(chat, appointment(1, coming()), PHONE)
    browser = await hall.come()
    await browser.from_chat(token)
    await hall.prove(browser)
    await browser.press("keep")
    confirmation = house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(house.engine, Live(house.redis), chat.id, confirmation, house.parts())
    tables = ("cases", "kept_conversations", "visits")
    assert [await house.scalar(f"SELECT count(*) FROM {one}") for one in tables] == [0, 0, 0]
    elsewhere = await hall.come()
    assert (await hall.prove(elsewhere)).rows == []


async def test_persons_are_masked(hall: Hall) -> None:
    """What a matter is about may name a telephone or an id: of both a part is shown, of the agency's number all."""
    chat, token = await hall.chat()
    about = {"key": "card.value", "args": {"value": "办证 110105199003078888 电话13700137000"}}
    await hall.keep(chat, application(about=about))
    browser = await hall.come()
    await browser.from_chat(token)
    page = await browser.look()
    assert ("110105199003078888" in page.text, "13700137000" in page.text) == (False, False)
    assert "MR2026-0007" in page


@pytest.mark.parametrize(
    ("typed", "said"), [("12345", "11位"), ("057188888888", "固定电话"), ("abc", "数字"), ("", "数字")]
)
async def test_a_telephone_that_is_none_is_said_to_be_none(house: House, hall: Hall, typed: str, said: str) -> None:
    """Beside the field and in the list of errors; nothing is sent, and what was typed stands there."""
    page = await (await hall.come()).press("send", phone=typed)
    assert page.status == 422
    assert 'aria-invalid="true"' in page.text
    assert f'value="{typed}"' in page.text
    assert said in page
    assert await house.scalar("SELECT count(*) FROM visits") == 0


async def test_where_no_text_messages_are_sent_the_page_says_so(house: House, hall: Hall) -> None:
    """A city without a gateway: no field, and where to look instead."""
    here = house.cities[CITY]
    bare = {name: one.model_copy(update={"endpoints": {}}) for name, one in here.services.items()}
    house.cities[CITY] = here.model_copy(update={"services": bare})
    browser = await hall.come()
    page = await browser.look()
    assert ('name="phone"' in page.text, "暂时不能用手机号查看" in page) == (False, True)
    assert (await browser.press("send", phone=PHONE)).status == 404


async def test_a_statement_a_room_however_much_there_is(house: House, hall: Hall) -> None:
    """One for the visit, one for each room that has matters; jobs beside the page ask in tasks of their own."""
    chat, token = await hall.chat()
    browser = await hall.come()
    await browser.from_chat(token)

    async def said() -> int:
        heard: list[tuple[object, str]] = []

        def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            heard.append((asyncio.current_task(), statement))

        event.listen(house.engine.sync_engine, "before_cursor_execute", hear)
        await browser.look()
        event.remove(house.engine.sync_engine, "before_cursor_execute", hear)
        page = {task for task, statement in heard if "FROM visits AS visit" in statement}
        return sum(task in page for task, _ in heard)

    counts = []
    for _ in range(2):
        counts.append(await said())
        for number in range(1, 12):
            await hall.keep(chat, report(number))
    assert counts[0] == counts[1] <= 1 + ROOMS_WITH_MATTERS


async def test_the_pages_of_a_city_lead_there(hall: Hall) -> None:
    """From the head and the foot of each; the chat's menu has its words."""
    for path in (f"/{CITY}", f"/{CITY}/announcements"):
        _, text, _ = await hall.site.ask("GET", f"{path}?lang=en")
        assert text.count(f'href="/{CITY}/my-matters?lang=en"') == 2, path
    _, texts, _ = await hall.site.ask("GET", "/chat/v1/texts?locale=zh_Hant")
    assert texts["texts"]["matters"] == "我的事項"


async def test_two_chats_of_one_browser_show_the_last(hall: Hall) -> None:
    """A visit is of one chat: another one takes its place, under another token."""
    first: tuple[ConversationRow, str] = await hall.chat()
    second = await hall.chat()
    await hall.keep(first[0], report(1))
    await hall.keep(second[0], application())
    browser = await hall.come()
    await browser.from_chat(first[1])
    await browser.from_chat(second[1])
    [(_, row)] = (await browser.look()).rows
    assert "正在办理" in row


TEXTS = {
    "zh_Hans": ("发短信提示我", "停止短信提示"),
    "zh_Hant": ("發短訊提示我", "停止短訊提示"),
    "en": ("Text me", "Stop the text messages"),
}


@pytest.mark.parametrize("lang", TEXTS)
async def test_text_messages_are_wished_by_a_proved_telephone_alone(
    house: House, tmp_path: Path, pay_keys: Path, lang: str
) -> None:
    """In the chat's browser: offered, wished after a code, recorded with the text that was agreed to, ended."""
    wish, end = TEXTS[lang]
    (tmp_path / "sms").mkdir()
    async with (
        post_office(house, tmp_path / "sms", channel="sms") as office,
        hall_at(house, tmp_path, pay_keys, office.channels) as hall,
    ):
        chat, token = await hall.chat(lang)
        await hall.keep(chat, appointment(1, coming()), PHONE)
        browser = await hall.come(lang=lang)
        assert await browser.from_chat(token) == 204
        page = await browser.look()
        assert 'id="own-texts"' in page.text
        assert f'<button class="plain-button">{wish}' not in page.text
        await browser.press("texts")
        assert await house.scalar("SELECT count(*) FROM remembered_values") == 0
        page = await hall.prove(browser)
        assert wish in page
        page = await browser.press("texts")
        page = await browser.press("texts")
        assert end in page
        query = "SELECT string_agg(field || ' ' || purpose, ';') FROM consents WHERE given_at <= now()"
        assert await house.scalar(query) == "phone devices.purpose_of_texts_1"
        assert await house.scalar("SELECT pushes FROM conversations WHERE id = :id", id=chat.id) == "devices"
        page = await browser.press("no_texts")
        assert wish in page
        assert await house.scalar("SELECT count(*) FROM remembered_values") == 0
        assert await house.scalar("SELECT pushes FROM conversations WHERE id = :id", id=chat.id) == "nothing"


async def test_where_no_account_sends_them_text_messages_are_not_offered(hall: Hall) -> None:
    """Nor are they by another device, which has no chat."""
    chat, token = await hall.chat()
    await hall.keep(chat, appointment(1, coming()), PHONE)
    browser = await hall.come()
    assert await browser.from_chat(token) == 204
    assert 'id="own-texts"' not in (await hall.prove(browser)).text
