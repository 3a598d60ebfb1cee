"""Sentences that want nothing but to pay what is shown: all of it, some, or one. May not know any service.

付吧, 一起交了, 前两笔先缴, "pay it", "just the first one": every word of them is one of these, so that a sentence that
says anything else (a question, a no, another matter) is none.
"""

import re
import unicodedata
from collections.abc import Iterable

from actions.transit.naming import simplified

LONGEST = 60
DIGITS = 4
"""A number of more digits is no amount and no place in a list, but a value of its own."""


def _words(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_PAYING = ("买单 埋单 支付 缴纳 交纳 缴费 交费 付款 付钱 交钱 缴款 结清 结算 交 缴 付 俾 畀 结 清",)
_COUNTING = (
    "全部 全都 所有的 所有 统统 通通 都要 全 都 晒 哂 最后 最尾 最前 前 后 头 尾 两 几 第 一 二 三 四 五 六 七 八",
    "九 十 百 千 除了 除 以外 之外 其他 其余",
)
_FILLING = (
    "好的 好吧 可以 行 好 嗯 哦 噢 那就 那 就 我来 我要 我想 我 想 要 帮我 帮忙 麻烦 你 您 请 给我 给 先 现在",
    "马上 立刻 立即 这就 即刻 直接 一起 一齐 一次性 一次过 一次 一并 一下 下 了 吧 啦 掉 咗 埋 住 啊 呀 哈 嘛 呗",
    "咯 喽 罢 哇 钱 款 费用 费 的 嘅 佢哋 佢 它们 它 她 他 这些 那些 呢啲 嗰啲 这个 那个 这 呢个 嗰个 呢 嗰 笔 条",
    "张 项 个 样 份 和 跟 同 以及 元 块 蚊 只 仅 单独 在线 线上 网上 在这里 刚才 刚刚 头先 之前 上面 们 去 来 帮",
)
_PAYING_EN = ("clear pay paying settle",)
_COUNTING_EN = ("all both but every everything except fifth first four fourth last second third three two",)
_FILLING_EN = (
    "ahead alright amount and at away can do fine for go here i id ill it just let lets like lot me my now of off",
    "ok okay once one ones online only please right rmb so sure that the them then these thing this those to",
    "together total up us want well whole will would yeah yep yes yuan",
)
_PAYS, _COUNTS = _words((*_PAYING, *_PAYING_EN)), _words((*_COUNTING, *_COUNTING_EN))
_KNOWN = _PAYS | _COUNTS | _words((*_FILLING, *_FILLING_EN))
_CHINESE = sorted((word for word in _KNOWN if not word.isascii()), key=len, reverse=True)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|[0-9]+(?:\.[0-9]+)?(?:st|nd|rd|th)?|[㐀-鿿]+|[¥￥]|\S")
_SIGNS = frozenset(",，.。!！、~～;；:：¥￥-—…“”\"'")
_ALL = re.compile(
    r"全|都|所有|统统|通通|一起|一齐|一并|一次|晒|哂|\b(?:all|both|everything|every|together|whole lot)\b"
)
_NOT_ALL = re.compile(r"第|前|后|头|尾|除|[0-9]|\b(?:but|except|first|last|second|third)\b")


def wants_all(text: str) -> bool:
    """Whether all that was shown is meant, and not some of it."""
    said = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return _ALL.search(said) is not None and _NOT_ALL.search(said) is None


def wants_to_pay(text: str) -> bool:
    """Whether a sentence says to pay, and nothing else but what of the things shown, and how willingly."""
    return _reads(text, need_verb=True)


def wants_which(text: str) -> bool:
    """Whether a sentence says nothing but which of the things shown, all of them, or to pay them."""
    return _reads(text, need_verb=False)


def _reads(text: str, *, need_verb: bool) -> bool:
    if len(text) > LONGEST:
        return False
    said = simplified(unicodedata.normalize("NFKC", text)).casefold()
    pays = counts = False
    for found in _WORD.finditer(said):
        word = found[0]
        if word in _SIGNS:
            continue
        if word[0].isdigit():
            if len(word.partition(".")[0]) > DIGITS:
                return False
        elif "㐀" <= word[0] <= "鿿":
            pieces = _pieces(word)
            if pieces is None:
                return False
            pays = pays or any(one in _PAYS for one in pieces)
            counts = counts or any(one in _COUNTS for one in pieces)
        else:
            plain = word.replace("'", "").replace("’", "")
            if plain not in _KNOWN:
                return False
            pays, counts = pays or plain in _PAYS, counts or plain in _COUNTS
    return pays or (counts and not need_verb)


def _pieces(word: str) -> list[str] | None:
    """The known words that Chinese characters are made of, the longest first; None: there is another one."""
    pieces = list[str]()
    while word:
        piece = next((one for one in _CHINESE if word.startswith(one)), None)
        if piece is None:
            return None
        pieces.append(piece)
        word = word[len(piece) :]
    return pieces
