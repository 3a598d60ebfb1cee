"""What a turn reads in its one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from desk.conversations.rows import ConversationRow
from desk.conversations.waiting import Oldest
from desk.sealing.opening import Opener


@dataclass(frozen=True)
class Room:
    """A room that knows something."""

    columns: Mapping[str, str]

    def items(
        self,
        conversation: ConversationRow,  # noqa: ARG002 - one shape of all rooms
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        return read


@pytest.mark.parametrize("other", ["cases", "state"], ids=["of another room", "of the message"])
def test_two_columns_of_one_name_are_refused(other: str) -> None:
    """One would be read as the other: no worker starts with them."""
    rooms = [Room({"cases": "SELECT 1"}), Room({other: "SELECT 2"})]
    with pytest.raises(ValueError, match="one name"):
        Oldest(rooms)
