"""Names of persons: a Chinese surname and one to three characters that names hold, or Latin words that are no grammar.

A name of another people, in transliteration, has no surname: it holds nothing but characters of transliterations, or
has a dot. Courtesies and questions are no names, since they do not have that form. What is a word or a day of everyday
speech too (都行, 明白, 谢谢, 周三) is a name only where it is introduced as one: 我叫时明.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from values.definition import Accepted, Reading, Rejected, ValueType
from values.finding import find as find_values
from values.speech import ENGLISH, GRAMMAR, LAUGHTER, NOT_IN_NAMES
from values.surnames import COMPOUND, LATIN, SURNAMES
from values.writing import has_han, normalised, simplified

_WHO = (
    r"(?:我(?!们|們)|他|她|本人|对方|對方|对象|對象|老婆|老公|太太|先生|妻子|丈夫|爱人|愛人|女朋友|男朋友|未婚妻|未婚夫|新郎|新娘"
    r"|男方|女方|申请人|申請人|办理人|辦理人|预约人|預約人|病人|患者|就诊人|就診人|第一个人|第二个人|一个|一個|另一个|另一個|另外一个)"
)
_LEAD = re.compile(
    r"^(?:(?:and |,)*(?:my name is|i am|i'm|(?:the )?name is|name:|it's|it is|this is|me:|we are"
    r"|(?:(?:my|the|his|her) )?(?:partner|wife|husband|fiancée?|girlfriend|boyfriend|bride|groom|other|second)"
    r"(?:'s name)?(?: is|:)?)\s*:?\s*"
    rf"|(?:{_WHO}(?:的|嘅)?(?:{_WHO})?)?(?:姓名|名字|名)?(?:叫做?|是|係|为|為)?\s*[:：]?\s*)",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    rf"(?<![不非唔])(?:{_WHO}(?:(?:的|嘅)?(?:姓名|名字|名))?(?:才|就)?(?:叫做?|是|係)?|(?:姓名|名字)(?:是|係|叫做?)?)[:：\s]*"
    rf"(?P<name>[㐀-鿿]{{2,4}}?)(?=$|[^㐀-鿿]|{_WHO}|{LAUGHTER}|才|两)"
)
_NAMED = re.compile(
    r"(?<![不非唔没沒未])(?:(?:姓名|名字|(?<=[的嘅个個])名)[都也亦]?[要应應该該]*(?:是|係|叫做?|改?(?:成|为|為|做|叫))*|叫做?)[:：\s“「]*"
    rf"(?P<name>[㐀-鿿]{{2,4}}?)(?=$|[^㐀-鿿]|{_WHO}|{LAUGHTER}|[才两吧呀啊啦哦嘛填改])"
)
"""A name behind the words for one: whatever is asked for, it is one."""
_LAUGHS = re.compile(rf"[\s,，。.!！~～]*{LAUGHTER}[\s。.!！~～]*$", re.IGNORECASE)
_NAMED_AT_THE_END = re.compile(
    r"^[^?？]{1,32}?(?<![不非唔])(?:叫做?|名叫|是|係|\b(?:is|called|named|name'?s))\s*[:：]?\s*"
    r"(?P<name>[㐀-鿿]{2,4}|[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){1,3})$"
)
"""Whoever it is that has the name: what stands behind the verb of the clause is one, where it has the form of one."""
_ALONE = re.compile(r"(?<![^\s、，,;；。!！?？（）()])[㐀-鿿]{2,4}(?![^\s、，,;；。!！?？（）()])")
"""A few characters that are a clause."""
_TAIL = re.compile(r"(?:(?:我们|我們|我哋|他们|他們)?(?:两个人|兩個人|两个|兩個|两人|兩人|俩|倆)|这个名字|呢个名)$")
_TITLE = re.compile(r"(?:先生|小姐|女士|太太|师傅|老师|同志|医生|经理)$")
"""李先生 is how somebody is spoken to, and not the name on a card."""
_CHINESE = re.compile(r"[㐀-鿿]{1,10}(?:[·•・．.][㐀-鿿]{1,10}){0,3}")
_LATIN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'\-]*(?: [A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'.\-]*){1,4}")
SHORTEST, LONGEST, WHOLE = 2, 15, 4
"""Characters of a name; one with a surname and without a dot is not longer than WHOLE."""
_FUNCTION_WORDS = frozenset("都那后相能从")
"""Surnames that begin sentences in everyday speech: names with them must be introduced as such."""
_WORDS_TOO = frozenset("和明时万简")
"""Surnames that begin everyday words of two characters."""
_TRANSLITERATED = frozenset(
    "阿艾安巴白班贝比布查成次措达丹德登邓地丁顿多额尔嘎格根古哈海吉加坚江杰金旦久卡坎克库拉兰朗勒力丽林洛麻马买曼玛米木牧木穆娜纳"
    "乃尼努诺欧帕其齐强且曲热仁茹萨赛桑沙色山珊莎珠思苏索塔台提图吐托娃旺维乌西希夏依伊益英尤玉扎泽孜卓孙云贡央平合买迪里江提"
)
"""Characters by which Uyghur, Tibetan, Mongolian and Kazakh names are written."""
_CODES = re.compile(r"[0-9]{8,}|[A-Z][0-9]{8}")
_CLAUSES = re.compile(r"[,;!?\n，。；！？、…]+|\.(?=\s|\.|$)")
_PARTS = re.compile(r"[、，,;；。\s]+")
_BETWEEN = re.compile(r"(?<!\s)\s*(?:[、，,;；/&+]|\band\b)\s*|(?<=[㐀-鿿])\s+", re.IGNORECASE)
_AND = re.compile(r"(?<!\s)\s*[和跟与與及同]\s*")
"""What joins names, and may stand in one."""
_MARKS = " ,，。.、!！"


def read(written: str, _: date | None = None) -> Reading:
    """Read a name, with or without what leads to it."""
    name, introduced = _bare(written)
    name = re.sub(r"[•・．]", "·", re.sub(r"(?<=[㐀-鿿])\.(?=[㐀-鿿])", "·", name))
    if _CHINESE.fullmatch(name) and not SHORTEST <= len(name) <= LONGEST:
        return Rejected("person_name.wrong_length")
    if _is_name(name, introduced=introduced) or (_LATIN.fullmatch(name) and not _is_said(name)):
        return Accepted(" ".join(name.split()))
    return Rejected("person_name.not_a_name", {"written": name[:40]})


def find(text: str, _: date | None = None) -> Sequence[str]:
    """Each name of a message that is nothing but names: 李伟和张芳, "Li Wei and Zhang Fang".

    Beside ids and telephones also what stands by itself and begins with a surname: "李伟，身份证3301…".
    """
    normal = unicodedata.normalize("NFKC", text).strip(" 。.!！")
    parts = [one for one in _BETWEEN.split(_TAIL.sub("", normal)) if one]
    names = [name for part in parts for name in _names_of(part)]
    if len(names) > 1 and "" not in names:
        return names
    if not _CODES.search(normal):
        return []
    bare = [_bare(one) for one in _PARTS.split(normal)]
    return [name for name, introduced in bare if has_surname(name) and _is_name(name, introduced=introduced)]


def attempts(text: str) -> bool:
    """It is a name, with what leads to it."""
    name, introduced = _bare(text)
    return _is_name(name, introduced=introduced)


def as_on_the_card(name: str) -> str:
    """A name as a resident identity card has it, whatever script it is typed in: cards are in Simplified characters.

    Agencies compare it with their registers: 陳曉光 would be nobody.
    """
    return name.translate(simplified())


def introduced(text: str) -> list[str]:
    """Chinese names behind words that say whose they are, also within other words, in the order of the text; beside one
    of these also what stands by itself (万水保 是我对象，我叫陶若兰).

    For who asks for a name: 我是本地人 has that form, too.
    """
    said = unicodedata.normalize("NFKC", text)
    found = {
        one.start("name"): one["name"] for one in _INTRODUCED.finditer(said) if _is_name(one["name"], introduced=True)
    }
    if found:
        alone = (one for one in _ALONE.finditer(said) if has_surname(one[0]) and _is_name(one[0]))
        found |= {one.start(): one[0] for one in alone}
    return [found[at] for at in sorted(found)]


def named(text: str) -> list[str]:
    """Chinese names behind words that say that they are names (叫, 姓名, 的名): whatever a text is asked for."""
    said = unicodedata.normalize("NFKC", text)
    return [one["name"] for one in _NAMED.finditer(said) if _is_name(one["name"], introduced=True)]


def by_itself(text: str) -> str | None:
    """The one name that is a clause by itself, beside whatever else a text says: a Chinese one with a surname, or
    several Latin words with capitals; none that is all of the text.

    For who asks for a name. Two characters, or four without a surname of two, are more often words (方法, 安全第一).
    """
    said = unicodedata.normalize("NFKC", text)
    usual = (
        one for one in _ALONE.findall(said) if len(one) == (WHOLE if normalised(one)[:2] in COMPOUND else WHOLE - 1)
    )
    found = list(dict.fromkeys(one for one in usual if has_surname(one) and _is_name(one)))
    latin = [] if found else [one.strip() for one in _CLAUSES.split(said)]
    found += [one for one in dict.fromkeys(latin) if one.istitle() and not has_han(one) and _is_name(one)]
    beside = len(found) == 1 and len(found[0]) < len(said.strip(_MARKS))
    return found[0] if beside else None


def names_in(text: str) -> list[str]:
    """Names of whom something is said to belong to (张三的), by their surname, of two or three characters."""
    found = re.findall(r"(?:查|看|问|問|睇|搵|下)([㐀-鿿]{2,3})(?:的|嘅)", text)
    return [name for name in found if _is_name(name)]


def has_surname(name: str) -> bool:
    """Whether a Chinese name begins with a surname, or a Latin one begins or ends with one."""
    if not name:
        return False
    if has_han(name):
        plain = normalised(name)
        return plain[0] in SURNAMES or plain[:2] in COMPOUND
    words = name.lower().split()
    return words[0] in LATIN or words[-1] in LATIN


def _bare(written: str) -> tuple[str, bool]:
    """A name without what leads to it (我叫…, "my name is …") and the marks around it; whether something led to it."""
    name = unicodedata.normalize("NFKC", written).strip(_MARKS)
    name = _LAUGHS.sub("", name) or name
    rest = _LEAD.sub("", name, count=1).strip(_MARKS)
    if not _is_name(rest, introduced=True) and (found := _NAMED_AT_THE_END.match(name)) is not None:
        return found["name"], True
    return (rest, len(rest) < len(name)) if rest else (name, False)


def _is_name(name: str, *, introduced: bool = False) -> bool:
    if _CHINESE.fullmatch(name):
        return _is_chinese(normalised(name), introduced=introduced)
    words = name.split()
    if not _LATIN.fullmatch(name) or len(words) > WHOLE or _is_said(name):
        return False
    return all(one[0].isupper() for one in words) or (len(words) <= 3 and has_surname(name))


def _is_chinese(name: str, *, introduced: bool) -> bool:
    parts = re.split(r"[·•・．.]", name)
    if len(parts) > 1:
        return len(name) <= LONGEST and GRAMMAR.isdisjoint("".join(parts))
    if re.search(LAUGHTER, name):
        return False
    if SHORTEST <= len(name) <= LONGEST and len(set(name)) > 1 and _TRANSLITERATED.issuperset(name):
        return True
    given = name[2 if name[:2] in COMPOUND else 1 :]
    if not (SHORTEST <= len(name) <= WHOLE and has_surname(name) and given and NOT_IN_NAMES.isdisjoint(given)):
        return False
    found = find_values(name)
    if _TITLE.search(name) or any(one.sure for one in found):
        return False
    repeated, value = given[0] == name[0], any(one.end - one.start == len(name) for one in found)  # 谢谢, 周三
    word = name[0] in _FUNCTION_WORDS or (len(name) == SHORTEST and name[0] in _WORDS_TOO)
    return introduced or not (repeated or value or word)


def _is_said(name: str) -> bool:
    """Whether Latin words are a sentence."""
    return any(word in ENGLISH for word in name.lower().split())


def _names_of(part: str) -> list[str]:
    """The names that a part of a message is; one empty one where it is anything else."""
    name, introduced = _bare(part)
    if _is_name(name, introduced=introduced):
        return [name]
    for joint in _AND.finditer(name):
        left, right = _bare(name[: joint.start()]), _bare(name[joint.end() :])
        if _is_name(left[0], introduced=left[1]) and _is_name(right[0], introduced=right[1]):
            return [left[0], right[0]]
    return [""]


TYPE = ValueType("person_name", read=read, find=find, attempts=attempts)
