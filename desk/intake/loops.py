"""Loops: another account that answers our answers, for ever, with the same text. It is not answered any more.

Counted in the memory of the process, as what it costs to be wrong is one answer more: with several processes a loop
ends a little later. What a person writes again and again is answered `LIMIT` times within `WITHIN`; what may be of an
emergency always, or so slowly that a machine, which writes only when it is answered, falls silent.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIMIT = 10
WITHIN = timedelta(minutes=10)
URGENT_LIMIT = 60
"""So many of what may be of an emergency are taken within `WITHIN`: one in ten seconds all the time."""
URGENT_PACE = timedelta(seconds=30)
"""And from then on one in so long. A machine answers within seconds, which is not taken then, so it falls silent."""
REMEMBERED = 20_000  # residents of whom a process remembers the last text


@dataclass
class _Last:
    """The last text of a resident as a digest, and which messages brought it, the latest last."""

    digest: bytes
    seen: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    passed: tuple[str, datetime] | None = None  # the last that was taken beyond the limit


class Loops:
    """Tells loops from residents."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[int, str], _Last] = OrderedDict()

    def bounces(self, who: tuple[int, str], message: str, text: str, at: datetime) -> bool:
        """Whether a text is one too many of the same.

        Args:
            who: the account, and the resident's hashed name.
            message: what it is called; brought twice it counts once.
            text: as it was written.
            at: when it was.
        """
        digest = hashlib.sha256(text.strip().encode()).digest()
        last = self._last.get(who)
        if last is None or last.digest != digest:
            last = self._last[who] = _Last(digest)
        self._last.move_to_end(who)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        last.seen.setdefault(message, at)
        while last.seen and next(iter(last.seen.values())) <= at - WITHIN:
            last.seen.popitem(last=False)
        while len(last.seen) > URGENT_LIMIT + 1:
            last.seen.popitem(last=False)
        return len(last.seen) > LIMIT and next(reversed(last.seen)) == message

    def passes(self, who: tuple[int, str], message: str, at: datetime) -> bool:
        """Whether a text that bounces is taken all the same since it may be of an emergency. Brought twice it is again.

        Args:
            who: the account, and the resident's hashed name.
            message: what it is called.
            at: when it was.
        """
        last = self._last.get(who)
        if last is None:  # so many others wrote meanwhile
            return True
        if last.passed is not None and last.passed[0] != message:
            is_soon = at < last.passed[1] + URGENT_PACE
            if is_soon and len(last.seen) > URGENT_LIMIT:
                return False
        last.passed = message, at
        return True
