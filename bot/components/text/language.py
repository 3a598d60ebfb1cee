"""Tells the language of a message, if it has a clear one: zh_Hans, zh_Hant (with written Cantonese) or en.

Only what exists in one script alone counts: a character of GB 2312 that is the Simplified form of another and not in
level 1 of Big5 (which holds what Traditional writing uses), one outside GB 2312 that is the Traditional form of
another, or, where nothing is Simplified, a Cantonese word.
Names and values are no signal: whoever types the name of a stop, or a plate, has said nothing about a language.
"""

import re
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Tuple

from opencc import OpenCC
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import LANGUAGE, TYPED
from bot.components.component import Component
from bot.components.text.pinyin import is_spelt
from values.lexicon import lexicon
from values.writing import simplified

NAMES_AND_VALUES = frozenset(
    [
        *("plate", "vin_last6", "id_number", "phone", "account_number", "permit_number", "reference"),
        *("bus_line", "stop", "place", "city", "district", "office", "person_name"),
    ]
)
_WORDS = lexicon(__file__)
_CANTONESE = _WORDS.pattern("cantonese")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_HAN = re.compile("[\u3400-\u9fff]")
_NEUTRAL_WORDS = frozenset(
    ["ok", "okay", "hi", "hello", "bye", "no", "app", "wifi", "qq", "sms", "id", "vin", "am", "pm", "rmb"]
)
"""Written by everybody, whatever their language; they count only beside other English words."""
_ENGLISH_ALL_THE_SAME = frozenset(
    re.findall(
        "[a-z]+",
        "age ache alone along an anyone are area aside awake awaiting balance base bike bone buying came can canteen "
        "care case cease chance change chase cheating chinese citizen courier danger data date decide delete die "
        "dioxide disease due easier ending entire erase eye face fake fare fence future game gate guide hang hate "
        "haze he headache heading heating here house huge human in keeping lake lane language late lease leo licence "
        "license like line loan long longer loose lose machine made make male man mate me mean meaning meantime "
        "medicine meeting menu mine minute mobile mode more mute name nice nine on one open orange outage page paying "
        "pending piece pile pole police refuse release reminding residence resume retire ride route rude run running "
        "same saying see seen sending sense sewage share she side silence site size song sue sun sunrise sure take "
        "taken taxi tea tie time waiting wake wanna we woman yea you ",
    )
)
"""Words of residents that could be read as such syllables."""
_VOWEL = re.compile("[aeiouy]")


_ALSO_SIMPLIFIED = _WORDS["also_simplified"]
"""In level 1 of Big5, but Traditional writing has other characters for them."""
_ALSO_TRADITIONAL = _WORDS["also_traditional"]
"""In GB 2312, but Simplified writing has other characters for them."""


@lru_cache(maxsize=1)
def _scripts() -> Tuple[FrozenSet[str], FrozenSet[str]]:
    """Characters that exist in Simplified alone, and in Traditional alone."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    traditional = OpenCC("s2t").convert("\n".join(han)).split("\n")
    table = simplified()
    only_simplified = {
        old
        for old, new in zip(han, traditional, strict=True)
        if new != old and _in_gb2312(old) and not _in_big5_level_1(old)
    }
    only_traditional = {character for character in han if ord(character) in table and not _in_gb2312(character)}
    return frozenset(only_simplified.union(_ALSO_SIMPLIFIED)), frozenset(only_traditional.union(_ALSO_TRADITIONAL))


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _in_big5_level_1(character: str) -> bool:
    try:
        return b"\xa4\x40" <= character.encode("big5") <= b"\xc6\x7e"
    except UnicodeEncodeError:
        return False


def language_of(text: str, names: Iterable[Dict[str, Any]] = ()) -> Optional[str]:
    """Gives the language of a text besides the entities `names`, or None where nothing in it tells."""
    text = _without(text, names)
    only_simplified, only_traditional = _scripts()
    hans = sum(character in only_simplified for character in text)
    hant = sum(character in only_traditional for character in text)
    if hant or not hans:  # who writes Cantonese in Simplified characters reads those
        hant += 2 * len(_CANTONESE.findall(text))
    words = [word.lower() for word in _WORD.findall(text) if len(word) > 1]
    english = len(words) if any(_is_english(word) for word in words) else 0
    han = len(_HAN.findall(text))
    if english and (han == 0 or (english >= 3 and han <= english)):
        return "en"
    if hans == hant:
        return None
    return "zh_Hans" if hans > hant else "zh_Hant"


def _without(text: str, names: Iterable[Dict[str, Any]]) -> str:
    for name in names:
        if name["entity"] in NAMES_AND_VALUES:
            text = text[: name["start"]] + " " * (name["end"] - name["start"]) + text[name["end"] :]
    return text


def _of_pinyin(text: str, names: Iterable[Dict[str, Any]]) -> Optional[str]:
    """Gives the language of a text that was typed in pinyin: names alone are written so in English, too."""
    return "zh_Hans" if _HAN.search(_without(text, names)) else None


def _is_english(word: str) -> bool:
    """Whether a Latin word is one of a language: not everybody's, no row of letters, no syllables of Mandarin."""
    if word in _NEUTRAL_WORDS or _VOWEL.search(word) is None:
        return False
    return word in _ENGLISH_ALL_THE_SAME or not is_spelt(word)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageSignal(Component):
    """Sets the language of each message; stands after the components that find names."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the languages."""
        for message in messages:
            telling = _of_pinyin if message.get(TYPED) else language_of
            language = telling(message.get(TEXT) or "", message.get(ENTITIES, []))
            message.set(LANGUAGE, language, add_to_output=True)
        return messages
