"""Linking a resident's channels: what is wished, the code that is typed, and the yes. The desk does it and says so.

Sentences are data. A code of ten digits counts beside a word for linking, in the two halves in which it was shown, or
where one has just been asked for; what is open stays open.
"""

import re
import unicodedata
from dataclasses import replace
from typing import Literal

from pydantic import JsonValue

from actions.dialogue import stack
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.ports import Step
from actions.dialogue.session import Session
from actions.dialogue.turn import Turn
from actions.transit.naming import simplified
from desk.links import LinkChannels

type Move = Literal["offer", "enter", "confirm", "refuse", "leave", "show"]

PENDING: dict[str, JsonValue] = {"kind": "link"}
"""A code is awaited, or the yes to one."""
LONGEST = 60

_PLACE = r"(?:微博|支付宝|淘宝|微信|telegram|tg|电报|weibo|alipay|taobao|wechat)"
_OTHERS = r"(?:其他|其它|别的|另一个|另外一个|两个|几个)[^，。]{0,2}(?:账号|帐号|账户|渠道|平台|对话|聊天)"
_PLACES = rf"(?:{_PLACE}|{_OTHERS}|网页|网站|小程序)"
_BIND = r"(?:绑定|绑在一起|绑埋|绑|关联|连接|连起来|连埋|连在一起|打通|合并|同步|互通|共用)"
_PLACES_EN = (
    r"(?:telegram|weibo|alipay|taobao|wechat|web ?chat|web ?site|web ?page|channels|chats"
    r"|other (?:account|channel|app|chat)s?)"
)
_LINK = re.compile(
    rf"{_BIND}(?!不)[^，。,]{{0,6}}{_PLACES}|{_PLACE}[^，。,]{{0,10}}{_BIND}"
    rf"|{_PLACES}[^，。,]{{0,8}}(?:绑定|关联|打通|合并|同步)"
    r"|^(?:我(?:想|要)|请|帮我|点样)?(?:绑定|关联)(?:账号|帐号|渠道|对话)?$|(?:绑定|关联)码"
    rf"|\b(?:link|connect|pair|join|merge|sync)\w*\b.{{0,24}}\b{_PLACES_EN}\b"
    rf"|\b{_PLACES_EN}\b.{{0,24}}\b(?:link|pair|merge|sync)(?:ed)?\b"
    r"|\b(?:link|linking|pairing) code\b|^(?:please )?link(?: (?:my )?(?:account|accounts|chat))?$"
)
_LEAVE = re.compile(
    rf"(?:解绑|解除(?:绑定|关联|连接)|取消(?:绑定|关联|同步)|唔(?:再)?绑|唔要绑|不(?:再|要|想)(?:绑定|绑|关联|同步)|断开)"
    rf"|{_PLACE}[^，。,]{{0,6}}(?:分开|断开|解开)"
    r"|\b(?:unlink|unpair|un-link)\b|\bdisconnect\b.{0,24}\b(?:telegram|weibo|alipay|taobao|channels?|chats?)\b"
    r"|\b(?:undo|remove|cancel|stop|end) (?:the )?link(?:ing)?\b"
)
_SHOW = re.compile(
    r"(?:绑定|绑|关联|连接)(?:了|咗)?(?:哪些|哪几个|哪个|什么|几个|边啲|边几个|乜)|有(?:没有|冇)(?:绑定|绑|关联)|(?:绑定|关联)(?:了)?(?:没有|没|吗|未)"
    r"|\b(?:which|what) (?:channels|accounts|chats|apps)\b.{0,16}\b(?:linked|connected)\b|\bwhat is linked\b"
    r"|\bis (?:my )?(?:telegram|weibo|alipay|taobao) (?:linked|connected)\b"
)
_NOT_OURS = re.compile(
    r"银行|信用卡|手机|电话|医保|社保|公积金|车|户号|水费|电费|燃气|煤气|身份证|驾|学籍|邮箱|一卡通|路由|不上|不了|失败|唔到|收费|合法"
    r"|\b(?:bank|cards?|phone|mobile|e?mail|water|electric\w*|gas|meters?|bills?|cars?|licen[cs]e|wifi|wi-fi|router|failed"
    r"|road|street|line|bus|can't|cannot)\b"
)
"""Where these stand, something else is to be linked, or something else is the matter."""
_WORD = re.compile(r"绑定|绑|关联|连接|\blink\b|\bcode\b|绑定码|码")
_CODE = re.compile(r"(?<![0-9])([0-9]{5})[ \-\u3000]?([0-9]{5})(?![0-9])")
_HALVES = re.compile(r"[0-9]{5}[ \-\u3000][0-9]{5}")
_SIGNS = " 。.!！?？~～,，"


def wished(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """What a message wishes of linking; None: nothing."""
    if turn.kind == "payload":
        return _step(turn, session, offer, "leave") if turn.first("link") == "leave" else None
    said = _said(turn)
    if said is None:
        return None
    found = _CODE.search(said)
    if found is not None and (_WORD.search(said) or (_HALVES.fullmatch(said) and session.front is None)):
        return _step(turn, session, offer, "enter", "".join(found.groups()))
    if _NOT_OURS.search(said):
        return None
    steps: tuple[tuple[re.Pattern[str], Move], ...] = ((_SHOW, "show"), (_LEAVE, "leave"), (_LINK, "offer"))
    return next((_step(turn, session, offer, step) for pattern, step in steps if pattern.search(said)), None)


def settled(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """The answer to what was asked of linking: a code, a yes or a no."""
    said = _said(turn)
    if said is not None and (found := _CODE.fullmatch(said)) is not None:
        return _step(turn, session, offer, "enter", "".join(found.groups()))
    if turn.intent == "affirm":
        return _step(turn, session, offer, "confirm")
    return _step(turn, session, offer, "refuse") if turn.intent in ("deny", "cancel") else None


def _said(turn: Turn) -> str | None:
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    return simplified(unicodedata.normalize("NFKC", turn.text)).casefold().strip(_SIGNS)


def _step(turn: Turn, session: Session, offer: Offer, step: Move, code: str | None = None) -> Outcome:
    """What the desk says comes first, then the open question; but not beside the question that awaits a yes."""
    awaits = PENDING if step in ("offer", "enter") else None
    session, effect = replace(session, pending=awaits, failures=0), LinkChannels(step=step, code=code)
    if step == "enter":
        return Outcome(session, turn.locale, effects=(effect,))
    return stack.returned(session, turn, (), offer, Step(finished=True, effects=(effect,)))
