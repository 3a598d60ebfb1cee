"""What appointment a sentence is about: the one being made, or one that stands; or whether it only asks when it is."""

import re
from dataclasses import replace

from actions.dialogue.session import Frame
from actions.dialogue.turn import NOT_UNDERSTOOD, Turn
from actions.services import AppointmentService, Service
from actions.transit.naming import simplified

GIVING_UP = (
    *("取消", "不去了", "不来了", "不來了", "退掉", "退号", "退號", "撤销", "撤銷", "不约了", "不約了", "不想去"),
    *("唔去", "唔嚟", "唔约", "唔約", "去不了", "去唔到", "作废", "作廢", "不要了", "唔要"),
    *("cancel", "give up", "call off", "drop", "not coming", "can't come", "cannot come", "won't come", "can't make"),
)
"""Words by which an appointment is given up rather than moved."""
CASE = "case"
"""Under this name a frame's `shown` has the case that it changes, and a button the case that it is about."""

_WHEN = (
    r"(?:什么时候|啥时候|什么时间|几点|哪天|哪一天|几号|何时|几时|边日|边一日|星期几|周几|礼拜几|在哪|去哪|哪里|哪儿|边度|哪家)"
    r"(?!有|能|可以|可|放|开|方便|合适|出)"
)
_ASKS = re.compile(
    r"(?:我|俺|我们|我哋)(?:的|嘅)?(?:那个|个|嗰个)?(?:预约|挂号|号|登记)(?:的|嘅)?(?:时间|日子|地点)?"
    rf"(?:是|系|在|约在|定在)?{_WHEN}"
    rf"|^(?:那个|这个|嗰个|呢个|个)(?:预约|号)(?:是|系|在)?{_WHEN}"
    rf"|(?:我|俺|我们|我哋)?(?:预约|约|挂)(?:的|嘅|了|咗|左)(?:号)?(?:是|系|在)?{_WHEN}"
    rf"|(?:我|我们|我哋)(?:是|应该|到底|究竟)?{_WHEN}(?:去|过去|要去|来|到)(?:办|登记|看病|领证|看医生|就诊)?$"
    r"|(?:查|看|查询|查看|睇|查下|睇下)(?:一下|下|看)?(?:我|我们|我哋)(?:的|嘅)?预约"
    r"|(?:我|我们)(?:的)?预约(?:呢|情况|状态|信息|成功了吗|好了吗|约上了吗)"
    r"|(?:我)?约(?:上|好|到|成功)(?:了)?(?:吗|没|没有|未)"
    r"|\b(?:when|what time|what day|what date|which day|where)(?:['’]s| is| was| are| do i have| did i (?:make|book))"
    r"(?: my| our| the)? (?:appointment|booking|registration appointment|visit|slot)"
    r"|\b(?:do i|did i) (?:still )?(?:have|book|make|get) (?:an? |my |the )?(?:appointment|booking|slot)"
    r"|\bwhen am i (?:booked|going|due)|\b(?:check|see|show)(?: me)? my (?:appointment|booking)s?\b"
)
_CHANGES = re.compile(r"改|换|调整|推迟|提前|取消|退|\b(?:change|move|cancel|reschedule|postpone|earlier|later)\b")
_ASKING = frozenset({"change_appointment", "request_status", "inform", "correct", "affirm"}) | NOT_UNDERSTOOD


def asks_when(turn: Turn, service: Service | None) -> bool:
    """Whether a sentence asks when or where an appointment is that was made; `service` is what it was understood as."""
    if turn.kind != "text" or not (turn.intent in _ASKING or isinstance(service, AppointmentService)):
        return False
    said = simplified(turn.text).casefold().strip(" ?？!！。.，,啊呀呢")
    return _ASKS.search(said) is not None and _CHANGES.search(said) is None


def of_what_is_made(turn: Turn, front: Frame | None, service: Service | None) -> Turn:
    """The turn as a correction, or the end, of the appointment in front that is only being made (of `service`).

    Where an appointment is meant that stands already, its number is given, or its button was pressed.
    """
    if front is None or front.shown.get(CASE) or not isinstance(service, AppointmentService):
        return turn
    if turn.intent != "change_appointment" or turn.kind != "text" or turn.has(("reference", CASE)):
        return turn
    said = turn.text.casefold()
    gives_up = any(word in said for word in GIVING_UP) and not turn.has(("date", "time", "office", "department"))
    return replace(turn, intent="cancel" if gives_up else "correct")
