"""A line of the buses or the underground."""

from __future__ import annotations

from values.definition import HINT, SURE, ValueType, pattern
from values.words import ALONE, END, NUMBER

TYPE = ValueType(
    "bus_line",
    patterns=(
        pattern(
            480,
            HINT,
            r"(?<![a-z])(?:环城|环|快|夜宵|夜间|夜|微|旅游|游|特|支线|支|机场(?:大巴|巴士)?|高铁|高峰快线|(?<![早晚学班])高峰|大站快车|[红绿蓝黄橘棕])\d{1,3}(?:路|号线|线|号)?(?![\d点分元块月日天])",
        ),
        pattern(
            790,
            SURE,
            rf"{ALONE}(?:夜|旅|快线?)?[a-z]{{0,2}}支?\d{{1,4}}[a-z支]?\d{{0,2}}(?:路(?![线灯口人])|号线|线(?![路上下城]))",
        ),
        # mistyped 路
        pattern(800, HINT, rf"{ALONE}[a-z]?\d{{1,3}}录"),
        pattern(
            810, HINT, rf"{ALONE}(?!pm)(?:[a-z]{{1,2}}支?\d{{1,3}}|[a-z]支\d{{1,2}})(?:路(?!线)|号?线(?!路))?{END}"
        ),
        pattern(820, HINT, rf"(?<![哪这那同每另])[{NUMBER}]{{1,3}}(?:路(?!上|人|口)|号线)"),
        pattern(830, HINT, r"(?<![\d路街道弄巷])(?:\d{3}|[4-9]\d|3[2-9])号(?!汽油|线|楼|门|院|馆|店|窗|房|室|铺)"),
        pattern(840, HINT, r"机场快线|机场大巴|机场专线|机场线"),
        pattern(860, HINT, r"(?<=[坐搭乘等])(?P<value>\d{1,3}[a-z]?)(?![a-z\d点分元块月日号个天次小多几.%度岁米站人])"),
        pattern(870, HINT, rf"(?<=[a-z] )(?P<value>[a-z]?\d{{1,4}}[a-z]?){END}(?![-.]\d)"),
    ),
)
