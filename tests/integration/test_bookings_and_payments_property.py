"""Bookings and payments together, under random faults: bookings are known, money is taken once or given back.

A resident books visits to a hospital whose fee is paid here, moves and gives them up, and pays fines, while commands
and their answers are lost, workers die, and gateway, hospital and police are away or mute. The dialogue, the kind, the
payments room and the book of orders are the product's; the agencies and the gateway are fakes with memory. Each story
has a refund rule: what it gives back of a visit that was paid and given up comes back, once.

`CITYDESK_STORIES=100 pytest tests/integration/test_bookings_and_payments_property.py` tells 200 stories, not twelve.
"""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from fixtures.booking import MAN, NEXT_FRIDAY, NEXT_WEDNESDAY, TIMES, Applicant
from fixtures.house import House, Nursery, empty_database, house_at
from fixtures.money import FakeGateway, FakePolice, Mood
from fixtures.services import SERVICES
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import text

from actions.bookings import Bookings
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.db import transaction
from desk.engines.postgres import Postgres
from desk.engines.valkey import Valkey
from desk.errands import BookAnswer, BookCommand
from desk.errors import BackendError, Conflict
from desk.keys import Keys
from desk.messages import CloseOrder, Effect, OpenOrder, OrderItem, OrderNote, RefundOrder, Text
from desk.payments.cashier import Cashier
from desk.payments.links import Links
from desk.payments.pages import PayPages
from desk.payments.refunds import Refunds
from desk.payments.rows import OrderRow
from desk.payments.service import Payments
from desk.payments.states import HAS_MONEY, State
from desk.payments.till import Till
from desk.payments.voice import Voice
from desk.refunding import Back, RefundRule, part

STORIES = int(os.environ.get("CITYDESK_STORIES", "6")) * 2
KEYS = Keys("0123456789abcdef" * 3)
HOSPITAL = "hospital_appointment"
FINES = {"330100000000001": "200.00", "330100000000002": "150.00"}
RULES = [
    RefundRule(full_until_hours=24, otherwise="none"),
    RefundRule(full_until_hours=192, otherwise="half"),  # the hour passes while the story is told
    RefundRule(full_until_hours=720, otherwise="half"),
    RefundRule(full_until_hours=720, otherwise="none"),
    RefundRule(full_until_hours=720, otherwise="clerk"),
]
WORDS = {"affirm": "确认", "deny": "不", "cancel": "算了"}

moods = st.sampled_from(["well", "well", "away", "mute"])
faults = st.lists(st.sampled_from(["", "before", "after", "down"]), max_size=3)
times, days = st.sampled_from(TIMES), st.sampled_from([NEXT_WEDNESDAY, NEXT_FRIDAY])
which = st.integers(0, 1000)


class Agencies:
    """Tells each agency of its money: the hospital by the actions' own command, the police by itself."""

    def __init__(self, resident: Applicant) -> None:
        self.police = FakePolice()
        self._hospital = Bookings({HOSPITAL: resident.handler}, resident.cities)

    async def book(self, command: BookCommand) -> BookAnswer:
        if command.service == "traffic_fines":
            return await self.police.book(command)
        return await self._hospital.book(command)


class Town(RuleBasedStateMachine):
    """One conversation in which everything happens in any order."""

    def __init__(self, urls: tuple[str, str], catalogs: Path, nursery: Nursery) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.ahead = timedelta()
        self.numbers: list[str] = []
        self.promised: dict[str, Back] = {}  # orders of which a rule gives back, and how much
        self.house: House = self.do(self._stack.enter_async_context(house_at(*urls, catalogs, nursery)))
        house, links = self.house, Links(KEYS, "https://city.example")
        self.resident = Applicant(house.catalogs, SERVICES, HOSPITAL, pays=True)
        self.hospital, self.gateway = self.resident.agency, FakeGateway(self.now)
        self.hospital.careless = True
        self.agencies = Agencies(self.resident)
        cities = dict(house.cities) | self.resident.cities
        voice = Voice(house.catalogs, links, Live(house.redis))
        self.till = Till(house.engine, self.gateway, KEYS, links, voice, cities, self.now)
        self.payments, self.refunds = Payments(self.till, self.agencies), Refunds(self.till)
        self.cashier, self.pages = Cashier(KEYS, links), PayPages(self.till, house.catalogs)
        self.conversation: ConversationRow = self.do(self._moved_in())

    def do[T](self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def now(self) -> datetime:
        """The desk's clock; the resident's is another day's, and as far ahead."""
        return datetime.now(UTC) + self.ahead

    async def _moved_in(self) -> ConversationRow:
        """A conversation in the resident's city."""
        conversation = await self.house.open()
        async with transaction(self.house.engine) as connection:
            move = text("UPDATE conversations SET city = :city WHERE id = :id")
            await connection.execute(move, {"city": self.resident.city.slug, "id": conversation.id})
        return replace(conversation, city=self.resident.city.slug)

    # what the resident does

    def say(self, said: Coroutine[Any, Any, str], faults: Sequence[str] = (), *, dies: bool = False) -> None:
        """Say something while the hospital's answers are lost; if the worker dies, the turn comes again."""
        self.resident.orders = self._notes()
        self.hospital.faults = list(faults)
        self.do(said)
        if dies:
            self.do(self.resident.repeat())
        self.hospital.faults = []
        self.do(self._carry_out(self.resident.effects))

    def _notes(self) -> tuple[OrderNote, ...]:
        """Orders as the next turn knows them, on the resident's clock."""
        behind = self.resident.now - self.now()
        notes = [row.note(KEYS) for row in self.rows().values()]
        return tuple(
            note.model_copy(
                update={
                    name: (datetime.fromisoformat(getattr(note, name)) + behind).isoformat()
                    for name in ("created_at", "expires_at")
                }
            )
            for note in reversed(notes)
        )

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        async with transaction(self.house.engine) as connection:
            known = [await self.till.find(number) for number in self.numbers]
            await self.cashier.carry_out(connection, self.conversation, effects, known)
        for one in effects:
            if isinstance(one, RefundOrder):
                assert self.promised.setdefault(one.order, one.share) == one.share
        fresh = [one.order for one in effects if isinstance(one, OpenOrder) and one.order not in self.numbers]
        self.numbers += fresh

    @initialize(rule=st.sampled_from(RULES))
    def first_visit(self, rule: RefundRule) -> None:
        city = self.resident.city
        offered = city.services[HOSPITAL].model_copy(update={"refund": rule})
        self.resident.city = city.model_copy(update={"services": {**city.services, HOSPITAL: offered}})
        self.resident.cities = {city.slug: self.resident.city}
        self.book("10:00", NEXT_WEDNESDAY, [], False)

    @rule(time=times, day=days, faults=faults, dies=st.booleans())
    def book(self, time: str, day: object, faults: list[str], dies: bool) -> None:
        wish = f"挂第一医院骨科 {day} {time}"
        self.say(self.resident.say(wish, HOSPITAL, office="第一医院", department="骨科"))
        for given in ("陈嘉树", MAN, "13800138000"):
            self.say(self.resident.say(given, "inform"))
        self.say(self.resident.say("确认", "affirm"), faults, dies=dies)

    @rule(intent=st.sampled_from(["affirm", "deny", "cancel"]), faults=faults, dies=st.booleans())
    def answer(self, intent: str, faults: list[str], dies: bool) -> None:
        self.say(
            self.resident.say({"affirm": "确认", "deny": "不", "cancel": "算了"}[intent], intent), faults, dies=dies
        )

    @rule(time=times, day=days, part=st.sampled_from(["", "口腔科"]), faults=faults, dies=st.booleans())
    def move(self, time: str, day: object, part: str, faults: list[str], dies: bool) -> None:
        """To another time, perhaps to a department that costs more; then a yes."""
        named = {"department": part} if part else {}
        self.say(self.resident.say(f"改到{part}{day} {time}", "change_appointment", **named))
        self.say(self.resident.say("确认", "affirm"), faults, dies=dies)

    @rule(faults=faults, dies=st.booleans())
    def give_up(self, faults: list[str], dies: bool) -> None:
        self.say(self.resident.say("我要取消预约", "change_appointment"))
        self.say(self.resident.say("确认", "affirm"), faults, dies=dies)

    @rule(notices=st.booleans(), late=st.booleans(), faults=faults, dies=st.booleans())
    def pay_a_visit_and_give_it_up(self, notices: bool, late: bool, faults: list[str], dies: bool) -> None:
        """The newest order of a visit is paid, and booked or still on its way; then the visit is given up."""
        rows = [one for one in self.rows().values() if one.service == HOSPITAL]
        if not rows:
            return
        newest = rows[-1].number
        self.pay(self.numbers.index(newest), notices)
        for job in ("check", *(() if late else ("book",))):
            self.do(self._job(newest, job))
        self.give_up(faults, dies)

    @rule(said=st.sampled_from(["我要退款", "退款"]))
    def ask_for_it_back(self, said: str) -> None:
        """A wish alone gives nothing back: it names the rule, or hands over."""
        before = dict(self.promised)
        self.say(self.resident.say(said, "refund"))
        assert self.promised == before

    @rule(notice=st.sampled_from(sorted(FINES)))
    def order_a_fine(self, notice: str) -> None:
        number = f"20261123{len(self.numbers):016d}"
        title = Text(key="card.value", args={"value": "x"})
        effect = OpenOrder(
            order=number,
            service="traffic_fines",
            agency="bureau",
            items=[OrderItem(reference=notice, amount=FINES[notice], title=title)],
            amount=FINES[notice],
            subject=Text(key="traffic_fines.order_subject", args={"count": 1}),
        )
        self.do(self._carry_out([effect]))

    @precondition(lambda self: self.numbers)
    @rule(place=which)
    def cancel_an_order(self, place: int) -> None:
        self.do(self._carry_out([CloseOrder(order=self.one(place))]))

    @precondition(lambda self: self.numbers)
    @rule(place=which, hears=st.booleans())
    def pay(self, place: int, hears: bool) -> None:
        """The code of an order is scanned and paid, if there is one to scan; the desk hears of it, or not."""
        order = self.do(self.till.find(self.one(place)))
        try:
            self.do(self.pages.qr_code(order.number))
        except BackendError:
            return
        except Conflict:
            if order.opened_page_at is None or self.now() >= order.expires_at:
                return
        trade = self.gateway.scan_and_pay(order.number, f"{order.amount:.2f}")
        if hears and trade.paid_at is not None:
            note = {"trade_no": trade.trade_no, "amount": trade.total_amount, "paid_at": trade.paid_at}
            said = self.payments.note(
                order.number, trade_status="TRADE_SUCCESS", is_paid=True, source="notification", **note
            )
            self.do(said)

    # what happens around

    @rule(gateway=moods, police=moods)
    def weather(self, gateway: Mood, police: Mood) -> None:
        self.gateway.mood, self.agencies.police.mood = gateway, police

    @rule(minutes=st.sampled_from([1, 16, 31]))
    def wait(self, minutes: int) -> None:
        self.ahead += timedelta(minutes=minutes)
        self.resident.wait(minutes=minutes)

    @rule()
    def desk_looks(self) -> None:
        self.do(self.resident.look())

    @precondition(lambda self: self.numbers)
    @rule(place=which, job=st.sampled_from(["book", "close", "check", "refund"]), faults=faults)
    def work(self, place: int, job: str, faults: list[str]) -> None:
        """A job of an order, due or not, while the hospital's answers are lost."""
        self.hospital.faults = list(faults)
        self.do(self._job(self.one(place), job))
        self.hospital.faults = []

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

    # what must hold

    def one(self, place: int) -> str:
        return self.numbers[place % len(self.numbers)]

    def rows(self) -> dict[str, OrderRow]:
        return {number: self.do(self.till.find(number)) for number in self.numbers}

    @invariant()
    def every_booking_is_known_and_one_form_has_one(self) -> None:
        live = [key for key, one in self.hospital.bookings.items() if one.status == "booked"]
        known = [str(case.facts["key"]) for case in self.resident.cases.values() if not case.over]
        assert sorted(set(live) - set(known)) == []
        assert len(known) == len(set(known))

    @invariant()
    def nothing_is_paid_here_that_is_not_paid_there(self) -> None:
        for number, order in self.rows().items():
            trade = self.gateway.trades.get(number)
            assert order.state not in HAS_MONEY or (trade is not None and trade.paid_at is not None)
            assert order.refunded <= (trade.refunded if trade else Decimal(0))

    def teardown(self) -> None:
        try:
            self._settle()
            self._bookings_agree()
            self._money_agrees()
        finally:
            self.do(self._stack.aclose())
            self._runner.close()

    def _settle(self) -> None:
        """The weather clears, the desk looks, and every job runs."""
        self.gateway.mood = self.agencies.police.mood = "well"
        self.do(self.resident.look())
        for _ in range(4):
            self.ahead += timedelta(minutes=31)
            for number in self.numbers:
                for job in ("check", "close", "book", "refund"):
                    self.do(self._job(number, job))

    def _bookings_agree(self) -> None:
        live = {key: one.slot for key, one in self.hospital.bookings.items() if one.status == "booked"}
        kept = {str(case.facts["key"]): case.facts for case in self.resident.cases.values() if not case.over}
        assert live.keys() == kept.keys(), "no booking is lost, none is believed that is not there"
        assert [(kept[key]["date"], kept[key]["time"]) for key in live] == [(s.date, s.time) for s in live.values()]

    def _money_agrees(self) -> None:
        receipts = self.do(self._receipts())
        police, hospital = self.agencies.police.paid, self.hospital.paid_by
        for number, order in self.rows().items():
            trade = self.gateway.trades.get(number)
            taken = sum((Decimal(FINES[one]) for (_, one), by in police.items() if by == number), Decimal(0))
            taken += sum((Decimal(one.amount) for one in hospital.values() if one.order == number), Decimal(0))
            if trade is None or trade.paid_at is None:
                assert (order.state, taken) == (State.CLOSED, Decimal(0))
                continue
            ruled = self.do(self._ruled(number))
            assert taken + trade.refunded - sum(ruled) == order.amount, "with the agency or back, all of it and once"
            assert order.refunded == trade.refunded
            assert order.state is (State.BOOKED if taken > sum(ruled) else State.REFUNDED)
            if taken:
                self._rule_was_kept(order, ruled)
            assert receipts.count(number) == (1 if taken else 0)

    def _rule_was_kept(self, order: OrderRow, ruled: Sequence[Decimal]) -> None:
        """What was promised came back, once; nothing else did; and nobody sits in a chair that was paid back."""
        share = self.promised.get(order.number)
        assert list(ruled) == ([] if share is None else [part(order.amount, share)])
        keys = [key for key, one in self.hospital.paid_by.items() if one.order == order.number]
        assert share is None or [self.hospital.bookings[key].status for key in keys] == ["cancelled"]

    async def _ruled(self, number: str) -> list[Decimal]:
        """What went back of an order by a rule."""
        query = text("SELECT amount FROM refunds WHERE order_number = :number AND reason = 'rule'")
        async with self.house.engine.connect() as connection:
            return list((await connection.execute(query, {"number": number})).scalars())

    async def _receipts(self) -> list[str]:
        async with self.house.engine.connect() as connection:
            return list((await connection.execute(text("SELECT order_number FROM receipts"))).scalars())


def test_no_story_loses_or_doubles_a_booking_or_a_payment(
    postgres: Postgres, valkey: Valkey, catalogs_folder: Path, nursery: Nursery
) -> None:
    """Each visit is booked once and known; each fee and fine that was paid is taken once or given back."""

    def begin() -> Town:
        urls = (empty_database(postgres), f"{valkey.url.rsplit('/', 1)[0]}/13")
        return Town(urls, catalogs_folder, nursery)

    run_machine(
        begin,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
