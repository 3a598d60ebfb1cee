"""Water, electricity and gas bills in a dialogue: the kind bill over suppliers with memory, in the product's texts."""

from zoneinfo import ZoneInfo

import pytest
from fixtures.dialogue import MORNING
from fixtures.household import CLEAR, GAS, MONTHS, POWER, WATER, Household, billing_city
from fixtures.services import SERVICES

from actions.backends import utilities
from actions.backends.utilities import Utilities
from actions.backends.wire import Names
from actions.kinds.sources.suppliers import Suppliers
from actions.kinds.statements import Statement
from desk.contract.errors import BackendTimeout, BackendUnavailable
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

ASKS_TYPE, ASKS_ACCOUNT = ("utility_bills", "utility_type"), ("utility_bills", "account_number")
DONE = (None, None)


@pytest.mark.parametrize(
    ("locale", "parts"),
    [
        ("zh_Hans", ["电费", "（解***）", "2026年10月", "142度", "51.11元", "2026年11月30日"]),
        ("zh_Hant", ["電費", "（解***）", "2026年10月", "142度", "51.11元", "2026年11月30日"]),
        ("en", ["electricity", "(Ji***)", "October 2026", "142 kWh", "¥51.11", "30 November 2026"]),
    ],
)
async def test_a_bill_is_shown_whole(catalogs: Catalogs, locale: Locale, parts: list[str]) -> None:
    """Type, account, then all of the bill: period, usage, amount, due date; in each language."""
    household = Household(catalogs, SERVICES, locale=locale)
    await household.ask("bills")
    assert household.state == ASKS_TYPE
    await household.ask("电", "电", intent="inform")
    assert household.state == ASKS_ACCOUNT
    said = await household.ask(POWER, intent="inform", account_number=POWER)
    assert household.state == DONE
    assert [part for part in [POWER, *parts] if part not in said] == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_card_repeats_and_adds_nothing(catalogs: Catalogs, locale: Locale) -> None:
    """Every value of a card stands in the text, too."""
    household = Household(catalogs, SERVICES, locale=locale)
    said = await household.ask(f"电费 {MONTHS}", "电费")
    values = [row.value for message in household.messages for card in message.cards for row in card.rows]
    assert len(values) == 21
    assert [value for value in values if value not in said] == []


@pytest.mark.parametrize(
    ("text", "marked", "kind"),
    [
        ("交电费", ["电费"], "electricity"),
        ("水費幾多", ["水費"], "water"),
        ("how much is my gas bill", ["gas"], "gas"),
        ("天然氣賬單", [], "gas"),
        ("瓦斯費", ["瓦斯費"], "gas"),
        ("屋里没电了是不是没交钱", [], "electricity"),
        ("屋企冇水 係咪未交錢", [], "water"),
        ("电废多少", ["电废"], "electricity"),
        ("不是水费是电费", ["水费", "电费"], "electricity"),
        ("不交燃气费 就交水费", ["燃气费", "水费"], "water"),
        ("只交电费 水费先不交", ["电费", "水费"], "electricity"),
        ("not the water bill, the electricity", ["water bill", "electricity"], "electricity"),
        ("我是不是电费没交", ["电费"], "electricity"),
    ],
)
async def test_types_in_three_languages(household: Household, text: str, marked: list[str], kind: str) -> None:
    """The type is taken from words in any language; what is refused in the same breath is not it."""
    await household.ask(text, *marked)
    assert household.state == ASKS_ACCOUNT
    front = household.session.front
    assert front is not None
    assert (front.values, front.shown["waiting"]) == ({"utility_type": kind}, [])


async def test_question_and_notice_name_the_supplier(household: Household) -> None:
    """The account is asked for by its type, and the notice names that supplier; consent is recorded for it."""
    said = await household.ask("查电费", "电费")
    assert [part for part in ("电费的户号", "国网试城供电公司") if part not in said] == []
    await household.ask(POWER, intent="inform")
    assert [(one.field, one.agency) for one in household.consents] == [("account_number", "power_grid")]


@pytest.mark.parametrize(
    ("text", "marked"),
    [("水电煤都查一下", ["水", "电", "煤"]), ("水、电、煤气都看看", ["水", "电", "煤气"]), ("水電瓦斯一齊查", [])],
)
async def test_several_are_asked_one_after_the_other(household: Household, text: str, marked: list[str]) -> None:
    """Three types in one sentence: each is asked for its own account; nothing is carried over."""
    said = await household.ask(text, *marked)
    assert "试城水务集团" in said
    said = await household.ask(WATER, intent="inform")
    told = list(household.consents)
    assert [part for part in ("75.40", "国网试城供电公司", "电费的户号") if part not in said] == []
    assert household.state == ASKS_ACCOUNT
    said = await household.ask(POWER, intent="inform")
    told += household.consents
    assert "51.11" in said
    said = await household.ask(GAS, intent="inform")
    told += household.consents
    assert household.suppliers.asked == [("water", WATER), ("electricity", POWER), ("gas", GAS)]
    assert household.state == DONE
    assert "219.51元" in said
    assert [one.agency for one in told] == ["water", "power_grid", "gas"]


async def test_several_with_their_accounts_are_looked_up_at_once(household: Household) -> None:
    """Each account belongs to the type beside it: no question, both results."""
    said = await household.ask(f"水费{WATER} 电费{POWER}", "水费", "电费")
    assert household.suppliers.asked == [("water", WATER), ("electricity", POWER)]
    assert [part for part in ("75.40", "51.11", "126.51元") if part not in said] == []


async def test_several_accounts_of_one_type(household: Household) -> None:
    """两个户号…电费: both are electricity."""
    await household.ask(f"两个户号 {POWER}和{MONTHS} 电费都查一下", "电费")
    assert household.suppliers.asked == [("electricity", POWER), ("electricity", MONTHS)]


async def test_all_is_paid_in_an_order_for_each_supplier(household: Household) -> None:
    """The button for all opens one order a supplier, each about its account."""
    await household.ask(f"水费{WATER} 电费{POWER}", "水费", "电费")
    await household.press("全部缴纳 126.51元")
    orders = [(one.agency, one.amount, one.subject_of) for one in household.all_opened]
    assert orders == [
        ("water", "75.40", {"account_number": WATER}),
        ("power_grid", "51.11", {"account_number": POWER}),
    ]


async def test_one_is_paid_while_another_is_asked_for(household: Household) -> None:
    """A bill is paid in the middle of several: the open question returns."""
    await household.ask("水电都查", "水", "电")
    await household.ask(WATER, intent="inform")
    said = await household.press("缴纳75.40元")
    assert household.opened is not None
    assert household.opened.agency == "water"
    assert household.state == ASKS_ACCOUNT
    assert "电费的户号" in said
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked[-1] == ("electricity", POWER)


@pytest.mark.parametrize(
    ("text", "intent", "entities", "months"),
    [
        ("先交9月的", "utility_bills", {}, ["202609"]),
        ("9月和8月的交了", "utility_bills", {}, ["202609", "202608"]),
        ("逾期的先交", "utility_bills", {}, ["202609", "202608"]),
        ("第一笔", "choose", {"ordinal": "第一笔"}, ["202610"]),
        ("全部交", "affirm", {}, ["202610", "202609", "202608"]),
        ("pay october", "utility_bills", {}, ["202610"]),
    ],
)
async def test_months_are_paid_one_some_or_all(
    household: Household, text: str, intent: str, entities: dict[str, str], months: list[str]
) -> None:
    """Of several months those that are named are one order; the amount has the late fees in it."""
    said = await household.ask(f"电费 {MONTHS}", "电费")
    assert [part for part in ("滞纳金1.50元", "已逾期24天", "214.50元") if part not in said] == []
    await household.ask(text, intent=intent, **entities)
    assert household.opened is not None
    assert [one.reference[-6:] for one in household.opened.items] == months
    assert household.opened.agency == "power_grid"


async def test_paying_in_words_of_the_type(household: Household) -> None:
    """把电费交了 after the bill was shown yields the payment; it is not looked up again."""
    await household.ask(f"电费 {POWER}", "电费")
    await household.ask("把电费交了吧", "电费")
    assert household.opened is not None
    assert household.suppliers.asked == [("electricity", POWER)]


async def test_an_earlier_bill_is_still_paid_by_its_name(household: Household) -> None:
    """Water, then electricity: a plain yes is the last one, 水费 names the earlier one."""
    await household.ask(f"水费 {WATER}", "水费")
    await household.ask(f"再查电费 {POWER}", "电费")
    await household.ask("好的", intent="affirm")
    assert household.opened is not None
    assert household.opened.agency == "power_grid"
    await household.ask("水费也交了", "水费")
    assert household.opened is not None
    assert household.opened.agency == "water"


async def test_correction_of_the_type_asks_for_the_account_again(household: Household) -> None:
    """The account belonged to the other type: after 不是水费是电费 it is not used, and what was shown is not paid."""
    await household.ask(f"水费 {WATER}", "水费")
    said = await household.ask("不是水费，是电费", "水费", "电费", intent="correct")
    assert household.state == ASKS_ACCOUNT
    assert "改查电费" in said
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("water", WATER), ("electricity", POWER)]
    await household.ask("全部交", intent="affirm")
    assert [one.agency for one in household.all_opened] == ["power_grid"]


async def test_correction_before_the_look_up(household: Household) -> None:
    """While the account is asked for, the other type replaces the first."""
    await household.ask("查水费", "水费")
    await household.ask("不对 是煤气", "煤气", intent="correct")
    await household.ask(GAS, intent="inform")
    assert household.suppliers.asked == [("gas", GAS)]


async def test_correction_of_the_account(household: Household) -> None:
    """Another number after the result: the type stays, and the change is said."""
    await household.ask(f"电费 {MONTHS}", "电费")
    said = await household.ask(f"写错了 户号是{POWER}", intent="correct", account_number=POWER)
    assert household.suppliers.asked[-1] == ("electricity", POWER)
    assert "户号改为4179708628" in said
    await household.ask("交", intent="affirm")
    assert [one.amount for one in household.all_opened] == ["51.11"]


async def test_unknown_account_says_where_it_stands(household: Household) -> None:
    """An account that the supplier does not know is asked for again; the type stays."""
    said = await household.ask("电费 99887766", "电费")
    assert [part for part in ("国网试城供电公司", "99887766", "0000-95598") if part not in said] == []
    assert household.state == ASKS_ACCOUNT
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("electricity", "99887766"), ("electricity", POWER)]


async def test_an_account_of_another_type_is_unknown(household: Household) -> None:
    """In a round of several the account of the last type is not tried for the next; an unknown one holds its place."""
    await household.ask("水电都查", "水", "电")
    await household.ask(POWER, intent="inform")
    assert household.state == ASKS_ACCOUNT
    await household.ask(WATER, intent="inform")
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("water", POWER), ("water", WATER), ("electricity", POWER)]


@pytest.mark.parametrize("number", ["1234567", "12345678901234"])
async def test_number_of_the_wrong_length_gets_the_reason(household: Household, number: str) -> None:
    """Seven or fourteen digits: the length is said, nothing is looked up, the type stays."""
    await household.ask("查电费", "电费")
    said = await household.ask(number, intent="inform", account_number=number)
    assert f"是{len(number)}位" in said
    assert household.state == ASKS_ACCOUNT
    assert household.suppliers.asked == []


async def test_nothing_due_says_so(household: Household) -> None:
    """An account without open bills: no offer to pay."""
    said = await household.ask(f"燃气费 {CLEAR}", "燃气费")
    assert "没有待缴账单" in said
    await household.ask("交", intent="affirm")
    assert household.opened is None


@pytest.mark.parametrize(("heating", "phone"), [(True, "0000-96598"), (False, "0000-12345")])
async def test_heating_is_not_here(catalogs: Catalogs, heating: bool, phone: str) -> None:
    """Heating is refused with whom to call; nothing stays open."""
    household = Household(catalogs, SERVICES, city=billing_city("coldville", heating=heating))
    said = await household.ask("暖气费怎么交", "暖气费")
    assert [part for part in ("暖气费", phone) if part not in said] == []
    assert household.state == DONE


async def test_heating_in_between_keeps_the_question(household: Household) -> None:
    """Asked for in the middle of something, it is refused, and the open question returns."""
    await household.ask("查电费", "电费")
    await household.ask("暖气费能查吗", "暖气费")
    assert household.state == ASKS_ACCOUNT
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("electricity", POWER)]


async def test_top_up_is_said_to_be_impossible(household: Household) -> None:
    """A wish to top up hears first that only issued bills are paid here."""
    assert "不能充值" in await household.ask("充200电费", "电费")


async def test_failure_keeps_everything_and_one_button_tries_again(household: Household) -> None:
    """The power grid is down between water and gas: water is shown, the rest is tried again from there."""
    household.suppliers.failures["electricity"] = [BackendUnavailable("down")]
    said = await household.ask(f"水费{WATER} 电费{POWER} 燃气费{GAS}", "水费", "电费", "燃气费")
    assert "75.40" in said
    assert "51.11" not in said
    said = await household.press("再试一次")
    assert [part for part in ("51.11", "93.00", "219.51元") if part not in said] == []


async def test_time_out_of_one_look_up(household: Household) -> None:
    """A time-out says so, and asks for nothing again."""
    household.suppliers.failures["gas"] = [BackendTimeout("slow")]
    await household.ask(f"燃气费 {GAS}", "燃气费")
    assert household.buttons[0] == "再试一次"
    assert "93.00" in await household.press("再试一次")


async def test_account_is_kept_and_used_in_a_later_visit(household: Household) -> None:
    """Kept by a button, offered by type and last digits in the next visit, looked up by one press."""
    await household.ask(f"电费 {POWER}", "电费")
    said = await household.press("记住这个电费户号")
    assert POWER in said
    assert [one.values for one in household.kept] == [
        {"city": "billville", "utility_type": "electricity", "account_number": POWER}
    ]
    household.wait(days=40)
    await household.ask("查账单")
    assert household.state == ASKS_TYPE
    said = await household.press("电费（尾号8628）")
    assert household.suppliers.asked == [("electricity", POWER)] * 2
    assert "51.11" in said


async def test_kept_accounts_are_offered_for_their_type_alone(household: Household) -> None:
    """Asked for the gas account, only gas accounts are offered."""
    for text, kind in ((f"电费 {POWER}", "电费"), (f"燃气费 {GAS}", "燃气费")):
        await household.ask(text, kind)
        await household.press(f"记住这个{kind}户号")
    household.wait(days=2)
    await household.ask("查燃气费", "燃气费")
    assert [one for one in household.buttons if "尾号" in one] == ["燃气费（尾号9095）"]


async def test_kept_account_is_forgotten_by_button_or_words(household: Household) -> None:
    """After the next look-up the button offers to forget it; 别记了 does the same."""
    await household.ask(f"电费 {POWER}", "电费")
    await household.ask("记住这个户号", intent="nlu_fallback")
    assert len(household.kept) == 1
    await household.ask(f"电费 {POWER}", "电费")
    await household.press("不再记电费户号（尾号8628）")
    assert household.kept == []
    await household.ask("记住这个户号", intent="nlu_fallback")
    await household.ask("别记了", intent="nlu_fallback")
    assert household.kept == []


async def test_kept_accounts_of_another_city_are_not_offered(household: Household) -> None:
    """An account is one city's."""
    await household.ask(f"电费 {POWER}", "电费")
    await household.press("记住这个电费户号")
    elsewhere = {**household.kept[0].values, "city": "elsewhere"}
    household.kept = [household.kept[0].model_copy(update={"values": elsewhere})]
    household.wait(days=2)
    await household.ask("查电费", "电费")
    assert [one for one in household.buttons if "尾号" in one] == []


async def test_digression_returns_to_the_account(household: Household) -> None:
    """The bus in between: the account is asked for again, and the rest of the round goes on."""
    await household.ask("水电都查", "水", "电")
    await household.say("武林广场的公交", "next_bus", stop="武林广场")
    assert household.state == ASKS_ACCOUNT
    await household.ask(WATER, intent="inform")
    await household.ask(POWER, intent="inform")
    assert household.suppliers.asked == [("water", WATER), ("electricity", POWER)]


async def test_cancel_drops_the_round(household: Household) -> None:
    """Cancel ends all of it; nothing is carried over to the next."""
    await household.ask("水电煤都查一下", "水", "电", "煤")
    await household.ask(WATER, intent="inform")
    await household.ask("算了", intent="cancel")
    await household.ask("查电费", "电费")
    await household.ask(POWER, intent="inform")
    assert household.state == DONE
    await household.ask("全部交", intent="affirm")
    assert [one.agency for one in household.all_opened] == ["power_grid"]


async def test_another_account_afterwards(household: Household) -> None:
    """另一个户号: the type stays, the number is asked for."""
    await household.ask(f"电费 {POWER}", "电费")
    await household.ask("我还有另一个户号")
    assert household.state == ASKS_ACCOUNT
    await household.ask(MONTHS, intent="inform")
    assert household.suppliers.asked == [("electricity", POWER), ("electricity", MONTHS)]


async def test_silence_drops_the_account_and_what_waited(household: Household) -> None:
    """After thirty minutes an account that was given and not yet used is forgotten: it is asked for again."""
    await household.ask(f"水费、燃气费 燃气费户号{GAS}", "水费", "燃气费")
    assert household.suppliers.asked == []
    household.wait(minutes=31)
    await household.ask(WATER, intent="inform")
    await household.ask("查燃气费", "燃气费")
    assert household.state == ASKS_ACCOUNT
    assert household.suppliers.asked == [("water", WATER)]


class Telling(Utilities):
    """A supplier that tells an address, and has no bills."""

    def __init__(self, address: Names) -> None:
        self._address = address

    async def bills(self, utility_type: str, account_number: str) -> utilities.Statement:
        return utilities.Statement.model_validate(
            {
                "utility_type": utility_type,
                "account_number": account_number,
                "address": self._address.model_dump(),
                "as_of": MORNING.isoformat(),
                "bills": [],
            }
        )


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        pytest.param(("文三路***号", "*** Wensan Road"), ("文***", "We***"), id="masked by the supplier"),
        pytest.param(("文三路90号2单元501室", "90 Wensan Road"), ("文***", "We***"), id="in full"),
        pytest.param(("90号", "***"), ("号***", "***"), id="without a road"),
    ],
)
async def test_of_an_address_its_beginning_is_shown(told: tuple[str, str], shown: tuple[str, str]) -> None:
    """Whatever a supplier tells of it: no road, no house."""
    source = Suppliers(Telling(Names(zh_Hans=told[0], en=told[1])), ZoneInfo("Asia/Shanghai"))
    found = await source.look_up({"utility_type": "water", "account_number": WATER})
    assert isinstance(found, Statement)
    assert found.about == {"address": {"name": {"zh_Hans": shown[0], "en": shown[1]}}}
