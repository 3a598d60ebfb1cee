"""Marks and words at which another wish may begin in a message, and what they must not be taken for."""

import re

_HAN = "[\u3400-\u9fff]"
_MARK = (
    rf"(?<={_HAN})\s+(?={_HAN}|\d)|(?<=\d{{5}})\s+(?={_HAN})|"
    r"(?<!\d)[,.，。；;！!？?\n、]+|[，。；;！!？?\n、（）()]+|[,.](?!\d)"
)
_LOOKS = "查|看|睇|问|問|打听|打聽"
_DOES = "坐|乘|搭|去|交|缴|繳|付|俾|畀|充|挂|掛|约|約|订|訂|报|報|投诉|投訴|反映|办|辦|申|领|領|补|補|换|換|取"
_NEEDED = "吗|嗎|嘛|么|麼|咩|几|幾|多少|多久|哪|边度|邊度|啥|乜|[不唔]"
"""Marks of who asks what is needed, or how long it is still: that joins nothing."""
_FURTHER = (
    rf"(?<=[\u3400-\u9fff\dA-Za-z]{{4}})(?:还|還|仲)(?:要|想|得|需要?)(?:再|去)?"
    rf"(?=(?:{_LOOKS})|(?:{_DOES})(?!.{{0,6}}(?:{_NEEDED})))"
)
"""One more thing is wished, between two that each bear a wish ("to pay the gas, and take the 2")."""
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
            "(?<!以后)(?<!以後)(?<!之后)(?<!之後)(?<!回头)(?<!回頭)(?<!下次)(?<!改天)再(?=帮|幫|查|看|问|問|给|給)",
            "(?<=[了说說讲講吧])先(?=把|交|查|付|缴|繳|看|问|問)",
            "再就是",
            "除此之外",
            "此外",
            _FURTHER,
        ),
    ]
)
_ENGLISH = (
    r"\b(?:and|then|also|plus|as well as|but|btw|by the way|on top of that|in addition(?! to)|one more thing"
    r"|while (?:you|i)(?:['’]re|['’]m| are| am) at it)\b|[&+]"
)
CUT = re.compile(f"{_MARK}|{_CHINESE}|{_ENGLISH}", re.IGNORECASE)
