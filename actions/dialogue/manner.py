"""How a conversation is held: `elderly` is shorter, with fewer things at a time. May not know any service.

The desk keeps the manner and chooses the texts (`<key>@elderly`); here it is wished, and menus are cut short.
"""

import re
from dataclasses import replace

from actions.dialogue import replies as say
from actions.dialogue import stack
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.ports import Step
from actions.dialogue.session import Session
from actions.dialogue.turn import Turn
from actions.transit.naming import simplified
from desk.messages import Button, ChangeManner, Manner, Reply

LONGEST = 60
FEW = 4
"""So many services stand on buttons in the elderly manner; the list of all is one more."""
MENU_KEPT = frozenset({"common.services"})
"""Replies that list all services because that was asked."""

_MODE = r"(?:长辈|长者|老年人?|老人家?|敬老|关怀|关爱|适老|大字|简易|简洁|无障碍)(?:版|模式|服务|界面)"
_ON = re.compile(
    rf"{_MODE}"
    r"|(?:字|字体|文字|字号)(?:能不能|可不可以|可以|请)?(?:再|放|调|变|弄)?(?:大|粗)(?:一?点|啲|些)?(?:儿|吗|么|吧|好吗)?$"
    r"|(?:放|调|变|弄)大(?:一?点|啲)?(?:字|字体|文字)|大(?:一?点|啲)(?:的|嘅)?(?:字|字体)$|用大字"
    r"|(?:字|字体)(?:太|好|咁)(?:小|细)|看不清(?:楚)?(?:你的|你们的|屏幕上的|这些)?(?:字|文字)|睇唔清(?:楚)?(?:啲)?字"
    r"|(?:说|讲|写)(?:得|嘅)?(?:再|能不能)?(?:简单|简短|短|慢)(?:一?点|啲|些)?(?:儿|吗|么|吧|好吗)?$"
    r"|(?:简单|简短)(?:一?点|啲|些)(?:说|讲|写)|一样一样(?:来|问|说)|一个一个问"
    r"|\b(?:elderly|senior|seniors|easy|simple|care|large[- ]print) (?:mode|version|view)\b"
    r"|\b(?:bigger|larger|large|big) (?:letters|text|font|type|print|characters|words)\b"
    r"|\b(?:letters|text|font|type|print|words)(?: is| are|'s)? (?:too|so|very) (?:small|tiny|little)\b"
    r"|\b(?:make|keep|say|put) it (?:simple|simpler|short|shorter)\b|^simpler$"
    r"|\b(?:simpler|shorter|more simply),? please\b|\bone (?:question|thing) at a time\b"
)
_OFF = re.compile(
    rf"(?:关闭|关掉|关了|关|退出|取消|不要|不用|唔要|唔使|切回|停用)[^，。]{{0,4}}{_MODE}"
    r"|(?:普通|标准|正常|常规|一般)(?:版|模式|字体|界面)|(?:字|字体)(?:调|改|变)?(?:小|细)(?:一?点|啲)"
    r"|\b(?:normal|standard|regular|usual) (?:mode|version|view|size|text|letters)\b"
    r"|\bsmaller (?:letters|text|font|print)\b"
    r"|\b(?:turn off|leave|exit|stop|no more) (?:the )?(?:elderly|senior|easy|simple) mode\b"
)
_NOT_OURS = re.compile(r"路牌|公示|招牌|标志|牌子|报纸|账单上|\b(?:sign|bill|notice board|billboard)\b")
"""Where these stand, letters are those of something in the city."""


def wished(turn: Turn) -> Manner | None:
    """The manner that a message wishes, if it wishes one."""
    if turn.kind == "payload" and (chosen := turn.first("manner")) is not None:
        return "elderly" if chosen == "elderly" else "standard"
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    said = simplified(turn.text).casefold().strip(" 。.!！?？~～,，")
    if _NOT_OURS.search(said):
        return None
    if _OFF.search(said):
        return "standard"
    return "elderly" if _ON.search(said) else None


def changed(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """Change the manner, say so, and go on with what is open; None where nothing of the kind is wished."""
    manner = wished(turn)
    if manner is None:
        return None
    titles = {} if session.open else dict(list(offer.titles(turn.city).items())[:FEW])
    other: Manner = "standard" if manner == "elderly" else "elderly"
    buttons = [*say.service_buttons(titles), *([say.LIST] if titles else []), button(other)]
    reply = Reply(key=f"common.manner_{manner}", buttons=buttons)
    step = Step(finished=True, effects=(ChangeManner(manner=manner),))
    return stack.returned(replace(session, failures=0), replace(turn, manner=manner), (reply,), offer, step)


def fewer(outcome: Outcome, turn: Turn, offer: Offer) -> Outcome:
    """The outcome with short menus, where the conversation is held so."""
    if turn.manner != "elderly":
        return outcome
    return replace(outcome, replies=tuple(_cut(reply, offer) for reply in outcome.replies))


def button(manner: Manner) -> Button:
    """A button that changes the manner."""
    return Button(title=say.text(f"button.manner_{manner}"), payload=f'/change_language{{"manner": "{manner}"}}')


def _cut(reply: Reply, offer: Offer) -> Reply:
    menu = [one for one in reply.buttons if one.payload.removeprefix("/") in offer.declared]
    if len(menu) <= FEW or reply.key in MENU_KEPT:
        return reply
    kept = [one for one in reply.buttons if one not in menu[FEW:] and one != say.LIST]
    at = kept.index(menu[FEW - 1]) + 1
    return reply.model_copy(update={"buttons": [*kept[:at], say.LIST, *kept[at:]]})
