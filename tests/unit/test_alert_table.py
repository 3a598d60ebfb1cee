"""The table of what is done with a document, whole: statuses, kinds and scopes, by known or not and by both modes."""

from itertools import product
from typing import get_args

import pytest

from desk.alerts.codes import Kind, Scope, Status
from desk.alerts.deciding import KINDS, TABLE, Done, Mode, decide

MODES: tuple[Mode, ...] = get_args(Mode.__value__)
ALL = list(product(Status, Kind, Scope, (True, False), MODES))


def test_the_table_is_whole() -> None:
    """Every row is there, with a letter for each kind, and none besides."""
    assert set(TABLE) == set(product(MODES, Status, Scope))
    assert {len(row) for row in TABLE.values()} == {len(KINDS)} == {len(Kind)}
    assert len(ALL) == 300


@pytest.mark.parametrize(("status", "kind", "scope", "is_known", "mode"), ALL)
def test_what_is_done(status: Status, kind: Kind, scope: Scope, is_known: bool, mode: Mode) -> None:
    """Said a second time, in words, and compared with every row."""
    done = decide(status, kind, scope, is_known=is_known, mode=mode)
    says_something = kind in {Kind.ALERT, Kind.UPDATE, Kind.CANCEL}
    if not is_known or status is Status.DRAFT:
        expected = Done.REFUSED
    elif scope is not Scope.PUBLIC or not says_something or status is Status.SYSTEM:
        expected = Done.IGNORED
    elif status is Status.ACTUAL:
        expected = Done.PUBLIC if mode == "live" else Done.TRIAL
    elif status is Status.EXERCISE:
        expected = Done.TRIAL
    else:  # a test: it says itself that all recipients disregard it
        expected = Done.TRIAL if mode == "training" else Done.IGNORED
    assert done is expected


def test_the_public_sees_one_status_of_one_scope_in_one_mode() -> None:
    """Exercise, Test, System, Draft, Restricted and Private never; a test that calls itself public least of all."""
    public = {
        (status, scope, is_known, mode)
        for status, kind, scope, is_known, mode in ALL
        if decide(status, kind, scope, is_known=is_known, mode=mode) is Done.PUBLIC
    }
    assert public == {(Status.ACTUAL, Scope.PUBLIC, True, "live")}


def test_what_ends_an_alert_is_of_the_same_row_as_what_began_it() -> None:
    """A Cancel of an exercise, or one that is not for the public, takes back nothing that the public sees."""
    for row in TABLE.values():
        assert row[0] == row[1] == row[2]
