"""Fees from the order to the receipt, how it stands, and back: a hospital visit and a permit. Real wire and sandbox."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.house import House, until
from fixtures.payments import PayHouse, paying_at

from desk.accounts import service as accounts
from desk.contract.refunds import RefundRule
from desk.contract.wire import LOCALES, Locale
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

HOSPITAL, PERMIT = "hospital_appointment", "travel_permit"
OFFICES = {"hangzhou": "浙江大学医学院附属第一医院", "shenzhen": "深圳市人民医院"}
LATE = RefundRule(full_until_hours=720, otherwise="half")  # whatever can be booked lies within these hours


@dataclass
class Chain:
    """A conversation in one city, and its facts."""

    paying: PayHouse
    conversation: ConversationRow
    facts: dict[str, str]

    async def say(self, intent: str, **entities: str) -> tuple[str, dict[str, Any] | None]:
        """Say something; what is answered to it, and the payment that the answer offers."""
        before = len(await self.paying.house.texts(self.conversation))
        payment = await self.paying.say(self.conversation, f"{intent} {json.dumps(entities, ensure_ascii=False)}")
        return "\n".join((await self.paying.house.texts(self.conversation))[before:]), payment

    async def visit(self) -> tuple[str, dict[str, Any]]:
        """Book the first free time at a hospital; the summary, and the payment that is offered."""
        city = self.conversation.city
        await self.say(HOSPITAL, office=OFFICES[city], department="骨科")
        for name in ("date", "time"):
            await self._first(name)
        await self.say("inform", person_name=self.facts["person_name"])
        await self.say("inform", id_number=self.facts["valid_id_number"])
        summary, _ = await self.say("inform", phone=self.facts["phone"])
        _, payment = await self.say("affirm")
        assert payment is not None
        return summary, payment

    async def _first(self, name: str) -> None:
        """Press the first button that offers a day or a time."""
        events = await self.paying.house.events(self.conversation)
        buttons = [button for one in events if one.type == "message" for button in one.body["message"]["buttons"]]
        payload = next(one["payload"] for one in reversed(buttons) if f'"{name}"' in one["payload"])
        await self.paying.say(self.conversation, payload)

    async def heard(self, *parts: str) -> bool:
        """Whether some message says all of this."""
        return any(all(part in one for part in parts) for one in await self.paying.house.texts(self.conversation))


@asynccontextmanager
async def _chain(
    house: House, folder: Path, keys: Path, city: str, service: str, locale: Locale = "zh_Hans"
) -> AsyncIterator[Chain]:
    async with transaction(house.engine) as connection:
        account = await accounts.find_account(connection, channel="webchat", city=city)
    assert account is not None
    house = replace(house, account=account)
    async with paying_at(house, folder, keys, city=city, services=(service,)) as paying:
        _, facts = await paying.control("GET", f"/facts/{city}")
        yield Chain(paying, await house.open(locale=locale), facts)


BACK = {"zh_Hans": "已退回您的付款账户", "zh_Hant": "已退回您的付款帳戶", "en": "has been returned to the account"}
"""What is said when the money is back."""


@pytest.mark.parametrize("locale", LOCALES)
async def test_hospital_fee_goes_there_and_back(house: House, tmp_path: Path, pay_keys: Path, locale: Locale) -> None:
    """Booked, paid, receipted, asked about; given up in time: all of it comes back, once, and everybody agrees."""
    async with _chain(house, tmp_path, pay_keys, "hangzhou", HOSPITAL, locale) as chain:
        summary, payment = await chain.visit()
        assert payment["amount"] == "15.00"
        assert re.search("全额退还|全額退還|in full if cancelled|退还一半|退還一半|half of it", summary)
        await chain.paying.pay(payment)
        await chain.paying.becomes(payment, "booked")
        said, _ = await chain.say("payment_status")
        assert re.search(r"R\d+-\d", said)
        said, _ = await chain.say("request_status")
        assert re.search(r"[A-Z]{2}\d{6,}", said)
        said, _ = await chain.say("refund")
        assert re.search("请先取消预约|請先取消預約|please cancel the appointment first", said)
        await chain.paying.say(chain.conversation, _give_up(await chain.paying.house.events(chain.conversation)))
        await chain.say("affirm")
        await chain.paying.becomes(payment, "refunded")
        assert (await chain.paying.trade(payment))["refunded"] == "15.00"
        assert await chain.paying.heard(chain.conversation) == ["paid", "booked", "refunding", "refunded"]
        assert await chain.heard(BACK[locale])
        said, _ = await chain.say("payment_status")
        assert "15.00" in said


async def test_half_goes_back_late(house: House, tmp_path: Path, pay_keys: Path) -> None:
    """By the city's rule half of the fee: the order stays booked with its receipt, and the page says what came back."""
    city = house.cities["hangzhou"]
    ruled = city.services[HOSPITAL].model_copy(update={"refund": LATE})
    ruling = city.model_copy(update={"services": {**city.services, HOSPITAL: ruled}})
    house = replace(house, cities={**house.cities, "hangzhou": ruling})
    async with _chain(house, tmp_path, pay_keys, "hangzhou", HOSPITAL) as chain:
        summary, payment = await chain.visit()
        assert "取消后退还一半" in summary
        await chain.paying.pay(payment)
        await chain.paying.becomes(payment, "booked")
        await chain.say("refund")
        await chain.paying.say(chain.conversation, _give_up(await chain.paying.house.events(chain.conversation)))
        said, _ = await chain.say("affirm")
        assert "7.50" in said
        await _until_heard(chain, "7.50", BACK["zh_Hans"])
        assert (await chain.paying.trade(payment))["refunded"] == "7.50"
        assert await chain.paying.status(payment) == "booked"
        order = await chain.paying.parts.payments.dependencies.find(payment["order"])
        assert order.receipt_number is not None
        path = chain.paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(
            chain.paying.site.url
        )
        page = str((await chain.paying.site.ask("GET", path))[1])
        assert [part for part in ("receipt-valid", "7.50") if part not in page] == []


async def test_permit_fee_is_paid_and_stays(house: House, tmp_path: Path, pay_keys: Path) -> None:
    """Applied for, paid, asked about by both questions; by the rule of permits nothing goes back, and that is said."""
    async with _chain(house, tmp_path, pay_keys, "shenzhen", PERMIT) as chain:
        await chain.say(PERMIT, permit_type="澳门")
        for name in ("permit_number", "person_name", "valid_id_number", "phone"):
            entity = name.removeprefix("valid_")
            summary, _ = await chain.say("inform", **{entity: chain.facts[name]})
        assert "缴费后不退" in summary
        _, payment = await chain.say("affirm")
        assert payment is not None
        assert payment["amount"] == "15.00"
        await chain.paying.pay(payment)
        await chain.paying.becomes(payment, "booked")
        said, _ = await chain.say("payment_status")
        assert "已缴清" in said
        said, _ = await chain.say("request_status")
        assert "澳门" in said
        said, _ = await chain.say("refund")
        assert "按规定不退" in said
        assert await chain.paying.status(payment) == "booked"
        assert await chain.paying.house.scalar("SELECT count(*) FROM tickets") == 0


def _give_up(events: list[Any]) -> str:
    """The newest button that gives an appointment up."""
    buttons = [button for one in events if one.type == "message" for button in one.body["message"]["buttons"]]
    return str(next(one["payload"] for one in reversed(buttons) if "give_up" in one["payload"]))


async def _until_heard(chain: Chain, *parts: str) -> None:
    async def now() -> bool:
        return await chain.heard(*parts)

    await until(now, becomes=True)
