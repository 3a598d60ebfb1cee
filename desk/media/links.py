"""Addresses under which an agency may fetch a file that a resident sent with a report.

The address holds the file's id and its last moment, sealed together: it cannot be guessed, made or prolonged.
"""

import base64
from binascii import Error
from datetime import UTC, datetime
from uuid import UUID

from desk.store.keys import Keys

MEDIA = "media address"  # the purpose of codes
PROOF_BYTES = 16
LENGTH = 60  # characters of five bits: 16 bytes of id, 5 of seconds, 16 of proof


class MediaLinks:
    """Makes and reads addresses. `public_url` is where the desk is reached, without a trailing slash."""

    def __init__(self, keys: Keys, public_url: str) -> None:
        self._keys = keys
        self._public_url = public_url

    def address(self, media_id: UUID, until: datetime) -> str:
        """The address of a file, until a moment (aware)."""
        return f"{self._public_url}/media/{self.code(media_id, until)}"

    def code(self, media_id: UUID, until: datetime) -> str:
        """The code in it: `LENGTH` characters of A-Z and 2-7."""
        said = media_id.bytes + int(until.timestamp()).to_bytes(5)
        proof = self._keys.signature(said.hex(), purpose=MEDIA, length=PROOF_BYTES)
        return base64.b32encode(said + proof).decode().rstrip("=")

    def opens(self, code: str, now: datetime) -> UUID | None:
        """The file that a code opens at this moment; None: it is none of ours, or it is past its time."""
        try:
            read = base64.b32decode(code.upper() + "=" * (-len(code) % 8))
        except (Error, ValueError):
            return None
        said, proof = read[:21], read[21:]
        if base64.b32encode(read).decode().rstrip("=") != code.upper():
            return None  # the last character has bits that say nothing
        if not self._keys.is_signature(proof, said.hex(), purpose=MEDIA, length=PROOF_BYTES):
            return None
        until = datetime.fromtimestamp(int.from_bytes(said[16:]), UTC)
        return UUID(bytes=said[:16]) if now <= until else None
