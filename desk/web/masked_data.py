"""What is kept of a resident as it is given out: of the numbers of persons only that of who was proved to read it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts.proofs import of_person, proved_lately
from desk.login.certificates import Certificates
from desk.store.keys import Keys
from desk.texts.masking import IsOwn, masked_body
from desk.texts.own_words import as_shown

OURS = ("id", "in_reply_to")
"""By these the program itself numbers messages and tickets, from 1 on: they are nobody's, however long they get."""
NUMBERED = ("received", "said", "tickets", "files")


def shown_otherwise(received: dict[str, Any]) -> None:
    """Put `shown` beside what a resident wrote, where the chat shows it otherwise: numbers of persons are masked."""
    if received.get("text") is None:
        return
    situation = (received.get("understanding") or {}).get("situation") or {}
    shown = as_shown(received["text"], situation.get("asks_for"))
    if shown != received["text"]:
        received["shown"] = shown


async def own_ids(connection: AsyncConnection, keys: Keys, conversation_id: UUID) -> IsOwn:
    """Which ids are those of who reads: each by its own code within half an hour, or by the platform's certificate.

    A proof of one id says nothing of another that stands in the same conversation: who has come by its token can
    prove who they are themselves.
    """
    proved = await proved_lately(connection, conversation_id)
    certificate = await Certificates(keys).find(connection, conversation_id)
    certified = None if certificate is None else certificate.id_number.upper()
    return lambda number: number == certified or of_person(keys, number) in proved


def masked_data(kept: dict[str, Any], published: Collection[str], is_own: IsOwn) -> dict[str, Any]:
    """Mask the numbers of persons; what messages and tickets are numbered by stays.

    Args:
        kept: as `desk.conversations.service.data_of` gives it out.
        published: telephones that everybody may know.
        is_own: which ids stay whole.

    Returns:
        The same, with `masked`: whether anything is shown otherwise than it is kept.
    """
    shown: dict[str, Any] = masked_body(kept, published, is_own)
    for name in NUMBERED:
        for whole, seen in zip(kept[name], shown[name], strict=True):
            seen.update({one: whole[one] for one in OURS if one in whole})
    shown["session"] = kept["session"]
    return {"masked": shown != kept, **shown}
