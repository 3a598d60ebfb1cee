"""The pretend Alipay in one piece: what its parts are, and the addresses that tests steer it by."""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.alipay.bills import archive, rows_of
from sandbox.alipay.cashier import Cashier
from sandbox.alipay.clock import Clock, Setting
from sandbox.alipay.delivery import Delivery
from sandbox.alipay.gateway import Gateway
from sandbox.alipay.identity import ensure_keys, load_keys
from sandbox.alipay.ledger import Ledger
from sandbox.alipay.members import Agreement, Fault, Members, Settings
from sandbox.alipay.methods import BILL, Methods
from sandbox.alipay.mischief import FORGERIES, Mischief, Rule, apply
from sandbox.alipay.notices import Notice, Notices
from sandbox.alipay.trades import Trade, TradeError
from sandbox.problems import problem
from sandbox.state import State

NAME = "alipay"


class Wish(Rule):
    """`POST /_sandbox/alipay/notifications`: a rule for what comes, or with `now` something sent at once.

    `now` needs an order: a forgery then claims that it was paid, whether it was or not; a duplicate sends again all
    that was ever to be sent of it.
    """

    now: bool = False


class Alipay:
    """Belongs to no city. Its state is cleared when all cities are."""

    name = NAME

    def __init__(self, *, data_dir: Path, state: State, clock: Callable[[], datetime]) -> None:
        """Keys are made in `data_dir/sandbox/alipay/` the first time.

        Raises:
            IdentityError: a key file is damaged.
        """
        keys = load_keys(ensure_keys(data_dir))
        self._state = state
        self._clock = Clock(state, clock)
        self._notices = Notices(state, self._clock)
        self._mischief = Mischief(state, random.Random())
        self._delivery = Delivery(keys, self._clock)
        self._ledger = Ledger(state, self._clock, self._notices, self._mischief, self._delivery.wake)
        self._cashier = Cashier(self._ledger, keys, self._clock)
        self._members = Members(state, self._clock)
        self._gateway = Gateway(Methods(self._ledger, state, self._clock), self._members, keys, self._clock)

    def reload(self) -> None:
        """The state was cleared: trades are gone, what was open can no longer be paid, nothing is sent any more."""
        self._clock.reload()
        self._notices.reload()
        self._ledger.reload()
        self._delivery.wake()

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        """Notifications are sent while the application runs."""
        async with self._delivery.running(self._notices, self._ledger):
            yield

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.route("*", "/alipay/gateway.do", self._gateway.handle)
        yield from self._cashier.routes()
        yield web.get("/alipay/bills/{token}", self._bill)
        yield web.post("/_sandbox/alipay/pay/{order}", self._pay)
        yield web.get("/_sandbox/alipay/trades", self._list_trades)
        yield web.get("/_sandbox/alipay/trades/{order}", self._trade)
        yield web.get("/_sandbox/alipay/notifications", self._list_notices)
        yield web.post("/_sandbox/alipay/notifications", self._make_mischief)
        yield web.delete("/_sandbox/alipay/notifications", self._lift_mischief)
        yield web.post("/_sandbox/alipay/auth-codes", self._agree)
        yield web.put("/_sandbox/alipay/members/{member}", self._set_member)
        yield web.get("/_sandbox/alipay/members/{member}/messages", self._list_messages)
        yield web.post("/_sandbox/alipay/messages/faults", self._upset_messages)
        yield web.post("/_sandbox/alipay/trade-pay/{trade_no}", self._trade_pay)
        yield web.get("/_sandbox/alipay/clock", self._show_clock)
        yield web.put("/_sandbox/alipay/clock", self._set_clock)

    async def _bill(self, request: web.Request) -> web.Response:
        kept = self._state.get(NAME, "", BILL, request.match_info["token"])
        now = self._clock.now()
        if kept is None or now > datetime.fromisoformat(kept["until"]):
            return problem(403, "expired", "This address of a bill is not good, or no longer.")
        day = date.fromisoformat(kept["day"])
        packed = archive(day, rows_of(day, self._ledger.all()), now)
        name = f"attachment; filename={day:%Y%m%d}.csv.zip"
        return web.Response(body=packed, content_type="application/zip", headers={"Content-Disposition": name})

    async def _pay(self, request: web.Request) -> web.Response:
        """As a person who scans the code, if need be, and pays. A paid trade is answered as it is."""
        trade = self._ledger.known(request.match_info["order"])
        if trade is None:
            return _unknown()
        if trade.paid_at is None:
            try:
                trade = self._ledger.pay(self._ledger.scan(trade))
            except TradeError:
                return problem(409, "closed", "The trade is closed, or its code no longer good: it cannot be paid.")
        return web.json_response(_shown(trade))

    async def _trade(self, request: web.Request) -> web.Response:
        trade = self._ledger.known(request.match_info["order"])
        return _unknown() if trade is None else web.json_response(_shown(trade))

    async def _list_trades(self, _: web.Request) -> web.Response:
        """All trades as they stand, in the order in which they came."""
        return web.json_response({"trades": [_shown(trade) for trade in self._ledger.all()]})

    async def _list_notices(self, request: web.Request) -> web.Response:
        """All notifications, or with `?order=` an order's, oldest first, and the rules that are set."""
        notices = [_told(notice) for notice in self._notices.all(request.query.get("order"))]
        rules = [{"id": key, **rule.model_dump()} for key, rule in self._mischief.all().items()]
        return web.json_response({"notifications": notices, "rules": rules})

    async def _make_mischief(self, request: web.Request) -> web.Response:
        wish = Wish.model_validate_json(await request.read())
        rule = Rule.model_validate(wish.model_dump(exclude={"now"}))
        if not wish.now:
            return web.json_response({"id": self._mischief.set(rule), **rule.model_dump()}, status=201)
        if rule.order is None or rule.what not in ("duplicate", *FORGERIES):
            return problem(422, "malformed", "Only a duplicate or a forgery of one order can be sent now.")
        trade = self._ledger.known(rule.order)
        if trade is None:
            return _unknown()
        sent = self._sent_now(rule, trade)
        if not sent:
            return problem(409, "nothing-to-send", "Nothing was sent of this order yet, or it has no notify_url.")
        self._notices.add(sent)
        self._delivery.wake()
        return web.json_response({"sent": [_told(notice) for notice in sent]}, status=201)

    def _sent_now(self, rule: Rule, trade: Trade) -> list[Notice]:
        now = self._clock.now()
        if rule.what == "duplicate":
            genuine = {n.fields["notify_id"]: n for n in self._notices.all(trade.order) if n.forgery is None}
            again = [notice for notice in genuine.values() for _ in range(rule.times)]
            return [notice.copy_of(since=now, wait=0.0, held=False) for notice in again]
        claim = self._ledger.claim(trade)
        return [] if claim is None else apply(rule, [claim])[1:]

    async def _lift_mischief(self, _: web.Request) -> web.Response:
        return web.json_response({"lifted": self._mischief.lift()})

    async def _agree(self, request: web.Request) -> web.Response:
        """As a person who agrees in a mini program: the code that it is given."""
        code = self._members.agree(Agreement.model_validate_json(await request.read()))
        return web.json_response({"auth_code": code}, status=201)

    async def _set_member(self, request: web.Request) -> web.Response:
        settings = Settings.model_validate_json(await request.read())
        self._members.set(request.match_info["member"], settings)
        return web.json_response(settings.model_dump())

    async def _list_messages(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": self._members.messages(request.match_info["member"])})

    async def _upset_messages(self, request: web.Request) -> web.Response:
        fault = Fault.model_validate_json(await request.read())
        self._members.upset(fault)
        return web.json_response(fault.model_dump(), status=201)

    async def _trade_pay(self, request: web.Request) -> web.Response:
        """As a person who agrees to `my.tradePay`: `resultCode` 9000 is paid, 4000 is not."""
        number = request.match_info["trade_no"]
        trade = next((one for one in self._ledger.all() if one.trade_no == number and one.status != "UNSCANNED"), None)
        if trade is None:
            return _unknown()
        try:
            self._ledger.pay(trade)
        except TradeError:
            return web.json_response({"resultCode": "4000"})
        return web.json_response({"resultCode": "9000"})

    async def _show_clock(self, _: web.Request) -> web.Response:
        return web.json_response(self._clock.setting.model_dump() | {"now": self._clock.now().isoformat()})

    async def _set_clock(self, request: web.Request) -> web.Response:
        self._clock.set(Setting.model_validate_json(await request.read()))
        self._delivery.wake()
        return await self._show_clock(request)


def _unknown() -> web.Response:
    return problem(404, "no-such-order", "The pretend Alipay has not heard of this order.")


def _shown(trade: Trade) -> dict[str, Any]:
    """A trade for tests and the command line."""
    return {
        "order": trade.order,
        "trade_no": trade.trade_no,
        "status": trade.status,
        "amount": f"{trade.amount:.2f}",
        "refunded": f"{trade.refunded:.2f}",
        "refunds": [
            {"request": request, "amount": f"{refund.amount:.2f}", "at": refund.at.isoformat()}
            for request, refund in trade.refunds.items()
        ],
        "paid_at": trade.paid_at.isoformat() if trade.paid_at else None,
        "expires_at": trade.expires_at.isoformat(),
        "code": trade.code,
    }


def _told(notice: Notice) -> dict[str, Any]:
    """A notification for tests: what it says and what became of it."""
    return {
        "order": notice.order,
        "notify_id": notice.fields["notify_id"],
        "trade_status": notice.fields["trade_status"],
        "out_biz_no": notice.fields.get("out_biz_no"),
        "forgery": notice.forgery,
        "outcome": notice.outcome,
        "answers": notice.answers,
    }
