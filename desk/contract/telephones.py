"""Telephone numbers as residents are known by them."""

HOME = ("+86", "0086")  # what stands before a number of the mainland, and is left out


def home(number: str) -> str:
    """A number as residents are known by it: those of the mainland without what stands before them abroad."""
    for before in HOME:
        if number.startswith(before):
            return number.removeprefix(before)
    return number
