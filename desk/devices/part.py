"""Devices in turns: “stop” ends them, and they are given out and erased with the conversation."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy import TextClause, text

from desk.contract.messages import Unsubscribe
from desk.conversations.ports import NOTHING, Done, Turn, TurnPart
from desk.devices.service import END_ALL, NONE_LEFT
from desk.devices.telephones import END as END_TEXTS

TEXTED = text("""
    SELECT created_at AS made_at FROM remembered_values WHERE conversation_id = :id AND service = 'news_by_text'
""")
KEPT = text("SELECT made_at, announcements FROM push_devices WHERE conversation_id = :id ORDER BY id")


class Devices(TurnPart):
    """Says no more than since when: the address is the browser's, and opens it."""

    gives: ClassVar[Mapping[str, TextClause]] = {"devices": KEPT, "told_by_text": TEXTED}
    erases: ClassVar[Sequence[TextClause]] = (END_ALL, END_TEXTS, NONE_LEFT)

    async def carry_out(self, turn: Turn) -> Done:
        if Unsubscribe() in turn.effects:
            for statement in self.erases:
                await turn.connection.execute(statement, {"id": turn.conversation.id})
        return NOTHING
