"""Refund rules: pure, as data of services and cities, and as they are said and applied when a visit is given up."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from fixtures.booking import Applicant
from fixtures.services import SERVICES
from pydantic import ValidationError

from actions.schema import ApplicationService, AppointmentService
from desk.contract.messages import KeepCase, OpenOrder, OpenTicket, RefundOrder
from desk.contract.refunds import RefundRule, Share, part
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
CITIES = loaded.cities()
HOSPITAL = "hospital_appointment"
AT = datetime(2026, 12, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PAID = {"status": "booked", "paid_at": "2026-11-24T09:00:00+08:00", "receipt": "R1000001-7"}


@pytest.mark.parametrize(
    ("hours", "otherwise", "before", "share"),
    [
        (24, "none", 25, "full"),
        (24, "none", 24, "full"),
        (24, "none", 23, "none"),
        (24, "half", 23, "half"),
        (24, "clerk", -1, "clerk"),
        (0, "none", 0, "full"),
        (None, "half", 1000, "half"),
    ],
)
def test_share_follows_from_the_hours(hours: int | None, otherwise: str, before: int, share: Share) -> None:
    """All until so many hours before, at the hour itself too; then what the rule says."""
    rule = RefundRule.model_validate({"full_until_hours": hours, "otherwise": otherwise})
    assert rule.share(AT, AT - timedelta(hours=before)) == share
    assert rule.share(None, AT) == otherwise


@pytest.mark.parametrize(
    ("amount", "share", "back"),
    [("15.00", "full", "15.00"), ("15.00", "half", "7.50"), ("0.01", "half", "0.01"), ("15.00", "none", "0")],
)
def test_part_is_rounded_to_the_fen(amount: str, share: Share, back: str) -> None:
    """Half a fen is the payer's."""
    assert part(Decimal(amount), share) == Decimal(back)


def test_application_cannot_promise_what_nobody_can_give_up() -> None:
    """Hours and halves are of appointments; an application says none, or leaves it to a clerk."""
    declared = SERVICES["travel_permit"]
    assert isinstance(declared, ApplicationService)
    wrong = {**declared.model_dump(by_alias=True), "refund": {"full_until_hours": 2, "otherwise": "none"}}
    with pytest.raises(ValidationError, match="cannot be given up"):
        ApplicationService.model_validate(wrong)


def test_rules_of_cities_differ() -> None:
    """Each of the cities whose hospitals charge here has a rule of its own, or the service's."""
    declared = SERVICES[HOSPITAL]
    assert isinstance(declared, AppointmentService)
    rules = {
        slug: city.services[HOSPITAL].refund or declared.refund
        for slug, city in CITIES.items()
        if HOSPITAL in city.services
    }
    assert len(rules) == 6
    assert len({str(rule) for rule in rules.values()}) == 6


class Patient(Applicant):
    """A patient who has booked a visit, and has paid its fee of 15.00."""

    def under(self, rule: RefundRule) -> None:
        """The city has such a rule."""
        offered = self.city.services[HOSPITAL].model_copy(update={"refund": rule})
        self.city = self.city.model_copy(update={"services": {**self.city.services, HOSPITAL: offered}})
        self.cities = {self.city.slug: self.city}

    async def visit(self, **changes: str) -> str:
        """Book and pay; answers the summary."""
        summary = await self.see_doctor()
        await self.say("确认", "affirm")
        (order,) = [one for one in self.effects if isinstance(one, OpenOrder)]
        self.orders = (self.note(order).model_copy(update={**PAID, **changes}),)
        key, booking = next(iter(self.agency.bookings.items()))
        self.agency.bookings[key] = booking.model_copy(update={"paid": not changes, "receipt": "SJ1"})
        return summary


RULES: dict[Share, RefundRule] = {
    "full": RefundRule(full_until_hours=24, otherwise="none"),
    "half": RefundRule(full_until_hours=720, otherwise="half"),
    "none": RefundRule(full_until_hours=720, otherwise="none"),
    "clerk": RefundRule(full_until_hours=720, otherwise="clerk"),
}
WORDS: dict[Share, dict[Locale, tuple[str, str, str]]] = {
    "full": {
        "zh_Hans": ("前取消全额退还，之后不退", "全额退回付款账户", "15.00"),
        "zh_Hant": ("前取消全額退還，其後不退", "全額退回付款帳戶", "15.00"),
        "en": ("in full if cancelled by", "returned in full", "15.00"),
    },
    "half": {
        "zh_Hans": ("取消后退还一半", "退还一半", "7.50"),
        "zh_Hant": ("取消後退還一半", "退還一半", "7.50"),
        "en": ("half of it if cancelled", "half of the", "7.50"),
    },
    "none": {
        "zh_Hans": ("缴费后不退", "按规定不退", "按规定不退"),
        "zh_Hant": ("繳費後不退", "按規定不退", "按規定不退"),
        "en": ("none once it is paid", "not returned, under the rules", "is not returned"),
    },
    "clerk": {
        "zh_Hans": ("由收费单位核定", "由工作人员核定", "工作人员"),
        "zh_Hant": ("由收費機構核定", "由工作人員核定", "人員"),
        "en": ("decided by the agency", "a member of staff decides", "member of staff"),
    },
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("share", sorted(RULES))
async def test_rule_is_said_in_the_summary_and_on_giving_up(catalogs: Catalogs, share: Share, locale: Locale) -> None:
    """Before it is booked, before it is given up, and after: the same rule, in the resident's language."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, locale=locale, pays=True)
    patient.under(RULES[share])
    in_summary, before, after = WORDS[share][locale]
    assert in_summary in await patient.visit()
    assert before in await patient.say("cancel my visit" if locale == "en" else "取消", "change_appointment")
    assert after in await patient.say("ok", "affirm")
    effects = [one for one in patient.effects if not isinstance(one, KeepCase)]
    if share == "clerk":
        assert [type(one) for one in effects] == [OpenTicket]
    elif share == "none":
        assert effects == []
    else:
        assert effects == [RefundOrder(order=patient.orders[0].order, share=share)]
    assert patient.agency.live == []


async def test_what_was_said_counts(catalogs: Catalogs) -> None:
    """All was promised a minute before the hour; the yes a minute after it gets all."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, pays=True)
    patient.under(RefundRule(full_until_hours=193, otherwise="none"))
    await patient.visit()
    await patient.say("取消挂号", "change_appointment")
    hours = (datetime.fromisoformat(str(next(iter(patient.cases.values())).at)) - patient.now) / timedelta(hours=1)
    assert hours == 193
    patient.wait(minutes=2)
    await patient.say("对", "affirm")
    assert [one.share for one in patient.effects if isinstance(one, RefundOrder)] == ["full"]


async def test_fee_that_is_being_booked_comes_back_by_itself(catalogs: Catalogs) -> None:
    """The agency has not been told: it will refuse the money for what was given up, and the desk pays it back."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, pays=True)
    await patient.visit(status="paid")
    await patient.say("取消挂号", "change_appointment")
    assert "会自动原路退回" in await patient.say("对", "affirm")
    assert [type(one) for one in patient.effects] == [KeepCase]


async def test_fee_paid_elsewhere_is_for_a_person(catalogs: Catalogs) -> None:
    """The agency has money that is no order of this conversation."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, pays=True)
    await patient.visit()
    patient.orders = ()
    await patient.say("取消挂号", "change_appointment")
    await patient.say("对", "affirm")
    assert [type(one) for one in patient.effects] == [KeepCase, OpenTicket]


async def test_wish_for_a_refund_begins_with_giving_up(catalogs: Catalogs) -> None:
    """Of a visit that is ahead: the rule, and a button that gives it up; no ticket."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, pays=True)
    await patient.visit()
    said = await patient.say("我要退款", "refund")
    assert "请先取消预约" in said
    assert patient.effects == ()
    await patient.press("取消预约")
    await patient.say("对", "affirm")
    assert [type(one) for one in patient.effects] == [KeepCase, RefundOrder]


@pytest.mark.parametrize("looks", [False, True], ids=["asked again", "the desk knew first"])
@pytest.mark.parametrize("intent", ["affirm", "deny"])
async def test_lost_answer_loses_no_refund(catalogs: Catalogs, intent: str, looks: bool) -> None:
    """It was given up, and the agency's answer lost: whatever is said then, what was promised goes back."""
    patient = Patient(catalogs, SERVICES, HOSPITAL, pays=True)
    await patient.visit()
    await patient.say("取消挂号", "change_appointment")
    patient.agency.faults = ["after"]
    await patient.say("对", "affirm")
    assert [one for one in patient.effects if isinstance(one, RefundOrder)] == []
    if looks:
        await patient.look()
    await patient.say("好", intent)
    assert [one.share for one in patient.effects if isinstance(one, RefundOrder)] == ["full"]
