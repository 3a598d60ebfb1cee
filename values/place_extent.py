"""How far a place goes in a sentence: the crossing, the gate, the number and the side that stand behind its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from values.writing import normalised

_N = r"[0-9一二三四五六七八九十百]{1,4}"
_ROAD = (
    r"[^有了坏没在的是也都被，,。;；！!？?\s]{1,6}?(?:大道|大街|路|街|道|巷|弄)"
    r"(?:交叉路口|交叉口|路口|口|交界处?|交汇处?)?"
)
_JOINED = rf"\s?(?:与|和|跟|同|近|靠近|靠|到|至|交)\s?{_ROAD}"
_DETAIL = (
    rf"(?:交叉路口|交叉口|十字路口|丁字路口|路口|交界处?|交汇处?|口(?!味|气)"
    rf"|{_N}\s?(?:号楼|号门|号院|号|弄|幢|栋|座|单元|层|室)"
    r"|[东南西北中]{0,2}[0-9一二三四五六七八九十]{0,2}段"
    r"|[东南西北]{1,2}(?:侧|边|面|角|门|口|出口|段)|[A-Za-z][0-9]?(?:出口|口|座|栋)|正门|大门|后门|侧门|门口|门前|出口|入口"
    r"|对面|斜对面|旁边|旁|附近|隔壁|前面|后面|楼下|桥下|桥上|桥洞下?)"
)
_FURTHER = re.compile(rf"(?:{_JOINED}|[，,、\s]?\s?(?:的|嘅)?{_DETAIL})+")
_NAMED_EN = r"(?:[A-Z][\w'’-]*\s)+(?:Road|Rd|Street|St|Avenue|Ave|Lane|Alley|Boulevard|Bridge|Park|Square)\b"
_BESIDE_EN = (
    r",?\s(?:by|near|next to|opposite|outside|in front of|behind|between|beside|across from|just past|before|after)"
    r"(?:\s(?!(?:is|are|was|were|has|have|had|and|but|since|for|which|that|there|it|its|it's|please|pls|my|i|we|so|at|on"
    r"|by|near|every|yesterday|today|last|this|all)\b)[A-Za-z0-9'’-]+){1,5}"
)
"""A preposition and what it is said of: "by the mall", up to a word of the sentence."""
_FURTHER_EN = re.compile(
    rf"(?:{_BESIDE_EN}"
    r"|,?\s(?:and|at|near|by|opposite|crossing|(?:at the |on the )?(?:corner|junction|crossing) (?:of|with))"
    rf"\s(?:the )?{_NAMED_EN}"
    r"|,?\s(?:(?:near|at|by|outside|opposite)\s)?(?:the )?"
    r"(?:(?:[Gg]ate|[Nn]o\.?|[Nn]umber|[Ee]xit|[Bb]uilding|[Bb]lock|[Ss]ection|[Pp]hase)\s?[A-Z0-9]+"
    r"|(?:east|west|south|north|main|back|front)(?:ern)?\s(?:side|gate|exit|entrance|corner|end)))+"
)

_LED_TO = re.compile(r"(?:改做|改成|改为|改為|改到|换成|換成|换到|換到)([㐀-鿿]{1,2})$")


def extended(text: str, value: str) -> str:
    """A value with what stands behind it in a text (NFKC) and belongs to it."""
    plain = unicodedata.normalize("NFKC", value)
    at = text.find(plain)
    if at < 0:
        return value
    end = at + len(plain)
    if (led := _LED_TO.search(text[:at])) is not None:  # what stands right behind 改做 belongs to the name
        at -= len(led[1])
        value = text[at:end]
    patterns: Sequence[tuple[re.Pattern[str], str]] = ((_FURTHER, normalised(text)), (_FURTHER_EN, text))
    for pattern, said in patterns:
        if len(said) == len(text) and (found := pattern.match(said, end)) is not None:
            return text[at : found.end()].rstrip(" ,，、")
    return value
