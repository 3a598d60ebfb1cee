"""Spans of all lines, as the pipeline sees them: they align with its tokens; no two lines share a normalised text."""

from collections import defaultdict
from typing import Any, Dict, Iterable, List

from bot.components.text.tokenizer import split
from bot.importer import ServiceImporter
from values.writing import normalised


def misaligned(text: str, entities: Iterable[Dict[str, Any]]) -> List[str]:
    """Gives the spans that begin or end within a token, or hold blanks at an end."""
    tokens = split(text)
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    return [
        f"{text!r}: {text[found['start'] : found['end']]!r}"
        for found in entities
        if found["start"] not in starts or found["end"] not in ends
    ]


def overlapping(text: str, entities: List[Dict[str, Any]]) -> List[str]:
    """Gives the texts whose spans overlap."""
    spans = sorted((found["start"], found["end"]) for found in entities)
    ends = [0, *(end for _, end in spans)]
    return [repr(text) for end, (start, _) in zip(ends, spans, strict=False) if start < end]


def test_training_spans_align_with_tokens(importer: ServiceImporter) -> None:
    """Every marked span begins and ends where a token does; otherwise the tagger learns another span."""
    lines = importer.get_nlu_data().training_examples
    assert [bad for line in lines for bad in misaligned(line.get("text"), line.get("entities", []))] == []


def test_training_spans_do_not_overlap(importer: ServiceImporter) -> None:
    """No span stands within another."""
    lines = importer.get_nlu_data().training_examples
    assert [bad for line in lines for bad in overlapping(line.get("text"), line.get("entities", []))] == []


def test_no_normalised_text_has_two_intents(importer: ServiceImporter) -> None:
    """The same words mean one thing, in whichever script and width they are written."""
    intents = defaultdict(set)
    for line in importer.get_nlu_data().intent_examples:
        intents[" ".join(normalised(line.get("text")).split())].add(line.get("intent"))
    assert {text: sorted(meant) for text, meant in intents.items() if len(meant) > 1} == {}


def test_held_out_spans_align_with_tokens(held_out: List[Dict[str, Any]]) -> None:
    """Otherwise no tagger could find them."""
    assert [bad for line in held_out for bad in misaligned(line["text"], line["entities"])] == []


def test_held_out_lines_name_what_the_domain_has(held_out: List[Dict[str, Any]], importer: ServiceImporter) -> None:
    """Their intents and entities are ones that the importer found."""
    domain = importer.get_domain()
    assert {line["intent"] for line in held_out} <= set(domain.intents)
    assert {found["entity"] for line in held_out for found in line["entities"]} <= set(domain.entities)
