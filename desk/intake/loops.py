"""Loops: another account that answers our answers, for ever, with the same text. It is not answered any more.

Counted in the memory of the process, as what it costs to be wrong is one answer more: with several processes a loop
ends a little later. What a person writes again and again is answered `LIMIT` times in `WITHIN_SECONDS`.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIMIT = 10
WITHIN = timedelta(minutes=10)
REMEMBERED = 20_000  # residents of whom a process remembers the last text


@dataclass
class _Last:
    """The last text of a resident as a digest, and which messages brought it, the latest last."""

    digest: bytes
    seen: OrderedDict[str, datetime] = field(default_factory=OrderedDict)


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
        while last.seen and next(iter(last.seen.values())) < at - WITHIN:
            last.seen.popitem(last=False)
        while len(last.seen) > LIMIT + 1:
            last.seen.popitem(last=False)
        return len(last.seen) > LIMIT and next(reversed(last.seen)) == message
