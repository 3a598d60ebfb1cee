"""CAP documents: what is read of one, and why others are refused."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures import cap as given

from desk.alerts import cap
from desk.alerts.cap import MOST_POINTS, Reference, read
from desk.alerts.codes import Category, Certainty, Kind, Response, Scope, Severity, Status, Urgency
from desk.alerts.documents import LARGEST, Refused
from desk.alerts.shapes import Circle

TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)


def refusal(document: bytes) -> str:
    """Why a document is refused."""
    with pytest.raises(Refused) as refused:
        read(document)
    assert str(refused.value)
    assert len(str(refused.value)) < 300
    return refused.value.why


def test_all_that_a_document_says_is_read() -> None:
    """Codes as codes, times with their offsets, rings as points, both languages."""
    alert = read(given.document())
    assert (alert.identifier, alert.sender, alert.sent) == (given.NUMBER, given.SENDER, TEN)
    assert alert.sent.utcoffset() == timedelta(hours=8)
    assert (alert.status, alert.kind, alert.scope) == (Status.ACTUAL, Kind.ALERT, Scope.PUBLIC)
    chinese, english = alert.infos
    assert (chinese.language, english.language) == ("zh-CN", "en")
    assert (chinese.urgency, chinese.severity, chinese.certainty) == (
        Urgency.IMMEDIATE,
        Severity.SEVERE,
        Certainty.OBSERVED,
    )
    assert (chinese.categories, chinese.responses) == ((Category.MET,), (Response.SHELTER,))
    assert english.headline == "Red warning of a rainstorm in Xihu District"
    [area] = chinese.areas
    assert area.rings[0][0] == area.rings[0][-1] == (30.2, 120.1)
    assert [(one.name, one.value) for one in area.geocodes] == [("GB/T 2260", "330106")]
    assert not alert.is_signed


def test_what_a_document_holds_does_not_change() -> None:
    """It may be handed to anybody."""
    with pytest.raises(AttributeError):
        read(given.document()).identifier = "another"  # type: ignore[misc]


def test_an_info_without_a_language_is_in_the_standards_own() -> None:
    """en-US, section 3.2.2."""
    [info] = read(given.document(info=[given.info(language=None)])).infos
    assert info.language == "en-US"


def test_references_are_read_in_order_and_once() -> None:
    """Sender, identifier and time of each; the time may have any offset."""
    said = " ".join(
        [given.reference("a"), given.reference("b", sent="2026-11-24T02:00:00-00:00"), given.reference("a")]
    )
    alert = read(given.document(msgType="Update", references=said))
    assert alert.references == (Reference(given.SENDER, "a", TEN), Reference(given.SENDER, "b", TEN))


def test_a_circle_is_a_point_and_a_distance() -> None:
    """In kilometres; zero is a point."""
    [info] = read(
        given.document(info=[given.info(area=given.area(polygon=None, circle=["30.2,120.1 5.5", "1,-2 0"]))])
    ).infos
    assert info.areas[0].circles == (Circle(30.2, 120.1, 5.5), Circle(1, -2, 0))


def test_a_signature_may_stand_at_the_end_and_nowhere_else() -> None:
    """It is looked at by whoever wants it; here it only stands there."""
    signature = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    signed = given.document().replace(b"</alert>", signature + b"</alert>")
    assert read(signed).is_signed
    early = given.document().replace(b"<scope>", signature + b"<scope>")
    assert refusal(early) == "wrong_order"


def test_other_encodings_that_xml_knows_are_read() -> None:
    """UTF-16 with its mark; a multi-byte code page is refused in words."""
    text = given.document().decode().replace("UTF-8", "UTF-16")
    assert read(text.encode("utf-16")).identifier == given.NUMBER
    assert refusal(given.document().decode().replace("UTF-8", "GBK").encode("gbk")) == "not_xml"


RING = given.LAKE.split(" ")
STAR = "30.0,120.0 30.4,120.2 30.0,120.4 30.3,119.9 30.3,120.5 30.0,120.0"


def in_area(**changes: Any) -> bytes:
    return given.document(info=[given.info(area=given.area(**changes))])


REFUSED: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "not_xml"),
    ("no XML", b"{}", "not_xml"),
    ("broken off", given.document()[:-20], "not_xml"),
    ("bytes that are no text", b"\xff\xfe\x00", "not_xml"),
    ("another namespace", given.written("alert", given.alert(), "urn:oasis:names:tc:emergency:cap:1.1"), "not_cap"),
    ("no namespace", given.document().replace(b' xmlns="urn:oasis:names:tc:emergency:cap:1.2"', b""), "not_cap"),
    ("another root", given.written("feed", {}), "not_cap"),
    ("no identifier", given.document(identifier=None), "missing_or_repeated"),
    ("two senders", given.document(sender=["a", "b"]), "missing_or_repeated"),
    ("an unknown element", given.document().replace(b"<scope>", b"<x/><scope>"), "unknown_element"),
    ("an element of others", given.document().replace(b"<scope>", b'<x xmlns="y"/><scope>'), "unknown_element"),
    ("wrong order", given.document({"sender": "a", "identifier": "b"}), "wrong_order"),
    ("stray text", given.document().replace(b"<scope>", b"stray<scope>"), "stray_text"),
    ("elements in a text", given.document().replace(b">Public<", b"><b>Public</b><"), "unknown_element"),
    ("empty identifier", given.document(identifier=" "), "empty"),
    ("a comma in the identifier", given.document(identifier="a,b"), "not_an_identifier"),
    ("a space in the sender", given.document(sender="a b"), "not_an_identifier"),
    ("an endless identifier", given.document(identifier="9" * 5000), "too_long"),
    ("a status that is none", given.document(status="actual"), "not_a_code"),
    ("a kind that is none", given.document(msgType="Delete"), "not_a_code"),
    ("a scope that is none", given.document(scope="Everybody"), "not_a_code"),
    ("a time in UTC by letter", given.document(sent="2026-11-24T02:00:00Z"), "not_a_time"),
    ("a time without offset", given.document(sent="2026-11-24T10:00:00"), "not_a_time"),
    ("a day that is none", given.document(sent="2026-02-30T10:00:00+08:00"), "not_a_time"),
    ("an offset that is none", given.document(sent="2026-11-24T10:00:00+15:00"), "not_a_time"),
    ("the first year", given.document(sent="0001-01-01T00:00:00+14:00"), "not_a_time"),
    ("the last year", given.document(sent="9999-12-31T23:59:59-14:00"), "not_a_time"),
    ("fractions of seconds", given.document(sent="2026-11-24T10:00:00.5+08:00"), "not_a_time"),
    ("restricted to nobody", given.document(scope="Restricted"), "no_restriction"),
    ("private for nobody", given.document(scope="Private"), "no_addresses"),
    ("an update of nothing", given.document(msgType="Update"), "no_references"),
    ("a cancel of nothing", given.document(msgType="Cancel"), "no_references"),
    ("a reference that is none", given.document(msgType="Update", references="a,b"), "not_a_reference"),
    ("a reference without time", given.document(msgType="Update", references="a,b,c"), "not_a_time"),
    ("a hundred references more", given.document(msgType="Update", references="a,b,c " * 101), "too_many_references"),
    ("itself", given.document(msgType="Update", references=given.reference()), "refers_to_itself"),
    ("no info", given.document(info=None), "no_info"),
    ("many infos", given.document(info=[given.CHINESE] * 51), "too_many_infos"),
    ("no event", given.document(info=[given.info(event=None)]), "missing_or_repeated"),
    ("a severity that is none", given.document(info=[given.info(severity="red")]), "not_a_code"),
    ("a language that is none", given.document(info=[given.info(language="中文")]), "not_a_language"),
    ("an endless description", given.document(info=[given.info(description="水" * 20_001)]), "too_long"),
    ("an endless headline", given.document(info=[given.info(headline="水" * 501)]), "too_long"),
    ("an expiry that is none", given.document(info=[given.info(expires="soon")]), "not_a_time"),
    ("no name of the area", in_area(areaDesc=None), "missing_or_repeated"),
    ("three points", in_area(polygon=" ".join([*RING[:2], RING[0]])), "polygon_too_short"),
    ("no points", in_area(polygon=" "), "polygon_too_short"),
    ("an open ring", in_area(polygon=" ".join(RING[:4])), "polygon_open"),
    ("a crossing ring", in_area(polygon="30,120 31,121 31,120 30,121 30,120"), "polygon_crossing"),
    ("a star", in_area(polygon=STAR), "polygon_crossing"),
    ("a line", in_area(polygon="30,120 31,121 32,122 30,120"), "polygon_crossing"),
    ("one point four times", in_area(polygon=" ".join(["30,120"] * 4)), "polygon_crossing"),
    ("longitude first", in_area(polygon=" ".join(["120.1,30.2"] * 4)), "not_a_point"),
    ("no numbers", in_area(polygon="a,b " * 4), "not_a_point"),
    ("not a number at all", in_area(polygon="nan,nan " * 4), "not_a_point"),
    ("infinite", in_area(polygon="1e999,0 " * 4), "not_a_point"),
    ("digits of another script", in_area(polygon="３０,120 " * 4), "not_a_point"),
    ("a circle without a radius", in_area(circle="30,120"), "not_a_circle"),
    ("a negative radius", in_area(circle="30,120 -1"), "not_a_circle"),
    ("a circle around the earth", in_area(circle="30,120 20001"), "not_a_circle"),
    ("a geocode without a value", in_area(geocode={"valueName": "GB/T 2260"}), "missing_or_repeated"),
    ("a height that is none", in_area(altitude="high"), "not_a_number"),
    ("100,000 points", in_area(polygon=" ".join(["30.1,120.1"] * 100_000)), "too_many_points"),
    ("points of many rings", in_area(polygon=[" ".join([f"{n}.5,1"] * 2_001) for n in range(10)]), "too_many_points"),
    ("many rings", in_area(polygon=[given.LAKE] * 501), "too_many_rings"),
    ("many circles", in_area(circle=["30,120 1"] * 501), "too_many_circles"),
    ("many codes", in_area(geocode=[{"valueName": "a", "value": "b"}] * 5_001), "too_many_geocodes"),
    ("many areas", given.document(info=[given.info(area=[given.area()] * 501)]), "too_many_areas"),
    ("many elements", given.document(code=["x"] * 20_001), "too_many_elements"),
    ("deep", given.document().replace(b"<scope>", b"<x>" * 100 + b"</x>" * 100 + b"<scope>"), "too_deep"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "why"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_is_refused_and_why(document: bytes, why: str) -> None:
    """Each by its rule."""
    assert refusal(document) == why


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&c;</identifier></alert>"""
OUTSIDE = b"""<?xml version="1.0"?>
<!DOCTYPE alert SYSTEM "http://192.0.2.1/alert.dtd">
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>"""
FILE = b"""<?xml version="1.0"?>
<!DOCTYPE alert [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&a;</identifier></alert>"""
EMPTY = b'<!DOCTYPE alert><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'


@pytest.mark.parametrize("document", [BOMB, OUTSIDE, FILE, EMPTY, BOMB.decode().encode("utf-16")], ids=range(5))
def test_no_document_has_a_dtd(document: bytes) -> None:
    """Not a bomb of entities, nothing outside, not in another encoding: the parser stops there."""
    assert refusal(document.replace(b'"1.0"?', b'"1.0"?')) == "has_dtd"


def test_a_document_of_50_mb_is_not_parsed() -> None:
    """Its size alone refuses it."""
    assert refusal(b"<alert>" + b" " * 50_000_000) == "too_large"
    assert refusal(b" " * (LARGEST + 1)) == "too_large"


def test_points_are_counted_before_geometry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ring of a document with too many points is ever looked at."""
    looked: list[object] = []
    monkeypatch.setattr(cap.shapes, "fault_of", looked.append)
    assert refusal(in_area(polygon=" ".join(["30.1,120.1"] * (MOST_POINTS + 1)))) == "too_many_points"
    assert looked == []


def test_the_same_ring_in_several_languages_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Infos of other languages repeat it."""
    looked: list[object] = []
    monkeypatch.setattr(cap.shapes, "fault_of", looked.append)
    read(given.document())
    assert len(looked) == 1


def test_whatever_comes_is_read_or_refused() -> None:
    """A thousand documents that are nearly right; `make fuzz` takes many more."""
    chance = random.Random(20261124)
    read_whole = 0
    for _ in range(1_000):
        with suppress(Refused):
            read(given.by_chance(chance))
            read_whole += 1
    assert 100 < read_whole < 900
