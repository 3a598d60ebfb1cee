"""Names of persons: two to fifteen Chinese characters with a dot between them where there is one, or Latin words."""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.reading import Accepted, Reading, Rejected
from actions.fields.surnames import COMPOUND, LATIN, SURNAMES
from actions.transit.naming import has_han, simplified

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
_TAIL = re.compile(r"(?:(?:我们|我們|我哋|他们|他們)?(?:两个人|兩個人|两个|兩個|两人|兩人|俩|倆)|这个名字|呢个名)$")
_CHINESE = re.compile(r"[㐀-鿿]{1,10}(?:[·•・．.][㐀-鿿]{1,10}){0,3}")
_LATIN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'\-]*(?: [A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'.\-]*){1,4}")
SHORTEST, LONGEST, WHOLE = 2, 15, 4
"""Characters of a name; without a dot it is rarely longer than WHOLE."""
NO_NAMES = re.compile(
    r"不|没|沒|怎|什么|什麼|为|為|吗|嗎|呢|吧|要|请|請|谢谢|謝謝|多谢|多謝|感谢|感謝|是|的|你|您|我|他|她|取消|人工|查|预约|預約|可以|好|对|咩|冇|唔|嘅|咗"
    r"|多少|哪|谁|誰|边个|邊個|明天|后天|今天|上午|下午|随便|隨便|都行|算了|等等|再说|再說|先生|小姐|女士|电话|電話|手机|手機|路口|改|[证證]$"
)
"""Chinese characters of a short sentence rather than of a name."""
_NO_LATIN_NAMES = (
    "a all already am and any are ask back book but bus call can cancel change check city date day do does don't done",
    "earliest first fine fines for forget from give go good got had has have hello help here hey hi how i i'm is it",
    "it's just keep last later leave let me mind more my name need never new next no none nope not nothing now number",
    "of office ok okay on one our pay person phone please really right see should skip sorry stop sure tell than",
    "thank thanks that the them then there they this time to today tomorrow two us want was we what when where which",
    "who why will with won't would wrong yes you your",
)
NO_LATIN_NAMES = frozenset(word for line in _NO_LATIN_NAMES for word in line.split())
"""Words of a short sentence rather than of a name."""
_CODES = re.compile(r"[0-9]{8,}|[A-Z][0-9]{8}")
_PARTS = re.compile(r"[、，,;；。\s]+")
_BETWEEN = re.compile(r"\s*(?:[、，,;；/&+]|\band\b)\s*|(?<=[㐀-鿿])\s+", re.IGNORECASE)
_AND = re.compile(r"\s*[和跟与與及同]\s*")
"""What joins names, and may stand in one."""


def as_on_the_card(name: str) -> str:
    """A name as a resident identity card has it, whatever script it is typed in: cards are in Simplified characters.

    Agencies compare it with their registers: 陳曉光 would be nobody.
    """
    return simplified(name)


class PersonName:
    """`person_name`."""

    def read(self, written: str) -> Reading:
        name = _bare(written)
        name = re.sub(r"[•・．]", "·", re.sub(r"(?<=[㐀-鿿])\.(?=[㐀-鿿])", "·", name))
        if _CHINESE.fullmatch(name):
            if len(name) > WHOLE and NO_NAMES.search(name):
                return Rejected("person_name.not_a_name", {"written": name[:40]})
            return Accepted(name) if SHORTEST <= len(name) <= LONGEST else Rejected("person_name.wrong_length")
        if _LATIN.fullmatch(name) and not _is_said(name):
            return Accepted(" ".join(name.split()))
        return Rejected("person_name.not_a_name", {"written": name[:40]})

    def find(self, text: str) -> Sequence[str]:
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
        return [name for one in _PARTS.split(normal) if has_surname(name := _bare(one)) and self.attempts(name)]

    def attempts(self, text: str) -> bool:
        return _is_name(_bare(text))

    def shown(self, value: str) -> JsonValue:
        return value


def names_in(text: str) -> list[str]:
    """Names of whom something is said to belong to (张三的), by their surname, of two or three characters."""
    found = re.findall(r"(?:查|看|问|問|睇|搵|下)([㐀-鿿]{2,3})(?:的|嘅)", text)
    return [name for name in found if has_surname(name) and not NO_NAMES.search(name)]


def has_surname(name: str) -> bool:
    """Whether a Chinese name begins with a surname, or a Latin one begins or ends with one."""
    if not name:
        return False
    if has_han(name):
        plain = simplified(name)
        return plain[0] in SURNAMES or plain[:2] in COMPOUND
    words = name.lower().split()
    return words[0] in LATIN or words[-1] in LATIN


def _bare(written: str) -> str:
    """A name without what leads to it (我叫…, "my name is …") and the marks around it."""
    name = unicodedata.normalize("NFKC", written).strip(" ,，。.、!！")
    return (_LEAD.sub("", name, count=1) or name).strip(" ,，。.、!！")


def _is_name(name: str) -> bool:
    if _CHINESE.fullmatch(name):
        if "·" in name:
            return len(name) <= LONGEST and not NO_NAMES.search(name)
        return SHORTEST <= len(name) <= WHOLE and has_surname(name) and not NO_NAMES.search(name)
    words = name.split()
    if not _LATIN.fullmatch(name) or len(words) > WHOLE or _is_said(name):
        return False
    return all(one[0].isupper() for one in words) or (len(words) <= 3 and has_surname(name))


def _is_said(name: str) -> bool:
    """Whether Latin words are a sentence."""
    return any(word in NO_LATIN_NAMES for word in name.lower().split())


def _names_of(part: str) -> list[str]:
    """The names that a part of a message is; one empty one where it is anything else."""
    name = _bare(part)
    if _is_name(name):
        return [name]
    for joint in _AND.finditer(name):
        left, right = _bare(name[: joint.start()]), _bare(name[joint.end() :])
        if _is_name(left) and _is_name(right):
            return [left, right]
    return [""]
