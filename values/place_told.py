"""Where something is, in all the words that a text has for it: a known name marks the place, what stands with it tells.

A text is taken to pieces at its marks, and at spaces between Chinese characters. A piece that tells or asks something
(坏了, 谁管), is a courtesy, or only says that it is a place (地点不全啊, 改一下) is none of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from values.place_extent import extended
from values.speech import SENTENCE, SENTENCE_HAN
from values.types.place import asks, point_of, without_lead
from values.writing import has_han, normalised

_H = r"\u3400-\u9fff"
_MARK = re.compile(rf"(\s*[，,。;；！!？?\n]+\s*|\.(?!\w)\s*|(?<=[{_H}])\s+(?=[{_H}])|\s+-+\s+)")
_ASKED = re.compile(r"[？?]")
_NUMBER = re.compile(r"(?:我?的?(?:电话|手机号?|联系方式)(?:是|[:：])?\s*)?\+?\d[\d \-]{6,}\d")
_SAYS_IT = re.compile(
    r"^.*?(?:地点|位置|地址|地方)(?:应该|应当|要|就)?(?:是|为|系|[:：]|改成|改为|改到)+[:：\s]*(?=\S{2})"
    r"|^.*?\b(?:place|address|location|spot)(?: should be| is|:)+ *(?=\S{2})"
    r"(?!(?:not|wrong|incomplete|incorrect|missing)\b)",
    re.IGNORECASE,
)
"""What leads to a place in so many words."""
_OF_THE_FIELD = re.compile(
    r"地点|位置|地址|地方|改一?下|改改|写错|[不唔]全|[不唔]齐|不对|错了|漏[了咗]|补充|什么叫"
    r"|\b(?:place|address|location|change|correct|wrong|incomplete|missing|fix)\b",
    re.IGNORECASE,
)
"""Words of a piece that is about the field, and tells nothing of where."""
_QUOTED = re.compile(r"[「『“\"]([^「」『』“”\"]{2,60})[」』”\"]")
"""What somebody quotes who speaks of the field: that is to stand in it."""
_ADDS = re.compile(
    r"[不唔]全|[不唔]齐|漏[了咗]|补充|[还仲]有|少[了咗]|加上|\b(?:incomplete|missing|add|also|left out)\b",
    re.IGNORECASE,
)
"""Words by which something is missing in a place, rather than wrong."""
SAME = 2
"""So many characters at the beginning of two places make them one place, told anew."""
_WHERE = re.compile(
    r"第[一二三四五六七八九十\d]+[根个盏棵排栋幢间支]|进去|出来|过去|往[东南西北里前左右]|[东南西北左右里外前后上下][边面侧头手]|旁|附近|口子|对面|隔壁|巷|门|路|楼|号|桥|杆|弄|出口"
    r"|\b(?:near|by|beside|behind|opposite|outside|between|corner|next|front|across|past|gate|exit|side|left|right|floor|pole|building)\b",
    re.IGNORECASE,
)
_BESIDE_IT = re.compile(
    r"[往朝向][东南西北前左右里外]|[走过拐]|几步|远|路[东南西北]|对[面着正]|旁|隔|门|楼|附近"
    r"|[前后里外东南西北左右][边面侧里头]"
)
"""The way there, and what a place stands beside, in whatever sentence (往东走没几步, 对面是银行)."""
_WRONG_THERE = re.compile(
    r"坏|不亮|堵|漏|吵|嘈|臭|掉|被|积水|水浸|停水|停电|坑|洞|裂|塌|垃圾|烂|断|倒[了在]|没人|冇人|没有?[盖灯水电]|不见"
    r"|我要|我想|帮我|投诉|办|查|谁|怎|几时|什么"
)
"""What is wrong there, or wished."""
_ON_A_SIDE = re.compile(r"(?:on|at|in|to) the [a-z]+(?:[ -][a-z]+)? (?:side|corner|end|edge)", re.IGNORECASE)
"""A side of the place before it, with its preposition."""
_COURTEOUS = re.compile(r"^(?:please|pls|thanks?|thank you|ok|okay|hi|hello|sorry)\b", re.IGNORECASE)
JOINT, LONGEST = "，", 120


def told(text: str, marked: Sequence[str], *, asked: bool) -> str | None:
    """The place in the words of a text; None where nothing in it tells one.

    Args:
        marked: what is known to be a place in it; a correction may have none.
        asked: the text answers where it is: what says neither that it is a place nor anything else counts, too.
    """
    normal = unicodedata.normalize("NFKC", text)
    if not asked and (quoted := _QUOTED.search(normal)) is not None and _OF_THE_FIELD.search(normalised(normal)):
        return quoted[1].strip()[:LONGEST]
    for number in reversed(list(_NUMBER.finditer(normalised(normal)))):
        normal = f"{normal[: number.start()]}，{normal[number.end() :]}"
    kept: list[str] = []
    for piece, question in _pieces(normal):
        said = (
            piece
            if kept and _ON_A_SIDE.fullmatch(piece)
            else _of(piece, question, [one for one in marked if one in piece], asked=asked)
        )
        if said:
            kept.append(said)
    whole = (JOINT if any(map(has_han, kept)) else ", ").join(kept)
    return whole[:LONGEST] or None


def mentions_where(text: str) -> bool:
    """Whether words of where something is stand in a text, whatever else it says."""
    return _WHERE.search(normalised(unicodedata.normalize("NFKC", text))) is not None


def joined(before: str, told_now: str) -> str:
    """A place told anew, with the beginning of the one before where it goes on from the end of that (its gate)."""
    for count in range(min(len(before), len(told_now)) - 1, 1, -1):
        if before.endswith(told_now[:count]):
            return before[:-count] + told_now
    return told_now


def completed(before: str, told_now: str, text: str) -> str:
    """A place told anew, or behind the one before where a text says that this is missing in it."""
    whole = joined(before, told_now)
    same = point_of(before) is not None or told_now[:SAME] == before[:SAME] or before in told_now
    if whole != told_now or same or not _ADDS.search(normalised(unicodedata.normalize("NFKC", text))):
        return whole
    return f"{before}{JOINT if has_han(told_now) else ', '}{told_now}"[:LONGEST]


def _pieces(normal: str) -> list[tuple[str, bool]]:
    """The pieces of a text, each with whether a question mark ends it."""
    parts = _MARK.split(normal)
    marks = [*parts[1::2], ""]
    return [
        (one.strip(), _ASKED.search(mark) is not None)
        for one, mark in zip(parts[::2], marks, strict=True)
        if one.strip()
    ]


def _of(piece: str, question: bool, marked: Sequence[str], *, asked: bool) -> str:
    """What of a piece tells where."""
    if (lead := _SAYS_IT.match(normalised(piece))) is not None:
        return without_lead(piece[lead.end() :])
    if question or _COURTEOUS.match(piece):
        return ""
    said = without_lead(piece)
    if _tells_the_way(said, asked=asked):
        return said
    if not asks(said) and not _is_a_sentence(said):
        if marked or _WHERE.search(said) or (asked and not _OF_THE_FIELD.search(normalised(said))):
            return "" if not marked and _OF_THE_FIELD.search(normalised(said)) else said
        return ""
    if not marked:
        return ""
    return max((extended(piece, one) for one in marked), key=len)


def _tells_the_way(said: str, *, asked: bool) -> bool:
    """Whether a piece says how to get there, or what stands there, and nothing of what is wrong."""
    plain = normalised(said)
    if not (asked and has_han(said)) or _WRONG_THERE.search(plain) or _OF_THE_FIELD.search(plain):
        return False
    return _BESIDE_IT.search(plain) is not None


def _is_a_sentence(said: str) -> bool:
    if has_han(said):
        return bool(set(normalised(said)) & (SENTENCE_HAN - set("的我们")))
    return sum(word in SENTENCE for word in re.findall(r"[a-z]+", said.lower())) > 1
