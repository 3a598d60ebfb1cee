"""Money, driven by chance: whatever is replayed, reordered, delayed, forged, lost or undone, it comes out right."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from fixtures.databases import Databases
from fixtures.house import Nursery
from fixtures.money import Mood
from fixtures.payments import pay_back
from fixtures.stories import Story, moods, tell, which
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from desk.alipay import signing
from desk.alipay.answers import CHINA
from desk.alipay.credentials import Credentials
from desk.alipay.notifications import NotificationRefused, read_notification
from desk.contract.errors import BackendError, Conflict, NotFound
from desk.contract.messages import CloseOrder, OpenOrder, OrderItem, Text
from desk.conversations.rows import ConversationRow
from desk.payments.reconciliation import Comparison, Kind, Reconciliation
from desk.payments.states import State
from desk.store.database import transaction
from tools.engines.valkey import Valkey

NOTICES = {"330100000000001": "200.00", "330100000000002": "150.00", "330100000000003": "50.00"}
CITIES = ("hangzhou", "ningbo")  # their police count notices alike
ALIPAY, STRANGER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
WE = Credentials("http://127.0.0.1:1/", "2021000000000001", "2088000000000001", STRANGER, ALIPAY.public_key())
FORGERIES = ("key", "changed", "app", "seller", "amount", "order")
MISSED = {Kind.MISSED, Kind.REFUND_MISSED}  # what a day's bill may bring to light when notifications and jobs are lost


@dataclass(frozen=True)
class Notified:
    """A notification on its way, as it is signed: it can come at any time, and any number of times."""

    order: str
    amount: str
    paid_at: datetime
    app: str = WE.app_id
    seller: str = WE.seller_id

    def body(self, key: rsa.RSAPrivateKey = ALIPAY, **after: str) -> bytes:
        """The form that is posted; `after` is changed when it is signed already."""
        form = {
            "notify_id": f"n{self.order}",
            "app_id": self.app,
            "seller_id": self.seller,
            "trade_no": f"T{self.order}",
            "out_trade_no": self.order,
            "trade_status": "TRADE_SUCCESS",
            "total_amount": self.amount,
            "gmt_payment": f"{self.paid_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        }
        sign = signing.sign(signing.notification_texts(form)[0], key)
        return urlencode({**form, "sign_type": "RSA2", "sign": sign, **after}).encode()


class Money(Story):
    """Two conversations, three fines in each of two cities, and a world in which everything happens in any order."""

    def __init__(self, urls: tuple[str, str], catalogs: Path, nursery: Nursery) -> None:
        super().__init__(urls, catalogs, nursery)
        self.on_the_way: list[Notified] = []
        self.undone: set[str] = set()  # by a clerk
        self.first_day = self.today()
        self.opens(self.house.cities, self.police)
        self.bills = Reconciliation(self.payments)
        self.conversations: list[ConversationRow] = [self.do(self.house.open()) for _ in range(2)]

    def today(self) -> date:
        return self.now().astimezone(CHINA).date()

    @rule(
        where=st.integers(0, 1),
        city=st.sampled_from(CITIES),
        notices=st.sets(st.sampled_from(sorted(NOTICES)), min_size=1),
    )
    def order(self, where: int, city: str, notices: set[str]) -> None:
        """An order for some of a city's fines takes the place of the open ones for any of them, and of no others."""
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
        conversation = replace(self.conversations[where], city=city)
        others = {one.number for one in self.orders().values() if one.state is State.OPEN and one.city != city}
        for _ in range(2):  # the same turn twice is the same order
            self.do(self._turn(conversation, effect))
        assert others <= {one.number for one in self.orders().values() if one.state is State.OPEN}
        self.numbers.append(number)

    async def _turn(self, conversation: ConversationRow, effect: OpenOrder | CloseOrder) -> None:
        async with transaction(self.house.engine) as connection:
            known = [] if isinstance(effect, OpenOrder) else [await self.dependencies.find(effect.order)]
            await self.cashier.apply(connection, conversation, [effect], known)

    @precondition(lambda self: self.numbers)
    @rule(place=which)
    def cancel(self, place: int) -> None:
        number = self.one(place)
        order = self.do(self.dependencies.find(number))
        where = next(one for one in self.conversations if one.id == order.conversation_id)
        self.do(self._turn(where, CloseOrder(order=number)))

    @precondition(lambda self: self.numbers)
    @rule(place=which, pays=st.booleans())
    def scan(self, place: int, pays: bool) -> None:
        """The pay page is opened and the code scanned, if there is one to scan, and perhaps paid; it is notified."""
        order = self.scanned(place)
        if order is None:
            return
        amount = f"{order.amount:.2f}"
        if not pays:
            self.gateway.scan(order.number, amount)
            return
        trade = self.gateway.scan_and_pay(order.number, amount)
        if trade.paid_at is not None:
            self.on_the_way.append(Notified(order.number, amount, trade.paid_at))

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
            self.do(self.job(said.order, "book"))
            self.ahead += timedelta(hours=25)
        self.do(self.job(said.order, "book"))

    async def _hear(self, said: Notified) -> None:
        await self._receive(said.body())

    async def _receive(self, body: bytes) -> None:
        """As the address for notifications does it."""
        read = read_notification(body, WE)
        await self.payments.note(
            read.order,
            trade_no=read.trade_no,
            trade_status=read.status,
            amount=read.amount,
            is_paid=read.says_paid,
            paid_at=read.paid_at,
            source="notification",
        )

    @precondition(lambda self: self.numbers)
    @rule(place=which, forgery=st.sampled_from(FORGERIES))
    def forge(self, place: int, forgery: str) -> None:
        """Another's signature, a field changed under a true one, another application, seller, amount or order."""
        order = self.do(self.dependencies.find(self.one(place)))
        true = Notified(order.number, f"{order.amount:.2f}", self.now())
        forged, refusal = {
            "key": (true.body(STRANGER), NotificationRefused),
            "changed": (true.body(total_amount="0.01"), NotificationRefused),
            "app": (replace(true, app="2021000000000002").body(), NotificationRefused),
            "seller": (replace(true, seller="2088000000000002").body(), NotificationRefused),
            "amount": (replace(true, amount="0.01").body(), Conflict),
            "order": (replace(true, order="9" * 24).body(), NotFound),
        }[forgery]
        try:
            self.do(self._receive(forged))
        except refusal:
            return
        raise AssertionError("a forged notification was believed")

    @precondition(lambda self: self.numbers)
    @rule(place=which)
    def clerk(self, place: int) -> None:
        """A clerk pays an order back, if it can be."""
        number = self.one(place)
        try:
            refund = self.do(pay_back(self.dependencies, number))
        except Conflict:
            return
        if refund.reason == "clerk":
            self.undone.add(number)

    @rule()
    def bill(self) -> None:
        """The bill of the day before comes: it may bring to light what was missed, and nothing worse."""
        try:
            compared = self.do(self.bills.of_day(self.today() - timedelta(days=1)))
        except BackendError:
            return
        assert {one.kind for one in compared.differences} <= MISSED

    @rule(minutes=st.sampled_from([1, 16, 31, 25 * 60]))
    def wait(self, minutes: int) -> None:
        self.ahead += timedelta(minutes=minutes)

    @precondition(lambda self: self.numbers)
    @rule(place=which, job=st.sampled_from(["book", "close", "check", "refund"]))
    def work(self, place: int, job: str) -> None:
        """A job of an order, whether it is due or not."""
        self.do(self.job(self.one(place), job))

    def agrees(self) -> None:
        assert [one.differences for one in self._all_bills() if one.differences] == []
        receipts = self.receipts()
        for number, order in self.orders().items():
            trade = self.gateway.trades.get(number)
            mine = [notice for (_, notice), by in self.police.paid.items() if by == number]
            taken = sum((Decimal(NOTICES[notice]) for notice in mine), Decimal(0))
            if trade is None or trade.paid_at is None:
                assert (order.state, taken) == (State.CLOSED, Decimal(0))
                continue
            assert order.refunded == trade.refunded
            assert receipts.count(number) == (1 if taken else 0)
            if number in self.undone:
                assert (order.state, order.refunded) == (State.REFUNDED, order.amount)
                continue
            assert taken + trade.refunded == order.amount, "money is with the police or back, all of it and once"
            assert order.state is (State.BOOKED if taken else State.REFUNDED)

    def _all_bills(self) -> list[Comparison]:
        """The bill of every day, when all of them are over."""
        until, self.ahead = self.today(), self.ahead + timedelta(days=1)
        days = (until - self.first_day).days + 1
        return [self.do(self.bills.of_day(self.first_day + timedelta(days=day))) for day in range(days)]


def test_money_is_booked_once_or_given_back(
    databases: Databases, valkey: Valkey, catalogs_folder: Path, nursery: Nursery
) -> None:
    """Every paid order ends at the police or back with the payer, once; nothing forged is believed; one receipt."""
    tell(Money, databases, valkey, catalogs_folder, nursery, steps=30)
