"""The words of an offered button, in any of our languages, are its press. Typed text is never read as a payload."""

import unicodedata
from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue
from rapidfuzz import fuzz

from actions.transit.naming import simplified
from desk.contract.messages import Text
from desk.contract.situation import Situation
from desk.contract.wire import LOCALES, Locale

HARMLESS = frozenset({"choose", "start", "list", "language", "city", "simpler"})
"""Commands of buttons that nearly their words may press."""
NEAR, APART = 0.82, 0.04
"""So much of a title is it; the next best button is so much less like it."""
LEAST_HAN, LEAST_LATIN = 2, 4
"""Characters: fewer are too few to tell a title by."""
BESIDE = 4
"""So many characters may stand beside a title: "I want to …", "…, then"."""


class Texts(Protocol):
    """Says a text in a language: `desk.texts.catalogs.Catalogs`."""

    def text(self, text: Text, locale: Locale) -> str: ...


class ButtonWords:
    """Finds the button that a text says.

    Args:
        texts: the residents' texts, in which titles are rendered.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def payload(self, text: str, stated: Mapping[str, JsonValue] | None) -> str | None:
        """What the one button says whose title the text is; None where no button, or two that differ, say so."""
        said = _plain(text)
        if stated is None or not said:
            return None
        buttons = Situation.model_validate(stated).buttons
        found = {
            button.payload
            for button in buttons
            if any(_plain(self._texts.text(button.title, locale)) == said for locale in LOCALES)
        }
        return found.pop() if len(found) == 1 else None

    def near(self, text: str, stated: Mapping[str, JsonValue]) -> str | None:
        """What the one button says whose title the text nearly is: a part of it, a little more, or with an error.

        Never one that does or ends something: that wants its own words.
        """
        said = _plain(text)
        buttons = [one for one in Situation.model_validate(stated).buttons if one.command in HARMLESS]
        scored = sorted(
            ((max(_likeness(said, title) for title in self._titles(one.title)), one.payload) for one in buttons),
            reverse=True,
        )
        if not scored or scored[0][0] < NEAR or (len(scored) > 1 and scored[1][0] > scored[0][0] - APART):
            return None
        return scored[0][1]

    def _titles(self, title: Text) -> list[str]:
        return [_plain(self._texts.text(title, locale)) for locale in LOCALES]


def _likeness(said: str, title: str) -> float:
    """How much a text is a title, from 0 to 1: two pieces of one are one; of what contains the other, the share."""
    least = LEAST_LATIN if said.isascii() else LEAST_HAN
    if min(len(said), len(title)) < least:
        return 0.0
    if said in title:
        return 0.9 + len(said) / len(title) / 10
    if title in said and len(said) - len(title) <= BESIDE:
        return 0.9
    return fuzz.ratio(said, title) / 100


def _plain(text: str) -> str:
    folded = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(char for char in folded if char.isalnum())
