"""Being told that there is news (Web Push): by consent, on the browser of a session, ended at any time."""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r204

from channels.webchat import NAME, LooksRequest, PushRequest, PushState
from desk.consents.service import record_given
from desk.conversations import sessions
from desk.devices import service, telephones
from desk.devices.encryption import Malformed, insist_on_keys
from desk.devices.service import Wished
from desk.sealing.opening import Purpose
from desk.store.database import transaction
from desk.tickets.hours import answering_agency
from desk.web.access import session
from desk.web.gate import insist_on_pace
from desk.web.kept.pushes import PUSHES, Pushes
from desk.web.kept.texting import texts_from
from desk.web.limits import Rate
from desk.web.parts import PARTS, TOKEN_OF, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed

CHANGES = Rate(per_second=0.05, capacity=10)  # of one session
LOOKS = Rate(per_second=1, capacity=20)  # likewise
NO_STORE = {"Cache-Control": "no-store"}
SERVICE, THING, PURPOSE = "human_agent", "device", "devices.purpose"
"""As the consent stands in the record."""


@session
@typed
async def push_state(request: web.Request) -> r200[PushState]:
    """Read whether devices are told that there is news, and by which key of ours a browser is to be asked.

    Status Codes:
        200: How it stands.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    async with parts.engine.connect() as connection:
        here = await service.here(connection, sessions.hash_of(request[TOKEN_OF]))
        devices = await service.count(connection, conversation.id)
        telephone = await telephones.telephone_of(connection, conversation.id, Purpose.STREAM)
    pushes = request.app.get(PUSHES)
    key = pushes.signer.public if pushes is not None and pushes.services.any and conversation.channel == NAME else None
    could = conversation.channel == NAME and telephone is None
    state = PushState(
        key=key,
        here=here is not None,
        announcements=bool(here and here.announcements),
        devices=devices,
        texts=could and await texts_from(request, parts.cities[conversation.city]),
    )
    return web.json_response(state.model_dump(), headers=NO_STORE)


@session
@typed
async def keep_device(request: web.Request, body: PushRequest) -> r204:
    """Wish to be told on this browser that there is news: never what. The consent is recorded.

    It ends with the session, by `DELETE`, by “stop”, and when everything is erased.

    Status Codes:
        204: It will be told.
    """
    parts, conversation, pushes = request.app[PARTS], conversation_of(request), _pushes(request)
    await insist_on_pace(request, "devices that are told", CHANGES, str(conversation.id))
    _insist(pushes, body)
    wished = Wished(body.endpoint, body.keys.p256dh, body.keys.auth, body.announcements)
    session_hash = sessions.hash_of(request[TOKEN_OF])
    city = parts.cities[conversation.city]
    async with transaction(parts.engine) as connection:
        before = await service.here(connection, session_hash)
        if not await service.keep(connection, conversation.id, session_hash, wished, body.key):
            raise Problem("not_authenticated")
        if before is None:
            await record_given(
                connection,
                conversation.id,
                city=city.slug,
                agency=answering_agency(city, channel=NAME, service=None).slug,
                service=SERVICE,
                thing=THING,
                purpose=PURPOSE,
            )
    return web.Response(status=204)


@session
@typed
async def end_device(request: web.Request) -> r204:
    """Be told no more on this browser.

    Status Codes:
        204: It is told nothing any more, whether it was before or not.
    """
    conversation = conversation_of(request)
    async with transaction(request.app[PARTS].engine) as connection:
        await service.end(connection, conversation.id, sessions.hash_of(request[TOKEN_OF]))
    return web.Response(status=204)


@session
@typed
async def post_looks(request: web.Request, body: LooksRequest) -> r204:
    """Tell whether a page is looked at: while one is, devices are told nothing. It counts for 40 seconds.

    Status Codes:
        204: Heard.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    await insist_on_pace(request, "looks", LOOKS, str(conversation.id))
    await parts.live.looks(conversation.id, body.page, looks=body.looks)
    return web.Response(status=204)


def _pushes(request: web.Request) -> Pushes:
    pushes = request.app.get(PUSHES)
    if pushes is None or not pushes.services.any or conversation_of(request).channel != NAME:
        raise Problem("not_found")
    return pushes


def _insist(pushes: Pushes, body: PushRequest) -> None:
    """See to it that it can be told: a push service of the settings, keys of a browser, a key of ours.

    Raises:
        Problem: it cannot; the field is named, never what was in it.
    """
    if not pushes.services.takes(body.endpoint):
        raise _wrong("endpoint", "no push service that the settings name")
    if body.key != pushes.signer.public:
        raise _wrong("key", "not the key that browsers are asked to admit")
    try:
        insist_on_keys(body.keys.p256dh, body.keys.auth)
    except Malformed as exc:
        raise _wrong("keys", "no keys of a browser") from exc


def _wrong(field: str, reason: str) -> Problem:
    return Problem("not_valid", errors=[{"in": "body", "field": field, "reason": reason}])
