"""The words of an offered button, in any of our languages, are its press. Typed text is never read as a payload."""

import unicodedata
from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from actions.transit.naming import simplified
from desk.messages import LOCALES, Locale, Text
from desk.situation import Situation


class Texts(Protocol):
    """Says a text in a language: `desk.i18n.Catalogs`."""

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


def _plain(text: str) -> str:
    folded = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(char for char in folded if char.isalnum())
