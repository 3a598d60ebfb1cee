"""Whether words plainly refuse the thing at hand: a booking, what is to be submitted, a payment ("do not send it").

By grammar, clause by clause: a denial, the verb of the thing, and behind it nothing that would name another thing ("do
not send my telephone", "not on Friday"). It needs no list of sentences, and no situation: who hears it knows what is at
hand. A clause that asks or sets a condition refuses nothing.
"""

import re
from collections.abc import Mapping
from re import Pattern
from typing import Literal

from actions.phrases import normalised
from desk.contract.situation import Confirmed
from values.lexicon import lexicon

type Act = Literal["book", "submit", "report", "pay"]

_WORDS = lexicon(__file__)
_MARKS, _WEIGHS = _WORDS.pattern("marks"), _WORDS.pattern("weighs")
_PUTS, _CHARGES = _WORDS.pattern("puts"), _WORDS.pattern("charges")
_SIGNS = re.compile(r"^[^\w]+|[^\w?？]+$")
_REFUSES: Mapping[Act, Pattern[str]] = {
    "book": _WORDS.pattern("refuses_book"),
    "submit": _WORDS.pattern("refuses_submit"),
    "report": _WORDS.pattern("refuses_report"),
    "pay": _WORDS.pattern("refuses_pay"),
}
OF_A_YES: Mapping[Confirmed, Act] = {"book": "book", "submit": "submit", "apply": "submit"}
"""What a yes to a summary does, as a thing that may be refused."""


def refuses(text: str, act: Act) -> bool:
    """Whether a clause of a text refuses that something is done, and none puts another value in the place of one."""
    said = normalised(text)
    if _PUTS.search(said):
        return False
    clauses = (_SIGNS.sub("", clause) for clause in _MARKS.split(said))
    return any(_REFUSES[act].search(clause) and not _WEIGHS.search(clause) for clause in clauses if clause)


def speaks_of_charging(text: str) -> bool:
    """Whether a text speaks of money being taken."""
    return _CHARGES.search(normalised(text)) is not None
