"""Whether a question wants a yes or a no: a list that was told before does not answer it."""

import re

from actions.phrases import plain
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_CHINESE = _WORDS.pattern("chinese")
_ENGLISH = _WORDS.pattern("english", re.IGNORECASE)


def is_polar(text: str) -> bool:
    """Whether a text asks whether something is so, by the grammar of either language."""
    return _CHINESE.search(plain(text)) is not None or _ENGLISH.search(text) is not None
