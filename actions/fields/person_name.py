"""Names of persons: two to fifteen Chinese characters with a dot between them where there is one, or Latin words."""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.reading import Accepted, Reading, Rejected

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
_BETWEEN = re.compile(r"\s*(?:[、，,;；/&+]|和|跟|与|與|及|同|\band\b)\s*", re.IGNORECASE)


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
        """Of a message that is nothing but several names, each: 李伟和张芳, "Li Wei and Zhang Fang"."""
        parts = [one.strip() for one in _BETWEEN.split(unicodedata.normalize("NFKC", text).strip(" 。."))]
        return parts if len(parts) > 1 and all(self.attempts(one) for one in parts) else []

    def attempts(self, text: str) -> bool:
        name = _LEAD.sub("", unicodedata.normalize("NFKC", text).strip()).strip(" ,，。.、")
        if _CHINESE.fullmatch(name):
            return SHORTEST <= len(name.replace("·", "")) <= (LONGEST if "·" in name else 4) and not NO_NAMES.search(
                name
            )
        return bool(_LATIN.fullmatch(name)) and len(name.split()) <= 4 and all(one[0].isupper() for one in name.split())

    def shown(self, value: str) -> JsonValue:
        return value
