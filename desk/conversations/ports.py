"""What the conversations room asks of other rooms for a turn. May not know which rooms there are."""

from collections.abc import Mapping
from typing import Any, Protocol

from desk.conversations.rows import ConversationRow
from desk.sealing.opening import Opener


class ContextPart(Protocol):
    """A room that knows something which a turn may know: how it is read, and what of it stands in the context."""

    @property
    def columns(self) -> Mapping[str, str]:
        """What a turn reads of this room: subselects by the name of their column.

        Each is one value of the one statement that reads a turn's message, beside `message`, `conversation` and
        `dialogue`; a value of several columns or rows is JSON.
        """
        ...

    def items(self, conversation: ConversationRow, read: Mapping[str, Any], opener: Opener) -> Mapping[str, object]:
        """Items of `desk.messages.Context`, by name, made of the columns that were `read`.

        `opener` opens keys of conversations that were read beside what they seal.
        """
        ...
