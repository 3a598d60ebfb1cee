"""Whether a resident will not give what is being asked for. May not know what that is.

Not wanting to go on at all (不填了, "never mind") is none of these: that ends what is being done.
"""

import re

from actions.dialogue.turn import Turn
from actions.transit.naming import simplified

LONGEST = 40
_GIVE = r"(?:给|留|说|告诉|提供|填写?|写|透露|报|俾|畀|讲|话|输入?|泄露|公开)"
_DECLINES = re.compile(
    rf"(?:不|别|唔|没法|没办法|拒绝|懒得)(?:太|是很|怎么)?(?:想|愿意?|能|会|要|方便|打算|肯|可以|便)?(?:再|随便|乱)?{_GIVE}(?!别人|他人|错|过)"
    rf"|(?:不|唔)(?:太)?方便|(?:必须|一定|非)(?:要|得)?{_GIVE}"
    rf"|(?:可以|能|可唔可以|得唔得|可不可以|能不能)(?:不|唔){_GIVE}|隐私|保密"
    r"|\b(?:won['’]?t|will not|do(?:n['’]?t| not) (?:want|wish|like) to|not going to|not gonna"
    r"|(?:would|['’]d) rather not|rather not|prefer not(?: to)?|refuse to|can(?:['’]t|not)|not comfortable(?: with)?"
    r"|do i (?:have|need) to|must i|no need to)"
    r"(?: \w+)? ?(?:giv(?:e|ing)|shar(?:e|ing)|tell(?:ing)?|provid(?:e|ing)|leav(?:e|ing)"
    r"|say(?:ing)?|send(?:ing)?|enter(?:ing)?|type|typing)\b"
    r"|\b(?:i['’]?d |i would )?(?:rather|prefer) not\b|\bthat['’]?s private\b"
)
_SKIPS = re.compile(
    r"(?:先|就|那)?(?:跳过|略过|跳咗佢|下一个|下一项|下一步|先不填|暂时不填|空着|留空|没有|冇|无)(?:这个|这项|呢个|这一项)?(?:吧|啦|先)?"
    r"|(?:please )?(?:skip|pass|next|leave (?:it|that) (?:blank|empty|out))(?: (?:it|this|that|this one))?(?: please)?"
    r"|(?:i )?(?:do not|don['’]?t) have (?:one|it|any|that)|none|i have none"
)
_LACKS = re.compile(
    r"(?:我|我们|我哋)?(?:没有?|冇|无)(?:带|有)?(?:电话|手机号?|号码|身份证|通行证|户号|车架号|单子|账单|行驶证|这个|呢样|那个)(?:啊|呀|喎|㗎|的|嘅|号)*"
    r"|(?:i )?(?:do not|don['’]?t|haven['’]?t) (?:have|got) (?:an? |my |any |the )?"
    r"(?:phone|mobile|number|id|card|permit|account|bill|vin)(?: \w+)?"
)
_BARE_NO = re.compile(
    r"(?:不|不要|不用|不行|不给|不好|不了|不想|不可以|唔|唔好|唔要|唔得|唔想|唔使"
    r"|no|nope|nah|no way|no thanks?|no thank you)[啊呀吧啦的了嘅喇]*"
)
_WHY = re.compile(
    r"为什么|为啥|干嘛|干啥|干什么|做什么用|有什么用|有啥用|凭什么|凭啥|点解|做乜|做咩|要来做|要嚟做|用来干"
    r"|\b(?:why|what for|what do you need)\b"
)
_ASKED = re.compile(
    r"要|给|填|留|问|管|知|查|用|提供|俾|畀|话|\b(?:need|want|ask|give|have to|should|must|require|for)\b"
)
_ENDS = re.compile(r"了$|\bany ?more$")
"""What gives up the whole of it."""


def declines(turn: Turn) -> bool:
    """Whether a sentence says that something is not given, or is to be passed over, whatever it is understood as."""
    said = _said(turn)
    if not said or _ENDS.search(said):
        return False
    return _SKIPS.fullmatch(said) is not None or _DECLINES.search(said) is not None


def lacks(turn: Turn) -> bool:
    """Whether a sentence says that the resident has no such thing, and no more."""
    return _LACKS.fullmatch(_said(turn)) is not None


def answers_to_asking(turn: Turn) -> bool:
    """Whether a sentence speaks of what is asked for instead of giving it."""
    return declines(turn) or lacks(turn) or asks_why(turn)


def is_bare_no(turn: Turn) -> bool:
    """Whether a sentence is a no, and no more."""
    return _BARE_NO.fullmatch(_said(turn)) is not None


def asks_why(turn: Turn) -> bool:
    """Whether a sentence asks what something is wanted for."""
    said = _said(turn)
    return _WHY.search(said) is not None and (len(said) <= 6 or _ASKED.search(said) is not None)


def _said(turn: Turn) -> str:
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return ""
    return simplified(turn.text).casefold().strip(" ,，。.!！?？~～、")
