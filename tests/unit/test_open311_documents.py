"""What an Open311 server may answer: both formats as the same records, and nothing worse."""

import pytest

from actions.backends.open311 import Category, Receipt, Report
from actions.backends.open311.client import mark_of, marked
from actions.backends.open311.documents import Unreadable, document, records, refusal

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><services><service>&b;</service></services>'
FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><services><service>&f;</service></services>'


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b'[{"service_request_id": 12, "token": null}]', "json"),
        (
            b"<service_requests><request><service_request_id>12</service_request_id><token/></request></service_requests>",
            "xml",
        ),
        (
            b"<x:service_requests xmlns:x='urn:x'><!-- a --><x:request>"
            b"<x:service_request_id> 12 </x:service_request_id></x:request></x:service_requests>",
            "xml",
        ),
    ],
)
def test_both_formats_are_the_same_record(content: bytes, format: str) -> None:
    """Ids are strings, whether they came as numbers, with white space or in a namespace."""
    [record] = records(content, "service_requests", format)
    assert Receipt.model_validate(record) == Receipt(service_request_id="12")


@pytest.mark.parametrize("content", [BOMB, FILE, b"", b"not xml", b"<services", b"\xff\xfe\x00", b"<a>" * 5000])
def test_xml_that_could_do_harm_is_not_read(content: bytes) -> None:
    """Document types, entities and what is no XML at all."""
    with pytest.raises(Unreadable):
        records(content, "services", "xml")


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'"text"', b"[" * 100_000])
def test_json_that_is_no_list_is_not_read(content: bytes) -> None:
    """A list of records is a list."""
    with pytest.raises(Unreadable):
        records(content, "services", "json")


def test_another_document_is_not_read() -> None:
    """Where services are awaited, requests are nonsense."""
    with pytest.raises(Unreadable):
        records(b"<service_requests/>", "services", "xml")
    with pytest.raises(Unreadable):
        document(b"[]", "service_definition", "json")


@pytest.mark.parametrize(
    ("content", "format", "said"),
    [
        (b"<errors><error><code>400</code><description>No</description></error></errors>", "xml", "No"),
        (b"<error>Just text</error>", "xml", "Just text"),
        (b'[{"code": 400, "description": "No"}]', "json", "No"),
        (b"<html><body>oops", "xml", ""),
    ],
)
def test_refusals_are_quoted_as_far_as_they_can_be_read(content: bytes, format: str, said: str) -> None:
    """For developers; a web page says nothing."""
    assert refusal(content, format) == said


def test_keywords_are_single_words() -> None:
    """Separated by commas of either script; null is none."""
    category = Category.model_validate({"service_code": 1, "service_name": "x", "keywords": "路灯，lamp, ,"})
    assert category.words == ["路灯", "lamp"]
    assert Category.model_validate({"service_code": 1, "service_name": "x", "keywords": None}).words == []


def test_a_report_has_one_place() -> None:
    """An address or a point, not both and not neither."""
    for wrong in ({}, {"lat": 1.0}, {"address": "x", "lat": 1.0, "lon": 1.0}):
        with pytest.raises(ValueError, match="either an address or a point"):
            Report.model_validate({"service_code": "1", "description": "", **wrong})


def test_a_mark_follows_from_the_key_and_fits() -> None:
    """The same key has the same mark, another another; the description keeps within the protocol's length."""
    assert mark_of("a") == mark_of("a") != mark_of("b")
    assert len(marked("x" * 9_000, "a")) <= 4_000
    assert marked("x" * 9_000, "a").endswith(mark_of("a"))
