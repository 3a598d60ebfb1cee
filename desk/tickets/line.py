"""What a turn may know of tickets: whether its resident waits for a clerk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from desk.conversations.rows import ConversationRow
from desk.sealing.opening import Opener

WAITS = """
    EXISTS (SELECT FROM tickets
             WHERE tickets.conversation_id = message.conversation_id
               AND tickets.state = 'open' AND tickets.matter IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Tells turns that a clerk is waited for."""

    columns: ClassVar[Mapping[str, str]] = {"in_line": WAITS}

    def items(
        self,
        conversation: ConversationRow,  # noqa: ARG002 - one shape of all parts
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        """Of the context: whether an open ticket holds the conversation."""
        return {"in_line": read["in_line"]}
