"""What is asked about the account itself, or of other people, whatever else is going on. May not know any service.

Sentences are data, matched from end to end but for those about other people: who speaks here, whether it is genuine,
and whom a number or a car belongs to. What is open stays open.
"""

import re
from collections.abc import Callable

from actions.dialogue import office_hours, stack
from actions.dialogue import replies as say
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Session
from actions.dialogue.turn import Turn
from actions.transit.naming import simplified
from desk.messages import Reply

_LONGEST = 60
_YOU = r"(?:你们|你|您|你哋|这|这里|这边|呢度|呢个|这个(?:号|账号|公众号|微博)?|对面)"
_END = r"[啊呀吧呢嘛吗么㗎咩架？?。.!！~～…\s]*"
_BEING = r"(?:机器人|机械人|真人|人工智能|人工|电脑|程序|ai|活人|bot|人)"
_BEING_EN = r"(?:real |actual )?(?:robot|bot|human|person|machine|ai|computer|chatbot)"
_WHO = re.compile(
    rf"(?:请问)?(?:那)?{_YOU}(?:到底|究竟|现在|系|系唔系|是不是|是|叫)*"
    rf"(?:谁|边个|边位|什么人|什么名字|哪位|哪个|哪里的|什么单位|乜水|做乜㗎|干什么的|咩人)(?:在说话)?{_END}"
    rf"|(?:请问)?{_YOU}(?:到底|究竟)?(?:系唔系|是不是|是|系)(?:一个|个)?{_BEING}"
    rf"(?:还是|定系|还系)?(?:一个|个)?{_BEING}?(?:在)?(?:回复|客服|来)?{_END}"
    r"|(?:so |hey |and )?(?:who|what) (?:are|r) (?:you|u)|who(?:'s| is) (?:this|there|speaking)"
    r"|who am i (?:talking|speaking|chatting) (?:to|with)"
    rf"|(?:wait,? )?(?:are|r) (?:you|u) (?:a |an |just a |even )?{_BEING_EN}(?: or (?:a |an )?\w+)?"
    rf"|is this (?:a |an )?{_BEING_EN}",
)
_DOUBT = re.compile(
    r"骗子|骗人|诈骗|呃人|假的|冒充|山寨|官方|正规|靠谱|可信|真的假的"
    r"|\b(?:scam\w*|fraud|fake|official|genuine|legit\w*|phishing|trust)\b"
)
_OF_US = re.compile(rf"{_YOU}|\b(?:you|u|this)\b")
_ASKED = re.compile(
    r"[吗么咩？?]|是不是|系唔系|系咪|会不会|证明|怎么知道|点知|凭什么|真的假的"
    r"|\b(?:are|is|prove|how do i know|how can i|can i)\b"
)
_OWNER = re.compile(
    r"(?:车主|机主|户主|业主|房东|司机|号主)(?:的)?(?:本人)?(?:的)?(?:电话|手机|联系方式|号码|姓名|名字|名称|地址|住址|住|身份证|信息|资料|是谁|系边个|叫)"
    r"|(?:查|找|搵|问)[^，。,.]{0,4}(?:车主|机主)(?!要|需)"
    r"|(?:谁|边个|哪个人|什么人)(?:的|嘅)(?:车|电话|手机|号码|房子)"
    r"|(?:车|车牌|电话|手机号?|号码)[^，。,.]{0,8}(?:是谁的|系边个嘅|属于谁)"
    r"|(?:查|找|看|搵)[^，。,.]{0,3}(?:别人|他人|人家|邻居|前妻|前夫|前女友|前男友|老板)(?:的|嘅)?[^，。,.]{0,4}"
    r"(?:电话|手机|地址|住址|身份证|车|违章|社保|公积金|账单|信息|记录|开房|行踪|位置)"
    r"|\bowner(?:'?s)?\b.{0,12}\b(?:phone|number|name|address|id|details|who)\b"
    r"|\b(?:phone|number|name|address|details|who)\b.{0,24}\bowner\b"
    r"|\bwhose (?:car|plate|number|phone|vehicle)\b|\bwho (?:owns|drives)\b"
    r"|\b(?:someone|somebody|my neighbou?r|my ex|my boss|another person)(?: else)?'?s (?:\w+ ){0,2}"
    r"(?:phone|number|address|record|fines?|pension|account|bill|id)\b"
)
_SIGNS = re.compile(r"[\s？?。.!！,，~～…]+$")


def aside(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """The answer, if the sentence is one of these."""
    if turn.kind != "text" or len(turn.text) > _LONGEST:
        return None
    said = simplified(turn.text).casefold().strip()
    for is_it, key in _ASIDES:
        if is_it(said):
            args = {"city": say.named(turn.city), **say.agency_args(offer.account_agency(turn.city, turn.channel))}
            buttons = [say.HUMAN] if session.open else [say.LIST, say.HUMAN]
            return stack.returned(session, turn, (Reply(key=key, args=args, buttons=buttons),), offer)
    return office_hours.told(turn, session, offer)


def _asks_who(said: str) -> bool:
    return _WHO.fullmatch(_SIGNS.sub("", said)) is not None


def _doubts(said: str) -> bool:
    return all(pattern.search(said) is not None for pattern in (_DOUBT, _OF_US, _ASKED))


def _asks_of_others(said: str) -> bool:
    return _OWNER.search(said) is not None


_ASIDES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_asks_of_others, "common.others_data"),
    (_asks_who, "common.who_speaks"),
    (_doubts, "common.is_genuine"),
)
