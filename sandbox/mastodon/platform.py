"""A Mastodon server as the desk meets it: posts with their keys, limits and refusals, and whose a token is.

Answers and errors are those of https://docs.joinmastodon.org/methods/statuses/#create. Nothing is kept: a start begins
anew. What everybody would read is at `GET /_sandbox/mastodon/{city}/timeline`; `PUT /_sandbox/mastodon/{city}` sets how
many posts an account may make in three hours, or that its token is refused.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.platforms import Identity, PlatformAccount, Setting
from sandbox.problems import problem

NAME = "mastodon"
POST_LIMIT, LINK_LENGTH = 500, 23
KEY_GOOD = timedelta(hours=1)
WINDOW, MOST = timedelta(hours=3), 300
IMAGES, LONGEST_DESCRIPTION = ("image/jpeg", "image/png", "image/gif", "image/webp"), 1_500
LINK = re.compile("https?://[!-~]+")


class Post(BaseModel):
    """`POST /api/v1/statuses`, as far as it is read."""

    model_config = ConfigDict(extra="ignore")
    status: str
    visibility: str = "public"
    language: str | None = None
    media_ids: list[str] = []


class Steering(BaseModel):
    """`PUT /_sandbox/mastodon/{city}`."""

    model_config = ConfigDict(extra="forbid")
    most: int = Field(MOST, ge=0)
    refuses: bool = False  # the token was revoked
    scope: bool = True  # False: it may not write
    media_scope: bool = True  # False: it may not bring images
    takes_media: bool = True  # False: no image is what it takes
    forgets_media: bool = False  # posts name images that it does not know any more


@dataclass
class Book:
    """What an account posted, the oldest first."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)  # brought, and in no post yet
    keys: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    steering: Steering = field(default_factory=Steering)


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The account of a city."""
    return PlatformAccount(
        platform=NAME,
        city=city,
        slug=f"{city}_{NAME}",
        platform_id=city,
        secrets={"server": "https://mastodon.example", "access_token": identity.secret(NAME, city, "token")},
    )


class Mastodon:
    """The server."""

    name = NAME

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tokens = {account_of(city, setting.identity).secrets["access_token"]: city for city in setting.cities}
        self._books: dict[str, Book] = {}
        self._last = 113_000_000_000_000_000

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/mastodon/api/v1/statuses", self._post)
        yield web.post("/mastodon/api/v2/media", self._bring)
        yield web.get("/mastodon/api/v1/accounts/verify_credentials", self._me)
        yield web.get("/_sandbox/mastodon/{city}/timeline", self._timeline)
        yield web.put("/_sandbox/mastodon/{city}", self._steer)

    def reload(self) -> None:
        self._books.clear()

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        yield

    def _book(self, city: str) -> Book:
        return self._books.setdefault(city, Book())

    def _whose(self, request: web.Request) -> str | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        city = self._tokens.get(token)
        return None if city is None or self._book(city).steering.refuses else city

    async def _post(self, request: web.Request) -> web.Response:
        city = self._whose(request)
        if city is None:
            return _error(401, "The access token is invalid")
        book, now = self._book(city), self._setting.clock()
        if not book.steering.scope:
            return _error(403, "This action is outside the authorized scopes")
        try:
            post = Post.model_validate_json(await request.read())
        except ValidationError:
            return _error(422, "Validation failed: Text can't be blank")
        if not post.status.strip():
            return _error(422, "Validation failed: Text can't be blank")
        if counted(post.status) > POST_LIMIT:
            return _error(422, f"Validation failed: Text character limit of {POST_LIMIT} exceeded")
        key = request.headers.get("Idempotency-Key")
        if key and key in book.keys and book.keys[key][0] > now - KEY_GOOD:
            return web.json_response(book.keys[key][1])
        if book.steering.forgets_media:
            book.media.clear()
        if not set(post.media_ids) <= set(book.media):
            return _error(422, "Validation failed: Media attachments not found")
        lately = [one for one in book.posts if datetime.fromisoformat(one["created_at"]) > now - WINDOW]
        if len(lately) >= book.steering.most:
            reset = (now + timedelta(minutes=5)).isoformat()
            limits = {"X-RateLimit-Limit": str(book.steering.most), "X-RateLimit-Remaining": "0"}
            return _error(429, "Too many requests", {**limits, "X-RateLimit-Reset": reset})
        self._last += 1
        made = {
            "id": str(self._last),
            "created_at": now.isoformat(),
            "content": post.status,
            "visibility": post.visibility,
            "language": post.language,
            "media_attachments": [book.media.pop(one) for one in post.media_ids],
            "url": f"https://mastodon.example/@{city}/{self._last}",
        }
        book.posts.append(made)
        if key:
            book.keys[key] = (now, made)
        return web.json_response(made)

    async def _bring(self, request: web.Request) -> web.Response:
        """https://docs.joinmastodon.org/methods/media/#v2"""
        city = self._whose(request)
        if city is None:
            return _error(401, "The access token is invalid")
        book = self._book(city)
        if not book.steering.media_scope:
            return _error(403, "This action is outside the authorized scopes")
        form = await request.post()
        file, said = form.get("file"), form.get("description", "")
        if not isinstance(file, web.FileField) or not isinstance(said, str):
            return _error(422, "Validation failed: File can't be blank")
        if not book.steering.takes_media or file.content_type not in IMAGES or len(said) > LONGEST_DESCRIPTION:
            return _error(422, "Validation failed: File content type is invalid")
        self._last += 1
        size = len(file.file.read())
        made = {
            "id": str(self._last),
            "type": "image",
            "description": said,
            "mime_type": file.content_type,
            "size": size,
        }
        book.media[str(self._last)] = made
        return web.json_response(made)

    async def _me(self, request: web.Request) -> web.Response:
        city = self._whose(request)
        if city is None:
            return _error(401, "The access token is invalid")
        return web.json_response({"id": str(len(city)), "username": city, "acct": city})

    async def _timeline(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        if city not in self._setting.cities:
            return problem(404, "no-such-city", "The pretend Mastodon has no account of this city.")
        return web.json_response({"posts": self._book(city).posts})

    async def _steer(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        if city not in self._setting.cities:
            return problem(404, "no-such-city", "The pretend Mastodon has no account of this city.")
        self._book(city).steering = Steering.model_validate_json(await request.read())
        return web.json_response(self._book(city).steering.model_dump())


def counted(text: str) -> int:
    """How long a text is: any link counts 23."""
    links = LINK.findall(text)
    return len(text) - sum(map(len, links)) + LINK_LENGTH * len(links)


def _error(status: int, said: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": said}, status=status, headers=headers)


def open_platform(setting: Setting) -> Mastodon:
    return Mastodon(setting)
