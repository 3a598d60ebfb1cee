"""Handlers whose arguments come from the request, checked by their types, and appear so in /openapi.json.

The one door to aiohttp-pydantic, which has no types of its own.
"""

from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_pydantic.decorator import inject_params
from pydantic import ValidationError

from desk.web.problems import not_valid


async def _refuse(error: ValidationError, where: str) -> web.StreamResponse:
    raise not_valid(error, where)


def typed(handler: Callable[..., Awaitable[object]]) -> Handler:
    """Give a handler its body (a pydantic model), query (plain arguments) and headers (keyword-only arguments).

    Values that break the schema are answered with the problem `not-valid`.
    """
    return cast(Handler, inject_params(on_validation_error=_refuse).and_request(handler))
