"""Handlers whose arguments come from the request, checked by their types, and appear so in /openapi.json.

The one door to aiohttp-pydantic, which has no types of its own.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import signature
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_pydantic.decorator import inject_params
from pydantic import BaseModel, ValidationError

from desk.web.problems import Problem, not_valid


async def _refuse(error: ValidationError, where: str) -> web.StreamResponse:
    raise not_valid(error, where)


def typed(handler: Callable[..., Awaitable[object]]) -> Handler:
    """Give a handler its body (a pydantic model), query (plain arguments) and headers (keyword-only arguments).

    Values that break the schema are answered with the problem `not-valid`, a body that cannot be read with `malformed`.
    """
    checked = cast(Handler, inject_params(on_validation_error=_refuse).and_request(handler))
    if not any(_is_model(parameter.annotation) for parameter in signature(handler).parameters.values()):
        return checked

    @wraps(checked)
    async def readable(request: web.Request) -> web.StreamResponse:
        try:
            await request.json()
        except (ValueError, LookupError, RecursionError) as exc:  # the injector knows of wrong JSON alone
            raise Problem("malformed") from exc
        return await checked(request)

    return readable


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
