"""Marks and words at which another wish may begin in a message, and what they must not be taken for."""

import re

_HAN = "[\u3400-\u9fff]"
_MARK = (
    rf"(?<={_HAN})\s+(?={_HAN}|\d)|(?<=\d{{5}})\s+(?={_HAN})|"
    r"(?<!\d)[,.，。；;！!？?\n、]+|[，。；;！!？?\n、（）()]+|[,.](?!\d)"
)
_CHINESE = "|".join(
    [
        *(
            "然后",
            "然後",
            "(?:还有|還有|仲有)(?!.{0,2}[多几幾无無没沒冇])",
            "另外",
            "顺便",
            "順便",
            "顺带",
            "順帶",
            "同时",
            "同時",
            "以及",
            "并且",
            "並且",
        ),
        *(
            "同埋",
            "跟住",
            "加上",
            "和",
            "跟",
            "再(?=帮|幫|查|看|问|問|给|給)",
            "(?<=了)先(?=把|交|查|付|缴|繳|看|问|問)",
        ),
    ]
)
_ENGLISH = r"\b(?:and|then|also|plus|as well as|but|btw|by the way)\b|[&+]"
CUT = re.compile(f"{_MARK}|{_CHINESE}|{_ENGLISH}", re.IGNORECASE)
