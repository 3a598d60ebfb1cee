"""Whether a sentence names a value only to refuse it ("not A, B", A不是我的车，B才是). May not know any field."""

import re

from values.writing import plain

_BEFORE = re.compile(
    r"(?:不是|并非|不要|不坐|不用|不选|不去|不查|不办|不约|不挂|不交|别用|别选|唔是|唔系|唔要|唔坐|唔去|唔查"
    r"|\bnot|n['’]t|\bnever|\binstead of|\brather than|\bexcept)"
    r"(?:[\s:：“\"'「]|车牌号?|户号|号码|证号|手机号?|电话|地点|日期|时间|是"
    r"|on|at|the|for|plate|number|account|my|it's|it is)*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[\s”\"'」，,]*(?:这个|那个|呢个|嗰个|的|号|号码|车牌)*\s*"
    r"(?:(?:不是|唔系|唔是)(?![^，,。;；]*[吗么咩嘛])|不对|唔对|唔啱|错了|是错的|有误|写错|打错|作废|不要了|不用了|唔要|才怪"
    r"|(?:is|was|are|were)\s*(?:not|n't|wrong|incorrect|a typo)|(?:isn|wasn)['’]?t|wrong\b|doesn['’]?t)",
    re.IGNORECASE,
)
REACH = 24
"""So many characters beside a value say whether it is refused."""


def is_refused(text: str, value: str) -> bool:
    """Whether every mention of a value in a text is one that refuses it; False where it is not mentioned."""
    said, name = plain(text), plain(value)
    if not name:
        return False
    places = [found.start() for found in re.finditer(re.escape(name), said)]
    return bool(places) and all(_refuses(said, place, place + len(name)) for place in places)


def _refuses(said: str, start: int, end: int) -> bool:
    return bool(_BEFORE.search(said[max(0, start - REACH) : start]) or _AFTER.match(said[end : end + REACH]))
