"""What a short sentence about a bus wishes, beside naming a stop or line."""

from enum import Enum

from actions.phrases import phrases, plain


class Wish(Enum):
    """What is wanted; `bus_<value>` are its phrases."""

    WHERE = "where"  # where the bus is now
    OTHER = "other"  # the other lines at the stop
    AGAIN = "again"  # the same once more: how long still
    NONE = "none"


def wish_of(text: str) -> Wish:
    """Give what a sentence wishes that says nothing else: it must fit from beginning to end."""
    said = plain(text)
    wishes = (Wish.WHERE, Wish.OTHER, Wish.AGAIN)
    return next((wish for wish in wishes if said and phrases(f"bus_{wish.value}").whole(said)), Wish.NONE)


def asks_where(text: str) -> bool:
    """Whether a sentence, whatever else it says, asks where a bus is."""
    return phrases("bus_where_too").within(plain(text))


def asks_hours(text: str) -> bool:
    """Whether a sentence, whatever else it says, asks for the first or last bus."""
    return phrases("bus_first_or_last").within(plain(text))
