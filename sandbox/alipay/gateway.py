"""`/alipay/gateway.do`: the envelope around the methods. RSA2 both ways. Alipay's open-platform documents."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import ValidationError

from sandbox.alipay.cashier import refused
from sandbox.alipay.clock import SHANGHAI, Clock
from sandbox.alipay.identity import APP_ID, Keys, is_mini_program
from sandbox.alipay.members import MemberError, Members
from sandbox.alipay.methods import Answer, Methods
from sandbox.alipay.signatures import is_signed, sign, text_of
from sandbox.alipay.trades import TradeError

PAGES = ("alipay.trade.wap.pay", "alipay.trade.page.pay")
REQUIRED = ("method", "app_id", "sign_type", "sign", "timestamp", "version")
NAMES = {"sign": "signature"}  # where the error's name is another than the parameter's
TOLERANCE = timedelta(minutes=10)  # documents ask for the format only; a clock in another zone is caught by this
UNSIGNED = frozenset({"sign"})
HTML = "text/html"  # what the real gateway calls its JSON


class GatewayError(Exception):
    """The envelope is wrong: `code` and `sub_code` of the answer, which is not signed."""

    def __init__(self, code: str, sub_code: str, says: str) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code, self.says = code, sub_code, says


@dataclass(frozen=True)
class Gateway:
    """The gateway over the methods."""

    methods: Methods
    members: Members
    keys: Keys
    clock: Clock

    async def handle(self, request: web.Request) -> web.Response:
        """Parameters may stand in the query or in the form: they are one."""
        form = await request.post()
        params = dict(request.query) | {name: value for name, value in form.items() if isinstance(value, str)}
        method = params.get("method", "")
        if method in PAGES:
            return self._page(method, params)
        known = method in self.methods.by_name or method in self.members.by_name
        name = method.replace(".", "_") + "_response" if known else "error_response"
        try:
            self._check(params)
            if method in self.members.by_name:
                return self._of_members(request, method, params, name)
            node = self._carry_out(method, params, f"{request.scheme}://{request.host}")
        except GatewayError as exc:
            return _response(name, _text(exc.code, "Invalid Arguments", exc.sub_code, exc.says), None)
        return _response(name, node, sign(node, self.keys.alipay))

    def _of_members(self, request: web.Request, method: str, params: Mapping[str, str], name: str) -> web.Response:
        """A method that is about people. Its answer may be lost on the way."""
        fault = self.members.struck(method)
        try:
            if fault is not None and fault.code is not None:
                raise MemberError(fault.code, fault.sub_code, "故障")
            node = _dump(self.members.by_name[method](params))
        except MemberError as exc:
            node = _text(exc.code, "Failed", exc.sub_code, exc.says)
        if fault is not None and fault.code is None and request.transport is not None:
            request.transport.close()
        return _response(name, node, sign(node, self.keys.alipay))

    def _page(self, method: str, params: Mapping[str, str]) -> web.Response:
        try:
            self._check(params)
            trade = self.methods.page(
                method, params["biz_content"], notify_url=params.get("notify_url"), return_url=params.get("return_url")
            )
        except GatewayError as exc:
            return refused(exc.sub_code, exc.says)
        except TradeError as exc:
            return refused(exc.code, exc.says)
        except ValidationError as exc:
            return refused("ACQ.INVALID_PARAMETER", _wrong(exc))
        return web.Response(status=302, headers={"Location": f"/alipay/cashier/{trade.code}"})

    def _carry_out(self, method: str, params: Mapping[str, str], origin: str) -> str:
        """The text of the answer's node."""
        try:
            answer = self.methods.by_name[method](params["biz_content"], origin, params.get("notify_url"))
        except TradeError as exc:
            return _text("40004", "Business Failed", exc.code, exc.says)
        except ValidationError as exc:
            return _text("40004", "Business Failed", "ACQ.INVALID_PARAMETER", _wrong(exc))
        return _dump({"code": "10000", "msg": "Success"} | answer)

    def _check(self, params: Mapping[str, str]) -> None:
        """Raises GatewayError: the envelope is not that of a request of our one application."""
        for name in REQUIRED:
            if not params.get(name):
                raise GatewayError("40001", f"isv.missing-{NAMES.get(name, name).replace('_', '-')}", f"缺少{name}参数")
        if params["app_id"] != APP_ID and not is_mini_program(params["app_id"]):
            raise GatewayError("40002", "isv.invalid-app-id", "无效的AppID参数")
        if params["sign_type"] != "RSA2":
            raise GatewayError("40002", "isv.invalid-signature-type", "无效签名类型")
        if params.get("charset", "utf-8").lower() != "utf-8":
            raise GatewayError("40002", "isv.invalid-charset", "非法的字符集")
        if not self._is_about_now(params["timestamp"]):
            raise GatewayError("40002", "isv.invalid-timestamp", "非法的时间戳参数")
        if not is_signed(text_of(params, without=UNSIGNED), params["sign"], self.keys.app):
            raise GatewayError("40002", "isv.invalid-signature", "无效签名")
        if params["method"] not in (*self.methods.by_name, *self.members.by_name, *PAGES):
            raise GatewayError("40002", "isv.invalid-method", "不存在的方法名")
        if params["method"] not in self.members.by_name and not params.get("biz_content"):
            raise GatewayError("40001", "isv.missing-biz-content", "缺少biz_content参数")

    def _is_about_now(self, text: str) -> bool:
        try:
            at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
        except ValueError:
            return False
        return min(abs(at - self.clock.now()), abs(at - self.clock.true())) <= TOLERANCE


def _response(name: str, node: str, signature: str | None) -> web.Response:
    tail = "" if signature is None else f',"sign":{_dump(signature, slashes=False)}'
    return web.Response(text=f'{{"{name}":{node}{tail}}}', content_type=HTML, charset="utf-8")


def _text(code: str, message: str, sub_code: str, says: str) -> str:
    return _dump({"code": code, "msg": message, "sub_code": sub_code, "sub_msg": says})


def _dump(value: Answer | str, *, slashes: bool = True) -> str:
    r"""JSON as the real gateway writes it: slashes of values as `\/`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/") if slashes else text


def _wrong(exc: ValidationError) -> str:
    names = sorted({str(error["loc"][0]) for error in exc.errors() if error["loc"]})
    return f"参数无效: {', '.join(names) or 'biz_content'}"
