"""What a sentence about ways wishes, beside naming places and lines."""

import re
from enum import Enum

from actions.phrases import phrases, plain
from actions.services.next_bus.wishes import Wish as BusWish
from actions.services.next_bus.wishes import asks_hours
from actions.services.next_bus.wishes import wish_of as bus_wish_of


class Wish(Enum):
    """What is wanted of the way that was shown: the sentence says nothing else. `way_<value>` are its phrases."""

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


_SPACES = re.compile(r"(?<![a-z])\s+|\s+(?![a-z])")


def wish_of(text: str) -> Wish:
    """Give what a sentence wishes that says nothing else: it must fit from beginning to end."""
    said = _SPACES.sub("", plain(text))
    for wish in (Wish.BACK, Wish.OTHER, Wish.WHEN):
        if said and phrases(f"way_{wish.value}").whole(said):
            return wish
    match bus_wish_of(text):
        case BusWish.OTHER:
            return Wish.OTHER
        case BusWish.WHERE | BusWish.AGAIN:
            return Wish.WHEN
    return Wish.NONE


def matter_of(text: str, *, line: bool, stop: bool) -> Matter:
    """Give what a sentence is about that names a line or a stop, and no place to go to."""
    if line and asks_hours(text):
        return Matter.HOURS
    if line:
        return Matter.STOPS
    return Matter.LINES if stop and phrases("lines_there").within(plain(text)) else Matter.WAY
