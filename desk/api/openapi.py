"""/api/v1/openapi.json: what programs may ask, written from the acts and their types."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from desk.api import announcements, callbacks, documents, images, lists
from desk.api.access import needs_of
from desk.api.announcements import KEY, PATH
from desk.api.wire import Nothing
from desk.media.cleaning import FORMATS
from desk.media.documents import PDF
from desk.web.access import public
from desk.web.openapi import PROBLEM

DOCUMENT = web.AppKey("api_document", Mapping[str, Any])
ADDRESS = "/api/v1/openapi.json"
SCHEMAS = "#/components/schemas/{model}"
ACTS = (*announcements.ACTS, *callbacks.ACTS, *lists.ACTS, *images.ACTS, *documents.ACTS)
"""All that programs may do."""
MAKING = {("post", one) for one in (PATH, callbacks.PATH, lists.PATH, images.PATH, documents.PATH)}
"""Those that answer 201 where something is new."""
BROUGHT: Mapping[str, type[BaseModel]] = {
    lists.PATH: lists.NewList,
    images.PATH: images.NewImage,
    documents.PATH: documents.NewDocument,
}
"""Where the body is a file, and the query says whose it is."""
KINDS: Mapping[str, Iterable[str]] = {images.PATH: FORMATS, documents.PATH: (PDF,)}
"""Content types of files, by where they are brought."""
FETCHED = {images.ONE: ("The image.", FORMATS), documents.ONE: ("The document.", (PDF,))}
"""What is answered where a file is fetched, and its content types."""
QUERY = {"city": "string", "agency": "string", "state": "string", "approved": "boolean", "before": "string"}
"""Of a list, and what each is."""


@cache
def describe() -> dict[str, Any]:
    """Write the document (OpenAPI 3.1, whose schemas are JSON Schema), once a process."""
    models = {one for _, _, _, given, answered in ACTS for one in (given, answered)} | {callbacks.Heard}
    wanted = [(one, "validation") for one in sorted(models, key=lambda one: one.__name__)]
    _, schemas = models_json_schema(wanted, ref_template=SCHEMAS)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler, given, answered in ACTS:
        needs = needs_of(handler)
        assert needs is not None
        operation: dict[str, Any] = {
            "operationId": handler.__name__,
            "summary": (handler.__doc__ or "").strip().splitlines()[0],
            "description": f"Needs {needs.permission}.",
            "security": [{"key": []}],
            "parameters": _parameters(method, path),
            "responses": {
                "200": _content("It is so.", SCHEMAS.format(model=answered.__name__)),
                "default": _content("What went wrong.", SCHEMAS.format(model="Problem"), "application/problem+json"),
            },
        }
        if (method, path) in MAKING:
            operation["responses"]["201"] = _content("It is new.", SCHEMAS.format(model=answered.__name__))
        if path in FETCHED:
            what, kinds = FETCHED[path]
            operation["responses"]["200"] = {"description": what, "content": _files(kinds)}
        if path in KINDS:
            operation["requestBody"] = {"required": True, "content": _files(KINDS[path])}
        elif path == lists.PATH:
            operation["requestBody"] = {"required": True, "content": {lists.KIND: {"schema": {"type": "string"}}}}
        elif given is not Nothing:
            body = {"schema": {"$ref": SCHEMAS.format(model=given.__name__)}}
            operation["requestBody"] = {"required": True, "content": {"application/json": body}}
        paths.setdefault(re.sub(r"\{(\w+):[^/]*\}", r"{\1}", path), {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Citydesk for agencies' programs", "version": version("citydesk")},
        "paths": paths,
        "webhooks": {"changed": {"post": _heard()}},
        "components": {
            "schemas": {**schemas["$defs"], "Problem": PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _files(kinds: Iterable[str]) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}


def _heard() -> dict[str, Any]:
    """What a program's own address is told."""
    body = {"schema": {"$ref": SCHEMAS.format(model=callbacks.Heard.__name__)}}
    return {
        "summary": "An announcement changed.",
        "description": 'Signed: `Desk-Signature: t=<seconds>,v1=<HMAC-SHA-256 of "t.body", in hexadecimal>`.',
        "parameters": [
            {"in": "header", "name": "Desk-Signature", "required": True, "schema": {"type": "string"}},
        ],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"2XX": {"description": "It was taken. After anything else it comes again."}},
    }


def _parameters(method: str, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if "{number" in path:
        found.append({"in": "path", "name": "number", "required": True, "schema": {"type": "integer", "minimum": 1}})
    if (method, path) == ("post", PATH):
        found.append({"in": "header", "name": KEY, "required": True, "schema": {"type": "string", "maxLength": 100}})
    if (method, path) == ("get", PATH):
        found += [{"in": "query", "name": name, "schema": {"type": kind}} for name, kind in QUERY.items()]
    if path in FETCHED:
        found.append({"in": "path", "name": "sha256", "required": True, "schema": images.HASH})
    if path in BROUGHT:
        fields = BROUGHT[path].model_json_schema()["properties"]
        found += [{"in": "query", "name": name, "required": True, "schema": one} for name, one in fields.items()]
    return found


def _content(description: str, schema: str, kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": {"$ref": schema}}}}


@public
async def document(request: web.Request) -> web.Response:
    """The document."""
    return web.json_response(request.app[DOCUMENT])
