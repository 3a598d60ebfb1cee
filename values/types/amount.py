"""A sum of money: 86.40, ¥1,200, 58块6, 二百块, "two hundred yuan"."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from values.definition import HINT, SURE, Accepted, Open, Reading, Rejected, ValueType, pattern
from values.numbers import DIGITS, HAN, english, han
from values.words import ALONE, END, ENGLISH_NUMBERS, NUMBER, SUM
from values.writing import plain

_ROUGHLY = re.compile(r"[多几]|or so|about|around")
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?")
_UNIT = "元块蚊圆"
_SMALL = re.compile(rf"([\d{NUMBER}半])(?:[毛角]([\d{NUMBER}])?)?")
"""What stands behind the yuan: tenths, and behind their word hundredths."""


def read(written: str, _: date | None = None) -> Reading:
    """Read a sum as yuan with two decimals."""
    value = money(written)
    return Rejected("amount.no_sum", {"written": written}) if value is None else Accepted(f"{value:.2f}")


def money(written: str) -> Decimal | None:
    """Read a sum in yuan; None where there is none or it is only rough (三百多)."""
    text = plain(written).strip()
    if _ROUGHLY.search(text):
        return None
    whole, unit, rest = text, "", ""
    for sign in _UNIT:
        if sign in text:
            whole, unit, rest = (part.strip() for part in text.partition(sign))
            break
    value = _number(whole)
    if value is None:
        return None
    small = _SMALL.match(rest) if unit else None
    if small is None:
        return value
    tenths, hundredths = (Decimal("5") if one == "半" else Decimal(_digit(one)) for one in (small[1], small[2] or "0"))
    return value + tenths / 10 + hundredths / 100


def _digit(written: str) -> int:
    return int(written) if written.isdecimal() else DIGITS[written]


def _number(text: str) -> Decimal | None:
    if found := _DIGITS.search(text):
        return Decimal(found[0].replace(",", ""))
    if numeral := re.search(f"[{HAN}]+", text):
        return Decimal(han(numeral[0]))
    words = english(text)
    return None if words is None else Decimal(words)


def _is_no_time(text: str) -> bool:
    """86.40 is money, 9.30 an hour."""
    whole, part = text.split(".")
    return int(whole) > 23 or int(part) > 59


TYPE = ValueType(
    "amount",
    patterns=(
        pattern(280, HINT, rf"(?:[¥￥$]|{ALONE}(?:rmb|cny))\s?{SUM}(?![\d.])"),
        pattern(290, HINT, rf"(?<![\d.,]){SUM}(?:块|蚊)[\d半](?:[毛角]\d?分?)?(?![\d.])"),
        pattern(
            300,
            SURE,
            rf"(?<![\d.,]){SUM}\s?(?:多|几|来)?[百千万亿]?(?:多|几)?(?:元|块钱|块(?![儿砖石板玻瓷木铁地牌广])|圆|蚊)"
            rf"|(?<![\d.,]){SUM}(?:k| ?thousand| ?million)?\s?(?:rmb|cny|yuan|kuai|bucks){END}",
        ),
        pattern(
            310,
            HINT,
            rf"[{NUMBER}千万廿卅]+[多几来]?(?:块(?![交缴办弄])|蚊)"
            rf"(?:[{NUMBER}半](?:[毛角][{NUMBER}]?分?)?(?!个|月|天|次)|钱)?"
            rf"|[{NUMBER}千万廿卅]+[多几来]?元(?!旦|宵)",
        ),
        pattern(
            320,
            HINT,
            rf"{ALONE}(?:{ENGLISH_NUMBERS})(?:[ -](?:and )?(?:{ENGLISH_NUMBERS}))* (?:yuan|rmb|kuai|bucks){END}",
        ),
        pattern(
            330,
            HINT,
            r"[一二两三四五六七八九](?:百[一二三四五六七八九]?|千|万)(?:多|几|来)?(?!首|座|里|[名位辆])(?![一二两三四五六七八九十百千零〇路号年月日天次个米克公])",
        ),
        pattern(
            340,
            HINT,
            rf"(?<!公)[充交付缴扣入差退罚值存收争畀]了?咗?(?P<value>(?!\d{{6}}){SUM})"
            rf"(?![\d.a-z:：/点号路线年月日个次天分]|\s?(?:小时|分钟))",
        ),
        pattern(
            350,
            HINT,
            rf"{ALONE}(?:pay|paid|paying|overpaid|charged|refund|owe|owed|costs?|took|sent|received?|top up|recharge"
            rf"|put|add|withdraw)"
            rf"(?: (?:me|you|the|my|a|about|an extra|another|this))? (?P<value>{SUM}){END}"
            rf"(?! ?(?:years?|months?|days?|times|fines?|bills?|tickets?))",
        ),
        pattern(
            360,
            HINT,
            rf"(?:(?<!公)[充交付缴扣入差罚值存收争畀抄刷]|罚单|就|还要?|剩|电费|水费|燃气费|[上这]个月)了?咗?\s?"
            rf"(?P<value>[二两三四五六七八九]?十[一二三四五六七八九]?(?:多|几|来)?)(?![{NUMBER}千万路号年月日天次个点分岁米公张])",
        ),
        pattern(
            370, HINT, rf"(?<![\d.,]){SUM}[千万亿](?![里米克瓦年人名次])|{ALONE}{SUM}(?:k|(?: thousand| million)){END}"
        ),
        pattern(380, HINT, r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?![\d.,])"),
        pattern(390, HINT, r"(?<![\d.])\d+\.\d{2}(?![\d.])", holds=_is_no_time),
        pattern(400, HINT, r"(?<![\d.])\d{2,4}\.\d(?![\d.])"),
    ),
    read=read,
    open=Open(40, r"[¥￥]\s?\d{1,7}(?:\.\d{2})?(?!\d)|(?<!\d)\d{1,7}\.\d{2}\s?元?(?!\d)"),
)
