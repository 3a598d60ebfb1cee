"""/openapi.json: written from the handlers' types, with the errors and the access that every route shares."""

from importlib.metadata import version
from typing import Any

from aiohttp import web
from aiohttp_pydantic.oas.view import generate_oas

from desk.web.access import access_of, public
from desk.web.problems import STATUS, problem_type

DOCUMENT = web.AppKey("openapi", dict[str, Any])
API = "/chat/v1/"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "enum": sorted(problem_type(name) for name in STATUS)},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "limit": {"type": "integer"},
        "cities": {"type": "array", "items": {"type": "string"}},
    },
    "description": "RFC 9457. Title and detail are in the resident's language; `type` is stable.",
}
STREAM = {
    "type": "string",
    "description": "Server-sent events: `id` is the seq, `data` one event as JSON; `event: typing` is a hint.",
}
FILE = {"type": "string", "format": "binary"}


def describe(app: web.Application) -> dict[str, Any]:
    """Write the OpenAPI document of an application's chat API."""
    document: dict[str, Any] = generate_oas([app], version_spec=version("citydesk"), title_spec="Citydesk web chat")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    document["components"]["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
    for route in app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if not path.startswith(API) or route.method == "HEAD":
            continue
        operation = document["paths"][path][route.method.lower()]
        operation["operationId"] = getattr(route.handler, "__name__", path)
        if access_of(route.handler) == "session":
            operation["security"] = [{"session": []}]
        operation["responses"]["default"] = {
            "description": "What went wrong.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    _complete(document["paths"])
    _say_in_3_0(document)
    return document


def _complete(paths: dict[str, Any]) -> None:
    """Add what types cannot say: the stream, and the two ways of sending a file."""
    paths[API + "events"]["get"]["responses"]["200"]["content"]["text/event-stream"] = {"schema": STREAM}
    paths[API + "events"]["get"]["parameters"].append(
        {"in": "header", "name": "Last-Event-ID", "required": False, "schema": {"type": "integer", "minimum": 0}}
    )
    paths[API + "media"]["post"]["requestBody"] = {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": FILE}},
            },
            "application/octet-stream": {"schema": FILE},
            "image/*": {"schema": FILE},
        },
    }


def _say_in_3_0(node: Any) -> None:
    """Write what OpenAPI 3.0 knows no word for in its own: const, and null beside a reference."""
    if isinstance(node, list):
        for item in node:
            _say_in_3_0(item)
    elif isinstance(node, dict):
        if isinstance(node.get("const"), str):
            node["enum"] = [node.pop("const")]
        if node.get("nullable") and "$ref" in node:
            node["allOf"] = [{"$ref": node.pop("$ref")}]
        for item in node.values():
            _say_in_3_0(item)


@public
async def get_openapi(request: web.Request) -> web.Response:
    """The document."""
    return web.json_response(request.app[DOCUMENT])
