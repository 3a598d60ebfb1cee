"""Whether somebody wants their own data erased, and of what kind: all of it, or a number that was typed here.

It may be a wish or a question ("can the ID number be deleted?"): both are told what can be erased here.
"""

import re

from actions.phrases import normalised
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_ERASES, _ASKS, _ELSEWHERE = _WORDS.pattern("erases"), _WORDS.pattern("asks"), _WORDS.pattern("elsewhere")
ALL = "all"
_KINDS = {name: _WORDS.pattern(name) for name in ("id_number", "phone", "person_name", "plate", ALL)}
_SENTENCE = re.compile(r"[。！!\n]+|\.(?!\w)")


def to_erase(text: str) -> str | None:
    """The kind of data that a text wants erased, by its entity, or `all`; None where it wants none of that.

    What is to be erased may be named in the sentence before ("my number was typed here. Wipe it").
    """
    said = normalised(text)
    if not _ERASES.search(said) or _ASKS.search(said) or _ELSEWHERE.search(said):
        return None
    sentences = [one for one in _SENTENCE.split(said) if one]
    last = max(place for place, one in enumerate(sentences) if _ERASES.search(one))
    for near in (sentences[last], said):
        named = [name for name, pattern in _KINDS.items() if pattern.search(near)]
        if named:
            return ALL if ALL in named or len(named) > 1 else named[0]
    return None
