"""Where something is, in a resident's words or as a shared point. There is no geocoder: a place that names a road, a
crossing, an estate, a building or a landmark is taken as written. One that is relative to who speaks is not, nor is a
sentence or a courtesy: where nothing says what kind of place it is, no grammar may stand in it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from values.definition import Accepted, Json, Reading, Rejected, ValueType
from values.place_words import GENERIC, GENERIC_ENGLISH
from values.speech import SENTENCE, SENTENCE_HAN
from values.writing import has_han, normalised

LONGEST = 120
MUCH_GRAMMAR = 3
"""So many English words of grammar make a sentence of what names a road."""
GEO = "geo:"
"""A point is written as RFC 5870 has it: geo:30.274120,120.155150 (WGS 84)."""

_LEAD = re.compile(
    r"^\s*(?:(?:不对|不對|不是|唔係|唔啱|错了|錯了|(?:好的|好|對|对)(?=[，,。\s但不])|應該|应该|但是|但係|但|不过|不過|可是|只是|把|将|將|地点|地點|位置|地址"
    r"|要?改(?:成|为|為|到|做)|换(?:成|到)|換(?:成|到)|就|是|在|喺|係|嘅|的|：|:|，|,|\s)+"
    r"|(?:(?:yes|ok|okay|sure|right|correct|but|except|however|actually|wait|please|no|sorry)(?=[\s,.])[\s,.]*)+"
    r"|(?:please )?(?:change|set|move|correct) (?:the |it |that )?(?:place |address |location )?(?:to |into )"
    r"|(?:it(?:'s| is| should be)|(?:the )?(?:place|address|location) (?:is|should be|to)|at|on|in|address:?|place:?)"
    r"\s+)+",
    re.IGNORECASE,
)
_NOT_FIRST = re.compile(r"^\s*(?:不是|唔係|not )[^,，]+[,，]\s*(?=(?:而是|是|係|it'?s|but)\b|[是係而])", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"^.*?\b(?:not|isn['’]?t)\s+[^,.;]+?\s(?:it['’]?s|but)\s+|^.+?\b(?:change|set|correct) (?:it|that|the place) to\s+",
    re.IGNORECASE,
)
"""What stands before the place that is meant, where another one is put right ("wrong road, its not A its B")."""
_NOT_LAST = re.compile(r"(?<=.)(?:[,，]?\s*(?:而不是|不是|唔係)|[,，]?\s+(?:and )?not )[^吗嗎?？]+$", re.IGNORECASE)
"""A place that is named only to be refused, before or after the one that is meant."""
_TAIL = re.compile(
    r"[\s。.!！，,；;]+$|\s(?:please|pls|plz|thanks)$|(?:那里|那裡|那边|那邊|那儿|嗰度|嗰邊|这里|這裡|呢度|这边|這邊)$|(?<=.)[囉咯啦呀啊㗎喎嘛]+$"
)

_GENERIC = re.compile("|".join(GENERIC))
_NUMBERED = re.compile(r"(?<!\d)\d+\s*(?:号|號|弄|幢|栋|棟|座|楼)")
_ENDING = re.compile(
    r"(?:路|街|道|巷|弄|胡同|桥|立交|隧道|镇|乡|村|社区|小区|花园|花苑|苑|家园|公寓|新村|大厦|广场|公园|医院|学校|小学|中学|大学|学院"
    r"|车站|机场|码头|商场|市场|中心|阁|滩|园|界|亭|庙|宫|闸|港|岛|公司|交界处?|交叉口|城|坊|湾|湖|山|楼|塔|寺|馆|站|口|里|区|号|幢|栋|座|门|段|东|西|南|北|侧|旁|边|附近|对面|门口|下|上)$"
)
_ENGLISH_ENDING = re.compile(
    r"\b(?:road|rd|street|st|avenue|ave|lane|alley|boulevard|bridge|square|plaza|park|garden|gardens|estate|village"
    r"|building|tower|mall|market|hospital|school|university|station|temple|lake|junction|crossing|corner)\b",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    r"[?？吗么嗎麼]|几路|幾路|多少|什么|什麼|怎|哪|谁|誰|点样|點樣|邊度|我要|我想|帮我|幫我|查|坐|办|辦|预约|預約|投诉|投訴"
    r"|坏|壞|不亮|太|有|了|没|沒|冇|咗|唔|堵|漏|吵|嘈|臭|倒|掉|被|积水|停水|停电|停電|水浸"
    r"|\b(?:how|what|which|when|want|need|please|can|check|pay|book|broken|is|are|was|has|have|been|out|keeps?|there's)\b",
    re.IGNORECASE,
)


_RELATIVE = re.compile(
    r"家|屋企|楼下|楼上|门口|门前|这里|这儿|这边|呢度|嗰度|那里|附近|旁边|隔离|隔篱|对面|前面|后面|路口|路边|路上|街上|街边|马路|小区"
    r"|巷子|条街|条路|单位|公司|学校"
    r"|\b(?:here|there|home|house|office|flat|outside|near|downstairs|upstairs|street|road|building|opposite)\b",
    re.IGNORECASE,
)


def read(written: str, _: date | None = None) -> Reading:
    """Read a place as it is written, without what leads to it."""
    if point_of(written) is not None:
        return Accepted(written)
    place = without_lead(written)
    if not place or (_is_speech(place) and not _RELATIVE.search(normalised(place))):
        return Rejected("place.unnamed", {"written": place or written.strip()})
    if not _names_something(place):
        return Rejected("place.relative", {"written": place})
    return Accepted(re.sub(r",\s*", "，", place[:LONGEST]) if has_han(place) else place[:LONGEST])


def attempts(text: str) -> bool:
    """Whether a text is nothing but a place, or tries to be one."""
    place = without_lead(text)
    if not any(char.isalpha() for char in place) or len(place) > LONGEST or asks(place):
        return False
    if not _names_something(place):
        return bool(_RELATIVE.search(normalised(place)))
    return _has_kind(place) and not _is_speech(place)


def shown(value: str) -> Json:
    """The place, or the degrees of a point."""
    point = point_of(value)
    if point is None:
        return value
    return {"text": {"key": "place.shared", "args": {"lat": f"{point[0]:.5f}", "lon": f"{point[1]:.5f}"}}}


def _has_kind(place: str) -> bool:
    """Whether it says what kind of place it is: a road, a house by its number, a market."""
    if has_han(place):
        return bool(_ENDING.search(normalised(place)) or _NUMBERED.search(place))
    return bool(_ENGLISH_ENDING.search(place))


def _is_speech(place: str) -> bool:
    """Whether it has no kind of place, and grammar of a sentence: 麻煩晒, "thank you"; in English also with a kind."""
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", place.lower().replace("’", "'"))
    grammar = sum(word in SENTENCE for word in words)
    if _has_kind(place):
        return grammar >= MUCH_GRAMMAR and not has_han(place)
    return not SENTENCE_HAN.isdisjoint(normalised(place)) or grammar > 0


def asks(text: str) -> bool:
    """Whether a text asks or tells something, rather than name a place."""
    return _SPEAKS.search(without_lead(text)) is not None


def point_of(value: str) -> tuple[float, float] | None:
    """Latitude and longitude of a shared place; None: it was written."""
    match = re.fullmatch(r"geo:(-?\d+\.\d+),(-?\d+\.\d+)", value)
    return None if match is None else (float(match[1]), float(match[2]))


def without_lead(text: str) -> str:
    """A place without what leads to it ("it's at …") and the marks after it."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    plain = _NOT_FIRST.sub("", plain) or plain
    plain = _NOT_BEFORE.sub("", plain) or plain
    plain = _NOT_LAST.sub("", plain) or plain
    plain = _LEAD.sub("", plain) or plain
    return (_TAIL.sub("", plain) or plain).strip()


def _names_something(plain: str) -> bool:
    """Whether more is left than words that mean something else from every mouth."""
    if _NUMBERED.search(plain) and has_han(plain) and len(_rest(plain)) >= 1:
        return True
    if len(_rest(plain)) >= 2:
        return True
    if _rest_of_road(plain):
        return True
    words = [word for word in re.findall(r"[A-Za-z][A-Za-z'’-]+", plain) if word.lower() not in GENERIC_ENGLISH]
    return any(len(word) > 1 for word in words)


def _rest(plain: str) -> str:
    """The Chinese characters that are left."""
    left = _GENERIC.sub("", normalised(plain))
    return "".join(char for char in left if "㐀" <= char <= "鿿")


def _rest_of_road(plain: str) -> bool:
    """A name of one character before what it names: 文路, 东街."""
    match = re.search(r"([㐀-鿿])(?:大道|大街|路|街|巷|桥|村|苑|里)", _GENERIC_BUT_ROADS.sub("", normalised(plain)))
    return match is not None and match[1] not in "这那条个的在马道公街小大一上下前后旁边整全成"


_GENERIC_BUT_ROADS = re.compile(
    r"我家|我们|马路|道路|公路|路口|路边|路上|街上|街边|小区|门口|楼下|对面|前面|后面|旁边|附近|这条|那条|整条|成条|呢条"
)


TYPE = ValueType("place", read=read, attempts=attempts, shown=shown)
