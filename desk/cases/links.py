"""Addresses of calendar pages, with the code that alone opens them.

The store keeps a hash of the code: whoever reads it cannot make the address.
"""

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

from desk.store.keys import Keys
from desk.texts.addresses import filled

if TYPE_CHECKING:  # a list needs nothing of what turns say
    from desk.contract.messages import Reply

CALENDAR = "calendar page"  # the purpose of codes
LENGTH = 26  # characters of five bits


class Links:
    """Makes addresses. `public_url` is where residents reach the desk, without a trailing slash."""

    def __init__(self, keys: Keys, public_url: str) -> None:
        self._keys = keys
        self._public_url = public_url

    def code(self, conversation_id: UUID, case: str) -> str:
        """The code of a case's calendar page."""
        return self._keys.lasting_code(f"{conversation_id} {case}", purpose=CALENDAR, length=LENGTH)

    def calendar(self, conversation_id: UUID, case: str) -> str:
        """The address that puts a case into a calendar."""
        return f"{self._public_url}/cases/{self.code(conversation_id, case)}.ics"

    def reply(self, conversation_id: UUID, reply: "Reply") -> "Reply":
        """Put addresses where a reply asks for them."""
        makers = {
            "calendar_page": lambda case: self.calendar(conversation_id, case),
            "cities_page": lambda _: f"{self._public_url}/",
            "page": lambda path: f"{self._public_url}{path}",  # one that everybody may read
        }
        return filled(reply, makers)


def hash_of(code: str) -> bytes:
    """What the store keeps of a code."""
    return hashlib.sha256(code.encode()).digest()
