"""Sample questions as data, and how near a message is to them. May not know what is answered."""

from actions.samples.book import samples, written
from actions.samples.likeness import Samples
from actions.samples.rarity import Rarity, words

__all__ = ["Rarity", "Samples", "samples", "words", "written"]
