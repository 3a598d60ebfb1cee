"""The text as it is to be read: normalised, homophones and pinyin set right, split, its language told."""
