"""Back-off: how long a crashed child waits before it is started again."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Doubles from `first` to `most` seconds; begins anew after a child that was ready for `stable` seconds.

    Long enough to tell a child that dies of what it does first, short enough for one that is killed now and then.
    """

    first: float = 0.2
    most: float = 10.0
    stable: float = 5.0
    _next: float = 0.0

    def after(self, ran_seconds: float) -> float:
        """The wait after a child that was ready that long, in seconds."""
        if self._next == 0.0 or ran_seconds >= self.stable:
            self._next = self.first
        delay = self._next
        self._next = min(self._next * 2, self.most)
        return delay
