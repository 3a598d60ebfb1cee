"""Money, driven by chance: whatever is replayed, reordered, delayed, forged, lost or undone, it comes out right."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from fixtures.house import House, Nursery, empty_database, house_at
from fixtures.money import FakeGateway, FakePolice, Mood
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.db import transaction
from desk.engines.postgres import Postgres
from desk.engines.valkey import Valkey
from desk.errors import BackendError, Conflict, NotFound
from desk.keys import Keys
from desk.messages import CloseOrder, OpenOrder, OrderItem, Text
from desk.payments.cashier import Cashier
from desk.payments.links import Links
from desk.payments.pages import PayPages
from desk.payments.refunds import Refunds
from desk.payments.rows import OrderRow
from desk.payments.service import Payments, Till
from desk.payments.states import HAS_MONEY, State
from desk.payments.voice import Voice

STORIES = int(os.environ.get("CITYDESK_STORIES", "6")) * 2
NOTICES = {"330100000000001": "200.00", "330100000000002": "150.00", "330100000000003": "50.00"}
KEYS = Keys("0123456789abcdef" * 3)

moods = st.sampled_from(["well", "well", "away", "mute"])
which = st.integers(0, 1000)


@dataclass
class Notified:
    """A notification on its way: it can come at any time, and any number of times."""

    order: str
    trade_no: str
    amount: str
    paid_at: datetime | None


class Money(RuleBasedStateMachine):
    """Two conversations, three fines, and a world in which everything happens in any order."""

    def __init__(self, urls: tuple[str, str], catalogs: Path, nursery: Nursery) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.gateway, self.police = FakeGateway(), FakePolice()
        self.ahead = timedelta()
        self.on_the_way: list[Notified] = []
        self.numbers: list[str] = []
        self.house: House = self.do(self._stack.enter_async_context(house_at(*urls, catalogs, nursery)))
        house, links = self.house, Links(KEYS, "https://city.example")
        voice = Voice(house.catalogs, links, Live(house.redis))
        till = Till(house.engine, self.gateway, KEYS, links, voice, house.cities, self.now)
        self.till, self.payments, self.refunds = till, Payments(till, self.police), Refunds(till)
        self.cashier, self.pages = Cashier(KEYS, links), PayPages(till, house.catalogs)
        self.conversations: list[ConversationRow] = [self.do(house.open()) for _ in range(2)]

    def do[T](self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def one(self, place: int) -> str:
        return self.numbers[place % len(self.numbers)]

    def orders(self) -> dict[str, OrderRow]:
        return {number: self.do(self.till.find(number)) for number in self.numbers}

    @rule(where=st.integers(0, 1), notices=st.sets(st.sampled_from(sorted(NOTICES)), min_size=1))
    def order(self, where: int, notices: set[str]) -> None:
        number = f"20261124{len(self.numbers):016d}"
        amount = sum((Decimal(NOTICES[notice]) for notice in notices), Decimal(0))
        title = Text(key="card.value", args={"value": "x"})
        effect = OpenOrder(
            order=number,
            service="traffic_fines",
            agency="traffic_police",
            items=[OrderItem(reference=one, amount=NOTICES[one], title=title) for one in sorted(notices)],
            amount=f"{amount:.2f}",
            subject=Text(key="traffic_fines.order_subject", args={"count": len(notices)}),
        )
        for _ in range(2):  # the same turn twice is the same order
            self.do(self._turn(self.conversations[where], effect))
        self.numbers.append(number)

    async def _turn(self, conversation: ConversationRow, effect: OpenOrder | CloseOrder) -> None:
        async with transaction(self.house.engine) as connection:
            known = [] if isinstance(effect, OpenOrder) else [await self.till.find(effect.order)]
            await self.cashier.carry_out(connection, conversation, [effect], known)

    @precondition(lambda self: self.numbers)
    @rule(place=which)
    def cancel(self, place: int) -> None:
        number = self.one(place)
        order = self.do(self.till.find(number))
        where = next(one for one in self.conversations if one.id == order.conversation_id)
        self.do(self._turn(where, CloseOrder(order=number)))

    @precondition(lambda self: self.numbers)
    @rule(place=which, pays=st.booleans())
    def scan(self, place: int, pays: bool) -> None:
        """The pay page is opened and the code scanned, if there is one to scan, and perhaps paid; it is notified."""
        order = self.do(self.till.find(self.one(place)))
        try:
            self.do(self.pages.qr_code(order.number))
        except BackendError:
            return
        except Conflict:
            if order.opened_page_at is None or self.now() >= order.expires_at:
                return  # nobody has its code, or the code is good no more
        amount = f"{order.amount:.2f}"
        if not pays:
            self.gateway.scan(order.number, amount)
            return
        trade = self.gateway.scan_and_pay(order.number, amount)
        if trade.paid_at is not None:
            self.on_the_way.append(Notified(order.number, trade.trade_no, amount, trade.paid_at))

    @precondition(lambda self: self.on_the_way)
    @rule(place=which)
    def notify(self, place: int) -> None:
        """Any notification that was ever sent, once more."""
        self.do(self._hear(self.on_the_way[place % len(self.on_the_way)]))

    @precondition(lambda self: self.on_the_way)
    @rule(place=which, first=moods)
    def a_day_of_silence(self, place: int, first: Mood) -> None:
        """The police is told once, in some weather, and then cannot be reached for a day."""
        said = self.on_the_way[place % len(self.on_the_way)]
        self.do(self._hear(said))
        for self.police.mood in (first, "away"):
            self.do(self._job(said.order, "book"))
            self.ahead += timedelta(hours=25)
        self.do(self._job(said.order, "book"))

    async def _hear(self, said: Notified) -> None:
        await self.payments.note(
            said.order,
            trade_no=said.trade_no,
            trade_status="TRADE_SUCCESS",
            amount=said.amount,
            is_paid=True,
            paid_at=said.paid_at,
            source="notification",
        )

    @precondition(lambda self: self.numbers)
    @rule(place=which, amount=st.sampled_from(["0.01", "9999.00"]))
    def forge(self, place: int, amount: str) -> None:
        """Another amount, or an order that there is not: refused."""
        for number, refusal in ((self.one(place), Conflict), ("9" * 24, NotFound)):
            try:
                self.do(self._hear(Notified(number, "F1", amount, self.now())))
            except refusal:
                continue
            raise AssertionError("a forged notification was believed")

    @rule(gateway=moods, police=moods)
    def weather(self, gateway: Mood, police: Mood) -> None:
        self.gateway.mood, self.police.mood = gateway, police

    @rule(minutes=st.sampled_from([1, 16, 31, 25 * 60]))
    def wait(self, minutes: int) -> None:
        self.ahead += timedelta(minutes=minutes)

    @precondition(lambda self: self.numbers)
    @rule(place=which, job=st.sampled_from(["book", "close", "check", "refund"]))
    def work(self, place: int, job: str) -> None:
        """A job of an order, whether it is due or not."""
        self.do(self._job(self.one(place), job))

    async def _job(self, number: str, job: str) -> None:
        if job == "refund":
            async with self.house.engine.connect() as connection:
                query = text("SELECT id FROM refunds WHERE order_number = :number ORDER BY id")
                ids = list((await connection.execute(query, {"number": number})).scalars())
            for refund in ids:
                await self.refunds.carry_out(refund)
        elif job == "check":
            try:
                await self.payments.check(number)
            except BackendError:
                return
        else:
            await getattr(self.payments, job)(number)

    @invariant()
    def nothing_is_paid_here_that_is_not_paid_there(self) -> None:
        for number, order in self.orders().items():
            trade = self.gateway.trades.get(number)
            assert order.state not in HAS_MONEY or (trade is not None and trade.paid_at is not None)
            assert order.refunded <= (trade.refunded if trade else Decimal(0))

    def teardown(self) -> None:
        try:
            self._settle()
            self._agree()
        finally:
            self.do(self._stack.aclose())
            self._runner.close()

    def _settle(self) -> None:
        """The weather clears, and every job runs: what the periodic look would queue."""
        self.gateway.mood = self.police.mood = "well"
        for _ in range(4):
            self.ahead += timedelta(minutes=31)
            for number in self.numbers:
                for job in ("check", "close", "book", "refund"):
                    self.do(self._job(number, job))

    def _agree(self) -> None:
        receipts = self.do(self._receipts())
        for number, order in self.orders().items():
            trade = self.gateway.trades.get(number)
            taken = sum((Decimal(NOTICES[one]) for one, by in self.police.paid.items() if by == number), Decimal(0))
            if trade is None or trade.paid_at is None:
                assert (order.state, taken) == (State.CLOSED, Decimal(0))
                continue
            assert taken + trade.refunded == order.amount, "money is with the police or back, all of it and once"
            assert order.refunded == trade.refunded
            assert order.state is (State.BOOKED if taken else State.REFUNDED)
            assert receipts.count(number) == (1 if taken else 0)

    async def _receipts(self) -> list[str]:
        async with self.house.engine.connect() as connection:
            return list((await connection.execute(text("SELECT order_number FROM receipts"))).scalars())


def test_money_is_booked_once_or_given_back(
    postgres: Postgres, valkey: Valkey, catalogs_folder: Path, nursery: Nursery
) -> None:
    """Every paid order ends at the police or back with the payer, once; nothing forged is believed; one receipt."""

    def begin() -> Money:
        urls = (empty_database(postgres), f"{valkey.url.rsplit('/', 1)[0]}/14")
        return Money(urls, catalogs_folder, nursery)

    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
