"""Puts what programs call into the web application."""

from collections.abc import Callable

from aiohttp import web

from desk.announcements.audience.lists import Lists
from desk.announcements.programs.callbacks import Callbacks
from desk.announcements.service import Announcements
from desk.announcements.trials import Trials
from desk.api import announcements, callbacks, lists, openapi
from desk.api.access import DOOR
from desk.staff.authentication import Authentication
from desk.web.gate import expected


def adding(
    room: Announcements, called: Callbacks, brought: Lists, door: Authentication, trials: Trials
) -> Callable[[web.Application], None]:
    """What `desk.web.server.build` takes as an addition."""

    def add(app: web.Application) -> None:
        app[announcements.ROOM] = room
        app[callbacks.CALLBACKS] = called
        app[lists.LISTS] = brought
        app[announcements.TRIALS] = trials
        app[DOOR] = door
        app[openapi.DOCUMENT] = openapi.describe()
        for method, path, handler, _, _ in openapi.ACTS:
            app.router.add_route(method.upper(), path, handler, expect_handler=expected)
        app.router.add_route("GET", openapi.ADDRESS, openapi.document, expect_handler=expected)

    return add
