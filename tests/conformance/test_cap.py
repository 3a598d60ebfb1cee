"""A CAP document and the schema that others wrote: our reading agrees with both.

`CITYDESK_CONFORMANCE` names the folder that holds them, in `cap-ibm/`. Without it these tests fail, since a conformance
run that looked at nothing proves nothing.
"""

import os
import random
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures import cap as given
from fixtures import loaded
from fixtures.alerted import certified
from lxml import etree

from desk.alerts.cap import Alert, read
from desk.alerts.codes import Kind, Scope, Severity, Status
from desk.alerts.deciding import Done, decide
from desk.alerts.documents import Refused
from desk.alerts.places import place_of
from desk.alerts.rows import AlertRow
from desk.alerts.signatures import signed
from desk.alerts.writing import document_of

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


NUMBERS = ("33010041600000_20261124101500_0", "33010041600000_20261124101600_0", "33010041600000_20261124101700_0")
AT = datetime.fromisoformat("2026-11-24T10:15:00+08:00")


def let_through(document: Alert, number: str) -> AlertRow:
    """The row of a document that was let through, as far as what we give out is made of it."""
    unused: Any = None
    rest = dict.fromkeys(AlertRow.__slots__, unused)
    about = {
        "identifier": document.identifier,
        "sender": document.sender,
        "sent": document.sent,
        "status": document.status,
        "kind": document.kind,
        "scope": document.scope,
    }
    return AlertRow(**{**rest, **about, "number": number, "live_at": AT})


def test_what_we_give_out_is_valid_by_the_schema(schema: etree.XMLSchema) -> None:
    """Signed: an alert in two languages, its update, what takes that back, by its source and by staff here."""
    key, certificate = certified()
    alert = read(given.document())
    update = read(given.document(identifier="update", msgType="Update", references=given.reference()))
    cancel = read(given.document(identifier="cancel", msgType="Cancel", references=given.reference("update")))
    first, second, third = (
        let_through(one, number) for one, number in zip((alert, update, cancel), NUMBERS, strict=True)
    )
    issued = {
        "Alert": document_of(first, alert, alert.infos, "city.example", []),
        "Update": document_of(second, update, update.infos, "city.example", [first]),
        "Cancel": document_of(third, cancel, [], "city.example", [second]),
        "Cancel of ours": document_of(replace(third, kind=Kind.CANCEL), None, [], "city.example", [second]),
    }
    for named, document in issued.items():
        root = etree.fromstring(signed(document, key, certificate))
        assert schema.validate(root), (named, schema.error_log)
        assert root.findtext("{*}msgType") == named.split()[0]
        assert root.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is not None


def test_what_we_give_out_of_any_document_is_valid_by_the_schema(schema: etree.XMLSchema) -> None:
    """Of documents by chance, each that is read and holds somewhere: as we write it, and unsigned, which is faster."""
    chance, written = random.Random(20261130), 0
    for _ in range(500):
        try:
            alert = read(given.by_chance(chance))
        except Refused:
            continue
        document = document_of(let_through(alert, NUMBERS[0]), alert, alert.infos, "city.example", [])
        assert schema.validate(etree.fromstring(document)), (schema.error_log, document)
        written += 1
    assert written > 50
