"""The bar of the console: a long one is short enough for a telephone, and leads everywhere."""

import pytest

from desk.console.sections import FITS, Place, bar_of
from desk.console.server import ALL
from desk.contract.staff import Actor, Grant, Role

EVERYWHERE = [one for section in ALL for one in section.places]


def seen_by(role: Role) -> list[Place]:
    """The places of somebody who holds a role everywhere."""
    holder = Actor("one", grants=(Grant(role),))
    return sorted((one for one in EVERYWHERE if one.is_open_to(holder)), key=lambda one: one.rank)


@pytest.mark.parametrize("role", list(Role))
def test_every_place_stands_in_the_bar_once(role: Role) -> None:
    """Alone, or in its group."""
    places = seen_by(role)
    found = [one for entry in bar_of(places) for one in entry.places]
    assert sorted(one.name for one in found) == sorted(one.name for one in places)


@pytest.mark.parametrize("role", list(Role))
def test_no_bar_is_long(role: Role) -> None:
    """However much somebody may do."""
    assert len(bar_of(seen_by(role))) <= FITS + 1


def test_operators_find_their_places_in_groups() -> None:
    """Of what is announced, of figures and of what is operated; the kill switch stands alone."""
    entries = bar_of(seen_by(Role.OPERATOR))
    groups = {one.group: [place.name for place in one.places] for one in entries if one.group}
    assert groups == {
        "announcing": ["announcements", "alerts", "inspection"],
        "figures": ["ticket_figures", "announcement_figures", "site_figures", "guide_figures"],
        "operation": ["accounts", "sending", "orders", "bills", "models", "retention"],
    }
    assert "voice" in [one.places[0].name for one in entries if not one.group]


def test_a_short_bar_hides_nothing() -> None:
    """Who has few places sees them side by side."""
    assert [one.group for one in bar_of(seen_by(Role.ANALYST))] == [""] * len(seen_by(Role.ANALYST))
