"""What is given out of emergencies, and erased."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy import TextClause, text

from desk.conversations.ports import TurnPart

OF_CONVERSATION = text("""
    SELECT kind, kinds, opened_at, ended_at FROM emergencies WHERE conversation_id = :id ORDER BY id
""")
ERASE = text("DELETE FROM emergencies WHERE conversation_id = :id")


class KeptEmergencies(TurnPart):
    """Emergencies that residents wrote of. Hearing them comes before a turn's parts: `desk.safety.service`."""

    gives: ClassVar[Mapping[str, TextClause]] = {"emergencies": OF_CONVERSATION}
    erases: ClassVar[Sequence[TextClause]] = (ERASE,)
