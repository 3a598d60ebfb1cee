"""The chat API: sessions, messages, files, and a resident's own data. The stream is in `stream.py`."""

import asyncio
import math
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import BodyPartReader, web
from aiohttp_pydantic.oas.typing import r200, r201, r202, r204
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from channels.webchat import (
    CONTEXT_LIMIT,
    NAME,
    TEXT_LIMIT,
    MediaStored,
    MessageAccepted,
    MessageRequest,
    SeenRequest,
    SessionOpened,
    SessionRequest,
    SessionRotated,
    Slot,
    inbound,
)
from desk.accounts import service as accounts
from desk.announcements.measuring.figures import note_read
from desk.attempts.caller import address_hash
from desk.city.files import City
from desk.contract.messages import Manner
from desk.contract.wire import Locale
from desk.conversations import service as conversations
from desk.conversations import sessions
from desk.conversations.live import ENDED, WRITING
from desk.conversations.rows import ConversationRow, Receipt
from desk.kill_switch.service import is_silent
from desk.media.scanning import Verdict
from desk.media.types import MEDIA_LIMIT, content_type_of
from desk.store.database import transaction
from desk.texts.invisible import seen
from desk.texts.masking import masked
from desk.tickets.queue import is_with_clerk
from desk.web import cookies, languages
from desk.web.access import address_of, caller_of, public, session
from desk.web.cookies import foreign_origin
from desk.web.gate import NO_FORM, in_time
from desk.web.greeting import greeting, silent_greeting
from desk.web.limits import Rate
from desk.web.masked_data import masked_data, own_ids, shown_otherwise
from desk.web.parts import COOKIE_OF, PARTS, TOKEN_OF, Parts, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed

TYPING_RATE = Rate(per_second=0.5, capacity=2)  # of one session
READ_RATE = Rate(per_second=0.5, capacity=10)  # likewise
EXPORTS = Rate(per_second=0.1, capacity=10)  # of one session: each reads and opens everything that was said


@public
@typed
async def open_session(request: web.Request, body: SessionRequest) -> r201[SessionOpened]:
    """Open a conversation with a city.

    The greeting is the first event of its stream.

    Status Codes:
        201: Open. Keep the token: it is shown once, unless a cookie keeps it.
    """
    parts = request.app[PARTS]
    city = parts.cities.get(body.city)
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    sender = foreign_origin(request)
    if sender is not None and not parts.origins.may_open(sender, city.slug):
        raise Problem("origin_not_allowed")
    if body.cookie is not None and not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    locale = _language(request, city, body.locale)
    await admit_session(request)
    conversation_id, token = await open_chat(parts, city, locale, manner=body.manner, came_from=_context(body.context))
    shown = token if body.cookie is None else None
    opened = SessionOpened(session=str(conversation_id), token=shown, city=city.slug, locale=locale)
    answer = web.json_response(opened.model_dump(), status=201, headers={"Cache-Control": "no-store"})
    if body.cookie is not None:
        cookies.keep(request, answer, body.cookie, token, parts.limits.session_longest)
    return answer


async def admit_session(request: web.Request) -> None:
    """Insist that an address opens no more sessions than it may.

    Raises:
        Problem: it does.
    """
    parts = request.app[PARTS]
    admission = await parts.buckets.take("sessions", caller_of(request, parts.proxies), parts.limits.sessions)
    if admission.wait_seconds:
        raise too_many("too_many_sessions", admission.wait_seconds)


async def open_chat(
    parts: Parts, city: City, locale: Locale, *, manner: Manner = "standard", came_from: str | None = None
) -> tuple[UUID, str]:
    """Open a conversation with a city, greeted; answers its id and its session's token.

    Raises:
        Problem: the city has no account here.
    """
    async with transaction(parts.engine) as connection:
        account = await accounts.find_account(connection, channel=NAME, city=city.slug)
        if account is None:
            raise Problem("unknown_city", cities=[*sorted(parts.cities)])
        silent = await is_silent(connection, city=city.slug, account_id=account.id)
        words = (
            silent_greeting(city, channel=NAME)
            if silent
            else greeting(city, parts.services, city.local(parts.now()).month)
        )
        return await conversations.open_conversation(
            connection,
            account=account,
            city=city.slug,
            locale=locale,
            greeting=[parts.catalogs.in_manner(manner).render(words, locale)],
            manner=manner,
            longest=parts.limits.session_longest,
            idle=parts.limits.session_idle,
            came_from=came_from,
        )


@session
@typed
async def post_message(request: web.Request, message: MessageRequest) -> r202[MessageAccepted] | r200[MessageAccepted]:
    """Say something: a text, a button's payload, a place or a file.

    The answer comes in the stream.

    Status Codes:
        202: Accepted, and stored.
        200: Known already: nothing was repeated.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    if message.text is not None and len(message.text) > TEXT_LIMIT:
        raise Problem("text_too_long", limit=TEXT_LIMIT)
    with parts.posts.admit(conversation.id) as within:
        if not within:
            raise too_many("too_many_at_once", 1)
        receipt = await take_in(parts, conversation, message, address_of(request, parts.proxies))
    return _accepted(receipt.message_id, status=202 if receipt.created else 200)


@session
@typed
async def post_typing(request: web.Request) -> r204:
    """Tell the clerk who has the conversation that the resident is writing. Nothing is kept.

    At most one hint in some seconds is passed on; where no clerk has the conversation, none is.

    Status Codes:
        204: Heard, whether it was passed on or not.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    admission = await parts.buckets.take("typing", str(conversation.id), TYPING_RATE)
    if not admission.wait_seconds:
        async with parts.engine.connect() as connection:
            with_clerk = await is_with_clerk(connection, conversation.id)
        if with_clerk:
            await parts.live.publish(conversation.id, hint=WRITING)
    return web.Response(status=204)


@session
@typed
async def post_read(request: web.Request, body: SeenRequest) -> r204:
    """Tell that a page showed messages that nobody had asked for, while it was looked at.

    Of announcements the time is kept, so that their agency knows how many were read; of other messages nothing is.

    Status Codes:
        204: Heard, whether anything was kept or not.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    admission = await parts.buckets.take("read", str(conversation.id), READ_RATE)
    if not admission.wait_seconds:
        async with transaction(parts.engine) as connection:
            await note_read(connection, conversation.id, body.seqs, datetime.now(UTC))
    return web.Response(status=204)


async def take_in(
    parts: Parts,
    conversation: ConversationRow,
    message: MessageRequest,
    address: str | None,
    *,
    wished: bool = False,
) -> Receipt:
    """Store what a resident says, once however often it is sent. `wished`: a payload that a page of ours offered.

    Raises:
        Problem: they say too much at once, or name a file that is none of theirs.
    """
    external_id = f"{conversation.id}:{message.client_msg_id}"
    who, rate = str(conversation.id), parts.limits.messages
    admission = await parts.buckets.take("messages", who, rate, once=message.client_msg_id)
    if admission.wait_seconds:
        known = await _known(parts.engine, conversation, external_id)
        if known is None:
            raise too_many("too_many_messages", admission.wait_seconds)
        return Receipt(known, False)
    media = await _media(parts.engine, conversation, message.media_id) if message.media_id else None
    kind, body = inbound(message, media)
    receipt = await conversations.receive(
        parts.engine,
        parts.bell,
        conversation=conversation,
        external_id=external_id,
        kind=kind,
        body=body,
        caller=None if address is None else address_hash(parts.keys, address),
        wished=wished,
    )
    if not receipt.created and admission.counted:
        await parts.buckets.give_back("messages", who, rate)
    return receipt


async def _known(engine: AsyncEngine, conversation: ConversationRow, external_id: str) -> int | None:
    async with engine.connect() as connection:
        return await conversations.find_message(connection, conversation, external_id)


async def _media(engine: AsyncEngine, conversation: ConversationRow, media_id: str) -> dict[str, str]:
    try:
        file_id = UUID(media_id)
    except ValueError as exc:
        raise Problem("unknown_file") from exc
    async with engine.connect() as connection:
        content_type = await conversations.find_media_type(connection, conversation.id, file_id)
    if content_type is None:
        raise Problem("unknown_file")
    return {"id": str(file_id), "content_type": content_type}


def _accepted(message_id: int, *, status: int) -> web.Response:
    accepted = MessageAccepted(message_id=str(message_id))
    return web.json_response(accepted.model_dump(), status=status, headers={"Cache-Control": "no-store"})


@session
@typed
async def post_media(request: web.Request) -> r201[MediaStored]:
    """Store a file of at most 10 MB: multipart/form-data with one file, or the file itself as the body.

    PNG, JPEG, WebP, GIF, PDF and audio, known by their content.

    Status Codes:
        201: Stored. Send its id as `media_id` of a message.
        422: It holds malware, and is not kept.
    """
    media_id, content_type = await keep_file(request, conversation_of(request))
    stored = MediaStored(media_id=str(media_id), content_type=content_type)
    return web.json_response(stored.model_dump(), status=201, headers={"Cache-Control": "no-store"})


async def keep_file(request: web.Request, conversation: ConversationRow) -> tuple[UUID, str]:
    """Store the file that a request brings, as far as a resident may bring files; answers its id and type.

    Raises:
        Problem: it is no such file, holds malware, or is one too many.
    """
    parts = request.app[PARTS]
    address = address_of(request, parts.proxies)
    with parts.uploads.admit(conversation.id, address) as within:
        if not within:
            raise too_many("too_many_at_once", 1)
        rate = parts.limits.files
        admission = await parts.buckets.take("media", str(conversation.id), rate)
        if admission.wait_seconds:
            raise too_many("too_many_messages", admission.wait_seconds)
        content = await _content_in_time(request)
        content_type = content_type_of(content)
        if content_type is None:
            raise Problem("file_type")
        if address is not None:
            size = max(1.0, len(content) / 1_000_000)
            admission = await parts.buckets.take("megabytes", address, parts.limits.megabytes, cost=size)
            if admission.wait_seconds:
                raise too_many("too_many_files", admission.wait_seconds)
        verdict = await parts.scanner.scan(content)
        if verdict == Verdict.MALWARE:
            raise Problem("malware")
        async with transaction(parts.engine) as connection:
            await _within_quota(connection, parts, conversation, len(content))
            media_id = await conversations.store_media(
                connection,
                conversation_id=conversation.id,
                content_type=content_type,
                content=content,
                verdict=verdict,
            )
    return media_id, content_type


async def _within_quota(connection: AsyncConnection, parts: Parts, conversation: ConversationRow, size: int) -> None:
    """Refuse a file beyond what one session may keep here; older ones go with the conversation."""
    files, kept = await conversations.media_kept(connection, conversation.id)
    if files >= parts.limits.files_of_session or kept + size > parts.limits.megabytes_of_session * 1_000_000:
        raise Problem("too_many_files")


async def _content_in_time(request: web.Request) -> bytes:
    """Read the file; a sender who is slower than a poor connection holds no place for long."""
    async with in_time(request):
        return await _content(request)


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        content = await request.read()
        if len(content) > MEDIA_LIMIT:
            raise Problem("too_large", limit=MEDIA_LIMIT)
        return content
    return await form_file(request)


async def form_file(request: web.Request) -> bytes:
    """The first file of a form.

    Raises:
        Problem: it is no form, has no file, or a larger one.
    """
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and "filename" in part.headers.get("Content-Disposition", ""):
                return await _part(part)
    except NO_FORM as exc:
        raise Problem("malformed") from exc
    raise Problem("malformed")


async def _part(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) > MEDIA_LIMIT:
            raise Problem("too_large", limit=MEDIA_LIMIT)
    return bytes(content)


@session
@typed
async def rotate_session(request: web.Request, cookie: Slot | None = None) -> r200[SessionRotated]:
    """Take a new token in the place of this one, which is over in half a minute. How long it is good does not change.

    A token that came in a cookie is kept in that again; with `cookie`, a page of this origin has it kept in one.

    Status Codes:
        200: The new token. Keep it: it is shown once.
    """
    parts, slot = request.app[PARTS], request.get(COOKIE_OF, cookie)
    if slot is not None and not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    async with transaction(parts.engine) as connection:
        token = await sessions.rotate(connection, request[TOKEN_OF])
    if token is None:  # ended in this very moment
        raise Problem("not_authenticated")
    rotated = SessionRotated(token=token if slot is None else None)
    answer = web.json_response(rotated.model_dump(), headers={"Cache-Control": "no-store"})
    if slot is not None:
        cookies.keep(request, answer, slot, token, parts.limits.session_longest)
    return answer


@session
@typed
async def end_session(request: web.Request) -> r204:
    """End this session: its token opens nothing any more. What was said stays until it is erased.

    Status Codes:
        204: Ended.
    """
    async with transaction(request.app[PARTS].engine) as connection:
        await sessions.end(connection, request[TOKEN_OF])
    return await _ended(request)


@session
@typed
async def end_sessions(request: web.Request) -> r204:
    """End all sessions of this conversation, on every device.

    Status Codes:
        204: Ended.
    """
    async with transaction(request.app[PARTS].engine) as connection:
        await sessions.end_all(connection, conversation_of(request).id)
    return await _ended(request)


async def _ended(request: web.Request) -> web.Response:
    """Streams that are open end as well."""
    await request.app[PARTS].live.publish(conversation_of(request).id, hint=ENDED)
    answer, slot = web.Response(status=204), request.get(COOKIE_OF)
    if slot is not None:
        cookies.drop(answer, slot)
    return answer


@session
@typed
async def my_data(request: web.Request) -> r200[dict]:
    """Read everything that is stored of this conversation.

    Numbers of persons are masked. An id is whole where it was proved within the last half hour that it is the
    reader's: by a one-time code of that id, or by the platform's certificate. `masked` is true where anything is shown
    otherwise than it is kept. `stays_when_erased` says what erasing leaves, why and for how long;
    `receipts_of_consent` are what it left before.

    Status Codes:
        200: One JSON document.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    admission = await parts.buckets.take("exports", str(conversation.id), EXPORTS)
    if admission.wait_seconds:
        raise too_many("too_many_messages", admission.wait_seconds)
    async with transaction(parts.engine) as connection:
        data = await conversations.data_of(
            connection,
            conversation.id,
            parts.turn,
            timezone=ZoneInfo(parts.cities[conversation.city].timezone),
        )
        is_own = await own_ids(connection, parts.keys, conversation.id)
    for received in data["received"]:  # as the page shows them, whatever may be read here
        shown_otherwise(received)
    data = await asyncio.to_thread(masked_data, data, parts.published, is_own)  # a long conversation has megabytes
    left = parts.retentions.of(conversation.city).stays
    stays = {**asdict(left), "said": parts.catalogs.text(left.said, conversation.locale)}
    data = {**data, "stays_when_erased": stays}
    return web.json_response(data, headers={"Cache-Control": "no-store"})


@session
@typed
async def erase_me(request: web.Request) -> r204:
    """Erase everything that was said, sent and asked in this conversation.

    The session and its stream stay: the confirmation arrives there, and says what is kept by law; the next message
    begins anew.

    Status Codes:
        204: Erased.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    confirmation = parts.catalogs.render(parts.retentions.of(conversation.city).stays.erased, conversation.locale)
    await conversations.erase(parts.engine, parts.live, conversation.id, confirmation, parts.turn)
    return web.Response(status=204)


def _context(written: str | None) -> str | None:
    """What a site wrote of its page, as a clerk may read it: a line, without numbers of persons."""
    words = " ".join(seen(written or "").split())
    return masked(words)[:CONTEXT_LIMIT] or None


def _language(request: web.Request, city: City, wanted: Locale | None) -> Locale:
    if wanted is None:
        return languages.requested(request, city.languages)
    if wanted not in city.languages:
        raise Problem(
            "not_valid",
            errors=[{"in": "body", "field": "locale", "reason": f"{city.slug} has {', '.join(city.languages)}"}],
        )
    return wanted


def too_many(name: str, wait_seconds: float) -> Problem:
    """That a limit is reached, and in how many seconds to come again."""
    return Problem(name, headers={"Retry-After": str(math.ceil(wait_seconds))})
