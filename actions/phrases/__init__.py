"""Phrases that a sentence is recognised by, as data: one file a language. May not know what follows from them."""

from actions.phrases.book import Phrases, as_word, normalised, phrases, plain, words

__all__ = ["Phrases", "as_word", "normalised", "phrases", "plain", "words"]
