"""The chat's script: the newest, and every version that a site may have pinned by its hash."""

import asyncio
from collections import OrderedDict

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.sites import scripts
from desk.store.database import transaction
from desk.web.access import public
from desk.web.bundle import Bundle
from desk.web.conditional import FOREVER
from desk.web.cookies import foreign_origin
from desk.web.parts import PARTS
from desk.web.problems import Problem

NEWEST = "/chat.js"
PINNED = "/chat-{version:[0-9a-f]{16}}.js"
JAVASCRIPT = "text/javascript; charset=utf-8"
MOST = 8  # older versions that a process has at hand


class Versions:
    """Versions that were asked for by their address: the newest is kept for later, older ones are found again."""

    def __init__(self) -> None:
        self._is_kept = False
        self._found: OrderedDict[str, bytes] = OrderedDict()
        self._one = asyncio.Lock()

    async def keep(self, engine: AsyncEngine, script: Bundle) -> None:
        """Keep the newest version, once in a process: whoever pins it finds it when there is a newer one."""
        if self._is_kept:
            return
        async with self._one, transaction(engine) as connection:
            await scripts.keep(connection, version=script.version, integrity=script.integrity, content=script.content)
            self._is_kept = True

    async def find(self, engine: AsyncEngine, version: str) -> bytes | None:
        """The script of an older version; None: there is none."""
        if version not in self._found:
            async with engine.connect() as connection:
                content = await scripts.find(connection, version)
            if content is None:
                return None
            self._found[version] = content
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        return self._found[version]


VERSIONS = web.AppKey("chat_versions", Versions)


@public
async def chat_script(request: web.Request) -> web.Response:
    """The chat for a page, `<city-chat>` and its button: the newest, or exactly the version that the address names.

    Anybody's page may read it: without that no browser compares it with the hash of who pins it. Asked for its headers
    alone by another site's page, it says whether that site is listed: where it is not, the page can read nothing else.
    """
    parts, version = request.app[PARTS], request.match_info.get("version")
    script, versions = parts.script, request.app[VERSIONS]
    content: bytes | None = script.content
    if version == script.version:
        await versions.keep(parts.engine, script)
    elif version is not None:
        content = await versions.find(parts.engine, version)
    if content is None:
        raise Problem("not_found")
    tag = version or script.version
    is_lasting = version is not None or request.query.get("v") == script.version  # our own pages name it so
    headers = {
        "Cache-Control": FOREVER if is_lasting else "no-cache",
        "ETag": f'W/"{tag}"',  # weak: it may travel packed, which are other bytes
        "Access-Control-Allow-Origin": "*",
    }
    sender = foreign_origin(request)
    if request.method == "HEAD" and sender is not None:
        listed = "yes" if parts.origins.knows(sender) else "no"
        headers |= {"Chat-Listed": listed, "Access-Control-Expose-Headers": "Chat-Listed", "Vary": "Origin"}
    if any(known.value == tag for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, headers={**headers, "Content-Type": JAVASCRIPT})
