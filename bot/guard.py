"""Lets the desk alone in, and signs what is answered (`roles/mac.py`)."""

import json
import logging
from typing import Any, Optional

from aiohttp import web

from bot.problem import CONTENT_TYPE, Problem
from roles.mac import BOT_TO_ACTIONS, DESK_TO_BOT, HEADER, Refused, Signer, Verifier

KEYS = "ROLE_KEYS"
"""Environment variable: JSON, the key of each pair in hexadecimal (`desk/app/bot_process.py`)."""

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


def guard(verifier: Verifier) -> Any:
    """The guard before every route, known or not: checks what is asked, and signs the answer."""

    @web.middleware
    async def admit(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            ticket = verifier.admit(request.method, request.path_qs, request.headers)
            verifier.check(ticket, await request.read())
        except Refused as refused:
            log.warning("refused: %s", refused)
            return web.Response(text=json.dumps(refused.document()), status=refused.status, content_type=CONTENT_TYPE)
        except web.HTTPRequestEntityTooLarge:
            problem = Problem("bad-request", "The body is too large.")
            return web.Response(body=problem.body(), status=problem.status, content_type=CONTENT_TYPE)
        response: web.Response = await handler(request)
        response.headers[HEADER] = verifier.answer(ticket, response.status, bytes(response.body or b""))
        return response

    return admit
