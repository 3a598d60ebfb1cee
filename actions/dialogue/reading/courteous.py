"""Whether a message only thanks or takes leave, whatever else it tells: a courtesy is never a question.

What is told beside thanks ("we shall be home long before") sounds like a question to a model that has learnt what
people ask after such an answer. Who asks something has a word, a grammar or a mark that asks.
"""

from actions.dialogue.reading.polar import asks_something
from actions.phrases import plain
from values.lexicon import lexicon

_WORDS = lexicon(__file__).pattern("words")


def is_courteous(text: str) -> bool:
    """Whether a text has a word of thanks or of parting, and asks nothing by its grammar."""
    return _WORDS.search(plain(text)) is not None and not asks_something(text)
