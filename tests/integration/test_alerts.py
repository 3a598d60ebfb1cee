"""Alerts to staff: who is told of what, by mail and webhook, and that a failing server loses none."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.desks import Known, desks_at, hire
from fixtures.house import KEYS, House, until
from fixtures.staffed import actor
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.app.alerts import webhook_at
from desk.contract.errors import ConfigurationError, Conflict
from desk.contract.staff import Actor, Grant, Permission, Role
from desk.staff import mail
from desk.staff.alerts import AlertKind, raise_alert, tell_approver, tell_oneself, tell_reviewer
from desk.staff.deadlines import expire, remind
from desk.staff.mail import mail_server
from desk.staff.requests import Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.staff.telling import Telling, Webhook
from desk.staff.wanted import AlertWishes
from desk.store.database import transaction
from sandbox.mail import MailServer

SECRET = b"0123456789abcdef0123456789abcdef"
HALL = Grant(Role.CLERK, "hangzhou", "city_hall")
POLICE = Grant(Role.CLERK, "hangzhou", "traffic_police")
WAITING = "SELECT count(*) FROM staff_alert_deliveries WHERE state = :state"


@dataclass
class Hooks:
    """A webhook of the staff's. `status` is what it answers."""

    status: int = 200
    posted: list[tuple[str, bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((request.headers["Desk-Signature"], await request.read()))
        return web.Response(status=self.status)


@dataclass
class Office:
    """A house whose staff are told by a pretend mail server and a webhook."""

    house: House
    server: MailServer
    hooks: Hooks
    telling: Telling

    async def staff(self, login: str, *grants: Grant, locale: str = "en", **wanted: Any) -> Known:
        """Hire somebody who wants to be told."""
        known = await hire(self.house.engine, login, *grants, locale=locale)
        wishes = AlertWishes(self.house.engine, KEYS)
        await wishes.keep(actor(login), f"{login}@city.example", wanted.get("kinds", frozenset(AlertKind)))
        return known

    async def alert(self, kind: AlertKind = AlertKind.EMERGENCY, subject: str = "T-1001-7", **more: Any) -> None:
        place = {"city": "hangzhou", "agency": "city_hall", "to": Permission.TICKET_ANSWER}
        async with transaction(self.house.engine) as connection:
            await raise_alert(connection, kind, subject, **{**place, **more})

    async def count(self, state: str) -> int:
        return int(await self.house.scalar(WAITING, state=state))

    async def told(self, state: str, count: int) -> None:
        """Wait until so many deliveries are in a state."""

        async def reached() -> bool:
            return await self.count(state) == count

        await until(reached)

    def recipients(self) -> list[str]:
        return sorted(str(one["To"]) for one in self.server.taken)


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    """Whoever is told is told by running jobs."""
    async with an_office(house) as office, house.jobs({Telling: office.telling}):
        yield office


@asynccontextmanager
async def an_office(house: House) -> AsyncIterator[Office]:
    hooks = Hooks()
    application = web.Application()
    application.router.add_post("/alerts", hooks.take)
    async with MailServer() as server, TestServer(application) as listening, ClientSession() as http:
        telling = Telling(
            house.engine,
            http,
            house.catalogs,
            house.cities,
            KEYS,
            "https://desk.example",
            mail_server(server.url, "desk@city.example"),
            Webhook(str(listening.make_url("/alerts")), SECRET),
        )
        yield Office(house, server, hooks, telling)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_what_an_inspection_would_find_is_told_in_words(office: Office, locale: str) -> None:
    """Each kind with its number, in the language of whoever reads it, and where it is seen."""
    await office.staff("lin", Grant(Role.EDITOR, "hangzhou"), locale=locale)
    kinds = {"account_warning": 10, "account_alarm": 13, "questions_alarm": 21, "link_alarm": 31}
    for sent, (what, count) in enumerate(kinds.items(), 1):
        to = Permission.ANNOUNCEMENT_PUBLISH
        await office.alert(AlertKind.INSPECTION, "s-77", to=to, detail=f"{what} {count}")
        await office.told("sent", 2 * sent)
        mail = office.server.taken[-1]
        said = f"{mail['Subject']} {mail.get_content()}"
        assert "https://desk.example/console/inspection" in said
        assert "s-77" in str(mail["Subject"])
        assert what == "link_alarm" or str(count) in str(mail["Subject"])


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_a_send_that_paused_is_told_in_words_with_how_to_go_on(office: Office, locale: str) -> None:
    """With its numbers and account, to who may resume it, with the page where that is done."""
    await office.staff("lin", Grant(Role.EDITOR, "hangzhou"), locale=locale)
    await office.staff("wang", HALL)
    await office.alert(AlertKind.PAUSE, "31", to=Permission.ANNOUNCEMENT_WITHDRAW, detail="hz-weibo 260 500")
    await office.told("sent", 2)
    [mail] = office.server.taken
    said = f"{mail['Subject']} {mail.get_content()}"
    assert all(one in said for one in ("31", "hz-weibo", "260", "500", "https://desk.example/console/announcements/31"))


async def test_who_is_asked_to_read_is_told_alone(office: Office) -> None:
    """Whatever others may do; which announcement and languages, and where; neither a webhook nor who wants none."""
    await office.staff("lin", Grant(Role.APPROVER, "hangzhou", "city_hall"))
    await office.staff("wang", Grant(Role.APPROVER, "hangzhou", "city_hall"))
    await office.staff("mei", Grant(Role.APPROVER, "hangzhou", "city_hall"), kinds=frozenset({AlertKind.REQUEST}))
    async with transaction(office.house.engine) as connection:
        for login in ("lin", "mei"):
            await tell_reviewer(connection, login, 31, ["zh_Hans", "en"], city="hangzhou", agency="city_hall")
    await office.told("sent", 1)
    assert office.recipients() == ["lin@city.example"]
    [mail] = office.server.taken
    said = "Hangzhou: you are asked to review announcement 31 (Simplified Chinese, English) before it is sent"
    assert str(mail["Subject"]) == said
    assert "https://desk.example/console/announcements/31" in mail.get_content()
    assert office.hooks.posted == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_who_approved_is_told_what_became_of_it(office: Office, locale: str) -> None:
    """In words, each with its number and page, where they want to hear of reviews; no colleague and no webhook."""
    await office.staff("lin", Grant(Role.APPROVER, "hangzhou", "city_hall"), locale=locale)
    await office.staff("wang", Grant(Role.APPROVER, "hangzhou", "city_hall"))
    await office.staff("mei", Grant(Role.APPROVER, "hangzhou", "city_hall"), kinds=frozenset({AlertKind.REQUEST}))
    subjects = set()
    for sent, what in enumerate(("done", "corrected", "cancel", "withdraw", "expire", "void", "return", "reject"), 1):
        async with transaction(office.house.engine) as connection:
            for login in ("lin", "mei"):
                await tell_approver(connection, login, 31, what, city="hangzhou", agency="city_hall")
        await office.told("sent", sent)
        mail = office.server.taken[-1]
        subjects.add(str(mail["Subject"]))
        assert "https://desk.example/console/announcements/31" in mail.get_content()
    assert (len(subjects), all("31" in one and "outcome" not in one for one in subjects)) == (8, True)
    assert (set(office.recipients()), office.hooks.posted) == ({"lin@city.example"}, [])


async def test_who_may_act_and_wants_it_is_told(office: Office) -> None:
    """Of the agency, of the kind, in their language, with where to press; and the webhook, signed."""
    await office.staff("lin", HALL)
    await office.staff("mei", HALL, locale="zh_Hant")
    await office.staff("bao", POLICE)
    await office.staff("tao", HALL, kinds=frozenset({AlertKind.REQUEST}))
    await hire(office.house.engine, "kai", HALL)
    await office.alert()
    await office.told("sent", 3)
    assert office.recipients() == ["lin@city.example", "mei@city.example"]
    texts = {str(one["To"]).split("@")[0]: (str(one["Subject"]), one.get_content()) for one in office.server.taken}
    assert texts["lin"][0] == "URGENT, Hangzhou: ticket T-1001-7 waits for a clerk"
    assert "https://desk.example/console/tickets/T-1001-7" in texts["lin"][1]
    assert "緊急" in texts["mei"][0]
    [(signature, body)] = office.hooks.posted
    at, seal = (part.partition("=")[2] for part in signature.split(","))
    assert hmac.compare_digest(seal, hmac.digest(SECRET, f"{at}.".encode() + body, hashlib.sha256).hex())
    [posted] = json.loads(body)["alerts"]
    assert (posted["kind"], posted["subject"], posted["city"]) == ("emergency", "T-1001-7", "hangzhou")


async def test_a_request_is_told_to_who_may_allow_it(office: Office) -> None:
    """Whoever asked knows it."""
    await office.staff("an", Grant(Role.AGENCY_ADMIN, "hangzhou"))
    await office.staff("bo", Grant(Role.AGENCY_ADMIN, "hangzhou", "city_hall"))
    await office.staff("cy", Grant(Role.OPERATOR))
    asking = Actor("an", grants=(Grant(Role.AGENCY_ADMIN, "hangzhou"),))
    wish = Wish(Kind.VOICE_START, "city hangzhou", {"scope": "city", "subject": "hangzhou"}, "mended", "hangzhou")
    await Requests(office.house.engine, {}).ask(asking, wish)
    await office.told("sent", 2)
    assert office.recipients() == ["cy@city.example"]
    assert "start the assistant again" in str(office.server.taken[0]["Subject"])


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_decision_is_told_to_who_asked_alone(office: Office, allowed: bool) -> None:
    """If they want it; no colleague and no webhook hears of it."""
    await office.staff("an", Grant(Role.AGENCY_ADMIN, "hangzhou"), kinds=frozenset({AlertKind.DECISION}))
    await office.staff("bo", Grant(Role.AGENCY_ADMIN, "hangzhou"), kinds=frozenset())
    an, bo = actor("an", Grant(Role.AGENCY_ADMIN, "hangzhou")), actor("bo", Grant(Role.AGENCY_ADMIN, "hangzhou"))
    wish = Wish(Kind.VOICE_START, "city hangzhou", {"scope": "city", "subject": "hangzhou"}, "mended", "hangzhou")
    requests = Requests(office.house.engine, {Kind.VOICE_START: _nothing})
    asked = await requests.ask(an, wish)
    await office.told("sent", 1)  # the request, by the webhook
    await (requests.allow(bo, asked.id) if allowed else requests.refuse(bo, asked.id, reason="too early"))
    await office.told("sent", 2)
    assert office.recipients() == ["an@city.example"]
    [told] = office.server.taken
    said = "allowed" if allowed else "refused"
    assert str(told["Subject"]) == f"Your request {asked.id} was {said}: start the assistant again"
    assert f"https://desk.example/console/requests/{asked.id}" in told.get_content()
    assert len(office.hooks.posted) == 1


VOICE = Wish(Kind.VOICE_START, "city hangzhou", {"scope": "city", "subject": "hangzhou"}, "mended", "hangzhou")


async def passes(house: House, spent: timedelta) -> None:
    """So much time passes for all requests."""
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE staff_requests SET good_until = good_until - :spent"), {"spent": spent})


async def test_what_nobody_decides_is_reminded_of_and_its_end_is_told(office: Office) -> None:
    """Within the last day who may decide hears of it once more; after the end who asked does, once, and no webhook."""
    await office.staff("an", Grant(Role.AGENCY_ADMIN, "hangzhou"), kinds=frozenset({AlertKind.DECISION}))
    await office.staff("bo", Grant(Role.AGENCY_ADMIN, "hangzhou"), kinds=frozenset({AlertKind.REQUEST}))
    requests = Requests(office.house.engine, {Kind.VOICE_START: _nothing})
    an, bo = actor("an", Grant(Role.AGENCY_ADMIN, "hangzhou")), actor("bo", Grant(Role.AGENCY_ADMIN, "hangzhou"))
    asked = await requests.ask(an, VOICE)
    await office.told("sent", 2)  # bo, and the webhook
    assert (await remind(requests), await expire(requests)) == (0, 0)
    await passes(office.house, timedelta(days=2, hours=1))
    assert [await remind(requests), await remind(requests), await expire(requests)] == [1, 0, 0]
    await office.told("sent", 4)
    await passes(office.house, timedelta(days=1))
    assert [await expire(requests), await expire(requests), await remind(requests)] == [1, 0, 0]
    await office.told("sent", 5)
    first, reminder, end = office.server.taken
    assert [str(one["To"]).split("@")[0] for one in (first, reminder, end)] == ["bo", "bo", "an"]
    assert f"Request {asked.id} expires within a day" in str(reminder["Subject"])
    assert f"Nobody decided on your request {asked.id} in time: start the assistant again" in end.get_content()
    assert f"https://desk.example/console/requests/{asked.id}" in end.get_content()
    assert len(office.hooks.posted) == 2
    assert [one.id for one in await requests.news(an)] == [asked.id]
    with pytest.raises(Conflict):
        await requests.allow(bo, asked.id)
    told = "SELECT actor || ' ' || subject FROM audit_records WHERE act = 'request.expire'"
    assert await office.house.scalar(told) == "requests city hangzhou"


async def test_who_asks_anew_ends_what_is_over(office: Office) -> None:
    """Whoever asked before is told, and what was asked anew waits."""
    await office.staff("an", Grant(Role.AGENCY_ADMIN, "hangzhou"), kinds=frozenset({AlertKind.DECISION}))
    an, bo = actor("an", Grant(Role.AGENCY_ADMIN, "hangzhou")), actor("bo", Grant(Role.AGENCY_ADMIN, "hangzhou"))
    requests = Requests(office.house.engine, {})
    await requests.ask(an, VOICE)
    await passes(office.house, timedelta(days=4))
    anew = await requests.ask(bo, VOICE)
    assert (await expire(requests), [one.id for one in await requests.all(bo)]) == (0, [anew.id])
    await until(lambda: _true(office.recipients() == ["an@city.example"]))
    acts = "SELECT string_agg(act, ' ' ORDER BY number) FROM audit_records WHERE act LIKE 'request.%'"
    assert await office.house.scalar(acts) == "request.ask request.ask request.expire"


async def _nothing(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> None:
    """What is allowed does nothing."""


async def test_a_change_of_an_account_is_told_to_its_owner_alone(office: Office) -> None:
    """Whatever they want to hear of; no colleague and no webhook hears of it."""
    await office.staff("lin", HALL, kinds=frozenset())
    await office.staff("mei", HALL)
    async with transaction(office.house.engine) as connection:
        await tell_oneself(connection, "lin", "app")
    await office.told("sent", 1)
    [mail] = office.server.taken
    assert (str(mail["To"]), office.hooks.posted) == ("lin@city.example", [])
    assert "authenticator app of your account lin was changed" in str(mail["Subject"])
    assert "https://desk.example/console/account" in mail.get_content()


@pytest.mark.parametrize("fault", ["later", "silent"])
async def test_a_server_that_fails_for_a_while_loses_nothing(
    office: Office, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited meanwhile comes, once the server takes it."""
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
    await office.staff("lin", HALL)
    office.server.fault, office.server.left = fault, 1
    await office.alert(subject="T-1001-7")
    await office.alert(subject="T-1002-5")
    await office.told("sent", 4)
    said = [one.get_content() for one in office.server.taken]
    assert all(any(subject in text for text in said) for subject in ("T-1001-7", "T-1002-5"))


async def test_an_address_that_is_refused_is_given_up(office: Office) -> None:
    """Nobody is asked forever; the webhook hears of it all the same."""
    await office.staff("lin", HALL)
    office.server.fault, office.server.left = "refuse", 9
    await office.alert()
    await office.told("dead", 1)
    await office.told("sent", 1)
    assert office.server.taken == []


async def test_a_webhook_that_fails_is_asked_again(office: Office) -> None:
    """With the same alert, until it takes it."""
    office.hooks.status = 503
    await office.alert()
    await until(lambda: _true(len(office.hooks.posted) >= 1))
    office.hooks.status = 200
    await office.told("sent", 1)
    subjects = [json.loads(body)["alerts"][0]["subject"] for _, body in office.hooks.posted]
    assert set(subjects) == {"T-1001-7"}


async def test_who_left_is_told_nothing_more(house: House) -> None:
    """Disabled, or without an address, after the alert was raised."""
    async with an_office(house) as office:
        lin = await office.staff("lin", HALL)
        await office.alert()
        alert = int(await house.scalar("SELECT max(id) FROM staff_alerts"))
        await office.telling.tell(alert)
        await AlertWishes(house.engine, KEYS).keep(actor("lin"), None, frozenset(AlertKind))
        await office.telling.deliver(lin.id)
        assert (office.server.taken, await office.count("dead")) == ([], 1)
        await office.telling.deliver(lin.id)
        await replace(office.telling, webhook=None).tell(alert)
        assert await office.count("dead") == 1


async def test_many_alerts_are_one_mail(house: House) -> None:
    """Twenty at the most in one; the rest in the next."""
    async with an_office(house) as office:
        office = replace(office, telling=replace(office.telling, webhook=None))
        lin = await office.staff("lin", HALL)
        for number in range(25):
            await office.alert(subject=f"T-{number}-0")
        first = int(await house.scalar("SELECT min(id) FROM staff_alerts"))
        for alert in range(first, first + 25):
            await office.telling.tell(alert)
        for _ in range(3):
            await office.telling.deliver(lin.id)
        assert [str(one["Subject"]) for one in office.server.taken] == ["20 alerts", "5 alerts"]


@pytest.mark.parametrize("given", ["nobody", "a@b", "a b@c.de", "a@b.c\nBcc: d@e.f", f"{'a' * 250}@city.example"])
async def test_what_is_no_address_is_refused(house: House, given: str) -> None:
    """Nor is a header smuggled in."""
    await hire(house.engine, "lin", HALL)
    with pytest.raises(Conflict):
        await AlertWishes(house.engine, KEYS).keep(actor("lin"), given, frozenset(AlertKind))


async def test_address_is_sealed(house: House) -> None:
    """Who reads the database does not read it."""
    await hire(house.engine, "lin", HALL)
    await AlertWishes(house.engine, KEYS).keep(actor("lin"), "lin@city.example", frozenset(AlertKind))
    assert b"city.example" not in bytes(await house.scalar("SELECT mail FROM staff WHERE login = 'lin'"))
    assert (await AlertWishes(house.engine, KEYS).of(actor("lin"))).mail == "lin@city.example"


@pytest.mark.parametrize(("url", "sender"), [("http://mail", "a@b.c"), ("smtp://", "a@b.c"), ("smtp://mail", None)])
def test_a_wrong_setting_is_said(url: str, sender: str | None) -> None:
    """At the start, not at the first alert."""
    with pytest.raises(ConfigurationError):
        mail_server(url, sender)


@pytest.mark.parametrize(
    "url", ["http://pager.example/x", "http://10.0.0.7/x", "http://localhost.example/x", "ftp://x"]
)
def test_a_webhook_elsewhere_is_encrypted_or_nothing_starts(url: str) -> None:
    """Plain http is for this machine alone, named in as many words."""
    with pytest.raises(ConfigurationError, match="https"):
        webhook_at(url, SECRET.decode())
    with pytest.raises(ConfigurationError, match="32 random"):
        webhook_at("https://pager.example/x", "short")
    for good in ("https://pager.example/x", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x"):
        assert webhook_at(good, SECRET.decode()).url == good


def test_mail_leaves_the_machine_encrypted_only() -> None:
    """STARTTLS is insisted on, but for a server on this machine."""
    assert mail_server("smtp://u:p%40@mail.example", "a@b.c").encrypted
    assert mail_server("smtp://u:p%40@mail.example", "a@b.c").password == "p@"
    assert mail_server("smtps://mail.example", "a@b.c").tls
    assert not mail_server("smtp://127.0.0.1:2525", "a@b.c").encrypted


async def test_the_console_keeps_what_one_wants(house: House) -> None:
    """Address and kinds, on the page of one's account; a wrong address is said beside the field and stays there."""
    lin = await hire(house.engine, "lin", HALL)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        wrong = await chair.post("/console/account/alerts", {"mail": "nobody"}, of="/console/account")
        assert (wrong.status, "not a mail address" in wrong.errors, 'value="nobody"' in wrong.text) == (422, True, True)
        fields = {"mail": "lin@city.example", "alert_request": "yes"}
        kept = await chair.post("/console/account/alerts", fields, of="/console/account")
        assert (kept.path, 'value="lin@city.example"' in kept.text) == ("/console/account?done=alerts_kept", True)
    assert (await AlertWishes(house.engine, KEYS).of(actor("lin"))).kinds == {AlertKind.REQUEST}


async def _true(value: bool) -> bool:
    return value
