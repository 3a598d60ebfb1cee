"""What happens, in the reader's language: alerts in China come in Chinese alone, and few residents from abroad read it.

Told by the code of the national release system (GB/T 34283) that an info has, else by its event where that is exactly
one of the known names. Nothing is told where neither is known: what happens is never guessed out of a sentence.
"""

from collections.abc import Mapping

from desk.alerts.cap import Info
from desk.contract.wire import LOCALES, Locale
from values.lexicon import lexicon

WORDS = lexicon(__file__)
EVENTS: Mapping[str, Mapping[Locale, str]] = WORDS.by_name("events")
CODE = WORDS.pattern("code")
EVENT = WORDS.pattern("event")
BEFORE: dict[str, str] = WORDS.by_name("before")
BY_NAME = {names[locale].lower(): code for code, names in EVENTS.items() for locale in LOCALES}


def event_code(info: Info) -> str | None:
    """The code of an info's event, without a colour; None: it is none that is known.

    A code counts whatever the source calls its list: no other list of codes is written so.
    """
    read = [CODE.fullmatch(pair.value.strip()) for pair in info.codes]
    known = [found["code"] for found in read if found is not None and found["code"] in EVENTS]
    return known[0] if known else BY_NAME.get(_name(info.event))


def named(headline: str, code: str | None, locale: Locale) -> str:
    """A headline of another language, behind what happens in the reader's; as it is where that is not known."""
    names = EVENTS.get(code or "")
    return headline if names is None else BEFORE[locale].format(event=names[locale], headline=headline)


def _name(event: str) -> str:
    """An event without its colour and the word for a warning."""
    found = EVENT.fullmatch(event.strip())
    return "" if found is None else found["name"].lower()
