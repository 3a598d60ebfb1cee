"""The chat that shows a code for the resident's phone, and answers it; wherever its page is."""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201, r204

from channels.webchat import NAME, PhoneAnswer, PhoneCode, PhoneState
from desk.conversations import sessions
from desk.conversations.rows import ConversationRow
from desk.going_on.service import TO_SCAN
from desk.web.access import session
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import ANNOUNCED, TOKEN_OF, conversation_of
from desk.web.problems import Problem
from desk.web.qr import qr_path
from desk.web.scanned.place import GOINGS_ON, address_of_code
from desk.web.scanned.screen import CODES
from desk.web.typed import typed

ADDRESS = "/chat/v1/phone"
LOOKS = Rate(per_second=2, capacity=40)  # of one conversation
NO_STORE = {"Cache-Control": "no-store"}


@session
@typed
async def show_code(request: web.Request) -> r201[PhoneCode]:
    """Show a code that the resident's phone scans to go on with this conversation, in the place of the one before.

    It opens nothing by itself: the phone asks, and this session answers.

    Status Codes:
        201: It can be scanned.
    """
    conversation, goings_on = _on_the_web(request), request.app[GOINGS_ON]
    await insist_on_pace(request, "codes for phones", CODES, str(conversation.id))
    shown = sessions.hash_of(request[TOKEN_OF])
    if not await goings_on.show(conversation.id, shown, city=conversation.city, service=None):
        raise Problem("not_authenticated")  # ended in this very moment
    found = await goings_on.of_session(shown)
    if found is None:
        raise Problem("not_authenticated")
    there = address_of_code(request.app[ANNOUNCED].public_url, conversation.city, conversation.locale, found.code)
    side, path = qr_path(there)
    code = PhoneCode(side=side, path=path, seconds=int(TO_SCAN.total_seconds()))
    return web.json_response(code.model_dump(), status=201, headers=NO_STORE)


@session
@typed
async def look_at_code(request: web.Request) -> r200[PhoneState]:
    """Read how it stands with the code that this session shows.

    Status Codes:
        200: How it stands.
    """
    conversation = _on_the_web(request)
    await insist_on_pace(request, "looks at codes", LOOKS, str(conversation.id))
    found = await request.app[GOINGS_ON].of_session(sessions.hash_of(request[TOKEN_OF]))
    state = PhoneState(state="none" if found is None else found.state, number=None if found is None else found.number)
    return web.json_response(state.model_dump(), headers=NO_STORE)


@session
@typed
async def answer_phone(request: web.Request, body: PhoneAnswer) -> r204:
    """Say whether the phone that shows this number may go on with this conversation.

    Status Codes:
        204: It may, or may not.
        409: That is not asked any more.
    """
    _on_the_web(request)
    shown = sessions.hash_of(request[TOKEN_OF])
    if not await request.app[GOINGS_ON].answer(shown, body.number, yes=body.yes):
        raise Problem("conflict")
    return web.Response(status=204)


@session
@typed
async def stop_code(request: web.Request) -> r204:
    """Show no code any more.

    Status Codes:
        204: Nobody comes in by it, whether there was one or not.
    """
    _on_the_web(request)
    await request.app[GOINGS_ON].stop(sessions.hash_of(request[TOKEN_OF]))
    return web.Response(status=204)


def _on_the_web(request: web.Request) -> ConversationRow:
    """The conversation: one of another platform goes on there.

    Raises:
        Problem: it is.
    """
    conversation = conversation_of(request)
    if conversation.channel != NAME:
        raise Problem("not_found")
    return conversation
