"""Names of persons: two to fifteen Chinese characters with a dot between them where there is one, or Latin words."""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.reading import Accepted, Reading, Rejected
from actions.transit.naming import simplified

_LEAD = re.compile(
    r"^(?:我叫|我是|叫|姓名是?|名字是?|名字叫|本人|他叫|她叫|对象叫|對象叫"
    r"|my name is|i am|i'm|name is|name:|it's)\s*[:：]?\s*",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[㐀-鿿]{1,10}(?:[·•・．.][㐀-鿿]{1,10}){0,3}")
_LATIN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'\-]*(?: [A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'.\-]*){1,4}")
SHORTEST, LONGEST = 2, 15
NO_NAMES = re.compile(
    r"不|没|沒|怎|什么|什麼|为|為|吗|嗎|呢|吧|要|请|請|谢|謝|是|的|你|您|我|他|她|取消|人工|查|预约|預約|可以|好|对"
)
"""Chinese characters of a short sentence rather than of a name."""
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施牛葛洪倪俞章鲁柳岳殷庞尤"
    "張劉陳楊黃趙吳孫馬許韓馮鄧曾葉蘇魏呂盧鐘鍾譚陸範賈韋鄒龍賀顧龔萬錢嚴湯溫章魯龐"
)
_CODES = re.compile(r"[0-9]{8,}|[A-Z][0-9]{8}")
_PARTS = re.compile(r"[、，,;；。\s]+")
_BETWEEN = re.compile(r"\s*(?:[、，,;；/&+]|和|跟|与|與|及|同|\band\b)\s*", re.IGNORECASE)


def as_on_the_card(name: str) -> str:
    """A name as a resident identity card has it, whatever script it is typed in: cards are in Simplified characters.

    Agencies compare it with their registers: 陳曉光 would be nobody.
    """
    return simplified(name)


class PersonName:
    """`person_name`."""

    def read(self, written: str) -> Reading:
        name = _LEAD.sub("", unicodedata.normalize("NFKC", written).strip()).strip(" ,，。.、")
        name = re.sub(r"[•・．]", "·", re.sub(r"(?<=[㐀-鿿])\.(?=[㐀-鿿])", "·", name))
        if _CHINESE.fullmatch(name):
            return Accepted(name) if SHORTEST <= len(name) <= LONGEST else Rejected("person_name.wrong_length")
        if _LATIN.fullmatch(name):
            return Accepted(" ".join(name.split()))
        return Rejected("person_name.not_a_name", {"written": name[:40]})

    def find(self, text: str) -> Sequence[str]:
        """Each name of a message that is nothing but names: 李伟和张芳, "Li Wei and Zhang Fang".

        Beside ids and telephones also what stands by itself and begins with a surname: "李伟，身份证3301…".
        """
        normal = unicodedata.normalize("NFKC", text)
        parts = [one.strip() for one in _BETWEEN.split(normal.strip(" 。."))]
        if len(parts) > 1 and all(self.attempts(one) and (one.isascii() or one[0] in _SURNAMES) for one in parts):
            return parts
        if not _CODES.search(normal):
            return []
        return [one for one in _PARTS.split(normal) if one[:1] in _SURNAMES and self.attempts(one)]

    def attempts(self, text: str) -> bool:
        name = _LEAD.sub("", unicodedata.normalize("NFKC", text).strip()).strip(" ,，。.、")
        if _CHINESE.fullmatch(name):
            return SHORTEST <= len(name.replace("·", "")) <= (LONGEST if "·" in name else 4) and not NO_NAMES.search(
                name
            )
        return bool(_LATIN.fullmatch(name)) and len(name.split()) <= 4 and all(one[0].isupper() for one in name.split())

    def shown(self, value: str) -> JsonValue:
        return value


def names_in(text: str) -> list[str]:
    """Names of whom something is said to belong to (张三的), by their surname, of two or three characters."""
    found = re.findall(r"(?:查|看|问|問|睇|搵|下)([㐀-鿿]{2,3})(?:的|嘅)", text)
    return [name for name in found if name[0] in _SURNAMES and not NO_NAMES.search(name)]
