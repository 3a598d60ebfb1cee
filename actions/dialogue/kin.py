"""Whether a sentence is about what belongs to somebody of the family. May not know any one service."""

import re
from dataclasses import replace

from actions.dialogue.offer import Offer
from actions.dialogue.turn import NOT_UNDERSTOOD, Turn
from actions.services import RecordService
from actions.transit.naming import simplified

_KIN = (
    "爸爸|爸|妈妈|妈咪|妈|父亲|母亲|父母|爸妈|老爸|老妈|老豆|老窦|老母|阿爸|阿妈|爹|娘|爷爷|奶奶|公公|婆婆|外公|外婆|姥姥|姥爷|阿公|阿婆"
    "|嫲嫲|岳父|岳母|丈人|丈母娘|老丈人|老婆|老公|妻子|丈夫|太太|先生|爱人|媳妇|对象|男朋友|女朋友|未婚妻|未婚夫|儿子|女儿|闺女|孩子|小孩"
    "|娃|仔|囡|孙子|孙女|哥哥|哥|姐姐|姐|弟弟|弟|妹妹|妹|家姐|细佬|细妹|大佬|叔叔|叔|伯伯|伯父|舅舅|舅|姨妈|阿姨|姨|姑姑|姑妈|姑|侄子|侄女|外甥"
    "|亲戚|家人|家里人|屋企人|家属|老人|朋友|同事|同学|室友|员工|邻居|别人|他人|人家"
)
_OF = re.compile(
    rf"(?:我|俺|咱|我家|我们家|我屋企|帮|替|给|同|代|查|看|睇|问)(?:一下|下|个|的|嘅|阵)?(?:{_KIN})(?!公司|单位)|(?:{_KIN})(?:的|嘅)(?!公司|单位|身份证复印)"
)
_KIN_EN = (
    "wife|husband|spouse|partner|fiance|fiancée|fiancee|boyfriend|girlfriend|mother|father|mum|mom|dad|parents?|son|daughter|child|children|kids?"
    "|brother|sister|grand(?:mother|father|ma|pa|parents|son|daughter)|uncle|aunt|cousin|nephew|niece|in-law|family|friend|colleague|employee|neighbou?r"
)
_OF_EN = re.compile(
    rf"\b(?:my|his|her|our|their|the) (?:\w+ )?(?:{_KIN_EN})(?:s|['’]s|s['’])?\b(?!\S* (?:company|employer))"
    r"|\b(?:someone|somebody|anyone) else(?:['’]s)?\b|\bfor (?:him|her|them)\b"
)
_OWN = re.compile(
    r"我自己|我本人|本人的|(?:我的|我嘅|自己的|自己嘅)(?:社保|公积金|养老|医保|记录|账户|余额|缴费)"
    r"|\bmy own\b|\bmyself\b|\bmy (?:social insurance|pension|housing fund|fund|record|balance|contributions)\b"
)


def is_of_kin(text: str) -> bool:
    """Whether what is wished is of a relative, or of somebody else; not where the resident's own is named."""
    said = simplified(text).casefold()
    return (_OF.search(said) or _OF_EN.search(said)) is not None and not is_own(text)


def is_own(text: str) -> bool:
    """Whether the resident's own is named."""
    return _OWN.search(simplified(text).casefold()) is not None


def about_a_record(turn: Turn, offer: Offer) -> Turn:
    """The turn as a wish for a record of the city's, where a relative's is wished and that was not understood.

    The service says then who may see it.
    """
    if turn.kind != "text" or turn.intent not in NOT_UNDERSTOOD or not is_of_kin(turn.text):
        return turn
    said = simplified(turn.text).casefold()
    for name, declared in offer.declared.items():
        wanted = isinstance(declared, RecordService) and any(word in said for word in declared.called)
        if wanted and offer.offers(turn.city, name):
            return replace(turn, intent=name)
    return turn
