"""Phrases that a sentence is recognised by, as data: one file a language. May not know what follows from them."""

from actions.phrases.book import Phrases, as_word, phrases, plain, shadow, words

__all__ = ["Phrases", "as_word", "phrases", "plain", "shadow", "words"]
