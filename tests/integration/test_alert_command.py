"""`desk alert`, as it is typed: what it says, and what it refuses."""

import json
from pathlib import Path

import pytest
from fixtures import cap as given
from fixtures.alerted import AT_ONCE, Alerted
from fixtures.desk_command import Typed
from fixtures.house import HOME, House


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of ours name where the desk is reached."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "https://city.example")


async def test_alerts_are_listed_shown_and_ended(house: House, typed: Typed) -> None:
    """By whoever may; residents see one that was ended no more."""
    alerted = Alerted(house)
    taken = await alerted.take()
    code, out, _ = await typed("alert", "list", "--json")
    assert code == 0
    [listed] = json.loads(out)["alerts"]
    assert (listed["id"], listed["state"], listed["source"]) == (taken.alert.id, "live", AT_ONCE)
    code, out, _ = await typed("alert", "show", str(taken.alert.id), "--document")
    assert (code, out.strip()) == (0, given.document().decode())
    code, out, _ = await typed("alert", "end", str(taken.alert.id), "--reason", "over")
    assert (code, "ended: over" in out) == (0, True)
    assert await alerted.shown() == []


async def test_a_source_that_no_city_file_names_brings_nothing(typed: Typed, tmp_path: Path) -> None:
    """The message names those that there are."""
    file = tmp_path / "warning.cap"
    file.write_bytes(given.document())
    code, _, err = await typed("alert", "upload", str(file), "--city", HOME, "--source", "weather")
    assert code == 1
    assert "has no source of alerts 'weather'" in err
