"""Who residents are proved to be: kept sealed for a while, opened for a turn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.certificate import Certificate
from desk.conversations.ports import TurnPart
from desk.conversations.rows import ConversationRow
from desk.conversations.times import told
from desk.sealing.opening import KEY, Opener, Purpose, key_of, opened
from desk.sealing.vault import DataKey
from desk.store.keys import Keys, Unsealable

PURPOSE = "certificate"

CERTIFICATE = f"""
    SELECT jsonb_build_object('sealed', encode(sealed, 'hex'), 'until', good_until,
                              'wrapped', encode({KEY.format("certificates.conversation_id")}, 'hex'))
    FROM certificates
    WHERE certificates.conversation_id = conversation.id AND good_until > clock_timestamp()
"""
KEEP = text("""
    INSERT INTO certificates (conversation_id, sealed, issuer, good_until)
    VALUES (:conversation_id, :sealed, :issuer, :good_until)
    ON CONFLICT (conversation_id) DO UPDATE
    SET sealed = excluded.sealed, issuer = excluded.issuer, proved_at = now(), good_until = excluded.good_until
""")
DROP = text("DELETE FROM certificates WHERE conversation_id = :conversation_id")
FIND = text(f"SELECT ({CERTIFICATE}) FROM conversations AS conversation WHERE conversation.id = :conversation_id")
OF_CONVERSATION = text("""
    SELECT issuer, proved_at, good_until FROM certificates WHERE conversation_id = :conversation_id
""")


@dataclass(frozen=True)
class Certificates(TurnPart):
    """Seals and opens certificates."""

    columns: ClassVar[Mapping[str, str]] = {"certificate": CERTIFICATE}
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
        key = await key_of(connection, conversation_id, Purpose.WRITE)
        sealed = self.keys.seal(plain, purpose=PURPOSE, of=str(conversation_id))
        row = {
            "conversation_id": conversation_id,
            "sealed": key.seal_file(sealed, "certificate"),
            "issuer": channel,
            "good_until": until,
        }
        await connection.execute(KEEP, row)

    async def find(self, connection: AsyncConnection, conversation_id: UUID) -> Certificate | None:
        """Who the resident of a conversation is proved to be at the moment, for what they read of it themselves."""
        kept = (await connection.execute(FIND, {"conversation_id": conversation_id})).scalar_one_or_none()

        def opener(of: UUID, wrapped: bytes | None) -> DataKey:
            return opened(connection, of, wrapped, Purpose.STREAM)

        return self._opened(conversation_id, kept, opener)

    async def data_of(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        key: DataKey,  # noqa: ARG002
        timezone: tzinfo,
    ) -> Mapping[str, Any]:
        rows = await connection.execute(OF_CONVERSATION, {"conversation_id": conversation_id})
        return {"identity": told(rows, timezone)}

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        await connection.execute(DROP, {"conversation_id": conversation_id})

    def items(self, conversation: ConversationRow, read: Mapping[str, Any], opener: Opener) -> Mapping[str, object]:
        """Of the context: the certificate. What this installation's secret cannot open proves nothing."""
        return {"certificate": self._opened(conversation.id, read["certificate"], opener)}

    def _opened(self, conversation_id: UUID, kept: dict[str, Any] | None, opener: Opener) -> Certificate | None:
        if kept is None:
            return None
        wrapped = None if kept["wrapped"] is None else bytes.fromhex(kept["wrapped"])
        try:
            sealed = opener(conversation_id, wrapped).open_file(bytes.fromhex(kept["sealed"]), "certificate")
            plain = self.keys.open(sealed, purpose=PURPOSE, of=str(conversation_id))
        except Unsealable:
            return None
        return Certificate.model_validate(json.loads(plain))
