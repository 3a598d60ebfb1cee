"""`desk payments`, as staff type it, on the store of the test and the pretend Alipay."""

import asyncio
import csv
import io
import json
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fixtures.desk_command import Done, Typed, run_desk
from fixtures.payments import NOTICE, PLATE, TWO_NOTICES, TWO_PLATE, PayHouse
from fixtures.staffed import StaffKeys
from sqlalchemy import text

from desk.alipay.answers import CHINA
from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from sandbox.alipay import identity
from sandbox.alipay.bills import archive, rows_of
from sandbox.alipay.trades import Trade
from sandbox.state import State

PERSONAL = (PLATE, NOTICE, TWO_PLATE, *TWO_NOTICES)

REPORT = ("report", "--agency", "traffic_police", "--city", "hangzhou")

WHY = ("--reason", "the police withdrew it")


@pytest.fixture
def typed(paying: PayHouse, tmp_path: Path, pay_keys: Path) -> Typed:
    """`desk payments …` beside the house: exit code, output, errors."""
    given = {
        "DESK_DATABASE_URL": paying.house.database_url,
        "DESK_REDIS_URL": paying.house.redis_url,
        "DESK_PUBLIC_URL": paying.site.url,
        "DESK_ACTIONS_URL": paying.sandbox_url,
        "DESK_SECRET_KEY": "0123456789abcdef" * 3,
        "DESK_ALIPAY_GATEWAY": f"{paying.sandbox_url}/alipay/gateway.do",
        "DESK_ALIPAY_APP_ID": identity.APP_ID,
        "DESK_ALIPAY_SELLER_ID": identity.SELLER_ID,
        "DESK_ALIPAY_APP_KEY_FILE": str(pay_keys / identity.APP_PRIVATE),
        "DESK_ALIPAY_PUBLIC_KEY_FILE": str(pay_keys / identity.ALIPAY_PUBLIC),
    }
    grants = {"clerk": (Grant(Role.CLERK, "hangzhou"),), "stranger": (Grant(Role.AGENCY_ADMIN, "shanghai"),)}
    keys = StaffKeys(paying.house.database_url, grants)

    async def type_it(*words: str, without: str = "-", who: str | None = "wang", **more: str) -> tuple[int, str, str]:
        settings = {name: value for name, value in given.items() if not name.startswith(without)}
        settings |= await keys.setting(who) | {"DESK_REFUND_LIMIT": more.get("limit", "200")}
        done: Done = await asyncio.to_thread(
            run_desk, tmp_path / "data", more.get("room", "payments"), *words, **settings
        )
        return done.code, done.stdout, done.stderr

    return type_it


async def document(typed: Typed, *words: str, **more: str) -> Any:
    """Run a command with --json; answers what it printed."""
    code, output, errors = await typed(*words, "--json", **more)
    assert (code, errors) == (0, "")
    return json.loads(output)


async def booked(paying: PayHouse) -> str:
    """The number of an order that was paid and booked."""
    _, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    return str(payment["order"])


async def test_orders_are_listed_the_newest_first(paying: PayHouse, typed: Typed) -> None:
    """All, of a city, of a status, at most so many; amounts and receipt; nothing personal."""
    assert await document(typed, "list") == {"orders": []}
    first = await booked(paying)
    second = (await paying.offered_both())["order"]
    listed = (await document(typed, "list"))["orders"]
    assert [(one["order"], one["amount"], one["status"]) for one in listed] == [
        (second, "350.00", "open"),
        (first, "200.00", "booked"),
    ]
    assert listed[1]["receipt"].startswith("R")
    assert (listed[0]["receipt"], listed[0]["paid_at"], listed[0]["trade_no"]) == (None, None, None)
    assert [one["order"] for one in (await document(typed, "list", "--status", "open"))["orders"]] == [second]
    assert [one["order"] for one in (await document(typed, "list", "--limit", "1"))["orders"]] == [second]
    assert (await document(typed, "list", "--city", "shanghai"))["orders"] == []
    code, table, errors = await typed("list")
    assert (code, errors) == (0, "")
    assert [part for part in (first, second, "hangzhou") if part not in table] == []
    assert [part for part in PERSONAL if part in table + json.dumps(listed, ensure_ascii=False)] == []


async def test_an_order_is_shown_with_all_that_happened(paying: PayHouse, typed: Typed) -> None:
    """Items with the agency's receipt, refunds, events in order with their source; nothing personal."""
    payment = await paying.offered_both()
    await paying.paid_elsewhere(TWO_NOTICES[1], "150.00")
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    shown = await document(typed, "show", payment["order"])
    assert [(one["amount"], one["outcome"], one["code"]) for one in shown["items"]] == [
        ("200.00", "booked", None),
        ("150.00", "refused", "already-paid"),
    ]
    assert [one["amount"] for one in shown["refunds"]] == ["150.00"]
    assert [(one["happening"], one["source"]) for one in shown["events"]][:4] == [
        ("opened", "turn"),
        ("paid", "notification"),
        ("booked", "job"),
        ("part_refund", "job"),
    ]
    code, said, errors = await typed("show", payment["order"])
    assert (code, errors) == (0, "")
    parts = (f"{payment['order']}  hangzhou  traffic_fines  350.00 yuan", "refused  already-paid", "-1  150.00")
    assert [part for part in parts if part not in said] == []
    assert [part for part in PERSONAL if part in said + json.dumps(shown, ensure_ascii=False)] == []


async def test_a_refund_is_begun_once_and_says_so(paying: PayHouse, typed: Typed) -> None:
    """The amount and the refund's number; a second time one line of error, and 1."""
    order = await booked(paying)
    code, said, errors = await typed("refund", order, *WHY)
    assert (code, errors) == (0, "")
    assert " ".join(said.split()) == f"200.00 yuan of order {order} are on their way back: {order}-1."
    await paying.becomes({"order": order}, "refunded")
    assert await typed("refund", order, *WHY) == (
        1,
        "",
        f"Nothing of order {order} can be paid back: it is refunded.\n",
    )


async def test_a_refund_above_the_limit_takes_two(paying: PayHouse, typed: Typed) -> None:
    """Who asks cannot allow it, nor can a clerk; whoever may pays back what was asked, once, and both are kept."""
    order = await booked(paying)
    asked = await document(typed, "refund", order, *WHY, limit="199.99")
    assert (asked["kind"], asked["state"], asked["what"]) == ("refund", "open", {"amount": "200.00"})
    number = str(asked["request"])
    for who, said in (
        ("wang", "wang asked for this: another person has to allow it.\n"),
        ("clerk", "clerk may not do this: payment.allow in hangzhou/traffic_police is needed.\n"),
    ):
        assert await typed("allow", number, room="request", who=who) == (1, "", said)
    assert [one["status"] for one in (await document(typed, "list"))["orders"]] == ["booked"]
    code, _, errors = await typed("allow", number, room="request", who="li")
    assert (code, errors) == (0, "")
    await paying.becomes({"order": order}, "refunded")
    again = await typed("allow", number, room="request", who="li")
    assert again == (1, "", f"Request {number} is done already.\n")


async def test_nobody_acts_without_logging_in(paying: PayHouse, typed: Typed) -> None:
    """Listing, looking and paying back need somebody who does it; an agency's staff see their agency's orders."""
    order = await booked(paying)
    for words in (("list",), ("show", order), ("refund", order, *WHY)):
        code, output, errors = await typed(*words, who=None)
        assert (code, output, "desk login" in errors) == (1, "", True)
    assert (await document(typed, "list", who="stranger"))["orders"] == []
    code, _, errors = await typed("show", order, who="stranger")
    assert (code, "payment.read in hangzhou/traffic_police is needed" in errors) == (1, True)


async def test_a_refund_as_a_document(paying: PayHouse, typed: Typed) -> None:
    """Number, order, amount, status."""
    order = await booked(paying)
    begun = await document(typed, "refund", order, *WHY)
    assert begun == {"refund": f"{order}-1", "order": order, "amount": "200.00", "status": "pending"}


@pytest.mark.parametrize("words", [("show", "4711"), ("refund", "4711", *WHY)], ids=["show", "refund"])
async def test_an_order_that_there_is_not_is_an_error_in_words(typed: Typed, words: tuple[str, ...]) -> None:
    """One line on stderr, nothing on stdout, 1: with and without --json."""
    assert await typed(*words) == (1, "", "There is no order 4711.\n")
    assert await typed(*words, "--json") == (1, "", "There is no order 4711.\n")


async def test_an_open_order_cannot_be_paid_back(paying: PayHouse, typed: Typed) -> None:
    """Nothing was paid: said in one line."""
    _, payment = await paying.offered()
    code, output, errors = await typed("refund", payment["order"], *WHY)
    assert (code, output) == (1, "")
    assert errors == f"Nothing of order {payment['order']} can be paid back: it is open.\n"


async def test_without_a_gateway_the_mend_is_said(typed: Typed) -> None:
    """Nothing can be paid here: one line that names the setting."""
    code, output, errors = await typed("reconcile", without="DESK_ALIPAY")
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert "DESK_ALIPAY_GATEWAY" in errors


async def test_a_day_that_agrees(paying: PayHouse, typed: Typed) -> None:
    """Counts of payments and refunds, and 0; yesterday, without trades, agrees too."""
    await booked(paying)
    day = await _day_over(paying)
    code, said, errors = await typed("reconcile", "--day", day.isoformat())
    assert (code, said, errors) == (0, f"{day}: 1 payments, 0 refunds; all agrees.\n", "")
    compared = await document(typed, "reconcile")
    yesterday = (datetime.now(CHINA).date() - timedelta(days=1)).isoformat()
    assert compared == {"day": yesterday, "payments": 0, "refunds": 0, "agrees": True, "differences": []}


async def test_a_missed_payment_is_mended_and_named(paying: PayHouse, typed: Typed) -> None:
    """What the bill brings is noted: the line says so, and the command ends well."""
    _, payment = await paying.offered()
    await paying.mischief("lose")
    await paying.pay(payment)
    day = await _day_over(paying)
    code, said, errors = await typed("reconcile", "--day", day.isoformat())
    assert (code, errors) == (0, "")
    assert said.splitlines() == [f"missed  {payment['order']}    mended", f"{day}: 1 payments, 0 refunds; all agrees."]
    await paying.becomes(payment, "booked")


async def test_a_day_that_does_not_agree_is_an_error(paying: PayHouse, typed: Typed) -> None:
    """Money of an unknown order: the difference is printed, the error is one line, and the code is 1."""
    order = await booked(paying)
    day = await _day_over(paying)
    async with transaction(paying.house.engine) as connection:
        await connection.execute(text("DELETE FROM orders"))
    code, said, errors = await typed("reconcile", "--day", day.isoformat())
    assert (code, errors.splitlines()[-1]) == (1, f"The bill of {day} and our orders do not agree.")
    assert f"unknown_order  {order}    look at it" in said
    code, said, errors = await typed("reconcile", "--day", day.isoformat(), "--json")
    assert code == 1
    [difference] = json.loads(said)["differences"]
    assert difference == {
        "kind": "unknown_order",
        "order": order,
        "refund": None,
        "billed": "200.00",
        "ours": None,
        "mended": False,
    }


async def test_the_report_comes_to_what_the_bill_does(paying: PayHouse, typed: Typed, tmp_path: Path) -> None:
    """A booked fine, and two of which one came back: the totals are those that the gateway's own bill says."""
    order = await booked(paying)
    both = await paying.offered_both()
    await paying.paid_elsewhere(TWO_NOTICES[1], "150.00")
    await paying.pay(both)
    await paying.becomes(both, "booked")
    async with paying.house.engine.connect() as connection:
        query = text("SELECT count(*) FROM refunds WHERE status = 'pending'")
        while (await connection.execute(query)).scalar_one():
            await connection.rollback()
    day = await _day_over(paying)
    file = tmp_path / "day.csv"
    made = await document(typed, *REPORT, "--date", day.isoformat(), "--csv", str(file))
    payments, refunds, net = _summary(tmp_path, day)
    assert (payments, refunds, made["billed"], made["lines"]) == (2, 1, net, 3)
    *lines, total = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    assert [one["line"] for one in lines] == ["payment", "payment", "refund"]
    assert {(one["order"], one["billed"], one["ours"], one["taken"]) for one in lines} == {
        (order, "200.00", "200.00", "200.00"),  # paid within one second, the two payments may change places
        (both["order"], "350.00", "350.00", "200.00"),
        (both["order"], "-150.00", "-150.00", ""),
    }
    assert (total["line"], total["order"], total["billed"], total["taken"]) == ("total", "3", net, "400.00")
    assert sum(Decimal(one["billed"]) for one in lines) == Decimal(net)
    assert [part for part in PERSONAL if part in file.read_text(encoding="utf-8")] == []
    code, said, errors = await typed(*REPORT, "--date", day.isoformat(), "--csv", str(file))
    assert (code, errors) == (0, "")
    assert said == f"{day}: 3 lines, {net} yuan by the bill, {net} by our books: {file}\n"


async def test_the_report_marks_what_does_not_agree(paying: PayHouse, typed: Typed, tmp_path: Path) -> None:
    """A payment that the gateway does not know: its line says so, and the command ends with 1."""
    order, file = await booked(paying), tmp_path / "day.csv"
    day = await _day_over(paying)
    async with transaction(paying.house.engine) as connection:
        await connection.execute(text("UPDATE orders SET amount = 201"))
    code, _, errors = await typed(*REPORT, "--date", day.isoformat(), "--csv", str(file))
    assert (code, errors.splitlines()[-1]) == (1, f"1 lines of {day} do not agree; they are marked in {file}.")
    line, total = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    assert (line["order"], line["billed"], line["ours"]) == (order, "200.00", "201.00")
    assert (line["difference"], line["mended"]) == ("amount", "no")
    assert (total["billed"], total["ours"]) == ("200.00", "201.00")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--agency", "nobody", "--city", "hangzhou"), "There is no agency nobody of hangzhou; there is city_hall"),
        (("--agency", "traffic_police", "--city", "nowhere"), "There is no agency traffic_police of nowhere;"),
    ],
    ids=["agency", "city"],
)
async def test_a_report_of_nobody_says_who_there_is(
    typed: Typed, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    """One line, 1, and no file."""
    file = tmp_path / "day.csv"
    code, output, errors = await typed("report", *words, "--date", "2026-11-24", "--csv", str(file))
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert errors.startswith(why)
    assert not file.exists()


async def test_a_file_that_cannot_be_written_is_said(typed: Typed, tmp_path: Path) -> None:
    """Not there: one line with the reason."""
    file = tmp_path / "no folder" / "day.csv"
    day = (datetime.now(CHINA).date() - timedelta(days=1)).isoformat()
    code, output, errors = await typed(*REPORT, "--date", day, "--csv", str(file))
    assert (code, output, errors) == (1, "", f"{file} cannot be written: No such file or directory.\n")


async def _day_over(paying: PayHouse) -> date:
    """Today, China's time, of which the pretend Alipay has made the bill: it is the day after tomorrow there."""
    day = datetime.now(CHINA).date()
    await paying.set_ahead(days=2)
    return day


def _summary(folder: Path, day: date) -> tuple[int, int, str]:
    """Payments, refunds and the net amount, as the summary in the pretend Alipay's bill has them."""
    state = State(folder / "sandbox" / "state.sqlite3")
    trades = [Trade.model_validate(body) for _, body in state.all("alipay", None, "trade")]
    state.close()
    with zipfile.ZipFile(io.BytesIO(archive(day, rows_of(day, trades), datetime.now(CHINA)))) as bundle:
        texts = [bundle.read(name).decode("gbk") for name in bundle.namelist()]
    rows = [row for part in texts for row in csv.reader(part.splitlines()) if row and row[0] == "合计"]
    return int(rows[0][2]), int(rows[0][3]), rows[0][-1]
