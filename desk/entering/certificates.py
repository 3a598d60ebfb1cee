"""Who residents are proved to be: kept sealed for a while, opened for a turn. May not know what is shown for it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.certificate import Certificate
from desk.keys import Keys, Unsealable

PURPOSE = "certificate"

CERTIFICATE = """
    SELECT jsonb_build_object('sealed', encode(sealed, 'hex'), 'until', good_until) FROM certificates
    WHERE certificates.conversation_id = conversation.id AND good_until > clock_timestamp()
"""
"""A certificate as a turn reads it, as a subselect beside `conversation`."""

KEEP = text("""
    INSERT INTO certificates (conversation_id, sealed, issuer, good_until)
    VALUES (:conversation_id, :sealed, :issuer, :good_until)
    ON CONFLICT (conversation_id) DO UPDATE
    SET sealed = excluded.sealed, issuer = excluded.issuer, proved_at = now(), good_until = excluded.good_until
""")
DROP = text("DELETE FROM certificates WHERE conversation_id = :conversation_id")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Seals and opens certificates."""

    keys: Keys

    async def keep(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        certificate: Certificate | None,
        *,
        channel: str,
        until: datetime,
    ) -> None:
        """Keep what was proved just now; None: nothing was, and nothing that was before counts any more."""
        if certificate is None:
            await connection.execute(DROP, {"conversation_id": conversation_id})
            return
        plain = certificate.model_dump_json().encode()
        row = {
            "conversation_id": conversation_id,
            "sealed": self.keys.seal(plain, purpose=PURPOSE, of=str(conversation_id)),
            "issuer": channel,
            "good_until": until,
        }
        await connection.execute(KEEP, row)

    def opened(self, conversation_id: UUID, kept: dict[str, Any] | None) -> Certificate | None:
        """Open what `CERTIFICATE` read. What this installation's secret cannot open proves nothing."""
        if kept is None:
            return None
        try:
            plain = self.keys.open(bytes.fromhex(kept["sealed"]), purpose=PURPOSE, of=str(conversation_id))
        except Unsealable:
            return None
        return Certificate.model_validate(json.loads(plain))
