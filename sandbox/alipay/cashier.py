"""The cashier: pages on which a person pays, or gives up. In Chinese, for a phone, and marked as pretend."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from sandbox.alipay.clock import Clock, wire_time
from sandbox.alipay.identity import APP_ID, SELLER_ID, Keys
from sandbox.alipay.ledger import Ledger
from sandbox.alipay.signatures import sign, text_of
from sandbox.alipay.trades import Trade, TradeError

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
UNSIGNED = frozenset({"sign", "sign_type"})

PAGE = """<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · 模拟收银台</title>
<style>
body {{ margin: 0; font: 1.0625rem/1.6 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif;
  background: #f3f5f9; color: #1c2330 }}
.pretend {{ margin: 0; padding: .6rem 1rem; background: #7a2e00; color: #fff; text-align: center }}
main {{ box-sizing: border-box; max-width: 26rem; margin: 1.5rem auto; padding: 1.5rem 1.25rem; background: #fff;
  border-radius: .75rem }}
h1 {{ margin: 0 0 1rem; font-size: 1.25rem; text-align: center }}
.amount {{ margin: 0 0 1rem; font-size: 2.25rem; font-weight: 600; text-align: center }}
dl {{ display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; margin: 0 0 1.5rem }}
dt {{ color: #55607a }} dd {{ margin: 0; text-align: right; overflow-wrap: anywhere }}
button, a.button {{ display: block; box-sizing: border-box; width: 100%; min-height: 3rem; margin: 0 0 .75rem;
  padding: .6rem; border: 0; border-radius: .5rem; background: #0b5bd3; color: #fff; font: inherit;
  text-align: center; text-decoration: none; cursor: pointer }}
button.quiet {{ background: #e6eaf2; color: #1c2330 }}
:focus-visible {{ outline: 3px solid #ffb200; outline-offset: 2px }}
</style></head><body>
<p class="pretend" role="note">模拟支付：这不是支付宝，不会扣款。<span lang="en">Pretend: no money moves.</span></p>
<main><h1>{title}</h1>{content}</main></body></html>
"""


@dataclass(frozen=True)
class Cashier:
    """`/alipay/qr/<code>` is what a scanned QR code opens, `/alipay/cashier/<code>` where a pay page leads.

    Only the second goes back to the merchant by itself: who scanned a code on a screen stays on their phone.
    """

    ledger: Ledger
    keys: Keys
    clock: Clock

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/alipay/{via:qr|cashier}/{code}", self._show),
            web.post("/alipay/{via:qr|cashier}/{code}", self._decide),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        trade = self.ledger.of_code(request.match_info["code"])
        if trade is None:
            return _unknown()
        if request.match_info["via"] == "qr":
            try:
                trade = self.ledger.scan(trade)
            except TradeError:
                return _page("二维码已失效", "<p>请回到商家页面重新获取二维码。</p>", status=410)
        return self._at(trade, request.match_info["via"])

    def _at(self, trade: Trade, via: str) -> web.Response:
        """The page of a trade as it stands."""
        match trade.status:
            case "TRADE_SUCCESS":
                return _page("支付成功", _what(trade) + self._way_back(trade, via))
            case "TRADE_CLOSED":
                return _page("交易已关闭", _what(trade) + self._way_back(trade, via), status=410)
            case "UNSCANNED":
                return _unknown()
            case "WAIT_BUYER_PAY":
                buttons = (
                    '<form method="post"><button name="do" value="pay">确认付款</button>'
                    '<button class="quiet" name="do" value="give_up">放弃付款</button></form>'
                )
                return _page("确认付款", _what(trade) + buttons)

    async def _decide(self, request: web.Request) -> web.Response:
        via = request.match_info["via"]
        trade = self.ledger.of_code(request.match_info["code"])
        if trade is None:
            return _unknown()
        if (await request.post()).get("do") != "pay":
            back = trade.quit_url or trade.return_url
            if via == "cashier" and back:
                return web.Response(status=303, headers={"Location": back})
            return _page("已放弃付款", _what(trade) + "<p>没有付款。可以重新扫码，继续支付。</p>")
        try:
            trade = self.ledger.pay(trade)
        except TradeError:
            return self._at(trade, via)  # paid or closed meanwhile: the page says so
        if via == "cashier" and trade.return_url:
            return web.Response(status=303, headers={"Location": self._return(trade, trade.return_url)})
        return self._at(trade, via)

    def _way_back(self, trade: Trade, via: str) -> str:
        if via != "cashier" or not trade.return_url:
            return ""
        return f'<a class="button" href="{escape(self._return(trade, trade.return_url))}">返回商家</a>'

    def _return(self, trade: Trade, url: str) -> str:
        """The merchant's address with what the browser brings along, which is never a proof of payment."""
        params = {
            "charset": "utf-8",
            "out_trade_no": trade.order,
            "method": "alipay.trade.wap.pay.return",
            "total_amount": f"{trade.amount:.2f}",
            "trade_no": trade.trade_no,
            "auth_app_id": APP_ID,
            "version": "1.0",
            "app_id": APP_ID,
            "sign_type": "RSA2",
            "seller_id": SELLER_ID,
            "timestamp": wire_time(self.clock.now()),
        }
        params["sign"] = sign(text_of(params, without=UNSIGNED), self.keys.alipay)
        return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def refused(code: str, says: str) -> web.Response:
    """The page instead of a cashier when the merchant's request is wrong."""
    return _page("无法支付", f"<p>{escape(says)}</p><p><code>{escape(code)}</code></p>", status=400)


def _unknown() -> web.Response:
    return _page("交易不存在", "<p>没有这笔交易，或者它已被清除。</p>", status=404)


def _what(trade: Trade) -> str:
    rows: Mapping[str, str] = {"商品": trade.subject, "订单号": trade.order, "收款方": "模拟商户"}
    lines = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f'<p class="amount">¥{trade.amount:.2f}</p><dl>{lines}</dl>'


def _page(title: str, content: str, *, status: int = 200) -> web.Response:
    text = PAGE.format(title=title, content=content)
    return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)
