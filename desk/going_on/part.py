"""Codes on screens in turns: erased with the conversation. That a device came in stands among what was said."""

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import TextClause, text

from desk.conversations.ports import TurnPart

ERASE = text("DELETE FROM goings_on WHERE conversation_id = :id")


class CodesShown(TurnPart):
    """Gives nothing out: a code is over in minutes."""

    erases: ClassVar[Sequence[TextClause]] = (ERASE,)
