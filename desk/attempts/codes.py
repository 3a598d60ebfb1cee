"""Has one-time codes sent, after the turn that wished one: so that its answer is the same, and as fast, for everybody.

Whether the agency knows the person, and which telephone it holds, is asked here; nothing of it is said. Only where the
agency itself cannot be reached, that is said, since it is as true of anybody.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import aiohttp
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.attempts import counters, limits
from desk.attempts.counters import hashed
from desk.attempts.strangers import Strangers
from desk.city.files import City
from desk.contract.agency_commands import CodeCommand, CodeSent, HolderAnswer, HolderCommand
from desk.contract.errors import BackendError, BackendRefused
from desk.contract.messages import Reply
from desk.contract.proving import SendCode
from desk.contract.wire import Wire
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow, message_event
from desk.http import agencies
from desk.http.peers import signer
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs
from roles.mac import DESK_TO_ACTIONS

SEND = "attempts.send_code"
HOLDER, CODE = "/commands/holder", "/commands/code"
SECONDS = 6.0
"""So long the agency, and then the gateway, is waited for."""

log = structlog.get_logger(__name__)

WISH = text("""
    INSERT INTO wished_codes (conversation_id, private) VALUES (:conversation_id, :private) RETURNING id
""")
READ = text(f"""
    SELECT conversation_id, private, {KEY.format("wished_codes.conversation_id")} AS wrapped
    FROM wished_codes WHERE id = :id
""")
DONE = text("DELETE FROM wished_codes WHERE id = :id RETURNING id")


async def wish(
    connection: AsyncConnection, conversation: ConversationRow, effect: SendCode, *, owner: bool, place: str
) -> None:
    """Have a code sent once the turn is committed.

    Args:
        connection: of the turn.
        conversation: where it is wished.
        effect: to whom.
        owner: the caller proved the same before.
        place: the caller's address, hashed, or resident: by which strangers are counted.
    """
    about = {
        "effect": effect.model_dump(),
        "city": conversation.city,
        "locale": conversation.locale,
        "owner": owner,
        "place": place,
    }
    key = await key_of(connection, conversation.id, Purpose.WRITE)
    private = key.seal_bytes(json.dumps(about).encode(), "wished code")
    row = {"conversation_id": conversation.id, "private": private}
    number = (await connection.execute(WISH, row)).scalar_one()
    await defer(connection, SEND, lane=REPLIES, wish=int(number))


@dataclass(frozen=True)
class CodeSender:
    """Sends codes through the actions server at `url`. The session is owned by the caller; `now` is the clock."""

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    keys: Keys
    cities: Mapping[str, City]
    url: str
    http: aiohttp.ClientSession
    now: Callable[[], datetime]

    async def send(self, number: int) -> None:
        """Send a code that was wished: once more if this is repeated, the same one, which gateways take as one.

        Raises:
            BackendError: the gateway failed; the job is tried again.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(READ, {"id": number})).one_or_none()
            if row is None:
                return
            key = opened(connection, row.conversation_id, row.wrapped, Purpose.CODE)
        wished = json.loads(key.open_bytes(row.private, "wished code"))
        effect = SendCode.model_validate(wished["effect"])
        try:
            phone = effect.value if effect.of == "phone" else await self._holder(effect, effect.of, wished["city"])
        except BackendRefused:
            phone = None  # nobody is known by it, which is not said
        except BackendError as exc:
            log.warning("holder_not_asked", service=effect.service, error=type(exc).__name__)
            await self._failed(number, row.conversation_id, effect, wished["city"])
            return
        if phone is not None and await self._may(effect, phone, wished):
            await self._text(row.conversation_id, effect, wished, phone)
        async with transaction(self.engine) as connection:
            await connection.execute(DONE, {"id": number})

    async def _holder(self, effect: SendCode, of: Literal["person", "reference"], city: str) -> str | None:
        asked = HolderCommand(service=effect.service, city=city, of=of, value=effect.value)
        answer = await self._command(HOLDER, asked, HolderAnswer)
        return answer.phone

    async def _command[Answer: Wire](self, path: str, asked: Wire, answer: type[Answer]) -> Answer:
        by = signer(self.keys, DESK_TO_ACTIONS)
        return await agencies.command(self.http, by, self.url, path, asked, answer, seconds=SECONDS)

    async def _may(self, effect: SendCode, phone: str, wished: Mapping[str, Any]) -> bool:
        """Whether one telephone gets another code: many numbers may lead to one. A repeated job counts once."""
        about = hashed(self.keys, "wish", effect.frame, str(effect.number), effect.value)[:16]
        # "": a wish of the release before, which kept no place
        strangers = Strangers.of(self.keys, "code to phone", phone, wished.get("place", ""))
        owner = hashed(self.keys, "code to phone of owner", phone)
        now = self.now()
        async with transaction(self.engine) as connection:
            await counters.lock(connection, [owner] if wished["owner"] else strangers.keys)
            windows = {owner: limits.CODES_TO_OWNER} if wished["owner"] else await strangers.windows(connection, now)
            counted = await counters.read(connection, windows, now)
            if any(about in counted.about.get(key, {}) for key in windows):
                return True
            if any(limits.stop(counted.times.get(key, ()), every, now) for key, every in windows.items()):
                return False
            await counters.count(connection, windows, city=wished["city"], now=now, about=about)
        return True

    async def _text(self, conversation: UUID, effect: SendCode, wished: Mapping[str, str], phone: str) -> None:
        command = CodeCommand(
            conversation=str(conversation),
            frame=effect.frame,
            number=effect.number,
            service=effect.service,
            of=effect.of,
            city=wished["city"],
            locale=wished["locale"],
            phone=phone,
        )
        try:
            await self._command(CODE, command, CodeSent)
        except BackendRefused as exc:
            log.warning("code_refused", service=effect.service, status=exc.status)

    async def _failed(self, number: int, conversation_id: UUID, effect: SendCode, city: str) -> None:
        """Say that the agency cannot be asked: once, and nothing of what it would have said."""
        agency = self.cities[city].responsible(effect.service)
        args = {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}
        async with transaction(self.engine) as connection:
            known = await stream.lock(connection, conversation_id)
            if (await connection.execute(DONE, {"id": number})).scalar_one_or_none() is None:
                return
            message = self.catalogs.in_manner(known.manner).render(
                Reply(key="limits.code_not_asked", args=args), known.locale
            )
            await stream.append(connection, conversation_id, [message_event(message, author="bot")])
        await self.live.publish(conversation_id)
