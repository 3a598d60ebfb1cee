"""The category of a report put right in words: “the category is wrong, it is a manhole”, “noise, not fumes”.

It is spoken of by its name, or what is refused is what the category says. What is meant instead tells another one; it
is neither the place nor a description, whatever its words look like.
"""

import re
from collections.abc import Sequence

from actions.dialogue.state.turn import Turn
from actions.fields.correction import CLAUSE, Correction, correction
from actions.kinds.report.agency import Sort
from actions.kinds.report.inference import FEW, Inferred, inferred, likeliest
from actions.phrases import phrases, plain
from desk.contract.commands import Command
from values.speech import ENGLISH, GRAMMAR

ASKS = 0.5
"""So likely a text wants to know something, it puts nothing right."""
_PIECES = re.compile(r"[\u4e00-\u9fff]|[a-z]{3,}")
AGREES: tuple[Command, ...] = ("confirm",)
_CLAUSES = re.compile(r"([，,。;；!！?？\n]+\s*|\.(?!\w)\s*)")
SURE = 0.6
"""So likely it agrees, it puts nothing right either ("yes, the category is right")."""


def recategorised(turn: Turn, sorts: Sequence[Sort], known: str | None, place: str = "") -> Inferred | None:
    """The other category that is meant, or the few that may be; None where the category is not put right.

    Args:
        known: the code of the category that was noted.
        place: the place that was given: who refuses a piece of it puts that right.
    """
    now = next((one for one in sorts if one.code == known), None)
    if now is None or turn.kind != "text" or _is_none(turn):
        return None
    said = correction(turn.text)
    if not (_names_the_category(turn) or _refuses(said, sorts, now) or _means_another(said, sorts, now, place)):
        return None
    others = [one for one in sorts if one.code != known]
    pieces = [piece for piece in (*said.meant, said.lead) if piece]
    if not said.refused and any(inferred(piece, sorts).sort == now for piece in pieces):
        return None  # it says what was noted
    heard = [inferred(piece, others) for piece in pieces]
    surely = next((one for one in heard if one.sort is not None), None)
    if surely is not None:
        return surely
    guesses = tuple(dict.fromkeys(guess for one in heard for guess in one.guesses))[:FEW]
    return Inferred(None, guesses) if guesses or _names_the_category(turn) else None


def redescribed(
    before: str, text: str, sorts: Sequence[Sort], known: str | None
) -> tuple[Sequence[str], Sequence[str]]:
    """What a description says once words put the category right: what stays of it, and what comes to it.

    What is meant comes, and none of the words around that. Where the thing itself is refused ("not the lamp"), what was
    said of that goes; where only the category is spoken of, all that was said stays.

    Args:
        before: the description so far.
        known: the code of the category that was noted.
    """
    said = correction(text)
    now = next((one for one in sorts if one.code == known), None)
    if not said.refused:
        return [before] if before else [], said.told
    clauses = [piece for one in CLAUSE.split(before) if (piece := one.strip())]
    kept = [
        one for one in clauses if not (next(iter(likeliest(one, sorts)), None) == now and _says_it(one, said.refused))
    ]
    return kept, [told for one in said.told or (said.lead,) if (told := _without_the_wish(one))]


def unrefused(before: str, text: str) -> list[str]:
    """The clauses of a description that do not say what a text refuses."""
    refused = correction(text).refused
    clauses = [piece for one in CLAUSE.split(before) if (piece := one.strip())]
    return [one for one in clauses if not _says_it(one, refused)]


def _says_it(clause: str, refused: Sequence[str]) -> bool:
    """Whether a clause says what is refused in words of that: a character of it in Chinese, else a word; or is in no
    words of its script.
    """
    said = set(_PIECES.findall(plain(clause))) - GRAMMAR - ENGLISH
    for one in refused:
        words = set(_PIECES.findall(plain(one))) - GRAMMAR - ENGLISH
        same_script = any(piece.isascii() for piece in said) or not any(piece.isascii() for piece in words)
        if not said.isdisjoint(words) or not same_script:
            return True
    return False


def _without_the_wish(told: str) -> str:
    """What is meant without the clauses that only wish it put right ("a lid is gone; change that, please")."""
    pieces = _CLAUSES.split(told)
    clauses = zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    kept = [clause + mark for clause, mark in clauses if not phrases("puts_it_right").whole(plain(clause))]
    return "".join(kept).strip(" ,，。.;；、")


def _is_none(turn: Turn) -> bool:
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS
    agrees = turn.intent == "affirm" or (turn.reading.of_model and turn.reading.probability(AGREES) >= SURE)
    return asks or agrees


def _names_the_category(turn: Turn) -> bool:
    """Whether the category is spoken of by its name, beside what it should be."""
    return phrases("field_category").within(plain(turn.text)) and bool(correction(turn.text).meant)


def _means_another(said: Correction, sorts: Sequence[Sort], now: Sort, place: str) -> bool:
    """Whether what is meant in the place of what is refused surely is another category ("not the road, a cover is
    gone"), and nothing of the place is refused.
    """
    of_the_place = any(plain(piece) in plain(place) for piece in said.refused)
    meant = (inferred(piece, sorts).sort for piece in said.meant)
    return bool(said.refused) and not of_the_place and any(one is not None and one != now for one in meant)


def _refuses(said: Correction, sorts: Sequence[Sort], now: Sort) -> bool:
    """Whether what is refused is what the category says."""
    return any(next(iter(likeliest(piece, sorts)), None) == now for piece in said.refused)
