"""Choices on platforms without buttons: numbered lines, and words for them; taken by a number or a title. Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from desk.contract.messages import Text
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs
from desk.texts.splitting import choices

LONGEST = 64  # characters of a text that can be a choice
AROUND = " \t\r\n.。、,，)）(（:：#"  # what people write around a number


def picked(text: str, said: Sequence[RenderedMessage]) -> str | None:
    """The payload that a text chooses among what was said last, or None.

    A number means a line of the last message that has lines: "2", "２", "②", "2.", "(2)". A title is taken from any of
    the messages, the latest first. Anything else ("the second one") is left to the bot.
    """
    if len(text) > LONGEST:
        return None
    offered = [found for message in reversed(said) if (found := choices(message))]
    if not offered:
        return None
    plain = unicodedata.normalize("NFKC", text).strip(AROUND)
    if plain.isascii() and plain.isdigit():
        number = int(plain)
        return offered[0][number - 1].payload if 0 < number <= len(offered[0]) else None
    wanted = bare(plain)
    return next(
        (button.payload for found in offered for button in found if wanted and bare(button.title) == wanted), None
    )


def bare(text: str) -> str:
    """Letters and digits alone, whatever their width and case."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


@dataclass(frozen=True, slots=True)
class Wording:
    """How a language speaks where there are no buttons. `pairs` are what our texts say, and what they say there."""

    pairs: tuple[tuple[str, str], ...]
    hint: str

    def of(self, message: RenderedMessage) -> RenderedMessage:
        """The message without a word of buttons; where its text does not lead to the numbered lines, with a hint."""
        said = message.text
        for pressed, written in self.pairs:
            said = said.replace(pressed, written)
        if choices(message) and said == message.text and not said.rstrip().endswith(("：", ":", "？", "?")):
            said = f"{said}\n{self.hint}"
        return message.model_copy(update={"text": said})


def wordings(catalogs: Catalogs) -> dict[Locale, Wording]:
    """The wording of each language, from its catalog."""
    found = {}
    for locale in LOCALES:
        lines = catalogs.text(Text(key="numbered.words"), locale).splitlines()
        pairs = tuple((pressed, written) for pressed, _, written in (line.partition(" → ") for line in lines))
        found[locale] = Wording(pairs, catalogs.text(Text(key="numbered.hint"), locale))
    return found
