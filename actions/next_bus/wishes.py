"""What a short sentence about a bus wishes, beside naming a stop or line. May not know stops or lines."""

import re
from enum import Enum

from actions.transit.naming import simplified


class Wish(Enum):
    """What is wanted."""

    WHERE = "where"  # where the bus is now
    OTHER = "other"  # the other lines at the stop
    AGAIN = "again"  # the same once more: how long still
    NONE = "none"


# Parts of sentences, in Simplified characters, with Cantonese words. Spaces in the Chinese ones are for reading only.
_BUS = r"""(那|那么|咁)? (这|那|呢|下|刚才)? (一|两)? (部|辆|班|趟|架)? (公交车|公交|巴士|车子|车|它|佢)?"""
_END = r"""(了|啊|呀|呢|啦|吗|吧|咧)*"""
_CHINESE: tuple[tuple[Wish, str], ...] = (
    (
        Wish.WHERE,
        _BUS
        + r"""(现在|目前|而家|宜家|家下)? (开|跑|走|行|去)? (到|在|喺|系)? 了?
        (哪儿|哪里|哪一站|哪站|哪|什么地方|边度|边个站|边)""",
    ),
    (Wish.WHERE, r"""(还有|离我|离这|还差|仲有|仲差) (几|多少) 个? 站 到?"""),
    (
        Wish.OTHER,
        r"""(那|有没有|还有|有冇|仲有)? (没有)? (另外|另|其他|其它|别|第二) (的|一条|一|条)?
        (线路|路|线|车|公交|巴士) (有没有)?""",
    ),
    (
        Wish.AGAIN,
        _BUS
        + r"""(还有|还要|还|仲有|仲要|仲) 要? (等|有)? (多久|多长时间|几久|几耐|几分钟|多少分钟|好久)
        (才|先)? (到|来)?""",
    ),
    (Wish.AGAIN, _BUS + r"""(来|到) 了? (没有|没|未)"""),
    (Wish.AGAIN, r"""(等|坐|查)? 下一? (班|趟|部|辆) (公交车|公交|巴士|公车|车)? (什么时候|几点|几时)? (到|来)?"""),
)
_ENGLISH: tuple[tuple[Wish, str], ...] = (
    (Wish.WHERE, r"(so |and |ok )?where(( is|'s|s)? (it|that|the bus|my bus|that bus))( now| at| right now)*"),
    (Wish.WHERE, r"how far( away)?( is it| is the bus)?|how many stops( away| left)?( is it)?"),
    (Wish.OTHER, r"(and |what about |how about |are there |any )*(the |an)?other (one|line|bus|route)(s|es)?( here)?"),
    (Wish.OTHER, r"(what|anything) else( comes| stops)?( here| there)?"),
    (Wish.AGAIN, r"(and |so |ok )?how (long|many minutes|much longer)( now| left| still| more)?( is it| to wait)?"),
    (Wish.AGAIN, r"is it (here|coming|close)( yet| now| soon)?"),
    (Wish.AGAIN, r"when( is| does)? (it|the next one|the next)( come| coming| due)?|refresh|again"),
)
_SENTENCES = tuple(
    [(wish, re.compile(f"({pattern}){_END}", re.VERBOSE)) for wish, pattern in _CHINESE]
    + [(wish, re.compile(pattern)) for wish, pattern in _ENGLISH]
)
_SIGNS = re.compile(r"[?？!！。.,，~～…\s]+$")
_WHERE = re.compile(
    r"""到哪|在哪|哪里了|哪儿了|哪一站|几站|边度|去到边|喺边|堵在|how\ far|how\ many\ stops
    |\bwhere('s|\ is|s)?\b(?!.*\b(from|to\ take|can\ i)\b)""",
    re.VERBOSE,
)

_HOURS = re.compile(
    r"首班|末班|头班|尾班|末车|最早一?班|最早的|最后一班|收车|收班|几点开始|几点停|几点收|运营时间|营运时间|服务时间|首末"
    r"|\b(first|last)\b.*\bbus|\b(first|last) (one|departure|service)|\b(operating|service|running) (hours|times)"
    r"|(stop|start)s? running"
)


def wish_of(text: str) -> Wish:
    """Give what a sentence wishes that says nothing else: it must fit from beginning to end."""
    said = _SIGNS.sub("", simplified(text).casefold().strip())
    return next((wish for wish, sentence in _SENTENCES if said and sentence.fullmatch(said)), Wish.NONE)


def asks_where(text: str) -> bool:
    """Whether a sentence, whatever else it says, asks where a bus is."""
    return _WHERE.search(simplified(text).casefold()) is not None


def asks_hours(text: str) -> bool:
    """Whether a sentence, whatever else it says, asks for the first or last bus."""
    return _HOURS.search(simplified(text).casefold()) is not None
