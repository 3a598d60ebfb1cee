"""What somebody looks for, as PostgreSQL searches it: words as beginnings, Chinese text by characters side by side.

The store cuts announcements in the same way (migration 0042, `announcement_terms`). No dictionary is needed, and none
can be wrong: a street that nobody listed is found like any other word.
"""

import re
import unicodedata

from desk.texts.scripts import converter

LONGEST = 100  # characters of a search; more says nothing more
MOST_TERMS = 60
LONGEST_WORD = 40  # as the store cuts words

_RUN = re.compile("[a-z0-9]+|[\u3400-\u9fff\U00020000-\U0003ffff]+")


def query_of(written: str) -> str | None:
    """Write a search as a tsquery: all its words, as they are written or in Simplified characters. None: it has none.

    What comes out holds letters, digits and Chinese characters beside the operators, whatever was put in.
    """
    said = written[:LONGEST]
    queries = [_all_of(one) for one in dict.fromkeys((said, str(converter("t2s").convert(said))))]
    return " | ".join(f"({one})" for one in queries if one) or None


def _all_of(said: str) -> str:
    terms: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", said).lower()):
        if run[0].isascii():
            terms.append(f"'{run[:LONGEST_WORD]}':*")
        elif len(run) == 1:
            terms.append(f"'{run}':*")
        else:
            terms += [f"'{run[at : at + 2]}'" for at in range(len(run) - 1)]
    return " & ".join(list(dict.fromkeys(terms))[:MOST_TERMS])
