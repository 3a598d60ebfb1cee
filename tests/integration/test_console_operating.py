"""What operators do in the console: accounts on channels, what is sent, orders, keys of programs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fixtures.cases import appointment
from fixtures.desks import Chair, desks_at, hire
from fixtures.house import KEYS, House, turn_of, until
from fixtures.payments import AMOUNT, PayHouse
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from sqlalchemy import text

from desk.accounts import replacing
from desk.accounts.register import Register
from desk.alipay.answers import CHINA
from desk.app.staffing import staff
from desk.contract.channel import Channel
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import KeepCase, Text
from desk.contract.staff import Grant, Permission, Role
from desk.contract.wire import LOCALES
from desk.kill_switch.service import KillSwitch, Scope
from desk.payments.bill_book import BillBook
from desk.payments.clerk_refunds import ClerkRefunds
from desk.platforms.loading import load_channels
from desk.staff.deadlines import expire
from desk.staff.requests import Kind, Wish, is_of_two
from desk.staff.sessions import make_key
from desk.store.database import transaction
from desk.tickets.reaching.texting import ACCOUNT

OPERATOR, ADMIN = Grant(Role.OPERATOR), Grant(Role.SECURITY_ADMIN)
PATH = "/console/accounts"
TOKEN, WORD = f"424242:{'Ab3' * 12}", "w0rd" * 10
NEW = {
    "channel": "telegram",
    "slug": "town_bot",
    "place": "hangzhou/city_hall",
    "platform_id": "town_bot",
    "rate": "",
    "reason": "for the news of the town",
    "secret-token": TOKEN,
    "secret-webhook_secret": WORD,
}
ONE = f"{PATH}/town_bot"
OF_NEW = f"{PATH}/-/new?channel=telegram"


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def acts(house: House, login: str) -> list[str]:
    """What somebody did, as the audit has it."""
    query = "SELECT coalesce(array_agg(act ORDER BY number), '{}') FROM audit_records WHERE actor = :login"
    found: list[str] = await house.scalar(query, login=login)
    return found


async def test_an_account_is_entered_paused_rotated_and_stopped(house: House) -> None:
    """Each with its record; secrets are sealed, and stand on no page afterwards."""
    ops = await hire(house.engine, "ops", OPERATOR)
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        assert "There is no such account." in (await chair.get(PATH)).text
        page = await chair.get(OF_NEW)
        assert ('name="secret-token"' in page.text, "of @BotFather" in page.text) == (True, True)
        added = await chair.post(PATH, NEW, of=OF_NEW)
        assert (added.path.partition("?")[0], "The account is entered." in added.text) == (ONE, True)
        assert "https://desk.example/channels/telegram/town_bot" in added.text
        paused = await chair.post(f"{ONE}/state", {"state": "paused", "reason": "wrong avatar"}, of=ONE)
        assert ("The account is paused." in paused.text, "By hand: wrong avatar" in paused.text) == (True, True)
        assert "wrong avatar" in (await chair.get("/console")).text
        assert "wrong avatar" in (await chair.get(f"{PATH}?state=paused")).text
        resumed = await chair.post(f"{ONE}/state", {"state": "active"}, of=ONE)
        assert "The account is active." in resumed.text
        other = {"secret-token": TOKEN[:-1] + "x", "secret-webhook_secret": WORD, "platform_id": "", "reason": "yearly"}
        rotated = await chair.post(f"{ONE}/secrets", other, of=ONE)
        assert "The secrets are replaced." in rotated.text
        stopped = await chair.post(f"{ONE}/state", {"state": "stopped", "reason": "moved"}, of=ONE)
        pages = [page, added, paused, resumed, rotated, stopped, await chair.get(ONE), await chair.get(PATH)]
    assert all(TOKEN[:12] not in one.text and WORD[:8] not in one.text for one in pages)
    assert "Ab3Ab3" not in str(
        await house.scalar("SELECT string_agg(encode(secrets, 'escape'), ' ') FROM channel_accounts")
    )
    assert await acts(house, "ops") == [
        "channel.add",
        "request.alone",  # nobody else could allow it
        "channel.paused",
        "channel.active",
        "channel.rotate",
        "request.alone",
        "channel.stopped",
    ]


OPEN = "SELECT id FROM staff_requests WHERE state = 'open'"
OTHER = {"secret-token": TOKEN[:-1] + "x", "secret-webhook_secret": WORD, "platform_id": "", "reason": "it leaked"}


async def sealed(house: House) -> tuple[bytes, bool]:
    """The secrets that hold, and whether others are asked for."""
    query = "SELECT array_agg(ARRAY[encode(secrets, 'hex'), (secrets_asked IS NOT NULL)::text]) FROM channel_accounts"
    [[held, asked]] = await house.scalar(f"{query} WHERE slug = 'town_bot'")
    return bytes.fromhex(held), asked == "true"


@asynccontextmanager
async def two_at_one(house: House) -> AsyncIterator[tuple[Chair, Chair]]:
    """An account that the first operator entered alone, before there was a second."""
    ops = await hire(house.engine, "ops", OPERATOR)
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        await chair.post(PATH, NEW, of=OF_NEW)
        eve = await hire(house.engine, "eve", OPERATOR)
        async with desks.chair(eve) as other:
            yield chair, other


SMS = {
    "channel": "sms",
    "slug": "town_sms",
    "place": "hangzhou/city_hall",
    "platform_id": "106912345678",
    "rate": "",
    "reason": "texts of answers",
    "secret-gateway": "https://gateway.example/texts",
    "secret-signing_key": "k3y" * 12,
    "secret-sign": "杭州发布",
    "secret-at_once": "1",
}
TEXTS = {"city": "hangzhou", "agency": "city_hall", "channels": ["sms"]}
"""By what account texts of answers go."""


async def texts_go_by(house: House) -> int | None:
    found: int | None = await house.scalar(f"SELECT ({ACCOUNT})", **TEXTS)
    return found


async def stands(house: House) -> str:
    """How the account of text messages stands: its state, whether it has secrets, whether such are asked for."""
    query = """
        SELECT coalesce(string_agg(concat_ws(' ', state, secrets IS NOT NULL, secrets_asked IS NOT NULL), ', '), '')
        FROM channel_accounts WHERE slug = 'town_sms'
    """
    return str(await house.scalar(query))


async def test_a_new_account_takes_two(house: House) -> None:
    """Until another allows it nobody finds it, nothing goes by it, and its secrets stand in no request or record."""
    async with two_at_one(house) as (chair, other):
        of = f"{PATH}/-/new?channel=sms"
        unreasoned = await chair.post(PATH, {**SMS, "reason": " "}, of=of)
        assert (unreasoned.status, await stands(house)) == (422, "")
        asked = await chair.post(PATH, SMS, of=of)
        assert ("once another person allows it" in asked.text, await stands(house)) == (True, "stopped f t")
        again = await chair.post(PATH, SMS, of=of)
        assert (again.status, "asked for already" in again.errors) == (422, True)
        assert (await chair.get(f"{PATH}/town_sms")).status == 404
        resumed = await chair.post(f"{PATH}/town_sms/state", {"state": "active"}, of=ONE)
        assert (resumed.status, await stands(house), await texts_go_by(house)) == (404, "stopped f t", None)
        with pytest.raises(NotFound):
            await KillSwitch(house.engine).stop(Scope("account", "town_sms"), reason="early", actor=actor("ann"))
        request = f"/console/requests/{await house.scalar(OPEN)}"
        own = await chair.post(request, {"decision": "allow"}, of="/console/requests")
        assert own.status in (403, 422)
        page = (await other.get(request)).text
        assert ("town_sms" in page, "106912345678" in page, "gateway.example" in page) == (True, True, True)
        assert "k3yk3y" not in page
        assert (await other.post(request, {"decision": "allow"}, of=request)).status == 200
        assert (await chair.get(f"{PATH}/town_sms")).status == 200
    assert (await stands(house), await texts_go_by(house) is not None) == ("active t f", True)
    kept = "SELECT string_agg(details::text, ' ') || (SELECT string_agg(what::text, ' ') FROM staff_requests)"
    assert "k3yk3y" not in await house.scalar(f"{kept} FROM audit_records")
    assert await acts(house, "eve") == ["channel.add", "request.allow"]


@pytest.mark.parametrize("login", ["ops", "eve", "nobody"])
async def test_a_new_account_that_is_not_allowed_is_gone(house: House, login: str) -> None:
    """Taken back, refused, or decided by nobody in three days; its name is free again."""
    async with two_at_one(house) as (chair, other):
        of = f"{PATH}/-/new?channel=sms"
        await chair.post(PATH, SMS, of=of)
        if login == "nobody":
            async with transaction(house.engine) as connection:
                late = "UPDATE staff_requests SET good_until = now() - interval '1 second' WHERE state = 'open'"
                await connection.execute(text(late))
            assert await expire(staff(house.engine, house.cities).requests) == 1
        else:
            request = f"/console/requests/{await house.scalar(OPEN)}"
            refused = {"decision": "refuse", "reason": "no such number"}
            await (chair if login == "ops" else other).post(request, refused, of=request)
        assert await stands(house) == ""
        assert "once another person allows it" in (await chair.post(PATH, SMS, of=of)).text


async def test_who_asks_anew_while_another_refuses_waits_for_nobody(house: House) -> None:
    """Both lock the account first and the request after it: in another order each waits for the other for ever."""
    register = Register(house.engine, KEYS, load_channels(), "https://desk.example")
    requests, ann, bo = staff(house.engine, house.cities).requests, actor("ann"), actor("bo")
    async with two_at_one(house) as (_, other):
        await other.post(f"{ONE}/secrets", OTHER, of=ONE)
    number, account = await house.scalar(OPEN), await register.find("town_bot")
    wish = Wish(Kind.CHANNEL_SECRETS, account.slug, {}, "once more", account.city, account.agency)

    async def ask_while_another_refuses(group: asyncio.TaskGroup) -> None:
        async with transaction(house.engine) as connection:  # as `replacing.ask` does
            await connection.execute(replacing.ENTER, {"slug": account.slug, "secrets": b"other"})
            group.create_task(requests.refuse(bo, number, reason="of another bot"))
            await until(lambda: house.scalar("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
            await requests.ask_in(connection, ann, wish)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        with pytest.raises(Conflict, match="asked for already"):
            await ask_while_another_refuses(group)
    assert (await requests.one(ann, number)).state == "refused"
    assert not (await sealed(house))[1]


async def test_secrets_are_replaced_by_two(house: House) -> None:
    """Until another allows it the old ones hold; nothing of the new ones stands in requests, pages or the audit."""
    async with two_at_one(house) as (chair, other):
        before, _ = await sealed(house)
        unreasoned = await chair.post(f"{ONE}/secrets", {**OTHER, "reason": " "}, of=ONE)
        assert (unreasoned.status, (await sealed(house))[1]) == (422, False)
        asked = await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        assert "once another person allows it" in asked.text
        assert "wait for another person to allow them" in asked.text
        assert await sealed(house) == (before, True)
        again = await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        assert (again.status, "asked for already" in again.errors) == (422, True)
        number = await house.scalar(OPEN)
        own = await chair.post(f"/console/requests/{number}", {"decision": "allow"}, of="/console/requests")
        assert own.status in (403, 422)
        page = await other.get(f"/console/requests/{number}")
        assert "Replace the secrets of the channel account town_bot" in page.text
        done = await other.post(f"/console/requests/{number}", {"decision": "allow"}, of=f"/console/requests/{number}")
        assert done.status == 200
        held, is_asked = await sealed(house)
        assert (held != before, is_asked) == (True, False)
    kept = "SELECT string_agg(details::text, ' ') || (SELECT string_agg(what::text, ' ') FROM staff_requests)"
    said = await house.scalar(f"{kept} FROM audit_records")
    assert (TOKEN[:12] in said, WORD[:8] in said, held.hex()[:16] in said) == (False, False, False)
    assert await acts(house, "ops") == ["channel.add", "request.alone", "request.ask"]
    assert await acts(house, "eve") == ["channel.rotate", "request.allow"]


async def test_who_allows_reads_what_is_no_secret(house: House) -> None:
    """Another number at the platform, or another gateway, is not allowed unseen."""
    async with two_at_one(house) as (chair, other):
        await chair.post(f"{ONE}/secrets", {**OTHER, "platform_id": "424242"}, of=ONE)
        number = await house.scalar(OPEN)
        page = (await other.get(f"/console/requests/{number}")).text
    assert ("platform_id" in page, "<strong>424242</strong>" in page) == (True, True)
    assert (TOKEN[:12] in page, WORD[:8] in page) == (False, False)


@pytest.mark.parametrize("login", ["ops", "eve"])
async def test_secrets_that_are_refused_or_withdrawn_are_gone(house: House, login: str) -> None:
    """The old ones hold on; others may be asked for then."""
    async with two_at_one(house) as (chair, other):
        before, _ = await sealed(house)
        await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        request = f"/console/requests/{await house.scalar(OPEN)}"
        refused = {"decision": "refuse", "reason": "the token is of another bot"}
        await (chair if login == "ops" else other).post(request, refused, of=request)
        assert await sealed(house) == (before, False)
        asked = await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        assert "once another person allows it" in asked.text


async def test_two_operators_stay_two(house: House) -> None:
    """Once it was asked of a second, one is not enough any more; of staff that says nothing."""
    async with two_at_one(house) as (chair, _):
        await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        request = f"/console/requests/{await house.scalar(OPEN)}"
        await chair.post(request, {"decision": "refuse", "reason": "mistyped"}, of=request)
        async with transaction(house.engine) as connection:
            gone = text("UPDATE staff SET disabled_at = clock_timestamp() WHERE login = 'eve'")
            await connection.execute(gone)
            assert await is_of_two(connection, Permission.CHANNEL_MANAGE)
            assert not await is_of_two(connection, Permission.STAFF_MANAGE)
        asked = await chair.post(f"{ONE}/secrets", OTHER, of=ONE)
        assert "once another person allows it" in asked.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"secret-token": "nonsense"}, "", id="any token is taken"),
        pytest.param({"secret-webhook_secret": "Xy7short"}, "webhook_secret", id="too easy to guess"),
        pytest.param({"secret-token": ""}, "token", id="one is missing"),
        pytest.param({"slug": "Ä"}, "3 to 61 characters", id="no address"),
        pytest.param({"place": "hangzhou/nobody"}, "no such city or agency", id="no such agency"),
        pytest.param({"rate": "fast"}, "a number above 0", id="no rate"),
    ],
)
async def test_what_is_wrong_is_said_without_what_was_secret(house: House, changed: dict[str, str], said: str) -> None:
    """Fields are named; what stood in them is not shown again, and nothing is entered."""
    ops = await hire(house.engine, "ops", OPERATOR)
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        answer = await chair.post(PATH, {**NEW, **changed}, of=OF_NEW)
    if not said:
        assert answer.status == 200
        return
    assert (answer.status, said in answer.errors) == (422, True), answer.errors
    assert (TOKEN in answer.text, WORD in answer.text, "Xy7short" in answer.text) == (False, False, False)
    assert 'value="town_bot"' in answer.text or "slug" in changed
    assert await house.scalar("SELECT count(*) FROM channel_accounts WHERE channel = 'telegram'") == 0
    assert await acts(house, "ops") == []


async def test_two_accounts_are_not_one(house: House) -> None:
    """Neither by name nor by what the platform calls them."""
    ops = await hire(house.engine, "ops", OPERATOR)
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        await chair.post(PATH, NEW, of=OF_NEW)
        again = await chair.post(PATH, NEW, of=OF_NEW)
        assert "There is an account town_bot already." in again.errors
        again = await chair.post(PATH, {**NEW, "slug": "other_bot"}, of=OF_NEW)
        assert "has this name at the platform already" in again.errors


async def test_secrets_are_entered_by_who_logged_in_lately(house: House) -> None:
    """A browser left open enters none: neither page nor form; pausing is always possible."""
    ops = await hire(house.engine, "ops", OPERATOR)
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        await chair.post(PATH, NEW, of=OF_NEW)
        async with transaction(house.engine) as connection:
            await connection.execute(
                text("UPDATE staff_sessions SET opened_at = opened_at - interval '1 hour', proved_at = NULL")
            )
        assert "Before secrets are entered, log in again." in (await chair.get(OF_NEW)).text
        refused = await chair.post(PATH, {**NEW, "slug": "other_bot"}, of=ONE)
        assert (refused.status, "log out and in again" in refused.errors) == (422, True)
        refused = await chair.post(f"{ONE}/secrets", NEW, of=ONE)
        assert (refused.status, "log out and in again" in refused.errors) == (422, True)
        assert (await chair.post(f"{ONE}/state", {"state": "paused", "reason": "leaked"}, of=ONE)).status == 200


async def test_it_is_set_up_at_its_platform(office: PostOffice) -> None:
    """What the platform did is shown; what it refused is said."""
    house = office.house
    ops = await hire(house.engine, "ops", OPERATOR)
    here = f"{PATH}/{office.account.slug}"
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        done = await chair.post(f"{here}/connect", of=here)
        assert "The platform has done it:" in done.text
        await office.steer("POST", "faults", {"method": "setWebhook", "error": 401, "count": 1})
        failed = await chair.post(f"{here}/connect", of=here)
        assert (failed.status, "The platform did not do it:" in failed.errors) == (422, True)
    assert await acts(house, "ops") == ["channel.connect", "channel.connect"]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_channel_says_what_it_is_connected_with(house: House, locale: str) -> None:
    """In the three languages, as does each channel its name."""
    known = house.catalogs.keys(locale)
    channels: dict[str, Channel] = dict(load_channels())
    wanted = {f"console.account_field_{name}_{one}" for name, it in channels.items() for one in it.Secrets.model_fields}
    wanted |= {f"console.ticket_channel_{name}" for name in channels}
    assert wanted - known == set()


async def dead(office: PostOffice, state: str, reason: str) -> None:
    """A message of the account that ended so."""
    async with transaction(office.house.engine) as connection:
        await connection.execute(
            text("UPDATE deliveries SET state = :state, reason = :reason, ended_at = clock_timestamp()"),
            {"state": state, "reason": reason},
        )


async def test_what_was_not_sent_is_seen_and_sent_again(office: PostOffice) -> None:
    """By account and reason, never what it says; what may have arrived only by who says so."""
    house = office.house
    ops = await hire(house.engine, "ops", OPERATOR)
    await office.do(5001, say="secret words")
    path = "/console/sending"
    async with desks_at(house) as desks, desks.chair(ops) as chair:
        assert "waiting" in (await chair.get(path)).text
        await dead(office, "dead", "refused for tests")
        page = await chair.get(path)
        assert ("refused for tests" in page.text, "secret words" in page.text) == (True, False)
        chosen = f"{office.account.slug} dead refused for tests"
        for fields, said in (
            ({"group": "", "reason": "mended"}, "Choose what is to be sent again."),
            ({"group": chosen, "reason": " "}, "Give a reason"),
        ):
            answer = await chair.post(path, fields, of=path)
            assert (answer.status, said in answer.errors) == (422, True), answer.errors
        done = await chair.post(path, {"group": chosen, "reason": "mended"}, of=path)
        assert "They wait to be sent again." in done.text
        assert await house.scalar("SELECT bool_and(state = 'waiting') FROM deliveries")
        await dead(office, "unknown", "an answer was lost")
        chosen = f"{office.account.slug} unknown an answer was lost"
        answer = await chair.post(path, {"group": chosen, "reason": "mended"}, of=path)
        assert (answer.status, "Tick the box" in answer.errors) == (422, True)
        done = await chair.post(path, {"group": chosen, "reason": "mended", "unknown": "yes"}, of=path)
        assert "They wait to be sent again." in done.text
    last = await house.scalar("SELECT row_to_json(audit_records) FROM audit_records ORDER BY number DESC LIMIT 1")
    assert (last["act"], last["subject"], last["reason"]) == ("sending.retry", office.account.slug, "mended")
    assert (last["details"]["unknown"], last["details"]["count"] > 0) == (True, True)


@pytest.mark.parametrize("limit", ["1000.00", "50.00"], ids=["at once", "by two"])
async def test_an_order_is_found_and_paid_back(paying: PayHouse, limit: str) -> None:
    """By its number, its receipt's and the gateway's; with all that happened to it, and nothing personal.

    Who found it and who read it stands in the audit; who may not see it has done neither.
    """
    _, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    number = str(payment["order"])
    refunds = ClerkRefunds(paying.parts.payments.dependencies, Decimal(limit))
    kai = await hire(paying.house.engine, "kai", Grant(Role.CLERK, "hangzhou"))
    far = await hire(paying.house.engine, "far", Grant(Role.CLERK, "ningbo"))
    path = f"/console/orders/{number}"
    trade = await paying.house.scalar("SELECT trade_no FROM orders")
    async with desks_at(paying.house, refunds=refunds) as desks, desks.chair(kai) as chair:
        assert number in (await chair.get("/console/orders")).text
        for given in (number, str(trade)):
            assert (await chair.get(f"/console/orders?number={given}")).path == path
        lost = await chair.get("/console/orders?number=R1-1")
        assert (lost.status, "There is no such order." in lost.errors) == (422, True)
        page = await chair.get(path)
        assert all(one in page.text for one in (f"¥{AMOUNT}", "booked", "the gateway"))
        assert all(one not in page.text for one in ("浙A", "secret"))
        receipt = page.text.partition("<dt>Receipt</dt><dd><code>")[2].partition("<")[0]
        assert (await chair.get(f"/console/orders?number={receipt}")).path == path
        without = await chair.post(f"{path}/refund", {"reason": " "}, of=path)
        assert (without.status, "Give a reason" in without.errors) == (422, True)
        done = await chair.post(f"{path}/refund", {"reason": "charged twice"}, of=path)
        two = Decimal(AMOUNT) > Decimal(limit)
        assert ("Another person has to allow it" if two else "on its way back") in done.text
        assert ("Kai has asked to pay it back" in (await chair.get(path)).text) == two
        async with desks.chair(far) as other:
            assert number not in (await other.get("/console/orders")).text
            refused = await other.get(path)
            assert (refused.status, "belongs to another agency" in refused.text) == (403, True)
            assert (await other.get(f"/console/orders?number={number}")).status == 422
            assert (await other.post(f"{path}/refund", {"reason": "x"}, of="/console")).status == 403
    done_by_kai = await acts(paying.house, "kai")
    assert done_by_kai[:4] == ["order.find", "order.read"] * 2  # by its own number, and by the gateway's
    assert done_by_kai.count("order.find") == 3
    read = "SELECT DISTINCT subject || ' ' || city || '/' || agency FROM audit_records WHERE act LIKE 'order.%'"
    assert await paying.house.scalar(read) == f"{number} hangzhou/traffic_police"
    assert await acts(paying.house, "far") == []


async def test_keys_of_programs_are_seen_and_one_is_ended(house: House) -> None:
    """At once; the others of its account go on. What opens anything stands on no page."""
    boss = await hire(house.engine, "boss", ADMIN)
    program = await hire(house.engine, "program", Grant(Role.EDITOR, "hangzhou", "water"))
    async with transaction(house.engine) as connection:
        first = await make_key(connection, program.id, name="nightly import", days=30)
        await make_key(connection, program.id, name="website", days=30)
    lead = await hire(house.engine, "lead", Grant(Role.AGENCY_ADMIN, "ningbo"))
    path = "/console/keys"
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(lead) as other:
        page = await chair.get(path)
        assert ("nightly import" in page.text, "website" in page.text, first in page.text) == (True, True, False)
        assert "nightly import" not in (await other.get(path)).text
        form = page.text[page.text.index("nightly import") :].partition('action="')[2].partition('"')[0]
        assert (await chair.post(form, {"reason": " "}, of=path)).status == 422
        assert (await other.post(form, {"reason": "x"}, of=path)).status in (403, 404)
        ended = await chair.post(form, {"reason": "leaked"}, of=path)
        assert ("The key has ended." in ended.text, "nightly import" in ended.text) == (True, False)
        assert "website" in ended.text
        assert (await chair.post(form, {"reason": "leaked"}, of=path)).status == 422
    assert (await acts(house, "boss"))[-1:] == ["staff.keys_end"]


DIFFERS = """
    INSERT INTO payment_differences (day, kind, order_number, refund, billed, ours, mended)
    VALUES (:day, :kind, :order_number, '', :billed, :ours, false)
"""
COMPARED = "INSERT INTO bill_days (day, payments, refunds, differences) VALUES (:day, 7, 0, 2)"


@pytest.mark.parametrize("locale", LOCALES)
async def test_bills_are_compared_and_reported_in_the_console(paying: PayHouse, locale: str) -> None:
    """Who sees all compares a day; an agency's people see what is theirs, and download it; both is recorded."""
    _, payment = await paying.offered()
    number, house = str(payment["order"]), paying.house
    city, agency = await house.scalar("SELECT ARRAY[city, agency] FROM orders")
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    async with transaction(house.engine) as connection:
        await connection.execute(text(COMPARED), {"day": yesterday})
        for kind, order, billed, ours in (
            ("amount", number, "2.00", "1.00"),
            ("unknown_order", "9" * 24, "5.00", None),
        ):
            values = {"day": yesterday, "kind": kind, "order_number": order, "billed": billed, "ours": ours}
            await connection.execute(text(DIFFERS), values)
    ops = await hire(house.engine, "ops", OPERATOR, locale=locale)
    kai = await hire(house.engine, "kai", Grant(Role.CLERK, city, agency))
    far = await hire(house.engine, "far", Grant(Role.CLERK, "ningbo"))
    path, day = "/console/bills", {"day": yesterday.isoformat()}
    bills = BillBook(house.engine, paying.parts.payments)
    async with desks_at(house, bills=bills) as desks, desks.chair(ops) as chair:
        assert f'href="{path}?day={yesterday}"' in (await chair.get(path)).text
        page = await chair.get(f"{path}?day={yesterday}")
        assert (f"/console/orders/{number}" in page.text, "9" * 24 in page.text, "¥5.00" in page.text) == (True,) * 3
        assert "console.bill" not in page.text
        today = await chair.post(f"{path}/compare", {"day": f"{datetime.now(CHINA):%Y-%m-%d}"}, of=path)
        assert today.status == 422
        assert await house.scalar("SELECT count(*) FROM payment_differences WHERE NOT mended") == 2
        done = await chair.post(f"{path}/compare", day, of=path)
        assert (done.status, done.path) == (200, f"{path}?day={yesterday}&done=bill_agrees")
        async with desks.chair(kai) as own:
            seen = await own.get(f"{path}?day={yesterday}")
            assert (number in seen.text, "9" * 24 in seen.text) == (True, False)
            refused = await own.post(f"{path}/compare", day, of=path)
            assert (refused.status, "sees the payments of all cities" in refused.errors) == (422, True)
            made = await own.post(f"{path}/report", {**day, "place": f"{city}/{agency}"}, of=path)
            assert (made.status, "total" in made.text) == (200, True)
            other = await own.post(f"{path}/report", {**day, "place": "ningbo/city_hall"}, of=path)
            assert other.status == 422
        async with desks.chair(far) as stranger:
            assert number not in (await stranger.get(f"{path}?day={yesterday}")).text
    assert await acts(house, "ops") == ["payment.reconcile"]
    assert await acts(house, "kai") == ["payment.report"]
    assert await house.scalar("SELECT payments FROM bill_days") == 0
    assert await house.scalar("SELECT count(*) FROM payment_differences WHERE NOT mended") == 0


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_case_is_read_masked_and_that_is_recorded(house: House, locale: str) -> None:
    """Found by the agency's number, opened from the list and beside the ticket; another city's is not there."""
    agency = house.cities["hangzhou"].agencies[0].slug
    given = {"city": "hangzhou", "agency": agency, "known_at": None, "reference": "GH20261203998877"}
    about = Text(key="card.value", args={"value": "Wedding of 13858041234"})
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        kept = KeepCase.model_validate(appointment(**given, about=about).model_dump())
        await house.keeper().carry_out(turn_of(connection, conversation, [kept]))
        hand_over = house.hand_over()
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    number = await house.scalar("SELECT id FROM cases")
    ticket = await house.clerks.find(actor("op"), await house.scalar("SELECT id FROM tickets"))
    kai = await hire(house.engine, "kai", Grant(Role.CLERK, "hangzhou"), locale=locale)
    far = await hire(house.engine, "far", Grant(Role.CLERK, "ningbo"))
    path = "/console/cases"
    async with desks_at(house) as desks, desks.chair(kai) as chair:
        for asked in ("", "?reference=gh2026-1203-998877", "?city=hangzhou&over=yes"):
            assert f'href="{path}/{number}"' in (await chair.get(f"{path}{asked}")).text
        assert f'href="{path}/{number}"' not in (await chair.get(f"{path}?reference=GH1")).text
        assert f'href="{path}/{number}"' in (await chair.get(f"/console/tickets/{ticket.reference}")).text
        page = await chair.get(f"{path}/{number}")
        assert ("****1234" in page.text, "console.case" in page.text) == (True, False)
        assert [one for one in ("13858041234", "GH20261203998877") if one in page.text] == []
        assert (await chair.get(f"{path}/4711")).status == 404
        async with desks.chair(far) as other:
            for asked in ("", "?reference=GH20261203998877"):
                assert f"{path}/{number}" not in (await other.get(f"{path}{asked}")).text
            assert (await other.get(f"{path}/{number}")).status == 404
    assert [one for one in await acts(house, "kai") if one.startswith("case")] == ["case.find", "case.read"]
    assert [one for one in await acts(house, "far") if one.startswith("case")] == []
    assert await house.scalar("SELECT count(*) FROM openings WHERE purpose = 'case'") == 1
