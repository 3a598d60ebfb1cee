"""Bookings and payments together, under random faults: bookings are known, money is taken once or given back.

A resident books visits to a hospital whose fee is paid here, moves and gives them up, and pays fines, while commands
and their answers are lost, workers die, and gateway, hospital and police are away or mute. The dialogue, the kind, the
payments room and the book of orders are the product's; the agencies and the gateway are fakes with memory. Each story
has a refund rule: what it gives back of a visit that was paid and given up comes back, once.
"""

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from fixtures.booking import MAN, NEXT_FRIDAY, NEXT_WEDNESDAY, TIMES, Applicant
from fixtures.databases import Databases
from fixtures.house import Nursery
from fixtures.money import FakePolice
from fixtures.services import SERVICES
from fixtures.stories import KEYS, Story, tell, which
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import text

from actions.commands.bookings import Bookings
from desk.contract.agency_commands import BookAnswer, BookCommand
from desk.contract.messages import CloseOrder, Effect, OpenOrder, OrderItem, OrderNote, RefundOrder, Text
from desk.contract.refunds import Back, RefundRule, part
from desk.conversations.rows import ConversationRow
from desk.http.signatures import Signatures
from desk.payments.rows import OrderRow
from desk.payments.states import State
from desk.store.database import transaction
from tools.engines.valkey import Valkey

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

faults = st.lists(st.sampled_from(["", "before", "after", "down"]), max_size=3)
times, days = st.sampled_from(TIMES), st.sampled_from([NEXT_WEDNESDAY, NEXT_FRIDAY])


class Agencies:
    """Tells each agency of its money: the hospital by the actions' own command, the police by itself."""

    def __init__(self, resident: Applicant, police: FakePolice) -> None:
        self._police = police
        self._hospital = Bookings({HOSPITAL: resident.handler}, resident.cities, Signatures(KEYS))

    async def book(self, command: BookCommand) -> BookAnswer:
        if command.service == "traffic_fines":
            return await self._police.book(command)
        return await self._hospital.book(command)


class Town(Story):
    """One conversation in which everything happens in any order."""

    def __init__(self, urls: tuple[str, str], catalogs: Path, nursery: Nursery) -> None:
        super().__init__(urls, catalogs, nursery)
        self.promised: dict[str, Back] = {}  # orders of which a rule gives back, and how much
        self.resident = Applicant(self.house.catalogs, SERVICES, HOSPITAL, pays=True)
        self.hospital = self.resident.agency
        self.hospital.careless = True
        self.opens(dict(self.house.cities) | self.resident.cities, Agencies(self.resident, self.police))
        self.conversation: ConversationRow = self.do(self._moved_in())

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
        notes = [row.note(KEYS) for row in self.orders().values()]
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
            known = [await self.dependencies.find(number) for number in self.numbers]
            await self.cashier.apply(connection, self.conversation, effects, known)
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

    @rule(intent=st.sampled_from(sorted(WORDS)), faults=faults, dies=st.booleans())
    def answer(self, intent: str, faults: list[str], dies: bool) -> None:
        self.say(self.resident.say(WORDS[intent], intent), faults, dies=dies)

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
        rows = [one for one in self.orders().values() if one.service == HOSPITAL]
        if not rows:
            return
        newest = rows[-1].number
        self.pay(self.numbers.index(newest), notices)
        for job in ("check", *(() if late else ("book",))):
            self.do(self.job(newest, job))
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
        order = self.scanned(place)
        if order is None:
            return
        trade = self.gateway.scan_and_pay(order.number, f"{order.amount:.2f}")
        if hears and trade.paid_at is not None:
            note = {"trade_no": trade.trade_no, "amount": trade.total_amount, "paid_at": trade.paid_at}
            said = self.payments.note(
                order.number, trade_status="TRADE_SUCCESS", is_paid=True, source="notification", **note
            )
            self.do(said)

    # what happens around

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
        self.do(self.job(self.one(place), job))
        self.hospital.faults = []

    # what must hold

    @invariant()
    def every_booking_is_known_and_one_form_has_one(self) -> None:
        live = [key for key, one in self.hospital.bookings.items() if one.status == "booked"]
        known = [str(case.facts["key"]) for case in self.resident.cases.values() if not case.over]
        assert sorted(set(live) - set(known)) == []
        assert len(known) == len(set(known))

    def settles(self) -> None:
        self.do(self.resident.look())
        super().settles()

    def agrees(self) -> None:
        self._bookings_agree()
        self._money_agrees()

    def _bookings_agree(self) -> None:
        live = {key: one.slot for key, one in self.hospital.bookings.items() if one.status == "booked"}
        kept = {str(case.facts["key"]): case.facts for case in self.resident.cases.values() if not case.over}
        assert live.keys() == kept.keys(), "no booking is lost, none is believed that is not there"
        assert [(kept[key]["date"], kept[key]["time"]) for key in live] == [(s.date, s.time) for s in live.values()]

    def _money_agrees(self) -> None:
        receipts = self.receipts()
        police, hospital = self.police.paid, self.hospital.paid_by
        for number, order in self.orders().items():
            trade = self.gateway.trades.get(number)
            taken = sum((Decimal(FINES[one]) for (_, one), by in police.items() if by == number), Decimal(0))
            taken += sum((Decimal(one.amount) for one in hospital.values() if one.order == number), Decimal(0))
            if trade is None or trade.paid_at is None:
                assert (order.state, taken) == (State.CLOSED, Decimal(0))
                continue
            ruled = self.refunded_by_rule(number)
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


def test_no_story_loses_or_doubles_a_booking_or_a_payment(
    databases: Databases, valkey: Valkey, catalogs_folder: Path, nursery: Nursery
) -> None:
    """Each visit is booked once and known; each fee and fine that was paid is taken once or given back."""
    tell(Town, databases, valkey, catalogs_folder, nursery, steps=25)
