"""Components of the NLU graph, one a file: normalise, split, find values, guess the intent, mark spans, tell language.

What they hand on travels in the message under the names below; all offsets are those of its text, which of a message
in pinyin is the Chinese that was meant.
"""

TYPED = "typed"  # list of [start, end], of a message in pinyin alone: where each character of its text was typed
NORMALISED = (
    "normalised"  # str: the text in Simplified, lower case and half width, as long as it, with homophones set right
)
WRITTEN = "written"  # str: the normalised text before homophones were set right
VALUES = "values"  # list of Span: what the patterns found
SPARSE = "sparse"  # array: probability of each intent from n-grams
DENSE = "dense"  # array or None: the same from the sentence encoder, where it was asked
HARD = "hard"  # bool, in training only: whether the n-grams, had they not learnt the line, would hardly know it
SLOW = "slow"  # array or None: the same from the slow encoder, where both were still unsure
GUESS = "guess"  # str: the intent that both guess; in training, that they might guess
EMERGENCY = "emergency"  # dict or None: {"kind", "also", "confidence"} of the emergency that was heard
CAUTION = "caution"  # str or None: the kind whose signs are named where none is heard, to be told beside the answer
BY_SIGN = "by_sign"  # dict or None: the emergency that it is if nothing but its sign is understood
POSSIBLE = "possible_emergency"  # bool: whether the cheap heads find that it may be of one
COMMANDS = "commands"  # list of (name, probability): commands that the message may be in its situation
INQUIRY = "inquiry"  # dict or None: what the message asks, where it may ask something
LANGUAGE = "language"  # str or None: zh_Hans, zh_Hant, en
