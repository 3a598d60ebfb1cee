"""Which of the things that were shown as due a resident wants to pay."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pydantic import JsonValue, TypeAdapter

from actions.dialogue.reading.choices import ALL
from actions.dialogue.state.turn import Turn
from actions.kinds.statements import Item
from actions.phrases import phrases, plain
from desk.contract.messages import OrderItem, Text
from values.lexicon import lexicon
from values.types.amount import money
from values.types.ordinal import ordinal

_WORDS = lexicon(__file__)

PLACES = _WORDS.pattern("places", re.IGNORECASE)
"""Places in the list, as a sentence names them."""
RUNS = _WORDS.pattern("runs", re.IGNORECASE)
"""Several from its beginning or its end."""
QUESTION_MARKS = frozenset("?？")
PAIR = re.compile("[\u4e00-\u9fff]{2}")
_TEN = _WORDS.text("ten")
"""Before a number it makes another one: "one-month" (January) is not meant by "ten-one-month" (November)."""


@dataclass(frozen=True, slots=True)
class About:
    """What a thing that is due is about: who is paid, whom or what for (`subject_of`, with its `names` for texts).

    `option` is that of a service that is divided. Empty where who orders knows all that.
    """

    agency: str = ""
    subject_of: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, JsonValue] = field(default_factory=dict)
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due, as it was shown. `words` are its place and what it is for, in every language there is.

    `marks` are words that name it for sure. `fresh`: it was shown last, not earlier.
    """

    reference: str
    amount: str
    title: Text
    words: str
    about: About = field(default_factory=About)
    marks: tuple[str, ...] = ()
    fresh: bool = True


_DUES = TypeAdapter(list[Due])


def to_json(dues: Sequence[Due]) -> list[JsonValue]:
    """Write them for the frame."""
    written: list[JsonValue] = _DUES.dump_python(list(dues), mode="json")
    return written


def remembered(title_key: str, items: Iterable[Item], about: About) -> list[Due]:
    """What is kept of what was shown, so that it can be paid. What costs nothing cannot be."""
    return [
        Due(
            item.reference,
            f"{item.amount:.2f}",
            Text(key=title_key, args={**about.names, **item.facts}),
            " ".join(_names(item)),
            about,
            item.words,
        )
        for item in items
        if item.amount > 0
    ]


def due(shown: Mapping[str, JsonValue]) -> list[Due]:
    """What is due, in the order shown."""
    return _DUES.validate_python(shown.get("items") or [])


def stale(dues: Iterable[Due]) -> list[Due]:
    """The same, as shown earlier."""
    return [replace(one, fresh=False) for one in dues]


def without(dues: Iterable[Due], about: About) -> list[Due]:
    """What is left without what was due for one subject."""
    same = (about.agency, dict(about.subject_of))
    return [one for one in dues if (one.about.agency, dict(one.about.subject_of)) != same]


def by_about(dues: Sequence[Due]) -> list[list[Due]]:
    """One list for each agency and subject: what one order can pay."""
    groups: dict[tuple[str, ...], list[Due]] = {}
    for one in dues:
        groups.setdefault((one.about.agency, *one.about.subject_of.values()), []).append(one)
    return list(groups.values())


def all_of(dues: Sequence[Due]) -> str:
    """The value of the button that pays all: good only for exactly these."""
    digest = hashlib.sha256("\n".join(one.reference for one in dues).encode()).hexdigest()
    return f"{ALL}-{digest[:12]}"


def is_pressed(turn: Turn) -> bool:
    """Whether a button to pay was pressed."""
    return turn.kind == "payload" and turn.intent == "choose" and turn.first("reference") is not None


def wants_to_pay(turn: Turn) -> bool:
    """Whether a sentence about the service means paying what was shown, not looking it up again."""
    said = plain(turn.text)
    asks = phrases("asks_for_dues").within(said) or not QUESTION_MARKS.isdisjoint(turn.text)
    return phrases("pays").within(said) and not asks


def is_put_off(turn: Turn, *, alone: bool = False) -> bool:
    """Whether a sentence says that what was shown is not paid now; `alone`: and no more."""
    said, later = plain(turn.text), phrases("pays_later")
    return later.whole(said) if alone else later.within(said)


def is_called_off(turn: Turn) -> bool:
    """Whether a sentence says that what was ordered is not paid after all."""
    return phrases("pays_not").within(plain(turn.text))


def meant(turn: Turn, dues: Sequence[Due], options: Iterable[str]) -> list[Due]:
    """Those that a sentence speaks of: by all the sums that it names, of the options that it names, else what was shown
    last, unless it goes back.
    """
    sums = _sums(turn)
    by_sum = [one for one in dues if Decimal(one.amount) in sums]
    if len(sums) > 1 and {Decimal(one.amount) for one in by_sum} == sums:
        return by_sum
    if named := [one for one in dues if one.about.option in set(options)]:
        return named
    fresh = [one for one in dues if one.fresh]
    return list(dues) if not fresh or phrases("earlier_dues").within(plain(turn.text)) else fresh


def picked(turn: Turn, dues: Sequence[Due]) -> list[Due]:
    """What is to be paid: what was named, else the only one. Empty: it must be asked."""
    if turn.kind == "payload" and (value := turn.first("reference")) is not None:
        return pressed(value, dues)
    choosing: tuple[Callable[[Turn, Sequence[Due]], list[Due]], ...] = (_by_number, _by_amount, _by_marks, _by_words)
    for choose in choosing:
        if chosen := choose(turn, dues):
            return chosen
    return list(dues) if len(dues) == 1 or phrases("every_due").within(plain(turn.text)) else []


def is_a_part(turn: Turn, dues: Sequence[Due]) -> bool:
    """Whether a sum is named that is less than what is due, and none of the things that are."""
    amount = money(turn.first("amount") or "") if turn.kind == "text" else None
    sums = [Decimal(one.amount) for one in dues]
    if any(re.search(rf"(?<![\d.]){re.escape(f'{one:.2f}')}(?!\d)", turn.text) for one in (*sums, sum(sums))):
        return False  # it stands there to the fen, whatever part of it was found
    return amount is not None and amount not in sums and 0 < amount < sum(sums)


def pressed(value: str, dues: Sequence[Due]) -> list[Due]:
    """What the value of a button means: one, or all of a list that was offered as a whole."""
    if not value.startswith(ALL):
        return [one for one in dues if one.reference == value]
    offered = (list(dues), [one for one in dues if one.fresh], *by_about(dues))
    return next((several for several in offered if several and value == all_of(several)), [])


def order_number(turn: Turn, chosen: Iterable[Due]) -> str:
    """The number of an order: the same when the same message is answered again."""
    seed = [turn.conversation, turn.message_id, *sorted(one.reference for one in chosen)]
    digits = int(hashlib.sha256("\n".join(seed).encode()).hexdigest(), 16) % 10**16
    return f"{turn.now:%Y%m%d}{digits:016d}"


def order_items(chosen: Iterable[Due]) -> list[OrderItem]:
    """Items of an order."""
    return [OrderItem(reference=one.reference, amount=one.amount, title=one.title) for one in chosen]


def _by_number(turn: Turn, dues: Sequence[Due]) -> list[Due]:
    """By places in the list: the second and the third, the first two, all but the last."""
    said = unicodedata.normalize("NFKC", turn.text)
    run = RUNS.search(said)
    if run is not None:
        many = min(_count(next(one for one in (run[3], run[6]) if one)), len(dues))
        places = list(range(many)) if run[1] or run[4] else list(range(len(dues) - many, len(dues)))
    else:
        written = [next(one for one in found.groups() if one) for found in PLACES.finditer(said)]
        numbers = [number for value in (*turn.values("ordinal"), *written) if (number := ordinal(value)) is not None]
        if any(number > len(dues) for number in numbers):
            return []
        places = list(dict.fromkeys(number - 1 if number > 0 else len(dues) - 1 for number in numbers))
    if places and phrases("every_due_but").within(plain(said)):
        places = [place for place in range(len(dues)) if place not in places]
    return [dues[place] for place in places]


def _count(written: str) -> int:
    words = {"two": 2, "three": 3, "four": 4}
    return words.get(written.lower()) or ordinal(written) or 1


def _by_amount(turn: Turn, dues: Sequence[Due]) -> list[Due]:
    sums = _sums(turn)
    chosen = [one for one in dues if Decimal(one.amount) in sums]
    return chosen if len(chosen) == len(sums) else []


def _sums(turn: Turn) -> set[Decimal]:
    return {sum_of for value in turn.values("amount") if (sum_of := money(value)) is not None}


def _by_marks(turn: Turn, dues: Sequence[Due]) -> list[Due]:
    """Those that a sentence names by their own words: September's and October's, the late ones."""
    said = unicodedata.normalize("NFKC", turn.text).lower()
    return [one for one in dues if any(_stands(mark, said) for mark in one.marks)]


def _stands(mark: str, said: str) -> bool:
    return re.search(rf"(?<![0-9a-z{_TEN}]){re.escape(mark)}(?![a-z])", said) is not None


def _by_words(turn: Turn, dues: Sequence[Due]) -> list[Due]:
    """The one that a sentence names by a word that is no other's: "the speeding one", "the one for the red light"."""
    said = _pieces(turn.text)
    scores = [len(said & _pieces(one.words)) for one in dues]
    best = max(scores, default=0)
    return [dues[scores.index(best)]] if best and scores.count(best) == 1 else []


def _pieces(text: str) -> set[str]:
    """Words of English, pairs of Chinese characters."""
    low = unicodedata.normalize("NFKC", text).lower()
    return {low[at : at + 2] for at in range(len(low) - 1) if PAIR.fullmatch(low[at : at + 2])} | set(
        re.findall(r"[a-z]{4,}", low)
    )


def _names(item: Item) -> Iterable[str]:
    for fact in item.facts.values():
        if isinstance(fact, dict) and isinstance(names := fact.get("name"), dict):
            yield from (name for name in names.values() if isinstance(name, str))
