"""What a sentence about ways wishes, beside naming places and lines. May not know places or lines."""

import re
from enum import Enum

from actions.next_bus.wishes import Wish as BusWish
from actions.next_bus.wishes import asks_hours
from actions.next_bus.wishes import wish_of as bus_wish_of
from actions.transit.naming import simplified


class Wish(Enum):
    """What is wanted of the way that was shown: the sentence says nothing else."""

    BACK = "back"  # the same way in the other direction
    OTHER = "other"  # another way
    WHEN = "when"  # when the bus comes, or where it is
    NONE = "none"


class Matter(Enum):
    """What a sentence is about, where it does not name two places."""

    WAY = "way"
    STOPS = "stops"  # of a line
    LINES = "lines"  # at a stop
    HOURS = "hours"  # first and last bus of a line


_END = r"(了|啊|呀|呢|啦|吗|吧|咧)*"
_HOW = r"(的)?(路|车)?(呢|怎么坐|怎么走|怎么办|坐几路|坐什么车|要坐什么车|点坐|点搭|点行)?"
_SENTENCES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    (
        Wish.BACK,
        re.compile(
            r"(那|咁|请问)?(要|我)?(怎么样?|点样?|几时)?(回来|返回|返程|回程|回去|返嚟|返去|返转头|原路返回|反过来|反方向|倒过来)"
            + _HOW
            + _END
        ),
    ),
    (
        Wish.BACK,
        re.compile(
            r"((and|what about|how about|ok) )*(the )?((way )?back|return( trip| journey)?)"
            r"|(and )?the other (way|direction)( a?round)?|(and )?(how do i|how to) (get|go|come) back"
        ),
    ),
    (
        Wish.OTHER,
        re.compile(
            r"(那|还)?(有没有|有冇|还有|仲有|换)?(没有)?(别的|其他的?|其它的?|另外的?|另一[种条个]|一种|第二种)"
            r"(走法|方案|路线|线路|坐法|办法|选择|方法|搭法)?" + _END
        ),
    ),
    (
        Wish.OTHER,
        re.compile(r"(any|is there|are there)? ?(an|any)?other (ways?|options?|routes?|one)|(any )?alternatives?"),
    ),
    (
        Wish.WHEN,
        re.compile(
            r"(那|咁)?(它|佢|这车|这班车|车|公交车|巴士|下一班)?(什么时候|几点|几时|多久|几耐)(才|会)?(来|到|到站|有车|有|开)"
            + _END
        ),
    ),
    (
        Wish.WHEN,
        re.compile(
            r"(and |so )?when (does|is|will) (it|the bus|the next one|the next bus)( come| coming| due| arrive)?"
        ),
    ),
)
_SIGNS = re.compile(r"[?？!！。.,，~～…\s]+$")
_SPACES = re.compile(r"(?<![a-z])\s+|\s+(?![a-z])")

_LINES = re.compile(
    r"(哪些|哪几|什么|几多|有咩|咩|有边|边啲|边几|哪|几)(路|条|趟|个)?(公交|公车|巴士|车|线|线路|路线|路)?(车|线)?.{0,4}(经过|停|到站|会停|过|行经)"
    r"|(经过|停靠|停|过|行经).{0,12}的?(公交|公车|巴士|车|线路|路线)|有(哪些|哪几|什么|几|咩|边啲|边几).{0,2}(公交|公车|巴士|车|线|路)"
    r"|\b(which|what)( other)? (bus(es)?|lines?|routes?) (stop|call|pass|serve|come|go through|run through)"
    r"|\b(bus(es)?|lines?) (stop(ping)?|at|through|from here)\b"
)


def wish_of(text: str) -> Wish:
    """Give what a sentence wishes that says nothing else: it must fit from beginning to end."""
    said = _SIGNS.sub("", simplified(text).casefold().strip())
    said = _SPACES.sub("", said)
    for wish, sentence in _SENTENCES:
        if said and sentence.fullmatch(said):
            return wish
    match bus_wish_of(text):
        case BusWish.OTHER:
            return Wish.OTHER
        case BusWish.WHERE | BusWish.AGAIN:
            return Wish.WHEN
    return Wish.NONE


def matter_of(text: str, *, line: bool, stop: bool) -> Matter:
    """Give what a sentence is about that names a line or a stop, and no place to go to."""
    said = simplified(text).casefold()
    if line and asks_hours(text):
        return Matter.HOURS
    if line:
        return Matter.STOPS
    return Matter.LINES if stop and _LINES.search(said) else Matter.WAY
