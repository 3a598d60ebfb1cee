"""What a question asks about a matter beside its parts: whether one must come in person, a photo, a lost card.

Which text of a guide or which fact is meant the encoder says badly of a short question in the middle of something ("do
I have to go myself?"): all texts are as far. How it is asked and how officials write it are different words, and few;
so an aspect is found by the words of both. It also names what is not known here by what was asked.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.phrases import plain
from desk.contract.messages import Text
from values.lexicon import LexiconError, lexicon


@dataclass(frozen=True, slots=True)
class Aspect:
    """One aspect: how it is asked for, and how an official text names it in Simplified characters."""

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]

    @property
    def title(self) -> Text:
        """What residents call it."""
        return Text(key=f"facts.aspect_{self.name}")


def _read() -> Mapping[str, Aspect]:
    found = {}
    for name, entry in lexicon(__file__).by_name("aspects").items():
        if set(entry) != {"asked", "told"}:
            raise LexiconError(f"aspects.yml: {name} needs `asked` and `told`, and nothing else.")
        found[name] = Aspect(name, re.compile(entry["asked"]), re.compile(entry["told"]))
    return found


ASPECTS: Mapping[str, Aspect] = _read()


def asked_in(text: str) -> Sequence[Aspect]:
    """The aspects that a text asks for, in the order of the file."""
    said = plain(text)
    return [one for one in ASPECTS.values() if one.asked.search(said)]


def is_about(aspect: Aspect, texts: Collection[str]) -> bool:
    """Whether official texts (Simplified) are about an aspect."""
    return any(aspect.told.search(plain(one)) for one in texts)


def named(aspects: Collection[Aspect]) -> JsonValue:
    """An argument that lists aspects by what residents call them."""
    return say.listed((one.title for one in aspects), "and")
