"""What all acts of programs share: how a body is read, how an answer is written."""

from collections.abc import Container
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from desk.web.gate import in_time
from desk.web.problems import Problem, not_valid

NUMBER = "{number:[0-9]{1,18}}"

WORDS = r"^[^\x00]*$"
"""Texts that the store takes."""
type Method = Literal["get", "post", "put", "delete"]
type Act = tuple[Method, str, Any, type[BaseModel], type[BaseModel]]
"""An act: method, address, handler, what it is given and what it answers."""


class Written(BaseModel):
    """What goes over the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Written):
    """No more than the address says."""


def answer(shown: BaseModel, *, status: int = 200) -> web.Response:
    """Answer with what is shown; nobody on the way keeps it."""
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=shown.model_dump_json(), status=status, content_type="application/json", headers=headers)


def number_in(request: web.Request) -> int:
    """The number in the address."""
    return int(request.match_info["number"])


async def body_of[Body: BaseModel](request: web.Request, kind: type[Body]) -> Body:
    """Read a body.

    Raises:
        Problem: it is none of this kind.
    """
    if request.content_type != "application/json":
        raise Problem("malformed")
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as exc:
        raise not_valid(exc, "body") from exc


async def file_of[Query: BaseModel](
    request: web.Request, kind: type[Query], types: Container[str]
) -> tuple[Query, bytes]:
    """Read a body that is a file of one of these content types, and what the query says of it.

    Raises:
        Problem: it is of another type, the query is none of this kind, or it comes too slowly.
    """
    try:
        wanted = kind.model_validate(dict(request.query))
    except ValidationError as exc:
        raise not_valid(exc, "query") from exc
    if request.content_type not in types:
        raise Problem("malformed")
    async with in_time(request):
        return wanted, await request.read()
