"""Numbers and codes of which a part is put right in words: other digits, or two that stand the other way round."""

import re
from collections.abc import Iterator

from actions.fields.correction import Correction
from actions.fields.typed import Typed
from actions.phrases import normalised, phrases
from values.digits import as_digits
from values.finding import find

_RUN = re.compile(r"(?<![A-Z0-9])(?:[A-Z]*[0-9][0-9A-Z]*|X)(?![A-Z0-9])")
"""Digits with their letters; alone an X, which an identity card's number may end in."""
_WORD = re.compile(r"[a-z]+|\d+|[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Z]")
"""A letter by itself, of a plate; in a sentence it may be a word, so it is one only where a piece is nothing else."""
LONG = 4
"""So many digits with nothing beside them are no day and no time."""
LEAST = 2
"""So many characters of a code are told by themselves; one only where its place is said."""
BESIDE = 3
"""So many characters may stand beside the digits of a piece."""
OTHER_VALUES = frozenset({"amount", "bus_line", "date", "time"})
"""What digits may be as well."""


class Code(Typed):
    """A number or a code that is told by its form."""

    def corrected(self, value: str, said: Correction) -> str | None:
        return corrected(value, said)


def corrected(code: str, said: Correction) -> str | None:
    """The code as a sentence puts it right; None where it says nothing of it, or not clearly what."""
    meant, refused = _runs(said.meant), _runs(said.refused or (said.lead,))
    for run in meant:
        for wrong in refused:
            if run != wrong and (mended := _replaced(code, wrong, run, said)) is not None:
                return mended
    if meant and (mended := _with(code, meant[-1], said)) is not None:
        return mended
    if not meant and said.says("other_way_round"):
        return _turned(code, said)
    return None


def _runs(pieces: tuple[str, ...]) -> list[str]:
    """The digits that pieces are, with little beside them; a day or an amount is none."""
    found = []
    for piece in pieces:
        written = as_digits(piece)
        if _LETTER.fullmatch(written.strip().upper()):
            found.append(written.strip().upper())
            continue
        run = _RUN.search(written.upper())
        if run is None or len(written) - len(run[0]) > BESIDE:
            continue
        is_bare = len(run[0]) == len(written) >= LONG
        if is_bare or not any(one.entity in OTHER_VALUES for one in find(normalised(piece))):
            found.append(run[0])
    return found


def _replaced(code: str, wrong: str, run: str, said: Correction) -> str | None:
    """The code with a part in the place of another: where that is said to stand, else where it only can."""
    if said.says("at_the_end") and code.endswith(wrong):
        return code[: len(code) - len(wrong)] + run
    if said.says("at_the_beginning") and code.startswith(wrong):
        return run + code[len(wrong) :]
    told = len(wrong) >= LEAST or (wrong.isalpha() and run.isalpha())
    return code.replace(wrong, run) if told and code.count(wrong) == 1 else None


def _with(code: str, run: str, said: Correction) -> str | None:
    """The code with other digits at its end or beginning; with the same in another order where they stand."""
    if not len(run) < len(code) or any(counted != len(run) for counted in _counted(said)):
        return None
    if said.says("at_the_end"):
        return code[: -len(run)] + run
    if said.says("at_the_beginning"):
        return run + code[len(run) :]
    if len(run) < LEAST or not said.says("other_way_round"):
        return None
    places = [at for at in range(len(code) - len(run) + 1) if sorted(code[at : at + len(run)]) == sorted(run)]
    return code[: places[0]] + run + code[places[0] + len(run) :] if len(places) == 1 else None


def _turned(code: str, said: Correction) -> str | None:
    """The code with its last or first two characters the other way round."""
    if list(_counted(said)) != [2]:
        return None
    if said.says("at_the_end"):
        return code[:-2] + code[:-3:-1]
    return code[1::-1] + code[2:] if said.says("at_the_beginning") else None


def _counted(said: Correction) -> Iterator[int]:
    """How many digits are said to stand at the end or the beginning ("the last four")."""
    for group in ("at_the_end", "at_the_beginning"):
        if (found := phrases(group).found(normalised(said.text))) is not None:
            for word in _WORD.findall(found[0]):
                if (number := as_digits(word)).isdigit():
                    yield int(number)
