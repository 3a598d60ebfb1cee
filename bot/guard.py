"""Lets the desk alone in, and signs what is answered (`roles/mac.py`). May not know what is asked."""

import json
import logging
from typing import Optional

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.problem import CONTENT_TYPE
from roles.mac import BOT_TO_ACTIONS, DESK_TO_BOT, HEADER, Refused, Signer, Verifier

KEYS = "ROLE_KEYS"
"""Environment variable: JSON, the key of each pair in hexadecimal (`desk/bot_process.py`)."""

log = logging.getLogger("bot")


class KeysMissing(Exception):
    """The bot was not given its keys."""


def read_keys(given: Optional[str]) -> "tuple[Verifier, Signer]":
    """Gives what checks the desk's requests, and what signs our own to the actions.

    Raises:
        KeysMissing: they are not there, or are none.
    """
    try:
        keys = {pair: bytes.fromhex(key) for pair, key in json.loads(given or "{}").items()}
        return Verifier(DESK_TO_BOT, [keys[DESK_TO_BOT]]), Signer(BOT_TO_ACTIONS, keys[BOT_TO_ACTIONS])
    except (ValueError, KeyError, AttributeError) as exc:
        raise KeysMissing(f"The bot has no keys in {KEYS}. Start it with: desk bot") from exc


def guard(app: Sanic, verifier: Verifier) -> None:
    """Puts the guard before every route, known or not."""

    @app.middleware("request")
    async def admit(request: Request) -> Optional[HTTPResponse]:
        try:
            ticket = verifier.admit(request.method, _path(request), request.headers)
            await request.receive_body()
            verifier.check(ticket, request.body)
        except Refused as refused:
            log.warning("refused: %s", refused)
            return HTTPResponse(json.dumps(refused.document()), refused.status, content_type=CONTENT_TYPE)
        request.ctx.ticket = ticket
        return None

    @app.middleware("response")
    async def sign(request: Request, response: HTTPResponse) -> None:
        ticket = getattr(request.ctx, "ticket", None)
        if ticket is not None:
            response.headers[HEADER] = verifier.answer(ticket, response.status, response.body or b"")


def _path(request: Request) -> str:
    return f"{request.path}?{request.query_string}" if request.query_string else str(request.path)
