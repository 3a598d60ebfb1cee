"""What is kept of a resident as it is given out to who has not proved lately whose it is."""

from collections.abc import Collection
from typing import Any

from desk.texts.masking import masked_body
from desk.texts.own_words import as_shown

OURS = ("id", "in_reply_to")
"""By these the program itself numbers messages and tickets, from 1 on: they are nobody's, however long they get."""
NUMBERED = ("received", "said", "tickets")


def shown_otherwise(received: dict[str, Any]) -> None:
    """Put `shown` beside what a resident wrote, where the chat shows it otherwise: numbers of persons are masked."""
    if received.get("text") is None:
        return
    situation = (received.get("understanding") or {}).get("situation") or {}
    shown = as_shown(received["text"], situation.get("asks_for"))
    if shown != received["text"]:
        received["shown"] = shown


def masked_data(kept: dict[str, Any], published: Collection[str]) -> dict[str, Any]:
    """Mask the numbers of persons; what messages and tickets are numbered by stays.

    Args:
        kept: as `desk.conversations.service.data_of` gives it out.
        published: telephones that everybody may know.
    """
    masked: dict[str, Any] = masked_body(kept, published)
    for name in NUMBERED:
        for whole, seen in zip(kept[name], masked[name], strict=True):
            seen.update({one: whole[one] for one in OURS if one in whole})
    return masked
