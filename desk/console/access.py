"""Who may call a route of the console. Every handler names it by one of these decorators, as `desk.web.access` asks.

What a route needs is held somewhere by whoever passes; whether it is held for the one thing at hand, the room decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from desk.contract.staff import Actor, Permission
from desk.web.access import Route, public
from desk.web.access import staff as of_the_console

type Who = Literal["staff", "signed_in", "visitor"]

_ATTRIBUTE = "desk_console_needs"


@dataclass(frozen=True, slots=True)
class Needs:
    """Who may call: staff with a permission, whoever is logged in, or a visitor who is not yet."""

    who: Who
    permission: Permission | None = None

    def admits(self, actor: Actor) -> bool:
        """Whether somebody who is logged in may call."""
        return self.permission is None or actor.may_somewhere(self.permission)


def staff[R: Route](permission: Permission) -> Callable[[R], R]:
    """Open a route to staff who hold a permission, for whatever place."""

    def name(handler: R) -> R:
        return _name(handler, Needs("staff", permission))

    return name


def signed_in[R: Route](handler: R) -> R:
    """Open a route to whoever is logged in."""
    return _name(handler, Needs("signed_in"))


def visitor[R: Route](handler: R) -> R:
    """Open a route to whoever is not logged in yet. Its forms are guarded as all others are."""
    return _name(handler, Needs("visitor"))


def asset[R: Route](handler: R) -> R:
    """Open a route to everybody: a style sheet, a script."""
    return public(handler)


def needs_of(handler: object) -> Needs | None:
    """Read what a handler names; None: it is no page of the console."""
    return cast("Needs | None", getattr(handler, _ATTRIBUTE, None))


def _name[R: Route](handler: R, needs: Needs) -> R:
    setattr(handler, _ATTRIBUTE, needs)
    return of_the_console(handler)
