"""A CAP document and the schema that others wrote: our reading agrees with both.

`CITYDESK_CONFORMANCE` names the folder that holds them, in `cap-ibm/`. Without it these tests fail, since a conformance
run that looked at nothing proves nothing.
"""

import os
import random
from datetime import datetime
from pathlib import Path

import pytest
from fixtures import cap as given
from fixtures import loaded
from lxml import etree

from desk.alerts.cap import read
from desk.alerts.codes import Kind, Scope, Severity, Status
from desk.alerts.deciding import Done, decide
from desk.alerts.documents import Refused
from desk.alerts.places import place_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def folder() -> Path:
    named = os.environ.get("CITYDESK_CONFORMANCE")
    found = Path(named or "") / "cap-ibm" / "resources"
    if not named or not found.is_dir():
        pytest.fail("Set CITYDESK_CONFORMANCE to the folder of conformance data; it has none in cap-ibm/.")
    return found


@pytest.fixture(scope="session")
def schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "CAP-v1.2.xsd"))


def test_the_standards_example_is_read(folder: Path) -> None:
    """An Amber alert in two languages."""
    alert = read((folder / "cap_amber_alert_example.xml").read_bytes())
    assert (alert.identifier, alert.sender) == ("KAR0-0306112239-SW", "KARO@CLETS.DOJ.CA.GOV")
    assert alert.sent == datetime.fromisoformat("2003-06-11T22:39:00-07:00")
    assert (alert.status, alert.kind, alert.scope) == (Status.ACTUAL, Kind.ALERT, Scope.PUBLIC)
    assert [one.language for one in alert.infos] == ["en-US", "es-US"]
    assert {one.severity for one in alert.infos} == {Severity.SEVERE}
    assert alert.infos[0].areas[0].geocodes[0].value == "006037"


def test_the_example_would_be_shown_where_it_holds_and_nowhere_here(folder: Path) -> None:
    """It is actual and public, and about no city of ours."""
    alert = read((folder / "cap_amber_alert_example.xml").read_bytes())
    assert decide(alert.status, alert.kind, alert.scope, is_known=True, mode="live") is Done.PUBLIC
    cities = loaded.cities()
    assert [slug for slug, city in cities.items() if place_of(alert.infos, city) is not None] == []


def test_what_we_read_is_valid_by_the_schema(schema: etree.XMLSchema) -> None:
    """Of documents by chance, each that is read is valid, but for empty elements, which the schema lets pass, too."""
    chance = random.Random(20261124)
    read_whole = 0
    for _ in range(500):
        document = given.by_chance(chance)
        try:
            read(document)
        except Refused:
            continue
        read_whole += 1
        assert schema.validate(etree.fromstring(document)), (schema.error_log, document)
    assert read_whole > 50
