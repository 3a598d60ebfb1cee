"""Texts of training as they are compared: without the marks of values, spaces, case and signs. Pure."""

import re

MARKED = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})")
"""A value in a line of training, as nlu/README.md has it."""


LONG_ENOUGH = 16
"""Letters, a Chinese character for two; a shorter text is said by many: that it stands in both is no leak."""
WIDE = "\u2e80"  # where Chinese characters begin


def unmarked(line: str) -> str:
    """A line without the marks of values."""
    return MARKED.sub(r"\1", line)


def bare(text: str) -> str:
    """A text without spaces, case and signs."""
    return "".join(character for character in text.casefold() if character.isalnum())


def is_telling(text: str) -> bool:
    """Whether a text, bare, is so long that two hardly write it by chance."""
    return sum(1 + (letter >= WIDE) for letter in text) >= LONG_ENOUGH
