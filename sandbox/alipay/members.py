"""The people in the pretend Alipay and its mini programs: who they are, and the messages that they get.

Codes and tokens are good as long as the real ones, a code once. Source: Alipay's documents of
`alipay.system.oauth.token`, `alipay.user.info.share` and `alipay.open.app.mini.templatemessage.send`.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.alipay.clock import Clock
from sandbox.state import State

SYSTEM, CODE, TOKEN, MEMBER, MESSAGE = "alipay", "auth_code", "access_token", "member", "template_message"
CODE_GOOD, TOKEN_GOOD = timedelta(minutes=10), timedelta(days=15)
LONGEST_DATA, LONGEST_PAGE = 2048, 128  # characters
TEMPLATE = "news-template-of-the-sandbox"


class MemberError(Exception):
    """A method is refused: `code`, `sub_code` and `sub_msg` of the answer."""

    def __init__(self, code: str, sub_code: str, says: str) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code, self.says = code, sub_code, says


class Sandboxed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Agreement(Sandboxed):
    """`POST /_sandbox/alipay/auth-codes`: a member agrees in a mini program. `scope` auth_base says no name."""

    app_id: str
    member: str = "resident"
    scope: Literal["auth_user", "auth_base"] = "auth_user"
    name: str | None = None
    id_number: str | None = None


class Settings(Sandboxed):
    """`PUT /_sandbox/alipay/members/{member}`: whether they take messages of mini programs."""

    subscribed: bool


class Fault(Sandboxed):
    """`POST /_sandbox/alipay/messages/faults`: what the next messages meet with. Without a `code` the line is cut."""

    code: str | None = None
    sub_code: str = ""
    count: int = Field(1, ge=1)


class Message(BaseModel):
    """`biz_content` of a template message."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    to_user_id: str | None = None
    to_open_id: str | None = None
    user_template_id: str
    page: str = Field(max_length=LONGEST_PAGE)
    data: str = Field(max_length=LONGEST_DATA)


class Members:
    """The members."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._faults: list[Fault] = []
        self.by_name: Mapping[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
            "alipay.system.oauth.token": self._token,
            "alipay.user.info.share": self._share,
            "alipay.open.app.mini.templatemessage.send": self._message,
        }

    def agree(self, wish: Agreement) -> str:
        """Make the code that `my.getAuthCode` gives a mini program."""
        code = secrets.token_hex(16)
        until = (self._clock.now() + CODE_GOOD).isoformat()
        self._state.put((SYSTEM, "", CODE, code, {**wish.model_dump(), "until": until}))
        return code

    def set(self, member: str, settings: Settings) -> None:
        self._state.put((SYSTEM, "", MEMBER, open_id(member), settings.model_dump()))

    def upset(self, fault: Fault) -> None:
        self._faults += [fault] * fault.count

    def struck(self, method: str) -> Fault | None:
        """What this call meets with: messages alone."""
        return self._faults.pop(0) if self._faults and method.endswith("templatemessage.send") else None

    def messages(self, member: str) -> list[dict[str, Any]]:
        """What a member was sent, oldest first."""
        to = (open_id(member), user_id(member))
        return [body for _, body in self._state.all(SYSTEM, "", MESSAGE) if body["to"] in to]

    def _token(self, params: Mapping[str, str]) -> dict[str, Any]:
        if params.get("grant_type") != "authorization_code":
            raise MemberError("40002", "isv.grant-type-invalid", "grant_type参数不正确")
        kept = self._state.get(SYSTEM, "", CODE, params.get("code", ""))
        if kept is None or kept["app_id"] != params["app_id"] or self._is_over(kept):
            raise MemberError("40002", "isv.code-invalid", "授权码code无效")
        self._state.delete(SYSTEM, "", CODE, params["code"])
        token = f"composeB{secrets.token_hex(16)}"
        until = (self._clock.now() + TOKEN_GOOD).isoformat()
        self._state.put((SYSTEM, "", TOKEN, token, {**kept, "until": until}))
        return {
            "access_token": token,
            "open_id": open_id(kept["member"]),
            "user_id": user_id(kept["member"]),
            "auth_start": f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
            "expires_in": int(TOKEN_GOOD.total_seconds()),
            "re_expires_in": 2592000,
            "refresh_token": f"composeR{secrets.token_hex(16)}",
        }

    def _share(self, params: Mapping[str, str]) -> dict[str, Any]:
        kept = self._state.get(SYSTEM, "", TOKEN, params.get("auth_token", ""))
        if kept is None or kept["app_id"] != params["app_id"] or self._is_over(kept):
            raise MemberError("20001", "aop.invalid-auth-token", "无效的访问令牌")
        if kept["scope"] != "auth_user":
            raise MemberError("40006", "isv.insufficient-user-permissions", "用户授权不足")
        member = kept["member"]
        answer = {"code": "10000", "msg": "Success", "open_id": open_id(member), "user_id": user_id(member)}
        if kept["name"] is None or kept["id_number"] is None:
            return answer | {"is_certified": "F"}
        named = {"user_name": kept["name"], "cert_type": "IDENTITY_CARD", "cert_no": kept["id_number"]}
        return answer | {"is_certified": "T", **named}

    def _message(self, params: Mapping[str, str]) -> dict[str, Any]:
        try:
            asked = Message.model_validate_json(params.get("biz_content", ""))
            data = json.loads(asked.data)
        except (ValidationError, ValueError) as exc:
            raise MemberError("40004", "INVALID_PARAMETER", "参数有误") from exc
        to = asked.to_open_id or asked.to_user_id
        if to is None:
            raise MemberError("40004", "USER_NOT_EXIST", "用户不存在")
        if asked.user_template_id != TEMPLATE:
            raise MemberError("40004", "USER_TEMPLATE_ILLEGAL", "模板非法")
        settings = self._state.get(SYSTEM, "", MEMBER, to)
        if settings is not None and not settings["subscribed"]:
            raise MemberError("40004", "USER_NOT_SUBSCRIBE", "用户未订阅该消息")
        shown = {"to": to, "app_id": params["app_id"], "page": asked.page, "data": data}
        self._state.put((SYSTEM, "", MESSAGE, secrets.token_hex(8), shown))
        return {"code": "10000", "msg": "Success"}

    def _is_over(self, kept: Mapping[str, Any]) -> bool:
        return self._clock.now() > datetime.fromisoformat(kept["until"])


def open_id(member: str) -> str:
    """What a member is called by applications."""
    return "0" + hashlib.sha256(member.encode()).hexdigest()[:46]


def user_id(member: str) -> str:
    """What a member was called by older applications: 2088 and twelve digits."""
    return f"2088{int(hashlib.sha256(member.encode()).hexdigest()[:12], 16) % 10**12:012}"
