"""Seals of the audit's chain: HMAC-SHA-256 by a key that follows from the installation's secret.

Whoever can write to the database and does not have the secret can neither change a record nor cut off an end unseen.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace

from desk.audit.rows import Chain, Record, canonical


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals records and ends. `key` is 32 bytes."""

    key: bytes

    def sealed(self, record: Record, before: bytes) -> Record:
        """The record with its seal; `before` is that of the record before, empty for the first."""
        return replace(record, seal=self._digest(before, canonical(record.fields())))

    def is_sound(self, record: Record, before: bytes) -> bool:
        """Whether a record is as it was sealed, after `before`."""
        return hmac.compare_digest(self.sealed(record, before).seal, record.seal)

    def ended(self, chain: Chain) -> Chain:
        """The ends with their seal."""
        return replace(chain, seal=self._digest(chain.last_seal, canonical(_ends(chain))))

    def is_whole(self, chain: Chain) -> bool:
        """Whether the ends are as they were sealed. A chain that has not begun has no seal."""
        if chain.last_number == 0 and not chain.seal:
            return True
        return hmac.compare_digest(self.ended(chain).seal, chain.seal)

    def _digest(self, before: bytes, text: str) -> bytes:
        return hmac.digest(self.key, before + text.encode(), hashlib.sha256)


def _ends(chain: Chain) -> dict[str, object]:
    return {
        "first_number": chain.first_number,
        "first_before": chain.first_before.hex(),
        "last_number": chain.last_number,
        "last_seal": chain.last_seal.hex(),
    }
