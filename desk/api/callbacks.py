"""Callbacks for programs: an address that hears of each change of an agency's announcements."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.announcements.programs.callbacks import LONGEST_URL, Callback, Callbacks
from desk.api.access import PROGRAM, program
from desk.api.wire import NUMBER, Act, Nothing, Written, answer, body_of, number_in
from desk.contract.staff import Permission
from desk.contract.wire import Slug

CALLBACKS = web.AppKey("api_callbacks", Callbacks)
PATH = "/api/v1/callbacks"
ONE = f"{PATH}/{NUMBER}"


class NewCallback(Written):
    """Where changes of which agency's announcements are to be told: an https address."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    city: Slug
    agency: Slug


class KnownCallback(Written):
    """A callback. Once `disabled_at` it is told no more, and `why` says why; `waiting`: changes it has not taken."""

    callback: int
    url: str
    city: str
    agency: str
    created_at: str
    disabled_at: str | None
    why: str | None
    waiting: int


class MadeCallback(KnownCallback):
    """The same with the secret that signs what it is told: shown this once."""

    secret: str


class CallbackList(Written):
    """The callbacks of the account, the oldest first."""

    callbacks: list[KnownCallback]


class Heard(Written):
    """What is posted to a callback, signed by `Desk-Signature`. The same `id` may come again: drop it then."""

    id: int
    announcement: int
    act: str
    state: str
    version: int
    at: str


@program(Permission.ANNOUNCEMENT_READ)
async def add_callback(request: web.Request) -> web.Response:
    """Have an address told of each change of an agency's announcements. Its secret is shown this once."""
    wanted = await body_of(request, NewCallback)
    made, secret = await request.app[CALLBACKS].add(request[PROGRAM], wanted.city, wanted.agency, wanted.url)
    return answer(MadeCallback(**_shown(made).model_dump(), secret=secret), status=201)


@program(Permission.ANNOUNCEMENT_READ)
async def list_callbacks(request: web.Request) -> web.Response:
    """The callbacks of the account."""
    own = await request.app[CALLBACKS].own(request[PROGRAM])
    return answer(CallbackList(callbacks=[_shown(one) for one in own]))


@program(Permission.ANNOUNCEMENT_READ)
async def drop_callback(request: web.Request) -> web.Response:
    """Tell an address no more; what it has not taken is forgotten."""
    await request.app[CALLBACKS].drop(request[PROGRAM], number_in(request))
    return answer(Nothing())


ACTS: tuple[Act, ...] = (
    ("post", PATH, add_callback, NewCallback, MadeCallback),
    ("get", PATH, list_callbacks, Nothing, CallbackList),
    ("delete", ONE, drop_callback, Nothing, Nothing),
)


def _shown(one: Callback) -> KnownCallback:
    return KnownCallback(
        callback=one.id,
        url=one.url,
        city=one.city,
        agency=one.agency,
        created_at=one.created_at.isoformat(timespec="seconds"),
        disabled_at=None if one.disabled_at is None else one.disabled_at.isoformat(timespec="seconds"),
        why=one.why,
        waiting=one.waiting,
    )
