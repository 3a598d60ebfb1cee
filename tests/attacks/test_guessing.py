"""Guessing over new sessions: what is tried counts, by what it is about and by who tries, in the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from attacks.guesses import receipts_guessed
from fixtures.attacking import Street, street, wish
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, turn_of, until
from fixtures.payments import paying_at
from fixtures.still import keep_still

from desk.attempts import limits
from desk.attempts.guard import Guard
from desk.contract.proving import SendCode, Tried, What
from desk.conversations.rows import ConversationRow
from desk.conversations.worker import utc_now
from desk.sealing.opening import Purpose, key_of, renew
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.web import pay, receipts
from values.types.reference import normal

OWNED = Tried(what="code", service="social_insurance", subject="id", right=True)
PLATE, TAIL = "浙A2E87G", "733540"  # of the sandbox's register
STRANGER = "110105200411240017"
"""An id of whom nothing is on record."""
STOPPED = "先不再查询"


def of_records(there: Street) -> int:
    """How often agencies that keep records were asked."""
    return sum(path.startswith("/records/") for path in there.asked)


def wrong_tail(number: int) -> str:
    return f"{number:06}"


async def test_vin_tails_are_not_guessed_over_new_sessions(there: Street) -> None:
    """Twelve sessions of twelve addresses, two guesses each: few are looked at, and then not even the right one."""
    looked_at = 0
    for number in range(12):
        somebody = await there.come(f"198.51.100.{number}")
        for guess in range(2):
            said = await somebody.say(wish("traffic_fines", plate=PLATE, vin_last6=wrong_tail(2 * number + guess)))
            looked_at += STOPPED not in said
    assert looked_at == limits.WRONG_BY_SUBJECT[0].most
    last = await there.come("198.51.100.99")
    said = await last.say(wish("traffic_fines", plate=PLATE, vin_last6=TAIL))
    assert STOPPED in said
    assert "200" not in said


async def test_who_proved_it_before_is_not_stopped_by_strangers_and_is_told(there: Street) -> None:
    """The owner's conversation sees the fines as ever, and hears that somebody guessed."""
    owner = await there.come("192.0.2.1")
    assert "200.00" in await owner.say(wish("traffic_fines", plate=PLATE, vin_last6=TAIL))
    for minutes in (0, 11, 22):
        async with there.house.engine.begin() as connection:
            await connection.exec_driver_sql(f"UPDATE attempts SET at = at - interval '{minutes and 11} minutes'")
        for number in range(3):
            stranger = await there.come(f"198.51.100.{minutes + number}")
            await stranger.say(wish("traffic_fines", plate=PLATE, vin_last6=wrong_tail(number)))
    heard = [await owner.say(wish("traffic_fines", plate=PLATE, vin_last6=TAIL))]
    assert "200.00" in heard[0]

    async def told() -> bool:
        heard.append(await owner.unheard())
        return "安全提醒" in "".join(heard)

    await until(told)


async def test_plate_that_is_none_and_tail_that_is_wrong_are_answered_alike(there: Street) -> None:
    """Nobody learns which plates there are."""
    one, other = await there.come("198.51.100.1"), await there.come("198.51.100.2")
    known = await one.say(wish("traffic_fines", plate=PLATE, vin_last6="000000"))
    unknown = await other.say(wish("traffic_fines", plate="浙A12345", vin_last6="000000"))
    assert known.replace("浙A·2E87G", "P").replace(PLATE, "P") == unknown.replace("浙A·12345", "P").replace(
        "浙A12345", "P"
    )


async def test_a_carriers_address_with_right_values_passes(there: Street) -> None:
    """Thirty residents behind one address, each right; one who is wrong among them is told so, as ever."""
    for number in range(30):
        somebody = await there.come("100.64.0.1")
        assert "200.00" in await somebody.say(wish("traffic_fines", plate=PLATE, vin_last6=TAIL)), number
    wrong = await there.come("100.64.0.1")
    assert STOPPED not in await wrong.say(wish("traffic_fines", plate=PLATE, vin_last6="000000"))


async def test_accounts_are_not_guessed_from_one_address(there: Street) -> None:
    """Water accounts, a new session each: after a dozen wrong ones nothing is looked up from there, nor shown."""
    refused = 0
    for number in range(limits.WRONG_BY_ADDRESS[0].most + 5):
        somebody = await there.come("198.51.100.7")
        guess = wish("utility_bills", utility_type="water", account_number=f"99{number:08}")
        refused += STOPPED in await somebody.say(guess)
    assert refused == 5
    hit = await there.come("198.51.100.7")
    right = wish("utility_bills", utility_type="water", account_number=there.facts["water_account"])
    assert STOPPED in await hit.say(right)
    neighbour = await there.come("203.0.113.9")
    assert STOPPED not in await neighbour.say(right)


async def test_an_account_that_was_guessed_tells_no_road(there: Street) -> None:
    """Its number opens its bills and proves nothing: of the address its beginning is shown."""
    right = wish("utility_bills", utility_type="water", account_number=there.facts["water_account"])
    asked = {"utility_type": "water", "account_number": there.facts["water_account"]}
    async with there.http.post(f"{there.sandbox_url}/utilities/hangzhou/bills/query", json=asked) as answer:
        road = (await answer.json())["address"]["zh_Hans"].partition("***")[0]
    shown = await (await there.come()).say(right)
    assert (road in shown, f"（{road[0]}***）" in shown) == (False, True)


@pytest.mark.parametrize("known", [True, False])
async def test_whether_an_id_is_known_is_not_told(there: Street, known: bool) -> None:
    """The same words for who is on record and who is not, and no digit of a telephone; an agency is asked later."""
    somebody = await there.come()
    number = there.facts["valid_id_number"] if known else STRANGER
    said = await somebody.say(wish("social_insurance", id_number=number))
    assert "如果登记过本人的手机号" in said
    assert there.facts["phone"][-4:] not in said
    assert (len(await there.texts()), of_records(there)) == (int(known), 1)


async def test_no_agency_is_asked_before_who_gives_an_id_is_answered(
    house: House, tmp_path: Path, pay_keys: Path
) -> None:
    """Answers take the same time, since nothing that depends on the person is asked until the turn is done."""
    async with street(house, tmp_path, pay_keys, sends_codes=False) as there:
        said = []
        for number in (there.facts["valid_id_number"], STRANGER):
            somebody = await there.come()
            said.append(await somebody.say(wish("social_insurance", id_number=number)))
        assert (said[0] == said[1], of_records(there)) == (True, 0)
        assert await house.scalar("SELECT count(*) FROM wished_codes") == 2


async def test_codes_asked_for_by_a_stranger_do_not_refuse_the_owner(there: Street) -> None:
    """Eight sessions of one attacker: the victim gets two messages, and still the own one."""
    number, got = there.facts["valid_id_number"], "如果登记过本人的手机号"
    asked = 0
    for _ in range(8):
        stranger = await there.come("198.51.100.5")
        asked += got in await stranger.say(wish("social_insurance", id_number=number))
    assert asked == limits.CODES_BY_STRANGER[0].most
    assert len(await there.texts()) == asked
    owner = await there.come("192.0.2.1")
    assert got in await owner.say(wish("social_insurance", id_number=number))
    texts = await there.texts()
    assert len(texts) == asked + 1
    assert "缴费" in await owner.say(wish("inform", one_time_code=texts[0]["code"]))


async def test_codes_asked_for_from_several_addresses_do_not_refuse_the_owner(there: Street) -> None:
    """Strangers of two addresses ask whenever they may: who comes for the first time then still gets a code."""
    number, got = there.facts["valid_id_number"], "如果登记过本人的手机号"
    asked = 0
    for address in ("198.51.100.5", "198.51.100.6") * 3:
        stranger = await there.come(address)
        asked += got in await stranger.say(wish("social_insurance", id_number=number))
    assert asked == 3
    owner = await there.come("192.0.2.1")
    assert got in await owner.say(wish("social_insurance", id_number=number))
    texts = await there.texts()
    assert len(texts) == asked + 1
    assert "缴费" in await owner.say(wish("inform", one_time_code=texts[0]["code"]))


async def test_agency_that_cannot_be_asked_is_said_to_everybody_alike(there: Street) -> None:
    """After the turn, in words that tell nothing of the person."""
    await there.control("POST", "/faults", {"system": "records", "city": "hangzhou", "status": 503})
    said = []
    for number in (there.facts["valid_id_number"], STRANGER):
        somebody = await there.come()
        await somebody.say(wish("social_insurance", id_number=number))
        await there.texts()
        said.append(await somebody.unheard())
    assert said[0] == said[1]
    assert "联系不上" in said[0]


async def test_numbers_of_agencies_are_not_guessed(there: Street) -> None:
    """Receipts and other numbers: a session has few tries."""
    somebody = await there.come("198.51.100.9")
    answers = [await somebody.say(wish("request_status", reference=f"HZ{number:08}")) for number in range(8)]
    assert sum(STOPPED in said for said in answers) == 8 - limits.WRONG_BY_RESIDENT[0].most


async def test_who_proved_a_number_of_an_agency_gets_codes_of_their_own(there: Street) -> None:
    """Strangers use up the codes to it; whoever gave the right one in this conversation is no stranger."""
    hotline = there.house.cities["hangzhou"].services["report_problem"].endpoints["open311"].removeprefix("sandbox:/")
    form = {"service_code": "1", "description": "路灯不亮", "address_string": "文三路90号", "phone": "13700137000"}
    async with there.http.get(f"{there.sandbox_url}/{hotline}/services.json") as answer:
        codes = [one for one in await answer.json() if one["type"] == "realtime"]
    form["service_code"] = next(one["service_code"] for one in codes if str(one["metadata"]).lower() != "true")
    async with there.http.post(f"{there.sandbox_url}/{hotline}/requests.json", data=form) as answer:
        number = str((await answer.json())[0]["service_request_id"])
    owner = await there.come("192.0.2.1")
    await owner.say(wish("request_status", reference=number))
    assert "文三路90号" in await owner.say((await there.texts())[0]["code"])
    for place in range(limits.CODES_BY_STRANGERS[0].most):
        stranger = await there.come(f"198.51.100.{place}")
        await stranger.say(wish("request_status", reference=number))
    house, guard = there.house, Guard(KEYS, there.house.cities, utc_now)
    row = await house.open()
    effect = SendCode(service="report_problem", of="reference", value=normal(number), frame="f-9", number=1)

    async def refused(conversation: ConversationRow) -> bool:
        async with transaction(house.engine) as connection:
            caller = {"resident": "somebody", "address": "aa"}
            return await guard.judge(turn_of(connection, conversation, [effect], {"caller": caller})) is not None

    assert (await refused(row), await refused(replace(row, id=UUID(owner.caller.session)))) == (True, False)
    assert await house.scalar("SELECT count(*) FROM proofs WHERE is_person") == 0


@pytest.mark.parametrize(
    ("what", "service", "subject"),
    [("code", "social_insurance", STRANGER), ("reference", "report_problem", "HZ20260001")],
)
async def test_codes_of_one_subject_are_not_guessed_by_many(
    house: House, what: What, service: str, subject: str
) -> None:
    """A new session at a new address for each guess: few are looked at; the owner is let pass, and told once."""
    guard = Guard(KEYS, house.cities, utc_now)
    own, others = await house.open(), await house.open()

    async def looked_at(conversation: ConversationRow, name: str, *, right: bool) -> bool:
        tried = Tried(what=what, service=service, subject=subject, right=right)
        async with transaction(house.engine) as connection:
            caller = {"resident": name, "address": f"{name}aa"}
            return await guard.judge(turn_of(connection, conversation, [tried], {"caller": caller})) is None

    assert await looked_at(own, "owner", right=True)
    guesses = [await looked_at(others, f"0{number}", right=False) for number in range(15)]
    assert guesses == [number < limits.WRONG_CODES_BY_SUBJECT[0].most for number in range(15)]
    assert not await looked_at(others, "lucky", right=True)
    assert await looked_at(own, "owner", right=True)
    assert await house.scalar("SELECT count(*) FROM attempt_warnings WHERE conversation_id = :id", id=own.id) == 1


async def test_wished_code_is_sealed_by_its_conversation(house: House) -> None:
    """For whom a code is on its way: the installation's secret alone does not open it, nor anything after erasing."""
    number = "11010519491231002X"
    wished = {"type": "send_code", "service": "social_insurance", "of": "person", "value": number}
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        bot.answers.append({"effects": [{**wished, "frame": "f-1", "number": 1}]})
        await house.say(conversation, "x")
        await house.settle(conversation)
    private = await house.scalar("SELECT private FROM wished_codes")
    with pytest.raises(Unsealable):
        KEYS.open(private, purpose="wished code", of=str(conversation.id))
    async with transaction(house.engine) as connection:
        key = await key_of(connection, conversation.id, Purpose.UPKEEP)
        assert number in key.open_bytes(private, "wished code").decode()
        _, renewed = await renew(connection, conversation.id)
    with pytest.raises(Unsealable):
        renewed.open_bytes(private, "wished code")


async def test_right_values_from_one_address_all_pass(house: House) -> None:
    """A carrier's address: a thousand sessions an hour, each with its own plate, and now and then a slip of the pen."""
    guard, conversation = Guard(KEYS, house.cities, utc_now), await house.open()

    async def turn(session: int, *, right: bool) -> bool:
        tried = Tried(what="plate", service="traffic_fines", subject=f"浙A{session:05}", right=right)
        caller = {"resident": f"session {session}", "address": "aa"}
        async with transaction(house.engine) as connection:
            return await guard.judge(turn_of(connection, conversation, [tried], {"caller": caller})) is None

    passed = 0
    for session in range(1_000):
        if session % 10 == 9:
            assert await turn(session, right=False), session
        passed += await turn(session, right=True)
    assert passed == 1_000


async def test_codes_to_one_telephone_are_few_for_strangers(house: House) -> None:
    """Bookings with a stranger's telephone send it no more than two messages an hour; whoever proved it gets theirs."""
    guard, conversation, phone = Guard(KEYS, house.cities, utc_now), await house.open(), "13800138000"

    async def refused(name: str, effect: SendCode | Tried) -> bool:
        async with transaction(house.engine) as connection:
            caller = {"resident": name, "address": "aa"}
            return await guard.judge(turn_of(connection, conversation, [effect], {"caller": caller})) is not None

    def wished(frame: str) -> SendCode:
        return SendCode(service="marriage_registration", of="phone", value=phone, frame=frame, number=1)

    strangers = [await refused(f"stranger {number}", wished(f"f-{number}")) for number in range(4)]
    await refused("owner", Tried(what="phone", service="marriage_registration", subject=phone, right=True))
    owner = await refused("owner", wished("f-9"))
    assert (strangers, owner) == ([False] * 2 + [True] * 2, False)


async def test_codes_of_a_day_are_for_as_many_callers_as_there_are_codes(house: House) -> None:
    """Two addresses that ask all day get four; each that had none gets one, until a gateway would send no more."""
    day, conversation = [datetime(2026, 11, 30, 0, tzinfo=UTC)], await house.open()
    guard = Guard(KEYS, house.cities, lambda: day[0])

    async def gets(address: str, *, owner: bool = False) -> bool:
        effect = SendCode(service="social_insurance", of="person", value="id", frame=f"f-{day[0]}", number=1)
        effects = [*([OWNED] if owner else ()), effect]
        async with transaction(house.engine) as connection:
            caller = {"resident": f"session at {day[0]}", "address": address}
            return await guard.judge(turn_of(connection, conversation, effects, {"caller": caller})) is None

    got = 0
    for _ in range(12):
        for address in ("aa", "bb"):
            day[0] += timedelta(seconds=1)
            got += await gets(address)
        day[0] += timedelta(hours=1)
    others = [await gets(f"{number:04x}") for number in range(4)]
    assert (got, others) == (4, [True] * 4)
    assert not await gets("eeee")
    assert await gets("ffff", owner=True)


async def test_codes_of_receipts_and_pay_pages_are_not_tried_without_end(
    house: House, tmp_path: Path, pay_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty wrong ones of a receipt are looked at, sixty of a pay page; who has the right one never waits."""
    for module, rate in ((pay, "GUESSES"), (receipts, "GUESSES"), (receipts, "GUESSES_AT_ONE")):
        keep_still(monkeypatch, module, rate)
    async with paying_at(house, tmp_path, pay_keys) as paying:
        _, payment = await paying.offered()
        await paying.pay(payment)
        await paying.becomes(payment, "booked")
        order, links = (
            await paying.parts.payments.dependencies.find(payment["order"]),
            paying.parts.pages.dependencies.links,
        )
        assert order.receipt_number is not None
        of_receipt, of_page = links.receipt(order.receipt_number), links.pay_page(order.number)
        for address, few in ((of_receipt, receipts.GUESSES_AT_ONE.capacity), (of_page, 60)):
            right = address.removeprefix(paying.site.url)
            page = right[: right.index("=") + 1]
            tried = [(await paying.site.ask("GET", f"{page}AAAAAAAA{at:02}"))[0] for at in range(70)]
            assert (tried[:few], set(tried[few:]) <= {404, 429}, tried.count(429) >= 5) == ([404] * few, True, True)
            assert (await paying.site.ask("GET", right))[0] == 200


async def test_codes_of_a_receipt_are_not_guessed_from_many_addresses(
    house: House, tmp_path: Path, pay_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand codes typed for one receipt from twenty addresses, fifty of each: twenty are looked at."""
    for rate in ("GUESSES", "GUESSES_AT_ONE"):
        keep_still(monkeypatch, receipts, rate)
    through = await receipts_guessed(house, tmp_path, pay_keys, 1_000)
    assert through == receipts.GUESSES_AT_ONE.capacity == 20
