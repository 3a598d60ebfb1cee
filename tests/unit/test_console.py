"""What of the console needs no server: where somebody may be led to, who may call a route, what an error says."""

import pytest

from desk.console.access import Needs, needs_of, signed_in, staff, visitor
from desk.console.faults import said_of
from desk.console.shell import details
from desk.console.visits import place_in
from desk.contract.errors import BackendError, Conflict, DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Grant, NotPermitted, Permission, Role
from desk.web.access import access_of


@pytest.mark.parametrize(
    "place",
    ["/console", "/console/staff", "/console/requests/7?show=mine", "/console?x=%2F%2Fevil", "/console/a/b-c_d.e"],
)
def test_places_of_the_console_may_be_led_to(place: str) -> None:
    """Pages with their query."""
    assert place_in(place) == place


@pytest.mark.parametrize(
    "place",
    [
        *("", "/", "/consolex", "console", "//evil.example", "https://evil.example/console", "/\\evil.example"),
        *("/console//evil.example", "/console/../hangzhou", "/console/\\evil", "/console/a b", "/console/\r\nX: y"),
        *("/console/login", "/console/login?next=/console", "/console/" + "a" * 600, "/console/./../x", "javascript:1"),
    ],
)
def test_nobody_is_led_elsewhere(place: str) -> None:
    """Neither to another site, nor out of the console, nor round and round."""
    assert place_in(place) is None


async def handler() -> None:
    """A handler to decorate."""


@pytest.mark.parametrize(
    ("decorate", "needs"),
    [
        (staff(Permission.AUDIT_READ), Needs("staff", Permission.AUDIT_READ)),
        (signed_in, Needs("signed_in")),
        (visitor, Needs("visitor")),
    ],
)
def test_decorators_name_who_may_call(decorate: object, needs: Needs) -> None:
    """To the console, and to the gate, which lets it through."""

    async def one() -> None: ...

    assert callable(decorate)
    decorate(one)
    assert (needs_of(one), access_of(one), needs_of(handler)) == (needs, "staff", None)


def test_needs_admit_whoever_holds_the_permission_anywhere() -> None:
    """Where it is held, the room looks."""
    clerk = Actor("lin", grants=(Grant(Role.CLERK, "hangzhou", "water"),))
    assert Needs("staff", Permission.TICKET_READ).admits(clerk)
    assert not Needs("staff", Permission.AUDIT_READ).admits(clerk)
    assert Needs("signed_in").admits(Actor("nobody"))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (Conflict("x", said=Text(key="console.error_oneself")), "console.error_oneself"),
        (Conflict("x"), "console.error_conflict"),
        (NotFound(), "console.error_not_found"),
        (NotPermitted(), "console.error_not_permitted"),
        (BackendError(), "console.error_other"),
        (DeskError("x"), "console.error_other"),
    ],
)
def test_errors_say_what_happened(error: DeskError, key: str) -> None:
    """In a text of their own, else in one of their kind: never in the words for developers."""
    assert said_of(error).key == key


def test_details_are_one_line() -> None:
    """Words as they are, all else as JSON."""
    assert (
        details({"way": "passkey", "n": 3, "what": {"b": "é", "a": None}}) == 'way=passkey n=3 what={"a":null,"b":"é"}'
    )
