"""What a stop or a place is called in another language ("what is Park Road in Chinese, to show the driver?").

The city's timetable has the names. Which language is spoken here does not change; nor does what is open.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from actions.dialogue.reading import languages
from actions.dialogue.rules.rule import At, Ran
from actions.transit.gazetteer import KnownPlace
from desk.contract.messages import Reply
from values.writing import has_han

NAMES = ("stop", "place", "office")
"""Entities that are names of places."""
_CAPITALISED = re.compile(r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,4}")
_HAN = re.compile("[\u3400-\u9fff]{2,12}")
LANGUAGE = "change_language"


async def run(at: At) -> Ran:
    if at.turn.kind != "text" or at.session.pending is not None or not languages.asks_for_a_name(at.turn.text):
        return None
    for written in _names(at):
        found = at.offer.gazetteer.find(at.turn.city.slug, written)
        place = found.places[0] if found.sure and found.places else None
        name = None if place is None else _name(place, written)
        if name is not None:
            key = "common.name_in_english" if has_han(written) else "common.name_in_chinese"
            said = Reply(key=key, args={"written": written, "name": name})
            return at.but(session=at.understood).answered(said)
    meant = "nlu_fallback" if at.turn.intent == LANGUAGE else at.turn.intent
    return at.but(replace(at.turn, intent=meant))


def _names(at: At) -> Iterator[str]:
    """What may be a name in the text: what is marked as one, else what looks like one, the longest first."""
    turn = at.turn
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    marked = [value for one in clauses for entity in NAMES for value in one.values(entity)]
    text = languages.beside_the_wish(turn.text)
    looks = sorted((one[0] for one in (*_CAPITALISED.finditer(text), *_HAN.finditer(text))), key=len)
    yield from dict.fromkeys([*marked, *looks[::-1]])


def _name(place: KnownPlace, written: str) -> str | None:
    """The name in the other language than the one that it was written in; None where there is none."""
    return place.names.get("en" if has_han(written) else "zh_Hans")
