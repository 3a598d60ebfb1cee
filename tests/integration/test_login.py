"""Residents who come in through the doors of Alipay and Taobao: their lasting conversation, once, and who they are."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.doors import bring
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.post import PostOffice, post_office
from fixtures.web import Caller, Site

from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.store.database import transaction
from sandbox.alipay.identity import mini_program
from sandbox.alipay.members import open_id

NAME, NUMBER = "王明", "11010519491231002X"


async def enter(office: PostOffice, entry: str, account: str | None = None) -> tuple[int, dict[str, Any]]:
    """Come in at the desk's door: status and answer."""
    return await bring(office.http, office.desk_url, account or office.account.slug, entry, confirmed=True)


def caller(office: PostOffice, opened: dict[str, Any]) -> Caller:
    return Caller(Site(office.desk_url, office.http), opened["session"], opened["token"])


async def taobao(office: PostOffice, **wish: Any) -> str:
    return str((await office.steer("POST", "entries", wish))["entry"])


async def alipay(office: PostOffice, **wish: Any) -> str:
    """The code that my.getAuthCode gives the mini program."""
    body = {"app_id": mini_program(office.account.city), **wish}
    async with office.http.post(f"{office.sandbox_url}/_sandbox/alipay/auth-codes", json=body) as answer:
        return str((await answer.json())["auth_code"])


async def test_a_signed_link_opens_the_residents_lasting_conversation(house: House, tmp_path: Path) -> None:
    """The first visit greets; the next goes on where it was, beside the first; another resident has their own."""
    async with FakeBot() as bot, house.worker(bot.url), post_office(house, tmp_path, channel="taobao") as office:
        _, first = await enter(office, await taobao(office))
        one = caller(office, first)
        await one.post("1", text="one")
        while not any(event["type"] == "turn_done" for event in await one.page(wait=5)):
            pass
        _, second = await enter(office, await taobao(office))
        again = caller(office, second)
        seen = [e["message"]["text"] for e in await again.page() if e["type"] == "message"]
        _, other = await enter(office, await taobao(office, resident="tb0002"))
        assert (await one.ask("GET", "me/data"))[0] == 200  # the first page is still open
        assert second["session"] == first["session"] != other["session"]
        assert second["token"] != first["token"]
        assert (second["city"], second["locale"], second["certified"]) == ("hangzhou", "zh_Hans", False)
    assert seen[-1] == "1:one"
    assert len(seen) == 2


async def test_an_entry_is_good_once_and_only_at_its_door(house: House, tmp_path: Path) -> None:
    """Used again, forged, over, or brought to another account it is refused, and nobody's conversation is opened."""
    async with post_office(house, tmp_path, channel="taobao") as office:
        entry = await taobao(office)
        used = [(await enter(office, entry))[0] for _ in range(2)]
        refused = [
            await enter(office, await taobao(office, secret="x" * 40)),
            await enter(office, await taobao(office, claims={"exp": 1})),
            await enter(office, await taobao(office, claims={"account": "ningbo_taobao"})),
            await enter(office, "nonsense"),
        ]
        nowhere = await enter(office, await taobao(office), account="nobody")
        known = await house.scalar("SELECT count(*) FROM residents WHERE address IS NOT NULL")
    assert used == [201, 403]
    assert {(status, answer["type"]) for status, answer in refused} == {(403, "/problems/entry-refused")}
    assert nowhere[0] == 404
    assert known == 1


async def test_there_is_a_page_only_where_somebody_comes_in_by_a_link(house: House, tmp_path: Path) -> None:
    """An account that there is not has none, nor has one whose residents come in by an app of its own."""
    found = []
    for channel in ("taobao", "alipay"):
        async with post_office(house, tmp_path / channel, channel=channel) as office:
            for account in (office.account.slug, "nope"):
                async with office.http.get(f"{office.desk_url}/enter/{account}") as answer:
                    found.append(answer.status)
    assert found == [200, 404, 404, 404]


async def test_who_alipay_has_certified_is_known_to_the_turn(house: House, tmp_path: Path) -> None:
    """Name and id travel in the context of the turn, sealed before, and are nowhere else; erasing takes them."""
    async with FakeBot() as bot, house.worker(bot.url), post_office(house, tmp_path, channel="alipay") as office:
        _, opened = await enter(office, await alipay(office, name=NAME, id_number=NUMBER))
        resident = caller(office, opened)
        await resident.post("1", text="查社保")
        while not any(event["type"] == "turn_done" for event in await resident.page(wait=5)):
            pass
        kept = await house.scalar("SELECT sealed FROM certificates")
        data = (await resident.ask("GET", "me/data"))[1]
        assert (await resident.ask("DELETE", "me"))[0] == 204
        left = await house.scalar("SELECT count(*) FROM certificates")
    said = bot.requests[-1]["context"]["certificate"]
    assert opened["certified"] is True
    assert (said["name"], said["id_number"], said["issuer"]["en"]) == (NAME, NUMBER, "Alipay")
    assert NUMBER.encode() not in bytes(kept)
    assert [one["issuer"] for one in data["identity"]] == ["alipay"]
    assert left == 0


async def test_without_consent_to_the_name_nothing_is_proved(house: House, tmp_path: Path) -> None:
    """The conversation is the same one, and what was proved at an earlier visit no longer counts."""
    async with FakeBot() as bot, house.worker(bot.url), post_office(house, tmp_path, channel="alipay") as office:
        _, named = await enter(office, await alipay(office, name=NAME, id_number=NUMBER))
        _, plain = await enter(office, await alipay(office, scope="auth_base"))
        _, uncertified = await enter(office, await alipay(office))
        resident = caller(office, plain)
        await resident.post("1", text="查社保")
        while not any(event["type"] == "turn_done" for event in await resident.page(wait=5)):
            pass
    assert {one["session"] for one in (named, plain, uncertified)} == {named["session"]}
    assert [one["certified"] for one in (named, plain, uncertified)] == [True, False, False]
    assert bot.requests[-1]["context"]["certificate"] is None


async def test_a_certificate_is_over_after_half_an_hour(house: House, tmp_path: Path) -> None:
    """Later the turn knows nothing of it."""
    async with FakeBot() as bot, house.worker(bot.url), post_office(house, tmp_path, channel="alipay") as office:
        _, opened = await enter(office, await alipay(office, name=NAME, id_number=NUMBER))
        good = await house.scalar("SELECT extract(epoch FROM good_until - proved_at)::int FROM certificates")
        async with transaction(house.engine) as connection:
            await connection.exec_driver_sql("UPDATE certificates SET good_until = now() - interval '1 second'")
        resident = caller(office, opened)
        await resident.post("1", text="查社保")
        while not any(event["type"] == "turn_done" for event in await resident.page(wait=5)):
            pass
    assert 1600 <= good <= 1810
    assert bot.requests[-1]["context"]["certificate"] is None


async def test_a_code_of_alipays_is_good_once(house: House, tmp_path: Path) -> None:
    """A used code, one of another mini program, and nonsense are refused."""
    async with post_office(house, tmp_path, channel="alipay") as office:
        code = await alipay(office)
        statuses = [
            (await enter(office, one))[0]
            for one in (code, code, await alipay(office, app_id=mini_program("ningbo")), "nonsense", "不是代码")
        ]
    assert statuses == [201, 403, 403, 403, 403]


async def test_news_reach_the_resident_as_a_message_of_the_mini_program(house: House, tmp_path: Path) -> None:
    """What is said after the visit is sent by template; what answers a question is read in the mini program alone."""
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        post_office(house, tmp_path, channel="alipay") as office,
        office.sender(),
    ):
        _, opened = await enter(office, await alipay(office, member="m1"))
        resident = caller(office, opened)
        await resident.post("1", text="one")
        while not any(event["type"] == "turn_done" for event in await resident.page(wait=5)):
            pass
        news = RenderedMessage(text="您的护照已经可以领取。", locale="zh_Hans")
        async with transaction(house.engine) as connection:
            await stream.append(
                connection, UUID(opened["session"]), [message_event(news, author="bot")], lane=stream.BULK
            )
        url = f"{office.sandbox_url}/_sandbox/alipay/members/m1/messages"
        for _ in range(200):
            async with office.http.get(url) as answer:
                messages = (await answer.json())["messages"]
            if messages:
                break
            await asyncio.sleep(0.05)
    assert [(one["to"], one["data"]["keyword1"]["value"]) for one in messages] == [
        (open_id("m1"), "您的护照已经可以领取。")
    ]
