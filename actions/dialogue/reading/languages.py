"""Which language a reply is in. The last clear signal or explicit wish wins."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.wire import LOCALES, Locale
from values.lexicon import lexicon
from values.writing import has_han

_LEXICON = lexicon(__file__)

BORROWED = 2
"""So many English words stand in the messages of somebody who writes Chinese."""
BORROWED_HAN = 2
"""So many characters in those of somebody who writes English."""
HAN_OF_A_WORD = 2
"""A word has so many characters in Chinese: a message is in both languages where it has as many words of each."""
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_CLAUSE = re.compile(r"[,.，。;；!！?？、\n]+")

_SOMEBODYS = _LEXICON.pattern("somebodys")
_NAME_IN = _LEXICON.pattern("name_in", re.IGNORECASE)

WORDS: dict[Locale | Literal["zh"], tuple[str, ...]] = {
    "zh_Hant": _LEXICON["traditional"],
    "zh_Hans": _LEXICON["simplified"],
    "zh": _LEXICON["chinese"],
    "en": _LEXICON["english"],
}
"""Words of wishes. Chinese alone is the script that the wish is written in."""


def wished(text: str, written_in: Locale | None) -> Locale | None:
    """The language that a wish names last ("speak English", "not English, Cantonese"); None if it names none of ours.

    A button says it by its code. `written_in` is the language the wish itself is clearly in. A language that somebody
    says not to know is named and not wished ("English please, my Chinese is poor"), nor is one that is somebody's.
    """
    if text in LOCALES:
        return text
    for clause in reversed(_CLAUSE.split(text)):
        named = None if phrases("lacks_language").within(plain(clause)) else _named_last(clause, written_in)
        if named is not None:
            return named
    return None


def asks_for_a_name(text: str) -> bool:
    """Whether a text asks for a name in a language, or how it is written ("what is … in Chinese?")."""
    return _NAME_IN.search(text) is not None


def beside_the_wish(text: str) -> str:
    """A text without the words that ask for a name: what is left holds it."""
    return _NAME_IN.sub(lambda found: "\n" if has_han(found[0]) else found[0], text)


def _named_last(text: str, written_in: Locale | None) -> Locale | None:
    words = _NAME_IN.sub(" ", _SOMEBODYS.sub(" ", text.lower()))
    if any(name in words for name in _SCRIPTS):
        words = words.replace(_BESIDE_A_SCRIPT, "")
    ends = {locale: max(words.rfind(name) for name in names) for locale, names in WORDS.items()}
    last = max(ends, key=lambda locale: ends[locale])
    if ends[last] < 0:
        return None
    if last == "zh":
        return "zh_Hant" if written_in == "zh_Hant" else "zh_Hans"
    return last


def borrows(turn: Turn, session: Session) -> bool:
    """Whether somebody puts in a word or two of another language (“ok” beside a Chinese word), for the first time."""
    if session.wrote is None or session.wavers or turn.intent == "change_language":
        return False
    if turn.language == "en":
        return session.wrote != "en" and len(_LATIN.findall(turn.text)) <= BORROWED
    written = turn.text
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    for name in (one for clause in clauses for one in clause.values("person_name")):  # it is in no language
        written = written.replace(name, " ")
    named = len(_HAN.findall(written)) < len(_HAN.findall(turn.text)) and len(_LATIN.findall(written)) > 0
    han, latin = len(_HAN.findall(written)), len(_LATIN.findall(written))
    half = not named and latin * HAN_OF_A_WORD >= han  # “9 is fine” beside a few words of Chinese
    return session.wrote == "en" and (half or han <= (0 if named else BORROWED_HAN))


def heard(turn: Turn, session: Session) -> Session:
    """The session with the language that a message is clearly written in."""
    if turn.kind != "text" or turn.language is None:
        return session
    if turn.locale != turn.language:  # not followed: a second time it will be
        return replace(session, wavers=True)
    return replace(session, wrote=turn.language, wavers=False)


def reply_locale(signal: str | None, before: Locale, spoken: Sequence[Locale]) -> Locale:
    """The language of a reply: the message's own if it is clear and the city speaks it, else as before."""
    clear = next((locale for locale in spoken if locale == signal), None)
    return clear or (before if before in spoken else spoken[0])


_SCRIPTS = tuple(name for locale in ("zh_Hant", "zh_Hans") for name in WORDS[locale])
_BESIDE_A_SCRIPT = _LEXICON.text("beside_a_script")
"""The word for Chinese, which says no more where a script is named: "Simplified Chinese"."""
