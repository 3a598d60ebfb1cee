"""Who speaks, to count by: the resident (of a web chat, the session), and the address that the message came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.attempts.counters import hashed
from desk.store.keys import Keys

CALLER = """
    SELECT jsonb_build_object('resident', coalesce(resident.person, resident.id::text),
                              'address', encode(message.caller, 'hex'))
    FROM residents AS resident WHERE resident.id = conversation.resident_id
"""
"""What a turn reads of it, as a subselect beside `message` and `conversation`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`resident` is one person of a platform on all accounts, `address` a hash, None where a platform hides it."""

    resident: str
    address: str | None

    @classmethod
    def of(cls, read: Mapping[str, Any]) -> "Caller":
        """Of the columns of a turn."""
        return cls(**read["caller"])

    def key(self, keys: Keys, what: str) -> bytes:
        """The resident's key for something."""
        return hashed(keys, f"{what} of resident", self.resident)

    def address_key(self, keys: Keys, what: str) -> bytes | None:
        """The address's key for something."""
        return None if self.address is None else hashed(keys, f"{what} of address", self.address)


def address_hash(keys: Keys, address: str) -> bytes:
    """An address as messages keep it."""
    return hashed(keys, "address", address)[:16]
