"""What must be understood, written down from conversations that went as written: `CITYDESK_MUST_PASS=1`.

Each message is kept with the situation in which it was said and the command that it was there, where the model was
sure of that; the gate holds every model against it (`selftest/must_pass/`).
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.product import ROOT, Product
from psycopg import AsyncConnection

from desk.sealing.vault import of_data_dir
from desk.store.keys import load as load_keys
from desk.teaching.signals import Heard

WANTED = "CITYDESK_MUST_PASS"
FOLDER = ROOT / "selftest" / "must_pass"
SURE = 0.8
"""What was less sure is read otherwise by the next training of the same data."""
SAID = """
    SELECT message.body, message.understanding, sealing.wrapped FROM inbound_messages AS message
    JOIN conversation_keys AS sealing USING (conversation_id)
    WHERE message.conversation_id = %s AND message.kind = 'text' AND message.understanding IS NOT NULL
    ORDER BY message.id
"""


def is_wanted(conversation: dict[str, Any]) -> bool:
    """Whether conversations are written down, and this one goes through its service."""
    return bool(os.environ.get(WANTED)) and "through" in conversation.get("shows", ())


async def record(product: Product, session: str, service: str, city: str, conversation: dict[str, Any]) -> None:
    """Write down what was said in a conversation that went as written, in the place of what stood there."""
    data_dir = product.data_dir
    vault = of_data_dir(data_dir, load_keys(data_dir, None))
    turns = []
    async with await AsyncConnection.connect(product.state["urls"]["database"]) as connection:
        async for body, understanding, wrapped in await connection.execute(SAID, (session,)):
            key = vault.opened(UUID(session), wrapped)
            turn = _turn(key.open(body, "message"), key.open(understanding, "message"))
            turns += [turn] if turn else []
    name = f"{service}: {conversation['id']}"
    _write(
        FOLDER / f"{service}.jsonl",
        name,
        {"service": service, "id": name, "lang": conversation["locale"], "city": city, "turns": turns},
    )


def _turn(body: dict[str, Any], understood: dict[str, Any]) -> dict[str, Any] | None:
    """A message as it was read; None where the model was not sure of it."""
    heard = Heard.of(understood)
    if heard is None or heard.confidence < SURE:
        return None
    return {"say": body["text"], "situation": heard.situation, "commands": [heard.likeliest]}


def _write(file: Path, name: str, document: dict[str, Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    written = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    others = [one for one in written if json.loads(one)["id"] != name]
    lines = [*others, *([json.dumps(document, ensure_ascii=False)] if document["turns"] else [])]
    lines.sort(key=lambda one: str(json.loads(one)["id"]))
    file.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
