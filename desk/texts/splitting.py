"""A message in pieces that a platform takes: no word and no link is broken, nothing is left out. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from desk.contract.rendered import RenderedButton, RenderedMessage

type Unit = Literal["characters", "utf16", "utf8"]

# What is kept whole: a link with all that belongs to it, or a run of Latin letters, digits and what joins them. Each
# other character (Chinese has no spaces) stands alone, with the marks and joiners that belong to it.
WHOLE = re.compile(r"https?://[^\s，。；、！？（）《》「」]+|[A-Za-z0-9][A-Za-z0-9'’._:/@+\-]*|\s+|.", re.DOTALL)
CLOSING = "，。！？；：、）》」』】”’…,.!?;:)]}%"  # never begins a piece, unless it is longer than a piece
JOINER = "\u200d"
SENTENCE_ENDS = frozenset("。！？.!?;；")


def measure(text: str, unit: Unit) -> int:
    """How long a text is, as a platform counts."""
    match unit:
        case "characters":
            return len(text)
        case "utf16":
            return len(text.encode("utf-16-le")) // 2
        case "utf8":
            return len(text.encode())


def split(text: str, limit: int, unit: Unit = "characters") -> list[str]:
    """Cut a text into pieces of at most `limit` units: between paragraphs, else lines, else sentences, else words.

    Only a single word or link that is itself longer than a piece is cut, between characters. White space at the cuts
    falls away; an empty text is no piece.
    """
    pieces: list[str] = []
    rest = text.strip()
    while rest and measure(rest, unit) > limit:
        fitting = _fitting(rest, limit, unit)
        pieces.append(rest[:fitting].rstrip())
        rest = rest[fitting:].lstrip()
    return [*pieces, rest] if rest else pieces


def choices(message: RenderedMessage) -> list[RenderedButton]:
    """All buttons of a message, those of its cards too, each payload once; but for those that dial."""
    shown = [*message.buttons, *(button for card in message.cards for button in card.buttons)]
    buttons = [button for button in shown if button.url is None]
    return list({button.payload: button for button in reversed(buttons)}.values())[::-1]


def with_choices(message: RenderedMessage, buttons: Sequence[RenderedButton]) -> str:
    """Write choices as numbered lines below the text, for platforms without buttons: the number is the answer."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, start=1)]
    return "\n".join([message.text, *(["", *lines] if lines else [])])


def shortened(title: str, limit: int, unit: Unit = "characters") -> str:
    """A title within a bound, with an ellipsis where it was cut."""
    if measure(title, unit) <= limit:
        return title
    kept = title
    while kept and measure(kept + "…", unit) > limit:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def keyboards(buttons: Sequence[RenderedButton], *, short: int, most: int) -> list[list[list[RenderedButton]]]:
    """Buttons in rows, and rows in keyboards of at most `most` buttons; no buttons make no keyboard.

    Two titles of at most `short` bytes of UTF-8 share a row.
    """
    parts: list[list[list[RenderedButton]]] = []
    for button in buttons:
        is_short = measure(button.title, "utf8") <= short
        if not parts or sum(map(len, parts[-1])) == most:
            parts.append([[button]])
        elif is_short and len(row := parts[-1][-1]) == 1 and measure(row[0].title, "utf8") <= short:
            row.append(button)
        else:
            parts[-1].append([button])
    return parts


def _fitting(text: str, limit: int, unit: Unit) -> int:
    """Where to cut: the best place that leaves a first piece within the bound."""
    ends = _ends(text, limit, unit)
    if not ends:
        return _hard_cut(text, limit, unit)
    head = text[: ends[-1]]
    for mark in ("\n\n", "\n"):
        at = head.rfind(mark)
        if at > len(head) // 3:
            return at + len(mark)
    later = (end for end in reversed(ends) if end > len(head) // 3)
    return next((end for end in later if text[:end].rstrip()[-1:] in SENTENCE_ENDS), ends[-1])


def _ends(text: str, limit: int, unit: Unit) -> list[int]:
    """All places within the bound where a word, a link or a character ends and the next piece may begin."""
    ends: list[int] = []
    used = 0
    for token in WHOLE.finditer(text):
        used += measure(token.group(), unit)
        if used > limit:
            break
        following = text[token.end() : token.end() + 1]
        if not _belongs_to_what_is_before(following) and not token.group().endswith(JOINER):
            ends.append(token.end())
    return ends


def _belongs_to_what_is_before(character: str) -> bool:
    if not character:
        return False
    return character in CLOSING or character == JOINER or unicodedata.category(character) in {"Mn", "Me", "Sk", "Cf"}


def _hard_cut(text: str, limit: int, unit: Unit) -> int:
    """Where a word that is too long for a piece is cut: between characters, at least one."""
    end = 0
    while end < len(text) and measure(text[: end + 1], unit) <= limit:
        end += 1
    return max(end, 1)
