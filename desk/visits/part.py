"""Visits in turns: what is given out and erased of which chats are seen wherever a telephone is proved."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy import TextClause, text

from desk.conversations.ports import TurnPart

KEPT = text("SELECT kept_at FROM kept_conversations WHERE conversation_id = :id")
ERASE = (
    text("DELETE FROM visits WHERE conversation_id = :id"),
    text("DELETE FROM kept_conversations WHERE conversation_id = :id"),
)


class KeptMatters(TurnPart):
    """Says no more than since when: the telephone is a keyed hash, which nobody can read."""

    gives: ClassVar[Mapping[str, TextClause]] = {"seen_by_telephone": KEPT}
    erases: ClassVar[Sequence[TextClause]] = ERASE
